"""On which days something that repeats is due. Pure: dates of the calendar in, dates out.

Months count from the first due day, so that a short month never shifts the later ones: the 31st
is the last day of every month, the 30th of February its 28th or 29th, and 29 February of a
yearly rhythm the 28th in other years.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, islice

from ksefapp.lib import months

WEEK, MONTH, YEAR = "week", "month", "year"
MOST_EVERY = {WEEK: 52, MONTH: 24, YEAR: 10}
THIS, PREVIOUS = "this", "previous"
LAST = date(2050, 1, 1)  # FA(3) has no later dates


@dataclass(frozen=True)
class Rhythm:
    """Every n weeks, months or years from `starts_on` to `ends_on`, both of them included.

    `day` is that of the month, 31 its last one; weeks count from `starts_on` itself.
    """

    unit: str
    every: int
    day: int
    starts_on: date
    ends_on: date | None = None


def days(rhythm: Rhythm) -> Iterator[date]:
    """All due days in their order, each once."""
    ends_on = min(rhythm.ends_on or LAST, LAST)
    for number in count():
        day = _nth(rhythm, number)
        if day > ends_on:
            return
        yield day


def first_from(rhythm: Rhythm, day: date) -> date | None:
    """The first due day that is not before this one; None when the rhythm is over by then."""
    return next((due for due in days(rhythm) if due >= day), None)


def after(rhythm: Rhythm, day: date) -> date | None:
    """The due day that follows this one; None when it was the last."""
    return first_from(rhythm, day + timedelta(days=1))


def following(rhythm: Rhythm, day: date, most: int = 6) -> list[date]:
    """The next due days from this one on."""
    return list(islice((due for due in days(rhythm) if due >= day), most))


def missed(rhythm: Rhythm, since: date, today: date) -> list[date]:
    """The due days from `since` on that passed before today."""
    return [due for due in days(rhythm) if since <= due < today]


def period_of(due_on: date, which: str) -> tuple[date, date]:
    """First and last day of the month that `due_on` falls in, or of the one before it."""
    month = months.on_day(due_on, -1 if which == PREVIOUS else 0, 1)
    return month, months.last_day(month)


def _nth(rhythm: Rhythm, number: int) -> date:
    """The due day of this number, from 0; LAST at the earliest where the calendar ends."""
    start = rhythm.starts_on
    if rhythm.unit == WEEK:
        return start + timedelta(weeks=rhythm.every * number)
    # The start's own month counts only where its day has not passed yet.
    late = months.on_day(start, 0, rhythm.day) < start
    step = rhythm.every * (12 if rhythm.unit == YEAR else 1)
    return months.on_day(start, late + step * number, rhythm.day)
