"""A new draft with the content of an invoice or of another draft, and what to look at in it.

Answers outside FA(3): the contractor, whether the buyer has its seat here, and that it is a
consumer are facts about the buyer and are kept. The relief of art. 145m is asked anew: it has a
limit and an end. What ties a draft to one document (repair, technical correction, a template)
is not copied.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from auth_ksef.messages import Pair, Refusal, chosen
from invoices.fa3 import copying
from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.fa3.tree import Tree
from invoices.models import Document, Draft
from invoices.services.drafts import draft_create
from invoices.services.issue_checks import SEAT, options_of
from invoices.services.seller import seller_tree
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

KEPT = ("contractor", SEAT, "proforma")
OUTSIDE, CONSUMER = "outside", "consumer"
REFUSALS: dict[str, Pair] = {
    "KOR": (
        "Korekty się nie powiela, bo odnosi się do jednej faktury. Zacznij od faktury, którą "
        "chcesz poprawić.",
        "A correction is not duplicated: it is about one invoice. Begin at the invoice that you "
        "want to correct.",
    ),
    "ROZ": (
        "Faktury rozliczającej się nie powiela, bo jej zaliczki są już rozliczone. Zacznij od "
        "zaliczek, które chcesz rozliczyć.",
        "An invoice that settles advances is not duplicated: its advances are settled. Begin at "
        "the advances that you want to settle.",
    ),
    "environment": (
        "Ta faktura powstała w innym środowisku KSeF. Powielić można tylko fakturę z obecnego.",
        "This invoice was made in another KSeF environment. Only one of the present can be "
        "duplicated.",
    ),
}
CHANGES: dict[str, Pair] = {
    "period": (
        "Okres sprzedaży przesunęliśmy o tyle miesięcy, ile datę wystawienia.",
        "The period of sale moved by as many months as the date of issue.",
    ),
    "no_period": (
        "Okres sprzedaży trzeba wpisać na nowo.",
        "The period of sale has to be entered anew.",
    ),
    "sale": (
        "Daty sprzedaży nie przenieśliśmy: jest taka jak data wystawienia.",
        "The date of sale was not taken over: it is that of issue.",
    ),
    "rates": (
        "Kursy waluty trzeba wpisać na nowo: zależą od dnia.",
        "Exchange rates have to be entered anew: they depend on the day.",
    ),
    "paid": ("Zapłaty nie przenieśliśmy.", "Payment was not taken over."),
    "advances": ("Zaliczek nie przenieśliśmy.", "Advances were not taken over."),
    "delivery": (
        "Numerów dokumentów WZ nie przenieśliśmy.",
        "Numbers of delivery notes were not taken over.",
    ),
    "settlement": (
        "Sprawdź obciążenia i odliczenia: przeszły bez zmian.",
        "Check charges and deductions: they were taken over as they are.",
    ),
    "attachment": (
        "Sprawdź załącznik: przeszedł bez zmian.",
        "Check the attachment: it was taken over as it is.",
    ),
    "relief": (
        "Zwolnienie z KSeF do 10 000 zł miesięcznie zaznacz jeszcze raz, jeśli dalej przysługuje.",
        "Mark the relief of PLN 10,000 a month again if it still applies.",
    ),
    "account": (
        "Rachunek na fakturze jest inny niż w danych firmy. Sprawdź go.",
        "The account on the invoice is not the one in the company's settings. Check it.",
    ),
}


class CopyRefused(Refusal):
    """This invoice cannot be the pattern of another one."""


@dataclass(frozen=True)
class Source:
    """What a copy is made of; `accepted` are warnings that somebody let stand, by key."""

    company: Company
    content: Tree
    options: dict
    accepted: dict


@dataclass(frozen=True)
class Copy:
    """The new draft, and what changed in it, in sentences."""

    draft: Draft
    notes: tuple[Pair, ...]

    def told(self) -> str:
        """All notes in the active language."""
        return " ".join(chosen(note, get_language()) for note in self.notes)


def document_source(document: Document) -> Source:
    """An issued invoice as a pattern. Raises CopyRefused."""
    if document.environment != document.company.environment:
        raise CopyRefused(REFUSALS["environment"])
    tree = parse(bytes(document.file.content))
    draft = getattr(document, "draft", None)
    options = dict(draft.options) if draft else options_of(document, tree)
    if document.contractor_id:
        options.setdefault("contractor", document.contractor_id)
    known = ("note", "by", "at")
    accepted = {key: {name: row[name] for name in known} for key, row in document.accepted.items()}
    return _source(document.company, tree, options, accepted)


def draft_source(draft: Draft) -> Source:
    """A draft as a pattern. Raises CopyRefused."""
    if draft.environment != draft.company.environment:
        raise CopyRefused(REFUSALS["environment"])
    return _source(draft.company, draft.content, draft.options, draft.accepted)


def _source(company: Company, tree: Tree, options: dict, accepted: dict) -> Source:
    if refusal := refusal_of(tree):
        raise CopyRefused(refusal)
    return Source(company, tree, options, accepted)


def refusal_of(tree: Tree) -> Pair | None:
    """Why an invoice of this kind is never a pattern; None when it may be."""
    kind = trees.text(tree, "Fa/RodzajFaktury")
    if kind.startswith("KOR"):
        return REFUSALS["KOR"]
    return REFUSALS["ROZ"] if kind == "ROZ" else None


def may_be_copied(document: Document) -> bool:
    """Whether the document's page offers it."""
    return document.kind in copying.KINDS and document.environment == document.company.environment


def document_copy(*, document: Document, user: User) -> Copy:
    """ "Powiel": a new draft like an issued invoice, dated today. Raises CopyRefused."""
    return source_copy(document_source(document), user=user)


def draft_copy(*, draft: Draft, user: User) -> Copy:
    """ "Powiel": a new draft like another one, dated today. Raises CopyRefused."""
    return source_copy(draft_source(draft), user=user)


def source_copy(source: Source, *, user: User) -> Copy:
    """The draft of a pattern."""
    today = clock.today()
    draft = draft_create(
        company=source.company,
        content=content_of(source, today=today),
        created_by=user,
        options=options_kept(source.options),
    )
    return Copy(draft, tuple(CHANGES[code] for code in _changed(source, today)))


def content_of(source: Source, *, today: date) -> Tree:
    """The tree of a new invoice of this day."""
    return copying.copied(source.content, today=today, seller=seller_tree(source.company))


def options_kept(options: dict) -> dict:
    """The answers that a copy takes over."""
    kept = {name: options[name] for name in KEPT if name in options}
    if options.get(OUTSIDE) == CONSUMER:
        kept[OUTSIDE] = CONSUMER
    return kept


def _changed(source: Source, today: date) -> list[str]:
    codes = copying.changes(source.content, today=today)
    if source.options.get(OUTSIDE, CONSUMER) != CONSUMER:
        codes.append("relief")
    accounts = trees.groups(source.content, "Fa/Platnosc/RachunekBankowy")
    numbers = {trees.text(account, "NrRB") for account in accounts}
    if numbers and source.company.bank_account and source.company.bank_account not in numbers:
        codes.append("account")
    return codes
