"""Everything of a company in one ZIP: XML, UPO, PDF, and an index in CSV."""

import csv
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO

from invoices.models import Document, DocumentXml, SessionUpo, Upo
from invoices.services.jpk_mark import mark_of
from invoices.services.proofs import proofs_out
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

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
    "outside_why",
    "jpk_mark",
    "ksef_number",
    "ksef_number_at",
    "sha256",
    "xml",
    "upo",
    "pdf",
    "proofs",
]


# Prints that an invoice ends with: with its number, or without any where KSeF never has it.
HANDED = ("numbered", "total", "outside")
FORMULA_STARTS = tuple("=+-@＝＋－＠")


def company_export(*, company: Company, to: BinaryIO) -> int:
    """Writes the ZIP, document by document, in constant memory; returns how many there were."""
    count = 0
    # utf-8-sig and semicolons: so does Excel with Polish settings open it with one click.
    with (
        tempfile.TemporaryFile() as index,
        io.TextIOWrapper(index, "utf-8-sig", newline="") as text,
        zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        writer = csv.DictWriter(text, COLUMNS, delimiter=";")
        writer.writeheader()
        pages: set[str] = set()
        for document in _documents(company):
            writer.writerow({k: _cell(v) for k, v in _store(archive, document, pages).items()})
            count += 1
        text.flush()
        index.seek(0)
        with archive.open("index.csv", "w") as entry:
            shutil.copyfileobj(index, entry)
    return count


def _documents(company: Company) -> Iterator[Document]:
    rows = Document.objects.filter(company=company).order_by("issued_on", "issued_at")
    return rows.select_related("submission", "upo").iterator(chunk_size=100)


def _store(archive: zipfile.ZipFile, document: Document, pages: set[str]) -> dict[str, object]:
    """Files are named by the document's id: numbers may hold any character."""
    base = f"{document.environment}/{document.issued_on:%Y-%m}/{document.pk}"
    names = {"xml": f"{base}.xml", "upo": "", "pdf": "", "proofs": ""}
    # Not by `document.file`: a hundred rows are held at a time, each with what it has loaded.
    content = DocumentXml.objects.values_list("content", flat=True).get(document=document)
    archive.writestr(names["xml"], bytes(content))
    upo = getattr(document, "upo", None)
    if upo:
        names["upo"] = _store_upo(archive, upo, f"{base}-UPO.xml", pages)
    stored = document.prints.filter(state__in=HANDED, language="pl").order_by("-made_at").first()
    if stored:
        names["pdf"] = f"{base}.pdf"
        archive.writestr(names["pdf"], bytes(stored.content))
    if found := proofs_out(document):
        names["proofs"] = f"{base}-registers.json"
        archive.writestr(names["proofs"], json.dumps(found, ensure_ascii=False, indent=1))
    return _facts(document) | names


def _store_upo(archive: zipfile.ZipFile, upo: Upo, name: str, pages: set[str]) -> str:
    """The receipt's name in the archive; a page that confirms thousands is stored once."""
    if upo.page_id:
        page = SessionUpo.objects.select_related("session").defer("content").get(pk=upo.page_id)
        name = f"{page.session.environment}/UPO/{page.session.reference}-{page.number}.xml"
    if name not in pages:
        archive.writestr(name, upo.xml)
    if upo.page_id:
        pages.add(name)
    return name


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
        "outside_why": submission.outside_why,
        "jpk_mark": mark_of(document, clock.today()),
        "ksef_number": document.ksef_number or "",
        "ksef_number_at": document.ksef_number_at.isoformat() if document.ksef_number_at else "",
        "sha256": document.sha256,
    }


def _cell(value: object) -> str:
    """Amounts with a comma; a text that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    text = str(value)
    return f"'{text}" if text.lstrip()[:1] in FORMULA_STARTS else text
