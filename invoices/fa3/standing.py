"""What an invoice says after its corrections: the state that the next correction starts from.

A correction repeats a line with StanPrzed for what was and without it for what is, or holds only
the difference (art. 106j ust. 2). Its totals are differences in either case, so the standing
totals are plain sums.
"""

from copy import deepcopy
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import orders, totals
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import AMOUNTS, SUMS, negated
from invoices.fa3.rates import NET_FIELDS, RATES
from invoices.fa3.settling import LINE_OF_ROW
from invoices.fa3.tree import Tree
from ksefapp.lib import money

# What makes a line the same line, when neither number nor UU_ID is of use.
_SAME = ("P_7", "P_8A", "P_8B", "P_9A", "P_9B", "P_10", "P_11", "P_11A", "P_12", "P_12_XII")
_OF_AMOUNT = frozenset({*AMOUNTS, "P_9A", "P_9B"})
_NUMBERS = frozenset({"P_8B", "P_9A", "P_9B", "P_10", "P_11", "P_11A"})
# The same goods at the same rate: what a difference of quantity or price can be added to.
_KIND_OF_LINE = ("P_7", "P_8A", "P_12", "P_12_XII", "KursWaluty", "P_10")
# An order's rows are corrected as lines are: they are read by the names of those.
_LINE_OF_ROW = LINE_OF_ROW | {
    "NrWierszaZam": "NrWierszaFa",
    "UU_IDZ": "UU_ID",
    "P_11VatZ": "P_11Vat",
    "StanPrzedZ": "StanPrzed",
}
_ROW_OF_LINE = {line: row for row, line in _LINE_OF_ROW.items()}
_WITH_BUYER, _WITH_SELLER = ("Podmiot2", "Podmiot3"), ("Podmiot1",)


def standing(original: Tree, corrections: list[Tree]) -> Tree:
    """The invoice after these corrections, in their order; lines without StanPrzed, totals summed.

    A correction of several invoices at once is left out: its amounts are not of this one alone
    (see `is_collective`). An invoice taken back has no lines.
    """
    result = _with_amount(deepcopy(original))
    result.setdefault("Fa", {})
    for correction in corrections:
        if not is_collective(correction):
            _apply(result, correction)
    return result


def _with_amount(original: Tree) -> Tree:
    """A simplified invoice may say its total alone: then that is what its only line came to.

    Without it there would be nothing to take a state after from (art. 106e ust. 5 pkt 3).
    """
    entries, gross = trees.groups(original, "Fa/FaWiersz"), trees.text(original, "Fa/P_15")
    has_total_only = len(entries) == 1 and _OF_AMOUNT.isdisjoint(entries[0]) and gross
    if trees.text(original, "Fa/RodzajFaktury") != "UPR" or not has_total_only:
        return original
    if trees.text(entries[0], "P_12") not in RATES or any(n in original["Fa"] for n in NET_FIELDS):
        return original
    entries[0]["P_11A"] = gross
    return totals.compute(original, "gross", only_missing=True)


def is_collective(correction: Tree) -> bool:
    """Whether it corrects several invoices (art. 106j ust. 3)."""
    return len(trees.items(correction, "Fa/DaneFaKorygowanej")) > 1


def _apply(result: Tree, correction: Tree) -> None:
    for mark, names in (("Podmiot1K", _WITH_SELLER), ("Podmiot2K", _WITH_BUYER)):
        if trees.get(correction, f"Fa/{mark}"):
            result |= {n: deepcopy(correction[n]) for n in names if n in correction}
    body, other = result["Fa"], correction.get("Fa", {})
    for names in (("P_6", "OkresFa"), ("Adnotacje",)):
        said = {name: deepcopy(other[name]) for name in names if name in other}
        if said:
            for name in names:
                body.pop(name, None)
            body |= said
    entries = _after(trees.groups(result, "Fa/FaWiersz"), trees.groups(correction, "Fa/FaWiersz"))
    body.pop("FaWiersz", None)
    if entries:
        body["FaWiersz"] = entries
    _correct_order(body, other)
    _add_totals(body, other)


