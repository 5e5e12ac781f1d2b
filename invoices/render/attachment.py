"""The attachment of an invoice (`Zalacznik`): blocks of facts, paragraphs and tables."""

import re

from invoices.render import formats
from invoices.render.parts import Block, Cell, Column, Fact, Line, Section, Table
from invoices.render.reader import Reader
from ksefapp.ui.formats import date_pl

_NUMBERS = ("dec", "int")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def section(root: Reader) -> Section:
    """Every block of the attachment under its heading."""
    blocks = [_block(block) for block in root.at("Zalacznik").each("BlokDanych")]
    return Section("attachment", root.text("attachment"), [block for block in blocks if block])


def _block(block: Reader) -> Block:
    facts = [_pair(item, "ZKlucz", "ZWartosc") for item in block.each("MetaDane")]
    tables = [_table(item) for item in block.each("Tabela")]
    title, texts = block.value("ZNaglowek"), block.at("Tekst").values("Akapit")
    return Block(title, texts or ([] if facts or tables else [title]), facts, tables)


def _pair(item: Reader, key: str, value: str) -> Fact:
    return Fact(item.value(key), item.value(value))


def _table(item: Reader) -> Table:
    heads = item.at("TNaglowek").each("Kol")
    kinds = [head.raw("@Typ") for head in heads]
    columns = [
        Column(head.value("NKom"), kind in _NUMBERS)
        for head, kind in zip(heads, kinds, strict=True)
    ]
    # The schema counts heads and cells apart: cells beyond the last head have a column too.
    extra = max([_count(row, "WKom") for row in item.each("Wiersz")], default=0)
    extra = max(extra, _count(item.at("Suma"), "SKom")) - len(columns)
    columns += [Column("")] * extra
    kinds += [""] * extra
    lines = [_line(row, "WKom", kinds) for row in item.each("Wiersz")]
    foot = [_line(item.at("Suma"), "SKom", kinds)] if "Suma" in item.dict else []
    notes = [_pair(pair, "TKlucz", "TWartosc") for pair in item.each("TMetaDane")]
    return Table(columns, lines, foot, item.value("Opis"), notes)


def _count(row: Reader, name: str) -> int:
    found = row.dict.get(name)
    return len(found) if isinstance(found, list) else 0


def _line(row: Reader, name: str, kinds: list[str]) -> Line:
    """The cells of a row; a lone cell is a heading across the table, missing ones stay empty."""
    texts = _cells(row, name)
    if len(texts) == 1 and len(kinds) > 1:
        return Line([Cell(formats.printable(texts[0]), span=len(kinds))])
    kinds = kinds + [""] * (len(texts) - len(kinds))
    texts = texts + [""] * (len(kinds) - len(texts))
    return Line(
        [
            Cell(_shown(text, kind), kind in _NUMBERS)
            for text, kind in zip(texts, kinds, strict=True)
        ]
    )


def _cells(row: Reader, name: str) -> list[str]:
    found = row.dict.get(name)
    texts = [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
    row.shown.update(f"{row.path(name)}[{number}]" for number in range(len(texts)))
    return texts


def _shown(text: str, kind: str) -> str:
    if kind in _NUMBERS:
        return formats.decimal(text)
    return date_pl(text) if kind == "date" and _DATE.fullmatch(text) else formats.printable(text)
