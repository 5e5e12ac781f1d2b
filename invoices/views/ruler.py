"""A deadline drawn as the days themselves: what is free, what counts, where now is."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from invoices.models import Document
from invoices.services.delivery_states import FINAL, State
from ksefapp.lib import clock
from ksefapp.ui.formats import plural, time_pl
from offline.calendar import is_business_day

MOST_DAYS = 8  # more would not be read as days any more
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ruler:
    """The days from issue to deadline, what is left in words, and whether half has gone."""

    days: list[dict]
    left: str
    near: bool


def ruler_of(document: Document) -> Ruler | None:
    """The ruler of an invoice that can still be sent in time; None when there is nothing to draw.

    Each day is {"date", "kind": issued | free | counted | last, "words", "now": percent or None}.
    """
    row = document.submission
    last = row.deadline_on
    if last is None or row.state in FINAL or row.state == State.REFUSED or clock.today() > last:
        return None
    count = (last - document.issued_on).days + 1
    if count > MOST_DAYS:
        return None
    days = [_day(document.issued_on + n * DAY, document.issued_on, last) for n in range(count)]
    begin, end = _midnight(document.issued_on), _midnight(last + DAY)
    near = clock.now() - begin >= (end - begin) / 2
    return Ruler(days, _left(end - clock.now()), near)


def _day(day: date, first: date, last: date) -> dict:
    moment = clock.warsaw(clock.now())
    is_today = day == moment.date()
    words = {
        "issued": _("data wystawienia"),
        "free": _("wolne"),
        "counted": _("dzień roboczy"),
        "last": _("do 23:59"),
    }
    kind = _kind(day, first, last)
    return {
        "date": day,
        "kind": kind,
        "words": words[kind],
        "now": f"{(moment.hour * 60 + moment.minute) * 100 // 1440}%" if is_today else None,
        "time": time_pl(moment) if is_today else "",
    }


def _kind(day: date, first: date, last: date) -> str:
    if day == last:
        return "last"
    if day == first:
        return "issued"
    saturday = settings.KSEF_SATURDAY_IS_BUSINESS_DAY
    return "counted" if is_business_day(day, saturday=saturday) else "free"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.WARSAW)


def _left(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes >= 48 * 60:
        return plural(minutes // 1440, _("dzień,dni,dni"))
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
