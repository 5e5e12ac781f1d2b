"""What became of what was sent: verdicts, and the truth about what is unknown."""

import hashlib
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from auth_ksef.api import ksef_api
from auth_ksef.client import InvoiceStatus, KsefError, KsefLater, KsefRefused
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.login import Access, access_forget, access_get
from auth_ksef.messages import stored
from invoices.models import Chore, Document, KsefSession, Submission
from invoices.services.deliver import refuse, session_close
from invoices.services.delivery_states import LostRace, State, attempt, backoff, lease, move
from invoices.services.doorbell import ring
from invoices.services.prints import print_again
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

log = logging.getLogger(__name__)

MOST_PER_RUN = 100
IN_PROGRESS = frozenset({100, 150})
ACCEPTED, DUPLICATE = 200, 440
# KSeF says itself that it did not take the invoice and that it may be sent again.
SEND_AGAIN = frozenset({405, 550})
UNDECIDED = frozenset({500})
# An interactive session in one of these states takes nothing more and forgets nothing.
SESSION_FINAL = frozenset({200, 440, 445})


def company_follow(company: Company) -> int:
    """Asks KSeF about rows of this company that were sent or are unknown; returns how many."""
    rows = _due(company)
    if not rows:
        return 0
    try:
        access = access_get(company=company)
    except (NoCredential, KsefError) as error:
        _ask_later(rows, stored(words_of(error)), _retry(error, default=timedelta(seconds=30)))
        return 0
    asked = 0
    for row in rows:
        asked += 1
        try:
            _follow_one(row, access)
        except LostRace:
            continue
        except KsefError as error:
            if isinstance(error, KsefRefused) and error.http_status == 401:
                access_forget(company=company, credential=access.credential)
            if not _one_row_failed(row, error):
                break
    return asked


def _due(company: Company) -> list[Submission]:
    now = clock.now()
    rows = (
        Submission.objects.filter(
            document__company=company,
            environment=company.environment,
            state__in=[State.SENT, State.UNKNOWN],
        )
        .filter(Q(not_before=None) | Q(not_before__lte=now))
        .select_related("document", "document__company", "session")
        .order_by("not_before")[:MOST_PER_RUN]
    )
    until = now + timedelta(seconds=settings.KSEF_LEASE_SECONDS)
    return [row for row in rows if lease(row, until=until)]


def _follow_one(row: Submission, access: Access) -> None:
    if row.state == State.SENT:
        _read_verdict(row, access)
    else:
        _reconcile(row, access)


def _read_verdict(row: Submission, access: Access) -> None:
    status = ksef_api(row.environment).invoice_status(
        access=access.token, session=row.session.reference, invoice=row.invoice_reference
    )
    _apply(row, status, access)


def _apply(row: Submission, found: InvoiceStatus, access: Access) -> None:
    code = found.status.code
    if code in IN_PROGRESS:
        _wait_for_verdict(row)
    elif code == ACCEPTED and found.ksef_number:
        accept(row, ksef_number=found.ksef_number, at=found.acquisition_date)
    elif code == DUPLICATE:
        _settle_duplicate(row, found, access)
    elif code in SEND_AGAIN:
        _send_again(row, found)
    elif code in UNDECIDED or code == ACCEPTED:
        _keep_asking(row, found)
    else:
        refuse(row, code=code, text=_verdict_text(found), step="status")


def accept(row: Submission, *, ksef_number: str, at: datetime | None, **facts: object) -> None:
    """The KSeF number is written once; the UPO and the print become work, in one transaction."""
    document = row.document
    with transaction.atomic():
        move(
            row,
            State.ACCEPTED,
            lease_until=None,
            not_before=None,
            last_code=ACCEPTED,
            last_text="",
            facts=row.facts | facts,
        )
        Document.objects.filter(pk=document.pk, ksef_number=None).update(
            ksef_number=ksef_number, ksef_number_at=at or clock.now()
        )
        attempt(row, "status", "ok", code=ACCEPTED, invoice_reference=row.invoice_reference)
        Chore.objects.get_or_create(document=document, kind=Chore.Kind.UPO, language="")
        print_again(document)
        audit(
            "invoice.accepted",
            company=document.company,
            subject=document.number,
            ksef_number=ksef_number,
        )
        transaction.on_commit(lambda: ring("chores_task"))


def _wait_for_verdict(row: Submission) -> None:
    waited = clock.now() - (row.sent_at or row.changed_at)
    pause = min(timedelta(minutes=5), max(timedelta(seconds=1), waited / 4))
    _release(row, not_before=clock.now() + pause)


def _send_again(row: Submission, found: InvoiceStatus) -> None:
    text, code = _verdict_text(found), found.status.code
    attempt(row, "status", "later", code=code, text=text, invoice_reference=row.invoice_reference)
    move(
        row,
        State.WAITING,
        lease_until=None,
        not_before=clock.now() + backoff(row.tries),
        last_code=code,
        last_text=text,
    )


