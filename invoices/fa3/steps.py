"""The schema as tables for reading and writing: one dictionary look-up for each element.

Walking the nodes themselves costs more than what libxml2 needs for the whole document.
"""

from dataclasses import dataclass
from functools import lru_cache

from invoices.fa3 import schema
from invoices.fa3.nodes import Node

# place in the schema's order, name, most occurrences (1: no list, None: unbounded), table of
# a group or None for a leaf, keys of attributes; a tuple, because it is unpacked in hot loops
Step = tuple[int, str, int | None, "Table | None", tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """What may stand in one group: steps by the key of a tree and by lxml's tag."""

    by_name: dict[str, Step]
    by_tag: dict[str, Step]
    attributes: tuple[str, ...]


def root() -> Table:
    """The table of Faktura in the schema in force."""
    return _table(schema.root())


@lru_cache(maxsize=4)
def _table(node: Node) -> Table:
    steps = {
        tag: (place, child.name, child.max, _inner(child), _keys(child))
        for place, (tag, child) in enumerate(node.by_tag.items())
    }
    return Table({step[1]: step for step in steps.values()}, steps, _keys(node))


def _inner(node: Node) -> Table | None:
    return None if node.is_leaf else _table.__wrapped__(node)


def _keys(node: Node) -> tuple[str, ...]:
    return tuple(attribute.key for attribute in node.attributes)
