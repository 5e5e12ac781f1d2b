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
from invoices.fa3.steps import Keys, Table
from invoices.fa3.tree import TEXT, Tree
from ksefapp.lib.xml import XmlRefused, parse_checked, refuse_by_bytes

_COUNT_ATTRIBUTES = etree.XPath("count(/descendant::*/@*)")


class _Unusual(Exception):
    """Not as nearly all invoices are."""


def tree_of(data: bytes) -> Tree | None:
    """The tree of a document, or None if it has to be read with care; never raises."""
    known = schema.schema()
    head = _head(known).match(data)
    if head is None:
        return None
    try:
        return _document(data[: head.start(1)], data[head.end(1) :], steps.of(known))
    except (_Unusual, XmlRefused):
        return None


@lru_cache(maxsize=4)
def _head(known: Schema) -> re.Pattern[bytes]:
    """The declaration and the first tag, with the schema's namespace and those tools add."""
    own = rb'\s+xmlns="%b"' % re.escape(known.namespace.encode())
    tools = b"".join(rb'(?:\s+xmlns:%b="[^"<>&]*")?' % each for each in (b"etd", b"xsi", b"xsd"))
    names = rb"(?:%b%b|%b%b)" % (tools, own, own, tools)
    return re.compile(rb"(?:<\?xml [^<>]*\?>)?\s*<Faktura(%b)>" % names)


def _document(before: bytes, after: bytes, table: Table) -> Tree:
    """The tree, read without the declarations of namespaces that stood between the two parts.

    lxml makes the name of every element anew, and with a namespace that takes half as long
    again. A prefix that is used anywhere is undeclared now, which is an error of syntax.
    """
    if b"xmlns" in after:
        raise _Unusual
    bare = before + after
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
        if name not in table:
            raise _Unusual
        place, most, inner, keys = table[name]
        if child.tail is not None:
            _no_text(child.tail)
        if inner is not None:
            value = _group(inner, child, attributes)
        elif len(child):
            raise _Unusual
        else:
            value = child.text or ""
        if keys:
            value = _attributed(child, keys, value, attributes)
        if place > last:
            tree[name] = value if most == 1 else [value]
            last = place
        elif place == last:
            _append(tree[name], value, most)
        else:
            raise _Unusual
    return tree


def _no_text(text: str) -> None:
    if not text.isspace():
        raise _Unusual


def _append(entries: Any, value: Any, most: int | None) -> None:
    if most == 1 or (most is not None and len(entries) == most):
        raise _Unusual
    entries.append(value)


def _attributed(element: etree._Element, keys: Keys, value: Any, attributes: list[str]) -> Tree:
    """The value with its attributes in front."""
    found = {"@" + name: text for name, text in element.items()}
    if not found.keys() <= set(keys):
        raise _Unusual
    attributes += found
    return found | (value if isinstance(value, dict) else {TEXT: value})
