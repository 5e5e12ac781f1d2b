"""Tree → boxes: what the simple screen shows of an invoice."""

import json
from zlib import crc32

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
from ksefapp.lib import money

SHOWN_LINES = 500  # of a longer invoice the rest stays as it is
TOTAL_NAMES = ("P_13_", "P_14_", "P_15")
# What the screen shows of a line, or counts from that; the rest of an entry is hidden.
AMOUNTS = ("P_11", "P_11A", "P_11Vat")
SHOWN_OF_LINE = frozenset(
    {"NrWierszaFa", *AMOUNTS, *PRICES.values()} | {box.path for box in LINE_BOXES.values()}
)
# Boxes for problems of whole groups, and of elements that have no box of their own.
IDENTIFIERS = {
    "nip": "buyer_nip",
    "eu": "buyer_eu_number",
    "other": "buyer_id",
    "none": "buyer_name",
}
PARENTS = {
    f"{BUYER}/BrakID": "buyer_name",
    "Podmiot2/Adres": "buyer_address1",
    f"{PAYMENT}/Zaplacono": "paid_on",
    f"{PAYMENT}/RachunekBankowy": "account",
    f"{PAYMENT}/TerminPlatnosci": "due_on",
    "Fa/FaWiersz": "line-0-name",
    "Fa/Adnotacje/P_18A": "split_payment",
    "Fa/Adnotacje/P_18": "reverse_charge",
}
LINE_PARTS = {box.path: name for name, box in LINE_BOXES.items()}
LINE_PARTS |= dict.fromkeys(PRICES.values(), "price")


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
        "exempt_kind": exempt_kind(tree) or "P_19A",
        "exempt_basis": trees.text(tree, f"{EXEMPTION}/{exempt_kind(tree) or EXEMPT_KINDS[0]}"),
        "keep_totals": "1" if totals_are_foreign(tree) else "",
    }


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


def buyer_kind(tree: dict) -> str:
    """nip, eu, other or none: by the identifier that is there, be it still empty."""
    holder = trees.get(tree, BUYER)
    holder = holder if isinstance(holder, dict) else {}
    return next((kind for kind, names in BUYER_KINDS.items() if set(names) & set(holder)), "nip")


def price_mode(tree: dict) -> str:
    """Whether prices are net or gross (art. 106e ust. 7 and 8), for the whole invoice."""
    has_gross = any("P_9B" in entry and "P_9A" not in entry for entry in entries(tree))
    return "gross" if has_gross or totals.method_of(tree) == "gross" else "net"


def totals_are_foreign(tree: dict) -> bool:
    """Whether totals were given (imported) that our own arithmetic would not give."""
    if not trees.text(tree, "Fa/P_15"):
        return False
    ours = totals.compute(tree, method=totals.method_of(tree))
    return _amounts(tree) != _amounts(ours)


def _amounts(tree: dict) -> dict:
    body = tree.get("Fa")
    body = body if isinstance(body, dict) else {}
    return {
        name: money.parse(str(value))
        for name, value in body.items()
        if name.startswith(TOTAL_NAMES) and not name.endswith("W")
    }


def problem_box(path: str, tree: dict) -> str:
    """The name of the box that a problem's path points to; "" when the screen shows none."""
    for name, box in BOXES.items():
        if path == box.path:
            return name
    if path.startswith(EXEMPTION):
        return "exempt_basis" if "zw" in rates(tree) else ""
    if path.startswith("Fa/FaWiersz["):
        position, _, element = path.removeprefix("Fa/FaWiersz[").partition("]/")
        return f"line-{position.rstrip(']')}-{LINE_PARTS.get(element, 'name')}"
    if path in (BUYER, "Podmiot2"):
        return IDENTIFIERS[buyer_kind(tree)]
    return PARENTS.get(path, "")


def entries(tree: dict) -> list[dict]:
    """The lines; one that is no group counts as an empty one."""
    return [e if isinstance(e, dict) else {} for e in trees.items(tree, "Fa/FaWiersz")]


def rates(tree: dict) -> set[str]:
    """The values of P_12 that lines use."""
    return {trees.text(entry, "P_12") for entry in entries(tree)}


def exempt_kind(tree: dict) -> str:
    """Which of P_19A, P_19B and P_19C says why an exemption applies; "" for none."""
    return next((k for k in EXEMPT_KINDS if trees.text(tree, f"{EXEMPTION}/{k}")), "")


def _flag(tree: dict, path: str) -> str:
    return "1" if trees.text(tree, path) == "1" else ""


def _raw_text(tree: dict, path: str) -> str:
    value = trees.get(tree, path)
    return value if isinstance(value, str) else ""
