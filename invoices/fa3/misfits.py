"""What of a tree cannot be written, named by path: asked only when writing has failed."""

import re
from typing import Any

from invoices.fa3 import schema
from invoices.fa3.nodes import Node
from invoices.fa3.problems import MOST, Problem
from invoices.fa3.tree import TEXT, Tree

# Everything XML 1.0 allows is written; what KSeF dislikes besides is a rule (TF-02).
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def of_tree(tree: Tree) -> list[Problem]:
    """Unknown elements, wrong shapes and illegal characters, not only the first; at most 50."""
    finder = _Finder()
    finder.group(schema.root(), tree, "")
    return finder.problems[:MOST]


class _Finder:
    """Walks a tree beside the schema and notes what does not fit."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def group(self, node: Node, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            self.shape(path, "oczekiwano obiektu z polami", "an object with fields is expected")
            return
        self.attributes(node, value, path)
        for child in node.children:
            if child.name in value:
                self.child(child, value[child.name], f"{path}/{child.name}" if path else child.name)
        self.unknown(node, value, path, set(node.by_name))

    def child(self, node: Node, value: Any, path: str) -> None:
        look = self.leaf if node.is_leaf else self.group
        if not node.is_list:
            look(node, value, path)
        elif isinstance(value, list):
            for position, item in enumerate(value):
                look(node, item, f"{path}[{position}]")
        else:
            self.shape(path, "oczekiwano listy", "a list is expected")

    def leaf(self, node: Node, value: Any, path: str) -> None:
        if node.attributes and isinstance(value, dict):
            self.attributes(node, value, path)
            self.unknown(node, value, path, {TEXT})
            value = value.get(TEXT, "")
        self.text(value, path)

    def attributes(self, node: Node, value: dict, path: str) -> None:
        for attribute in node.attributes:
            self.text(value.get(attribute.key, ""), f"{path}/{attribute.key}")

    def text(self, value: Any, path: str) -> None:
        if not isinstance(value, str):
            self.shape(path, "oczekiwano tekstu", "a text is expected")
            return
        found = ILLEGAL.search(value)
        if found:
            code = f"U+{ord(found[0]):04X}"
            self.problems.append(
                Problem(
                    path,
                    "TF-02",
                    "block",
                    f"Znak {code} jest w XML niedozwolony; usuń go.",
                    f"The character {code} is not allowed in XML; remove it.",
                )
            )

    def unknown(self, node: Node, value: dict, path: str, known: set[str]) -> None:
        known = known | {attribute.key for attribute in node.attributes}
        for key in value:
            if key not in known:
                self.shape(
                    f"{path}/{key}" if path else str(key),
                    "FA(3) nie ma takiego pola w tym miejscu",
                    "FA(3) has no such field here",
                )

    def shape(self, path: str, pl: str, en: str) -> None:
        if len(self.problems) < MOST:
            pl, en = pl[0].upper() + pl[1:] + ".", en[0].upper() + en[1:] + "."
            self.problems.append(Problem(path, "TREE", "block", pl, en))
