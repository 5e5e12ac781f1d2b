"""Two versions of one draft: what differs, and what can be put together without guessing."""

from copy import deepcopy
from dataclasses import dataclass
from itertools import islice

from invoices.fa3 import registry, schema, totals
from invoices.fa3 import tree as trees
from invoices.fa3.nodes import Node
from invoices.forms import counting

SHOWN = 50
_MISSING = object()


@dataclass(frozen=True)
class Differences:
    """Rows of (label, theirs, ours), the first fifty, and how many more there are."""

    rows: list[dict[str, str]]
    more: int


class NotMergeable(Exception):
    """Both sides changed the same field, or parts that only make sense together."""


def differences(theirs: dict, ours: dict, language: str) -> Differences:
    """The texts in which two trees differ, in document order as far as theirs goes."""
    left, right = dict(trees.leaves(theirs)), dict(trees.leaves(ours))
    paths = [path for path in {**left, **right} if left.get(path) != right.get(path)]
    rows = [
        {
            "label": ": ".join(registry.breadcrumb(path, language)),
            "theirs": left.get(path, ""),
            "ours": right.get(path, ""),
        }
        for path in islice(paths, SHOWN)
    ]
    return Differences(rows, len(paths) - len(rows))


def merged(base: dict, theirs: dict, ours: dict) -> dict:
    """A tree with the changes of both sides since `base`. Raises NotMergeable.

    An item of a list is one thing, and so are the branches of a choice: whose line is whose
    cannot be told from its place. Computed totals follow the lines, given ones are a field.
    """
    sides = (base, theirs, ours)
    if not all(map(counting.are_ours, sides)):
        return deepcopy(_group(schema.root(), *sides))
    result = deepcopy(_group(schema.root(), *map(_without_totals, sides)))
    return counting.counted(result, totals.method_of(ours), anew=False)


def is_untouched(start: dict, typed: dict) -> bool:
    """Whether a new form says no more than it started with; the total of nothing is not typed."""
    return _without_totals(typed) == _without_totals(start)


def _without_totals(tree: dict) -> dict:
    body = tree.get("Fa")
    if not isinstance(body, dict):
        return tree
    kept = {name: value for name, value in body.items() if not name.startswith(counting.TOTALS)}
    return tree | {"Fa": kept}


def _value(node: Node | None, base, theirs, ours):
    if theirs == ours or base == ours:
        return theirs
    if base == theirs:
        return ours
    if isinstance(theirs, list) and isinstance(ours, list) and isinstance(base, list):
        return _items(base, theirs, ours)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return _group(node, base if isinstance(base, dict) else {}, theirs, ours)
    raise NotMergeable


def _items(base: list, theirs: list, ours: list) -> list:
    if not len(base) == len(theirs) == len(ours):
        raise NotMergeable
    # Without a schema's node an item that both changed is refused as a whole.
    triples = zip(base, theirs, ours, strict=True)
    return [_one_side(*triple) for triple in triples]


def _one_side(base, theirs, ours):
    if theirs == ours or base == ours:
        return theirs
    if base == theirs:
        return ours
    raise NotMergeable


def _group(node: Node | None, base: dict, theirs: dict, ours: dict) -> dict:
    _refuse_mixed_branches(node, base, theirs, ours)
    result = {}
    for name in {**theirs, **ours}:
        sides = (side.get(name, _MISSING) for side in (base, theirs, ours))
        value = _value(node.by_name.get(name) if node else None, *sides)
        if value is not _MISSING:
            result[name] = value
    return result


def _refuse_mixed_branches(node: Node | None, base: dict, theirs: dict, ours: dict) -> None:
    if node is None or node.content is None:
        return
    for choice in node.content.choices():
        names = [inner.name for inner in choice.nodes()]
        was, left, right = ([side.get(n) for n in names] for side in (base, theirs, ours))
        if was != left != right != was:
            raise NotMergeable
