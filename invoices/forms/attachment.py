"""The cells of an attachment's tables as text: a line for each row, tabs between the cells.

So spreadsheets copy them, and so they are pasted. A cell with tabs or line breaks in it comes from
a spreadsheet in quotation marks, those inside twice; so stands a cell that would be mistaken for
one. FA(3) reads white space in cells as single blanks, and so they
are shown; a table that nobody touched keeps its cells as they are.
"""

from collections import defaultdict, deque

from invoices.fa3 import tree as trees
from invoices.forms import typed

ROWS = "Zalacznik/BlokDanych/Tabela/Wiersz"
TOTALS = "Zalacznik/BlokDanych/Tabela/Suma"
_CELL = {ROWS: "WKom", TOTALS: "SKom"}
DRAWN = frozenset(_CELL)
_LONE_EMPTY = '""'  # a row of one empty cell, to be told from no row


def name_of(path: str) -> str:
    """The name of the control of a path such as `Zalacznik/BlokDanych[0]/Tabela[0]/Wiersz`."""
    table, _, what = path.rpartition("/")
    return f"t:{table}/{'rows' if what == 'Wiersz' else 'sum'}"


def shown(path: str, value) -> str:
    """The rows of a table, or its one row of totals, as text; "" where there are none."""
    rows = [_cells(path, row) for row in _rows_of(value)]
    text = "\n".join(map(_line, rows))
    if '"' not in text or _parsed(text) == rows:
        return text
    return "\n".join(_line([_quoted(cell) for cell in row]) for row in rows)


def read(path: str, old, text: str | None):
    """What the text says, as it stands in a tree; None for nothing. Rows not changed stay."""
    if text is None or typed.line_breaks(text) == shown(path, old):
        return old
    rows = _parsed(typed.line_breaks(text))
    if trees.plain(path) == TOTALS:
        rows = [[cell for row in rows for cell in row]] if rows else []
    made = [_kept(path, row, known) for known in [_by_cells(path, old)] for row in rows]
    if trees.plain(path) == TOTALS:
        return made[0] if made else None
    return made or None


def _rows_of(value) -> list:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _cells(path: str, row) -> list[str]:
    cells = trees.items(row, _CELL[trees.plain(path)]) if isinstance(row, dict) else []
    return [trees.collapse(cell) if isinstance(cell, str) else "" for cell in cells]


def _line(cells: list[str]) -> str:
    return _LONE_EMPTY if cells == [""] else "\t".join(cells)


def _quoted(cell: str) -> str:
    return '"{}"'.format(cell.replace('"', '""')) if cell.startswith('"') else cell


def _by_cells(path: str, old) -> dict[tuple, deque]:
    found = defaultdict(deque)
    for row in _rows_of(old):
        found[tuple(_cells(path, row))].append(row)
    return found


def _kept(path: str, cells: list[str], known: dict[tuple, deque]):
    """The row of the tree with these cells, its white space as it was; else a new one."""
    spare = known.get(tuple(cells))
    return spare.popleft() if spare else {_CELL[trees.plain(path)]: cells}


def _parsed(text: str) -> list[list[str]]:
    rows: list[list[str]] = [[]]
    at = line = 0
    while at <= len(text):
        cell, at = _cell(text, at)
        rows[-1].append(trees.collapse(cell))
        if at == len(text) or text[at] == "\n":
            if text[line:at].strip(" ") == _LONE_EMPTY:
                rows[-1] = [""]
            elif rows[-1] == [""]:
                rows.pop()
            rows.append([])
            line = at + 1
        at += 1
    return rows[:-1]


def _cell(text: str, start: int) -> tuple[str, int]:
    """The cell that begins there, and where it ends."""
    quoted = _closing(text, start) if text[start : start + 1] == '"' else -1
    inside = text[start + 1 : quoted]
    if quoted > 0 and any(mark in inside for mark in ("\t", "\n", '""')):
        return inside.replace('""', '"'), quoted + 1
    ends = [end for end in (text.find("\t", start), text.find("\n", start)) if end >= 0]
    end = min(ends, default=len(text))
    return text[start:end], end


def _closing(text: str, start: int) -> int:
    """Where a quoted cell closes: at a quotation mark before a tab or the line's end; else -1."""
    at = text.find('"', start + 1)
    while at >= 0 and text[at + 1 : at + 2] == '"':
        at = text.find('"', at + 2)
    return at if at >= 0 and text[at + 1 : at + 2] in ("", "\t", "\n") else -1
