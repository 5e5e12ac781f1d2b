"""The days of a deadline as they are drawn, and what the page of an invoice says about it."""

from datetime import date
from types import SimpleNamespace

import pytest

from invoices.models import Submission
from invoices.services.deadlines import deadlines_recompute
from invoices.views.ruler import ruler_of
from invoices.views.terms import term_of
from ksefapp.lib import clock
from tests.offline_support import FRIDAY, announced, at, issue, row_of, waiting

__all__ = ["at"]
FRIDAY_DAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)


def drawn(last=MONDAY, counted_from=FRIDAY_DAY):
    row = SimpleNamespace(deadline_on=last)
    document = SimpleNamespace(issued_on=FRIDAY_DAY, submission=row)
    return ruler_of(document, near=False, counted_from=counted_from)


def term(document):
    return term_of(row_of(document).document)


def test_free_days_stand_between_the_issue_and_the_end(at):
    at("2026-11-21 12:00")
    assert [day["kind"] for day in drawn().days] == ["issued", "free", "free", "last"]


def test_now_is_marked_in_its_day_by_warsaw_time(at):
    at("2026-11-21 00:30")
    marks = [(day["now"], day["time"]) for day in drawn().days]
    assert marks == [(None, ""), ("2%", "0:30"), (None, ""), (None, "")]


def test_seven_business_days_are_numbered_from_the_outages_end(at):
    at("2026-11-24 12:00")
    ruler = drawn(last=date(2026, 12, 1), counted_from=date(2026, 11, 22))
    assert [day["number"] for day in ruler.days if day["number"]] == list(range(1, 8))
    assert [day["kind"] for day in ruler.days[:3]] == ["issued", "outage", "outage"]
    assert ruler.long


def test_more_days_than_can_be_read_are_not_drawn(at):
    at("2026-11-21 12:00")
    assert drawn(last=date(2026, 12, 9)) is not None
    assert drawn(last=date(2026, 12, 10)) is None


@pytest.mark.django_db
def test_what_is_left_is_said_in_hours_when_it_is_less_than_two_days(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    waiting(document)
    assert (term(document).left, term(document).tone) == ("3\u00a0dni", "calm")
    at("2026-11-23 14:11")
    assert (term(document).left[:4], term(document).tone) == ("9 h ", "near")


@pytest.mark.django_db
def test_the_day_comes_with_its_hour_and_its_law(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    assert term(document).text.startswith(
        "Termin: poniedziałek\u00a023.11.2026, 23:59. Podstawa: art."
    )
    assert any("sobota" in step for step in term(document).steps)


@pytest.mark.django_db
def test_an_open_deadline_names_the_outage_it_waits_for(company, owner, at):
    at("2026-11-13 10:00")
    announced("1", "2026-11-13 09:00")
    document = issue(company, owner, mode="awaria")
    found = term(document)
    assert found.tone == "open"
    assert found.text.startswith("Termin poznamy po ogłoszeniu końca awarii.")
    assert found.outages[0]["text"] == "awaria: od 13.11.2026, 9:00, trwa"
    entry = row_of(document).deadline_rests_on[0]
    assert found.outages[0]["url"].partition("#")[2] == f"wpis-{entry}"


@pytest.mark.django_db
def test_after_the_end_the_days_are_drawn(company, owner, at):
    at("2026-11-13 10:00")
    announced("1", "2026-11-13 09:00")
    document = issue(company, owner, mode="awaria")
    at("2026-11-14 07:00")
    announced("1", "2026-11-13 09:00", "2026-11-14 06:00")
    deadlines_recompute()
    days = term(document).ruler.days
    assert days[-1]["words"] == "7. dzień roboczy, do 23:59"


@pytest.mark.django_db
def test_a_late_invoice_is_said_to_go_all_the_same(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    at("2026-11-24 00:00")
    assert term(document).tone == "late"
    assert "Wyślemy ją mimo to" in term(document).text
    Submission.objects.update(state="refused")
    assert "Popraw ją i wyślij mimo to" in term(document).text


@pytest.mark.django_db
def test_sent_in_time_is_met_and_sent_late_stays_written(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    Submission.objects.update(state="sent", sent_at=clock.now())
    at("2026-11-24 08:00")
    assert term(document).tone == "met"
    Submission.objects.update(state="accepted")
    assert term(document) is None
    Submission.objects.update(sent_at=clock.now())
    assert term(document).text.startswith("Spóźniona: wysłana 24.11.2026, 8:00")


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["withdrawn", "outside"])
def test_an_invoice_that_is_not_to_be_sent_has_no_term(company, owner, at, state):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    Submission.objects.update(state=state)
    assert term(document) is None
    assert term(issue(company, owner)) is None
