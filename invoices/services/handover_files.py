"""Papers of many documents at once: one PDF to print, one ZIP to download."""

import io
import re
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field

import pypdfium2

from auth_ksef.messages import Pair
from invoices.models import Document, DocumentPrint, HandOver
from invoices.services.handover import language_for
from invoices.services.papers import may_hand_over, paper_state
from invoices.services.prints import PrintRefused, print_get, print_order
from ksefapp.accounts.models import User

MOST = 100
_pdfium = threading.Lock()  # the library behind is not made for threads


@dataclass
class Papers:
    """Invoices that are ready, those a worker is making, and those that may not be given."""

    ready: list[tuple[Document, DocumentPrint]] = field(default_factory=list)
    waiting: list[Document] = field(default_factory=list)
    refused: list[tuple[Document, Pair]] = field(default_factory=list)


def papers_get(documents: Iterable[Document], *, language: str, acting: User) -> Papers:
    """The invoice's paper of each document, ordered where it is not made yet.

    Without a language a buyer from abroad gets it in English, the others in Polish.
    """
    found = Papers()
    for document in documents:
        _sort_in(found, document, language or language_for(document), acting)
    return found


def _sort_in(found: Papers, document: Document, language: str, acting: User) -> None:
    allowed = may_hand_over(document, acting=acting)
    if not allowed.invoice:
        found.refused.append((document, allowed.why))
        return
    wanted = {
        "document": document,
        "language": language,
        "state": paper_state(document, HandOver.What.INVOICE),
    }
    stored = print_get(**wanted)
    if stored:
        found.ready.append((document, stored))
        return
    try:
        print_order(**wanted, acting=acting)
    except PrintRefused as refusal:
        found.refused.append((document, (refusal.pl, refusal.en)))
        return
    found.waiting.append(document)


def pdf_joined(papers: Iterable[DocumentPrint]) -> bytes:
    """One PDF with the pages of all, in their order."""
    target = io.BytesIO()
    with _pdfium:
        joined = pypdfium2.PdfDocument.new()
        for paper in papers:
            source = pypdfium2.PdfDocument(bytes(paper.content))
            joined.import_pages(source)
            source.close()
        joined.save(target)
        joined.close()
    return target.getvalue()


def zip_of(papers: Iterable[tuple[Document, DocumentPrint]]) -> bytes:
    """A ZIP of the PDFs, byte for byte as stored; names begin with the invoice's number."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for document, paper in papers:
            archive.writestr(file_name(document), bytes(paper.content))
    return target.getvalue()


def file_name(document: Document) -> str:
    """`FV-2026-11-0141-6f1c2d3e.pdf`: safe on every system, and no two are alike."""
    number = re.sub(r"[^A-Za-z0-9]+", "-", document.number).strip("-")[:60]
    return f"{number}-{str(document.pk)[:8]}.pdf"
