"""The structured picture of any FA(3) tree, the same for the screen and for the print.

The common parts are laid out by hand; what they did not show follows from schema and registry,
so that no leaf of a valid document is ever left out.
"""

from dataclasses import dataclass
from typing import Any

from invoices.render import (
    annotations,
    attachment,
    groups,
    labels,
    lines,
    parties,
    payment,
    totals,
)
from invoices.render.parts import Block, Fact, Section
from invoices.render.reader import Reader


@dataclass(frozen=True)
class Document:
    """`sections` in reading order; `part` finds one by key (an empty one where it is absent)."""

    title: str
    number: str
    seller: str
    currency: str
    language: str
    sections: list[Section]

    @property
    def part(self) -> dict[str, Section]:
        return {section.key: section for section in self.sections}


def document(tree: Any, *, language: str, ksef_number: str | None = None) -> Document:
    """Everything a valid (or half-filled) tree holds, ready to be laid out.

    `language` is "pl" or "en". The KSeF number is not in the tree: it stands in the head and in
    the title of a transfer when given.
    """
    root = Reader(tree, language)
    fa = root.at("Fa")
    small = annotations.small_print(root)
    sections = [
        _head(fa, ksef_number),
        parties.section(root),
        _correction(fa),
        lines.invoice_section(fa),
        lines.order_section(fa),
        _advances(fa),
        totals.section(fa),
        payment.section(fa, ksef_number),
        annotations.section(fa),
        _extra(fa),
        _notes(root),
        attachment.section(root),
        *_others(root),
        small,
    ]
    return Document(
        title=labels.title(fa.raw("RodzajFaktury"), language),
        number=fa.value("P_2"),
        seller=root.at("Podmiot1", "DaneIdentyfikacyjne").value("Nazwa"),
        currency=fa.raw("KodWaluty"),
        language=language,
        sections=[section for section in sections if section],
    )


def number_of(tree: Any) -> str:
    """The invoice's own number (P_2), "" where there is none yet."""
    return Reader(tree, "pl").at("Fa").value("P_2")


def sections(tree: Any, *, language: str) -> list[Section]:
    """The sections of `document`, for callers that need no more."""
    return document(tree, language=language).sections


def _head(fa: Reader, ksef_number: str | None) -> Section:
    fa.raw("RodzajFaktury")
    fa.raw("P_2")
    period = fa.at("OkresFa")
    span = "–".join(filter(None, [period.value("P_6_Od"), period.value("P_6_Do")]))
    sold = labels.of("Fa/P_6", fa.language, fa.raw("RodzajFaktury"))
    due = payment.first_due(fa)
    facts = [
        *fa.fact("P_1"),
        *fa.fact("P_1M"),
        *fa.fact("P_6", sold),
        *([Fact(fa.text("period"), span)] if span else []),
        *([Fact(fa.text("due_on"), due)] if due else []),
        *fa.fact("KodWaluty", fa.text("currency")),
        *([Fact(fa.text("ksef_number"), ksef_number, "code")] if ksef_number else []),
    ]
    return Section("head", "", [Block(facts=facts)])


def _correction(fa: Reader) -> Section:
    """What is corrected and why; the parties as they stood before."""
    names = ("PrzyczynaKorekty", "TypKorekty", "OkresFaKorygowanej", "NrFaKorygowany")
    facts = [fact for name in names for fact in fa.fact(name)]
    corrected = groups.blocks(fa.only("DaneFaKorygowanej"))
    blocks = [Block(facts=facts), *corrected, *parties.before_correction(fa)]
    return Section("correction", fa.text("correction"), [block for block in blocks if block])


def _advances(fa: Reader) -> Section:
    """Payments that an advance invoice documents, advance invoices that this one settles."""
    blocks = groups.blocks(fa.only("ZaliczkaCzesciowa", "FakturaZaliczkowa"))
    return Section("advances", fa.text("advances"), blocks)


def _extra(fa: Reader) -> Section:
    """DodatkowyOpis: the issuer's own keys and values, of the invoice or of one line."""
    facts = []
    for item in fa.each("DodatkowyOpis"):
        row, key = item.value("NrWiersza"), item.value("Klucz")
        label = f"{fa.text('line_number')} {row}: {key}" if row else key
        facts.append(Fact(label, item.value("Wartosc")))
    return Section("extra", fa.text("extra"), [Block(facts=facts)] if facts else [])


def _notes(root: Reader) -> Section:
    footer = root.at("Stopka")
    texts = [text for item in footer.each("Informacje") if (text := item.value("StopkaFaktury"))]
    registers = [_register(item) for item in footer.each("Rejestry")]
    facts = [Fact(root.text("registers"), text) for text in registers if text]
    blocks = [Block(texts=texts, facts=facts)] if texts or facts else []
    return Section("notes", root.text("notes"), blocks)


def _register(item: Reader) -> str:
    """`Nazwa, KRS 0000998877, REGON …, BDO …` on one line."""
    codes = [f"{name} {text}" for name in ("KRS", "REGON", "BDO") if (text := item.value(name))]
    return ", ".join(filter(None, [item.value("PelnaNazwa"), *codes]))


def _others(root: Reader) -> list[Section]:
    """What the parts above did not show, by schema and registry."""
    fa = root.at("Fa")
    found = [
        Section(f"rest-{name}", fa.label(name), _rest(fa, name))
        for name in ("WarunkiTransakcji", "Zamowienie", "Rozliczenie")
    ]
    rest = [*groups.blocks(fa), *groups.blocks(root), groups.leftovers(root)]
    found.append(Section("others", root.text("others"), [block for block in rest if block]))
    return found


def _rest(fa: Reader, name: str) -> list[Block]:
    """A group by schema and registry; delivery notes (WZ) stand with the terms they belong to."""
    notes = ", ".join(fa.values("WZ")) if name == "WarunkiTransakcji" else ""
    facts = [Fact(fa.label("WZ"), notes)] if notes else []
    return [block for block in [Block(facts=facts), *groups.blocks(fa.at(name))] if block]
