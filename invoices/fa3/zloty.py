"""VAT in złoty of an invoice in another currency: P_14_1W to P_14_4W (art. 106e ust. 11).

The rate stands on the lines (KursWaluty). Where all lines of a total have one rate, the total's
VAT is converted; where they differ, the VAT of each rate's lines is converted, and the exact sum
is rounded: so do the Ministry's two examples. An advance has one rate (KursWalutyZ) or one for
each payment (KursWalutyZW), weighed by the payments. Rounding is half up to a grosz.
"""

from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.lines import Line
from invoices.fa3.rates import PLN_VAT_FIELDS
from invoices.fa3.totals import fmt_amount, vat_in_gross, vat_on_net
from ksefapp.lib import money

ZLOTY = "PLN"
_ADVANCES = frozenset({"ZAL", "KOR_ZAL"})


def is_foreign(tree: trees.Tree) -> bool:
    """Whether amounts are in another currency than złoty."""
    return trees.text(tree, "Fa/KodWaluty") not in ("", ZLOTY)


def filled(tree: trees.Tree) -> trees.Tree:
    """A shallow copy with P_14_xW where rates are known; an invoice in złoty has none of them."""
    body = tree.get("Fa")
    if not isinstance(body, dict):
        return tree
    body = dict(body)
    found = _found(tree) if is_foreign(tree) else dict.fromkeys(PLN_VAT_FIELDS)
    for name, amount in found.items():
        if amount is None:
            body.pop(name, None)
        else:
            body[name] = fmt_amount(amount)
    return {**tree, "Fa": body}


def _found(tree: trees.Tree) -> dict[str, Decimal]:
    if trees.text(tree, "Fa/RodzajFaktury") in _ADVANCES and not trees.items(tree, "Fa/FaWiersz"):
        return _of_advance(tree)
    rated: dict[str, list[tuple[Line, Decimal | None]]] = {}
    for line, entry in zip(line_reader.read(tree), trees.items(tree, "Fa/FaWiersz"), strict=True):
        field = (line.total_field or "").replace("P_13_", "P_14_") + "W"
        if field in PLN_VAT_FIELDS:
            rate = line_reader.number(entry, "KursWaluty") if isinstance(entry, dict) else None
            rated.setdefault(field, []).append((line, rate))
    found = {name: _converted(tree, name, members) for name, members in rated.items()}
    return {name: amount for name, amount in found.items() if amount is not None}


def _of_advance(tree: trees.Tree) -> dict[str, Decimal]:
    rate = advance_rate(tree)
    vats = {
        name: line_reader.number(tree, f"Fa/{name.removesuffix('W')}") for name in PLN_VAT_FIELDS
    }
    if rate is None:
        return {}
    return {
        name: money.round_half_up(money.times(vat, rate))
        for name, vat in vats.items()
        if vat is not None
    }


def advance_rate(tree: trees.Tree) -> Decimal | None:
    """The rate of an advance's tax: KursWalutyZ, else KursWalutyZW weighed by the payments."""
    stated = line_reader.number(tree, "Fa/KursWalutyZ")
    if stated is not None:
        return stated
    parts = trees.groups(tree, "Fa/ZaliczkaCzesciowa")
    paid = [(line_reader.number(p, "P_15Z"), line_reader.number(p, "KursWalutyZW")) for p in parts]
    if not paid or any(amount is None or rate is None for amount, rate in paid):
        return None
    whole = money.total(amount for amount, _ in paid)
    weighed = money.total(money.times(amount, rate) for amount, rate in paid)
    return money.share(weighed, Decimal(1), whole) if whole > 0 else None


def _converted(tree, name: str, members: list[tuple[Line, Decimal | None]]) -> Decimal | None:
    rates = {rate for _, rate in members}
    total = line_reader.number(tree, f"Fa/{name.removesuffix('W')}")
    if None in rates or total is None:
        return None
    if len(rates) == 1:
        return money.round_half_up(money.times(total, rates.pop()))
    vats = {rate: _vat([line for line, at in members if at == rate]) for rate in rates}
    parts = money.total(money.times(vat, rate) for rate, vat in vats.items())
    whole = money.total(vats.values())
    # A settlement's total is less than its lines: each rate has its part of what is left.
    if trees.text(tree, "Fa/RodzajFaktury") == "ROZ" and whole:
        parts = money.share(parts, total, whole)
    return money.round_half_up(parts)


def _vat(lines: list[Line]) -> Decimal:
    """VAT of lines that share a rate of exchange; 23 and 22 % are taxed apart."""
    amounts = []
    for percent, sign in {(line.percent, line.sign) for line in lines}:
        group = [line for line in lines if (line.percent, line.sign) == (percent, sign)]
        if all(line.vat is not None for line in group):
            amounts.append(sign * money.total(line.vat for line in group if line.vat is not None))
        elif all(line.net is None for line in group):
            gross = money.total(line.gross for line in group if line.gross is not None)
            amounts.append(sign * vat_in_gross(gross, percent))
        else:
            net = money.total(line.net for line in group if line.net is not None)
            amounts.append(sign * vat_on_net(net, percent))
    return money.total(amounts)
