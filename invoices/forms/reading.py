"""Tree → boxes: what the simple screen shows of an invoice."""

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.forms.fields import (
    BOXES,
    BUYER,
    BUYER_KINDS,
    EXEMPT_KINDS,
    EXEMPTION,
    PAYMENT,
)
from invoices.forms.lines import LINE_BOXES, PRICES, price_mode, rates
from ksefapp.lib import money

TOTAL_NAMES = ("P_13_", "P_14_", "P_15")
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


def buyer_kind(tree: dict) -> str:
    """nip, eu, other or none: by the identifier that is there, be it still empty."""
    holder = trees.get(tree, BUYER)
    holder = holder if isinstance(holder, dict) else {}
    return next((kind for kind, names in BUYER_KINDS.items() if set(names) & set(holder)), "nip")


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


def exempt_kind(tree: dict) -> str:
    """Which of P_19A, P_19B and P_19C says why an exemption applies; "" for none."""
    return next((k for k in EXEMPT_KINDS if trees.text(tree, f"{EXEMPTION}/{k}")), "")


def _flag(tree: dict, path: str) -> str:
    return "1" if trees.text(tree, path) == "1" else ""


def _raw_text(tree: dict, path: str) -> str:
    value = trees.get(tree, path)
    return value if isinstance(value, str) else ""
