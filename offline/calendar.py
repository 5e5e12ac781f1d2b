"""Working days in Poland. Pure: a date in, a date out.

The VAT Act does not define "dzień roboczy"; Monday to Friday without statutory holidays is the
reading that fits the Ministry's own example, Saturday stays a setting of the caller.
"""

from datetime import date, timedelta
from functools import lru_cache

import holidays

SATURDAY, SUNDAY = 5, 6


@lru_cache(maxsize=64)
def _statutory(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("PL", years=year))


def is_business_day(day: date, *, saturday: bool = False) -> bool:
    """Whether the day counts (ustawa z 18.01.1951 o dniach wolnych od pracy; 24.12 from 2025)."""
    if day.weekday() == SUNDAY or (day.weekday() == SATURDAY and not saturday):
        return False
    return day not in _statutory(day.year)


def next_business_day(day: date, *, saturday: bool = False) -> date:
    """The first business day strictly after `day` (Ordynacja podatkowa art. 12 § 1)."""
    day += timedelta(days=1)
    while not is_business_day(day, saturday=saturday):
        day += timedelta(days=1)
    return day


def business_days_after(day: date, number: int, *, saturday: bool = False) -> date:
    """The `number`-th business day after `day`; the day itself never counts."""
    for _ in range(number):
        day = next_business_day(day, saturday=saturday)
    return day
