"""Unknown → truth: what left without an answer is looked up, never sent again blindly.

In this order, the cheap and the certain first:

1. by its hash in the invoices of the session in which it left, interactive or batch;
2. where that session's reference was lost: in our other sessions of that time, then in those
   that KSeF lists;
3. in own sales metadata by number and hash, which prove presence, never absence;
4. by the original that a 440 names (`duplicates`).

Not there means: its session is final and the session's complete list lacks the hash. Then, and
only then, the row goes back to the queue and the same bytes are sent again.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta

from auth_ksef.client import InvoiceMetadata, InvoiceStatus, KsefError, KsefLater, KsefRefused
from auth_ksef.login import Access
from invoices.models import KsefSession, Submission
from invoices.services import duplicates, evidence
from invoices.services.deliver import session_close
from invoices.services.delivery_states import State, attempt, backoff, move
from invoices.services.evidence import SESSION_FINAL, UNDECIDED
from invoices.services.verdicts import adopt, release, undecided, verdict_apply
from ksefapp.lib import clock

log = logging.getLogger(__name__)

# KSeF does not show us the session (any more): not found, kept no longer, another subject's.
SESSION_HIDDEN = frozenset({21173, 21405})
GONE_STATUS = frozenset({404, 410})
NOT_OURS = "insufficient-resource-access"  # reasonCode of a 403
MOST_SESSIONS_A_TURN = 5
METADATA_FIRST = timedelta(minutes=2)  # an invoice comes into metadata after its acceptance
METADATA_AGAIN = timedelta(hours=1)  # 20 queries an hour are all that the company has
METADATA_FAILED = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(minutes=15)


def reconcile(row: Submission, access: Access) -> None:
    """One turn of finding out what became of an unknown row. Raises KsefError, LostRace."""
    if row.last_code == UNDECIDED and row.invoice_reference and row.session:
        _ask_again(row, access)
    elif row.session is None:
        _search(row, access)
    else:
        _look_in_its_session(row, access)


def is_hidden(error: KsefError) -> bool:
    """Whether KSeF refuses to tell about a session or an invoice of ours, for good."""
    if not isinstance(error, KsefRefused):
        return False
    gone = error.http_status in GONE_STATUS or error.code in SESSION_HIDDEN
    return gone or error.reason_code == NOT_OURS


def _look_in_its_session(row: Submission, access: Access) -> None:
    session = row.session
    try:
        looked = _look(row, session.reference, access)
    except KsefRefused as error:
        if not is_hidden(error):
            raise
        _note(row, "hidden", code=error.code, http_status=error.http_status, text=str(error))
        _by_metadata(row, access)
        return
    if looked.found is not None:
        _found(row, looked.found, access)
    elif looked.code in SESSION_FINAL[session.kind]:
        KsefSession.objects.filter(pk=session.pk).update(final_code=looked.code)
        if looked.complete:
            _absent(row, looked.code)
        else:
            _wait(row)
    else:
        if session.kind == KsefSession.Kind.ONLINE:
            session_close(session, access)
        _note(row, "pending", code=looked.code)
        _wait(row)


def _look(row: Submission, reference: str, access: Access) -> evidence.Looked:
    return evidence.session_look(
        access,
        company=row.document.company,
        reference=reference,
        sha256=row.document.sha256,
    )


def _found(row: Submission, found: InvoiceStatus, access: Access) -> None:
    """The hash is there: what KSeF says of it counts. A 500 leaves it unknown."""
    if found.status.code == UNDECIDED:
        _keep_reference(row, found)
        undecided(row, found)
        _by_metadata(row, access)
        return
    attempt(row, "reconcile", "ok", invoice_reference=found.reference_number)
    move(
        row,
        State.SENT,
        lease_until=None,
        not_before=clock.now(),
        invoice_reference=found.reference_number,
        session=row.session,
        sent_at=row.sent_at or found.invoicing_date or clock.now(),
    )
    verdict_apply(row, found, access)


def _keep_reference(row: Submission, found: InvoiceStatus) -> None:
    if row.invoice_reference != found.reference_number:
        row.invoice_reference = found.reference_number
        release(row, invoice_reference=found.reference_number, session=row.session)
        text = "; ".join([found.status.description, *found.status.details])
        _note(row, "undecided", code=UNDECIDED, text=text)


def _ask_again(row: Submission, access: Access) -> None:
    """An undecided one (500) whose reference is known costs one question, not a list."""
    try:
        found = evidence.status_of(row, access)
    except KsefRefused as error:
        if not is_hidden(error):
            raise
        _by_metadata(row, access)
        return
    _found(row, found, access)


def _absent(row: Submission, code: int | None) -> None:
    """Proved: KSeF does not have it. The same bytes go again."""
    _note(row, "absent", code=code)
    move(
        row,
        State.QUEUED,
        lease_until=None,
        not_before=None,
        session=None,
        invoice_reference="",
        last_code=None,
        last_text="",
        facts={name: value for name, value in row.facts.items() if name not in TRACES},
    )


TRACES = ("looked", "metadata_after")


def _search(row: Submission, access: Access) -> None:
    """The session's reference was lost: all sessions in which it may have left are looked into.

    Those found final are remembered, so that each is read once. Absence is proved when all are
    final and none lacks a part of its list, and when no other identity of the company could have
    opened one that KSeF does not list to us.
    """
    looked, pending, turns = set(row.facts.get("looked", ())), False, 0
    for kind, reference in _candidates(row, access):
        if reference in looked:
            continue
        if turns == MOST_SESSIONS_A_TURN:
            pending = True
            break
        turns += 1
        seen = _look(row, reference, access)
        if seen.found is not None:
            row.session = _session_row(row, kind, reference, access)
            _found(row, seen.found, access)
            return
        if seen.code in SESSION_FINAL[kind] and seen.complete:
            looked.add(reference)
        else:
            pending = True
            _end(row, reference, access)
    row.facts = row.facts | {"looked": sorted(looked)}
    if pending or _others_sent(row, access):
        release(row, facts=row.facts)
        _by_metadata(row, access)
    else:
        _absent(row, None)


def _candidates(row: Submission, access: Access) -> Iterator[tuple[str, str]]:
    """Our own sessions first: they cost no listing. Then what KSeF lists of that time."""
    since = row.document.issued_at
    own = _own_sessions(row).filter(credential=access.credential)
    yield from own.order_by("-opened_at").values_list("kind", "reference")
    listed = evidence.sessions_listed(access, company=row.document.company, since=since)
    for kind, session in listed:
        yield kind, session.reference_number


def _own_sessions(row: Submission):
    since = row.document.issued_at - evidence.SESSION_LIFE
    return KsefSession.objects.filter(
        company=row.document.company, environment=row.environment, opened_at__gte=since
    )


def _end(row: Submission, reference: str, access: Access) -> None:
    """Only a session that ended can prove anything; a batch session is ended by its own rules."""
    own = _own_sessions(row).filter(reference=reference, kind=KsefSession.Kind.ONLINE).first()
    if own:
        session_close(own, access)


def _others_sent(row: Submission, access: Access) -> bool:
    return _own_sessions(row).exclude(credential=access.credential).exists()


def _session_row(row: Submission, kind: str, reference: str, access: Access) -> KsefSession:
    """Our row of a session that only KSeF remembered; nothing more is ever sent in it."""
    made, _ = KsefSession.objects.get_or_create(
        reference=reference,
        defaults={
            "company": row.document.company,
            "environment": row.environment,
            "credential": access.credential,
            "kind": kind,
            "key": "",
            "valid_until": clock.now(),
            "close_asked_at": clock.now(),
        },
    )
    return made


def _by_metadata(row: Submission, access: Access) -> None:
    """Own sales know hash and number. Not found says nothing, and is asked once an hour."""
    after = row.facts.get("metadata_after") or (row.changed_at + METADATA_FIRST).isoformat()
    if clock.now().isoformat() < after:
        _wait(row)
        return
    try:
        found = evidence.metadata_by_invoice(row.document, access)
    except (KsefLater, KsefRefused) as error:
        if error.http_status == 401:
            raise
        _note(row, "later", code=error.code, http_status=error.http_status, text=str(error))
        seconds = error.retry_after
        _no_metadata_for(row, METADATA_FAILED if seconds is None else timedelta(seconds=seconds))
        return
    ours = next((item for item in found if item.invoice_hash == row.document.sha256), None)
    if ours is None:
        _note(row, "unseen")
        _no_metadata_for(row, METADATA_AGAIN)
        return
    _note(row, "ok", text=ours.ksef_number)
    _adopt_listed(row, ours)


def _no_metadata_for(row: Submission, pause: timedelta) -> None:
    row.facts = row.facts | {"metadata_after": (clock.now() + pause).isoformat()}
    release(row, facts=row.facts)
    _wait(row)


def _adopt_listed(row: Submission, item: InvoiceMetadata) -> None:
    original = duplicates.Original(
        duplicates.OURS,
        ksef_number=item.ksef_number,
        session=row.session.reference if row.session else "",
        sha256=item.invoice_hash,
        at=item.acquisition_date,
        mode=item.invoicing_mode,
    )
    adopt(row, original)


def _wait(row: Submission) -> None:
    """Soon at first, each quarter of an hour when it takes long."""
    waited = clock.now() - row.changed_at
    pause = min(LONGEST_PAUSE, max(backoff(row.tries), waited / 4))
    release(row, not_before=clock.now() + pause)


def _note(row: Submission, outcome: str, **facts: object) -> None:
    session = row.session.reference if row.session else ""
    attempt(row, "reconcile", outcome, session_reference=session, **facts)
