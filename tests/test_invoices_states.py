"""The state machine of a submission, move by move."""

import re

import pytest
from django.db.models import ProtectedError

from invoices.models import Attempt, Submission, delivery
from invoices.services.delivery_states import (
    ASKED,
    FINAL,
    IN_FLIGHT,
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

LINE = re.compile(r"^    (\w+) +→ (.+)$", re.MULTILINE)
FORBIDDEN = [(a, b) for a in State for b in State if b not in MOVES[a]]


@pytest.fixture
def submission(company, owner):
    return issued(company, owner).submission


def test_every_state_has_its_moves():
    assert set(MOVES) == set(State)


def test_the_docstring_tells_exactly_the_moves_of_the_table():
    told = {
        before: frozenset() if after == "none" else frozenset(after.split(", "))
        for before, after in LINE.findall(delivery.__doc__)
    }
    assert told == MOVES


def test_what_is_final_never_moves_and_everything_else_can():
    assert {state for state in State if not MOVES[state]} == FINAL


def test_each_open_state_has_exactly_one_who_looks_after_it():
    sets = (RETRYABLE, IN_FLIGHT, ASKED)
    assert sum(map(len, sets)) == len(OPEN)


def test_what_may_be_with_ksef_cannot_leave_the_law_or_be_taken_back():
    for state in IN_FLIGHT | ASKED:
        assert not MOVES[state] & {State.WITHDRAWN, State.OUTSIDE}


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


@pytest.mark.parametrize("state", sorted(set(State) - RETRYABLE))
def test_what_may_be_with_ksef_is_never_claimed_however_fresh_it_was_read(submission, state):
    Submission.objects.filter(pk=submission.pk).update(state=state)
    submission.refresh_from_db()
    assert not claim(submission)
    submission.refresh_from_db()
    assert submission.state == state


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


def test_attempts_are_not_changed_or_deleted_many_at_a_time_either(submission):
    attempt(submission, "send", "ok")
    with pytest.raises(TypeError):
        submission.attempts.all().delete()
    with pytest.raises(TypeError):
        Attempt.objects.update(outcome="later")
    with pytest.raises(TypeError):
        Attempt.objects.bulk_update(Attempt.objects.all(), ["outcome"])
    assert Attempt.objects.get().outcome == "ok"


def test_what_has_attempts_cannot_be_deleted_under_them(submission):
    attempt(submission, "send", "ok")
    with pytest.raises(ProtectedError):
        submission.delete()
