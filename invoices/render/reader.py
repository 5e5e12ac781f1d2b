"""Reads a tree and remembers what was shown, so that the rest can be shown as well."""

from collections.abc import Iterator
from typing import Any

from invoices.fa3 import schema
from invoices.fa3.tree import TEXT, collapse, leaves, plain
from invoices.render import formats, labels
from invoices.render.parts import Fact


class Reader:
    """A place in a tree: `prefix` is its path with positions, `shown` is common to all places.

    Paths given to its methods are relative and name one leaf or group each; a step into a list
    carries its position (`DaneKontaktowe[0]/Email`). What is read through `raw`, `value` and
    `fact` counts as shown. Shapes that do not fit read as absent: a draft may hold anything.
    """

    def __init__(self, value: Any, language: str, prefix: str = "", shown: set | None = None):
        self.dict = value if isinstance(value, dict) else {}
        self.language = language
        self.prefix = prefix
        self.plain = plain(prefix)
        self.shown = set() if shown is None else shown

    def path(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def at(self, *names: str) -> "Reader":
        """The group below, an empty one where there is none."""
        place = self
        for name in names:
            value = place.dict.get(name)
            place = Reader(value, self.language, place.path(name), self.shown)
        return place

    def only(self, *names: str) -> "Reader":
        """The same place with these elements alone."""
        return self._with({name: self.dict[name] for name in names if name in self.dict})

    def without(self, *names: str) -> "Reader":
        """The same place less these elements."""
        return self._with({name: self.dict[name] for name in self.dict if name not in names})

    def _with(self, elements: dict) -> "Reader":
        return Reader(elements, self.language, self.prefix, self.shown)

    def each(self, name: str) -> list["Reader"]:
        """The items of a list of groups."""
        value = self.dict.get(name)
        items = value if isinstance(value, list) else []
        path = self.path(name)
        return [
            Reader(item, self.language, f"{path}[{number}]", self.shown)
            for number, item in enumerate(items)
        ]

    def raw(self, name: str) -> str:
        """The leaf's text as in the XML, blanks trimmed; "" where there is none."""
        value = self.dict.get(name)
        if isinstance(value, dict):
            value = value.get(TEXT)
        if not isinstance(value, str):
            return ""
        self.shown.add(self.path(name))
        return value.strip()

    def value(self, name: str) -> str:
        """The leaf's text as a person reads it."""
        text = self.raw(name)
        plain = f"{self.plain}/{name}" if self.plain else name
        return formats.value(plain, text, self.language) if text else ""

    def values(self, name: str) -> list[str]:
        """The texts of a list of leaves."""
        value = self.dict.get(name)
        found = []
        for number, text in enumerate(value if isinstance(value, list) else []):
            if isinstance(text, str) and text.strip():
                self.shown.add(f"{self.path(name)}[{number}]")
                found.append(formats.value(f"{self.plain}/{name}".lstrip("/"), text, self.language))
        return found

    def fact(self, name: str, label: str = "", kind: str = "") -> list[Fact]:
        """The leaf with its label, as a list of one, or an empty list where there is none."""
        text = self.value(name)
        return [Fact(label or self.label(name), text, kind)] if text else []

    def label(self, name: str) -> str:
        return labels.of(self.path(name), self.language)

    def text(self, key: str) -> str:
        """One of the print's own words."""
        return labels.text(key, self.language)

    def left(self) -> Iterator[tuple[str, str]]:
        """(path below this place, text) of every leaf not shown yet."""
        for path, text in leaves(self.dict):
            if collapse(text) and self.path(path) not in self.shown:
                yield path, text

    def has_left(self) -> bool:
        return next(self.left(), None) is not None

    def node(self) -> "schema.Node | None":
        """The schema's node of this place, None for one that FA(3) does not have."""
        return schema.nodes().get(self.plain) if self.plain else schema.root()