def _keep_asking(row: Submission, found: InvoiceStatus) -> None:
    text, code = _verdict_text(found), found.status.code
    attempt(row, "status", "unknown", code=code, text=text)
    facts = {"last_code": code, "last_text": text}
    pause = clock.now() + timedelta(minutes=1)
    if row.state == State.SENT:
        move(row, State.UNKNOWN, lease_until=None, not_before=pause, **facts)
    else:
        _release(row, not_before=pause, **facts)


def _settle_duplicate(row: Submission, found: InvoiceStatus, access: Access) -> None:
    """440 names the original: the same bytes mean that it is ours, other bytes are an alarm."""
    original = found.status.extensions.get("originalKsefNumber", "")
    session = found.status.extensions.get("originalSessionReferenceNumber", "")
    same = bool(original) and _is_ours(row, original, access)
    if same:
        accept(row, ksef_number=original, at=None, original_session=session, adopted=True)
        return
    refuse(
        row,
        code=DUPLICATE,
        text=_verdict_text(found),
        step="status",
        original_ksef_number=original,
        original_session=session,
    )


def _is_ours(row: Submission, ksef_number: str, access: Access) -> bool:
    """Compares the accepted bytes with ours. Raises KsefError: unknown is not "another one"."""
    try:
        content = ksef_api(row.environment).invoice_by_number(
            access=access.token, ksef_number=ksef_number
        )
    except KsefRefused as error:
        if error.http_status in (401, 403):
            raise
        log.info("the original %s cannot be read: %s", ksef_number, error.code)
        return False
    return hashlib.sha256(content).hexdigest() == row.document.sha256


def _reconcile(row: Submission, access: Access) -> None:
    """Looks the invoice up by its hash in its session's complete list.

    The session's state is read before its list: only a list read after the session became
    final can prove that the invoice is not there.
    """
    session = row.session
    api = ksef_api(row.environment)
    code = api.session_status(access=access.token, session=session.reference).status.code
    found = _find(session, row.document.sha256, access)
    if found is not None:
        attempt(row, "reconcile", "ok", invoice_reference=found.reference_number)
        _adopt(row, found, access)
    elif code in SESSION_FINAL:
        KsefSession.objects.filter(pk=session.pk).update(final_code=code)
        attempt(row, "reconcile", "absent", code=code, session_reference=session.reference)
        move(row, State.QUEUED, lease_until=None, not_before=None, session=None)
    else:
        session_close(session, access)
        attempt(row, "reconcile", "pending", code=code, session_reference=session.reference)
        _release(row, not_before=clock.now() + backoff(row.tries))


def _adopt(row: Submission, found: InvoiceStatus, access: Access) -> None:
    if found.status.code in UNDECIDED:
        _keep_asking(row, found)
        return
    move(
        row,
        State.SENT,
        lease_until=None,
        not_before=clock.now(),
        invoice_reference=found.reference_number,
        sent_at=row.sent_at or clock.now(),
    )
    _apply(row, found, access)


def _find(session: KsefSession, sha256: str, access: Access) -> InvoiceStatus | None:
    continuation, best = None, None
    while True:
        page = ksef_api(session.environment).session_invoices(
            access=access.token, session=session.reference, continuation=continuation
        )
        for item in page.items:
            if item.invoice_hash == sha256 and _better(item, best):
                best = item
        if not page.continuation:
            return best
        continuation = page.continuation


def _better(item: InvoiceStatus, best: InvoiceStatus | None) -> bool:
    """Of two entries with our hash the accepted one is ours; the other is its duplicate."""
    return best is None or (best.status.code != ACCEPTED and item.status.code == ACCEPTED)


def _one_row_failed(row: Submission, error: KsefError) -> bool:
    """Postpones the row; False when asking on makes no sense now."""
    pause = _retry(error, default=max(backoff(row.tries), timedelta(seconds=5)))
    text = stored(words_of(error))
    _ask_later([row], text, pause)
    attempt(
        row,
        "status" if row.state == State.SENT else "reconcile",
        "later",
        code=error.code,
        http_status=error.http_status,
        text=text,
    )
    return isinstance(error, KsefRefused) and error.http_status != 401


def _ask_later(rows: list[Submission], text: str, pause: timedelta) -> None:
    for row in rows:
        _release(row, not_before=clock.now() + pause, last_text=text[:1000])


def _retry(error: Exception, *, default: timedelta) -> timedelta:
    seconds = getattr(error, "retry_after", None)
    is_later = isinstance(error, KsefLater) and seconds is not None
    return timedelta(seconds=seconds) if is_later else default


def _release(row: Submission, **facts: object) -> None:
    """Gives the row back without moving it."""
    Submission.objects.filter(pk=row.pk, state=row.state).update(lease_until=None, **facts)


def _verdict_text(found: InvoiceStatus) -> str:
    """KSeF's words; a detail often starts by saying the description again."""
    description, details = found.status.description, found.status.details
    told = any(detail.startswith(description) for detail in details)
    return "; ".join(details if told else [description, *details])[:1000]
