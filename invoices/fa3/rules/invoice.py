"""An invoice as the rules see it: its tree, the circumstances, and what is asked often."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.facades import day
from invoices.fa3.lines import Line
from invoices.fa3.rates import NET_FIELDS, VAT_FIELDS
from ksefapp.lib import money

CORRECTIONS = frozenset({"KOR", "KOR_ZAL", "KOR_ROZ"})


@dataclass(frozen=True)
class Invoice:
    """`today` is the Warsaw date, `sending_on` the day it shall reach KSeF, `now` an instant."""

    tree: trees.Tree
    today: date
    environment: str
    sending_on: date
    now: datetime | None = None

    def text(self, path: str) -> str:
        return trees.text(self.tree, path)

    def has(self, path: str) -> bool:
        """Whether something stands at the path: a text, a group with content, an item."""
        value = trees.get(self.tree, path)
        return bool(value.strip()) if isinstance(value, str) else bool(value)

    def number(self, path: str) -> Decimal | None:
        return money.parse(trees.text(self.tree, path))

    def day(self, path: str) -> date | None:
        return day(self.tree, path)

    def groups(self, path: str) -> list[trees.Tree]:
        return trees.groups(self.tree, path)

    def numbered(self, path: str) -> list[tuple[str, trees.Tree]]:
        """(path with position, content) of each item that has fields."""
        found = enumerate(trees.items(self.tree, path))
        return [(f"{path}[{n}]", item) for n, item in found if isinstance(item, dict)]

    @cached_property
    def kind(self) -> str:
        return self.text("Fa/RodzajFaktury")

    @property
    def is_correction(self) -> bool:
        return self.kind in CORRECTIONS

    @cached_property
    def currency(self) -> str:
        return self.text("Fa/KodWaluty")

    @cached_property
    def lines(self) -> list[Line]:
        return line_reader.read(self.tree)

    @cached_property
    def rates(self) -> frozenset[str]:
        """The values of P_12 that lines use."""
        return frozenset(line.rate for line in self.lines if line.rate)

    @cached_property
    def nets(self) -> dict[str, Decimal]:
        """The P_13 fields that stand in the document."""
        return self._numbers(NET_FIELDS)

    @cached_property
    def vats(self) -> dict[str, Decimal]:
        """The P_14 fields that stand in the document."""
        return self._numbers(VAT_FIELDS)

    def _numbers(self, fields: tuple[str, ...]) -> dict[str, Decimal]:
        found = {field: self.number(f"Fa/{field}") for field in fields}
        return {field: number for field, number in found.items() if number is not None}

    @cached_property
    def due(self) -> Decimal | None:
        """P_15."""
        return self.number("Fa/P_15")

    @cached_property
    def due_in_zloty(self) -> Decimal | None:
        """P_15, converted at the first line's rate; None where there is no rate."""
        if self.due is None or self.currency == "PLN":
            return self.due
        rates = [line_reader.number(line, "KursWaluty") for line in self.groups("Fa/FaWiersz")]
        known = [rate for rate in rates if rate is not None]
        return money.times(self.due, known[0]) if known else None

    @cached_property
    def has_margin(self) -> bool:
        return self.text("Fa/Adnotacje/PMarzy/P_PMarzy") == "1" or "P_13_11" in self.nets
