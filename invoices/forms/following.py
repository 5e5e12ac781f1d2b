"""What follows from the boxes by itself: annotations of rates, a recipient, the exchange rate.

Only where the panel that shows it is not drawn: what a person sees in a box is never changed
behind her back.
"""

from invoices.fa3 import tree as trees
from invoices.fa3.zloty import ZLOTY
from invoices.forms import typed
from invoices.forms.fields import PAYMENT
from invoices.forms.lines import entries, rates
from invoices.forms.reading import exempt_kind

REVERSE_RATES = frozenset({"oo", "np I", "np II"})
# Here the buyer always accounts for the tax (art. 106e ust. 1 pkt 18); with "np I" it depends.
BUYER_PAYS = frozenset({"oo", "np II"})
EU_RATES = frozenset({"0 WDT", "np II"})  # the seller needs the prefix PL (art. 97(10))
PARTLY = "1"  # of ZnacznikZaplatyCzesciowej; 2 is paid up, in parts
RECIPIENTS = {"jst": "8", "gv": "10"}  # Podmiot3/Rola


def follow(tree: dict, before: dict, head: dict, shown: dict, panels: frozenset[str]) -> None:
    """Writes what follows; `before` is the tree that was shown."""
    if "tax" not in panels:
        is_said = any(head[name] != shown[name] for name in ("exempt_kind", "exempt_basis"))
        if is_said:
            _write_exemption(tree, head)
        _follow_rates(tree, rates(before), rates(tree), is_said=is_said)
    if "third" not in panels:
        for name, role in RECIPIENTS.items():
            if head[name] != shown[name]:
                _write_recipient(tree, role, wanted=bool(head[name]))
    _mark_partial(tree, before)
    _spread_exchange_rate(tree, len(entries(before)), head, shown)


def _mark_partial(tree: dict, before: dict) -> None:
    """The first partial payment comes with its marker: the schema has none without the other."""
    parts, marker = f"{PAYMENT}/ZaplataCzesciowa", f"{PAYMENT}/ZnacznikZaplatyCzesciowej"
    is_first = trees.items(tree, parts) and not trees.items(before, parts)
    if is_first and not trees.text(tree, marker) and not trees.text(tree, f"{PAYMENT}/Zaplacono"):
        trees.put(tree, marker, PARTLY)


def _write_exemption(tree: dict, head: dict) -> None:
    basis, kind = typed.line(head["exempt_basis"]), head["exempt_kind"]
    if basis:
        _annotations(tree)["Zwolnienie"] = {"P_19": "1", kind: basis}  # art. 106e ust. 1 pkt 19
    else:
        is_exempt = "zw" in rates(tree)
        _annotations(tree)["Zwolnienie"] = {"P_19": "1"} if is_exempt else {"P_19N": "1"}


def _follow_rates(tree: dict, before: set[str], after: set[str], *, is_said: bool) -> None:
    """What the law wants beside a rate, when the first line has it or the last one loses it."""
    # An exempt company's invoice starts with art. 113; taxed first lines have no use for it.
    is_unused = not before and after and "zw" not in after and exempt_kind(tree) and not is_said
    if "zw" in before - after or is_unused:
        _annotations(tree)["Zwolnienie"] = {"P_19N": "1"}
    elif "zw" in after - before and not exempt_kind(tree):
        _annotations(tree)["Zwolnienie"] = {"P_19": "1"}  # art. 106e ust. 1 pkt 19
    if after & BUYER_PAYS and not before & BUYER_PAYS:
        _annotations(tree)["P_18"] = "1"
    elif before & BUYER_PAYS and not after & REVERSE_RATES:
        _annotations(tree)["P_18"] = "2"
    if after & EU_RATES and not before & EU_RATES:
        tree.setdefault("Podmiot1", {})["PrefiksPodatnika"] = "PL"


def _write_recipient(tree: dict, role: str, *, wanted: bool) -> None:
    """The third party that gets the invoice in KSeF; what was typed into it is not removed."""
    parties = trees.items(tree, "Podmiot3")
    if not wanted:
        parties = [party for party in parties if party != _recipient(role)]
    elif role not in {trees.text(party, "Rola") for party in parties if isinstance(party, dict)}:
        parties = [*parties, _recipient(role)]
    trees.put(tree, "Podmiot3", parties or None)


def _recipient(role: str) -> dict:
    return {"DaneIdentyfikacyjne": {"NIP": ""}, "Rola": role}


def _spread_exchange_rate(tree: dict, count_before: int, head: dict, shown: dict) -> None:
    """One rate for all lines (KursWaluty), for new lines too; none on an invoice in złoty."""
    rate, was = (typed.number(each["exchange_rate"]) for each in (head, shown))
    lines = entries(tree)
    if head["currency"] != shown["currency"] and typed.code(head["currency"]) == ZLOTY:
        rate = ""
    if rate != was:
        for entry in lines:
            _set_rate(entry, rate)
    elif rate and len(lines) > count_before:
        for entry in lines:
            entry.setdefault("KursWaluty", rate)


def _set_rate(entry: dict, rate: str) -> None:
    if rate:
        entry["KursWaluty"] = rate
    else:
        entry.pop("KursWaluty", None)


def _annotations(tree: dict) -> dict:
    return tree.setdefault("Fa", {}).setdefault("Adnotacje", {})
