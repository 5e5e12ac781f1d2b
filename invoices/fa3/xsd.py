"""Reads XSD documents into the nodes of `invoices.fa3.nodes`."""

from dataclasses import replace

from lxml import etree

from invoices.fa3.nodes import Attribute, Facets, Group, Node
from schemas import SchemaFiles

XSD = "{http://www.w3.org/2001/XMLSchema}"
_XSD_NAMESPACE = XSD[1:-1]
_KEEPING_WHITE_SPACE = {"string": "preserve", "normalizedString": "replace"}
_NUMBER_FACETS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "totalDigits": "total_digits",
    "fractionDigits": "fraction_digits",
}
_TEXT_FACETS = {
    "minInclusive": "min_inclusive",
    "maxInclusive": "max_inclusive",
    "minExclusive": "min_exclusive",
    "maxExclusive": "max_exclusive",
    "whiteSpace": "white_space",
}


class Documents:
    """The parsed files of one schema, with global types found by qualified name."""

    def __init__(self, files: SchemaFiles) -> None:
        parser = etree.XMLParser(no_network=True, resolve_entities=False, remove_comments=True)
        roots = {name: etree.fromstring(data, parser) for name, data in files.contents.items()}
        self.main = roots[files.main]
        self.namespace = self.main.get("targetNamespace")
        self.types = self._reachable(roots)

    def _reachable(self, roots: dict[str, etree._Element]) -> dict[tuple[str, str], etree._Element]:
        """Types of the main file and of what it imports: others may define the same names."""
        types, waiting, seen = {}, [self.main], set()
        while waiting:
            document = waiting.pop()
            space = document.get("targetNamespace")
            for item in document.iterchildren(XSD + "simpleType", XSD + "complexType"):
                types.setdefault((space, item.get("name")), item)
            for item in document.iterchildren(XSD + "import", XSD + "include"):
                name = (item.get("schemaLocation") or "").rpartition("/")[2]
                if name in roots and name not in seen:
                    seen.add(name)
                    waiting.append(roots[name])
        return types

    def resolve(self, element: etree._Element, name: str) -> tuple[str, str]:
        """(namespace, local name) of a prefixed name written on this element."""
        prefix, _, local = name.rpartition(":")
        return element.nsmap.get(prefix or None), local


def read_root(documents: Documents, name: str) -> Node:
    """The node of a global element with everything below it."""
    for element in documents.main.iterchildren(XSD + "element"):
        if element.get("name") == name:
            return _node(documents, element, parent=None, required=True)
    raise ValueError(f"the schema has no element {name}")


def _node(documents, element, *, parent: str | None, required: bool) -> Node:
    name = element.get("name")
    if name is None:
        raise ValueError(f"reference to a global element in line {element.sourceline}")
    path = "" if parent is None else f"{parent}/{name}".lstrip("/")
    low, high = _occurrence(element)
    definition, type_name = _definition(documents, element)
    facets, content, attributes = _typed(documents, element, definition, type_name, path)
    return Node(
        name=name,
        path=path,
        min=low,
        max=high,
        required=required and low > 0,
        documentation=_documentation(element),
        type_name=type_name[1] if type_name else "",
        fixed=element.get("fixed"),
        facets=facets,
        content=content,
        attributes=attributes,
        namespace=documents.namespace,
    )


def _occurrence(element: etree._Element) -> tuple[int, int | None]:
    high = element.get("maxOccurs", "1")
    return int(element.get("minOccurs", "1")), None if high == "unbounded" else int(high)


def _documentation(element: etree._Element) -> str:
    texts = element.findall(f"{XSD}annotation/{XSD}documentation")
    return " ".join(" ".join("".join(text.itertext()).split()) for text in texts)


def _definition(documents, element):
    """The type's XSD element (None for a built-in one) and its qualified name, if it has one."""
    name = element.get("type")
    if name is None:
        inline = element.find(XSD + "complexType")
        return (inline if inline is not None else element.find(XSD + "simpleType")), None
    qualified = documents.resolve(element, name)
    return documents.types.get(qualified), qualified


