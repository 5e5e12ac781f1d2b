"""Boxes → tree. A box that nobody touched changes nothing in the tree."""

import re
from collections import defaultdict, deque
from copy import deepcopy

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.forms import typed
from invoices.forms.fields import (
    BOXES,
    BUYER,
    BUYER_KINDS,
    EMPTY_IDENTITIES,
    EXEMPT_KINDS,
    LINE_BOXES,
    PRICES,
)
from invoices.forms.reading import (
    AMOUNTS,
    SHOWN_LINES,
    boxes_of,
    entries,
    exempt_kind,
    line_boxes,
    mark,
    rates,
    totals_are_foreign,
)

CHOICES = {"price_mode": PRICES, "buyer_kind": BUYER_KINDS, "exempt_kind": EXEMPT_KINDS}
GROUPS = ("Fa/Platnosc", "Stopka", "Podmiot2/Adres")
COUNTED = ("P_8B", "P_10", "P_12", *PRICES.values())
REVERSE_RATES = frozenset({"oo", "np I", "np II"})
EU_RATES = frozenset({"0 WDT", "np II"})  # the seller needs the prefix PL (art. 97(10))


def tree_with(tree: dict, head: dict[str, str], rows: list[dict[str, str]]) -> dict:
    """A copy of the tree with what was typed. Totals are computed unless they are to be kept."""
    shown = boxes_of(tree)
    head = shown | {name: text for name, text in head.items() if not _same(text, shown[name])}
    head |= {name: shown[name] for name in CHOICES if head[name] not in CHOICES[name]}
    result = deepcopy(tree)
    _write_buyer_kind(result, head, shown)
    _write_payment(result, head, shown)
    _write_boxes(result, _without_prefix(head), shown)
    mode = head["price_mode"]
    _write_lines(result, rows, mode, was=shown["price_mode"])
    _write_annotations(result, head, shown)
    _follow_rates(result, rates(tree), rates(result))
    if all(head[name] == shown[name] for name in ("exempt_kind", "exempt_basis")):
        _drop_unused_exemption(result, rates(tree), rates(result))
    if _totals_are_due(tree, result, kept=bool(head["keep_totals"])):
        result = totals.compute(result, method="gross" if mode == "gross" else _net_method(tree))
    return _tidy(result, tree)


def _same(typed_text: str, shown_text: str) -> bool:
    """Browsers send every line break as CRLF."""
    return typed.line_breaks(typed_text) == typed.line_breaks(shown_text)


def _without_prefix(head: dict[str, str]) -> dict[str, str]:
    """An EU number that was typed with its country, `DE 811…`, is meant without it."""
    country, number = head["buyer_eu_country"], typed.code(head["buyer_eu_number"])
    # The first two of eleven French characters are a key that may be letters.
    is_french_key = country == "FR" and len(number) == 11
    if country and not is_french_key and number.startswith(country):
        return head | {"buyer_eu_number": number.removeprefix(country)}
    return head


