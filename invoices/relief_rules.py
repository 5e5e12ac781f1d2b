"""The relief of art. 145m of the VAT Act: until when, up to how much, and what counts.

A taxpayer may issue invoices outside KSeF while their gross value in a calendar month, with VAT,
stays within 10,000 PLN. The one that would go over the limit is issued in KSeF, and from it on
the relief is lost for good, also in later months. What is issued in KSeF, for consumers, and by a
cash register does not count. The day of issue decides, not the day of sale (the law's
words allow another reading for sales of December, so the last day is the setting
KSEF_RELIEF_UNTIL).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.fa3 import facades
from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.zloty import is_foreign
from ksefapp.lib import money

FIRST_DAY = date(2026, 4, 1)
LIMIT = Decimal("10000.00")  # PLN a month, with VAT


@dataclass(frozen=True)
class Month:
    """What one calendar month holds, in PLN with VAT: our own invoices and other programs'."""

    first: date
    issued: Decimal = money.ZERO
    entered: Decimal = money.ZERO

    @property
    def used(self) -> Decimal:
        """How much of the limit is gone."""
        return self.issued + self.entered

    @property
    def left(self) -> Decimal:
        """How much may still be issued; nothing once the limit is passed."""
        return max(LIMIT - self.used, money.ZERO)

    def fits(self, gross: Decimal) -> bool:
        """Whether an invoice of this value stays within the limit: reaching it is allowed."""
        return self.used + counted(gross) <= LIMIT


def counted(gross: Decimal) -> Decimal:
    """What an invoice takes of the limit: a correction in minus gives no room back."""
    return max(gross, money.ZERO)


def is_open(day: date, *, until: date) -> bool:
    """Whether an invoice issued that day may use the relief at all."""
    return FIRST_DAY <= day <= until


def gross_pln(tree: trees.Tree) -> Decimal | None:
    """P_15 in PLN by the rates on the invoice; None where a rate is missing.

    One rate converts the amount due; of several each line is converted by its own.
    """
    gross = line_reader.number(tree, "Fa/P_15")
    if gross is None or not is_foreign(tree):
        return gross
    own = line_reader.number(tree, "Fa/KursWalutyZ")
    entries = trees.groups(tree, "Fa/FaWiersz")
    rates = {line_reader.number(entry, "KursWaluty") for entry in entries}
    if own is not None:
        rates = {own}
    if None in rates or not rates:
        return None
    if len(rates) == 1:
        return money.round_half_up(money.times(gross, rates.pop()))
    return _by_lines(tree, entries)


def _by_lines(tree: trees.Tree, entries: list[trees.Tree]) -> Decimal | None:
    parts = []
    for line, entry in zip(facades.summary(tree).lines, entries, strict=True):
        rate = line_reader.number(entry, "KursWaluty")
        if line.gross is None or rate is None:
            return None
        sign = -1 if line.is_before_correction else 1
        parts.append(sign * money.times(line.gross, rate))
    return money.round_half_up(money.total(parts))
