"""What KSeF said about one invoice, and the move that follows. Raises KsefError, LostRace.

A verdict is applied to a row that is `sent`, whoever brought it: the question about one invoice,
the list of a session, or the search for what was unknown.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from auth_ksef.client import InvoiceStatus
from auth_ksef.login import Access
from invoices.models import Chore, Document, Submission
from invoices.services import duplicates
from invoices.services.deliver import refuse
from invoices.services.delivery_states import State, attempt, backoff, move
from invoices.services.doorbell import ring
from invoices.services.evidence import ACCEPTED, DUPLICATE, IN_PROGRESS, UNDECIDED
from invoices.services.handover import paper_check
from invoices.services.mail_itself import mails_order
from invoices.services.prints import print_again
from invoices.services.telling import duplicate_tell, duplicate_untell
from ksefapp.accounts.audit import audit
from ksefapp.lib import clock

log = logging.getLogger(__name__)

# KSeF says itself that it did not take the invoice and that it may be sent again.
SEND_AGAIN = frozenset({405, 550})
LONGEST_PAUSE = timedelta(minutes=15)
OFFLINE = "Offline"  # invoicingMode


def verdict_apply(row: Submission, found: InvoiceStatus, access: Access) -> None:
    """Moves a sent row by the status that KSeF gives for it; one without verdict stays."""
    code = found.status.code
    if code in IN_PROGRESS:
        _wait_for_verdict(row, code)
    elif code == ACCEPTED and found.ksef_number:
        at, mode = found.acquisition_date, found.invoicing_mode or ""
        # Outside all limits, and good for days: the UPO is fetched by it.
        link = {"upo_link": found.upo_download_url} if found.upo_download_url else {}
        accept(row, ksef_number=found.ksef_number, at=at, ksef_mode=mode, **link)
    elif code == DUPLICATE:
        _settle_duplicate(row, found, access)
    elif code in SEND_AGAIN:
        _send_again(row, found)
    elif code in (UNDECIDED, ACCEPTED):
        undecided(row, found)
    else:
        refuse(row, code=code, text=verdict_text(found), step="status")


def accept(
    row: Submission,
    *,
    ksef_number: str,
    at: datetime | None,
    ksef_mode: str = "",
    **facts: object,
) -> None:
    """The KSeF number is written once; the UPO and the print become work, in one transaction.

    `at` is KSeF's moment of acceptance, `ksef_mode` its invoicingMode ("Online", "Offline").
    """
    document = row.document
    with transaction.atomic():
        move(
            row,
            State.ACCEPTED,
            lease_until=None,
            not_before=None,
            last_code=ACCEPTED,
            last_text="",
            ksef_mode=ksef_mode,
            facts=row.facts | facts,
        )
        Document.objects.filter(pk=document.pk, ksef_number=None).update(
            ksef_number=ksef_number, ksef_number_at=at or clock.now()
        )
        attempt(row, "status", "ok", code=ACCEPTED, invoice_reference=row.invoice_reference)
        _follow_booking(row, ksef_mode)
        Chore.objects.get_or_create(document=document, kind=Chore.Kind.UPO, language="")
        print_again(document)
        mails_order([document.pk])
        duplicate_untell(document)
        audit(
            "invoice.accepted",
            company=document.company,
            subject=document.number,
            ksef_number=ksef_number,
        )
        transaction.on_commit(lambda: ring("chores_task"))
        transaction.on_commit(lambda: paper_check(document), robust=True)


def _follow_booking(row: Submission, ksef_mode: str) -> None:
    """KSeF decides by the moment of sending whether an invoice was online (rules A2, A4)."""
    if not ksef_mode or (ksef_mode == OFFLINE) != (row.mode == Submission.Mode.ONLINE):
        return  # as it was issued
    from invoices.services.midnight import booked_offline

    try:
        with transaction.atomic():
            booked_offline(row, ksef_mode)
    except Exception:  # the number is a fact, whatever becomes of the mode
        log.exception("booked offline: %s", row.pk)


def _wait_for_verdict(row: Submission, code: int) -> None:
    """Seconds at first; what takes hours is asked about each quarter of an hour."""
    waited = clock.now() - (row.sent_at or row.changed_at)
    pause = min(LONGEST_PAUSE, max(timedelta(seconds=1), waited / 4))
    release(row, not_before=clock.now() + pause, last_code=code, last_text="")


def _send_again(row: Submission, found: InvoiceStatus) -> None:
    text, code = verdict_text(found), found.status.code
    attempt(row, "status", "later", code=code, text=text, invoice_reference=row.invoice_reference)
    move(
        row,
        State.WAITING,
        lease_until=None,
        not_before=clock.now() + backoff(row.tries),
        last_code=code,
        last_text=text,
    )


def undecided(row: Submission, found: InvoiceStatus) -> None:
    """500: KSeF does not say whether it took it. People saw both, so it is never sent again."""
    text, code = verdict_text(found), found.status.code
    facts = {"last_code": code, "last_text": text, "lease_until": None}
    waited = clock.now() - (row.sent_at or row.changed_at)
    facts["not_before"] = clock.now() + min(LONGEST_PAUSE, max(timedelta(minutes=1), waited / 4))
    if row.state == State.SENT:
        attempt(row, "status", "unknown", code=code, text=text)
        move(row, State.UNKNOWN, **facts)
    else:
        release(row, **facts)


def _settle_duplicate(row: Submission, found: InvoiceStatus, access: Access) -> None:
    """440 names the original: the same bytes mean that it is ours, other bytes are an alarm."""
    original = duplicates.original_find(row.document, found, access)
    if original.verdict == duplicates.OURS:
        adopt(row, original)
        return
    with transaction.atomic():
        refuse(row, code=DUPLICATE, text=verdict_text(found), step="status", **original.facts())
        duplicate_tell(row, original)


def adopt(row: Submission, original: duplicates.Original) -> None:
    """Takes the number that KSeF gave to our own bytes in another sending."""
    accept(
        row,
        ksef_number=original.ksef_number,
        at=original.at,
        ksef_mode=original.mode,
        original_session=original.session,
        adopted=True,
    )


def release(row: Submission, **facts: object) -> None:
    """Gives the row back without moving it."""
    facts = {"lease_until": None} | facts
    Submission.objects.filter(pk=row.pk, state=row.state, tries=row.tries).update(**facts)


def verdict_text(found: InvoiceStatus) -> str:
    """KSeF's words; a detail often starts by saying the description again."""
    description, details = found.status.description, found.status.details
    told = any(detail.startswith(description) for detail in details)
    return "; ".join(details if told else [description, *details])[:1000]
