"""The schema as tables for reading and writing: one dictionary look-up for each element.

Walking the nodes themselves costs more than what libxml2 needs for the whole document.
"""

from functools import lru_cache

from invoices.fa3.nodes import Node, Schema

Keys = tuple[str, ...]
# Place in the schema's order, most occurrences (1: no list, None: unbounded), and None for a
# leaf, for others (table of a group or None, keys of attributes). Tuples and dicts, because hot
# loops unpack them.
Inner = tuple["Table | None", Keys]
Step = tuple[int, int | None, Inner | None]
Table = dict[str, Step]


@lru_cache(maxsize=4)
def of(known: Schema) -> Table:
    """What may stand in Faktura, by name."""
    return _table(known.root)


def _table(node: Node) -> Table:
    return {
        child.name: (place, child.max, _inner(child)) for place, child in enumerate(node.children)
    }


def _inner(node: Node) -> Inner | None:
    keys = tuple(attribute.key for attribute in node.attributes)
    table = None if node.is_leaf else _table(node)
    return (table, keys) if keys or table is not None else None
