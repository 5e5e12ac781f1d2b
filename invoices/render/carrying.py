"""Sums carried from page to page: what the lines come to so far, in words.

A correction counts the state before with the opposite sign, so that the last sum is the
difference that the invoice makes.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from invoices.render import formats, pairs, tongues
from invoices.render.parts import Line
from invoices.render.reader import Reader

SUMMED = ("net", "gross")  # all three would not fit one line of a margin


class Sums:
    """Running sums of a table's amounts; `columns` are (label, elements) of those it has."""

    def __init__(self, columns: list[tuple[str, tuple[str, ...]]], text: Callable[[str], str]):
        self.columns = columns
        self.text = text
        self.so_far = {label: Decimal(0) for label, _ in columns}

    def add(self, item: Reader, kind: str) -> None:
        """Counts one line of the XML."""
        for label, elements in self.columns:
            name = next((name for name in elements if name in item.dict), "")
            found = pairs.amount(item, name) or Decimal(0)
            self.so_far[label] += -found if kind == "before" else found

    def said(self, line: Line) -> Line:
        """The row with the sums up to it, for the foot of its page and the head of the next."""
        sums = [
            f"{tongues.small(self.text(label))} {self._shown(label)}" for label, _ in self.columns
        ]
        words = ", ".join(sums)
        forward, brought = (
            tongues.flat(f"{self.text(key)}: {words}") for key in ("forward", "brought")
        )
        return replace(line, forward=forward, brought=brought)

    def _shown(self, label: str) -> str:
        return formats.decimal(f"{self.so_far[label]:f}", 2)


def ended(lines: list[Line]) -> list[Line]:
    """The rows with nothing to carry after the last one."""
    return [*lines[:-1], replace(lines[-1], forward="", brought="")] if lines else lines
