"""Invoice lines and order lines as a table with only the columns that the XML has."""

from dataclasses import dataclass

from invoices.render import carrying, formats, pairs, tongues
from invoices.render.parts import Block, Cell, Column, Line, Section, Table
from invoices.render.reader import Reader

PAGE_MM = 178.0
NAME_MM = 52.0
_CHAR_MM, _PADDING_MM = 1.92, 3.0


@dataclass(frozen=True)
class Field:
    """A column: the print's label, the elements it shows, its kind and least width.

    `yields` says how early the column gives up its place and goes under the name.
    """

    label: str
    elements: tuple[str, ...]
    number: bool = True
    yields: int = 0


@dataclass(frozen=True)
class Shape:
    """How a kind of line is laid out: elements of number, name, state and identity, columns."""

    number: str
    name: str
    before: str
    id: str
    fields: tuple[Field, ...]


def _fields(suffix: str, net: str, vat: str) -> tuple[Field, ...]:
    return (
        Field("quantity", (f"P_8B{suffix}",), yields=10),
        Field("unit", (f"P_8A{suffix}",), number=False, yields=5),
        Field("price_net", (f"P_9A{suffix}",), yields=6),
        Field("price_gross", ("P_9B",), yields=3),
        Field("discount", ("P_10",), yields=1),
        Field("rate", (f"P_12{suffix}", f"P_12{suffix}_XII"), yields=9),
        Field("net", (net,), yields=8),
        Field("vat", (vat,), yields=2),
        Field("gross", ("P_11A",), yields=7),
    )


_INVOICE = Shape("NrWierszaFa", "P_7", "StanPrzed", "UU_ID", _fields("", "P_11", "P_11Vat"))
_ORDER = Shape(
    "NrWierszaZam", "P_7Z", "StanPrzedZ", "UU_IDZ", _fields("Z", "P_11NettoZ", "P_11VatZ")
)
# Shown by their code or value alone: it says what it is.
_SPEAKING = {"GTU", "GTUZ", "Procedura", "ProceduraZ"}
_SHORT = {"UU_ID": "UU_ID", "UU_IDZ": "UU_ID", "GTIN": "GTIN", "GTINZ": "GTIN"}
_SHORT |= {"CN": "CN", "CNZ": "CN"}
_IDS = ("UU_ID", "UU_IDZ")


def invoice_section(fa: Reader) -> Section:
    """The lines of the invoice (`Fa/FaWiersz`)."""
    return _section("lines", fa, fa.each("FaWiersz"), _INVOICE)


def order_section(fa: Reader) -> Section:
    """The order or contract of an advance invoice (`Fa/Zamowienie`) with its gross value."""
    order = fa.at("Zamowienie")
    section = _section("order", fa, order.each("ZamowienieWiersz"), _ORDER)
    value = order.fact("WartoscZamowienia", kind="strong")
    return Section(section.key, section.title, [*section.blocks, Block(facts=value)])


def _section(key: str, fa: Reader, items: list[Reader], shape: Shape) -> Section:
    blocks = [Block(tables=[_table(items, shape)])] if items else []
    return Section(key, fa.text(key), blocks)


def _table(items: list[Reader], shape: Shape) -> Table:
    some = items[0]
    shown = {f: [_text(item, f) for item in items] for f in shape.fields if _used(f, items)}
    widths = {field: _width(some.text(field.label), texts) for field, texts in shown.items()}
    first = _width(some.text("position"), [item.value(shape.number) for item in items])
    kept = _kept(widths, PAGE_MM - first - NAME_MM)
    columns = [
        Column(some.text("position"), width=first),
        Column(some.text("name")),
        *[Column(some.text(field.label), field.number, widths[field]) for field in kept],
    ]
    texts = [dict(zip(shown, row, strict=True)) for row in zip(*shown.values(), strict=True)]
    sums = [(f.label, f.elements) for f in shown if f.label in carrying.SUMMED]
    layout = _Layout(
        shape, kept, items, texts or [{} for _ in items], carrying.Sums(sums, some.text)
    )
    lines = [line for group in pairs.aligned(items, shape) for line in layout.lines(group)]
    return Table(columns, carrying.ended(lines) if sums else lines)


