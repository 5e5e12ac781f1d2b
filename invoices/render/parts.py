"""The pieces of which a shown document consists; screen and print lay out the same ones."""

from dataclasses import dataclass, field

from invoices.render import tongues

# A cell of at most so many characters stays in one piece.
UNBROKEN = 36


@dataclass(frozen=True)
class Fact:
    """A label with its value, both ready to read. `kind`: "", "code", "strong", "total", or
    "whole" for one that stays on one page."""

    label: str
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Column:
    """A table's column; `width` in millimetres of the print, None takes what is left."""

    label: str
    number: bool = False
    width: float | None = None


@dataclass(frozen=True)
class Cell:
    """A cell with small print under it; a cell may span further columns."""

    text: str
    number: bool = False
    detail: str = ""
    span: int = 1

    @property
    def may_break(self) -> bool:
        return len(self.text) > UNBROKEN


@dataclass(frozen=True)
class Line:
    """A row of a table.

    `kind` of a corrected line: "before", "after" and, under the two, "difference". `forward` and
    `brought` are the sums so far in words for the foot of this page and the head of the next.
    """

    cells: list[Cell]
    kind: str = ""
    forward: str = ""
    brought: str = ""

    @property
    def muted(self) -> bool:
        return self.kind == "before"


@dataclass(frozen=True)
class Table:
    """Rows under a caption; `notes` stand between the two."""

    columns: list[Column]
    lines: list[Line]
    foot: list[Line] = field(default_factory=list)
    caption: str = ""
    notes: list[Fact] = field(default_factory=list)

    @property
    def carries(self) -> bool:
        """Whether sums are carried over its pages."""
        return any(line.forward for line in self.lines)

    @property
    def chars(self) -> int:
        """About how many characters stand side by side at least: the print sets wide ones small."""
        return sum(self._least(at) for at in range(len(self.columns)))

    def _least(self, at: int) -> int:
        """The longest text of a column that must not break, with the gap after it."""
        lines = [line.cells for line in [*self.lines, *self.foot]]
        texts = [cells[at].text for cells in lines if at < len(cells) and cells[at].span == 1]
        kept = [len(text) for text in texts if len(text) <= UNBROKEN]
        words = [len(word) for word in tongues.words(self.columns[at].label)]
        return max([*kept, *words, 1]) + 2


@dataclass(frozen=True)
class Block:
    """A titled group: lines of text, then facts, then tables. Any of them may be empty."""

    title: str = ""
    texts: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.texts or self.facts or self.tables)


@dataclass(frozen=True)
class Section:
    """A part of the document under one heading; `key` names it for templates."""

    key: str
    title: str
    blocks: list[Block] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(self.blocks)
