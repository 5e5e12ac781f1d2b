"""Warnings of recurring invoices: what a person let stand once is not asked again."""

from datetime import date

import pytest

from invoices.models import Document, Recurring
from invoices.services.accepting import split, warning_accept
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import problems_of
from invoices.services.recurring_run import recurring_run
from ksefapp.lib import clock
from tests.invoice_support import content
from tests.offline_support import at
from tests.recurring_support import START, linked, template

__all__ = ["at", "linked"]


def without_a_unit(company) -> dict:
    """LG-02: a warning whose words are the same on every day."""
    tree = content(company)
    del tree["Fa"]["FaWiersz"][0]["P_8A"]
    return tree


def accepted_and_issued(draft, user) -> Document:
    """A person lets the warnings stand and issues."""
    for problem in problems_of(draft.content, company=draft.company, draft=draft):
        if problem.severity == "warn":
            warning_accept(draft, user, problem.key, "Tak mamy w umowie.")
    return invoice_issue(draft=draft, issued_by=user, on=clock.today(), ask_warnings=True)


def issued_once(company, owner, at) -> Recurring:
    """A template whose first invoice waited for a person, who let its warning stand."""
    at(START)
    row = template(company, owner, tree=without_a_unit(company), issues_itself=True)
    at("2026-08-15 06:00")
    recurring_run()
    accepted_and_issued(row.runs.get().draft, owner)
    row.refresh_from_db()
    return row


@pytest.mark.django_db
def test_a_warning_that_a_person_let_stand_is_not_asked_at_the_next_run(linked, owner, at):
    row = issued_once(linked, owner, at)
    at("2026-09-15 06:00")
    recurring_run()
    made = row.runs.get(due_on=date(2026, 9, 15)).document
    assert [entry["note"] for entry in made.accepted.values()] == ["Tak mamy w umowie."]


@pytest.mark.django_db
def test_the_same_rule_at_another_place_is_asked_anew(linked, owner, at):
    row = issued_once(linked, owner, at)
    lines = row.content["Fa"]["FaWiersz"]
    row.content["Fa"]["FaWiersz"] = [lines[0] | {"P_8A": "szt."}, lines[0] | {"NrWierszaFa": "2"}]
    row.save(update_fields=["content"])
    at("2026-09-15 06:00")
    recurring_run()
    draft = row.runs.get(due_on=date(2026, 9, 15)).draft
    found = split(problems_of(draft.content, company=linked, draft=draft), draft.accepted)[0]
    assert ("LG-02", "Fa/FaWiersz[1]") in [(each.rule, each.path[:14]) for each in found]
    assert draft.issued_as is None


@pytest.mark.django_db
def test_what_the_machine_let_stand_is_no_person_s_word(linked, owner, at):
    at(START)
    row = template(linked, owner, issues_itself=True)
    at("2026-11-10 09:00")
    recurring_run()
    row.refresh_from_db()
    assert row.options["accepted"] == {}
