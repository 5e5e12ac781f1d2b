"""Which paths a person can enter in the browser: shown, read, typed into an empty form.

Each document is imported and opened in the full form; what its controls say is then sent from
the form of a *new* invoice, as if somebody had typed it there. A path counts when the draft has
the same text at the same place, and

- a control with a name, not hidden and not disabled, carried it there, or the chosen branch of a
  choice announces it; for what the head and the line grid draw under names of their own, that is
  shown by leaving those controls empty, ticked or chosen otherwise: the text must change;
- the empty form offers that control too, or the buttons that add the items it stands in.

What the application sets itself (section "auto" of the registry) must come out right and be shown
by a control, which may be read-only. DataWytworzeniaFa and SystemInfo belong to the moment of
issue: there being shown is enough. A group counts when something in it does.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from invoices.coverage.browser import Control, Page, otherwise, sent
from invoices.coverage.visit import SAVE, Visitor
from invoices.fa3 import build, registry, schema
from invoices.fa3 import tree as trees
from invoices.fa3.nodes import Group
from invoices.forms.fields import HAND

STAMPED = {"Naglowek/DataWytworzeniaFa", "Naglowek/SystemInfo"}
# Drawn by hand under names of their own, besides the head: lines, and tables of an attachment.
_HAND_DRAWN = re.compile(r"Fa/FaWiersz\[|Zalacznik/BlokDanych\[\d+\]/Tabela\[")
_LINE = re.compile(r"line-(\d+)-(\w+)")
_ELEMENT = re.compile(r"line-(\d+)-([A-Z]\w*)")
_POSITION = re.compile(r"\[(\d+)\]")


def reached(visitor: Visitor, tree: trees.Tree) -> set[str]:
    """The plain paths that the form lets a person enter, each wherever the document has it.

    Raises VisitFailed where a page does not do its part.
    """
    forms = Forms(visitor.opened(visitor.imported(build(tree))), visitor.blank(), tree)
    content = visitor.saved(visitor.new_url, sent(forms.typed(), SAVE))
    other = visitor.saved(visitor.new_url, sent(forms.typed_otherwise(), SAVE))
    wanted, right = dict(trees.leaves(tree)), dict(trees.leaves(content))
    carried = forms.carried() | _hand_drawn(right, dict(trees.leaves(other)))
    shown = {_path(c.name) for c in forms.filled.controls if c.visible}
    failed = {
        path
        for path, text in wanted.items()
        if not (right.get(path) == text and path in carried)
        and not (_is_automatic(path) and path in shown and _comes_right(path, text, right))
    }
    return {trees.plain(path) for path in wanted} - {trees.plain(path) for path in failed}


@dataclass(frozen=True)
class Forms:
    """The form that shows a document, and an empty one into which somebody types the same."""

    filled: Page
    blank: Page
    tree: trees.Tree

    def typed(self) -> list[Control]:
        """What the empty form sends then.

        Nobody types into hidden controls: those of the empty form stand, besides the marks of
        the groups, items and sections that a person has opened.
        """
        own = [c for c in self.blank.controls if c.kind == "hidden" and not _is_mark(c.name)]
        opened = [c for c in self.filled.controls if c.kind == "hidden" and _is_mark(c.name)]
        return own + opened + self.filled_in

    def typed_otherwise(self) -> list[Control]:
        """The same with all otherwise that goes by other names than a path."""
        return [otherwise(c) if c.visible and _is_own(c) else c for c in self.typed()]

    def carried(self) -> set[str]:
        """The paths that the names of controls say, and the flags that chosen branches mean."""
        named = {_path(control.name) for control in self.filled_in}
        return named.union(*map(_announced, self.filled_in))

    @cached_property
    def filled_in(self) -> list[Control]:
        """What a person can fill in: visible, enabled, and to be had on the empty form."""
        controls = (c for c in self.filled.controls if c.visible and c.enabled)
        return [control for control in controls if self.can_be_had(control.name)]

    def can_be_had(self, name: str) -> bool:
        """Whether a person gets to this control on the empty form, by its buttons if need be."""
        if line := _LINE.fullmatch(name):
            offers = "add-line" in self.blank.actions
            return f"line-0-{line[2]}" in self.blank.names and (offers or line[1] == "0")
        is_there = _POSITION.sub("[0]", name) in self.blank.names
        lists = [(name[2 : step.start()], int(step[1])) for step in _POSITION.finditer(name)]
        if not (is_there or (lists and _adds(self.blank, lists[0][0]))):
            return False
        further = [path for path, at in lists if at or not is_there]
        return all(_adds(self.filled, path) or _is_full(path, self.tree) for path in further)


def _is_own(control: Control) -> bool:
    is_sent = control.sent or control.kind == "checkbox"
    return is_sent and not (control.name.startswith(("f:", "c:")) or _ELEMENT.match(control.name))


def _is_mark(name: str) -> bool:
    return name.startswith("g:") or name == "panel"


def _path(name: str) -> str:
    """The path with positions that a control's name says, or ""."""
    if name.startswith("f:"):
        return name.removeprefix("f:")
    line = _ELEMENT.fullmatch(name)
    return f"Fa/FaWiersz[{line[1]}]/{line[2]}" if line else ""


def _announced(control: Control) -> set[str]:
    """The flags that the chosen branch of a choice stands for."""
    if not (control.name.startswith("c:") and control.sent and control.value.isdigit()):
        return set()
    path, _, number = control.name.removeprefix("c:").rpartition("/")
    choice = list(schema.node(trees.plain(path)).content.choices())[int(number)]
    branch = choice.items[int(control.value)]
    nodes = branch.nodes() if isinstance(branch, Group) else [branch]
    flags = (node for node in nodes if node.is_leaf and node.facets.values == ("1",))
    return {f"{path}/{node.name}".lstrip("/") for node in flags}


def _adds(page: Page, path: str) -> bool:
    return any(value.split(":")[:2] == ["add", path] for value in page.actions)


def _is_full(path: str, tree: trees.Tree) -> bool:
    most = schema.node(trees.plain(path)).max
    return most is not None and len(trees.items(tree, path)) >= most


def _hand_drawn(right: dict[str, str], other: dict[str, str]) -> set[str]:
    differing = {path for path, text in right.items() if other.get(path) != text}
    return {path for path in differing if path in HAND or _HAND_DRAWN.match(path)}


def _is_automatic(path: str) -> bool:
    known = registry.entries().get(trees.plain(path))
    return known is not None and known.section == "auto"


def _comes_right(path: str, text: str, right: dict[str, str]) -> bool:
    return path in STAMPED or right.get(path) == text
