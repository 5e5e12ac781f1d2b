"""Many submissions moved at once, by the same rules as one: conditional UPDATE or nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from invoices.models import Attempt, KsefSession, Submission
from invoices.services.delivery_states import (
    MOVES,
    NEVER_SENT,
    RETRYABLE,
    IllegalMove,
    LostRace,
    State,
)
from ksefapp.lib import clock

CHUNK = 500


@dataclass
class Claim:
    """Rows that this process took. The instant at which the lease ends is what proves it."""

    pks: list[int]
    until: datetime


def pieces(values: Iterable, size: int = CHUNK) -> Iterator[list]:
    """Lists of at most `size`, in order."""
    rest = iter(values)
    while piece := list(islice(rest, size)):
        yield piece


def may_leave(now: datetime) -> Q:
    """Rows that can be sent: due, with a number at KSeF for what they correct, in their place.

    What was issued outside KSeF is never sent (art. 106ng, 106ga, 145m).
    """
    due = Q(not_before=None) | Q(not_before__lte=now)
    corrects_known = Q(waits_for=None) | Q(waits_for__ksef_number__isnull=False)
    here = Q(environment=F("document__company__environment"))
    never = Q(mode__in=NEVER_SENT)
    return Q(state__in=RETRYABLE) & due & corrects_known & here & ~never


def in_open_batch() -> Q:
    """Rows in a batch session that is not settled: the session is asked about, never the row."""
    return Q(session__kind=KsefSession.Kind.BATCH, session__final_code=None)


def claim_many(pks: Iterable[int]) -> Claim:
    """Takes those of the rows that are still due; the lease is KSEF_LEASE_SECONDS."""
    now = clock.now()
    claim = Claim([], now + _lease())
    for piece in pieces(pks):
        rows = Submission.objects.filter(pk__in=piece)
        due = rows.filter(state__in=RETRYABLE).filter(Q(not_before=None) | Q(not_before__lte=now))
        changed = due.update(
            state=State.CLAIMED, lease_until=claim.until, tries=F("tries") + 1, changed_at=now
        )
        ours = rows.filter(state=State.CLAIMED, lease_until=claim.until, changed_at=now)
        taken = set(ours.values_list("pk", flat=True)) if changed else set()
        # Two processes in one microsecond cannot tell whose row is whose: the leases run out.
        if len(taken) == changed:
            claim.pks += [pk for pk in piece if pk in taken]
    return claim


def prolong(claim: Claim) -> None:
    """Makes the lease last longer. Raises LostRace when a row was given to somebody else."""
    until = clock.now() + _lease()
    with transaction.atomic():
        _all_of(claim, lambda rows: rows.update(lease_until=until))
    claim.until = until


def move_claimed(claim: Claim, to: str, **facts: object) -> None:
    """Moves all rows of the claim or none. Raises IllegalMove or LostRace."""
    if to not in MOVES[State.CLAIMED]:
        raise IllegalMove(f"{State.CLAIMED} → {to}")
    facts |= {"state": to, "changed_at": clock.now()}
    with transaction.atomic():
        _all_of(claim, lambda rows: rows.update(**facts))


def move_in_session(session: KsefSession, states: Iterable[str], to: str, **facts: object) -> int:
    """Moves the session's rows that are in one of the states; returns how many."""
    states = list(states)
    if forbidden := [state for state in states if to not in MOVES[state]]:
        raise IllegalMove(f"{forbidden} → {to}")
    rows = Submission.objects.filter(session=session, state__in=states)
    return rows.update(state=to, changed_at=clock.now(), **facts)


def attempts_many(pks: Iterable[int], step: str, outcome: str, **facts: object) -> None:
    """One line of history for each row."""
    text = str(facts.pop("text", ""))[:2000]
    now = clock.now()
    for piece in pieces(pks):
        Attempt.objects.bulk_create(
            Attempt(submission_id=pk, at=now, step=step, outcome=outcome, text=text, **facts)
            for pk in piece
        )


def _all_of(claim: Claim, update) -> None:
    for piece in pieces(claim.pks):
        ours = Submission.objects.filter(pk__in=piece, state=State.CLAIMED, lease_until=claim.until)
        if update(ours) != len(piece):
            raise LostRace("a claimed row was given to another process")


def _lease() -> timedelta:
    return timedelta(seconds=settings.KSEF_LEASE_SECONDS)
