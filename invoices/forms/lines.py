"""The lines of the form: which boxes a line has, tree → rows, rows → tree."""

import json
import re
from collections import defaultdict, deque
from zlib import crc32

from invoices.fa3 import registry, totals
from invoices.fa3 import tree as trees
from invoices.forms import typed
from invoices.forms.fields import Box
from ksefapp.lib import money

SHOWN_LINES = 50  # rows of one page without a script; the others stay as they are
LINES = "Fa/FaWiersz"
PRICES = {"net": "P_9A", "gross": "P_9B"}
AMOUNTS = ("P_11", "P_11A", "P_11Vat")


def number(text: str) -> str:
    """`1 234,50` → `1234.50`; a number as XML writes it stays letter by letter, `+5` too."""
    return text.strip() if money.parse(text) is not None else typed.number(text)


def shown_number(text: str) -> str:
    """With a comma where that is read back as the same text."""
    shown = typed.shown_number(text)
    return shown if number(shown) == text else text


_WAYS = {"date": (typed.day, typed.shown_day)}
_WAYS |= dict.fromkeys(("amount", "price", "quantity", "percent"), (number, shown_number))
_NAMES = {"P_7": "name", "P_8B": "quantity", "P_8A": "unit", "P_12": "rate"}


def _box(element: str, widget: str) -> Box:
    return Box(element, *_WAYS.get(widget, (trees.collapse, str)))


# All elements of a line, in the schema's order. The two prices share the box `price` as far as
# the invoice's way of pricing says which of them it is.
ELEMENTS = {
    entry.path.rpartition("/")[2]: entry.widget
    for path, entry in registry.entries().items()
    if path.startswith(f"{LINES}/")
}
ELEMENT_BOXES = {name: _box(name, widget) for name, widget in ELEMENTS.items()}
LINE_BOXES: dict[str, Box] = {name: ELEMENT_BOXES[path] for path, name in _NAMES.items()}
EXTRA_BOXES = {name: box for name, box in ELEMENT_BOXES.items() if name not in _NAMES}
BOX_NAMES = (*LINE_BOXES, "price", *EXTRA_BOXES)
MONEY = frozenset({"quantity", "price", "P_10", "P_9A", "P_9B"})
# What today's simple boxes show of a line, or what counts from that; a row that is drawn without
# the rest must not get the rest of another line.
PLAIN_OF_LINE = frozenset({"NrWierszaFa", *AMOUNTS, *PRICES.values(), *_NAMES})
_EMPTY = dict.fromkeys(BOX_NAMES, "")


def lines_of(tree: dict, drawn: range | None = None) -> list[dict[str, str]]:
    """The boxes of some lines, of the first ones if not said; `position` ties a row to its line."""
    found, mode = entries(tree), price_mode(tree)
    drawn = range(min(len(found), SHOWN_LINES)) if drawn is None else drawn
    return [line_boxes(found[at], mode) | {"position": position(at, found[at])} for at in drawn]


def line_boxes(entry: dict, mode: str) -> dict[str, str]:
    """The boxes of one line."""
    shown = dict(_EMPTY)
    for element, value in entry.items():
        box = ELEMENT_BOXES.get(element)
        if box:
            shown[_NAMES.get(element, element)] = box.show(_text(value))
    price = PRICES[mode]
    shown["price"], shown[price] = shown[price], ""
    return shown


def _text(value: object) -> str:
    if isinstance(value, dict):
        value = value.get(trees.TEXT)
    return trees.collapse(value) if isinstance(value, str) else ""


def position(place: int, entry: dict) -> str:
    """What ties a row to its line: the place, and a mark of what only this line has."""
    return f"{place}-{mark(entry)}"


def mark(entry: dict) -> str:
    """Tells lines apart by what is rarely shown of them."""
    hidden = {name: value for name, value in entry.items() if name not in PLAIN_OF_LINE}
    if not hidden:
        return "0"
    return f"{crc32(json.dumps(hidden, sort_keys=True).encode()):08x}"


