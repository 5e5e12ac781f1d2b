"""Settling advances (art. 106f ust. 3): the final invoice is the order less its advances.

Its lines show the whole order; every P_13_x and P_14_x is that of the lines less what the
advances charged in the same field, and P_15 the gross of the lines less the advances' P_15. So
the advances and the settlement together are the order, field by field, to the grosz. The price:
the tax of a settlement is not its net times the rate but what is left of the order's tax, which
is what the act says. An advance counts with its corrections (KOR_ZAL).
"""

from collections.abc import Iterable
from copy import deepcopy
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import orders, totals, zloty
from invoices.fa3 import tree as trees
from invoices.fa3.orders import Amounts
from invoices.fa3.rates import NET_FIELDS, RATES, VAT_FIELDS, vat_field_of
from ksefapp.lib import money

FIELDS = (*NET_FIELDS, *VAT_FIELDS, "P_15")
ADVANCES = "Fa/FakturaZaliczkowa"
# Elements of an order's row → those of the line; UU_IDZ names the row alone.
LINE_OF_ROW = {
    "P_7Z": "P_7",
    "IndeksZ": "Indeks",
    "GTINZ": "GTIN",
    "PKWiUZ": "PKWiU",
    "CNZ": "CN",
    "PKOBZ": "PKOB",
    "P_8AZ": "P_8A",
    "P_8BZ": "P_8B",
    "P_9AZ": "P_9A",
    "P_11NettoZ": "P_11",
    "P_12Z": "P_12",
    "P_12Z_XII": "P_12_XII",
    "P_12Z_Zal_15": "P_12_Zal_15",
    "GTUZ": "GTU",
    "ProceduraZ": "Procedura",
    "KwotaAkcyzyZ": "KwotaAkcyzy",
}
# What a settlement and a further advance take over from the last document of the order.
PARTIES = ("Podmiot2", "Podmiot3", "PodmiotUpowazniony")
TERMS = ("KodWaluty", "Adnotacje", "TP", "WarunkiTransakcji")


def amounts(tree: trees.Tree) -> Amounts:
    """P_13_x, P_14_x and P_15 of a document, as far as it has them."""
    found = {name: line_reader.number(tree, f"Fa/{name}") for name in FIELDS}
    return {name: amount for name, amount in found.items() if amount is not None}


def added(parts: Iterable[Amounts]) -> Amounts:
    """The sum, field by field: an advance with its corrections, or several advances."""
    result: Amounts = {}
    for part in parts:
        for name, amount in part.items():
            result[name] = result.get(name, money.ZERO) + amount
    return result


def less(whole: Amounts, taken: Amounts) -> Amounts:
    """`whole` − `taken`, field by field; a field that only one of them has is there too."""
    return added([whole, {name: -amount for name, amount in taken.items()}])


def reduced(tree: trees.Tree, taken: Amounts) -> trees.Tree:
    """A copy of a settlement whose totals, those of its lines so far, are less by `taken`."""
    result = deepcopy(tree)
    _write(result["Fa"], less(amounts(tree), taken))
    return result


def _write(body: dict, found: Amounts) -> None:
    for name, amount in found.items():
        body[name] = totals.fmt_amount(amount)


def order_after(documents: Iterable[trees.Tree]) -> list[dict]:
    """The rows of the order as its last document leaves them.

    `documents` are advances and their corrections, oldest first. A correction with pairs
    (StanPrzedZ) changes the rows that it names by NrWierszaZam, and leaves others as they were.
    """
    rows: list[dict] = []
    for tree in documents:
        given = trees.groups(tree, orders.ROWS)
        if trees.text(tree, "Fa/RodzajFaktury") == "KOR_ZAL" and given:
            rows = _corrected_rows(rows, given, trees.text(tree, orders.VALUE))
        elif given:
            rows = orders.present(given)
    return deepcopy(rows)


def _corrected_rows(rows: list[dict], given: list[dict], value: str) -> list[dict]:
    after = orders.present(given)
    if len(after) == len(given):
        # Without pairs: the whole order anew, if it says so; else differences, shown by sums only.
        return after if orders.value_of(after) == money.parse(value) else rows
    named = {trees.text(row, "NrWierszaZam") for row in given}
    kept = [row for row in rows if trees.text(row, "NrWierszaZam") not in named]
    return sorted([*kept, *after], key=_row_number)


def _row_number(row: dict) -> Decimal:
    return money.parse(trees.text(row, "NrWierszaZam")) or money.ZERO