def _typed(documents, element, definition, type_name, path):
    """(facets, content, attributes) of an element's type."""
    if definition is None:
        return _built_in(type_name, element), None, ()
    if definition.tag == XSD + "simpleType":
        return _facets(documents, definition), None, ()
    simple = definition.find(f"{XSD}simpleContent/{XSD}extension")
    if simple is not None:
        facets = _facets_of_name(documents, simple, simple.get("base"))
        return facets, None, _attributes(documents, simple)
    extended = definition.find(f"{XSD}complexContent/{XSD}extension")
    if extended is not None:
        return _extended(documents, extended, path)
    return None, _content(documents, definition, path), _attributes(documents, definition)


def _extended(documents, extended, path):
    """A complex extension that adds attributes at most; adding elements is not in FA(3)."""
    if extended.find(XSD + "sequence") is not None or extended.find(XSD + "choice") is not None:
        raise ValueError(f"{path}: an extension that adds elements is not understood")
    base = documents.types[documents.resolve(extended, extended.get("base"))]
    facets, content, attributes = _typed(documents, base, base, None, path)
    return facets, content, attributes + _attributes(documents, extended)


def _attributes(documents, holder) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(
            name=item.get("name"),
            required=item.get("use") == "required",
            fixed=item.get("fixed"),
            facets=_facets_of_name(documents, item, item.get("type"))
            if item.get("type")
            else _facets(documents, item.find(XSD + "simpleType")),
        )
        for item in holder.iterchildren(XSD + "attribute")
    )


def _content(documents, definition, path) -> Group:
    for item in definition.iterchildren(XSD + "sequence", XSD + "choice"):
        return _group(documents, item, path, required=True)
    raise ValueError(f"{path}: a type without sequence or choice is not understood")


def _group(documents, element, path, *, required: bool) -> Group:
    kind = etree.QName(element).localname
    low, high = _occurrence(element)
    if high != 1:
        raise ValueError(f"{path}: a repeated group of elements is not understood")
    inside = required and low > 0 and kind == "sequence"
    items = tuple(
        _node(documents, item, parent=path, required=inside)
        if item.tag == XSD + "element"
        else _group(documents, item, path, required=inside)
        for item in element.iterchildren(XSD + "element", XSD + "sequence", XSD + "choice")
    )
    return Group(kind, low, high, items)


def _facets_of_name(documents, element, name: str) -> Facets:
    qualified = documents.resolve(element, name)
    definition = documents.types.get(qualified)
    if definition is None:
        return _built_in(qualified, element)
    return _facets(documents, definition)


def _built_in(qualified, element) -> Facets:
    space, local = qualified or ("", "")
    if space != _XSD_NAMESPACE:
        raise ValueError(f"unknown type {local!r} in line {element.sourceline}")
    return Facets(base=local, white_space=_KEEPING_WHITE_SPACE.get(local, "collapse"))


def _facets(documents, definition) -> Facets:
    union = definition.find(XSD + "union")
    if union is not None:
        return _union(documents, union)
    restriction = definition.find(XSD + "restriction")
    facets = _facets_of_name(documents, restriction, restriction.get("base"))
    return _restricted(facets, restriction)


def _union(documents, union) -> Facets:
    """A text that fits any member; FA(3) only has unions of patterns."""
    members = [_facets(documents, item) for item in union.iterchildren(XSD + "simpleType")]
    patterns = "|".join(f"(?:{pattern})" for member in members for pattern in member.patterns)
    return replace(members[0], patterns=(patterns,))


def _restricted(facets: Facets, restriction) -> Facets:
    changes, values, patterns = {}, [], []
    for item in restriction.iterchildren(tag=etree.Element):
        kind, value = etree.QName(item).localname, item.get("value")
        if kind in _NUMBER_FACETS:
            changes[_NUMBER_FACETS[kind]] = int(value)
        elif kind in _TEXT_FACETS:
            changes[_TEXT_FACETS[kind]] = value
        elif kind == "enumeration":
            values.append((value, _documentation(item)))
        elif kind == "pattern":
            patterns.append(value)
        elif kind == "length":
            changes |= {"min_length": int(value), "max_length": int(value)}
        elif kind != "annotation":
            raise ValueError(f"facet {kind} in line {item.sourceline} is not understood")
    if values:
        changes["enumeration"] = tuple(values)
    if patterns:
        # Patterns of one step are alternatives, those of several steps must all match.
        changes["patterns"] = (*facets.patterns, "|".join(patterns))
    return replace(facets, **changes)
