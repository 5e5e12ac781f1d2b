"""The deadline after an announced failure, drawn as the days themselves."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from auth_ksef.messages import chosen
from ksefapp.lib import clock
from ksefapp.ui.formats import date_pl, time_pl, weekday_date
from offline.calendar import is_business_day
from offline.deadlines import AWARIA, deadline
from offline.events import FAILURE, Event

MOST_DAYS = 16  # a longer row would not be read as days any more


def aftermath(events: Sequence[Event]) -> dict | None:
    """The last failure that is over, while its deadline still runs; None when none does.

    {"title", "sentence", "basis", "days": [{"date", "kind", "words", "now"}]}; the days are
    empty where there are too many to draw.
    """
    now = clock.now()
    ended = [event for event in events if event.category == FAILURE and event.over(now)]
    if not ended:
        return None
    event = max(ended, key=lambda event: event.end)
    found = deadline(
        issued_on=clock.warsaw(event.start).date(),
        issued_at=event.start,
        mode=AWARIA,
        events=events,
        saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY,
    )
    if found.state != "date" or found.on < clock.today():
        return None
    return {
        "title": _("Termin po awarii z %(day)s") % {"day": date_pl(event.start)},
        "sentence": _sentence(event, found.on),
        "basis": chosen((found.basis, found.basis_en)),
        "days": _days(event.ended_on, found.on),
    }


def _sentence(event: Event, on: date) -> str:
    words = _(
        "Faktury wystawione w trybie awarii trzeba przesłać do: %(deadline)s, 23:59. Termin "
        "liczy się od końca awarii, %(day)s o %(hour)s. Dzień jej końca się nie liczy."
    )
    facts = {"day": date_pl(event.end), "hour": time_pl(event.end)}
    return words % {"deadline": weekday_date(on), **facts}


def _days(first: date, last: date) -> list[dict]:
    count = (last - first).days + 1
    if count > MOST_DAYS:
        return []
    found, number = [], 0
    for day in (first + timedelta(days=n) for n in range(count)):
        free = not is_business_day(day, saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY)
        number += day > first and not free
        kind = {first: "issued", last: "last"}.get(day, "free" if free else "counted")
        found.append({"date": day, "kind": kind, "words": _words(kind, number), "now": _now(day)})
    return found


def _words(kind: str, number: int) -> str:
    if kind == "issued":
        return _("koniec awarii")
    if kind == "free":
        return _("wolne")
    return _("%(number)d., do 23:59") % {"number": number} if kind == "last" else f"{number}."


def _now(day: date) -> str | None:
    moment = clock.warsaw(clock.now())
    if day != moment.date():
        return None
    return f"{(moment.hour * 60 + moment.minute) * 100 // 1440}%"