def lines_of(rows: list[dict]) -> list[dict]:
    """The order's rows as lines of an invoice.

    Where the tax of the rows is not the tax of their sum, every line says its own (P_11Vat, art.
    106e ust. 10): so the lines come to the value of the order.
    """
    is_apart = _is_taxed_by_row(rows)
    return [_line(number, row, is_apart) for number, row in enumerate(rows, 1)]


def _line(number: int, row: dict, is_apart: bool) -> dict:
    line = {"NrWierszaFa": str(number)}
    line |= {name: row[given] for given, name in LINE_OF_ROW.items() if given in row}
    if is_apart and "P_11VatZ" in row and _percent(row) is not None:
        line["P_11Vat"] = row["P_11VatZ"]
    return line


def _is_taxed_by_row(rows: list[dict]) -> bool:
    sums: dict[Decimal, list[Decimal]] = {}
    for row in rows:
        percent = _percent(row)
        if percent is None:
            continue
        net, vat = (money.parse(trees.text(row, name)) for name in ("P_11NettoZ", "P_11VatZ"))
        if net is None or vat is None:
            return False
        at = sums.setdefault(percent, [money.ZERO, money.ZERO])
        at[0], at[1] = at[0] + net, at[1] + vat
    return any(totals.vat_on_net(net, percent) != vat for percent, (net, vat) in sums.items())


def _percent(row: dict) -> Decimal | None:
    known = RATES.get(trees.text(row, "P_12Z"))
    return known.percent if known else money.parse(trees.text(row, "P_12Z_XII"))


def reference(ksef_number: str | None, number: str) -> dict:
    """An entry of FakturaZaliczkowa: the KSeF number, or the number of one outside KSeF."""
    if ksef_number:
        return {"NrKSeFFaZaliczkowej": ksef_number}
    return {"NrKSeFZN": "1", "NrFaZaliczkowej": number}


def settlement(
    start: trees.Tree, last: trees.Tree, rows: list[dict], references: list[dict], taken: Amounts
) -> trees.Tree:
    """The tree of a ROZ: parties and terms of `last`, the order as lines, totals less `taken`.

    `start` is the company's new invoice (seller, dates, payment).
    """
    result = taken_over(start, last, kind="ROZ")
    body = result["Fa"]
    body["FaWiersz"] = lines_of(rows)
    body["FakturaZaliczkowa"] = deepcopy(references)
    made = totals.compute(result, totals.method_of(result), only_missing=True)
    made = zloty.filled(reduced(made, taken))
    if not line_reader.number(made, "Fa/P_15"):
        made["Fa"].pop("Platnosc", None)  # nothing is left to pay
    return made


def further_advance(
    start: trees.Tree, last: trees.Tree, rows: list[dict], payment: Decimal, references: list[dict]
) -> trees.Tree:
    """The tree of the next ZAL of an order; `references` name the earlier ones where it is the
    last one and the order is paid for (art. 106f ust. 4), else they are empty."""
    result = taken_over(start, last, kind="ZAL")
    body = result["Fa"]
    body.pop("FaWiersz", None)
    body["P_15"] = totals.fmt_amount(payment)
    body["Zamowienie"] = {"ZamowienieWiersz": deepcopy(rows)}
    if references:
        body["FakturaZaliczkowa"] = deepcopy(references)
    return orders.counted(result, places=())


def taken_over(start: trees.Tree, last: trees.Tree, *, kind: str) -> trees.Tree:
    """A copy of `start` with the buyer, other parties, currency and terms of `last`."""
    result = deepcopy(start)
    for name in PARTIES:
        result.pop(name, None)
        if name in last:
            result[name] = deepcopy(last[name])
    prefix = trees.get(last, "Podmiot1/PrefiksPodatnika")
    if prefix:
        result["Podmiot1"]["PrefiksPodatnika"] = prefix
    for name in TERMS:
        value = trees.get(last, f"Fa/{name}")
        if value is not None:
            result["Fa"][name] = deepcopy(value)
    result["Fa"]["RodzajFaktury"] = kind
    return result


def left_by_rate(order: Amounts, taken: Amounts) -> list[tuple[str, Decimal, Decimal]]:
    """(P_13 field, net, VAT) of what is left, in the schema's order."""
    rest = less(order, taken)
    return [
        (name, rest.get(name, money.ZERO), rest.get(vat_field_of(name) or "", money.ZERO))
        for name in NET_FIELDS
        if name in rest or vat_field_of(name) in rest
    ]
