"""Sums per rate, the amount due and what is added to or taken from it."""

from decimal import Decimal, InvalidOperation

from invoices.render import formats
from invoices.render.parts import Block, Cell, Column, Fact, Line, Section, Table
from invoices.render.reader import Reader

# (suffix of P_13 and P_14, what the row is called); the first four depend on the rate in use.
_ROWS = (
    ("1", "23"),
    ("2", "8"),
    ("3", "5"),
    ("4", "4"),
    ("5", "OSS"),
    ("6_1", "0 KR"),
    ("6_2", "0 WDT"),
    ("6_3", "0 EX"),
    ("7", "zw"),
    ("8", "np I"),
    ("9", "np II"),
    ("10", "oo"),
    ("11", ""),
)
# Rates that P_13_1, P_13_2 and P_13_4 hold together.
_TWINS = {"1": ("23", "22"), "2": ("8", "7"), "4": ("4", "3")}
_ZERO = Decimal(0)


def section(fa: Reader) -> Section:
    """The table of sums per rate and, under it, the amount of the invoice."""
    rows = [row for suffix, rate in _ROWS if (row := _row(fa, suffix, rate))]
    tables = [_table(fa, rows)] if rows else []
    return Section("totals", fa.text("totals"), [Block(facts=_amounts(fa), tables=tables)])


def number(text: str) -> Decimal:
    """The amount in a leaf, 0 for what is no number (a draft may hold anything)."""
    try:
        found = Decimal(text or "0")
    except InvalidOperation:
        return _ZERO
    return found if found.is_finite() else _ZERO


def _row(fa: Reader, suffix: str, rate: str) -> tuple[str, str, str, str] | None:
    """(rate, net, VAT, VAT in PLN), amounts as in the XML."""
    net = fa.raw(f"P_13_{suffix}")
    vat, pln = (
        (fa.raw(f"P_14_{suffix}"), fa.raw(f"P_14_{suffix}W")) if len(suffix) == 1 else ("", "")
    )
    if not (net or vat or pln):
        return None
    return _name(fa, suffix, rate, net, vat), net, vat, pln


def _name(fa: Reader, suffix: str, rate: str, net: str, vat: str) -> str:
    if suffix == "11":
        return fa.text("margin")
    if suffix in _TWINS:
        return _twin(fa, _TWINS[suffix], number(net), number(vat))
    return formats.rate(rate, fa.language)


def _twin(fa: Reader, twins: tuple[str, str], net: Decimal, vat: Decimal) -> str:
    """The rate on the lines; without lines the one of the two that fits the tax better."""
    orders = fa.dict.get("Zamowienie")
    lines = [*fa.each("FaWiersz"), *fa.at("Zamowienie").each("ZamowienieWiersz")] if orders else []
    lines = lines or fa.each("FaWiersz")
    used = {str(line.dict.get("P_12") or line.dict.get("P_12Z") or "") for line in lines}
    found = [rate for rate in twins if rate in used]
    if not found:
        found = [min(twins, key=lambda rate: abs(net * Decimal(rate) / 100 - vat))]
    return ", ".join(formats.rate(rate, fa.language) for rate in found)


def _table(fa: Reader, rows: list[tuple[str, str, str, str]]) -> Table:
    has_pln = any(row[3] for row in rows)
    labels = ["net", "vat", *(["vat_pln"] if has_pln else []), "gross"]
    columns = [Column(fa.text("rate")), *[Column(fa.text(label), True) for label in labels]]
    lines = [_line(rate, *_parts(fa, row), has_pln) for row in rows for rate in [row[0]]]
    sums = [sum((_parts(fa, row)[at] or _ZERO for row in rows), _ZERO) for at in range(4)]
    return Table(columns, lines, [_line(fa.text("total"), *sums, has_pln)])


def _parts(fa: Reader, row: tuple[str, str, str, str]) -> tuple[Decimal | None, ...]:
    """(net, VAT, VAT in PLN, gross); the margin scheme knows its gross value only."""
    rate, net, vat, pln = row
    if rate == fa.text("margin"):
        return None, None, None, number(net)
    tax = number(vat) if vat else None
    return number(net), tax, number(pln) if pln else None, number(net) + (tax or _ZERO)


def _line(rate: str, net, vat, pln, gross, has_pln: bool) -> Line:
    amounts = [net, vat, *([pln] if has_pln else []), gross]
    return Line([Cell(rate), *[Cell(_shown(amount), True) for amount in amounts]])


def _shown(amount: Decimal | None) -> str:
    return "–" if amount is None else formats.decimal(f"{amount:f}", 2)


def _amounts(fa: Reader) -> list[Fact]:
    """P_15 and the settlement; exactly one of them is the large amount (`kind` "total")."""
    settlement = fa.at("Rozliczenie")
    final = [(name, key) for name, key in _FINAL if settlement.raw(name)]
    found = _fact(fa, "P_15", fa.text(_sum_key(fa, bool(final))), "strong" if final else "total")
    found = fa.fact("KursWalutyZ") + fa.fact("KursWalutyZK") + fa.fact("P_15ZK") + found
    for name in ("Obciazenia", "Odliczenia"):
        for item in settlement.each(name):
            label = f"{settlement.label(name)}: {item.value('Powod')}"
            found.append(Fact(label, item.value("Kwota") or "–"))
        total = {"Obciazenia": "SumaObciazen", "Odliczenia": "SumaOdliczen"}[name]
        found += settlement.fact(total)
    for name, key in final:
        found += _fact(settlement, name, fa.text(key), "total")
    return found


_FINAL = (("DoZaplaty", "pay"), ("DoRozliczenia", "settle"))


def _fact(reader: Reader, name: str, label: str, kind: str = "") -> list[Fact]:
    return reader.fact(name, label, kind)


def _sum_key(fa: Reader, is_settled: bool) -> str:
    """Which words P_15 stands under: its meaning depends on the kind of document."""
    kind = str(fa.dict.get("RodzajFaktury", "VAT"))
    if kind.startswith("KOR"):
        return "sum_KOR"
    if kind in ("ZAL", "ROZ"):
        return f"sum_{kind}"
    if is_settled:
        return "sum_VAT"
    return "paid_total" if fa.at("Platnosc").dict.get("Zaplacono") == "1" else "pay"