def _correct_order(body: Tree, other: Tree) -> None:
    given = trees.groups(other, "Zamowienie/ZamowienieWiersz")
    if not given:
        return
    if _is_order_anew(given, trees.text(other, "Zamowienie/WartoscZamowienia")):
        rows = deepcopy(given)
    else:
        was = trees.groups(body, "Zamowienie/ZamowienieWiersz")
        before, changes = ([_renamed(row, _LINE_OF_ROW) for row in each] for each in (was, given))
        rows = [_renamed(row, _ROW_OF_LINE) for row in _after(before, changes)]
    value = totals.fmt_amount(orders.value_of(rows))
    body["Zamowienie"] = {"WartoscZamowienia": value, "ZamowienieWiersz": rows}


def _is_order_anew(rows: list[Tree], value: str) -> bool:
    """Without pairs a correction shows the whole order, if it says so, else differences."""
    is_paired = any(trees.text(row, "StanPrzedZ") == "1" for row in rows)
    return not is_paired and orders.value_of(rows) == money.parse(value)


def _renamed(row: Tree, names: dict[str, str]) -> Tree:
    return {names.get(name, name): value for name, value in row.items()}


def _add_totals(body: Tree, other: Tree) -> None:
    for name in SUMS:
        pair = (line_reader.number(body, name), line_reader.number(other, name))
        if any(number is not None for number in pair):
            body[name] = totals.fmt_amount(money.total(number or money.ZERO for number in pair))
    if not any(line_reader.number(body, name) for name in (*NET_FIELDS, "P_15")):
        for name in SUMS[:-1]:
            body.pop(name, None)


def _after(lines: list[Tree], rows: list[Tree]) -> list[Tree]:
    """The lines after the rows of one correction."""
    present, taken = _Lines(lines), {}
    for row in (row for row in rows if _is_before(row)):
        at = present.place(row)
        if at is None:  # not a line of ours: what it takes back still counts
            present.append(negated({k: v for k, v in row.items() if k != "StanPrzed"}))
        else:
            taken.setdefault(_key(row), []).append(at)
            present.free.add(at)
    for row in (row for row in rows if not _is_before(row)):
        waiting = next((taken[key] for key in _keys(row) if taken.get(key)), None)
        if waiting:
            present.replace(waiting.pop(0), row)
        else:
            present.add(row)
    return present.left()


class _Lines:
    """Lines with an index of their keys: an invoice may have 10,000, its correction as many."""

    def __init__(self, lines: list[Tree]) -> None:
        self.lines: list[Tree] = []
        self.free: set[int] = set()  # places of what a state before took away
        self.touched: set[int] = set()
        self.by_key: dict[tuple[int, str], list[int]] = {}
        self.by_content: dict[tuple, list[int]] | None = None
        self.highest = 0
        for line in lines:
            self.append(line)
        self.touched.clear()

    def append(self, line: Tree) -> None:
        at = len(self.lines)
        self.lines.append(line)
        self.touched.add(at)
        for which, key in enumerate(_keys(line)):
            if key:
                self.by_key.setdefault((which, key), []).append(at)
        number = trees.text(line, "NrWierszaFa")
        self.highest = max(self.highest, int(number) if number.isdecimal() else 0)

    def place(self, row: Tree) -> int | None:
        """Where the line is that a state before stands for: by UU_ID, content, number and name."""
        by_id, by_number = self._named(row)
        content, name = _content(row), trees.text(row, "P_7")
        same = [at for at in by_number if _content(self.lines[at]) == content]
        named = [at for at in by_number if trees.text(self.lines[at], "P_7") == name]
        return next(iter((*by_id, *same, *self._alike(content), *named)), None)

    def _named(self, row: Tree) -> list[list[int]]:
        found = (self.by_key.get(each, ()) for each in enumerate(_keys(row)))
        return [[at for at in places if at not in self.free] for places in found]

    def _alike(self, content: tuple) -> list[int]:
        if self.by_content is None:
            self.by_content = {}
            for at, line in enumerate(self.lines):
                self.by_content.setdefault(_content(line), []).append(at)
        return [at for at in self.by_content.get(content, ()) if at not in self.free]

    def replace(self, at: int, row: Tree) -> None:
        """The state after keeps the place and number of the line it replaces."""
        number = trees.text(self.lines[at], "NrWierszaFa") or trees.text(row, "NrWierszaFa")
        self.lines[at] = {"NrWierszaFa": number} | {
            name: value for name, value in row.items() if name != "NrWierszaFa"
        }
        self.free.discard(at)
        self.touched.add(at)

    def add(self, row: Tree) -> None:
        """A new line, or a difference: added into the line it is about where that is plain."""
        by_id, by_number = self._named(row)
        for at in (*by_id, *by_number):
            joined = _joined(self.lines[at], row)
            if joined is not None:
                self.lines[at] = joined
                self.touched.add(at)
                return
        if by_number:
            row = row | {"NrWierszaFa": str(self.highest + 1)}
        self.append(dict(row))

    def left(self) -> list[Tree]:
        """What stands: neither taken away nor brought to nothing."""
        return [
            line
            for at, line in enumerate(self.lines)
            if at not in self.free and not (at in self.touched and _is_nothing(line))
        ]


