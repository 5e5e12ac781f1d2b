"""Invoice lines as numbers: what the totals, the rules and the views compute with."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from invoices.fa3 import tree as trees
from invoices.fa3.rates import MARGIN, OSS_NET, RATES
from ksefapp.lib import money

_HIGHEST_PERCENT = 100


@dataclass(frozen=True)
class Line:
    """One FaWiersz; a number is None where the text is missing or no number.

    `total_field` is the P_13 the line counts towards, None if that cannot be told;
    `percent` its VAT rate, None where the seller charges no tax.
    """

    position: int
    rate: str
    quantity: Decimal | None
    net_price: Decimal | None
    gross_price: Decimal | None
    discount: Decimal
    net: Decimal | None
    gross: Decimal | None
    vat: Decimal | None
    percent: Decimal | None
    total_field: str | None
    is_before: bool
    is_annex_15: bool

    @property
    def path(self) -> str:
        return f"Fa/FaWiersz[{self.position}]"

    @property
    def is_margin(self) -> bool:
        return self.total_field == MARGIN

    @property
    def sign(self) -> int:
        """−1 for the state before a correction, whose amounts are subtracted."""
        return -1 if self.is_before else 1


def read(tree: trees.Tree) -> list[Line]:
    """All lines of an invoice, in order; a malformed line counts as an empty one."""
    has_margin = trees.text(tree, "Fa/Adnotacje/PMarzy/P_PMarzy") == "1"
    return list(_lines(trees.items(tree, "Fa/FaWiersz"), has_margin))


def _lines(entries: list, has_margin: bool) -> Iterator[Line]:
    for position, entry in enumerate(entries):
        entry = entry if isinstance(entry, dict) else {}
        yield _line(position, entry, has_margin)


def _line(position: int, entry: dict, has_margin: bool) -> Line:
    rate = trees.text(entry, "P_12")
    percent, field = _rate(entry, rate, has_margin)
    return Line(
        position=position,
        rate=rate,
        quantity=_number(entry, "P_8B"),
        net_price=_number(entry, "P_9A"),
        gross_price=_number(entry, "P_9B"),
        discount=_number(entry, "P_10") or money.ZERO,
        net=_number(entry, "P_11"),
        gross=_number(entry, "P_11A"),
        vat=_number(entry, "P_11Vat"),
        percent=percent,
        total_field=field,
        is_before=trees.text(entry, "StanPrzed") == "1",
        is_annex_15=trees.text(entry, "P_12_Zal_15") == "1",
    )


def _rate(entry: dict, rate: str, has_margin: bool) -> tuple[Decimal | None, str | None]:
    """(percent, P_13 field). A line without any rate is a margin line where the invoice has one."""
    if rate:
        known = RATES.get(rate)
        return (known.percent, known.net_field) if known else (None, None)
    foreign = number(entry, "P_12_XII")
    if foreign is not None and 0 <= foreign <= _HIGHEST_PERCENT:
        return foreign, OSS_NET
    return None, MARGIN if has_margin else None


def number(tree: trees.Tree, path: str) -> Decimal | None:
    """The Decimal at a path, None where there is none."""
    return money.parse(trees.text(tree, path))


def _number(entry: dict, name: str) -> Decimal | None:
    """As `number`, for an element of the line itself: there are many of them."""
    value = entry.get(name)
    if isinstance(value, dict):
        value = value.get(trees.TEXT)
    return money.parse(value) if isinstance(value, str) else None
