"""Tree → boxes and boxes → tree. A box that nobody touched changes nothing in the tree."""

from copy import deepcopy

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.forms import typed
from invoices.forms.fields import (
    BOXES,
    BUYER,
    BUYER_KINDS,
    EXEMPT_KINDS,
    EXEMPTION,
    LINE_BOXES,
    PAYMENT,
    PRICES,
)

MOST_LINES = 1000
TOTAL_NAMES = ("P_13_", "P_14_", "P_15")


def boxes_of(tree: dict) -> dict[str, str]:
    """The text of every box of the head, as the form shows it."""
    shown = {name: box.show(trees.text(tree, box.path)) for name, box in BOXES.items()}
    shown["notes"] = _raw_text(tree, BOXES["notes"].path)
    return shown | {
        "buyer_kind": buyer_kind(tree),
        "price_mode": price_mode(tree),
        "paid": _flag(tree, f"{PAYMENT}/Zaplacono"),
        "split_payment": _flag(tree, "Fa/Adnotacje/P_18A"),
        "reverse_charge": _flag(tree, "Fa/Adnotacje/P_18"),
        "exempt_kind": _exempt_kind(tree) or "P_19A",
        "exempt_basis": trees.text(tree, f"{EXEMPTION}/{_exempt_kind(tree) or EXEMPT_KINDS[0]}"),
        "keep_totals": "1" if totals_are_foreign(tree) else "",
    }


def lines_of(tree: dict) -> list[dict[str, str]]:
    """The boxes of every line; `position` ties a row to its line in the tree."""
    mode = price_mode(tree)
    return [_line_boxes(entry, position, mode) for position, entry in enumerate(_entries(tree))]


def tree_with(tree: dict, head: dict[str, str], rows: list[dict[str, str]]) -> dict:
    """A copy of the tree with what was typed. Totals are computed unless they are to be kept."""
    shown = boxes_of(tree)
    result = deepcopy(tree)
    _write_buyer_kind(result, head, shown)
    _write_payment(result, head, shown)
    for name, box in BOXES.items():
        if name in head and head[name] != shown[name] and _is_wanted(name, head):
            trees.put(result, box.path, box.read(head[name]) or None)
    mode = head.get("price_mode", shown["price_mode"])
    _write_lines(result, rows, mode, was=shown["price_mode"])
    _write_annotations(result, head, shown)
    if _totals_are_due(tree, result, kept=bool(head.get("keep_totals"))):
        result = totals.compute(result, method="gross" if mode == "gross" else _net_method(tree))
    return _tidy(result)


def _totals_are_due(before: dict, after: dict, *, kept: bool) -> bool:
    """Given totals stay as they are until a line changes or the person asks for ours."""
    if kept:
        return False
    if _entries(before) != _entries(after) or not trees.text(before, "Fa/P_15"):
        return True
    return totals_are_foreign(before)


def buyer_kind(tree: dict) -> str:
    """nip, eu, other or none: by the identifier that is there."""
    for kind, names in BUYER_KINDS.items():
        if trees.text(tree, f"{BUYER}/{names[-1]}") or trees.text(tree, f"{BUYER}/{names[0]}"):
            return kind
    return "nip"


def price_mode(tree: dict) -> str:
    """Whether prices are net or gross (art. 106e ust. 7 and 8), for the whole invoice."""
    has_gross = any("P_9B" in entry and "P_9A" not in entry for entry in _entries(tree))
    return "gross" if has_gross or totals.method_of(tree) == "gross" else "net"


def totals_are_foreign(tree: dict) -> bool:
    """Whether totals were given (imported) that our own arithmetic would not give."""
    if not trees.text(tree, "Fa/P_15"):
        return False
    ours = totals.compute(tree, method=totals.method_of(tree))
    return _amounts(tree) != _amounts(ours)


