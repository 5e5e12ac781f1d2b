"""Amounts of an ordinary VAT invoice: lines, VAT per rate, the sum to pay.

Three legal ways to count VAT (VAT Act, art. 106e): "net", from the sum of net values per
rate (ust. 1 pkt 14); "line", per line, then added up (ust. 10); "gross", from the sum of
gross values per rate, gross × rate / (100 + rate) (ust. 7 and 8). Rounding is half away
from zero to a grosz (ust. 11).
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.lines import Line
from invoices.fa3.rates import MARGIN, NET_FIELDS, PLN_VAT_FIELDS, VAT_FIELDS, vat_field_of
from ksefapp.lib import money

Method = Literal["net", "line", "gross"]
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class LineAmounts:
    """What one line comes to, in the invoice's currency, rounded to 0.01."""

    net: Decimal
    vat: Decimal
    gross: Decimal


def line_amounts(
    quantity: Decimal,
    price: Decimal,
    percent: Decimal | None,
    *,
    discount: Decimal = money.ZERO,
    is_gross_price: bool = False,
) -> LineAmounts:
    """Net, VAT and gross of one line; `percent` None means no tax.

    `discount` is per unit, in the terms of the price: so does the Ministry's own example
    use P_10 (20 pieces at 1000 less 100 are 18 000).
    """
    value = money.round_half_up(money.times(quantity, price - discount))
    if is_gross_price:
        vat = vat_in_gross(value, percent)
        return LineAmounts(value - vat, vat, value)
    vat = vat_on_net(value, percent)
    return LineAmounts(value, vat, value + vat)


def vat_on_net(net: Decimal, percent: Decimal | None) -> Decimal:
    """VAT on a net amount, rounded to 0.01."""
    return money.round_half_up(money.share(net, percent or money.ZERO, _HUNDRED))


def vat_in_gross(gross: Decimal, percent: Decimal | None) -> Decimal:
    """VAT contained in a gross amount, rounded to 0.01 (art. 106e(7))."""
    rate = percent or money.ZERO
    return money.round_half_up(money.share(gross, rate, _HUNDRED + rate))


def compute(tree: trees.Tree, method: Method = "net", *, only_missing: bool = False) -> trees.Tree:
    """A copy with P_11 or P_11A of the lines, P_13_x, P_14_x and P_15 filled.

    A line without quantity or price keeps its amount as entered; with `only_missing` so does
    every line that has one. Lines marked StanPrzed are subtracted. P_14_xW are kept where their
    rate still occurs: they need an exchange rate (see `zloty`). Totals of rates that no line has
    are removed. Numbers that are none are left alone.
    """
    result = deepcopy(tree)
    body = result.setdefault("Fa", {})
    entries = body.get("FaWiersz")
    if isinstance(entries, list):
        for line, entry in zip(line_reader.read(result), entries, strict=True):
            if isinstance(entry, dict) and not (only_missing and _has_amount(line, method)):
                _fill_line(line, entry, method)
    _write_totals(body, _totals(line_reader.read(result), method))
    return result


def fill_lines(tree: trees.Tree, places: Iterable[int], method: Method) -> None:
    """Writes P_11 or P_11A, and P_11Vat, of some lines; the totals stay as they are."""
    chosen = set(places)
    for line in line_reader.read(tree) if chosen else ():
        if line.position in chosen:
            _fill_line(line, tree["Fa"]["FaWiersz"][line.position], method)


def _has_amount(line: Line, method: Method) -> bool:
    if method == "gross" or line.is_margin:
        return line.gross is not None
    needs_vat = method == "line" and line.percent is not None
    return line.net is not None and (line.vat is not None or not needs_vat)


def _fill_line(line: Line, entry: dict, method: Method) -> None:
    is_gross = method == "gross" or line.is_margin
    price = line.gross_price if is_gross else line.net_price
    if line.quantity is not None and price is not None:
        amounts = line_amounts(
            line.quantity, price, line.percent, discount=line.discount, is_gross_price=is_gross
        )
        entry["P_11A" if is_gross else "P_11"] = fmt_amount(
            amounts.gross if is_gross else amounts.net
        )
        entry.pop("P_11" if is_gross else "P_11A", None)
    _fill_vat(line, entry, method)


