"""Posted panels → tree. A control that nobody touched writes nothing."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from invoices.fa3 import schema
from invoices.fa3.nodes import Attribute, Group, Node
from invoices.fa3.tree import TEXT
from invoices.forms import attachment
from invoices.forms import panel_fields as fields
from invoices.forms.panel_fields import SHOWN_ITEMS

_PLACE: dict = {}  # an item of a list into which the head of the form writes
_ITEM = re.compile(r"[fg]:(.+)\[(\d{1,6})\]")


def written(tree: dict, data: Mapping[str, str], drawn: Iterable[str]) -> dict:
    """A tree with what the drawn panels were sent back with; the given one stays as it is.

    `data` has one text for each name (of a QueryDict the last one counts).
    """
    return _Writing(data, frozenset(drawn)).group(schema.root(), tree, "")


class _Writing:
    """One pass over the schema, as far as the drawn panels reach."""

    def __init__(self, data: Mapping[str, str], drawn: frozenset[str]) -> None:
        self.data, self.drawn = data, drawn
        self.positions: dict[str, set[int]] = defaultdict(set)
        for match in filter(None, map(_ITEM.fullmatch, data)):
            self.positions[match[1]].add(int(match[2]))

    def sent(self, name: str) -> str | None:
        text = self.data.get(name)
        # No keyboard has NUL, and no database takes it.
        return text.replace("\0", "") if text is not None else None

    def group(self, node: Node, value, path: str) -> dict:
        """The content of a group; what no drawn panel has stays."""
        value = value if isinstance(value, dict) else {}
        result = dict(value)
        for attribute in node.attributes:
            self.attribute(attribute, value, path, result)
        self.content(node, fields.top_items(node), value, path, result)
        return result

    def content(self, node: Node, items: tuple, value: dict, path: str, result: dict) -> None:
        for item in items:
            if isinstance(item, Node):
                self.element(item, value, path, result)
            elif item.kind == "choice":
                self.choice(node, item, value, path, result)
            else:
                self.content(node, item.items, value, path, result)

    def element(self, node: Node, value: dict, path: str, result: dict) -> None:
        if not fields.panels_below(node.path) & self.drawn:
            return
        here, old = f"{path}/{node.name}".lstrip("/"), value.get(node.name)
        if node.path in attachment.DRAWN:
            new = attachment.read(here, old, self.sent(attachment.name_of(here)))
        elif node.is_list:
            new = self.items(node, old, here)
        elif node.is_leaf:
            new = self.leaf(node, old, here)
        else:
            new = self.single(node, old, here)
        _assign(result, node.name, new)

    # --- Texts ------------------------------------------------------------------------------
    def leaf(self, node: Node, old, path: str):
        """The leaf as it is to stand in the tree, None for none."""
        if fields.panel_of(path) not in self.drawn:
            return old
        text = self.text(node, fields.text_of(old), f"f:{path}")
        if not node.attributes:
            return old if text == fields.text_of(old) else text
        before = old if isinstance(old, dict) else {} if old is None else {TEXT: old}
        made = dict(before)
        for attribute in node.attributes:
            self.attribute(attribute, before, path, made)
        _assign(made, TEXT, text)
        return old if made == before else made or None

    def text(self, what: Node | Attribute, old: str | None, name: str) -> str | None:
        posted = self.sent(name)
        if posted is None:
            return old
        if fields.is_same(posted, fields.shown(what, old), fields.widget_of(what)):
            return old
        return fields.read(what, posted) or ("" if what.facets.min_length == 0 else None)

    def attribute(self, what: Attribute, value: dict, path: str, result: dict) -> None:
        old = value.get(what.key)
        old = old if isinstance(old, str) else None
        new = self.text(what, old, f"f:{path}/{what.key}")
        if new != old:
            _assign(result, what.key, new)

    # --- Groups and lists -------------------------------------------------------------------
    def single(self, node: Node, old, path: str):
        new = self.group(node, old, path)
        mark = self.sent(f"g:{path}")
        if new == (old if isinstance(old, dict) else {}):
            return {} if old is None and mark == "e" else old
        return new or ({} if mark == "e" else None)

    def items(self, node: Node, old, path: str):
        """The list with posted items changed, new ones added, missing ones taken out."""
        if fields.panel_of(path) not in self.drawn:
            return old
        before = old if isinstance(old, list) else [] if old is None else [old]
        make = self.leaf_item if node.is_leaf else self.group_item
        shown, made, new = self.shown(path), [], []
        for position, item in enumerate(before):
            if position in self.positions[path]:
                made.append(make(node, item, f"{path}[{position}]"))
                new += [made[-1]] if item == {} else []  # added before, filled only now
            elif position >= shown:
                made.append(item)
        further = sorted(p for p in self.positions[path] if p >= len(before))
        added = [make(node, None, f"{path}[{position}]") for position in further]
        _number(new + added, made, fields.NUMBERED.get(node.path, ""))
        made = _without_gaps(made + added)
        return old if made == before else made or None

    def shown(self, path: str) -> int:
        """How many items of a list were drawn."""
        text = self.sent(f"n:{path}") or ""
        return int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else SHOWN_ITEMS

    def leaf_item(self, node: Node, old, path: str):
        posted = self.text(node, fields.text_of(old), f"f:{path}")
        if old is not None and posted == fields.text_of(old):
            return old
        return posted or ("" if node.facets.min_length == 0 else None)

    def group_item(self, node: Node, old, path: str):
        mark = self.sent(f"g:{path}")
        new = self.group(node, old, path)
        if mark == "1" and old is None:
            _fill_required(node, new)
        if old is not None and new == (old if isinstance(old, dict) else {}):
            return old
        # The head writes into an item that the panel leaves empty, so its place must be there.
        if not new and mark in ("1", "n") and fields.has_hand(path):
            return _PLACE
        return new or ({} if mark == "e" else None)

    # --- Choices ----------------------------------------------------------------------------
    def choice(self, node: Node, choice: Group, value: dict, path: str, result: dict) -> None:
        below = (n for branch in choice.items for n in fields.branch_nodes(branch))
        if not any(fields.panels_below(n.path) & self.drawn for n in below):
            return
        before = [_part(branch, value) for branch in choice.items]
        if fields.is_shared(choice, path):
            made = [self.branch(node, branch, value, path) for branch in choice.items]
            self.shared(choice, before, made, result)
            return
        shown = fields.shown_branch(choice, value, path)
        picked = self.picked(choice, fields.choice_name(node, choice, path), shown)
        if picked != shown:
            made = [self.branch(node, branch, {}, path) for branch in choice.items]
            self.pick(choice, picked, made, result)
            return
        made = [self.branch(node, branch, value, path) for branch in choice.items]
        if made != before:
            _replace(choice, _meant(picked, before, made), made, result)

    def picked(self, choice: Group, name: str, shown: str) -> str:
        possible = {str(number) for number in range(len(choice.items))}
        sent = self.sent(name)
        return sent if sent in possible or (sent == "" and choice.min == 0) else shown

    def branch(self, node: Node, branch: Group | Node, value: dict, path: str) -> dict:
        """What the elements of one branch are after the post, flags that announce it as before."""
        result = _part(branch, value)
        items = branch.items if isinstance(branch, Group) else (branch,)
        kept = tuple(item for item in items if not fields.announces(item, branch))
        self.content(node, kept, value, path, result)
        return result

    def pick(self, choice: Group, picked: str, made: list[dict], result: dict) -> None:
        """Another branch than before: it starts with what was typed in it, and stays chosen."""
        number = int(picked) if picked else None
        if number is not None:
            branch = choice.items[number]
            made[number] = _announced(branch, made[number]) or _trace(branch)
        _replace(choice, number, made, result)

    def shared(self, choice: Group, before: list[dict], made: list[dict], result: dict) -> None:
        """A choice between places of the form: what was typed here replaces what stands there."""
        for number, branch in enumerate(choice.items):
            if made[number] == before[number]:
                continue
            flags = {n.name for n in fields.branch_nodes(branch) if fields.announces(n, branch)}
            if set(made[number]) - flags:
                _replace(choice, number, made, result)
            else:
                _remove(branch, result)


def _meant(picked: str, before: list[dict], made: list[dict]) -> int:
    """The branch that people meant: without :has() they may type into one they did not choose."""
    typed_in = [n for n, new in enumerate(made) if _speaks(new) and new != before[n]]
    own = int(picked) if picked else None
    if own is None:
        return typed_in[0] if typed_in else 0
    return own if _speaks(made[own]) or not typed_in else typed_in[0]


def _speaks(made: dict) -> bool:
    return any(value not in ("", {}, []) for value in made.values())


def _replace(choice: Group, number: int | None, made: list[dict], result: dict) -> None:
    for branch in choice.items:
        _remove(branch, result)
    if number is not None:
        result.update(_announced(choice.items[number], made[number]))


def _remove(branch: Group | Node, result: dict) -> None:
    for node in fields.branch_nodes(branch):
        result.pop(node.name, None)


def _number(new: list, before: list, path: str) -> None:
    """Gives new items the next numbers where nobody typed one."""
    if not path:
        return
    name = path.rpartition("/")[2]
    known = [str(fields.text_of(item.get(name))) for item in before if isinstance(item, dict)]
    highest = max((int(text) for text in known if text.isdecimal()), default=0)
    for item in filter(None, new):
        highest += name not in item
        item.setdefault(name, str(highest))


def _without_gaps(made: list) -> list:
    """Items in order; the head's place is held only where further items follow."""
    while made and (made[-1] is None or made[-1] is _PLACE):
        made.pop()
    return [{} if item is _PLACE else item for item in made if item is not None]


def _part(branch, value: dict) -> dict:
    return {n.name: value[n.name] for n in fields.branch_nodes(branch) if n.name in value}


def _announced(branch, made: dict) -> dict:
    """A branch with the flags that say it was chosen."""
    flags = [n for n in fields.branch_nodes(branch) if fields.announces(n, branch)]
    return {flag.name: flag.facets.values[0] for flag in flags} | made


def _trace(branch) -> dict:
    """A branch without flags that was chosen and not yet filled: its first field, empty."""
    first = fields.branch_nodes(branch)[0]
    return {first.name: [] if first.is_list else "" if first.is_leaf else {}}


def _fill_required(node: Node, value: dict) -> None:
    """Cells may be empty: in an item that was drawn they are there."""
    for child in node.children:
        if child.is_leaf and child.min and not child.is_list and child.facets.min_length == 0:
            value.setdefault(child.name, "")


def _assign(holder: dict, name: str, value) -> None:
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value
