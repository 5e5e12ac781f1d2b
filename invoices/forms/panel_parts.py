"""What panels are made of: the parts that the templates draw."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from invoices.fa3 import tree as trees
from invoices.forms import attachment


class Part:
    """What all parts share."""

    path: str
    errors: list[str] | tuple = ()
    has_place = True  # whether errors can stand at it

    @property
    def id(self) -> str:
        return id_of(self.path)

    @property
    def plain_path(self) -> str:
        """The path without positions."""
        return trees.plain(self.path)

    @property
    def code(self) -> str:
        """The element's name in the schema, for the expert view."""
        return self.plain_path.rpartition("/")[2]


@dataclass
class Control(Part):
    """One box: a leaf or an attribute of the tree."""

    path: str
    widget: str
    label: str
    help: str
    value: str
    width: int
    optional: bool
    most: int | None = None
    options: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    template = "invoices/panels/control.html"

    @property
    def name(self) -> str:
        return f"f:{self.path}"


@dataclass
class Radios(Part):
    """A choice of the schema: which branch holds."""

    path: str
    name: str
    label: str
    options: list[tuple[str, str]]
    picked: str
    branches: list[tuple[str, list]]
    errors: list[str] = field(default_factory=list)
    template = "invoices/panels/choice.html"
    has_place = False

    @property
    def id(self) -> str:
        return id_of(self.name)


@dataclass
class Box(Part):
    """A group of elements; `mark` says whether the tree has it."""

    path: str
    label: str
    help: str
    mark: str
    parts: list
    plain: bool
    panel: str = ""  # of a group that several panels draw parts of
    errors: list[str] = field(default_factory=list)
    template = "invoices/panels/group.html"

    @property
    def has_place(self) -> bool:
        return not self.panel

    @property
    def id(self) -> str:
        return id_of(f"{self.path}/{self.panel}" if self.panel else self.path)


@dataclass
class Item(Part):
    """One entry of a list."""

    path: str
    number: int
    mark: str
    parts: list
    label: str
    in_head: bool = False  # whether the head of the form draws a part of it
    errors: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The item of a list of texts stands around the control of the same path."""
        return id_of(self.path) if self.mark else f"{id_of(self.path)}item"

    @property
    def has_place(self) -> bool:
        return bool(self.mark)


@dataclass
class Many(Part):
    """A list: `kind` is "texts", "rows" (a few boxes beside each other) or "cards"."""

    path: str
    label: str
    help: str
    kind: str
    items: list[Item]
    next: int
    unshown: int
    most: int | None
    errors: list[str] = field(default_factory=list)
    shown: int = 0  # items of the tree, without the one that is only offered
    template = "invoices/panels/list.html"

    @property
    def may_grow(self) -> bool:
        return self.most is None or self.next < self.most

    @property
    def next_path(self) -> str:
        """The place of one more item."""
        return f"{self.path}[{self.next}]"


@dataclass
class Cells(Part):
    """The rows or the totals of an attachment's table, as one text."""

    path: str
    label: str
    help: str
    value: str
    errors: list[str] = field(default_factory=list)
    template = "invoices/panels/attachment.html"

    @property
    def name(self) -> str:
        return attachment.name_of(self.path)

    @property
    def height(self) -> int:
        """Lines that the box shows at once."""
        if self.plain_path == attachment.TOTALS:
            return 1
        return min(20, max(5, self.value.count("\n") + 2))


@dataclass
class More(Part):
    """Rare parts of a card or group, folded while nothing stands in them."""

    path: str
    parts: list
    unfolded: bool
    template = "invoices/panels/more.html"
    has_place = False

    @property
    def is_open(self) -> bool:
        return self.unfolded or any(_speaks(part) for part in all_parts(self.parts))

    @property
    def summary(self) -> str:
        """What is folded, in words."""
        return ", ".join(part.label for part in self.parts)


@dataclass(frozen=True)
class Panel:
    """One open section."""

    key: str
    title: str
    hint: str
    parts: list

    @property
    def id(self) -> str:
        return f"panel-{self.key}"


def id_of(path: str) -> str:
    """The id of a control or group: `Podmiot3[0]/NrEORI` → `f-Podmiot3-0--NrEORI`."""
    return "f-" + re.sub(r"[/\[\]@:]", "-", path)


def _speaks(part) -> bool:
    """Whether something stands in a part, or something is wrong with it."""
    return bool(
        getattr(part, "value", "") or part.errors or getattr(part, "mark", "") in ("1", "e")
    )


def all_parts(parts: list) -> Iterator:
    """Every part at any depth."""
    for part in parts:
        yield part
        for below in _inner(part):
            yield from all_parts(below)


def _inner(part) -> list[list]:
    if isinstance(part, Many):
        return [part.items]
    if isinstance(part, Radios):
        return [parts for _, parts in part.branches]
    return [getattr(part, "parts", [])]