def _fill_vat(line: Line, entry: dict, method: Method) -> None:
    entry.pop("P_11Vat", None)
    net = line_reader.number(entry, "P_11")
    if method == "line" and net is not None and line.percent is not None:
        entry["P_11Vat"] = fmt_amount(vat_on_net(net, line.percent))


def _totals(lines: Iterable[Line], method: Method) -> dict[str, tuple[Decimal, Decimal]]:
    """P_13 field → (net, VAT). Rates of one field (23 and 22) are taxed apart, then added."""
    groups: dict[tuple[str, Decimal | None, int], list[Line]] = {}
    for line in lines:
        if line.total_field is not None:
            groups.setdefault((line.total_field, line.percent, line.sign), []).append(line)
    result: dict[str, tuple[Decimal, Decimal]] = {}
    for (field, percent, sign), members in groups.items():
        net, vat = _group_amounts(members, percent, method)
        before = result.get(field, (money.ZERO, money.ZERO))
        result[field] = (before[0] + sign * net, before[1] + sign * vat)
    return result


def _group_amounts(
    members: list[Line], percent: Decimal | None, method: Method
) -> tuple[Decimal, Decimal]:
    if members[0].is_margin:
        return money.total(line.gross for line in members if line.gross is not None), money.ZERO
    if method == "gross":
        gross = money.total(line.gross for line in members if line.gross is not None)
        vat = vat_in_gross(gross, percent)
        return gross - vat, vat
    net = money.total(line.net for line in members if line.net is not None)
    if method == "line":
        return net, money.total(line.vat for line in members if line.vat is not None)
    return net, vat_on_net(net, percent)


def _write_totals(body: dict, totals: dict[str, tuple[Decimal, Decimal]]) -> None:
    kept = {field: body[field] for field in PLN_VAT_FIELDS if field in body}
    for field in (*NET_FIELDS, *VAT_FIELDS, *PLN_VAT_FIELDS):
        body.pop(field, None)
    for field, (net, vat) in totals.items():
        body[field] = fmt_amount(net)
        vat_field = vat_field_of(field)
        if vat_field:
            body[vat_field] = fmt_amount(vat)
            if f"{vat_field}W" in kept:
                body[f"{vat_field}W"] = kept[f"{vat_field}W"]
    body["P_15"] = fmt_amount(money.total(net + vat for net, vat in totals.values()))


def method_of(tree: trees.Tree) -> Method:
    """How the lines of an existing invoice were counted, as far as they show it."""
    if not any("P_11A" in e or "P_11Vat" in e for e in trees.groups(tree, "Fa/FaWiersz")):
        return "net"  # nothing to look for in thousands of lines
    return _method_of_lines(line_reader.read(tree))


def _method_of_lines(lines: Iterable[Line]) -> Method:
    taxed = [line for line in lines if line.total_field != MARGIN]
    if any(line.gross is not None and line.net is None for line in taxed):
        return "gross"
    return "line" if any(line.vat is not None for line in taxed) else "net"


def gross_of_lines(lines: list[Line]) -> Decimal | None:
    """What the lines come to with VAT; None where a line does not say its rate or amount."""
    if any(line.total_field is None or not _has_amount_of_any(line) for line in lines):
        return None
    sums = _totals(lines, _method_of_lines(lines)).values()
    return money.total(net + vat for net, vat in sums)


def _has_amount_of_any(line: Line) -> bool:
    return line.net is not None or line.gross is not None


def fmt_amount(number: Decimal) -> str:
    """For fields of type TKwotowy: two decimal places always."""
    return money.plain(number, 2, 2)


def fmt_price(number: Decimal) -> str:
    """For unit prices (TKwotowy2): two to eight decimal places."""
    return money.plain(number, 8, 2)


def fmt_quantity(number: Decimal) -> str:
    """For quantities and exchange rates (TIlosci): at most six decimal places."""
    return money.plain(number, 6)
