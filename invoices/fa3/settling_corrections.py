"""Corrections of advances (KOR_ZAL) and of settlements (KOR_ROZ).

Both say the amount before (P_15ZK) and show the rows before and after, unchanged ones too. An
advance's new totals are its payment in the shares of the order that holds now; the difference
is taken from what the advance charged with its earlier corrections, never from the formula.
"""

from copy import deepcopy
from decimal import Decimal

from invoices.fa3 import correcting, orders, settling, totals, zloty
from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import CannotCorrect, Reference, Wanted
from invoices.fa3.rates import PLN_VAT_FIELDS, RATES
from invoices.fa3.settling import Amounts
from invoices.fa3.tree import Tree
from ksefapp.lib import money

ROW_OF_LINE = {line: row for row, line in settling.LINE_OF_ROW.items()}
_ROW_AMOUNTS = ("P_11NettoZ", "P_11VatZ")


def of_advance(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """A KOR_ZAL: other rows of the order (`lines`, `changes`), another payment, or both.

    `changes` name elements of an order's row or, as for lines, of FaWiersz; `payment` is P_15
    after the correction. All rows are shown before and after.
    """
    made = _base(standing, reference, wanted)
    rows = trees.groups(standing, orders.ROWS)
    _refuse_strange(rows, wanted)
    pairs = []
    for place, row in enumerate(rows):
        pairs.append(row | {"StanPrzedZ": "1"})
        pairs.append(_changed(row, wanted.changes.get(place, {})))
    return _with_order(made, standing, pairs, _payment(standing, wanted))


def advance_to_zero(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """A KOR_ZAL that takes the whole advance back, and its order: the exact opposite of it.

    Raises CannotCorrect where nothing is left to take back.
    """
    made = _base(standing, reference, wanted)
    sums = correcting.opposite(standing.get("Fa", {}))
    nothing = {"P_8BZ": "0", "P_11NettoZ": "0.00", "P_11VatZ": "0.00"}
    rows = trees.groups(standing, orders.ROWS)
    empty = [row | {n: v for n, v in nothing.items() if n in row} for row in rows]
    before = [row | {"StanPrzedZ": "1"} for row in rows]
    pairs = [each for pair in zip(before, empty, strict=True) for each in pair]
    if pairs:
        order = {"WartoscZamowienia": "0.00", "ZamowienieWiersz": deepcopy(pairs)}
        made["Fa"]["Zamowienie"] = order
    made["Fa"] |= sums
    return made


def of_settlement(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """A KOR_ROZ: other lines, or another rest (`payment`: P_15 after the correction).

    All lines are shown before and after. A rest that changes while the lines stay is shared
    among the rates as the lines are.
    """
    made = correcting.by_lines(standing, reference, Wanted(**vars(wanted) | {"lines": None}))
    payment = money.parse(wanted.payment)
    if payment is None or any(wanted.changes.values()):
        return made
    rows = [_row(line) for line in line_reader.read(standing)]
    after = orders.shared(rows, payment) | {"P_15": payment}
    _write(made, settling.less(after, settling.amounts(standing)))
    return zloty.filled(made)


def _base(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    made = correcting.base(standing, reference, wanted)
    rate = zloty.advance_rate(standing) if zloty.is_foreign(standing) else None
    if rate is not None:  # the rate of the day stays that of the advance (art. 31b ust. 1)
        made["Fa"]["KursWalutyZ"] = totals.fmt_quantity(rate)
        made["Fa"]["KursWalutyZK"] = totals.fmt_quantity(rate)
    return made


def _refuse_strange(rows: list[dict], wanted: Wanted) -> None:
    places = {*(wanted.lines or ()), *wanted.changes}
    if any(not 0 <= place < len(rows) for place in places):
        raise CannotCorrect("no-such-line")


def _changed(row: dict, changes) -> dict:
    if not changes:
        return dict(row)
    given = {ROW_OF_LINE.get(name, name): value for name, value in changes.items()}
    kept = {name: value for name, value in row.items() if name not in _ROW_AMOUNTS}
    changed = kept | {name: value for name, value in given.items() if value is not None}
    changed = {name: value for name, value in changed.items() if given.get(name, "") is not None}
    if {"P_8BZ", "P_9AZ"} <= changed.keys() or not row.keys() & set(_ROW_AMOUNTS):
        return changed
    return _kept_net(row, changed, given)


def _kept_net(row: dict, changed: dict, given: dict) -> dict:
    """A row without quantity or price keeps its net; its tax is that of the rate it has now."""
    if "P_11NettoZ" in row and "P_11NettoZ" not in given:
        changed["P_11NettoZ"] = row["P_11NettoZ"]
    rate, net = RATES.get(trees.text(changed, "P_12Z")), line_reader.number(changed, "P_11NettoZ")
    if "P_11VatZ" in given or net is None or rate is None or rate.percent is None:
        return changed
    return changed | {"P_11VatZ": totals.fmt_amount(totals.vat_on_net(net, rate.percent))}


def _payment(standing: Tree, wanted: Wanted) -> Decimal:
    given = money.parse(wanted.payment)
    return given if given is not None else line_reader.number(standing, "Fa/P_15") or money.ZERO


def _with_order(made: Tree, standing: Tree, pairs: list[dict], payment: Decimal) -> Tree:
    if pairs:
        made["Fa"]["Zamowienie"] = {"ZamowienieWiersz": deepcopy(pairs)}
    unpriced = {place for place, row in enumerate(pairs) if "P_11NettoZ" not in row}
    made = orders.counted(made, places=unpriced)
    rows = orders.present(trees.groups(made, orders.ROWS))
    before = settling.amounts(standing)
    after = orders.shared(rows, payment) | {"P_15": payment}
    if len(after) == 1 and payment:  # an order that says no amounts: only a person can share it
        after |= {name: amount for name, amount in before.items() if name != "P_15"}
    _write(made, settling.less(after, before))
    return zloty.filled(made)


def _write(made: Tree, change: Amounts) -> None:
    """Totals of the difference; a rate that does not change is not shown."""
    body = made["Fa"]
    for name in (*settling.FIELDS, *PLN_VAT_FIELDS):  # the tax in PLN is counted of what is written
        body.pop(name, None)
    shown = {name: amount for name, amount in change.items() if amount or name == "P_15"}
    for name in list(shown):
        partner = name.replace("P_13_", "P_14_") if "P_13_" in name else name.replace("14", "13")
        if partner in change:
            shown[partner] = change[partner]
    body |= {name: totals.fmt_amount(amount) for name, amount in shown.items()}


def _row(line: line_reader.Line) -> dict:
    """A line as a row of an order, as far as its share of a payment goes."""
    if line.net is None and line.gross is not None:
        vat = totals.vat_in_gross(line.gross, line.percent)
        net = line.gross - vat
    else:
        net = line.net if line.net is not None else money.ZERO
        vat = line.vat if line.vat is not None else totals.vat_on_net(net, line.percent)
    row = {"P_11NettoZ": totals.fmt_amount(net), "P_11VatZ": totals.fmt_amount(vat)}
    if line.rate:
        return row | {"P_12Z": line.rate}
    return row | ({"P_12Z_XII": f"{line.percent:f}"} if line.percent is not None else {})
