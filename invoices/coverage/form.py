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
from collections.abc import Iterable

from invoices.coverage.browser import Control, Page, otherwise, sent
from invoices.coverage.visit import SAVE, Visitor
from invoices.fa3 import build, registry, schema
from invoices.fa3 import tree as trees
from invoices.forms.fields import HAND

STAMPED = {"Naglowek/DataWytworzeniaFa", "Naglowek/SystemInfo"}
# Drawn by hand under names of their own, besides the head: lines, and tables of an attachment.
_HAND_DRAWN = re.compile(r"Fa/FaWiersz\[|Zalacznik/BlokDanych\[\d+\]/Tabela\[")
_LINE = re.compile(r"line-(\d+)-([A-Z]\w*)")
_POSITION = re.compile(r"\[(\d+)\]")


def reached(visitor: Visitor, tree: trees.Tree) -> set[str]:
    """The plain paths that the form lets a person enter, each wherever the document has it.

    Raises VisitFailed where a page does not do its part.
    """
    page = visitor.opened(visitor.imported(build(tree)))
    blank = visitor.blank()
    typed = typed_anew(page, blank)
    content = visitor.saved(visitor.new_url, sent(typed, SAVE))
    other = visitor.saved(visitor.new_url, sent(changed(typed), SAVE))
    wanted, right = dict(trees.leaves(tree)), dict(trees.leaves(content))
    carried = _carried(page, blank, tree) | _hand_drawn(right, dict(trees.leaves(other)))
    shown = {_path(c.name) for c in page.controls if c.visible}
    failed = {
        path
        for path, text in wanted.items()
        if not (right.get(path) == text and path in carried)
        and not (_is_automatic(path) and path in shown and _comes_right(path, text, right))
    }
    return {trees.plain(path) for path in wanted} - {trees.plain(path) for path in failed}


def typed_anew(page: Page, blank: Page) -> list[Control]:
    """What the empty form sends once all that stands in the other one was typed into it.

    Nobody types into hidden controls: those of the empty form stand, besides the marks of the
    groups, items and sections that a person has opened.
    """
    own = [c for c in blank.controls if c.kind == "hidden" and not _is_mark(c.name)]
    opened = [c for c in page.controls if c.kind == "hidden" and _is_mark(c.name)]
    return own + opened + [c for c in page.controls if c.kind != "hidden"]


def changed(controls: Iterable[Control]) -> list[Control]:
    """The same with all otherwise that goes by other names than a path."""
    return [otherwise(c) if c.visible and c.enabled and _is_own(c) else c for c in controls]


def _is_own(control: Control) -> bool:
    is_sent = control.sent or control.kind == "checkbox"
    return is_sent and not (control.name.startswith(("f:", "c:")) or _LINE.fullmatch(control.name))


def _is_mark(name: str) -> bool:
    return name.startswith("g:") or name == "panel"


def _path(name: str) -> str:
    """The path with positions that a control's name says, or ""."""
    if name.startswith("f:"):
        return name.removeprefix("f:")
    line = _LINE.fullmatch(name)
    return f"Fa/FaWiersz[{line[1]}]/{line[2]}" if line else ""


def _carried(page: Page, blank: Page, tree: trees.Tree) -> set[str]:
    """The paths whose controls are visible, enabled and to be had on the empty form as well."""
    found = set()
    for control in page.controls:
        if control.visible and control.enabled and _can_be_had(control.name, page, blank, tree):
            found.add(_path(control.name))
            found |= _announced(control)
    return found


def _announced(control: Control) -> set[str]:
    """The flags that the chosen branch of a choice stands for."""
    if not (control.name.startswith("c:") and control.sent and control.value.isdigit()):
        return set()
    path, _, number = control.name.removeprefix("c:").rpartition("/")
    choice = list(schema.node(trees.plain(path)).content.choices())[int(number)]
    branch = choice.items[int(control.value)]
    nodes = branch.nodes() if hasattr(branch, "nodes") else [branch]
    flags = (node for node in nodes if node.is_leaf and node.facets.values == ("1",))
    return {f"{path}/{node.name}".lstrip("/") for node in flags}


def _can_be_had(name: str, page: Page, blank: Page, tree: trees.Tree) -> bool:
    """Whether a person gets to this control on the empty form, by its buttons if need be."""
    if line := _LINE.fullmatch(name):
        at_first, offers = f"line-0-{line[2]}", "add-line" in blank.buttons("action")
        return at_first in blank.names and (offers or line[1] == "0")
    is_there = _POSITION.sub("[0]", name) in blank.names
    lists = [(name[2 : step.start()], int(step[1])) for step in _POSITION.finditer(name)]
    if not lists or (is_there and not any(at for _, at in lists)):
        return is_there
    if not (is_there or _adds(blank, lists[0][0])):
        return False
    return all(_adds(page, path) or _is_full(path, tree) for path, at in lists if at)


def _adds(page: Page, path: str) -> bool:
    offered = page.buttons("action")
    return any(value.split(":")[:2] == ["add", path] for value in offered)


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
