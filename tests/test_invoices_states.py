"""The state machine of a submission, move by move."""

import pytest

from invoices.models import Attempt, Submission
from invoices.services.delivery_states import (
    FINAL,
    MOVES,
    OPEN,
    RETRYABLE,
    IllegalMove,
    LostRace,
    State,
    attempt,
    claim,
    move,
)
from tests.invoice_support import issued

FORBIDDEN = [(a, b) for a in State for b in State if b not in MOVES[a]]


@pytest.fixture
def submission(company, owner):
    return issued(company, owner).submission


def test_every_state_has_its_moves():
    assert set(MOVES) == set(State)


def test_open_and_final_states_and_a_refusal_are_all_there_is():
    assert set(State) - OPEN - FINAL == {State.REFUSED}


def test_what_is_unknown_can_be_neither_sent_again_nor_withdrawn():
    assert State.UNKNOWN not in RETRYABLE
    assert State.WITHDRAWN not in MOVES[State.UNKNOWN]


@pytest.mark.parametrize(("before", "after"), FORBIDDEN, ids=lambda state: str(state))
def test_a_forbidden_move_raises_and_changes_nothing(submission, before, after):
    Submission.objects.filter(pk=submission.pk).update(state=before)
    submission.refresh_from_db()
    with pytest.raises(IllegalMove):
        move(submission, after)
    submission.refresh_from_db()
    assert submission.state == before


def test_a_move_from_a_state_that_somebody_else_left_loses_the_race(submission):
    Submission.objects.filter(pk=submission.pk).update(state=State.WITHDRAWN)
    with pytest.raises(LostRace):
        move(submission, State.CLAIMED)


def test_only_one_of_two_claims_gets_the_row(submission):
    other = Submission.objects.get(pk=submission.pk)
    assert claim(submission)
    assert not claim(other)


def test_one_who_slept_past_the_lease_cannot_move_what_another_has_claimed(submission):
    claim(submission)
    sleeper = Submission.objects.get(pk=submission.pk)
    move(submission, State.QUEUED)
    claim(submission)
    with pytest.raises(LostRace):
        move(sleeper, State.WAITING)


def test_an_attempt_is_never_changed_or_deleted(submission):
    attempt(submission, "send", "ok")
    row = Attempt.objects.get()
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