def price_mode(tree: dict) -> str:
    """Whether prices are net or gross (art. 106e ust. 7 and 8), for the whole invoice."""
    has_gross = any("P_9B" in entry and "P_9A" not in entry for entry in entries(tree))
    return "gross" if has_gross or totals.method_of(tree) == "gross" else "net"


def entries(tree: dict) -> list[dict]:
    """The lines; one that is no group counts as an empty one."""
    return [e if isinstance(e, dict) else {} for e in trees.items(tree, LINES)]


def rates(tree: dict) -> set[str]:
    """The values of P_12 that lines use."""
    return {trees.text(entry, "P_12") for entry in entries(tree)}


def write_lines(
    tree: dict,
    rows: list[dict[str, str]],
    mode: str,
    *,
    was: str,
    drawn: range | None = None,
) -> list[int]:
    """Writes rows into a tree, in place of the lines that were drawn; all others stay.

    A box that the row lacks, or that says what the form showed, changes nothing. Gives the places
    of the lines whose amounts went because the money in them changed.
    """
    before = entries(tree)
    drawn = range(min(len(before), SHOWN_LINES)) if drawn is None else drawn
    drawn = range(min(drawn.start, len(before)), min(drawn.stop, len(before)))
    placed = zip(rows, _places(rows, before, drawn), strict=True)
    kept = [(row, place) for row, place in placed if _is_line(row, place)]
    asks = trees.text(tree, "Fa/RodzajFaktury") in ("", "VAT")
    made = [_line(before[at] if at is not None else {}, row, mode, was, asks) for row, at in kept]
    above, below = before[: drawn.start], before[drawn.stop :]
    after = [*_in_mode(above, mode, was), *made, *_in_mode(below, mode, was)]
    _number_lines(after, made, kept, before, is_moved=[at for _, at in kept] != list(drawn))
    if after or "FaWiersz" in tree.get("Fa", {}):
        tree.setdefault("Fa", {})["FaWiersz"] = after
    pairs = enumerate(zip(made, kept, strict=True), drawn.start)
    return [at for at, (line, (_, place)) in pairs if _lost_amounts(line, before, place)]


def _in_mode(undrawn: list[dict], mode: str, was: str) -> list[dict]:
    """Lines of other pages follow the switch between net and gross prices, too."""
    return [_line(entry, {}, mode, was, asks=False) for entry in undrawn]


def _lost_amounts(line: dict, before: list[dict], place: int | None) -> bool:
    had = place is not None and any(name in before[place] for name in AMOUNTS)
    return had and not any(name in line for name in AMOUNTS)


def _is_line(row: dict[str, str], place: int | None) -> bool:
    """A new row with nothing but what it came with is no line yet; a row of a file is one."""
    if (
        place is not None
        or "position" not in row
        or row.get("quantity", "").strip() not in ("", "1")
    ):
        return True
    return any(row.get(name, "").strip() for name in ("name", "price", *EXTRA_BOXES))


def _places(rows: list[dict[str, str]], before: list[dict], drawn: range) -> list[int | None]:
    """Where the line of each row stands now, None for a new line.

    Somebody may have moved lines since the rows were drawn: a line whose hidden part is another
    one is not taken, lest a row gets the details of a neighbour. No line is taken twice.
    """
    marks = {place: mark(before[place]) for place in drawn}
    wanted = [row.get("position", "").partition("-") for row in rows]
    owners: dict[int, int] = {}
    for at, (text, _, wanted_mark) in enumerate(wanted):
        place = typed.count(text)
        if place in marks and marks[place] == wanted_mark:
            owners.setdefault(place, at)
    found = {at: place for place, at in owners.items()}
    spare = defaultdict(deque)
    for place in (place for place in drawn if place not in owners):
        spare[marks[place]].append(place)
    for at, (_, _, wanted_mark) in enumerate(wanted):
        if at not in found and spare.get(wanted_mark):
            found[at] = spare[wanted_mark].popleft()
    return [found.get(at) for at in range(len(rows))]


