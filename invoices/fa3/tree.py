"""Reading and writing FA(3) trees: plain dicts, lists and texts, JSON-serialisable.

A tree is the content of Faktura. An element with children is a dict, a leaf a str, an
element that may repeat always a list, an attribute stands under "@name", and the text of a
leaf with attributes under "#". Paths: `Fa/FaWiersz[0]/P_7`, positions are 0-based.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

from invoices.fa3 import schema
from invoices.fa3.nodes import Node

Tree = dict[str, Any]

TEXT = "#"
_POSITION = re.compile(r"\[(\d+)\]")
_WHITE = re.compile(r"[ \t\r\n]+")
_STEP = re.compile(r"([^/\[\]]+)(?:\[(\d+)\])?")


def plain(path: str) -> str:
    """The path without positions: the key of `schema.nodes()` and of the registry."""
    return _POSITION.sub("", path)


@lru_cache(maxsize=1024)
def split(path: str) -> tuple[tuple[str, int | None], ...]:
    """((name, position or None), …) of a path; ValueError if it is none."""
    steps = [_STEP.fullmatch(step) for step in path.split("/")]
    if not all(steps):
        raise ValueError(f"not a path: {path!r}")
    return tuple((step[1], int(step[2]) if step[2] is not None else None) for step in steps)


def get(tree: Tree, path: str, default: Any = None) -> Any:
    """The value at a path, or the default; a list step without position means its first item."""
    value: Any = tree
    steps = split(path)
    for number, (name, position) in enumerate(steps):
        if not isinstance(value, dict) or name not in value:
            return default
        value = value[name]
        is_whole_list = position is None and number == len(steps) - 1
        if isinstance(value, list) and not is_whole_list:
            position = position or 0
            if position >= len(value):
                return default
            value = value[position]
    return value


def text(tree: Tree, path: str, default: str = "") -> str:
    """The leaf text at a path, white space collapsed; the default where there is none."""
    value = get(tree, path)
    if isinstance(value, dict):
        value = value.get(TEXT)
    return collapse(value) if isinstance(value, str) else default


def items(tree: Tree, path: str) -> list[Any]:
    """The list at a path, [] where there is none; a single value counts as a list of one."""
    value = get(tree, path)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def groups(tree: Tree, path: str) -> list[Tree]:
    """As `items`, but only what has fields: safe on a tree that came from outside."""
    return [item for item in items(tree, path) if isinstance(item, dict)]


def put(tree: Tree, path: str, value: Any) -> None:
    """Sets the value at a path and makes what is missing above it; None removes it.

    KeyError for an element FA(3) does not have, IndexError for a position past the end.
    """
    holder, steps, node = tree, split(path), schema.root()
    for number, (name, position) in enumerate(steps):
        is_last = number == len(steps) - 1
        if name.startswith("@") or name == TEXT:
            _assign(holder, name, value)
            return
        node = node.by_name[name]
        if is_last and position is None:
            _assign(holder, name, value)
        elif node.is_list:
            holder = _put_item(holder, name, position or 0, is_last, value)
        else:
            holder = holder.setdefault(name, {})


def _assign(holder: Tree, name: str, value: Any) -> None:
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value


def _put_item(holder: Tree, name: str, position: int, is_last: bool, value: Any) -> Any:
    entries = holder.setdefault(name, [])
    if position > len(entries):
        raise IndexError(f"{name}[{position}] of {len(entries)}")
    if position == len(entries):
        entries.append({})
    if is_last:
        entries[position] = value
    return entries[position]


def leaves(tree: Tree) -> Iterator[tuple[str, str]]:
    """(path with positions, text) of every text in the tree, attributes too, in dict order."""
    yield from _leaves(tree, "")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, path if key == TEXT else f"{path}/{key}".lstrip("/"))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{position}]")
    elif isinstance(value, str):
        yield path, value


def prune(tree: Tree) -> Tree:
    """A copy without what a form leaves behind: None, empty texts, empty groups and lists.

    An empty text stays where the schema allows one (cells of an attachment's table): there
    its place counts. Elements FA(3) does not have stay too, so that `build` can name them.
    """
    return _prune(deepcopy(tree), schema.root()) or {}


def _prune(value: Any, node: Node | None) -> Any:
    if isinstance(value, list):
        kept = [_prune(item, node) for item in value]
        return [item for item in kept if item is not None] or None
    if isinstance(value, dict):
        kept = {key: _prune(inner, _below(node, key)) for key, inner in value.items()}
        kept = {key: inner for key, inner in kept.items() if inner is not None}
        return kept if any(not key.startswith("@") for key in kept) else None
    if isinstance(value, str) and not value.strip():
        return "" if node and node.is_leaf and node.facets.min_length == 0 else None
    return value


def _below(node: Node | None, key: str) -> Node | None:
    if key == TEXT:
        return node
    return node.by_name.get(key) if node else None


def collapse(value: str) -> str:
    """White space as `xsd:token` reads it: ends trimmed, every run of blanks one blank.

    Only XML's four white space characters count; a no-break space stays.
    """
    if not _WHITE.search(value):
        return value
    return " ".join(part for part in _WHITE.split(value) if part)


def normalise(tree: Tree) -> Tree:
    """A copy in which every text reads as the schema would read it (token texts collapsed)."""
    return _normalise(tree, schema.root())


def _normalise(value: Any, node: Node | None) -> Any:
    if isinstance(value, list):
        return [_normalise(item, node) for item in value]
    if isinstance(value, dict):
        return {key: _normalise(inner, _below(node, key)) for key, inner in value.items()}
    if isinstance(value, str) and node is not None and node.is_leaf:
        return read_as(value, node.facets.white_space)
    return value


def read_as(value: str, white_space: str) -> str:
    """The text after white space processing: "preserve", "replace" or "collapse"."""
    if white_space == "collapse":
        return collapse(value)
    if white_space == "replace":
        return re.sub(r"[\t\r\n]", " ", value)
    return value
