"""Working days against the statute, with Easter computed here and not by any package."""

from datetime import date, timedelta

import pytest

from offline.calendar import business_days_after, is_business_day, next_business_day

YEARS = range(2024, 2041)
FIXED = [(1, 1), (1, 6), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)]


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, after Gauss, with his two exceptions."""
    a, b, c = year % 19, year % 4, year % 7
    century = year // 100
    moon = (15 - (13 + 8 * century) // 25 + century - century // 4) % 30
    d = (19 * a + moon) % 30
    e = (2 * b + 4 * c + 6 * d + (4 + century - century // 4) % 7) % 7
    day = date(year, 3, 22) + timedelta(days=d + e)
    late = (d == 29 and e == 6) or (d == 28 and e == 6 and a > 10)
    return day - timedelta(days=7) if late else day


def statutory(year: int) -> set[date]:
    """The days free from work by the act of 18.01.1951, as it read in that year."""
    days = {date(year, month, day) for month, day in FIXED}
    days |= {easter(year) + timedelta(days=after) for after in (0, 1, 49, 60)}
    return days | ({date(year, 12, 24)} if year >= 2025 else set())


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize(("year", "day"), [(2025, "04-20"), (2026, "04-05"), (2027, "03-28")])
def test_our_easter_is_the_calendars(year, day):
    assert easter(year) == date.fromisoformat(f"{year}-{day}")


@pytest.mark.parametrize("year", YEARS)
def test_business_days_are_mondays_to_fridays_without_the_statutes_days(year):
    expected = [day for day in days_of(year) if day.weekday() < 5 and day not in statutory(year)]
    assert [day for day in days_of(year) if is_business_day(day)] == expected


@pytest.mark.parametrize("year", YEARS)
def test_with_saturdays_only_sundays_and_the_statutes_days_are_free(year):
    expected = [day for day in days_of(year) if day.weekday() < 6 and day not in statutory(year)]
    assert [day for day in days_of(year) if is_business_day(day, saturday=True)] == expected


def test_good_friday_is_a_business_day():
    assert is_business_day(date(2026, 4, 3))


def test_christmas_eve_is_free_from_2025():
    assert is_business_day(date(2024, 12, 24))
    assert not is_business_day(date(2025, 12, 24))


def test_the_day_itself_never_counts():
    assert next_business_day(date(2026, 11, 23)) == date(2026, 11, 24)
    assert business_days_after(date(2026, 11, 23), 1) == date(2026, 11, 24)


def test_seven_days_over_christmas():
    assert business_days_after(date(2026, 12, 18), 7) == date(2026, 12, 31)
