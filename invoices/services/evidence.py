"""What KSeF's own lists say about our bytes. Questions only: nothing here moves a row.

Limits of KSeF that rule the order of the questions: 200 lists of a session's invoices an hour,
60 lists of sessions, 20 metadata queries (OpenAPI `x-rate-limits`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auth_ksef.api import ksef_api
from auth_ksef.client import (
    InvoiceMetadata,
    InvoiceStatus,
    KsefApi,
    KsefLater,
    SessionRow,
)
from auth_ksef.login import Access
from invoices.models import Document, KsefSession, Submission
from ksefapp.accounts.models import Company
from ksefapp.lib import clock, ksef_number

ONLINE, BATCH = KsefSession.Kind.ONLINE, KsefSession.Kind.BATCH
IN_PROGRESS = frozenset({100, 150})
ACCEPTED, DUPLICATE, UNDECIDED = 200, 440, 500
# A session in one of these states takes nothing more and forgets nothing. 415: its key could
# not be decrypted, so KSeF has refused whatever was sent in it.
SESSION_FINAL = {
    ONLINE: frozenset({200, 415, 440, 445}),
    BATCH: frozenset({200, 405, 415, 420, 430, 435, 440, 445, 500}),
}
KINDS = {"Online": ONLINE, "Batch": BATCH}
SESSION_LIFE = timedelta(hours=12)
MOST_PAGES = 100  # of 1,000; a session holds 10,000


def _api(company: Company) -> KsefApi:
    return ksef_api(company.environment, company)


def status_of(row: Submission, access: Access) -> InvoiceStatus:
    """What KSeF says of an invoice whose session and reference are known. Raises KsefError."""
    return ksef_api(row.environment, row.document.company).invoice_status(
        access=access.token, session=row.session.reference, invoice=row.invoice_reference
    )


@dataclass(frozen=True)
class Looked:
    """One look into a session: its status, our invoice in it, whether its list was complete."""

    code: int
    found: InvoiceStatus | None
    complete: bool


def session_look(access: Access, *, company: Company, reference: str, sha256: str) -> Looked:
    """Looks for the hash among the session's invoices. Raises KsefError.

    The status is read before the list: only a list read after the session became final can
    prove that an invoice is not there. A list shorter than KSeF's own count is not complete.
    """
    status = _api(company).session_status(access=access.token, session=reference)
    found, seen = None, 0
    for item in _invoices(access, company, reference):
        seen += 1
        if item.invoice_hash == sha256 and (found is None or _rank(item) > _rank(found)):
            found = item
    return Looked(status.status.code, found, complete=seen >= (status.invoice_count or 0))


def _invoices(access: Access, company: Company, reference: str) -> Iterator[InvoiceStatus]:
    """All invoices of a session. Raises KsefLater for a list that does not end."""
    continuation = None
    for _ in range(MOST_PAGES):
        page = _api(company).session_invoices(
            access=access.token, session=reference, continuation=continuation
        )
        yield from page.items
        continuation = page.continuation
        if not continuation:
            return
    raise KsefLater(f"{MOST_PAGES} pages and no end", operation="session_invoices")


def _rank(item: InvoiceStatus) -> tuple[int, int]:
    """Of several entries with our hash: the accepted one, what may be yet, what names it."""
    code = item.status.code
    if code == ACCEPTED:
        rank = 4
    elif code in IN_PROGRESS:
        rank = 3
    else:
        rank = {DUPLICATE: 2, UNDECIDED: 1}.get(code, 0)
    return rank, item.ordinal_number or 0


def sessions_listed(
    access: Access, *, company: Company, since: datetime
) -> Iterator[tuple[str, SessionRow]]:
    """(kind, session) of all that KSeF lists to us, created since then and not empty.

    A session may be older than what was sent in it by its life of 12 hours.
    """
    for name, kind in KINDS.items():
        for row in _sessions(access, company, name, since - SESSION_LIFE):
            if row.invoice_count:
                yield kind, row


def _sessions(access: Access, company: Company, name: str, since: datetime) -> Iterator[SessionRow]:
    continuation = None
    for _ in range(MOST_PAGES):
        page = _api(company).session_list(
            access=access.token, kind=name, created_from=since, continuation=continuation
        )
        yield from page.items
        continuation = page.continuation
        if not continuation:
            return


def metadata_by_invoice(document: Document, access: Access) -> list[InvoiceMetadata]:
    """Own sales in KSeF with the document's number (P_2) and date of issue. Raises KsefError.

    What is found is there; what is not found proves nothing (metadata comes late).
    """
    return _metadata(document, access, document.issued_on, "Issue", invoiceNumber=document.number)


def metadata_by_number(document: Document, number: str, access: Access) -> list[InvoiceMetadata]:
    """Own sales with this KSeF number, around the date in it. Raises KsefError."""
    known = ksef_number.parse(number)
    if known is None:
        return []
    return _metadata(document, access, known.received_on, "Invoicing", ksefNumber=number)


def _metadata(
    document: Document, access: Access, day: date, date_type: str, **filters: str
) -> list[InvoiceMetadata]:
    # A day more on both sides: KSeF's dates are UTC instants, ours are Warsaw days.
    # What the company billed itself is its purchase there, too.
    is_seller = document.seller_nip == document.company.nip
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.WARSAW)
    page = _api(document.company).metadata(
        access=access.token,
        subject_type="Subject1" if is_seller else "Subject2",
        date_from=noon - timedelta(days=2),
        date_to=noon + timedelta(days=2),
        date_type=date_type,
        **filters,
    )
    return [item for item in page.items if item.seller_nip == document.seller_nip]
