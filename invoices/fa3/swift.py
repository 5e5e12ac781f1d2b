"""The plain way from XML to a tree: for documents without anything to remark on.

Nearly all invoices are such. Whatever is unusual makes `tree_of` give up, and `Reader` looks at
the document with care. So there is nothing here that refuses, explains or leaves anything out.
"""

import re
from functools import lru_cache
from typing import Any

from lxml import etree

from invoices.fa3 import schema, steps
from invoices.fa3.nodes import Schema
from invoices.fa3.steps import Inner, Keys, Table
from invoices.fa3.tree import TEXT, Tree
from ksefapp.lib.xml import XmlRefused, parse_checked, refuse_by_bytes

_LONGEST_HEAD = 2000  # bytes
_COUNT_ATTRIBUTES = etree.XPath("count(/descendant::*/@*)")


class _Unusual(Exception):
    """Not as nearly all invoices are."""


def tree_of(data: bytes) -> Tree | None:
    """The tree of a document, or None if it has to be read with care; never raises."""
    known = schema.schema()
    start = data.find(b"<Faktura", 0, _LONGEST_HEAD)
    end = data.find(b">", start, _LONGEST_HEAD) + 1 if start >= 0 else 0
    head = _bare_head(known, data[:end])
    if head is None:
        return None
    try:
        return _document(head, data[end:], steps.of(known))
    except (_Unusual, XmlRefused, KeyError):  # KeyError: FA(3) has no such element there
        return None


@lru_cache(maxsize=64)  # programs write the same head again and again
def _bare_head(known: Schema, head: bytes) -> bytes | None:
    """The declaration and the first tag without its namespaces; None if it has more than those.

    lxml makes the name of every element anew, and with a namespace that takes half as long
    again. A prefix that is used anywhere is undeclared then, which is an error of syntax.
    """
    own = rb'\s+xmlns="%b"' % re.escape(known.namespace.encode())
    tools = b"".join(rb'(?:\s+xmlns:%b="[^"<>&]*")?' % each for each in (b"etd", b"xsi", b"xsd"))
    names = rb"(?:%b%b|%b%b)" % (tools, own, own, tools)
    found = re.fullmatch(rb"(?:<\?xml [^<>]*\?>)?\s*<Faktura(%b)>" % names, head)
    return head[: found.start(1)] + head[found.end(1) :] if found else None


def _document(head: bytes, after: bytes, table: Table) -> Tree:
    if b"xmlns" in after:
        raise _Unusual
    bare = head + after
    refuse_by_bytes(bare)
    root = parse_checked(bare)
    if root.getprevious() is not None or root.getnext() is not None:  # comments, instructions
        raise _Unusual
    attributes: list[str] = []
    tree = _group(table, root, attributes)
    # Every attribute has its "=", and those are counted quicker than attributes.
    if len(attributes) != after.count(b"=") and len(attributes) != _COUNT_ATTRIBUTES(root):
        raise _Unusual
    return tree


def _group(table: Table, element: etree._Element, attributes: list[str]) -> Tree:
    """The children of an element; `attributes` gathers the names of those that were read."""
    tree: Tree = {}
    last = -1
    if element.text is not None:
        _no_text(element.text)
    for child in element:
        name = child.tag
        place, most, inner = table[name]
        if child.tail is not None:
            _no_text(child.tail)
        if inner is not None:
            value = _inner(inner, child, attributes)
        elif len(child):
            raise _Unusual
        else:
            value = child.text or ""
        if place > last:
            tree[name] = value if most == 1 else [value]
            last = place
        elif place == last:
            _append(tree[name], value, most)
        else:
            raise _Unusual
    return tree


def _inner(inner: Inner, element: etree._Element, attributes: list[str]) -> Tree:
    table, keys = inner
    if table is not None:
        value = _group(table, element, attributes)
    elif len(element):
        raise _Unusual
    else:
        value = {TEXT: element.text or ""}
    return _attributed(element, keys, value, attributes) if keys else value


def _no_text(text: str) -> None:
    if not text.isspace():
        raise _Unusual


def _append(entries: Any, value: Any, most: int | None) -> None:
    if most == 1 or (most is not None and len(entries) == most):
        raise _Unusual
    entries.append(value)


def _attributed(element: etree._Element, keys: Keys, value: Tree, attributes: list[str]) -> Tree:
    """The value with its attributes in front."""
    found = {"@" + name: text for name, text in element.items()}
    if not found.keys() <= set(keys):
        raise _Unusual
    attributes += found
    return found | value
