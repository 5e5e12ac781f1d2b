"""Hardened parsing of XML that others wrote.

No DTD, no entities, no network, UTF-8 only, limits of size and depth. What is refused is
refused before the parser could do harm: a DTD by its bytes, size before anything else.
"""

import re
import threading
from functools import lru_cache

from lxml import etree

MAX_BYTES = 3_000_000  # KSeF's limit for an invoice with an attachment
MAX_ATTRIBUTES = 100  # FA(3) has 2 on an element, UBL a handful
MAX_DEPTH = 64  # FA(3) needs 7, a XAdES signature about 12

_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_local = threading.local()
_HAS_MANY_ATTRIBUTES = etree.XPath(f"boolean(//@*[{MAX_ATTRIBUTES + 1}])")
_HAS_INSTRUCTION = etree.XPath("boolean(//processing-instruction())")

_REASONS = {
    "empty": ("Plik jest pusty.", "The file is empty."),
    "size": ("Plik jest za duży: najwyżej {limit} bajtów.", "Too large: at most {limit} bytes."),
    "bom": (
        "Plik zaczyna się znacznikiem BOM; zapisz go jako UTF-8 bez BOM.",
        "The file starts with a byte order mark; save it as UTF-8 without BOM.",
    ),
    "encoding": (
        "Plik nie jest w kodowaniu UTF-8; zapisz go jako UTF-8.",
        "The file is not UTF-8; save it as UTF-8.",
    ),
    "dtd": (
        "Plik zawiera DOCTYPE lub encje; usuń je.",
        "The file contains a DOCTYPE or entities; remove them.",
    ),
    "instruction": (
        "Plik zawiera instrukcję przetwarzania (<?…?>); KSeF takich nie przyjmuje.",
        "The file contains a processing instruction (<?…?>), which KSeF refuses.",
    ),
    "depth": (
        "Plik jest zbyt zagnieżdżony: najwyżej {limit} poziomów.",
        "Nested too deeply: at most {limit} levels.",
    ),
    "attributes": (
        "Element ma zbyt wiele atrybutów: najwyżej {limit}.",
        "An element has too many attributes: at most {limit}.",
    ),
    "syntax": (
        "To nie jest poprawny XML (wiersz {line}).",
        "This is not well-formed XML (line {line}).",
    ),
}


class XmlRefused(ValueError):
    """XML we do not read. `code` is a key of the reasons above, `line` 1-based or None."""

    def __init__(self, code: str, *, line: int | None = None, limit: int | None = None) -> None:
        self.code = code
        self.line = line
        pl, en = _REASONS[code]
        self.pl = pl.format(line=line or "?", limit=limit)
        self.en = en.format(line=line or "?", limit=limit)
        super().__init__(self.en)


def parse_untrusted(
    data: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    allow_bom: bool = False,
    allow_instructions: bool = False,
) -> etree._Element:
    """The root element of UTF-8 XML, with comments kept; raises XmlRefused."""
    if len(data) > max_bytes:
        raise XmlRefused("size", limit=max_bytes)
    if data.startswith(_BOM):
        if not allow_bom:
            raise XmlRefused("bom", line=1)
        data = data[len(_BOM) :]
    refuse_by_bytes(data)
    root = parse_checked(data, max_depth=max_depth)
    if not allow_instructions and _has_instruction(data, root):
        raise XmlRefused("instruction")
    if _is_deeper(root, max_depth):
        raise XmlRefused("depth", limit=max_depth)
    return root


def refuse_by_bytes(data: bytes) -> None:
    """What can be seen before parsing: not UTF-8, a DTD; raises XmlRefused."""
    if not data or data.isspace():
        raise XmlRefused("empty")
    # A NUL betrays UTF-16, in which a DOCTYPE would pass the search below unseen.
    declared = _DECLARED.match(data)
    if b"\0" in data or (declared and declared[1].lower() not in {b"utf-8", b"utf8"}):
        raise XmlRefused("encoding", line=1)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise XmlRefused("encoding", line=data.count(b"\n", 0, error.start) + 1) from None
    # Also refused inside a comment or CDATA: nobody needs it there.
    if b"<!" not in data:
        return
    for mark in (b"<!DOCTYPE", b"<!ENTITY"):
        found = data.find(mark)
        if found >= 0:
            raise XmlRefused("dtd", line=data.count(b"\n", 0, found) + 1)


def parse_checked(data: bytes, *, max_depth: int = MAX_DEPTH) -> etree._Element:
    """The root of bytes that passed `refuse_by_bytes`; depth and instructions are not checked."""
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        if "Excessive depth" in (error.msg or ""):
            raise XmlRefused("depth", line=error.lineno, limit=max_depth) from None
        raise XmlRefused("syntax", line=error.lineno or None) from None
    # lxml reads the attributes of an element in quadratic time: 70 000 of them take minutes.
    # Each has its "=": counting those is quicker than a walk, and mostly there are few.
    may_be_many = data.count(b"=") > MAX_ATTRIBUTES
    if may_be_many and _HAS_MANY_ATTRIBUTES(root.getroottree()):
        raise XmlRefused("attributes", limit=MAX_ATTRIBUTES)
    return root


def _parser() -> etree.XMLParser:
    # One per thread: lxml would make threads that share one wait for each other.
    if not hasattr(_local, "parser"):
        _local.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_pis=False,
        )
    return _local.parser


def _has_instruction(data: bytes, root: etree._Element) -> bool:
    # The search of the document costs more than one of its bytes: mostly there is nothing.
    after_declaration = 1 if data.startswith(b"<?xml ") else 0
    found = data.find(b"<?", after_declaration) >= 0
    return found and _HAS_INSTRUCTION(root.getroottree())


def _is_deeper(root: etree._Element, max_depth: int) -> bool:
    return _deeper_than(max_depth)(root.getroottree())


@lru_cache(maxsize=16)
def _deeper_than(max_depth: int) -> etree.XPath:
    return etree.XPath("boolean(" + "/*" * (max_depth + 1) + ")")
