"""Tree → boxes: what the simple screen shows of an invoice."""

from datetime import date

from invoices.fa3 import schema
from invoices.fa3 import tree as trees
from invoices.fa3.facades import day
from invoices.forms import counting, typed
from invoices.forms.fields import (
    BOXES,
    BUYER,
    BUYER_KINDS,
    EXEMPT_KINDS,
    EXEMPTION,
    FLAGS,
    OTHER,
    OTHER_METHOD,
    PAYMENT,
)
from invoices.forms.lines import LINE_BOXES, PRICES, entries, price_mode, rates

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
}
PARENTS |= {path: name for name, (path, _) in FLAGS.items()}
LINE_PARTS = {box.path: name for name, box in LINE_BOXES.items()}
LINE_PARTS |= dict.fromkeys(PRICES.values(), "price")


def boxes_of(
    tree: dict, reductions: counting.Reductions = counting.nothing_taken
) -> dict[str, str]:
    """The text of every box of the head, as the form shows it."""
    shown = {name: box.show(trees.text(tree, box.path)) for name, box in BOXES.items()}
    shown |= {name: _raw_text(tree, BOXES[name].path) for name in ("notes", "buyer_id")}
    shown |= {name: _flag(tree, path) for name, (path, _) in FLAGS.items()}
    return shown | {
        "buyer_kind": buyer_kind(tree),
        "price_mode": price_mode(tree),
        "vat_method": counting.method_of(tree),
        "payment_method": _method(tree),
        "paid": _flag(tree, f"{PAYMENT}/Zaplacono"),
        "due_days": due_days(tree),
        "exchange_rate": typed.shown_number(exchange_rate(tree)),
        "exempt_kind": exempt_kind(tree) or "P_19A",
        "exempt_basis": trees.text(tree, f"{EXEMPTION}/{exempt_kind(tree) or EXEMPT_KINDS[0]}"),
        "keep_totals": "" if counting.are_ours(tree, reductions) else "1",
    }


def buyer_kind(tree: dict) -> str:
    """nip, eu, other or none: by the identifier that is there, be it still empty."""
    holder = trees.get(tree, BUYER)
    holder = holder if isinstance(holder, dict) else {}
    return next((kind for kind, names in BUYER_KINDS.items() if set(names) & set(holder)), "nip")


def _method(tree: dict) -> str:
    """FormaPlatnosci, or the word for another way that is described."""
    is_described = any(trees.get(tree, path) is not None for path in OTHER_METHOD)
    return OTHER if is_described else trees.text(tree, f"{PAYMENT}/FormaPlatnosci")


def due_days(tree: dict) -> str:
    """Days from the date of issue to the first due date; "" where one of them is unclear."""
    issued, due = day(tree, BOXES["issued_on"].path), day(tree, BOXES["due_on"].path)
    return str((due - issued).days) if issued and due and due >= issued else ""


def due_date(issued_on: str, days: str) -> str:
    """The due date as XML has it, "" unless both are clear: `2026-11-23` and `14 dni`."""
    count = typed.count(days.strip().removesuffix("dni").strip())
    try:
        return date.fromordinal(date.fromisoformat(issued_on).toordinal() + count).isoformat()
    except (TypeError, ValueError, OverflowError):
        return ""


def exchange_rate(tree: dict) -> str:
    """KursWaluty of all lines, "" where it is missing in one or they differ."""
    found = {trees.text(entry, "KursWaluty") for entry in entries(tree)}
    return found.pop() if len(found) == 1 else ""


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
    """Whole numbers are compared by value, as the schema does: "01" is yes too."""
    return "1" if trees.text(tree, path).removeprefix("+").lstrip("0") == "1" else ""


def _raw_text(tree: dict, path: str) -> str:
    """White space as the schema reads it: of these elements it does not collapse."""
    value, facets = trees.get(tree, path), schema.node(trees.plain(path)).facets
    return trees.read_as(value, facets.white_space) if isinstance(value, str) else ""