def problem_box(path: str) -> str:
    """The name of the box that a problem's path points to; "" when the screen has none for it."""
    for name, box in BOXES.items():
        if path == box.path:
            return name
    if path.startswith(EXEMPTION):
        return "exempt_basis"
    if path.startswith("Fa/FaWiersz["):
        position, _, element = path.removeprefix("Fa/FaWiersz[").partition("]/")
        return f"line-{position.rstrip(']')}-{_line_box(element)}"
    return _PARENTS.get(path, "")


_PARENTS = {
    BUYER: "buyer_nip",
    f"{BUYER}/BrakID": "buyer_name",
    "Podmiot2": "buyer_nip",
    "Podmiot2/Adres": "buyer_address1",
    f"{PAYMENT}/Zaplacono": "paid_on",
    f"{PAYMENT}/RachunekBankowy": "account",
    f"{PAYMENT}/TerminPlatnosci": "due_on",
    "Fa/FaWiersz": "line-0-name",
    "Fa/Adnotacje/P_18A": "split_payment",
    "Fa/Adnotacje/P_18": "reverse_charge",
}


def _line_box(element: str) -> str:
    names = {box.path: name for name, box in LINE_BOXES.items()} | {
        "P_9A": "price",
        "P_9B": "price",
    }
    return names.get(element, "name")


def _is_wanted(name: str, head: dict[str, str]) -> bool:
    """Boxes of another kind of buyer, and the date of an unpaid invoice, are not written."""
    kind = head.get("buyer_kind", "nip")
    element = BOXES[name].path.rpartition("/")[2]
    identifiers = {e for elements in BUYER_KINDS.values() for e in elements}
    if BOXES[name].path.startswith(f"{BUYER}/") and element in identifiers:
        return element in BUYER_KINDS.get(kind, ())
    return name != "paid_on" or bool(head.get("paid"))


