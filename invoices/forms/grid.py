"""The line grid as a whole: a window of rows, what was posted of it, its buttons, its problems.

Without a script a page has fifty rows, and each row its own controls (`line-3-GTU`). A script
holds all rows and posts them as one text, `lines_json`: the names of the boxes, then the rows.
"""

import json
import re
from collections.abc import Mapping

from django.core.exceptions import BadRequest, TooManyFieldsSent
from django.utils.translation import gettext as _

from invoices.forms.line_form import PINNABLE, Row, blank, columns, label, percents
from invoices.forms.lines import (
    BOX_NAMES,
    ELEMENT_BOXES,
    LINE_BOXES,
    LINES,
    PRICES,
    SHOWN_LINES,
    entries,
    lines_of,
    price_mode,
)
from invoices.forms.typed import count

MOST_ROWS = 20_000  # twice what FA(3) takes; a form of 3 MB could hold a million empty ones
OPEN_LINES = 5  # up to so many lines the full form has all fields of each in sight
ROW = re.compile(r"line-([0-9]{1,5})-name")
ACTION = re.compile(r"(add|remove|copy|up|down)-line(?:-([0-9]{1,5}))?")
SENT_NAMES = ("position", *BOX_NAMES)
UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # no keyboard has them, and no database takes them
PLACE = re.compile(rf"{LINES}(?:\[(\d+)\](?:/(\w+))?)?")


class Grid:
    """The lines of a form, from a stored tree or from what was posted.

    Raises BadRequest or TooManyFieldsSent for rows of a script that cannot be read.
    """

    def __init__(
        self,
        tree: dict,
        data: Mapping[str, str] | None = None,
        *,
        first: int = 0,
        rate: str = "23",
        pinned: tuple[str, ...] = (),
        expert: bool = False,
    ) -> None:
        self.stored, self.rate, self.pinned = tree, rate, pinned
        self.total = len(entries(tree))
        self.is_open = expert and self.total <= OPEN_LINES
        self.mode = price_mode(tree)
        self.errors: dict[int, dict[str, list[str]]] = {}
        self.is_posted = data is not None
        self.is_whole = False
        self.drawn = _window(first, self.total)
        self.sent: list[dict[str, str]] = []
        self.indices: list[int] = []
        if data is None:
            self._read_stored()
        else:
            self._read_posted(data)
            self._act(data.get("action", ""))

    # --- Reading ----------------------------------------------------------------------------
    def _read_stored(self) -> None:
        self.sent = lines_of(self.stored, self.drawn) or [blank(self.rate)]
        self.indices = [self.drawn.start + at for at in range(len(self.sent))]

    def _read_posted(self, data: Mapping[str, str]) -> None:
        text = data.get("lines_json", "")
        rows = rows_of_json(text)
        if text and rows is None:
            # Without them the invoice would lose its lines: nothing of this form is taken.
            raise BadRequest("lines_json holds no rows")
        if rows is not None:
            self.is_whole, self.drawn = True, range(self.total)
            self.sent, self.indices = rows, list(range(len(rows)))
            return
        self.drawn = _window(count(data.get("lines_from", "")) or 0, self.total)
        # A person who drops and adds rows leaves gaps in their names.
        self.indices = sorted(int(match[1]) for match in map(ROW.fullmatch, data) if match)
        self.sent = [_row_of(data, index) for index in self.indices]

    def _act(self, action: str) -> None:
        """What a button beside a row does to the rows that were sent."""
        match = ACTION.fullmatch(action)
        index = int(match[2]) if match and match[2] else -1
        if index not in self.indices:
            return
        at = self.indices.index(index)
        if match[1] == "remove":
            del self.sent[at], self.indices[at]
        elif match[1] == "copy":
            copied = self.sent[at] | {"position": "", "NrWierszaFa": "", "UU_ID": ""}
            self.sent.insert(at + 1, copied)
            self.indices.insert(at + 1, max(self.indices) + 1)
        elif match[1] in ("up", "down"):
            self._move(at, -1 if match[1] == "up" else 1)

    def _move(self, at: int, by: int) -> None:
        """At the edge of the window the neighbour on the next page takes part."""
        if at + by < 0 and self.drawn.start:
            self.drawn = range(self.drawn.start - 1, self.drawn.stop)
            self.sent = lines_of(self.stored, self.drawn[:1]) + self.sent
            at += 1
        elif at + by == len(self.sent) and self.drawn.stop < self.total:
            self.drawn = range(self.drawn.start, self.drawn.stop + 1)
            self.sent = self.sent + lines_of(self.stored, self.drawn[-1:])
        if 0 <= at + by < len(self.sent):
            self.sent[at], self.sent[at + by] = self.sent[at + by], self.sent[at]

    def add(self) -> Row:
        """One more empty row, with the unit and rate of the row above."""
        above = self.sent[-1] if self.sent else {}
        made = blank(above.get("rate") or self.rate)
        self.sent.append(made | {"unit": above.get("unit", made["unit"])})
        self.indices.append(self.next_index)
        return self.rows[-1]

    # --- Drawing ----------------------------------------------------------------------------
    @property
    def rows(self) -> list[Row]:
        """The rows that the page has controls for."""
        shown = self.sent if not self.is_whole else self.sent[:SHOWN_LINES]
        start = self.drawn.start if not self.is_whole else 0
        return [
            Row(
                values,
                index,
                number,
                self.mode,
                self.pinned,
                self.errors.get(index, {}),
                unfolded=self.is_open,
            )
            for number, (index, values) in enumerate(
                zip(self.indices, shown, strict=False), 1 + start
            )
        ]

    @property
    def next_index(self) -> int:
        """The first index that no row has."""
        return max([*self.indices, self.drawn.stop - 1, self.total - 1], default=-1) + 1

    @property
    def is_exempt_elsewhere(self) -> bool:
        """Whether a line on another page is exempt: the page cannot see that by itself."""
        if self.is_whole:
            return any(row.get("rate") == "zw" for row in self.sent[SHOWN_LINES:])
        found = enumerate(entries(self.stored))
        return any(at not in self.drawn and e.get("P_12") == "zw" for at, e in found)

    @property
    def columns(self) -> list[dict]:
        return columns(self.pinned)

    @property
    def choices(self) -> list[dict]:
        """The columns that a person can pin into the grid."""
        named = ((name, label(name)) for name in PINNABLE)
        return [{"name": n, "label": said, "is_pinned": n in self.pinned} for n, said in named]

    @property
    def template_row(self) -> Row:
        """An empty row that a script makes all others from."""
        return Row(blank(self.rate), "n", 1, self.mode, self.pinned)

    @property
    def pages(self) -> dict | None:
        """Where the window stands, and its neighbours; None when all lines are shown."""
        if self.total <= SHOWN_LINES:
            return None
        first, last = self.drawn.start, self.drawn.stop
        return {
            "from": first + 1,
            "to": last,
            "total": self.total,
            "before": max(0, first - SHOWN_LINES) if first else None,
            "after": last if last < self.total else None,
        }

    @property
    def payload(self) -> dict:
        """All rows for the script, without boxes that are empty everywhere, and their problems."""
        rows = self.sent
        if not self.is_posted and len(self.drawn) < self.total:
            rows = lines_of(self.stored, range(self.total))
        used = {name for row in rows for name, text in row.items() if text}
        names = [name for name in SENT_NAMES if name in used]
        return {
            "names": names,
            "rows": [[row.get(name, "") for name in names] for row in rows],
            "errors": {str(place): said for place, said in self.errors.items()},
            "blank": {name: text for name, text in blank(self.rate).items() if text},
            "open": self.is_open,
            "percents": percents(),
        }

    # --- Problems ---------------------------------------------------------------------------
    def box_of(self, path: str) -> tuple[int, str] | None:
        """(place, box) of a problem's path; None for a path that is not of a line."""
        match = PLACE.fullmatch(path)
        place = int(match[1] or 0) if match else 0
        if not match or place >= max(self.total, 1):
            return None
        return place, box_name(match[2] or "", self.mode)

    def text_at(self, place: int, box: str) -> str:
        """What stands in a box now."""
        row = lines_of(self.stored, range(place, place + 1)) if place < self.total else self.sent
        return row[0].get(box, "") if row else ""

    def add_error(self, place: int, box: str, text: str) -> None:
        """Says at a box what is wrong with it."""
        said = self.errors.setdefault(place, {}).setdefault(box, [])
        if text not in said:
            said.append(text)

    def link(self, place: int, box: str) -> str:
        """The address of a box, on another page of lines too."""
        page = "" if place in self.drawn or place >= self.total else f"?lines_from={place}"
        return f"{page}#{Row({}, place, place + 1, self.mode).cell(box).id}"

    @property
    def problem_list(self) -> list[dict]:
        """Each error with a link to its box."""
        found = []
        for place, boxes in sorted(self.errors.items()):
            row = Row({}, place, place + 1, self.mode)
            for box, texts in boxes.items():
                label, href = row.cell(box).said, self.link(place, box)
                found += [{"text": text, "href": href, "label": label} for text in texts]
        return found


