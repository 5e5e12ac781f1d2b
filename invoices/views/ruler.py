"""A deadline drawn as the days themselves: what is free, what counts, where now is."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from invoices.models import Document
from ksefapp.lib import clock
from ksefapp.ui.formats import plural, time_pl
from offline.calendar import is_business_day

FEW_DAYS = 8  # more are drawn narrow, with what they are only where it changes
MOST_DAYS = 20  # more would not be read as days any more
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ruler:
    """The days from issue to deadline, whether half the time has gone, whether they are many."""

    days: list[dict]
    near: bool
    long: bool


def ruler_of(
    document: Document, *, near: bool, counted_from: date, outage: str = ""
) -> Ruler | None:
    """The days of a deadline that is known and not over; None where they are too many.

    Each day is {"date", "kind": issued | outage | free | counted | last, "words", "now":
    percent or None}. Business days count from the one after `counted_from`: the day of issue,
    or of the end of what `outage` names.
    """
    first, last = document.issued_on, document.submission.deadline_on
    count = (last - first).days + 1
    if count > MOST_DAYS or count < 1:
        return None
    numbers = _numbers(counted_from, last)
    days = [_day(first + n * DAY, first, last, counted_from, numbers) for n in range(count)]
    for day in days:
        if day["kind"] == "outage":
            day["words"] = outage
    return Ruler(days, near, count > FEW_DAYS)


def _numbers(counted_from: date, last: date) -> dict[date, int]:
    """Which business day each one is."""
    saturday = settings.KSEF_SATURDAY_IS_BUSINESS_DAY
    span = [counted_from + n * DAY for n in range(1, (last - counted_from).days + 1)]
    working = [day for day in span if is_business_day(day, saturday=saturday)]
    return {day: number for number, day in enumerate(working, 1)}


def _day(day: date, first: date, last: date, counted_from: date, numbers: dict) -> dict:
    moment = clock.warsaw(clock.now())
    is_today = day == moment.date()
    kind = _kind(day, first, last, counted_from, numbers)
    return {
        "date": day,
        "kind": kind,
        "words": _words(kind, numbers.get(day)),
        "number": numbers.get(day),
        "now": f"{(moment.hour * 60 + moment.minute) * 100 // 1440}%" if is_today else None,
        "time": time_pl(moment) if is_today else "",
    }


def _kind(day: date, first: date, last: date, counted_from: date, numbers: dict) -> str:
    if day == last:
        return "last"
    if day == first:
        return "issued"
    if day <= counted_from:
        return "outage"
    return "counted" if day in numbers else "free"


def _words(kind: str, number: int | None) -> str:
    if kind == "last" and number:
        return _("%(number)d. dzień roboczy, do 23:59") % {"number": number}
    if kind == "counted":
        return _("%(number)d. dzień roboczy") % {"number": number}
    return {
        "issued": _("data wystawienia"),
        "outage": "",
        "free": _("wolne"),
        "last": _("do 23:59"),
    }[kind]


def left_words(span: timedelta) -> str:
    """What is left: days from two days on, else hours and minutes."""
    minutes = int(span.total_seconds()) // 60
    if minutes >= 48 * 60:
        return plural(minutes // 1440, _("dzień,dni,dni"))
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
