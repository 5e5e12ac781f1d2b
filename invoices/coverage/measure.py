"""The five lines of `fa3_coverage`: what of the schema goes through form, XML, screen and print."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lxml import etree

from invoices.coverage import form, papers
from invoices.coverage.documents import documents, paths
from invoices.coverage.visit import VisitFailed, Visitor
from invoices.fa3 import FaError, build, is_valid, parse, registry, schema
from invoices.fa3 import tree as trees

LINES = ("form", "build", "parse", "view", "pdf")
_FAILURES = (VisitFailed, FaError, ArithmeticError, LookupError, TypeError, ValueError)


@dataclass
class Line:
    """One way through the house: the plain paths that made it, and what broke on the way."""

    name: str
    reached: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        elements = [path for path in paths() if "@" not in path]
        return f"{self.name}: {sum(p in self.counted for p in elements)} of {len(elements)}"

    @property
    def counted(self) -> set[str]:
        """What counts: a text that made it, the groups above it; only what the registry knows."""
        above = {path for text in self.reached for path in _upwards(text)}
        return above & set(registry.entries())

    @property
    def missing(self) -> list[str]:
        """Elements and attributes that did not make it, in the schema's order."""
        return [path for path in paths() if path not in self.counted]


def lines(visitor: Visitor) -> Iterable[Line]:
    """Each of LINES, measured on the documents that hold all of the schema in force."""
    made = documents()
    invalid = [number for number, tree in enumerate(made, 1) if not is_valid(build(tree))]
    if invalid:
        raise RuntimeError(f"the documents {invalid} are not valid by the schema in force")
    ways = {
        "form": lambda tree: form.reached(visitor, tree),
        "build": built,
        "parse": parsed,
        "view": papers.on_screen,
        "pdf": papers.in_pdf,
    }
    for name in LINES:
        yield _line(name, ways[name], made)


def _line(name: str, way: Callable[[trees.Tree], set[str]], made: list[trees.Tree]) -> Line:
    """A path that fails in one document does not count, whatever the others say."""
    line, failed = Line(name), set()
    for number, tree in enumerate(made, 1):
        held = {trees.plain(path) for path, _ in trees.leaves(tree)}
        try:
            found = way(tree)
        except _FAILURES as error:
            line.broken.append(f"document {number}: {type(error).__name__}: {error}")
            found = set()
        line.reached |= found
        failed |= held - found
    line.reached -= failed
    return line


def built(tree: trees.Tree) -> set[str]:
    """The plain paths whose texts stand in the XML, read with nothing but lxml."""
    found = dict(_texts(etree.fromstring(build(tree)), ""))
    return _same(tree, found)


def parsed(tree: trees.Tree) -> set[str]:
    """The plain paths whose texts our parser gives back."""
    return _same(tree, dict(trees.leaves(parse(build(tree)))))


def _same(tree: trees.Tree, found: dict[str, str]) -> set[str]:
    wanted = list(trees.leaves(tree))
    wrong = {trees.plain(path) for path, text in wanted if found.get(path) != text}
    return {trees.plain(path) for path, _ in wanted} - wrong


def _texts(element: etree._Element, path: str) -> Iterable[tuple[str, str]]:
    """(path with positions, text) of leaves and attributes; positions where the schema repeats."""
    yield from ((f"{path}/@{name}", text) for name, text in element.attrib.items())
    if not len(element):
        yield path, element.text or ""
    for child in element:
        where = f"{path}/{etree.QName(child).localname}".lstrip("/")
        if schema.node(trees.plain(where)).is_list:
            where += f"[{sum(1 for _ in child.itersiblings(child.tag, preceding=True))}]"
        yield from _texts(child, where)


def _upwards(path: str) -> Iterable[str]:
    """The path and all groups above; an attribute says nothing of its element."""
    yield path
    path = path.rpartition("/")[0] if "@" not in path else ""
    while path:
        yield path
        path = path.rpartition("/")[0]
