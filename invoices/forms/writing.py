"""Boxes → tree. A box that nobody touched changes nothing in the tree."""

from copy import deepcopy

from invoices.fa3 import totals, zloty
from invoices.fa3 import tree as trees
from invoices.forms import counting, following, typed
from invoices.forms.fields import (
    BOXES,
    BUYER,
    BUYER_KINDS,
    EMPTY_IDENTITIES,
    EXEMPT_KINDS,
    FLAGS,
    OTHER,
    OTHER_METHOD,
    PAYMENT,
)
from invoices.forms.lines import PRICES, write_lines
from invoices.forms.reading import boxes_of, due_date

METHODS = ("net", "line")
CHOICES = {
    "price_mode": PRICES,
    "buyer_kind": BUYER_KINDS,
    "exempt_kind": EXEMPT_KINDS,
    "vat_method": METHODS,
}
# Groups that boxes of the head can empty, the innermost first.
GROUPS = (
    f"{PAYMENT}/TerminPlatnosci[0]",
    f"{PAYMENT}/RachunekBankowy[0]",
    PAYMENT,
    "Stopka/Informacje[0]",
    "Stopka",
    "Podmiot2/Adres",
)


def tree_with(
    tree: dict,
    head: dict[str, str],
    rows: list[dict[str, str]],
    *,
    given: dict | None = None,
    panels: frozenset[str] = frozenset(),
    empty: frozenset[str] = frozenset(),
    drawn: range | None = None,
    reductions: counting.Reductions = counting.nothing_taken,
) -> dict:
    """A copy of the tree with what was typed.

    `given` is the tree with what the panels say, `panels` names those that were drawn: what they
    show is theirs, so nothing there follows the head by itself. `empty` names the groups that
    stand on the invoice without any content. `drawn` are the places of the lines that rows stand
    for.
    """
    shown = boxes_of(tree, reductions)
    head = shown | {name: text for name, text in head.items() if not _same(text, shown[name])}
    head |= {name: shown[name] for name in CHOICES if head[name] not in CHOICES[name]}
    head = _with_due_date(_without_prefix(head), shown)
    given = tree if given is None else given
    result = deepcopy(given)
    _write_head(result, head, shown, panels)
    mode, was = head["price_mode"], shown["price_mode"]
    recounted = write_lines(result, rows, mode, was=was, drawn=drawn)
    following.follow(result, tree, head, shown, panels)
    if counting.are_due(tree, given, result, head, shown, reductions):
        result = _counted(result, tree, given, head, shown, reductions)
    else:
        totals.fill_lines(result, recounted, totals.method_of(given))
    return _tidy(result, given, empty)


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


def _with_due_date(head: dict[str, str], shown: dict[str, str]) -> dict[str, str]:
    """Days of credit that were typed become a date, unless a date was typed too."""
    if head["due_days"] == shown["due_days"] or head["due_on"] != shown["due_on"]:
        return head
    found = due_date(BOXES["issued_on"].read(head["issued_on"]), head["due_days"])
    return head | {"due_on": typed.shown_day(found)} if found else head


def _write_head(tree: dict, head: dict, shown: dict, panels: frozenset[str]) -> None:
    _write_buyer_kind(tree, head, shown)
    _write_payment(tree, head, shown)
    _write_method(tree, head, shown)
    _write_boxes(tree, head, shown, has_details="payment" in panels)
    for name, (path, off) in FLAGS.items():
        if head[name] != shown[name]:
            _put(tree, path, "1" if head[name] else off)


def _write_boxes(tree: dict, head: dict, shown: dict, *, has_details: bool) -> None:
    for name, box in BOXES.items():
        if head[name] == shown[name] or not _is_wanted(name, head):
            continue
        value = box.read(head[name])
        if name == "account" and not has_details:
            # Bank and SWIFT beside the old number are not those of the new one.
            _put(tree, box.path.rpartition("/")[0], {"NrRB": value} if value else {})
        else:
            is_kept = box.path.removeprefix(f"{BUYER}/") in EMPTY_IDENTITIES[head["buyer_kind"]]
            _put(tree, box.path, value if value or is_kept else None)


def _put(tree: dict, path: str, value) -> None:
    """Sets a value; nothing is made just to have something taken out of it."""
    if value or value == "" or trees.get(tree, path) is not None:
        trees.put(tree, path, value)


def _is_wanted(name: str, head: dict[str, str]) -> bool:
    """Boxes of another kind of buyer, and the date of an unpaid invoice, are not written."""
    element = BOXES[name].path.rpartition("/")[2]
    identifiers = {e for elements in BUYER_KINDS.values() for e in elements}
    if BOXES[name].path.startswith(f"{BUYER}/") and element in identifiers:
        return element in BUYER_KINDS[head["buyer_kind"]]
    if name in ("payment_method", "other_method"):
        return (name == "other_method") == (head["payment_method"] == OTHER)
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


def _write_method(tree: dict, head: dict[str, str], shown: dict[str, str]) -> None:
    """FormaPlatnosci, or PlatnoscInna with its description: one of the two."""
    if head["payment_method"] == shown["payment_method"]:
        return
    if head["payment_method"] == OTHER:
        _put(tree, BOXES["payment_method"].path, None)
        trees.put(tree, OTHER_METHOD[0], "1")
        trees.put(tree, OTHER_METHOD[1], "")
    else:
        for path in OTHER_METHOD:
            _put(tree, path, None)


def _counted(tree: dict, before: dict, given: dict, head: dict, shown: dict, reductions) -> dict:
    if counting.is_advance(tree):
        return counting.order_counted(before, tree)
    mode, anew = head["price_mode"], counting.is_anew(head, shown)
    method = "gross" if mode == "gross" else head["vat_method"]
    is_exchange = counting.are_only_exchanged(before, tree, head, shown)
    if is_exchange:
        made = zloty.filled(tree)
    else:
        made = counting.counted(tree, method, anew=anew, reductions=reductions)
    return counting.with_typed_zloty(made, before=before, given=given)


def _tidy(tree: dict, given: dict, empty: frozenset[str]) -> dict:
    """Groups that lost their last box are not written as empty elements."""
    for path in GROUPS:
        group = trees.get(tree, path)
        if group == {} and path not in empty and trees.get(given, path) != {}:
            _take_out(tree, path)
    return tree


def _take_out(tree: dict, path: str) -> None:
    """Removes a group; a list without items goes too."""
    above, _, name = path.rpartition("/")
    holder = trees.get(tree, above) if above else tree
    if not name.endswith("[0]"):
        holder.pop(name)
        return
    entries = holder[name.removesuffix("[0]")]
    entries.pop(0)
    if not entries:
        holder.pop(name.removesuffix("[0]"))
