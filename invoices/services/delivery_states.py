"""The state machine of a submission: the legal moves, and the one function that makes them."""

from datetime import datetime, timedelta

from django.conf import settings

from invoices.models import Attempt, Submission
from ksefapp.lib import clock

State = Submission.State

MOVES: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset({State.CLAIMED, State.WITHDRAWN, State.OUTSIDE}),
    State.CLAIMED: frozenset({State.SESSION_OPENED, State.WAITING, State.QUEUED, State.REFUSED}),
    State.SESSION_OPENED: frozenset(
        {State.SENT, State.UNKNOWN, State.WAITING, State.QUEUED, State.REFUSED}
    ),
    State.SENT: frozenset({State.ACCEPTED, State.REFUSED, State.WAITING, State.UNKNOWN}),
    State.WAITING: frozenset({State.CLAIMED, State.WITHDRAWN, State.OUTSIDE}),
    State.UNKNOWN: frozenset(
        {State.SENT, State.ACCEPTED, State.REFUSED, State.WAITING, State.QUEUED}
    ),
    State.REFUSED: frozenset({State.WITHDRAWN, State.OUTSIDE}),
    State.ACCEPTED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.OUTSIDE: frozenset(),
}
RETRYABLE = frozenset({State.QUEUED, State.WAITING})
IN_FLIGHT = frozenset({State.CLAIMED, State.SESSION_OPENED})
ASKED = frozenset({State.SENT, State.UNKNOWN})
OPEN = RETRYABLE | IN_FLIGHT | ASKED
FINAL = frozenset({State.ACCEPTED, State.WITHDRAWN, State.OUTSIDE})
# Modes whose invoices are outside KSeF from the moment of issue, and those that carry no KOD II.
NEVER_SENT = frozenset({Submission.Mode.TOTAL, Submission.Mode.OUTSIDE})
WITHOUT_KOD2 = NEVER_SENT | {Submission.Mode.ONLINE}


class IllegalMove(Exception):
    """A move that the state machine forbids; the row was left as it was."""


class LostRace(Exception):
    """Somebody else moved the row first; the row was left as they wanted it."""


def move(submission: Submission, to: str, **facts: object) -> None:
    """Moves the row by conditional UPDATE and writes `facts` into its columns.

    Raises IllegalMove for a move that the table lacks, LostRace when the row is no longer in
    the state that this object remembers, or was claimed anew since: one who slept past the
    lease must not move what another sends now, though the state has the same name.
    """
    if to not in MOVES[submission.state]:
        raise IllegalMove(f"{submission.state} → {to}")
    facts |= {"state": to, "changed_at": clock.now()}
    same = Submission.objects.filter(
        pk=submission.pk, state=submission.state, tries=submission.tries
    )
    if not same.update(**facts):
        raise LostRace(f"{submission.pk}: no longer {submission.state}")
    for name, value in facts.items():
        setattr(submission, name, value)


def claim(submission: Submission) -> bool:
    """Takes a due row for this process until its lease ends; False if somebody was faster.

    What was read as sent or unknown is never claimed: it may be with KSeF.
    """
    if submission.state not in RETRYABLE:
        return False
    now = clock.now()
    changed = Submission.objects.filter(
        pk=submission.pk, state=submission.state, tries=submission.tries
    ).update(
        state=State.CLAIMED,
        lease_until=now + timedelta(seconds=settings.KSEF_LEASE_SECONDS),
        tries=submission.tries + 1,
        changed_at=now,
    )
    if changed:
        submission.refresh_from_db()
    return bool(changed)


def lease(submission: Submission, *, until: datetime) -> bool:
    """Takes a row that keeps its state while it is looked after (sent, unknown); False if taken."""
    now = clock.now()
    free = Submission.objects.filter(pk=submission.pk, state=submission.state).exclude(
        lease_until__gt=now
    )
    return bool(free.update(lease_until=until))


def attempt(submission: Submission, step: str, outcome: str, **facts: object) -> None:
    """Writes one line of the delivery's history; never changed, never deleted."""
    text = str(facts.pop("text", ""))[:2000]
    Attempt.objects.create(submission=submission, step=step, outcome=outcome, text=text, **facts)


def backoff(tries: int) -> timedelta:
    """How long to wait before the next try: 2 s doubling up to 5 minutes."""
    return timedelta(seconds=min(300, 2 ** min(tries, 9)))