def _is_before(row: Tree) -> bool:
    return trees.text(row, "StanPrzed") == "1"


def _key(row: Tree) -> str:
    return trees.text(row, "UU_ID") or trees.text(row, "NrWierszaFa")


def _keys(row: Tree) -> tuple[str, str]:
    return trees.text(row, "UU_ID"), trees.text(row, "NrWierszaFa")


def _content(line: Tree) -> tuple:
    return tuple(
        line_reader.number(line, name) if name in _NUMBERS else trees.text(line, name)
        for name in _SAME
    )


def _joined(line: Tree, row: Tree) -> Tree | None:
    """Line and difference as one line, where quantity × price still gives its amount; else None."""
    if any(trees.text(line, n) != trees.text(row, n) for n in _KIND_OF_LINE):
        return None
    price = next((name for name in ("P_9A", "P_9B") if name in line), "")
    if not any(name in each for name in ("P_8B", "P_9A", "P_9B") for each in (line, row)):
        return line | _summed(line, row)  # nothing but amounts to add
    numbers = [_numbers(each, "P_8B", price) for each in (line, row)]
    if not price or None in (*numbers[0], *numbers[1]):
        return None
    (quantity, at), (more, by) = numbers
    if at == by:
        changed = {"P_8B": totals.fmt_quantity(quantity + more)}
    elif quantity == more:
        changed = {price: totals.fmt_price(at + by)}
    else:
        return None
    joined = line | changed | _summed(line, row)
    return joined if _is_counted(joined, price) else None


def _numbers(line: Tree, *names: str) -> tuple[Decimal | None, ...]:
    return tuple(line_reader.number(line, name) if name else None for name in names)


def _summed(line: Tree, row: Tree) -> Tree:
    found = {n: _numbers(line, n) + _numbers(row, n) for n in AMOUNTS}
    return {
        name: totals.fmt_amount(money.total(number or money.ZERO for number in pair))
        for name, pair in found.items()
        if any(number is not None for number in pair)
    }


def _is_counted(line: Tree, price: str) -> bool:
    quantity, each, discount = _numbers(line, "P_8B", price, "P_10")
    amount = line_reader.number(line, "P_11" if price == "P_9A" else "P_11A")
    worth = money.times(quantity, each - (discount or money.ZERO))
    return amount is not None and money.round_half_up(worth) == amount and quantity >= 0


def _is_nothing(line: Tree) -> bool:
    """A line that a correction brought to nothing; one that never had amounts stays."""
    known = [n for n in _numbers(line, "P_8B", "P_11", "P_11A") if n is not None]
    return bool(known) and not any(known)
