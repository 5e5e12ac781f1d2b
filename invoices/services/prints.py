"""Stored prints: made by the worker, keyed by document, state, language, template version."""

import hashlib

from auth_ksef.api import qr_base
from auth_ksef.kod2 import Kod2Refused
from auth_ksef.messages import Pair, Refusal
from invoices.fa3.parse import parse
from invoices.models import Chore, Document, DocumentPrint, HandOver, Submission
from invoices.render import confirmation, links, pdf
from invoices.render.look import Look
from invoices.render.tongues import LANGUAGES as LANGUAGES  # who orders a print names one
from invoices.services.delivery_states import NEVER_SENT
from invoices.services.doorbell import ring
from invoices.services.look import look_get
from invoices.services.paper_words import confirmation_sentences
from invoices.services.papers import (
    kod2_get,
    kod2_make,
    may_hand_over,
    paper_state,
)
from invoices.services.papers import print_again as print_again  # asked for beside the rest
from ksefapp.accounts.models import User

State, What = DocumentPrint.State, HandOver.What
WITH_KOD2 = (State.OFFLINE, State.CONFIRMATION)

NOT_NOW: Pair = (
    "Tego wydruku nie można teraz zrobić.",
    "This print cannot be made now.",
)
OWN_KEY: Pair = (
    "KOD II podpisze osoba, która wystawia faktury. Poproś ją o przygotowanie wydruku.",
    "KOD II is signed by a person who issues invoices. Ask that person to make the print.",
)


class PrintRefused(Refusal):
    """Nothing may be printed; `.code` and two sentences say why."""

    def __init__(self, code: str, pair: Pair) -> None:
        self.code = code
        super().__init__(pair)


def print_state(document: Document) -> str:
    """Which print belongs to the document now, whether or not it may be made."""
    mode = document.submission.mode
    if document.ksef_number:
        return State.NUMBERED
    if mode == Submission.Mode.ONLINE:
        return State.WAITING
    if mode in NEVER_SENT or mode == Submission.Mode.FAILURE or document.hand_over_why:
        return paper_state(document, What.INVOICE)
    is_outside = document.submission.state == Submission.State.OUTSIDE
    return paper_state(document, What.INVOICE if is_outside else What.CONFIRMATION)


def states_allowed(document: Document, *, acting: User | None = None) -> tuple[str, ...]:
    """The prints that may be made now: papers for the buyer, before the number also a preview.

    Of what is issued offline there is no preview: a print without its codes must not exist.
    """
    if document.ksef_number:
        return (State.NUMBERED,)
    allowed = may_hand_over(document, acting=acting)
    papers = [paper_state(document, what) for what in What if what in allowed]
    is_online = document.submission.mode == Submission.Mode.ONLINE
    return (*([State.WAITING] if is_online else []), *papers)


def print_get(
    *, document: Document, language: str, state: str | None = None
) -> DocumentPrint | None:
    """The stored print of that state, or of the present one; None while it is not made."""
    return DocumentPrint.objects.filter(
        document=document,
        state=state or print_state(document),
        language=language,
        template_version=pdf.PRINT_VERSION,
    ).first()


def print_usable(
    *, document: Document, language: str, state: str | None = None
) -> DocumentPrint | None:
    """The stored print, unless it may not be given any more.

    That is so once KSeF refused the invoice, it was withdrawn, or its KOD II is good no longer.
    """
    state = state or print_state(document)
    found = print_get(document=document, language=language, state=state)
    return found if found and state in states_allowed(document) else None


def print_order(
    *,
    document: Document,
    language: str,
    state: str | None = None,
    acting: User | None = None,
) -> None:
    """Puts the print on the workers' list, once; a print of an older state is made anew.

    `acting` is the person who asks for it. Raises PrintRefused where it may not exist: without
    KOD II nothing is printed of what is issued offline.
    """
    state = state or print_state(document)
    if state not in states_allowed(document, acting=acting):
        raise _refusal(document, acting)
    if state in WITH_KOD2:
        _sign(document, acting)
    chore, made = Chore.objects.get_or_create(
        document=document, kind=Chore.Kind.PRINT, language=language
    )
    if not made and chore.done_at:
        Chore.objects.filter(pk=chore.pk).update(done_at=None, lease_until=None, tries=0)
    ring("chores_task")


def _refusal(document: Document, acting: User | None) -> PrintRefused:
    allowed = may_hand_over(document, acting=acting)
    return PrintRefused("kod2" if allowed.missing_code else "state", allowed.why or NOT_NOW)


def _sign(document: Document, acting: User | None) -> None:
    try:
        kod2_make(document, acting=acting)
    except Kod2Refused as refusal:
        raise PrintRefused("kod2", (refusal.pl, refusal.en)) from None


def print_make(*, document: Document, language: str) -> DocumentPrint | None:
    """Renders what may be printed now and stores it; an equal print that is there is kept.

    Made are the print of the present state and, once it was signed for, the confirmation.
    Returns the former; None where nothing may be printed.
    """
    made = {state: _stored(document, state, language) for state in _ready(document)}
    return made.get(print_state(document))


def _ready(document: Document) -> list[str]:
    """Allowed states whose codes are there: a worker signs nothing, a person or the issue did."""
    found = states_allowed(document)
    # Who signed may be a person whose key only that person may use: made and good is enough.
    if kod2_get(document) is None:
        return [state for state in found if state not in WITH_KOD2]
    return list(found)


def _stored(document: Document, state: str, language: str) -> DocumentPrint:
    key = {"state": state, "language": language, "template_version": pdf.PRINT_VERSION}
    row = DocumentPrint.objects.filter(document=document, **key).first()
    if row:
        return row
    content = _rendered(document, state, language)
    row, _ = DocumentPrint.objects.get_or_create(
        document=document,
        **key,
        defaults={"content": content, "sha256": hashlib.sha256(content).hexdigest()},
    )
    return row


def _rendered(document: Document, state: str, language: str) -> bytes:
    """The PDF from the frozen bytes. Raises PrintUnavailable; ValueError without its codes."""
    xml = bytes(document.file.content)
    tree = parse(xml)
    second = kod2_get(document) if state in WITH_KOD2 else None
    common = {
        "language": language,
        "environment": document.environment,
        "kod2_link": second.link if second else None,
        "look": _look(document),
    }
    if state == State.CONFIRMATION:
        sentences = confirmation_sentences(document, language)
        return confirmation.confirmation_pdf(
            tree, link=kod1_link(document), sentences=sentences, **common
        )
    has_code = state in (State.NUMBERED, State.OFFLINE)
    return pdf.invoice_pdf(
        tree,
        # A preview must not be handed out, and neither must the file by way of it.
        xml=None if state == State.WAITING else xml,
        ksef_number=document.ksef_number,
        link=kod1_link(document) if has_code else None,
        state=state,
        sha256=document.sha256,
        mode=document.submission.mode,
        **common,
    )


def _look(document: Document) -> Look:
    """The company's, where it is the seller: a buyer who bills itself lends its logo to nobody."""
    is_seller = document.seller_nip == document.company.nip
    return look_get(document.company) if is_seller else Look()


def kod1_link(document: Document) -> str:
    """The address behind KOD I, made from what was issued (kody-qr, section KOD I)."""
    return links.kod1(
        base_url=qr_base(document.environment),
        seller_nip=document.seller_nip,
        issued_on=document.issued_on,
        sha256_hex=document.sha256,
    )
