"""The careful way from XML to a tree: says of everything unusual what it is and where.

`parse` comes here only when its plain way met something that it does not know.
"""

from dataclasses import replace
from typing import Any

from lxml import etree

from invoices.fa3 import schema
from invoices.fa3.messages import describe
from invoices.fa3.nodes import Node
from invoices.fa3.problems import MOST, Problem
from invoices.fa3.tree import TEXT, Tree

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_HAS_COMMENT = etree.XPath("boolean(//comment())")


def misshapen(root: etree._Element) -> list[Problem]:
    """Elements of Faktura that are unknown, repeated or out of order, all blocking.

    One pass in linear time, so that a hostile file costs no more than an honest one.
    """
    reader = Reader()
    reader.document(root)
    return [*reader.problems, *(replace(p, severity="block") for p in reader.disorder)][:MOST]


class _Enough(Exception):
    """So many findings that reading on would only serve whoever made the file."""


class Reader:
    """`problems` cannot be put into a tree; `disorder` can, but is lost in it."""

    def __init__(self) -> None:
        self.notes: list[Problem] = []
        self.problems: list[Problem] = []
        self.disorder: list[Problem] = []

    def document(self, root: etree._Element) -> Tree:
        if _HAS_COMMENT(root.getroottree()):
            self.note("XML-comment", "Pominięto komentarze.", "Comments were dropped.")
            etree.strip_elements(root, etree.Comment, with_tail=False)
        tree: Tree = {}
        try:
            tree = self.group(schema.root(), root, "")
        except _Enough:
            self.problems = self.problems or self.disorder
        self.notes += [replace(problem, severity="hint") for problem in self.disorder]
        return tree

    def group(self, node: Node, element: etree._Element, path: str) -> dict[str, Any]:
        tree = self.attributes(node, element, path) if element.attrib else {}
        place = 0
        self.no_text(element.text, path)
        for child in element:
            inner = node.by_tag.get(child.tag)
            self.no_text(child.tail, path)
            if inner is None:
                self.unknown(child, path)
                continue
            where = f"{path}/{inner.name}" if path else inner.name
            rank = node.rank[inner.name]
            if rank < place:
                self.add(self.disorder, "misplaced", where)
            place = max(place, rank)
            self.child(tree, inner, child, where)
        return tree

    def child(self, tree: Tree, node: Node, element: etree._Element, path: str) -> None:
        read = self.leaf if node.is_leaf else self.group
        if node.is_list:
            entries = tree.setdefault(node.name, [])
            path = f"{path}[{len(entries)}]"
            entries.append(read(node, element, path))
            if node.max is not None and len(entries) > node.max:
                self.add(self.disorder, "repeated", path, most=node.max)
        elif node.name in tree:
            self.add(self.problems, "repeated", path, most=1)
        else:
            tree[node.name] = read(node, element, path)

    def leaf(self, node: Node, element: etree._Element, path: str) -> Any:
        for child in element:
            self.unknown(child, path)
        text = element.text or ""
        if not (element.attrib or node.attributes):
            return text
        attributes = self.attributes(node, element, path)
        return {**attributes, TEXT: text} if node.attributes else text

    def attributes(self, node: Node, element: etree._Element, path: str) -> dict[str, str]:
        known = {attribute.name for attribute in node.attributes}
        found = {}
        for name, value in element.attrib.items():
            if name in known:
                found["@" + name] = value
            elif name.startswith(_XSI):
                self.note(
                    "XML-xsi", "Pominięto atrybuty xsi.", "Attributes of xsi were dropped.", path
                )
            else:
                self.unexpected(f"{path}/@{etree.QName(name).localname}".lstrip("/"))
        return found

    def no_text(self, text: str | None, path: str) -> None:
        if text and not text.isspace():
            self.add(self.problems, "text", path)

    def unknown(self, element: etree._Element, path: str) -> None:
        self.unexpected(f"{path}/{etree.QName(element).localname}".lstrip("/"))

    def unexpected(self, path: str) -> None:
        self.add(self.problems, "unexpected", path)

    def note(self, rule: str, pl: str, en: str, path: str = "") -> None:
        if len(self.notes) < MOST:
            self.notes.append(Problem(path, rule, "hint", pl, en))

    @staticmethod
    def add(findings: list[Problem], kind: str, path: str, **details: int) -> None:
        if len(findings) == MOST:
            raise _Enough
        findings.append(describe(kind, path, **details))