def _line(entry: dict, row: dict[str, str], mode: str, was: str, asks: bool) -> dict:
    shown = line_boxes(entry, was)
    changed = {n: t for n, t in row.items() if n in _EMPTY and not _same(t, shown[n])}
    if not changed and mode == was:
        return entry
    result = dict(entry)
    _drop_amounts(result, changed, mode != was)
    if "price" in changed or mode != was:
        _set_price(result, shown | row, mode, is_open=asks and not changed.keys() & set(AMOUNTS))
        changed = {n: t for n, t in changed.items() if n not in ("price", PRICES[mode])}
    for name, text in changed.items():
        box = ELEMENT_BOXES.get(name) or LINE_BOXES[name]
        _set(result, box.path, box.read(text))
    has_amount = any(trees.text(result, name) for name in AMOUNTS[:2])
    if asks and not has_amount and not trees.text(result, "P_8B"):
        result["P_8B"] = ""  # is asked for: without it the line would count for nothing
    return result


def _same(text: str, shown: str) -> bool:
    """A box of one line holds no line breaks: browsers take them out."""
    return text == shown or re.sub(r"[\r\n]", "", text) == re.sub(r"[\r\n]", "", shown)


def _drop_amounts(line: dict, changed: dict[str, str], is_mode: bool) -> None:
    """Given amounts hold as long as nobody changes the money that they follow from."""
    if is_mode or changed.keys() & MONEY:
        for name in AMOUNTS:
            line.pop(name, None)
    elif changed.keys() & {"rate", "P_12_XII", *AMOUNTS[:2]}:
        line.pop("P_11Vat", None)


def _set_price(line: dict, row: dict[str, str], mode: str, *, is_open: bool) -> None:
    for element in PRICES.values():
        line.pop(element, None)
    price = number(row["price"] or row[PRICES[mode]])
    # An empty gross price still says that prices are gross.
    if price or (mode == "gross" and is_open and not row["P_9A"]):
        line[PRICES[mode]] = price


def _number_lines(after: list, made: list, kept: list, before: list, *, is_moved: bool) -> None:
    """1..n after adding, removing or moving; numbers that a person typed stand as typed."""
    fresh = [at for at, (_, place) in enumerate(kept) if place is None]
    typed_in = any(kept[at][0].get("NrWierszaFa", "").strip() for at in fresh)
    pairs = zip(made, (place for _, place in kept), strict=True)
    changed = any(p is not None and _number_of(m) != _number_of(before[p]) for m, p in pairs)
    if typed_in or changed:
        _number_missing(after)
    elif is_moved:
        _number(after)


def _number_of(entry: dict) -> str | None:
    return entry.get("NrWierszaFa")


def _number(lines: list[dict]) -> None:
    """From 1 up; pairs that share a number are left as they are."""
    given = [entry["NrWierszaFa"] for entry in lines if entry.get("NrWierszaFa")]
    if len(set(given)) != len(given):
        _number_missing(lines)
        return
    for place, entry in enumerate(lines, 1):
        lines[place - 1] = entry | {"NrWierszaFa": str(place)}


def _number_missing(lines: list[dict]) -> None:
    given = [entry.get("NrWierszaFa") or "" for entry in lines]
    highest = max((int(n) for n in given if re.fullmatch("[0-9]{1,14}", n)), default=0)
    for place, entry in enumerate(lines):
        if not entry.get("NrWierszaFa"):
            highest += 1
            lines[place] = entry | {"NrWierszaFa": str(highest)}


def _set(holder: dict, name: str, value: str) -> None:
    if value:
        holder[name] = value
    else:
        holder.pop(name, None)