def box_name(element: str, mode: str) -> str:
    """The box of an element; the line's name where it has none."""
    if element == PRICES[mode]:
        return "price"
    names = {box.path: name for name, box in LINE_BOXES.items()}
    return names.get(element) or (element if element in ELEMENT_BOXES else "name")


def _window(first: int, total: int) -> range:
    """The page of rows that has this line."""
    start = min(first, max(total - 1, 0)) // SHOWN_LINES * SHOWN_LINES
    return range(start, min(start + SHOWN_LINES, total))


def _row_of(data: Mapping[str, str], index: int) -> dict[str, str]:
    found = {name: data.get(f"line-{index}-{name}") for name in SENT_NAMES}
    return {name: UNSENDABLE.sub("", text) for name, text in found.items() if text is not None}


def rows_of_json(text: str) -> list[dict[str, str]] | None:
    """The rows of a script: `{"names": […], "rows": [[…], …]}`; None for anything else.

    A box that no row has a text for is not sent: it is empty in all of them. Raises
    TooManyFieldsSent for more rows than any invoice comes near to.
    """
    try:
        found = json.loads(text) if text else None
        names, rows = found["names"], found["rows"]
        if len(rows) > MOST_ROWS:
            raise TooManyFieldsSent
        empty = dict.fromkeys(SENT_NAMES, "")
        known = [name if name in empty else None for name in names]
        return [empty | _texts(known, row) for row in rows]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _texts(names: list[str | None], row: list) -> dict[str, str]:
    if not isinstance(row, list) or not all(isinstance(text, str) for text in row):
        raise TypeError
    pairs = zip(names, row, strict=True)
    return {name: UNSENDABLE.sub("", text) for name, text in pairs if name is not None}


def window_words(pages: dict) -> str:
    """`Pozycje 51–100 z 1200`."""
    return _("Pozycje %(from)d–%(to)d z %(total)d") % pages
