"""Advance invoices: amounts of the order, and the advance's share of each rate (art. 106f).

The tax of every rate is ZB × SP / (100 + SP) of its share of the payment (art. 106f ust. 1
pkt 3), rounded on every document by itself. So several advances may differ from the order they
pay for by a grosz per rate and document; the settlement takes up the difference (see `settling`).
"""

from collections import defaultdict
from collections.abc import Container
from copy import deepcopy
from decimal import Decimal

from invoices.fa3 import totals, zloty
from invoices.fa3 import tree as trees
from invoices.fa3.rates import NET_FIELDS, OSS_NET, PLN_VAT_FIELDS, RATES, VAT_FIELDS, vat_field_of
from ksefapp.lib import money

ROWS, VALUE = "Fa/Zamowienie/ZamowienieWiersz", "Fa/Zamowienie/WartoscZamowienia"
PAYMENTS = "Fa/ZaliczkaCzesciowa"
Amounts = dict[str, Decimal]  # P_13_x and P_14_x → amount, two decimal places


class _Every:
    """All rows."""

    def __contains__(self, _place: object) -> bool:
        return True


def counted(tree: trees.Tree, *, places: Container[int] | None = None) -> trees.Tree:
    """A copy in which the order's rows, its value and a ZAL's totals are counted.

    Rows without quantity and price keep what they have, with `places` those at other places too.
    The totals of an advance are its payment (P_15, else the sum of P_15Z) in the shares that the
    rates have in the order. Those of a KOR_ZAL are after minus before: the shares of
    P_15ZK + P_15 in the rows that hold now, less those of P_15ZK in the rows before; without
    rows before it they stay.
    """
    result = deepcopy(tree)
    rows, chosen = trees.groups(result, ROWS), _Every() if places is None else places
    for place, row in enumerate(rows):
        if place in chosen:
            _count_row(row)
    if rows:
        trees.put(result, VALUE, totals.fmt_amount(value_of(present(rows))))
    kind = trees.text(result, "Fa/RodzajFaktury")
    if kind == "ZAL":
        _count_advance(result, present(rows))
    if kind == "KOR_ZAL":
        _count_correction(result, rows)
    return result


def present(rows: list[dict]) -> list[dict]:
    """Rows that hold now: not those that tell what was before a correction."""
    return [row for row in rows if trees.text(row, "StanPrzedZ") != "1"]


def value_of(rows: list[dict]) -> Decimal:
    """What rows come to with tax."""
    return money.total(map(_gross, rows))


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
    else:
        row.pop("P_11VatZ", None)


def _rate(row: dict) -> Decimal | None:
    known = RATES.get(trees.text(row, "P_12Z"))
    return known.percent if known else _number(row, "P_12Z_XII")


def _gross(row: dict) -> Decimal:
    return (_number(row, "P_11NettoZ") or money.ZERO) + (_number(row, "P_11VatZ") or money.ZERO)


def _field(row: dict) -> str:
    known = RATES.get(trees.text(row, "P_12Z"))
    return known.net_field if known else OSS_NET if _rate(row) is not None else ""


def payment_of(tree: trees.Tree) -> Decimal | None:
    """What an advance documents: P_15, else the sum of P_15Z; None where neither is known."""
    stated = money.parse(trees.text(tree, "Fa/P_15"))
    if stated:
        return stated
    parts = [_number(part, "P_15Z") for part in trees.groups(tree, PAYMENTS)]
    return money.total(part for part in parts if part is not None) if any(parts) else None


def _count_advance(tree: trees.Tree, rows: list[dict]) -> None:
    payment = payment_of(tree)
    sums = shared(rows, payment) if payment is not None else {}
    if sums:
        _write(tree, sums)
        tree["Fa"]["P_15"] = totals.fmt_amount(payment)
        tree["Fa"] = zloty.filled(tree)["Fa"]


def _count_correction(tree: trees.Tree, rows: list[dict]) -> None:
    before = [row for row in rows if trees.text(row, "StanPrzedZ") == "1"]
    was, change = _number(tree, "Fa/P_15ZK"), _number(tree, "Fa/P_15") or money.ZERO
    if was is None or not before:
        return
    sums = shared(present(rows), was + change)
    for name, amount in shared(before, was).items():
        sums[name] = sums.get(name, money.ZERO) - amount
    _write(tree, {name: amount for name, amount in sums.items() if any(_pair(sums, name))})
    tree["Fa"]["P_15"] = totals.fmt_amount(change)
    tree["Fa"] = zloty.filled(tree)["Fa"]


def _pair(sums: Amounts, name: str) -> tuple[Decimal, Decimal]:
    """Net and tax that `name` is one of: a rate whose net changes shows its tax, be it 0."""
    place = name.partition("_")[2].partition("_")[2]
    zero = money.ZERO
    return sums.get(f"P_13_{place}", zero), sums.get(f"P_14_{place}", zero)


def _write(tree: trees.Tree, sums: Amounts) -> None:
    body = tree["Fa"]
    for name in (*NET_FIELDS, *VAT_FIELDS):
        body.pop(name, None)
    for name in PLN_VAT_FIELDS:
        if name.removesuffix("W") not in sums:
            body.pop(name, None)
    body |= {name: totals.fmt_amount(amount) for name, amount in sums.items()}


def shared(rows: list[dict], payment: Decimal) -> Amounts:
    """The payment in the shares of the rates; {} where the rows come to nothing.

    Each share is rounded half up, the last rate takes the rest: net and tax add up to the payment.
    """
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (field, percent), part in _shares(rows, payment).items():
        vat = totals.vat_in_gross(part, percent)
        sums[field] += part - vat
        if vat_field_of(field):
            sums[vat_field_of(field)] += vat
    return dict(sums)


def _shares(rows: list[dict], payment: Decimal) -> dict[tuple[str, Decimal | None], Decimal]:
    """(field of the net sum, rate) → its part of the payment."""
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
