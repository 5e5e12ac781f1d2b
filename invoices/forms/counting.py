"""Whose totals stand on the invoice: ours, or those of a file or a person, and when we count."""

from invoices.fa3 import totals, zloty
from invoices.fa3 import tree as trees
from invoices.fa3.rates import PLN_VAT_FIELDS
from invoices.forms.lines import PRICES, entries
from ksefapp.lib import money

TOTALS = ("P_13_", "P_14_", "P_15")
COUNTED = ("P_8B", "P_10", "P_12", "P_12_XII", *PRICES.values())
ORDINARY = frozenset({"", "VAT"})
# Their amounts come from the order and the payment (art. 106f), not from lines.
ADVANCES = frozenset({"ZAL", "KOR_ZAL"})


def counted(tree: dict, method: str, *, anew: bool) -> dict:
    """A copy with our totals; amounts of lines that are given stay, unless counted `anew`."""
    return zloty.filled(totals.compute(tree, method=method, only_missing=not anew))


def with_typed_zloty(tree: dict, before: dict, given: dict) -> dict:
    """VAT in złoty that was typed into its own box goes before ours; changes the tree."""
    for name in PLN_VAT_FIELDS:
        typed = trees.get(given, f"Fa/{name}")
        if typed != trees.get(before, f"Fa/{name}"):
            trees.put(tree, f"Fa/{name}", typed)
    return tree


def are_ours(tree: dict) -> bool:
    """Whether our own arithmetic gives the totals of the invoice, or it has none yet."""
    if not trees.text(tree, "Fa/P_15"):
        return True
    ours = counted(tree, totals.method_of(tree), anew=False)
    return _amounts(ours) == _amounts(tree)


def method_of(tree: dict) -> str:
    """ "line" where VAT is counted per line (art. 106e ust. 10), else "net"; for net prices."""
    return "line" if totals.method_of(tree) == "line" else "net"


def are_due(before: dict, given: dict, after: dict, head: dict, shown: dict) -> bool:
    """Whether totals are counted now.

    `before` is what was stored, `given` that with what the panels say, `after` the whole but for
    totals. Given totals stay until the money in a line changes or the person asks for ours; those
    typed into their own boxes stay. Other kinds than an ordinary invoice count in ways of their
    own (a settlement is reduced by its advances), so there they stay as long as they are kept.
    """
    is_kept, was_kept = bool(head["keep_totals"]), bool(shown["keep_totals"])
    kind = trees.text(after, "Fa/RodzajFaktury")
    if was_kept and not is_kept:
        return True
    if _totals(given) != _totals(before) or (kind in ADVANCES and not entries(after)):
        return False
    if not trees.text(before, "Fa/P_15"):
        return True
    if is_kept and (not was_kept or kind not in ORDINARY):
        return False
    return (
        _money(before) != _money(after)
        or _exchange(before) != _exchange(after)
        or is_anew(head, shown)
    )


def are_only_exchanged(before: dict, after: dict, head: dict, shown: dict) -> bool:
    """Whether nothing but currency and rate of exchange changed: only VAT in złoty follows them."""
    is_counted = bool(trees.text(before, "Fa/P_15")) and not is_anew(head, shown)
    return is_counted and _money(before) == _money(after)


def is_anew(head: dict, shown: dict) -> bool:
    """Whether amounts of lines are counted again too: another method, or the person asked."""
    has_asked = bool(shown["keep_totals"]) and not head["keep_totals"]
    return has_asked or any(head[n] != shown[n] for n in ("vat_method", "price_mode"))


def _money(tree: dict) -> list:
    return [[trees.text(entry, name) for name in COUNTED] for entry in entries(tree)]


def _exchange(tree: dict) -> list[str]:
    rates = (trees.text(entry, "KursWaluty") for entry in entries(tree))
    return [trees.text(tree, "Fa/KodWaluty"), *rates]


def _amounts(tree: dict) -> dict:
    """Totals as numbers, VAT in złoty too: 20000 is 20000.00."""
    return {name: money.parse(trees.text(tree, f"Fa/{name}")) for name in _names(tree)}


def _totals(tree: dict) -> dict:
    """Totals as texts, without VAT in złoty, which has a panel of its own."""
    names = [name for name in _names(tree) if name not in PLN_VAT_FIELDS]
    return {name: trees.get(tree, f"Fa/{name}") for name in names}


def _names(tree: dict) -> list[str]:
    body = tree.get("Fa")
    return [name for name in body if name.startswith(TOTALS)] if isinstance(body, dict) else []
