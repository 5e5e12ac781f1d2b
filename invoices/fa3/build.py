"""Tree → XML bytes: generic, deterministic, the inverse of `parse`."""

from typing import Any

from invoices.fa3 import misfits, schema, steps
from invoices.fa3.problems import FaTreeError
from invoices.fa3.steps import Inner, Table
from invoices.fa3.tree import TEXT, Tree

_IN_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}  # & first
_IN_ATTRIBUTE = str.maketrans(_IN_TEXT | {'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})
_BETWEEN = "\0"  # no text may have it, so all texts can be looked at and escaped in one go


def build(tree: Tree) -> bytes:
    """The document: UTF-8 without BOM, XML declaration, default namespace, schema order.

    The same tree gives the same bytes. Nothing is added or computed; whether the result is
    valid is for `validate`. Raises FaTreeError naming the paths that cannot be written.
    """
    try:
        return _document(tree)
    except _Misfit:
        problems = misfits.of_tree(tree)
        if not problems:
            raise
        raise FaTreeError(problems) from None


class _Misfit(Exception):
    """Something of the tree cannot be written; what it is tells `misfits`."""


def _document(tree: Tree) -> bytes:
    known = schema.schema()
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<Faktura xmlns="{known.namespace}">'
    markup: list[str] = []
    texts: list[str] = []
    tail = _group(steps.of(known), tree, head, markup, texts) + "</Faktura>"
    parts = [tail] * (2 * len(texts) + 1)
    parts[0:-1:2] = markup
    parts[1::2] = _escaped(texts)
    return "".join(parts).encode()


def _group(table: Table, value: Any, before: str, markup: list[str], texts: list[str]) -> str:
    """Writes what stands in a group, `before` in front of it; what is left before its end tag."""
    if not isinstance(value, dict):
        raise _Misfit
    for (_, most, inner), name, found in _ordered(table, value):
        if most == 1:
            entries = (found,)
        elif isinstance(found, list):
            entries = found
        else:
            raise _Misfit
        for entry in entries:
            if inner is None:
                markup.append(f"{before}<{name}>")
                texts.append(entry)
                before = f"</{name}>"
            else:
                before = _inner(inner, name, entry, before, markup, texts) + f"</{name}>"
    return before


def _inner(inner: Inner, name: str, value: Any, before: str, markup: list, texts: list) -> str:
    """As `_group`, for what is no plain leaf: a group, a leaf with attributes, or both."""
    table, keys = inner
    attributes = ""
    if keys and isinstance(value, dict):
        attributes = "".join(_attribute(key, value[key]) for key in keys if key in value)
        value = {key: entry for key, entry in value.items() if key not in keys}
    before += f"<{name}{attributes}>"
    if table is not None:
        return _group(table, value, before, markup, texts)
    markup.append(before)
    texts.append(_text_alone(value) if isinstance(value, dict) else value)
    return ""


def _text_alone(value: dict) -> Any:
    if not value.keys() <= {TEXT}:
        raise _Misfit
    return value.get(TEXT, "")


def _ordered(table: Table, value: dict) -> list[tuple]:
    """(step, name, value) of the children in the schema's order."""
    try:
        found = [(table[name], name, inner) for name, inner in value.items()]
    except KeyError:
        raise _Misfit from None
    found.sort()  # a step begins with its place, and no two have the same
    return found


def _attribute(key: str, text: Any) -> str:
    if not isinstance(text, str) or misfits.ILLEGAL.search(text):
        raise _Misfit
    return f' {key[1:]}="{text.translate(_IN_ATTRIBUTE)}"'


def _escaped(texts: list[str]) -> list[str]:
    """The texts as they stand between tags."""
    if not texts:
        return texts
    try:
        joined = _BETWEEN.join(texts)
    except TypeError:
        raise _Misfit from None
    if misfits.ILLEGAL.search(joined.replace(_BETWEEN, "")):
        raise _Misfit
    if joined.count(_BETWEEN) != len(texts) - 1:
        raise _Misfit
    if not any(character in joined for character in _IN_TEXT):
        return texts
    for character, written in _IN_TEXT.items():
        joined = joined.replace(character, written)
    return joined.split(_BETWEEN)
