"""Frozen nodes that describe FA(3): the shape of elements, groups and texts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Facets:
    """What a text must satisfy. `base` is the built-in XSD type ("token", "decimal", …).

    `enumeration` are (value, the Ministry's description or ""); `patterns` must all match;
    bounds are texts as in the XSD. `white_space` is "preserve", "replace" or "collapse".
    """

    base: str
    white_space: str = "collapse"
    enumeration: tuple[tuple[str, str], ...] = ()
    patterns: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None
    min_inclusive: str | None = None
    max_inclusive: str | None = None
    min_exclusive: str | None = None
    max_exclusive: str | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed values, empty when not enumerated."""
        return tuple(value for value, _ in self.enumeration)


@dataclass(frozen=True)
class Attribute:
    """An attribute of an element; `key` is its key in a tree: "@Typ"."""

    name: str
    required: bool
    fixed: str | None
    facets: Facets

    @property
    def key(self) -> str:
        return "@" + self.name


@dataclass(frozen=True)
class Group:
    """A sequence or a choice, with its items in schema order; `max` None is unbounded."""

    kind: str
    min: int
    max: int | None
    items: tuple["Group | Node", ...]

    def nodes(self) -> Iterator["Node"]:
        """The elements in it, at any depth of groups, in schema order."""
        for item in self.items:
            yield from item.nodes() if isinstance(item, Group) else (item,)

    def choices(self) -> Iterator["Group"]:
        """The choices in it, itself included, not those of child elements."""
        if self.kind == "choice":
            yield self
        for item in self.items:
            if isinstance(item, Group):
                yield from item.choices()


@dataclass(frozen=True, eq=False)
class Node:
    """One element: a leaf has `facets`, a group of elements has `content`.

    `path` is below Faktura ("" for the root). `min` and `max` are the element's own
    occurrence; `required` says whether every document with the parent must have it.
    """

    name: str
    path: str
    min: int
    max: int | None
    required: bool
    documentation: str
    type_name: str
    fixed: str | None
    facets: Facets | None
    content: Group | None
    attributes: tuple[Attribute, ...]
    namespace: str = field(repr=False)

    @property
    def is_leaf(self) -> bool:
        return self.content is None

    @property
    def is_list(self) -> bool:
        """Whether a tree holds it as a list, even for one occurrence."""
        return self.max != 1

    @cached_property
    def children(self) -> tuple["Node", ...]:
        """Child elements in the order in which they are written."""
        return tuple(self.content.nodes()) if self.content else ()

    @cached_property
    def by_name(self) -> dict[str, "Node"]:
        return {child.name: child for child in self.children}

    @cached_property
    def by_tag(self) -> dict[str, "Node"]:
        """Children by lxml's tag, `{namespace}name`."""
        return {f"{{{child.namespace}}}{child.name}": child for child in self.children}

    @cached_property
    def rank(self) -> dict[str, int]:
        """Child name → its place in the schema's order."""
        return {child.name: place for place, child in enumerate(self.children)}

    def walk(self) -> Iterator["Node"]:
        """This node and all below, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, eq=False)
class Schema:
    """The root node and an index of all others by path."""

    root: Node
    namespace: str

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """Path below Faktura → node, in document order, the root left out."""
        return {node.path: node for node in self.root.walk() if node.path}
