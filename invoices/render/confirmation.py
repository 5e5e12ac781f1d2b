"""The "potwierdzenie transakcji": what a domestic buyer may get while there is no KSeF number.

On purpose not laid out like an invoice: a frame that says so, a list of facts, no bank account.
"""

from dataclasses import dataclass
from typing import Any

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.render import codes, formats, groups, labels, parties, pdf
from invoices.render.look import Look
from invoices.render.parts import Block
from invoices.render.reader import Reader

MOST_LINES = 20
LINES = (
    ("Fa/FaWiersz", "P_7", "P_8B", "P_8A"),
    ("Fa/Zamowienie/ZamowienieWiersz", "P_7Z", "P_8BZ", "P_8AZ"),
)


@dataclass(frozen=True)
class Amount:
    """The gross amount with its currency, and the VAT in it ("" where none is shown)."""

    gross: str
    vat: str


def confirmation_html(
    tree: Any,
    *,
    language: str,
    link: str,
    kod2_link: str,
    environment: str,
    sentences: list[str],
    look: Look = pdf.HOUSE,
) -> str:
    """The page; `sentences` say in the print's language how and when the invoice gets to KSeF.

    ValueError without either link: this paper exists only with both codes.
    """
    if not (link and kod2_link):
        raise ValueError("a confirmation needs the links of KOD I and KOD II")
    root = Reader(tree, language)
    fa = root.at("Fa")
    number = fa.value("P_2")
    context = {
        "title": labels.text("confirmation", language),
        "look": look,
        "number": number,
        "foot": f"{labels.text('to_invoice', language)} {pdf.shortened(number)}",
        "seller": _party(root, "Podmiot1", "seller"),
        "buyer": _party(root, "Podmiot2", "buyer"),
        "issued_on": fa.value("P_1"),
        "subjects": _subjects(tree, language),
        "amount": _amount(tree),
        "sentences": sentences,
        "codes": codes.offline(link, kod2_link, language),
    }
    return pdf.page("print/confirmation.html", context, environment, language)


def confirmation_pdf(tree: Any, **options: Any) -> bytes:
    """The same page as PDF bytes. Raises ValueError, PrintUnavailable."""
    pdf.refuse_unavailable()
    return pdf.html_to_pdf(confirmation_html(tree, **options))


def _party(root: Reader, name: str, title: str) -> Block:
    """Name, address and tax numbers; contacts and flags belong on the invoice."""
    party = root.at(name)
    identity = party.at("DaneIdentyfikacyjne")
    lines = groups.address(party.at("Adres")) + parties.identifiers(identity, party)
    return Block(root.text(title), [text for text in [identity.value("Nazwa"), *lines] if text])


def _subjects(tree: Any, language: str) -> list[str]:
    """`Front dębowy, 48 szt.`: what was sold, without prices; long lists are cut and counted."""
    found = []
    for path, *elements in LINES:
        rows = trees.groups(tree, path)
        found += [_subject(row, path, elements, language) for row in rows]
    shown = [text for text in found if text]
    if len(shown) <= MOST_LINES:
        return shown
    more = labels.text("subject_more", language).format(count=len(shown))
    return [*shown[:MOST_LINES], more]


def _subject(row: dict, path: str, elements: list[str], language: str) -> str:
    name, quantity, unit = (
        formats.value(f"{path}/{element}", text, language) if text else ""
        for element in elements
        for text in [trees.text(row, element)]
    )
    return ", ".join(filter(None, [name, f"{quantity} {unit}".strip() if quantity else ""]))


def _amount(tree: Any) -> Amount:
    summary = facades.summary(tree)
    gross = formats.decimal(trees.text(tree, "Fa/P_15"), 2)
    vat = formats.decimal(str(summary.vat), 2) if summary.vat else ""
    currency = f"\u00a0{summary.currency}"
    return Amount(gross + currency, vat + currency if vat else "")
