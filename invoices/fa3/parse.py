"""XML bytes → tree: generic, exact, the inverse of `build`."""

from dataclasses import dataclass, field

from lxml import etree

from invoices.fa3 import schema, swift
from invoices.fa3.problems import FaXmlError, Problem
from invoices.fa3.reader import Reader
from invoices.fa3.tree import Tree
from ksefapp.lib.xml import MAX_BYTES, XmlRefused, parse_untrusted

MAX_DEPTH = 16  # FA(3) needs 8 levels


@dataclass
class Parsed:
    """A tree and hints about what of the file is not in it (comments, BOM, xsi attributes)."""

    tree: Tree
    notes: list[Problem] = field(default_factory=list)


def parse(data: bytes) -> Tree:
    """The tree of an FA(3) document, every text exactly as in the file.

    Raises FaXmlError if the bytes are refused (see `ksefapp.lib.xml`), are not FA(3), or hold
    elements that FA(3) does not have: a tree could only keep those by losing something.
    """
    tree = swift.tree_of(data) if len(data) <= MAX_BYTES else None
    return _with_care(data, MAX_BYTES).tree if tree is None else tree


def parse_with_notes(data: bytes, *, max_bytes: int = MAX_BYTES) -> Parsed:
    """As `parse`, with hints about what was left out; a leading BOM is accepted and noted."""
    tree = swift.tree_of(data) if len(data) <= max_bytes else None
    return _with_care(data, max_bytes) if tree is None else Parsed(tree)


def _with_care(data: bytes, max_bytes: int) -> Parsed:
    root = read_root(data, max_bytes=max_bytes, allow_bom=True)
    reader = Reader()
    if data.startswith(b"\xef\xbb\xbf"):
        reader.note("TF-01", "Pominięto znacznik BOM.", "The byte order mark was dropped.")
    tree = reader.document(root)
    if reader.problems:
        raise FaXmlError(reader.problems)
    return Parsed(tree, reader.notes)


def read_root(
    data: bytes, *, max_bytes: int = MAX_BYTES, allow_bom: bool = False
) -> etree._Element:
    """The element Faktura of hostile bytes; raises FaXmlError."""
    try:
        root = parse_untrusted(data, max_bytes=max_bytes, max_depth=MAX_DEPTH, allow_bom=allow_bom)
    except XmlRefused as refused:
        rule = "TF-03" if refused.code == "size" else "TF-01"
        problem = Problem("", rule, "block", refused.pl, refused.en)
        raise FaXmlError([problem]) from None
    if root.tag != f"{{{schema.namespace()}}}Faktura":
        raise FaXmlError([_not_fa3(root)])
    return root


def _not_fa3(root: etree._Element) -> Problem:
    return Problem(
        "",
        "TF-05",
        "block",
        "To nie jest faktura FA(3): inny element główny lub inna przestrzeń nazw.",
        "This is not an FA(3) invoice: another root element or namespace.",
    )