def _write_boxes(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    for name, box in BOXES.items():
        if head[name] == shown[name] or not _is_wanted(name, head):
            continue
        value = box.read(head[name])
        if name == "account":
            # Bank and SWIFT beside the old number are not those of the new one.
            trees.put(tree, box.path.rpartition("/")[0], {"NrRB": value} if value else {})
        else:
            is_kept = box.path.removeprefix(f"{BUYER}/") in EMPTY_IDENTITIES[head["buyer_kind"]]
            trees.put(tree, box.path, value if value or is_kept else None)


def _totals_are_due(before: dict, after: dict, *, kept: bool) -> bool:
    """Given totals stay until the money in a line changes or the person asks for ours.

    Other kinds than an ordinary invoice count in ways of their own (a settlement is reduced by
    its advances), so there they stay as long as the person keeps them.
    """
    if not trees.text(before, "Fa/P_15"):
        return True
    if _money(before) != _money(after):
        return not kept or trees.text(after, "Fa/RodzajFaktury") in ("", "VAT")
    return not kept and totals_are_foreign(before)


def _money(tree: dict) -> list[list[str]]:
    return [[trees.text(entry, name) for name in COUNTED] for entry in entries(tree)]


def _is_wanted(name: str, head: dict[str, str]) -> bool:
    """Boxes of another kind of buyer, and the date of an unpaid invoice, are not written."""
    element = BOXES[name].path.rpartition("/")[2]
    identifiers = {e for elements in BUYER_KINDS.values() for e in elements}
    if BOXES[name].path.startswith(f"{BUYER}/") and element in identifiers:
        return element in BUYER_KINDS[head["buyer_kind"]]
    return name != "paid_on" or bool(head["paid"])


def _write_buyer_kind(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    kind = head["buyer_kind"]
    if kind == shown["buyer_kind"]:
        return
    holder = tree.setdefault("Podmiot2", {}).setdefault("DaneIdentyfikacyjne", {})
    for name in (name for names in BUYER_KINDS.values() for name in names):
        holder.pop(name, None)
    holder |= EMPTY_IDENTITIES[kind]


def _write_payment(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    if head["paid"] == shown["paid"]:
        return
    payment = tree.setdefault("Fa", {}).setdefault("Platnosc", {})
    if head["paid"]:
        payment["Zaplacono"] = "1"
        payment.pop("ZnacznikZaplatyCzesciowej", None)
        payment.pop("ZaplataCzesciowa", None)
    else:
        payment.pop("Zaplacono", None)
        payment.pop("DataZaplaty", None)


def _write_lines(tree: dict, rows: list[dict[str, str]], mode: str, *, was: str) -> None:
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


def _write_annotations(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    for name, element in (("split_payment", "P_18A"), ("reverse_charge", "P_18")):
        if head[name] != shown[name]:
            _annotations(tree)[element] = "1" if head[name] else "2"
    if any(head[name] != shown[name] for name in ("exempt_kind", "exempt_basis")):
        _annotations(tree)["Zwolnienie"] = _exemption(head, exempt="zw" in rates(tree))


def _exemption(head: dict[str, str], *, exempt: bool) -> dict:
    """P_19 with its legal basis (art. 106e ust. 1 pkt 19), P_19N where nothing is exempt."""
    basis, kind = typed.line(head["exempt_basis"]), head["exempt_kind"]
    if basis:
        return {"P_19": "1", kind: basis}
    return {"P_19": "1"} if exempt else {"P_19N": "1"}


def _drop_unused_exemption(tree: dict, before: set[str], after: set[str]) -> None:
    """An exempt company's invoice starts with art. 113; taxed first lines have no use for it."""
    if not before and after and "zw" not in after and exempt_kind(tree):
        _annotations(tree)["Zwolnienie"] = {"P_19N": "1"}


def _follow_rates(tree: dict, before: set[str], after: set[str]) -> None:
    """What the law wants beside a rate, when the first line has it or the last one loses it."""
    if "zw" in before - after:
        _annotations(tree)["Zwolnienie"] = {"P_19N": "1"}
    elif "zw" in after - before and not exempt_kind(tree):
        _annotations(tree)["Zwolnienie"] = {"P_19": "1"}  # art. 106e ust. 1 pkt 19
    if "oo" in after - before:
        _annotations(tree)["P_18"] = "1"  # art. 106e ust. 1 pkt 18
    elif "oo" in before - after and not after & REVERSE_RATES:
        _annotations(tree)["P_18"] = "2"
    if after & EU_RATES and not before & EU_RATES:
        tree.setdefault("Podmiot1", {})["PrefiksPodatnika"] = "PL"


def _annotations(tree: dict) -> dict:
    return tree.setdefault("Fa", {}).setdefault("Adnotacje", {})


def _net_method(tree: dict) -> str:
    method = totals.method_of(tree)
    return "line" if method == "line" else "net"


def _set(holder: dict, name: str, value: str) -> None:
    if value:
        holder[name] = value
    else:
        holder.pop(name, None)


def _tidy(tree: dict, before: dict) -> dict:
    """Groups that lost their last field are not written as empty elements."""
    for path in GROUPS:
        group = trees.get(tree, path)
        if group is not None and group != trees.get(before, path):
            trees.put(tree, path, trees.get(trees.prune(_only(path, group)), path))
    return tree


def _only(path: str, value: dict) -> dict:
    for name in reversed(path.split("/")):
        value = {name: value}
    return value
