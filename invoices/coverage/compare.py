"""Where two XML documents first differ in what matters: elements, attributes, texts, order."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
# What issuing stamps on every invoice anew.
_STAMPED = ("Naglowek/DataWytworzeniaFa", "Naglowek/SystemInfo")


@dataclass(frozen=True)
class Difference:
    """A path with positions, and what stands there in our document and in theirs."""

    path: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.path or 'Faktura'}, ours: {self.ours}, theirs: {self.theirs}"


def first_difference(ours: bytes, theirs: bytes) -> Difference | None:
    """None if the documents say the same; comments, prefixes and xsi attributes say nothing.

    Both must be well-formed and harmless, so read after `validate`. Blanks between the elements
    of a group are layout; those in a leaf are its text. DataWytworzeniaFa and SystemInfo may
    differ in text and presence.
    """
    ours, theirs = _read(ours), _read(theirs)
    return next(_differences(ours, theirs, ""), None)


def _read(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    return etree.fromstring(data.removeprefix(b"\xef\xbb\xbf"), parser)


def _differences(ours, theirs, path: str) -> Iterator[Difference]:
    if ours.tag != theirs.tag:
        yield Difference(path, ours.tag, theirs.tag)
        return
    for name in sorted({*ours.attrib, *theirs.attrib}):
        left, right = ours.get(name), theirs.get(name)
        if left != right and not name.startswith(_XSI):
            yield Difference(f"{path}/@{etree.QName(name).localname}", _shown(left), _shown(right))
    left, right = _children(ours, path), _children(theirs, path)
    if not (left or right):
        yield from _texts(ours, theirs, path)
    names = [name for name, _ in left], [name for name, _ in right]
    if names[0] != names[1]:
        yield _of_names(*names, path)
        return
    for (name, mine), (_, other) in zip(left, right, strict=True):
        yield from _differences(mine, other, name)


def _texts(ours, theirs, path: str) -> Iterator[Difference]:
    left, right = ours.text or "", theirs.text or ""
    if left != right and path not in _STAMPED:
        yield Difference(path, _shown(left), _shown(right))


def _children(element, path: str) -> list[tuple[str, etree._Element]]:
    """(path, element) of each child; the second and further of a name carry a position."""
    seen: dict[str, int] = {}
    found = []
    for child in element:
        name = etree.QName(child).localname
        at = seen[name] = seen.get(name, -1) + 1
        where = f"{path}/{name}".lstrip("/") + (f"[{at}]" if at else "")
        if where not in _STAMPED:
            found.append((where, child))
    return found


def _of_names(ours: list[str], theirs: list[str], path: str) -> Difference:
    at = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
    at = min(len(ours), len(theirs)) if at is None else at
    mine, other = (names[at] if at < len(names) else None for names in (ours, theirs))
    return Difference(other or mine or path, _named(mine), _named(other))


def _named(path: str | None) -> str:
    return "nothing" if path is None else f"<{path.rpartition('/')[2]}>"


def _shown(text: str | None) -> str:
    return "nothing" if text is None else repr(text if len(text) <= 80 else text[:79] + "…")
