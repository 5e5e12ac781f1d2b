"""Two workers, or a worker and a person, at the same moment."""

import pytest

from invoices.models import Attempt, Document, Submission
from invoices.services.corrections import correction_wait, corrections_issue
from invoices.services.deadlines import deadlines_recompute
from invoices.services.delivery_states import IllegalMove, LostRace, claim
from invoices.services.midnight import midnight_turn, mode_turn
from invoices.services.warnings import deadline_warnings
from ksefapp.notify.models import Notice
from tests.at_once import at_once
from tests.offline_support import (
    FRIDAY,
    announced,
    at,
    certified,
    correction,
    issue,
    numbered,
    row_of,
    waiting,
)

__all__ = ["at"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_midnight_comes_once_for_each_invoice(company, owner, at):
    at("2026-11-20 23:50")
    documents = [issue(company, owner, mode="online") for _ in range(4)]
    at("2026-11-21 00:01")
    turned = at_once(midnight_turn, midnight_turn, midnight_turn)
    assert sum(turned) == len(documents)
    assert Attempt.objects.filter(outcome="offline24").count() == len(documents)
    assert Notice.objects.filter(key__startswith="midnight").count() == 1


def test_a_waiting_correction_is_issued_once(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    correction_wait(draft=draft, user=owner)
    numbered(original)
    at_once(corrections_issue, corrections_issue, corrections_issue)
    assert Document.objects.filter(kind="KOR").count() == 1


def test_each_stage_is_told_once_whoever_looks(company, owner, at):
    at(FRIDAY)
    waiting(issue(company, owner, mode="offline24"))
    at("2026-11-23 20:00")
    at_once(deadline_warnings, deadline_warnings, deadline_warnings)
    assert Notice.objects.count() == 1


def test_a_deadline_moves_once(company, owner, at):
    at(FRIDAY)
    issue(company, owner, mode="offline24")
    at("2026-11-23 12:00")
    announced("1", "2026-11-23 09:00", category="TOTAL_FAILURE")
    at_once(deadlines_recompute, deadlines_recompute, deadlines_recompute)
    assert Submission.objects.get().state == "outside"
    assert Attempt.objects.filter(outcome="outside").count() == 1
    assert Notice.objects.count() == 1


def test_a_person_and_a_worker_do_not_both_take_it(company, owner, at):
    at(FRIDAY)
    certified(company, owner)
    document = issue(company, owner, mode="online")
    row = waiting(document)
    taken, turned = at_once(lambda: claim(row), lambda: mode_turn(document=document, user=owner))
    now = row_of(document)
    if isinstance(turned, (IllegalMove, LostRace)):
        assert (taken, now.mode, now.state) == (True, "online", "claimed")
    else:
        assert now.mode == "offline24"
