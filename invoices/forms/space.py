"""How much room an invoice has left: lines and bytes that KSeF takes."""

from dataclasses import dataclass

from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.problems import FaTreeError
from invoices.forms.lines import entries

MOST_LINES = 10_000  # maxOccurs of FaWiersz
MOST_BYTES = 1_000_000
MOST_BYTES_WITH_ATTACHMENT = 3_000_000
SHOWN_FROM_LINES = 50
SHOWN_FROM_SHARE = 20  # percent of the file


@dataclass(frozen=True)
class Space:
    """What an invoice takes; `size` in bytes of XML, None while it cannot be written."""

    lines: int
    size: int | None
    limit: int

    @property
    def most_lines(self) -> int:
        return MOST_LINES

    @property
    def kilobytes(self) -> int:
        return -(-(self.size or 0) // 1000)

    @property
    def most_kilobytes(self) -> int:
        return self.limit // 1000

    @property
    def percent(self) -> int:
        return (self.size or 0) * 100 // self.limit

    @property
    def is_over(self) -> bool:
        return self.lines > MOST_LINES or (self.size or 0) > self.limit

    @property
    def is_shown(self) -> bool:
        """On a short invoice nobody needs to think of limits."""
        return self.lines >= SHOWN_FROM_LINES or self.percent >= SHOWN_FROM_SHARE


def space_left(tree: dict) -> Space:
    """The room that a tree takes: at most 1 MB, 3 MB with an attachment, 10,000 lines."""
    has_attachment = trees.get(tree, "Zalacznik") is not None
    limit = MOST_BYTES_WITH_ATTACHMENT if has_attachment else MOST_BYTES
    return Space(len(entries(tree)), _size(tree), limit)


def _size(tree: dict) -> int | None:
    try:
        return len(build(tree))
    except FaTreeError:
        return None
