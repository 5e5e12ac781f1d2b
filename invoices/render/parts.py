"""The pieces of which a shown document consists; screen and print lay out the same ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from invoices.render import tongues

# A cell of at most so many characters stays in one piece.
UNBROKEN = 36
# What fits side by side in the smallest type of a print.
SHEET_CHARS = 105
# Rows from which on the engine is told the widths, and the most characters that widen a column.
LONG_TABLE = 50
MOST_CHARS = 40


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

    @property
    def labelled(self) -> list[tuple[Line, list[tuple[str, Cell]]]]:
        """Rows of a table without spans, each cell with its column's label."""
        labels = [column.label for column in self.columns]
        return [(line, list(zip(labels, line.cells, strict=True))) for line in self.lines]

    def sheets(self) -> list["Table"]:
        """The table as ones that fit the width of a page, each with the first column again."""
        if self.chars <= SHEET_CHARS:
            return [self]
        parts = list(self._parts())
        return [self._cut(part, is_first=part is parts[0]) for part in parts]

    def _parts(self) -> Iterator[list[int]]:
        """Positions of the columns of each sheet."""
        least = [self._least(at) for at in range(len(self.columns))]
        key = [0] if least[0] <= SHEET_CHARS // 3 else []
        part = key or [0]
        for at in range(1, len(least)):
            if part != key and sum(least[each] for each in [*part, at]) > SHEET_CHARS:
                yield part
                part = key
            part = [*part, at]
        yield part

    def _cut(self, part: list[int], *, is_first: bool) -> "Table":
        return Table(
            [self.columns[at] for at in part],
            [_cut(line, part) for line in self.lines],
            [_cut(line, part) for line in self.foot],
            f"{self.caption} [{_span(part, is_first)}/{len(self.columns)}]".strip(),
            self.notes if is_first else [],
        )

    @property
    def shares(self) -> list[str]:
        """Widths in per cent for a table so long that its layout must not look at every cell."""
        if len(self.lines) <= LONG_TABLE:
            return []
        wanted = [max(self._least(at), self._longest(at)) for at in range(len(self.columns))]
        return [f"{100 * each / sum(wanted):.1f}%" for each in wanted]

    def _longest(self, at: int) -> int:
        cells = [line.cells[at] for line in self.lines if at < len(line.cells)]
        return min(MOST_CHARS, max((len(cell.text) for cell in cells if cell.span == 1), default=1))

    def _least(self, at: int) -> int:
        """The longest text of a column that must not break, with the gap after it."""
        lines = [line.cells for line in [*self.lines, *self.foot]]
        texts = [cells[at].text for cells in lines if at < len(cells) and cells[at].span == 1]
        kept = [len(text) for text in texts if len(text) <= UNBROKEN]
        words = [len(word) for word in tongues.words(self.columns[at].label)]
        return max([*kept, *words, 1]) + 2


def _span(part: list[int], is_first: bool) -> str:
    """Which columns a sheet holds, counted from 1: the repeated first one is not told again."""
    own = part if is_first or part[0] else part[1:]
    return f"{own[0] + 1}–{own[-1] + 1}" if len(own) > 1 else f"{own[0] + 1}"


def _cut(line: Line, part: list[int]) -> Line:
    """The cells of these columns; one that spans several keeps what of them is there."""
    cells, at = [], 0
    for cell in line.cells:
        inside = sum(at <= each < at + cell.span for each in part)
        if inside:
            cells.append(replace(cell, span=inside))
        at += cell.span
    return replace(line, cells=cells)


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
