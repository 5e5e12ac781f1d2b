"""A rebate on all or some supplies of a period: one correction of many invoices (art. 106j ust. 3).

Its totals are the rebate with a minus. It has no lines where all supplies of the period are
cheaper, and only names of goods or services where some of them are. The rebate is a percentage
of what the invoices, with their corrections, come to in each rate, or amounts that were agreed;
the tax is counted at the rate, rounded half up.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal

from invoices.fa3 import correcting, settling, totals
from invoices.fa3.correcting import LATER_EVENT, Reference, Wanted
from invoices.fa3.rates import NET_FIELDS, PLN_VAT_FIELDS, RATES, vat_field_of
from invoices.fa3.settling import Amounts
from invoices.fa3.tree import Tree
from ksefapp.lib import money

WHOLE = Decimal(100)
# The rate of P_13_1 to P_13_3; P_13_4 and P_13_5 hold several, P_14_x shares theirs.
_PERCENTS = {"P_13_1": Decimal(23), "P_13_2": Decimal(8), "P_13_3": Decimal(5)}
_GROSZ = Decimal("0.01")


@dataclass(frozen=True)
class Rebate:
    """What the correction says besides its amounts.

    `period` is the text of OkresFaKorygowanej. `goods` are names for P_7 where only some supplies
    are cheaper. `rate` is the rate of exchange for tax in PLN, None for an invoice in PLN.
    """

    reason: str
    period: str
    goods: tuple[str, ...] = ()
    rate: Decimal | None = None
    effect: str = LATER_EVENT


def standing_amounts(trees_read: Iterable[Tree]) -> Amounts:
    """What invoices with their corrections come to, by P_13_x and P_14_x."""
    found = settling.added(map(settling.amounts, trees_read))
    return {name: amount for name, amount in found.items() if name != "P_15"}


def of_percent(standing: Amounts, percent: Decimal, count: int = 1) -> Amounts:
    """The rebate (positive) of so many per cent of each rate; `count` is the number of invoices.

    The tax is that of the net at the rate. Where the invoices' own tax is not (other rates in
    the same field, or a whole rebate that must leave nothing), it is the percentage of their tax.
    """
    cut: Amounts = {}
    for name in NET_FIELDS:
        if name not in standing:
            continue
        net = money.round_half_up(money.share(standing[name], percent, WHOLE))
        cut[name] = net
        field = vat_field_of(name)
        if field:
            vat = standing.get(field, money.ZERO)
            cut[field] = _tax(name, net, standing[name], vat, percent, count)
    return cut


def _tax(
    name: str, net: Decimal, whole: Decimal, vat: Decimal, percent: Decimal, count: int
) -> Decimal:
    rate = _PERCENTS.get(name)
    is_at_rate = rate is not None and (
        abs(totals.vat_on_net(whole, rate) - vat) <= _GROSZ * max(count, 1)
    )
    if not is_at_rate or percent == WHOLE:
        return money.round_half_up(money.share(vat, percent, WHOLE))
    return totals.vat_on_net(net, rate)


def of_net(parts: Mapping[str, Decimal]) -> Amounts:
    """The rebate of net amounts by rate (values of P_12)."""
    return _of_parts({code: (net, RATES[code].percent) for code, net in parts.items()}, False)


def of_gross(parts: Mapping[str, Decimal]) -> Amounts:
    """The rebate of gross amounts by rate (values of P_12); the tax is within them."""
    return _of_parts({code: (gross, RATES[code].percent) for code, gross in parts.items()}, True)


def _of_parts(parts: Mapping[str, tuple[Decimal, Decimal | None]], is_gross: bool) -> Amounts:
    cut: list[Amounts] = []
    for code, (amount, percent) in parts.items():
        tax = (totals.vat_in_gross if is_gross else totals.vat_on_net)(amount, percent)
        part = {RATES[code].net_field: amount - tax if is_gross else amount}
        field = RATES[code].vat_field
        cut.append(part | ({field: tax} if field else {}))
    return settling.added(cut)


def on_some(taken: Amounts, some: Amounts, every: Amounts) -> Amounts:
    """The part of a rebate that falls on `some` of the invoices that it was given on.

    Each rate is shared as those invoices come to in it: nothing tells more about a sum that was
    taken off many at once.
    """
    found: Amounts = {}
    for name in NET_FIELDS:
        if not every.get(name) or name not in some:
            continue
        for each in (name, vat_field_of(name)):
            if each in taken:
                part = money.share(taken[each], some[name], every[name])
                found[each] = money.round_half_up(part)
    return found


def exceeding(standing: Amounts, cut: Amounts) -> list[str]:
    """The P_13 fields in which the rebate is more than the invoices come to."""
    zero = money.ZERO
    return [name for name in NET_FIELDS if cut.get(name, zero) > standing.get(name, zero)]


def correction(last: Tree, references: Iterable[Reference], cut: Amounts, rebate: Rebate) -> Tree:
    """The tree of the KOR without P_1 and P_2; buyer and currency are those of `last`."""
    named = list(references)
    wanted = Wanted("rebate", rebate.reason, rebate.effect)
    made = correcting.base(last, named[0], wanted)
    body = made["Fa"]
    for name in ("P_6", "OkresFa", "FP", "TP"):
        body.pop(name, None)
    body["DaneFaKorygowanej"] = [each.entry() for each in named]
    body["OkresFaKorygowanej"] = rebate.period
    body |= _totals(cut, rebate.rate)
    if rebate.goods:
        body["FaWiersz"] = [_named(place, name, rebate) for place, name in _numbered(rebate.goods)]
    return deepcopy(made)


def _numbered(goods: tuple[str, ...]) -> list[tuple[int, str]]:
    return list(enumerate(goods, 1))


def _named(place: int, name: str, rebate: Rebate) -> Tree:
    line = {"NrWierszaFa": str(place), "P_7": name}
    return line | ({"KursWaluty": totals.fmt_quantity(rebate.rate)} if rebate.rate else {})


def _totals(cut: Amounts, rate: Decimal | None) -> Tree:
    found = {name: totals.fmt_amount(-cut[name]) for name in settling.FIELDS if name in cut}
    if rate is not None:
        for name in PLN_VAT_FIELDS:
            vat = cut.get(name.removesuffix("W"))
            if vat:
                found[name] = totals.fmt_amount(-money.round_half_up(money.times(vat, rate)))
    parts = [amount for name, amount in cut.items() if name != "P_15"]
    return found | {"P_15": totals.fmt_amount(-money.total(parts))}
