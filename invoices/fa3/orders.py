"""Advance invoices: amounts of the order, and the advance's share of each rate (art. 106f)."""

from collections import defaultdict
from copy import deepcopy
from decimal import Decimal

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.fa3.rates import NET_FIELDS, OSS_NET, RATES, VAT_FIELDS, vat_field_of
from ksefapp.lib import money

ROWS, VALUE = "Fa/Zamowienie/ZamowienieWiersz", "Fa/Zamowienie/WartoscZamowienia"
PAYMENTS = "Fa/ZaliczkaCzesciowa"


def counted(tree: trees.Tree) -> trees.Tree:
    """A copy in which the order's rows, its value and a ZAL's totals are counted.

    Rows without quantity and price keep what they have. The totals of an advance are its payment
    (P_15, else the sum of P_15Z) in the shares that the rates have in the order, the tax being
    ZB × SP / (100 + SP) of each (art. 106f ust. 1 pkt 3).
    """
    result = deepcopy(tree)
    rows = trees.groups(result, ROWS)
    for row in rows:
        _count_row(row)
    if rows:
        trees.put(result, VALUE, totals.fmt_amount(money.total(map(_gross, _present(rows)))))
    if trees.text(result, "Fa/RodzajFaktury") == "ZAL":
        _count_advance(result, _present(rows))
    return result


def _present(rows: list[dict]) -> list[dict]:
    """Rows that hold now: not those that tell what was before a correction."""
    return [row for row in rows if trees.text(row, "StanPrzedZ") != "1"]


def _number(row: dict, name: str) -> Decimal | None:
    return money.parse(trees.text(row, name))


def _count_row(row: dict) -> None:
    quantity, price = _number(row, "P_8BZ"), _number(row, "P_9AZ")
    if quantity is None or price is None:
        return
    net = money.round_half_up(money.times(quantity, price))
    row["P_11NettoZ"] = totals.fmt_amount(net)
    if _rate(row) is not None:
        row["P_11VatZ"] = totals.fmt_amount(totals.vat_on_net(net, _rate(row)))


def _rate(row: dict) -> Decimal | None:
    known = RATES.get(trees.text(row, "P_12Z"))
    return known.percent if known else _number(row, "P_12Z_XII")


def _gross(row: dict) -> Decimal:
    return (_number(row, "P_11NettoZ") or money.ZERO) + (_number(row, "P_11VatZ") or money.ZERO)


def _field(row: dict) -> str:
    known = RATES.get(trees.text(row, "P_12Z"))
    return known.net_field if known else OSS_NET if _rate(row) is not None else ""


def _payment(tree: trees.Tree) -> Decimal | None:
    stated = money.parse(trees.text(tree, "Fa/P_15"))
    if stated:
        return stated
    parts = [_number(part, "P_15Z") for part in trees.groups(tree, PAYMENTS)]
    return money.total(part for part in parts if part is not None) if any(parts) else None


def _count_advance(tree: trees.Tree, rows: list[dict]) -> None:
    payment = _payment(tree)
    shares = _shares(rows, payment) if payment is not None else {}
    if not shares:
        return
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (field, percent), part in shares.items():
        vat = totals.vat_in_gross(part, percent)
        sums[field] += part - vat
        if vat_field_of(field):
            sums[vat_field_of(field)] += vat
    body = tree["Fa"]
    for name in (*NET_FIELDS, *VAT_FIELDS):
        body.pop(name, None)
    body |= {name: totals.fmt_amount(amount) for name, amount in sums.items()}
    body["P_15"] = totals.fmt_amount(payment)


def _shares(rows: list[dict], payment: Decimal) -> dict[tuple[str, Decimal | None], Decimal]:
    """(field of the net sum, rate) → its part of the payment; the last one takes the rest."""
    grosses: dict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for row in rows:
        if _field(row):
            grosses[_field(row), _rate(row)] += _gross(row)
    whole = money.total(grosses.values())
    if whole <= 0:
        return {}
    parts = {k: money.round_half_up(money.share(payment, g, whole)) for k, g in grosses.items()}
    last = list(parts)[-1]
    parts[last] += payment - money.total(parts.values())
    return parts
