"""The lines of the form: which boxes a line has, tree → rows, rows → tree."""

import json
import re
from collections import defaultdict, deque
from zlib import crc32

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.forms import typed
from invoices.forms.fields import Box

SHOWN_LINES = 500  # of a longer invoice the rest stays as it is
LINE_BOXES: dict[str, Box] = {
    "name": Box("P_7"),
    "quantity": Box("P_8B", typed.number, typed.shown_number),
    "unit": Box("P_8A"),
    "rate": Box("P_12"),
}
PRICES = {"net": "P_9A", "gross": "P_9B"}
# What the screen shows of a line, or counts from that; the rest of an entry is hidden.
AMOUNTS = ("P_11", "P_11A", "P_11Vat")
SHOWN_OF_LINE = frozenset(
    {"NrWierszaFa", *AMOUNTS, *PRICES.values()} | {box.path for box in LINE_BOXES.values()}
)


def lines_of(tree: dict) -> list[dict[str, str]]:
    """The boxes of the first lines; `position` ties a row to its line in the tree."""
    mode = price_mode(tree)
    shown = enumerate(entries(tree)[:SHOWN_LINES])
    return [
        line_boxes(entry, mode) | {"position": f"{place}-{mark(entry)}"} for place, entry in shown
    ]


def line_boxes(entry: dict, mode: str) -> dict[str, str]:
    """The boxes of one line."""
    shown = {name: box.show(trees.text(entry, box.path)) for name, box in LINE_BOXES.items()}
    price = trees.text(entry, PRICES[mode]) or trees.text(entry, PRICES["net"])
    return shown | {"price": typed.shown_number(price)}


def mark(entry: dict) -> str:
    """Tells apart what the screen does not show of a line."""
    hidden = {name: value for name, value in entry.items() if name not in SHOWN_OF_LINE}
    return f"{crc32(json.dumps(hidden, sort_keys=True).encode()):08x}"


def price_mode(tree: dict) -> str:
    """Whether prices are net or gross (art. 106e ust. 7 and 8), for the whole invoice."""
    has_gross = any("P_9B" in entry and "P_9A" not in entry for entry in entries(tree))
    return "gross" if has_gross or totals.method_of(tree) == "gross" else "net"


def entries(tree: dict) -> list[dict]:
    """The lines; one that is no group counts as an empty one."""
    return [e if isinstance(e, dict) else {} for e in trees.items(tree, "Fa/FaWiersz")]


def rates(tree: dict) -> set[str]:
    """The values of P_12 that lines use."""
    return {trees.text(entry, "P_12") for entry in entries(tree)}


def write_lines(tree: dict, rows: list[dict[str, str]], mode: str, *, was: str) -> None:
    before = entries(tree)
    placed = zip(rows, _places(rows, before), strict=True)
    kept = [(row, place) for row, place in placed if _is_line(row, place)]
    after = [_line(before[at] if at is not None else {}, row, mode, was) for row, at in kept]
    if [place for _, place in kept] != list(range(len(before[:SHOWN_LINES]))):
        _number(after)
    after += before[SHOWN_LINES:]
    if after or "FaWiersz" in tree.get("Fa", {}):
        tree.setdefault("Fa", {})["FaWiersz"] = after


def _is_line(row: dict[str, str], place: int | None) -> bool:
    """A new row with nothing but what it came with is no line yet."""
    typed_in = any(row.get(name, "").strip() for name in ("name", "price"))
    return place is not None or typed_in or row.get("quantity", "").strip() not in ("", "1")


def _places(rows: list[dict[str, str]], before: list[dict]) -> list[int | None]:
    """Where the line of each row stands now, None for a new line.

    Somebody may have moved lines since the rows were drawn: a line whose hidden part is another
    one is not taken, lest a row gets the details of a neighbour. No line is taken twice.
    """
    marks = [mark(entry) for entry in before]
    wanted = [row.get("position", "").partition("-") for row in rows]
    owners: dict[int, int] = {}
    for at, (text, _, wanted_mark) in enumerate(wanted):
        place = typed.count(text)
        if place is not None and place < len(marks) and marks[place] == wanted_mark:
            owners.setdefault(place, at)
    found = {at: place for place, at in owners.items()}
    spare = defaultdict(deque)
    for place in (place for place in range(len(marks)) if place not in owners):
        spare[marks[place]].append(place)
    for at, (_, _, wanted_mark) in enumerate(wanted):
        if at not in found and spare.get(wanted_mark):
            found[at] = spare[wanted_mark].popleft()
    return [found.get(at) for at in range(len(rows))]


def _line(entry: dict, row: dict[str, str], mode: str, was: str) -> dict:
    result = dict(entry)
    shown = line_boxes(entry, was)
    for name, box in LINE_BOXES.items():
        if name in row and row[name] != shown[name]:
            _set(result, box.path, box.read(row[name]))
    if row.get("price", shown["price"]) != shown["price"] or mode != was:
        for element in (*PRICES.values(), *AMOUNTS):
            result.pop(element, None)
        price = typed.number(row.get("price", shown["price"]))
        if price or mode == "gross":  # an empty gross price still says that prices are gross
            result[PRICES[mode]] = price
    if result != entry and not trees.text(result, "P_8B"):
        result["P_8B"] = ""  # is asked for: without it the line would count for nothing
    return result


def _number(lines: list[dict]) -> None:
    """1..n after adding, removing or moving; pairs that share a number are left as they are."""
    given = [entry["NrWierszaFa"] for entry in lines if entry.get("NrWierszaFa")]
    if len(set(given)) == len(given):
        for number, entry in enumerate(lines, 1):
            entry["NrWierszaFa"] = str(number)
        return
    highest = max((int(n) for n in given if re.fullmatch("[0-9]{1,14}", n)), default=0)
    for entry in lines:
        if not entry.get("NrWierszaFa"):
            highest += 1
            entry["NrWierszaFa"] = str(highest)


def _set(holder: dict, name: str, value: str) -> None:
    if value:
        holder[name] = value
    else:
        holder.pop(name, None)
