"""Stored prints: made by the worker, keyed by document, state, language, template version."""

from auth_ksef.api import qr_base
from invoices.fa3.parse import parse
from invoices.models import Chore, Document, DocumentPrint
from invoices.render import links, pdf
from invoices.services.doorbell import ring
from ksefapp.lib import clock

LANGUAGES = ("pl", "en")


def print_state(document: Document) -> str:
    """Which print belongs to the document now: with its number, or waiting for it."""
    states = DocumentPrint.State
    return states.NUMBERED if document.ksef_number else states.WAITING


def print_get(*, document: Document, language: str) -> DocumentPrint | None:
    """The stored print of the document's present state, or None while it is not made."""
    return DocumentPrint.objects.filter(
        document=document,
        state=print_state(document),
        language=language,
        template_version=pdf.PRINT_VERSION,
    ).first()


def print_order(*, document: Document, language: str) -> None:
    """Puts the print on the workers' list, once; a print of an older state is made anew."""
    chore, made = Chore.objects.get_or_create(
        document=document, kind=Chore.Kind.PRINT, language=language
    )
    if not made and chore.done_at:
        Chore.objects.filter(pk=chore.pk).update(done_at=None, lease_until=None, tries=0)
    ring("chores_task")


def print_again(document: Document) -> None:
    """The document changed its state: a preview that was printed before does not count any more."""
    Chore.objects.update_or_create(
        document=document,
        kind=Chore.Kind.PRINT,
        language="pl",
        defaults={"done_at": None, "lease_until": None, "tries": 0, "not_before": clock.now()},
    )


def print_make(*, document: Document, language: str) -> DocumentPrint:
    """Renders from the frozen bytes and stores; an equal print that is there already is kept."""
    state, number = print_state(document), document.ksef_number
    content = pdf.invoice_pdf(
        parse(bytes(document.file.content)),
        language=language,
        ksef_number=number,
        link=kod1_link(document) if number else None,
        environment=document.environment,
        state=state,
        sha256=document.sha256,
    )
    row, _ = DocumentPrint.objects.get_or_create(
        document=document,
        state=state,
        language=language,
        template_version=pdf.PRINT_VERSION,
        defaults={"content": content},
    )
    return row


def kod1_link(document: Document) -> str:
    """The address behind KOD I, made from what was issued (kody-qr, section KOD I)."""
    return links.kod1(
        base_url=qr_base(document.environment),
        seller_nip=document.seller_nip,
        issued_on=document.issued_on,
        sha256_hex=document.sha256,
    )
