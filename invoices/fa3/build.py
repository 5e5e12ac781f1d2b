"""Tree → XML bytes: generic, deterministic, the inverse of `parse`."""

import re
from typing import Any

from invoices.fa3 import schema
from invoices.fa3.nodes import Node
from invoices.fa3.problems import MOST, FaTreeError, Problem
from invoices.fa3.tree import TEXT, Tree

# Everything XML 1.0 allows is written; what KSeF dislikes besides is a rule (TF-02).
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def build(tree: Tree) -> bytes:
    """The document: UTF-8 without BOM, XML declaration, default namespace, schema order.

    The same tree gives the same bytes. Nothing is added or computed; whether the result is
    valid is for `validate`. Raises FaTreeError naming the paths that cannot be written.
    """
    writer = _Writer()
    writer.group(schema.root(), tree, "", f' xmlns="{schema.namespace()}"')
    if writer.problems:
        raise FaTreeError(writer.problems[:MOST])
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(writer.out)).encode()


class _Writer:
    """Collects the text and, instead of stopping at the first, all problems."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.problems: list[Problem] = []

    def group(self, node: Node, value: Any, path: str, attributes: str = "") -> None:
        if not isinstance(value, dict):
            self.shape(path, "oczekiwano obiektu z polami", "an object with fields is expected")
            return
        attributes += self.attributes(node, value, path)
        self.out.append(f"<{node.name}{attributes}>")
        written = sum(1 for attribute in node.attributes if attribute.key in value)
        for child in node.children:
            if child.name in value:
                written += 1
                self.child(child, value[child.name], f"{path}/{child.name}" if path else child.name)
        if written != len(value):
            self.unknown(node, value, path)
        self.out.append(f"</{node.name}>")

    def child(self, node: Node, value: Any, path: str) -> None:
        write = self.leaf if node.is_leaf else self.group
        if not node.is_list:
            write(node, value, path)
        elif isinstance(value, list):
            for position, item in enumerate(value):
                write(node, item, f"{path}[{position}]")
        else:
            self.shape(path, "oczekiwano listy", "a list is expected")

    def leaf(self, node: Node, value: Any, path: str) -> None:
        attributes = ""
        if node.attributes and isinstance(value, dict):
            attributes = self.attributes(node, value, path)
            known = {TEXT, *(attribute.key for attribute in node.attributes)}
            if not known.issuperset(value):
                self.unknown(node, value, path)
            value = value.get(TEXT, "")
        if not isinstance(value, str):
            self.shape(path, "oczekiwano tekstu", "a text is expected")
            return
        self.legal(value, path)
        self.out.append(f"<{node.name}{attributes}>{value.translate(_IN_TEXT)}</{node.name}>")

    def attributes(self, node: Node, value: dict, path: str) -> str:
        out = ""
        for attribute in node.attributes:
            text = value.get(attribute.key, "")
            if not isinstance(text, str):
                where = f"{path}/{attribute.key}"
                self.shape(where, "oczekiwano tekstu", "a text is expected")
            elif attribute.key in value:
                self.legal(text, f"{path}/{attribute.key}")
                out += f' {attribute.name}="{text.translate(_IN_ATTRIBUTE)}"'
        return out

    def legal(self, text: str, path: str) -> None:
        found = _ILLEGAL.search(text)
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

    def unknown(self, node: Node, value: dict, path: str) -> None:
        known = {TEXT} if node.is_leaf else set(node.by_name)
        known |= {attribute.key for attribute in node.attributes}
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
