"""Months of the calendar, as pure functions of dates."""

from calendar import monthrange
from datetime import date


def first_day(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def last_day(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def between(earlier: date, later: date) -> int:
    """How many months of the calendar lie between the two, whatever the days; may be negative."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def later(day: date, by: int) -> date:
    """As many months later (or earlier), on the same day or on the last one of a shorter month."""
    return on_day(day, by, day.day)


def on_day(day: date, by: int, number: int) -> date:
    """The day of this number in a later month; in a shorter one its last day.

    OverflowError (ValueError) past the year 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + by, 12)
    return date(year, month + 1, min(number, monthrange(year, month + 1)[1]))
