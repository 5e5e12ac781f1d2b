"""What a pro forma needs. It is an offer, no invoice: tax rules and FA(3) do not bind it."""

from collections.abc import Iterator, Mapping
from typing import Any

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.models import Draft, Proforma

OPTION = "proforma"
RULE = "APP-proforma"
KINDS = ("VAT", "ZAL", "UPR")  # what an offer can turn into; the others stand on documents
NEVER_ISSUED = Problem(
    "",
    RULE,
    "block",
    "To jest pro forma: nigdy nie zostaje fakturą. Wystaw pro formę, a z niej fakturę.",
    "This is a pro forma: it never becomes an invoice itself. Issue it, then make an invoice of "
    "it.",
)


def cancelled_problems(draft: Draft) -> list[Problem]:
    """What forbids the invoice of a pro forma that does not stand any more."""
    row = Proforma.objects.filter(draft=draft.pk, invoice=None).exclude(cancelled_at=None).first()
    if row is None:
        return []
    return [
        Problem(
            "",
            "APP-proforma-cancelled",
            "block",
            f"Pro forma {row.number} jest anulowana, więc tej faktury z niej nie wystawisz. Usuń "
            "szkic albo, jeśli oferta wraca, przywróć pro formę.",
            f"Pro forma {row.number} is cancelled, so this invoice of it cannot be issued. Delete "
            "the draft or, if the offer is back, restore the pro forma.",
        )
    ]


def is_proforma(options: Mapping[str, Any]) -> bool:
    """Whether a draft becomes a pro forma, never an invoice."""
    return options.get(OPTION) is True


def proforma_problems(tree: dict, draft: Draft) -> list[Problem]:
    """What stands in the way of the pro forma; all of it blocks."""
    return [Problem(path, RULE, "block", pl, en) for path, pl, en in _found(tree, draft)]


def _found(tree: dict, draft: Draft) -> Iterator[tuple[str, str, str]]:
    summary = facades.summary(tree)
    if draft.replaces_id:
        yield "", "Tego szkicu nie można zmienić w pro formę.", "This draft is no pro forma."
    if summary.kind not in KINDS:
        yield (
            "Fa/RodzajFaktury",
            "Pro forma może zapowiadać zwykłą fakturę albo zaliczkę, nie korektę ani rozliczenie.",
            "A pro forma announces an invoice or an advance, no correction and no settlement.",
        )
    if trees.text(tree, "Podmiot1/DaneIdentyfikacyjne/NIP") != draft.company.nip:
        yield (
            "Podmiot1/DaneIdentyfikacyjne/NIP",
            f"Sprzedawcą musi być ta firma: NIP {draft.company.nip}.",
            f"The seller must be this company: NIP {draft.company.nip}.",
        )
    if not summary.buyer.name:
        yield "Podmiot2/DaneIdentyfikacyjne/Nazwa", "Wpisz nabywcę.", "Enter the buyer."
    if not (summary.lines or trees.items(tree, "Fa/Zamowienie/ZamowienieWiersz")):
        yield "Fa/FaWiersz", "Dodaj co najmniej jedną pozycję.", "Add at least one line."
    if summary.gross is None or abs(summary.gross) >= 10**18:
        yield "Fa/P_15", "Brakuje kwoty do zapłaty.", "The amount due is missing."
    if trees.text(tree, "Fa/P_1") and summary.issued_on is None:
        yield "Fa/P_1", "Data wystawienia nie jest datą.", "The date of issue is no date."