def _used(field: Field, items: list[Reader]) -> bool:
    return any(element in item.dict for item in items for element in field.elements)


def _text(item: Reader, field: Field) -> str:
    """Of two rates (P_12 and P_12_XII) both: the schema allows it, so neither may be lost."""
    return " / ".join(filter(None, (item.value(element) for element in field.elements)))


def _width(label: str, texts: list[str]) -> float:
    """Millimetres that the longest text needs, the label's longest word at least."""
    longest = max([len(text) for text in texts] + [len(word) for word in tongues.words(label)])
    return min(longest, 24) * _CHAR_MM + _PADDING_MM


def _kept(widths: dict[Field, float], room: float) -> list[Field]:
    """The columns that leave the name its room; the readiest to yield goes first."""
    kept = list(widths)
    for field in sorted(widths, key=lambda field: field.yields):
        if sum(widths[f] for f in kept) <= room:
            break
        kept.remove(field)
    return kept


@dataclass(frozen=True)
class _Layout:
    """What all rows of a table share: its columns, the items and their texts by column."""

    shape: Shape
    kept: list[Field]
    items: list[Reader]
    texts: list[dict[Field, str]]
    sums: carrying.Sums

    def lines(self, group: pairs.Group) -> list[Line]:
        """The row of one line, or the three of a corrected one: before, after, difference."""
        found = [self.line(place, kind) for place, kind in group.places]
        return [*found, self.difference(*group.pair)] if group.pair else found

    def line(self, place: int, kind: str) -> Line:
        item, texts = self.items[place], self.texts[place]
        details = [item.text(kind)] if kind else []
        item.raw(self.shape.before)
        self.sums.add(item, kind)
        number, name = item.value(self.shape.number), item.value(self.shape.name)
        details += self.moved(item, texts) + _details(item)
        return self.row(number, name, details, texts, kind)

    def difference(self, before: int, after: int) -> Line:
        first, second = self.items[before], self.items[after]
        texts = {field: _difference(first, second, field) for field in self.texts[before]}
        name = first.text("difference")
        return self.row("", name, self.moved(first, texts), texts, "difference")

    def moved(self, item: Reader, texts: dict[Field, str]) -> list[str]:
        """Columns that had no room, as words under the name."""
        fields = [field for field in texts if field not in self.kept and texts[field]]
        return [f"{item.text(field.label)} {texts[field]}" for field in fields]

    def row(self, number: str, name: str, details: list[str], texts: dict, kind: str) -> Line:
        cells = [Cell(number), Cell(name, detail=" · ".join(details))]
        line = Line([*cells, *[Cell(texts[f], f.number) for f in self.kept]], kind)
        return self.sums.said(line) if self.sums.columns else line


def _difference(before: Reader, after: Reader, field: Field) -> str:
    """The state after less the one before, where both give a number in the same element."""
    common = (name for name in field.elements if name in before.dict and name in after.dict)
    name = next(common, "")
    first, second = (pairs.amount(item, name) for item in (before, after))
    if not field.number or field.label == "rate" or first is None or second is None:
        return ""
    return formats.value(f"{before.plain}/{name}", f"{second - first:f}", before.language)


def _details(item: Reader) -> list[str]:
    """Codes, dates and markers of a line in the schema's order, its UU_ID after them."""
    node = item.node()
    known = [child.name for child in node.children] if node else []
    names = sorted((name for name in known if name in item.dict), key=_IDS.__contains__)
    names = [name for name in names if item.path(name) not in item.shown]
    return [text for name in names if (text := _detail(item, name))]


def _detail(item: Reader, name: str) -> str:
    text = item.value(name)
    if not text or name in _SPEAKING:
        return text
    if name.endswith("_Zal_15"):
        return item.text("annex15")
    return f"{_SHORT.get(name) or item.label(name)} {text}"
