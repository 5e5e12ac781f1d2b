"""The schema as tables for reading and writing: one dictionary look-up for each element.

Walking the nodes themselves costs more than what libxml2 needs for the whole document.
"""

from functools import lru_cache

from invoices.fa3.nodes import Node, Schema

# Place in the schema's order, most occurrences (1: no list, None: unbounded), table of a group
# or None for a leaf, keys of attributes. Tuples and dicts, because hot loops unpack them.
Keys = tuple[str, ...]
Step = tuple[int, int | None, "Table | None", Keys]
Table = dict[str, Step]


@lru_cache(maxsize=4)
def of(known: Schema) -> Table:
    """What may stand in Faktura, by name."""
    return _table(known.root)


def _table(node: Node) -> Table:
    return {
        child.name: (place, child.max, None if child.is_leaf else _table(child), _keys(child))
        for place, child in enumerate(node.children)
    }


def _keys(node: Node) -> Keys:
    return tuple(attribute.key for attribute in node.attributes)
