"""Whose totals stand on the invoice: ours, or those of a file or a person, and when we count."""

from collections.abc import Callable

from invoices.fa3 import orders, settling, totals, zloty
from invoices.fa3 import tree as trees
from invoices.fa3.rates import PLN_VAT_FIELDS
from invoices.forms.lines import PRICES, entries
from ksefapp.lib import money

TOTALS = ("P_13_", "P_14_", "P_15")
ADVANCE_NAMES = "Fa/FakturaZaliczkowa"
COUNTED = ("P_8B", "P_10", "P_12", "P_12_XII", *PRICES.values())
MARGIN = "Fa/Adnotacje/PMarzy/P_PMarzy"
ORDINARY = frozenset({"", "VAT"})
# Their amounts come from the order and the payment (art. 106f), not from lines.
ADVANCES = frozenset({"ZAL", "KOR_ZAL"})
# What the advances that a settlement names have already charged, None while one is unknown.
Reductions = Callable[[dict], settling.Amounts | None]
ORDER_ROW = ("P_8BZ", "P_9AZ", "P_12Z", "P_12Z_XII")
ORDER_AMOUNTS = ("P_11NettoZ", "P_11VatZ", "StanPrzedZ")


def nothing_taken(_tree: dict) -> settling.Amounts | None:
    """Reductions of a form that knows no advances: none of them can be told."""
    return None


def counted(tree: dict, method: str, *, anew: bool, reductions: Reductions = nothing_taken) -> dict:
    """A copy with our totals; amounts of lines that are given stay, unless counted `anew`.

    A settlement's totals are those of its lines less what its advances charged.
    """
    if is_advance(tree):
        return orders.counted(tree, places=None if anew else ())
    made = totals.compute(tree, method=method, only_missing=not anew)
    taken = _taken(tree, reductions)
    return zloty.filled(settling.reduced(made, taken) if taken else made)


def is_advance(tree: dict) -> bool:
    """Whether the totals come from an order: an advance without lines of its own."""
    return trees.text(tree, "Fa/RodzajFaktury") in ADVANCES and not entries(tree)


def _taken(tree: dict, reductions: Reductions) -> settling.Amounts | None:
    """What the named advances charged; {} without any, None where one is unknown."""
    if trees.text(tree, "Fa/RodzajFaktury") != "ROZ" or not trees.items(tree, ADVANCE_NAMES):
        return {}
    return reductions(tree)


def with_typed_zloty(tree: dict, before: dict, given: dict) -> dict:
    """VAT in złoty that was typed into its own box goes before ours; changes the tree."""
    for name in PLN_VAT_FIELDS:
        typed = trees.get(given, f"Fa/{name}")
        if typed != trees.get(before, f"Fa/{name}"):
            trees.put(tree, f"Fa/{name}", typed)
    return tree


def are_ours(tree: dict, reductions: Reductions = nothing_taken) -> bool:
    """Whether our own arithmetic gives the totals of the invoice, or it has none yet."""
    if not trees.text(tree, "Fa/P_15"):
        return True
    ours = counted(tree, totals.method_of(tree), anew=False, reductions=reductions)
    return _amounts(ours) == _amounts(tree)


def method_of(tree: dict) -> str:
    """ "line" where VAT is counted per line (art. 106e ust. 10), else "net"; for net prices."""
    return "line" if totals.method_of(tree) == "line" else "net"


def are_due(
    before: dict,
    given: dict,
    after: dict,
    head: dict,
    shown: dict,
    reductions: Reductions = nothing_taken,
) -> bool:
    """Whether totals are counted now.

    `before` is what was stored, `given` that with what the panels say, `after` the whole but for
    totals. Given totals stay until the money in a line changes or the person asks for ours; those
    typed into their own boxes stay. Other kinds than an ordinary invoice count in ways of their
    own (a settlement is reduced by its advances), so there they stay as long as they are kept.
    """
    is_kept, was_kept = bool(head["keep_totals"]), bool(shown["keep_totals"])
    kind = trees.text(after, "Fa/RodzajFaktury")
    taken = _taken(after, reductions)
    if taken is None and trees.text(before, "Fa/P_15"):
        return False
    if was_kept and not is_kept:
        return True
    if is_advance(after):
        return not is_kept and _is_order_changed(before, given, after)
    if _totals(given) != _totals(before):
        return False
    if not trees.text(before, "Fa/P_15"):
        return True
    if not is_kept and taken != _taken(before, reductions):
        return True
    if is_kept and (not was_kept or kind not in ORDINARY):
        return False
    return (
        _money(before) != _money(after)
        or _exchange(before) != _exchange(after)
        or is_anew(head, shown)
    )


def _is_order_changed(before: dict, given: dict, after: dict) -> bool:
    """Whether the order, the payment or its rate of exchange changed, and no total was typed."""
    typed = [_totals(tree) | {"P_15": None} for tree in (given, before)]
    return typed[0] == typed[1] and _order_facts(before) != _order_facts(after)


def _order_facts(tree: dict) -> list:
    names = ("KodWaluty", "P_15", "P_15ZK", "KursWalutyZ", "RodzajFaktury")
    payments = trees.groups(tree, orders.PAYMENTS)
    return [
        _texts(trees.groups(tree, orders.ROWS), ORDER_ROW + ORDER_AMOUNTS),
        [trees.text(tree, f"Fa/{name}") for name in names],
        _texts(payments, ("P_15Z", "KursWalutyZW")),
    ]


def _texts(rows: list[dict], names: tuple[str, ...]) -> list[list[str]]:
    return [[trees.text(row, name) for name in names] for row in rows]


def order_counted(before: dict, after: dict) -> dict:
    """A copy with an advance's totals; of the order only rows whose quantity or price changed.

    Payments that were added or changed one by one make the sum, unless that was typed too.
    """
    rows = [_texts(trees.groups(tree, orders.ROWS), ORDER_ROW) for tree in (before, after)]
    places = {place for place, row in enumerate(rows[1]) if row not in rows[0][place : place + 1]}
    paid = [_texts(trees.groups(tree, orders.PAYMENTS), ("P_15Z",)) for tree in (before, after)]
    sums = [trees.text(tree, "Fa/P_15") for tree in (before, after)]
    if paid[1] and paid[0] != paid[1] and sums[0] == sums[1]:
        after = {**after, "Fa": {name: v for name, v in after["Fa"].items() if name != "P_15"}}
    return orders.counted(after, places=places)


def are_only_exchanged(before: dict, after: dict, head: dict, shown: dict) -> bool:
    """Whether nothing but currency and rate of exchange changed: only VAT in złoty follows them."""
    is_counted = bool(trees.text(before, "Fa/P_15")) and not is_anew(head, shown)
    return is_counted and _money(before) == _money(after)


def is_anew(head: dict, shown: dict) -> bool:
    """Whether amounts of lines are counted again too: another method, or the person asked."""
    has_asked = bool(shown["keep_totals"]) and not head["keep_totals"]
    return has_asked or any(head[n] != shown[n] for n in ("vat_method", "price_mode"))


def _money(tree: dict) -> list:
    """What totals are made of; with the margin scheme, lines without a rate count as well."""
    lines = [[trees.text(entry, name) for name in COUNTED] for entry in entries(tree)]
    return [trees.text(tree, MARGIN), *lines]


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
