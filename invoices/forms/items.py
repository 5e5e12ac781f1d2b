"""Buttons that add or drop an item of a list, read as if the page itself had changed.

`add:Podmiot3` and `drop:Podmiot3[1]` come with the form as it stood. One control more, or those
of the item less, say the same as a script that changes the page would.
"""

import re

from django.http import QueryDict

from invoices.fa3 import schema
from invoices.fa3 import tree as trees

MOST_PATH = 300
GROUP, FIELD, CHOICE = "g:", "f:", "c:"
_ITEM = re.compile(r"(.+)\[(\d{1,6})\]")


def with_item(data: QueryDict, path: str) -> tuple[QueryDict, str]:
    """The posted form with an empty item more in the list at `path`, and where it stands.

    A path that is no list of FA(3) changes nothing and stands nowhere.
    """
    node = _node(path)
    if node is None or not node.is_list:
        return data, ""
    place = f"{path}[{_next(data, path)}]"
    changed = data.copy()
    changed[(FIELD if node.is_leaf else GROUP) + place] = "" if node.is_leaf else "e"
    return changed, place


def without_item(data: QueryDict, path: str) -> tuple[QueryDict, str]:
    """The posted form without the item at `path`, and the list in which it stood."""
    match = _ITEM.fullmatch(path)
    node = _node(path)
    if match is None or node is None or not node.is_list:
        return data, ""
    changed = data.copy()
    for name in data:
        if any(_is_of(name, kind + path) for kind in (GROUP, FIELD, CHOICE)):
            del changed[name]
    return changed, match[1]


def _is_of(name: str, item: str) -> bool:
    return name == item or name.startswith(f"{item}/")


def _next(data: QueryDict, path: str) -> int:
    place = re.compile(rf"[{GROUP[0]}{FIELD[0]}]:{re.escape(path)}\[(\d{{1,6}})\]")
    found = (place.match(name) for name in data)
    return max((int(match[1]) for match in found if match), default=-1) + 1


def _node(path: str) -> schema.Node | None:
    if len(path) > MOST_PATH:
        return None
    return schema.nodes().get(trees.plain(path))
