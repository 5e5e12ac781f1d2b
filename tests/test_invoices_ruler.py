"""The days of a deadline as they are drawn on the page of an invoice."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from invoices.views.ruler import ruler_of
from ksefapp.lib import clock

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)


@pytest.fixture
def at(monkeypatch):
    """`at(21, 13, 48)`: it is 21 November, 13:48 UTC."""

    def set_clock(day: int, hour: int, minute: int = 0) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, day, hour, minute, tzinfo=UTC))
        monkeypatch.setattr(clock, "today", lambda: clock.warsaw(clock.now()).date())

    return set_clock


def invoice(state="waiting", last=MONDAY):
    row = SimpleNamespace(state=state, deadline_on=last)
    return SimpleNamespace(issued_on=FRIDAY, submission=row)


def test_free_days_stand_between_the_issue_and_the_end(at):
    at(21, 11)
    kinds = [day["kind"] for day in ruler_of(invoice()).days]
    assert kinds == ["issued", "free", "free", "last"]


def test_now_is_marked_in_its_day_by_warsaw_time(at):
    at(20, 23, 30)
    marks = [(day["now"], day["time"]) for day in ruler_of(invoice()).days]
    assert marks == [(None, ""), ("2%", "0:30"), (None, ""), (None, "")]


def test_what_is_left_is_said_in_hours_when_it_is_less_than_two_days(at):
    at(23, 13, 12)
    ruler = ruler_of(invoice())
    assert (ruler.left, ruler.near) == ("9 h 48 min", True)
    at(20, 8)
    ruler = ruler_of(invoice())
    assert (ruler.left, ruler.near) == ("3\u00a0dni", False)


@pytest.mark.parametrize("state", ["accepted", "refused", "withdrawn"])
def test_an_invoice_that_is_not_to_be_sent_has_no_ruler(at, state):
    at(21, 11)
    assert ruler_of(invoice(state)) is None


def test_a_deadline_that_passed_or_never_was_or_is_far_is_not_drawn(at):
    at(24, 11)
    assert ruler_of(invoice()) is None
    assert ruler_of(invoice(last=None)) is None
    assert ruler_of(invoice(last=date(2026, 12, 4))) is None
