"""Any XML as a list of element names in the file's order: nothing of it is dropped.

For what we have no schema at hand: FA(2), FA_RR, PEF (UBL), anything else. Attributes, name
spaces, comments and text between elements are told too; only blanks that indent are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from invoices.render import labels, pdf
from invoices.render.formats import printable

# What the roots are called: (name space, element) → the name of the form.
KINDS = {
    ("http://crd.gov.pl/wzor/2025/06/25/13775/", "Faktura"): "FA(3)",
    ("http://crd.gov.pl/wzor/2023/06/29/12648/", "Faktura"): "FA(2)",
    ("http://crd.gov.pl/wzor/2021/11/29/11089/", "Faktura"): "FA(1)",
    ("http://crd.gov.pl/wzor/2026/03/06/14189/", "FakturaRR"): "FA_RR(1)",
    ("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", "Invoice"): "PEF, UBL",
    ("urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2", "CreditNote"): "PEF, UBL",
}
MOST_NODES = 60_000
MOST_PRINTED = 5_000
MOST_SPACES = 100
_NAMES_OF_SPACES = {"http://www.w3.org/XML/1998/namespace": "xml"}


class TooMuch(Exception):
    """More than a page can show."""


@dataclass
class Item:
    """An element (`name`), a text between elements or a comment, `level` steps below the root.

    `closes` counts the levels that end after it.
    """

    level: int
    name: str = ""
    text: str = ""
    comment: bool = False
    is_group: bool = False
    attributes: list[tuple[str, str]] = field(default_factory=list)
    closes: int = 0

    @property
    def ends(self) -> range:
        """To repeat an end tag in a template."""
        return range(self.closes)

    @property
    def steps(self) -> int:
        """The indent on paper: what is very deep moves no further."""
        return min(self.level, 12)


def kind_of(root: etree._Element) -> str:
    """The form's name, the root element's own name where we do not know it."""
    name = etree.QName(root)
    return KINDS.get((name.namespace or "", name.localname), name.localname)


def items(root: etree._Element, *, most: int = MOST_NODES) -> list[Item]:
    """Everything in the file's order. Raises TooMuch."""
    found: list[Item] = []
    left = most
    for item in _document(root):
        left -= 1 + len(item.attributes)
        if left < 0:
            raise TooMuch
        if found:
            found[-1].closes = max(0, found[-1].level - item.level)
        found.append(item)
    if found:
        found[-1].closes = found[-1].level
    return found


def _document(root: etree._Element) -> Iterator[Item]:
    """The element, and comments or instructions beside it."""
    for sibling in reversed(list(root.itersiblings(preceding=True))):
        yield _other(sibling, 0)
    yield from _element(root, 0)
    for sibling in root.itersiblings():
        yield _other(sibling, 0)


def _element(root: etree._Element, level: int) -> Iterator[Item]:
    """The element and all below it; no recursion, because others choose the depth."""
    waiting: list[tuple[etree._Element | Item, int]] = [(root, level)]
    while waiting:
        node, at = waiting.pop()
        if isinstance(node, Item):
            yield node
            continue
        if not isinstance(node.tag, str):
            yield _other(node, at)
            continue
        yield from _opened(node, at)
        waiting.extend(reversed(list(_below(node, at + 1))))


def _opened(node: etree._Element, level: int) -> Iterator[Item]:
    """The element's own row; text before its first child has a row of its own."""
    is_group = len(node) > 0
    text = node.text or ""
    own = "" if is_group else _shown(text)
    yield Item(level, _name(node.tag, node), own, False, is_group, list(_attributes(node)))
    if is_group and text.strip():
        yield Item(level + 1, text=_shown(text))


def _below(node: etree._Element, level: int) -> Iterator[tuple[etree._Element | Item, int]]:
    for child in node:
        yield child, level
        if child.tail and child.tail.strip():
            yield Item(level, text=_shown(child.tail)), level


def _other(node: etree._Element, level: int) -> Item:
    """A comment, or a processing instruction with its target."""
    text = _shown(node.text or "")
    if target := getattr(node, "target", ""):
        return Item(level, text=f"<?{printable(target)} {text}?>", comment=True)
    return Item(level, text=f"<!-- {text} -->", comment=True)


def _attributes(node: etree._Element) -> Iterator[tuple[str, str]]:
    """Name spaces that begin here, then the attributes."""
    if len(node.nsmap) > MOST_SPACES:  # each element below would pay for all of them
        raise TooMuch
    parent = node.getparent()
    above = parent.nsmap if parent is not None else {}
    for prefix, uri in node.nsmap.items():
        if above.get(prefix) != uri:
            yield (f"xmlns:{prefix}" if prefix else "xmlns"), printable(uri)
    for name, value in node.attrib.items():
        yield _name(name, node), _shown(value)


def _name(name: str, node: etree._Element) -> str:
    """`cbc:ID`: the name with the prefix that its name space has in this place."""
    found = etree.QName(name)
    prefix = node.prefix if name == node.tag else _prefix(found.namespace, node)
    return printable(f"{prefix}:{found.localname}" if prefix else found.localname)


def _prefix(space: str | None, node: etree._Element) -> str:
    if not space:
        return ""
    known = (prefix for prefix, uri in node.nsmap.items() if uri == space and prefix)
    return _NAMES_OF_SPACES.get(space) or next(known, "")


def _shown(text: str) -> str:
    return printable(text).strip()


def foreign_pdf(root: etree._Element, *, name: str, environment: str, language: str) -> bytes:
    """The list as PDF. Raises TooMuch, PrintUnavailable."""
    pdf.refuse_unavailable()
    context = {
        "kind": kind_of(root),
        "name": printable(name),
        "items": items(root, most=MOST_PRINTED),
        "mark": labels.mark("preview", language),
    }
    return pdf.html_to_pdf(pdf.page("print/foreign.html", context, environment, language))
