"""Whose invoice a 440 names: ours, the same sale once more, or another one under our number."""

import hashlib
import logging
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal

from auth_ksef.api import ksef_api
from auth_ksef.client import InvoiceMetadata, InvoiceStatus, KsefRefused
from auth_ksef.login import Access
from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.fa3.problems import FaXmlError
from invoices.models import Document
from invoices.services import evidence
from ksefapp.lib import ksef_number

log = logging.getLogger(__name__)

NUMBER = re.compile(r"[0-9]{10}-[0-9]{8}-[0-9A-F]{12}-[0-9A-F]{2}")
NOT_YET = 21165  # accepted, but not to be downloaded for some seconds
STAMPS = ("DataWytworzeniaFa", "SystemInfo")
MOST_LINES = 30
OURS, SAME_SALE, OTHER, UNREADABLE = "ours", "same-sale", "other", "unreadable"


@dataclass(frozen=True)
class Original:
    """What is known of the invoice that KSeF has under our number.

    `verdict`: "ours" (the same bytes), "same-sale" (only the time of making and the program's
    name differ), "other", or "unreadable" (KSeF does not show it to us).
    """

    verdict: str
    ksef_number: str = ""
    session: str = ""
    sha256: str = ""
    at: datetime | None = None
    mode: str = ""
    shown: dict = field(default_factory=dict)

    def facts(self) -> dict:
        """JSON for the submission's row."""
        kept = {name: value for name, value in asdict(self).items() if value and name != "at"}
        return {
            "original_ksef_number": self.ksef_number,
            "original_session": self.session,
            "original": kept,
        }


def original_find(document: Document, found: InvoiceStatus, access: Access) -> Original:
    """Reads what the 440 names and compares it with ours.

    Raises KsefError where asking again may tell more: unknown is never "another one".
    """
    number, session = original_named(found)
    if not number:
        return _unnamed(document, access)
    try:
        content = ksef_api(document.environment, document.company).invoice_by_number(
            access=access.token, ksef_number=number
        )
    except KsefRefused as error:
        if error.http_status == 401 or error.code == NOT_YET:
            raise
        log.info("the original %s cannot be read: %s", number, error.code)
        return _by_metadata(document, number, session, access)
    return compare(document, content, ksef_number=number, session=session)


def original_named(found: InvoiceStatus) -> tuple[str, str]:
    """KSeF number and session that a 440 names; the number is looked for in its words as well.

    Extensions came with API 2.0.0 RC6; before, and sometimes since, only the text has them.
    """
    extensions = found.status.extensions
    number = extensions.get("originalKsefNumber", "")
    session = extensions.get("originalSessionReferenceNumber", "")
    if number:
        return number, session
    told = NUMBER.findall(" ".join(found.status.details))
    return next((text for text in told if ksef_number.is_valid(text)), ""), session


def compare(document: Document, content: bytes, *, ksef_number: str, session: str) -> Original:
    """The original's bytes beside ours."""
    digest = hashlib.sha256(content).hexdigest()
    known = {"ksef_number": ksef_number, "session": session, "sha256": digest}
    if digest == document.sha256:
        return Original(OURS, **known)
    try:
        theirs = parse(content)
    except FaXmlError:  # another schema than FA(3): nothing to lay side by side
        return Original(OTHER, **known)
    ours = parse(bytes(document.file.content))
    same = _without_stamps(theirs) == _without_stamps(ours)
    return Original(SAME_SALE if same else OTHER, shown=summary(theirs), **known)


def _without_stamps(tree: dict) -> dict:
    head = {name: value for name, value in tree["Naglowek"].items() if name not in STAMPS}
    return tree | {"Naglowek": head}


def _unnamed(document: Document, access: Access) -> Original:
    """A 440 that names nothing: own sales of that number may tell."""
    try:
        rows = evidence.metadata_by_invoice(document, access)
    except KsefRefused as error:
        if error.http_status == 401:
            raise
        rows = []
    return _judged(document, rows, "", "")


def _by_metadata(document: Document, number: str, session: str, access: Access) -> Original:
    """Metadata carry the hash, also where the file may not be read."""
    try:
        rows = evidence.metadata_by_number(document, number, access)
    except KsefRefused as error:
        if error.http_status == 401:
            raise
        rows = []
    return _judged(document, rows, number, session)


def _judged(document: Document, rows: list[InvoiceMetadata], number: str, session: str) -> Original:
    ours = [row for row in rows if row.invoice_hash == document.sha256]
    if not rows:
        return Original(UNREADABLE, ksef_number=number, session=session)
    row = (ours or rows)[0]
    return Original(
        OURS if ours else OTHER,
        ksef_number=row.ksef_number,
        session=session,
        sha256=row.invoice_hash,
        at=row.acquisition_date,
        mode=row.invoicing_mode,
    )


def summary(tree: dict) -> dict:
    """What a person compares: date, buyer, amounts, lines. JSON, amounts as in the XML."""
    told = facades.summary(tree)
    return {
        "number": told.number,
        "issued_on": told.issued_on.isoformat() if told.issued_on else "",
        "buyer": told.buyer.name,
        "buyer_id": told.buyer.id,
        "currency": told.currency,
        "gross": _plain(told.gross),
        "made": trees.text(tree, "Naglowek/DataWytworzeniaFa"),
        "program": trees.text(tree, "Naglowek/SystemInfo"),
        "lines": [_line(line) for line in told.lines[:MOST_LINES]],
        "more_lines": max(0, len(told.lines) - MOST_LINES),
    }


def _line(line: facades.LineView) -> dict:
    return {
        "name": line.name,
        "quantity": f"{_plain(line.quantity)} {line.unit}".strip(),
        "rate": line.rate,
        "amount": _plain(line.net if line.net is not None else line.gross),
    }


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
