"""Deadlines of offline24: the dates of the law, worked out by hand."""

from datetime import date

import pytest

from offline.calendar import is_business_day, next_business_day
from offline.deadlines import offline24_deadline

CASES = [
    ("2026-02-06", "2026-02-09", "Friday goes to Monday"),
    ("2026-02-08", "2026-02-09", "Sunday goes to Monday"),
    ("2026-04-03", "2026-04-07", "Good Friday works, Easter Monday does not"),
    ("2027-04-30", "2027-05-04", "1 and 3 May"),
    ("2026-06-03", "2026-06-05", "Corpus Christi"),
    ("2026-12-23", "2026-12-28", "24 December is free from 2025"),
    ("2024-12-23", "2024-12-24", "24 December still worked in 2024"),
    ("2026-12-31", "2027-01-04", "New Year on a Friday"),
    ("2025-07-08", "2025-07-09", "the Ministry's own example"),
]


@pytest.mark.parametrize(("issued", "deadline", "why"), CASES, ids=[case[2] for case in CASES])
def test_offline24_ends_on_the_next_business_day(issued, deadline, why):
    assert offline24_deadline(date.fromisoformat(issued)).on == date.fromisoformat(deadline)


def test_a_saturday_counts_only_when_the_setting_says_so():
    friday, saturday = date(2026, 2, 6), date(2026, 2, 7)
    assert next_business_day(friday, saturday=True) == saturday
    assert not is_business_day(saturday)


def test_a_holiday_on_a_saturday_never_counts():
    assert not is_business_day(date(2026, 8, 15), saturday=True)


def test_the_deadline_names_its_article():
    assert "106nda" in offline24_deadline(date(2026, 2, 6)).basis
