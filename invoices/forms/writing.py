"""Boxes → tree. A box that nobody touched changes nothing in the tree."""

from copy import deepcopy

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.forms import typed
from invoices.forms.fields import BOXES, BUYER, BUYER_KINDS, EMPTY_IDENTITIES, EXEMPT_KINDS
from invoices.forms.lines import PRICES, entries, rates, write_lines
from invoices.forms.reading import boxes_of, exempt_kind, totals_are_foreign

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
    write_lines(result, rows, mode, was=shown["price_mode"])
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