def _write_buyer_kind(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    kind = head.get("buyer_kind", shown["buyer_kind"])
    if kind not in BUYER_KINDS:
        return
    holder = tree.setdefault("Podmiot2", {}).setdefault("DaneIdentyfikacyjne", {})
    for other, names in BUYER_KINDS.items():
        if other != kind:
            for name in names:
                holder.pop(name, None)
    if kind == "none":
        holder["BrakID"] = "1"


def _write_payment(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    if head.get("paid", "") == shown["paid"]:
        return
    payment = tree.setdefault("Fa", {}).setdefault("Platnosc", {})
    if head.get("paid"):
        payment["Zaplacono"] = "1"
        payment.pop("ZnacznikZaplatyCzesciowej", None)
        payment.pop("ZaplataCzesciowa", None)
    else:
        payment.pop("Zaplacono", None)
        payment.pop("DataZaplaty", None)


def _write_lines(tree: dict, rows: list[dict[str, str]], mode: str, *, was: str) -> None:
    before = _entries(tree)
    after, order = [], []
    for row in rows[:MOST_LINES]:
        position = int(row["position"]) if row.get("position", "").isdigit() else -1
        entry = before[position] if 0 <= position < len(before) else {}
        if not entry and not any(row.get(name, "").strip() for name in ("name", "price")):
            continue
        after.append(_line(entry, row, mode, was))
        order.append(position)
    if order != list(range(len(before))):
        _number(after)
    if after or "FaWiersz" in tree.get("Fa", {}):
        tree.setdefault("Fa", {})["FaWiersz"] = after


def _line(entry: dict, row: dict[str, str], mode: str, was: str) -> dict:
    result = dict(entry)
    shown = _line_boxes(entry, 0, was)
    for name, box in LINE_BOXES.items():
        if name in row and row[name] != shown[name]:
            _set(result, box.path, box.read(row[name]))
    if row.get("price", "") != shown["price"] or mode != was:
        for element in PRICES.values():
            result.pop(element, None)
        _set(result, PRICES[mode], typed.number(row.get("price", "")))
        if mode != was:
            result.pop("P_11", None)
            result.pop("P_11A", None)
    return result


def _number(entries: list[dict]) -> None:
    """1..n after adding, removing or moving; pairs that share a number are left as they are."""
    given = [entry["NrWierszaFa"] for entry in entries if entry.get("NrWierszaFa")]
    if len(set(given)) == len(given):
        for number, entry in enumerate(entries, 1):
            entry["NrWierszaFa"] = str(number)
        return
    highest = max((int(n) for n in given if n.isdigit()), default=0)
    for entry in entries:
        if not entry.get("NrWierszaFa"):
            highest += 1
            entry["NrWierszaFa"] = str(highest)


def _write_annotations(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    notes = tree.setdefault("Fa", {}).setdefault("Adnotacje", {})
    for name, element in (("split_payment", "P_18A"), ("reverse_charge", "P_18")):
        if head.get(name, "") != shown[name]:
            notes[element] = "1" if head.get(name) else "2"
    changed = any(head.get(n, shown[n]) != shown[n] for n in ("exempt_kind", "exempt_basis"))
    exempt = any(entry.get("P_12") == "zw" for entry in _entries(tree))
    if changed or exempt != bool(_exempt_kind(tree)):
        notes["Zwolnienie"] = _exemption(head, shown, exempt)


def _exemption(head: dict[str, str], shown: dict[str, str], exempt: bool) -> dict:
    """P_19 with its legal basis where a line is "zw" (art. 106e ust. 1 pkt 19), P_19N otherwise."""
    if not exempt:
        return {"P_19N": "1"}
    kind = head.get("exempt_kind", shown["exempt_kind"])
    basis = typed.line(head.get("exempt_basis", shown["exempt_basis"]))
    return {"P_19": "1"} | ({kind: basis} if basis and kind in EXEMPT_KINDS else {})


def _exempt_kind(tree: dict) -> str:
    return next((k for k in EXEMPT_KINDS if trees.text(tree, f"{EXEMPTION}/{k}")), "")


def _entries(tree: dict) -> list[dict]:
    return [e if isinstance(e, dict) else {} for e in trees.items(tree, "Fa/FaWiersz")]


def _line_boxes(entry: dict, position: int, mode: str) -> dict[str, str]:
    shown = {name: box.show(trees.text(entry, box.path)) for name, box in LINE_BOXES.items()}
    price = trees.text(entry, PRICES[mode]) or trees.text(entry, PRICES["net"])
    return shown | {"price": typed.shown_number(price), "position": str(position)}


def _net_method(tree: dict) -> str:
    method = totals.method_of(tree)
    return "line" if method == "line" else "net"


def _amounts(tree: dict) -> dict:
    body = tree.get("Fa")
    body = body if isinstance(body, dict) else {}
    return {
        name: totals.money.parse(str(value))
        for name, value in body.items()
        if name.startswith(TOTAL_NAMES) and not name.endswith("W")
    }


def _flag(tree: dict, path: str) -> str:
    return "1" if trees.text(tree, path) == "1" else ""


def _raw_text(tree: dict, path: str) -> str:
    value = trees.get(tree, path)
    return value if isinstance(value, str) else ""


def _set(holder: dict, name: str, value: str) -> None:
    if value:
        holder[name] = value
    else:
        holder.pop(name, None)


def _tidy(tree: dict) -> dict:
    """Groups that lost their last field are not written as empty elements."""
    for name in ("Platnosc",):
        body = tree.get("Fa", {})
        if name in body:
            pruned = trees.prune({"Fa": {name: body[name]}}).get("Fa", {})
            body.pop(name)
            body |= pruned
    for name in ("Stopka",):
        if name in tree:
            pruned = trees.prune({name: tree[name]})
            tree.pop(name)
            tree |= pruned
    if "Adres" in tree.get("Podmiot2", {}):
        pruned = trees.prune({"Podmiot2": {"Adres": tree["Podmiot2"].pop("Adres")}})
        tree["Podmiot2"] |= pruned.get("Podmiot2", {})
    return tree
