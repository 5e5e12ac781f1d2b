"""Everything of a company in one ZIP: XML, UPO, PDF, and an index in CSV."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from invoices.models import Document
from ksefapp.accounts.models import Company

COLUMNS = [
    "number",
    "kind",
    "environment",
    "issued_on",
    "issued_at",
    "buyer",
    "buyer_id",
    "currency",
    "net",
    "vat",
    "gross",
    "state",
    "mode",
    "ksef_number",
    "ksef_number_at",
    "sha256",
    "xml",
    "upo",
    "pdf",
]


def company_export(*, company: Company, to: BinaryIO) -> int:
    """Writes the ZIP, document by document, in constant memory; returns how many there were."""
    index = io.StringIO()
    writer = csv.DictWriter(index, COLUMNS, delimiter=";")
    writer.writeheader()
    count = 0
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in _documents(company):
            writer.writerow({k: _harmless(v) for k, v in _store(archive, document).items()})
            count += 1
        # A BOM, so that spreadsheets read Polish letters.
        archive.writestr("index.csv", "\ufeff" + index.getvalue())
    return count


def _documents(company: Company) -> Iterator[Document]:
    rows = Document.objects.filter(company=company).order_by("issued_on", "issued_at")
    return rows.select_related("submission", "upo").iterator(chunk_size=100)


def _store(archive: zipfile.ZipFile, document: Document) -> dict[str, object]:
    """Files are named by the document's id: numbers may hold any character."""
    base = f"{document.environment}/{document.issued_on:%Y-%m}/{document.pk}"
    names = {"xml": f"{base}.xml", "upo": "", "pdf": ""}
    archive.writestr(names["xml"], bytes(document.file.content))
    upo = getattr(document, "upo", None)
    if upo:
        names["upo"] = f"{base}-UPO.xml"
        archive.writestr(names["upo"], bytes(upo.content))
    stored = document.prints.filter(state="numbered", language="pl").order_by("-made_at").first()
    if stored:
        names["pdf"] = f"{base}.pdf"
        archive.writestr(names["pdf"], bytes(stored.content))
    return _facts(document) | names


def _facts(document: Document) -> dict[str, object]:
    submission = document.submission
    return {
        "number": document.number,
        "kind": document.kind,
        "environment": document.environment,
        "issued_on": document.issued_on,
        "issued_at": document.issued_at.isoformat(),
        "buyer": document.buyer_name,
        "buyer_id": document.buyer_id,
        "currency": document.currency,
        "net": document.net,
        "vat": document.vat,
        "gross": document.gross,
        "state": submission.state,
        "mode": submission.mode,
        "ksef_number": document.ksef_number or "",
        "ksef_number_at": document.ksef_number_at.isoformat() if document.ksef_number_at else "",
        "sha256": document.sha256,
    }


def _harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula is quoted."""
    text = str(value)
    risky = isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t")
    return f"'{text}" if risky else value
