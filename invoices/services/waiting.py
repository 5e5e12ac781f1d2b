"""Rows that could not be sent now: why, until when, and what makes them due before that."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet

from auth_ksef.client import KsefError
from auth_ksef.errors import words_of
from auth_ksef.messages import CALLS, stored
from auth_ksef.models import Contact
from invoices.models import Submission
from invoices.services.bulk import Claim, attempts_many, pieces
from invoices.services.delivery_states import LostRace, State, attempt, backoff, move
from ksefapp.lib import clock

PERSON_MUST_ACT = timedelta(minutes=10)
# How often one company tries while KSeF is away for all, and the least pause before a row
# that waits for the connection is made due.
PROBE = timedelta(seconds=20)
# A gateway that says 5xx and no more may be well again at any moment.
LONGEST_AFTER_FAULT = timedelta(seconds=40)


def postpone(rows: Iterable[Submission], step: str, error: Exception, pause: timedelta) -> None:
    """Nothing of these rows is with KSeF: they wait until `not_before`."""
    until, text = clock.now() + pause, text_of(error)
    for row in rows:
        try:
            move(row, State.WAITING, lease_until=None, not_before=until, last_text=text[:1000])
        except LostRace:
            continue
        failed(row, step, "later", error)


def postpone_claim(claim: Claim, step: str, error: Exception, pause: timedelta) -> None:
    """The same for claimed rows; those that somebody else took meanwhile are left alone."""
    facts = {"lease_until": None, "not_before": clock.now() + pause}
    for piece in pieces(claim.pks):
        ours = Submission.objects.filter(pk__in=piece, state=State.CLAIMED, lease_until=claim.until)
        pks = list(ours.values_list("pk", flat=True))
        ours.update(
            state=State.WAITING,
            changed_at=clock.now(),
            last_text=text_of(error)[:1000],
            **facts,
        )
        attempts_many(pks, step, "later", text=text_of(error), **codes_of(error))


def failed(row: Submission, step: str, outcome: str, error: Exception, **facts: object) -> None:
    """A line of history about a call that did not do what it should."""
    attempt(row, step, outcome, text=text_of(error), **codes_of(error), **facts)


def codes_of(error: Exception) -> dict[str, int | None]:
    """KSeF's numbers, where it was KSeF that spoke."""
    known = isinstance(error, KsefError)
    return {"code": error.code, "http_status": error.http_status} if known else {}


def pause_after(error: Exception, tries: int) -> timedelta:
    """`Retry-After` is obeyed as given, however long."""
    seconds = getattr(error, "retry_after", None)
    if seconds is not None:
        return timedelta(seconds=seconds)
    is_fault = (getattr(error, "http_status", None) or 0) >= 500
    return min(backoff(tries), LONGEST_AFTER_FAULT) if is_fault else backoff(tries)


def text_of(error: Exception) -> str:
    """What went wrong, for people, as a stored pair."""
    pair = (error.pl, error.en) if hasattr(error, "pl") else words_of(error)
    return stored(pair)


def contact_back() -> int:
    """Makes rows due that wait only for the connection; returns how many.

    Once KSeF answers again all of them are due at once. While it is silent one company of each
    environment tries every PROBE, so that somebody notices, and not all of them.
    """
    return sum(_environment_back(contact) for contact in Contact.objects.all())


def _environment_back(contact: Contact) -> int:
    rows = _cut_off(contact.environment)
    if not contact.failing_since:
        if not contact.answered_at:
            return 0
        return rows.filter(changed_at__lt=contact.answered_at).update(not_before=None)
    if contact.failed_at and contact.failed_at > clock.now() - PROBE:
        return 0
    first = rows.order_by("deadline_on", "queued_at").select_related("document").first()
    if first is None:
        return 0
    return rows.filter(document__company=first.document.company_id).update(not_before=None)


def _cut_off(environment: str) -> QuerySet[Submission]:
    """Rows that wait because KSeF was not reached, each for PROBE at least.

    Whatever came with an answer, a Retry-After above all, is waited for to its end.
    """
    now = clock.now()
    return Submission.objects.filter(
        environment=environment,
        state=State.WAITING,
        not_before__gt=now,
        changed_at__lte=now - PROBE,
        last_text__in=[stored(CALLS[name]) for name in ("unreached", "no-answer")],
    )
