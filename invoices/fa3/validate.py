"""Validation against the official schema, with findings a form can show.

lxml gives the verdict (milliseconds); only a failing document is read once more with
xmlschema, which knows the exact element and reason. Texts are ours, never the library's.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from lxml import etree

import schemas
from invoices.fa3 import schema, tree
from invoices.fa3.messages import describe
from invoices.fa3.nodes import Group, Node
from invoices.fa3.parse import read_root
from invoices.fa3.problems import MOST, FaXmlError, Problem
from invoices.fa3.reader import misshapen

_MOST_RAW = 4 * MOST  # one bad date gives up to three errors of the library


def validate(data: bytes) -> list[Problem]:
    """What the schema has against these bytes; [] means valid. At most 50, all blocking.

    Hostile bytes are safe here; what the parser refuses comes back as one problem.
    """
    try:
        root = read_root(data)
    except FaXmlError as error:
        return error.problems
    verdict = schemas.fa3_schema()
    if verdict.validate(root):
        return []
    # Structure first: a form cannot get it wrong, and xmlschema is quadratic in such errors.
    log = list(verdict.error_log)
    problems = misshapen(root) or list(islice(_distinct(_explained(root, log)), MOST))
    return problems or list(islice(_from_log(root, log), MOST))


def is_valid(data: bytes) -> bool:
    """The verdict alone, without reasons."""
    try:
        return schemas.fa3_schema().validate(read_root(data))
    except FaXmlError:
        return False


def _explained(root: etree._Element, log: list[Any]) -> Iterator[Problem]:
    try:
        for error in islice(schemas.fa3_xmlschema().iter_errors(root), _MOST_RAW):
            yield from _problems(error)
    except OverflowError:  # it makes floats of codes, and days of years, however long they are
        yield from _from_log(root, log)


def _distinct(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The first finding of each path: the others are its consequences."""
    seen = set()
    for problem in problems:
        if problem.path not in seen:
            seen.add(problem.path)
            yield problem


def _from_log(root: etree._Element, log: list[Any]) -> Iterator[Problem]:
    """For what only lxml objects to: its places, without its English."""
    for entry in log[:_MOST_RAW]:
        found = root.getroottree().xpath(entry.path) if entry.path else []
        path, node = locate(found[0]) if found else ("", None)
        if node is not None and node.is_leaf:
            yield describe("value", path, node=node, text=found[0].text or "")
        else:
            yield _refusal(path, entry.line)


def _refusal(path: str, line: int) -> Problem:
    pl = f"Schemat FA(3) odrzuca dokument (wiersz {line})."
    en = f"The FA(3) schema refuses the document (line {line})."
    return Problem(path, "XSD-other", "block", pl, en)


def _problems(error: Any) -> Iterator[Problem]:
    path, node = locate(error.elem)
    if not hasattr(error, "expected"):
        yield _of_element(error, path, node)
        return
    problem = _of_content(error, path, node)
    yield problem
    if problem.rule == "XSD-missing":
        # The library stops at the first gap; a person wants to see all.
        yield from _other_gaps(error.elem, path, node)


def _other_gaps(element: etree._Element, path: str, node: Node) -> Iterator[Problem]:
    present = {child.tag for child in element}
    for tag, child in node.by_tag.items():
        if child.required and tag not in present:
            yield describe("missing", f"{path}/{child.name}".lstrip("/"))


def _of_element(error: Any, path: str, node: Node | None) -> Problem:
    attribute = _attribute(error)
    if attribute is not None:
        where = f"{path}/@{attribute}".lstrip("/")
        return describe("attribute", where, node=node, name=attribute)
    if node is None:
        return describe("unexpected", path)
    if node.is_leaf:
        return describe("value", path, node=node, text=error.elem.text or "")
    return describe("text", path)


def _attribute(error: Any) -> str | None:
    """The attribute an error is about, None if it is about the element."""
    validator = type(error.validator).__name__
    if validator == "XsdAttribute":
        return error.validator.local_name
    if validator != "XsdAttributeGroup":
        return _attribute_with(error.obj, error.elem)
    quoted = (error.reason or "").split("'")
    return quoted[1].rpartition("}")[2] if len(quoted) > 1 else ""


def _attribute_with(value: Any, element: etree._Element) -> str | None:
    """A value that its type refuses is reported without the attribute's name."""
    named = (name for name, text in element.items() if text == value and value != element.text)
    return next((etree.QName(name).localname for name in named), None)


def _of_content(error: Any, path: str, node: Node | None) -> Problem:
    """A missing, superfluous or misplaced child."""
    if node is None:
        return describe("unexpected", path)
    child = error.invalid_child
    expected = [item.local_name for item in error.expected or () if item.local_name]
    if child is not None and (not expected or not _is_missing(error.elem, child, node, expected)):
        return _of_child(child, path, node, expected)
    if len(expected) == 1:
        return describe("missing", f"{path}/{expected[0]}".lstrip("/"))
    return describe("choice", path, names=_alternatives(node, expected))


def _is_missing(parent: etree._Element, child: etree._Element, node: Node, expected) -> bool:
    """Whether the expected element is absent, rather than this child wrong in itself."""
    if child.tag not in node.by_tag:
        return False
    present = {etree.QName(item).localname for item in parent.iterchildren(tag=etree.Element)}
    return present.isdisjoint(expected)


def _of_child(child: etree._Element, parent: str, node: Node, expected: list[str]) -> Problem:
    path, known = locate(child)
    if known is None:
        return describe("unexpected", path)
    before = sum(1 for _ in child.itersiblings(child.tag, preceding=True))
    if known.max is not None and before >= known.max:
        return describe("repeated", path, most=known.max)
    within = tree.plain(parent)
    if expected:
        return describe("instead", path, names=expected[:3], within=within)
    rivals = _rivals(child, node, known.name)
    return describe("excluded", path, names=rivals, within=within, in_brackets=True)


def _rivals(child: etree._Element, node: Node, name: str) -> list[str]:
    """What stands in the other branches of the choice that the element belongs to."""
    siblings = child.getparent().iterchildren(tag=etree.Element)
    present = dict.fromkeys(etree.QName(each).localname for each in siblings)
    found: list[str] = []
    for choice in node.content.choices() if node.content else ():
        branches = [{each.name for each in _nodes(item)} for item in choice.items]
        if any(name in branch for branch in branches):
            others = {other for branch in branches if name not in branch for other in branch}
            found += [each for each in present if each in others]
    return found


def _alternatives(node: Node, expected: list[str]) -> list[str]:
    """The first element of each branch of the choice that the expected names belong to."""
    for choice in node.content.choices() if node.content else ():
        firsts = [next(iter(_nodes(item))).name for item in choice.items]
        if set(firsts) <= set(expected):
            return firsts
    return expected


def _nodes(item: Group | Node) -> Iterator[Node]:
    return item.nodes() if isinstance(item, Group) else iter((item,))


def locate(element: etree._Element) -> tuple[str, Node | None]:
    """(path with positions, schema node or None if FA(3) has no such element)."""
    ancestors = [*reversed(list(element.iterancestors())), element][1:]
    node: Node | None = schema.root()
    path = ""
    for step in ancestors:
        node = node.by_tag.get(step.tag) if node else None
        path = f"{path}/{etree.QName(step).localname}".lstrip("/")
        if node is not None and node.is_list:
            position = sum(1 for _ in step.itersiblings(step.tag, preceding=True))
            path += f"[{position}]"
    return path, node
