"""On which days a template is due, whatever the month, the leap year or the start."""

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices import placeholders, rhythm
from invoices.rhythm import MONTH, WEEK, YEAR, Rhythm, days
from ksefapp.lib import months
from tests.fa3_support import invoice

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def first(many: int, *given) -> list[str]:
    return [day.isoformat() for day in islice(days(Rhythm(*given)), many)]


@given(DAYS, st.integers(1, 31))
def test_no_month_is_skipped_or_doubled(start, day):
    due = list(islice(days(Rhythm(MONTH, 1, day, start)), 60))
    assert due[0] >= start
    assert months.between(start, due[0]) in (0, 1)
    assert all(months.between(one, two) == 1 for one, two in pairwise(due))


@given(DAYS, st.integers(1, 31), st.integers(1, 24))
def test_every_n_months_is_every_nth_month(start, day, every):
    due = list(islice(days(Rhythm(MONTH, every, day, start)), 12))
    assert all(months.between(one, two) == every for one, two in pairwise(due))
    assert all(one.day == min(day, months.last_day(one).day) for one in due)


@given(DAYS, st.integers(1, 52))
def test_weeks_keep_the_weekday_over_every_change_of_the_clock(start, every):
    due = list(islice(days(Rhythm(WEEK, every, 1, start)), 60))
    assert due[0] == start
    assert {two - one for one, two in pairwise(due)} == {timedelta(weeks=every)}


@given(DAYS, st.sampled_from([WEEK, MONTH, YEAR]), st.integers(1, 5), DAYS)
def test_the_next_day_is_the_first_one_after(start, unit, every, day):
    given = Rhythm(unit, every, start.day, start)
    due = rhythm.after(given, day)
    assert due > day
    assert [one for one in days(given) if day < one < due] == []


@given(DAYS, st.sampled_from([WEEK, MONTH, YEAR]), st.integers(1, 10), st.integers(0, 900))
def test_an_end_only_cuts_off(start, unit, every, length):
    endless = Rhythm(unit, every, 31, start)
    end = start + timedelta(days=length)
    ended = list(days(Rhythm(unit, every, 31, start, end)))
    assert ended == [day for day in islice(days(endless), 200) if day <= end]


def test_the_31st_is_the_last_day_of_every_month():
    due = first(4, MONTH, 1, 31, date(2027, 12, 1))
    assert due == ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]


def test_a_short_month_does_not_shift_the_later_ones():
    assert first(3, MONTH, 1, 30, date(2027, 1, 30)) == ["2027-01-30", "2027-02-28", "2027-03-30"]


def test_a_day_that_has_passed_is_due_in_the_next_month():
    assert first(2, MONTH, 3, 10, date(2026, 11, 11)) == ["2026-12-10", "2027-03-10"]


def test_29_february_comes_every_year():
    due = first(5, YEAR, 1, 29, date(2028, 2, 29))
    assert due == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_a_rhythm_without_end_stops_where_fa3_does():
    assert list(days(Rhythm(YEAR, 10, 1, date(2040, 1, 1))))[-1] == rhythm.LAST


def test_what_passed_is_missed_and_today_is_not():
    given = Rhythm(MONTH, 1, 22, date(2026, 8, 1))
    missed = rhythm.missed(given, date(2026, 9, 1), date(2026, 11, 22))
    assert missed == [date(2026, 9, 22), date(2026, 10, 22)]


@pytest.mark.parametrize(
    ("which", "due_on", "period"),
    [
        ("this", "2028-02-10", ("2028-02-01", "2028-02-29")),
        ("previous", "2027-01-31", ("2026-12-01", "2026-12-31")),
    ],
)
def test_the_period_is_a_month_of_the_calendar(which, due_on, period):
    found = rhythm.period_of(date.fromisoformat(due_on), which)
    assert tuple(day.isoformat() for day in found) == period


def test_placeholders_become_words_of_the_due_day():
    tree = invoice()
    tree["Fa"]["FaWiersz"][0]["P_7"] = "Czynsz za {miesiąc} {rok}, prąd za {miesiac_poprzedni}"
    tree["Fa"]["DodatkowyOpis"] = [{"Klucz": "{rok}", "Wartosc": "{rok_miesiaca_poprzedniego}"}]
    fa = placeholders.filled(tree, date(2027, 1, 31))["Fa"]
    assert fa["FaWiersz"][0]["P_7"] == "Czynsz za styczeń 2027, prąd za grudzień"
    assert fa["DodatkowyOpis"] == [{"Klucz": "{rok}", "Wartosc": "2026"}]


def test_a_placeholder_nobody_knows_stays_and_is_named():
    tree = invoice()
    tree["Fa"]["FaWiersz"][0]["P_7"] = "Format {A4}, {miesąc}, {rok}"
    assert placeholders.unknown(tree) == ["{miesąc}"]
    assert "{miesąc}, 2027" in str(placeholders.filled(tree, date(2027, 1, 1)))


@pytest.mark.parametrize("tree", [{}, {"Fa": {"FaWiersz": ["?", {"P_7": 7}]}, "Stopka": []}])
def test_broken_trees_have_no_placeholders(tree):
    assert placeholders.filled(tree, date(2027, 1, 1)) == tree
    assert placeholders.unknown(tree) == []
