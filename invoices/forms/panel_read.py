"""Tree → what the panels show: controls, groups, lists and choices, ready for the templates."""

from dataclasses import dataclass

from invoices.fa3 import registry, schema
from invoices.fa3 import tree as trees
from invoices.fa3.nodes import Attribute, Group, Node
from invoices.forms import attachment
from invoices.forms import panel_fields as fields
from invoices.forms.panel_fields import MOST_BOXES, SHOWN_ITEMS
from invoices.forms.panel_parts import Box, Cells, Control, Item, Many, More, Radios

# Groups without a heading of their own: the panel's heading says it.
_PLAIN = frozenset(
    {"", "Naglowek", "Fa", "Fa/Adnotacje", "Fa/Rozliczenie", "Fa/Platnosc", "Fa/WarunkiTransakcji"}
    | {"Fa/Zamowienie", "Stopka", "Zalacznik", "PodmiotUpowazniony", "Podmiot1/Adres"}
    | {"Podmiot2/Adres", "Fa/Adnotacje/NoweSrodkiTransportu", "Fa/Adnotacje/PMarzy"}
)
# Lists of cards that show an empty one at once: their panel is opened for them.
_OFFERED = frozenset(
    {"Fa/WarunkiTransakcji/Transport", "Fa/FakturaZaliczkowa", "Fa/DaneFaKorygowanej"}
    | {"Fa/Adnotacje/NoweSrodkiTransportu/NowySrodekTransportu", "Zalacznik/BlokDanych"}
    | {"Fa/Zamowienie/ZamowienieWiersz"}
)
_WIDTHS = {
    **dict.fromkeys(("date", "amount", "price", "quantity", "integer", "percent"), 3),
    **dict.fromkeys(("country", "eu_country", "currency"), 3),
    **{"nip": 4, "choice": 6, "flag1": 12, "yesno12": 6, "textarea": 12, "account": 6},
    "datetime": 4,
}
# A list that few invoices need: the amount beside it says the same for one payment.
_ASKED_FOR = frozenset({"Fa/ZaliczkaCzesciowa"})
# Parts that stand first in their group, and parts that are folded ("Więcej pól").
_FIRST = frozenset({"Podmiot3", "PodmiotUpowazniony/RolaPU", "Fa"})
_CONTACT = ("NrEORI", "AdresKoresp", "DaneKontaktowe", "NrKlienta", "IDNabywcy")
_RARE = {
    "Fa": ("OkresFaKorygowanej", "NrFaKorygowany", "Podmiot1K", "KursWalutyZK"),
    "Podmiot3": _CONTACT,
    "PodmiotUpowazniony": _CONTACT,
    "Fa/Zamowienie/ZamowienieWiersz": (
        *("UU_IDZ", "IndeksZ", "GTINZ", "PKWiUZ", "CNZ", "PKOBZ", "P_12Z_XII", "P_12Z_Zal_15"),
        *("GTUZ", "ProceduraZ", "KwotaAkcyzyZ", "StanPrzedZ"),
    ),
}
_NARROW, _LONG, _LONG_HELP = 20, 256, 70
_BY_NAME = {"AdresL1": 9, "AdresL2": 9, "GLN": 3, "KodKraju": 3, "NrVatUE": 4, "NrID": 4}
_BY_NAME |= {"NrWiersza": 2, "Klucz": 4, "KRS": 2, "REGON": 2, "BDO": 2}
_BY_NAME |= {"NrWierszaZam": 2, "P_7Z": 10, "P_8AZ": 3, "P_12Z": 3}


@dataclass
class Room:
    """How many boxes the panels of one page may still draw; lists stop where it is used up."""

    boxes: int = MOST_BOXES


def parts_of(
    panel: str, tree: dict, language: str, *, expert: bool = False, room: Room | None = None
) -> list:
    """What a panel shows of a tree, in the schema's order; for an expert nothing is folded."""
    reading = _Reading(panel, tree, language, expert, room)
    return reading.group_parts(schema.root(), tree, "")


def item_part(path: str, kind: str, language: str, value: dict | None = None) -> Many:
    """The list of a path with one new item at its position; KeyError for a path of no list.

    `kind` is the RodzajFaktury, `value` what the item shows at first.
    """
    plain = trees.plain(path)
    node = schema.node(plain)
    position = trees.split(path)[-1][1]
    if not node.is_list or position is None or fields.panel_of(path) not in fields.ORDER:
        raise KeyError(path)
    reading = _Reading(fields.panel_of(path), {"Fa": {"RodzajFaktury": kind}}, language)
    item = reading.item(node, value, path)
    item.mark = item.mark and "n"
    return reading.many(node, path.rpartition("[")[0], [item])


class _Reading:
    """One pass over the schema, for one panel."""

    def __init__(
        self,
        panel: str,
        tree: dict,
        language: str,
        expert: bool = False,
        room: Room | None = None,
    ) -> None:
        self.panel, self.language, self.expert = panel, language, expert
        self.room = room or Room()
        self.kind = trees.text(tree, "Fa/RodzajFaktury") or None

    def label(self, path: str) -> str:
        return registry.label(path, self.language, self.kind)

    def help(self, path: str) -> str:
        return registry.help(path, self.language)

    def group_parts(self, node: Node, value, path: str) -> list:
        value = value if isinstance(value, dict) else {}
        own = [self.attribute(a, value, path) for a in node.attributes] if path else []
        parts = own + self.content(node, fields.top_items(node), value, path)
        self.mark_optional(parts)
        return parts if self.expert else self.arranged(node, parts, path)

    def arranged(self, node: Node, parts: list, path: str) -> list:
        """What most people fill in stands first, what few need is folded."""
        names = _RARE.get(node.path, ())
        rare = [part for part in parts if part.code in names]
        rest = [part for part in parts if part.code not in names]
        rest.sort(key=lambda part: part.plain_path not in _FIRST)
        return [*rest, More(path, rare, unfolded=False)] if rare else rest

    def mark_optional(self, parts: list) -> None:
        """Where nothing is required, or all is, the word "optional" says nothing."""
        boxes = [each for each in parts if isinstance(each, Control) and each.widget != "flag1"]
        if all(box.optional for box in boxes if box.plain_path not in fields.NUMBERED.values()):
            for box in boxes:
                box.optional = False

    def content(
        self, node: Node, items: tuple, value: dict, path: str, *, optional: bool = False
    ) -> list:
        parts: list = []
        for item in items:
            if isinstance(item, Node):
                parts += self.element(item, value, path, optional)
            elif item.kind == "choice" and not fields.is_shared(item, path):
                parts += self.choice(node, item, value, path)
            else:
                is_optional = optional or item.min == 0
                parts += self.content(node, item.items, value, path, optional=is_optional)
        return parts

    def element(self, node: Node, value: dict, path: str, optional: bool) -> list:
        here, below = f"{path}/{node.name}".lstrip("/"), value.get(node.name)
        if self.panel not in fields.panels_below(node.path):
            return []
        if node.path in attachment.DRAWN:
            text = attachment.shown(here, below)
            return [Cells(here, self.label(here), self.help(here), text)]
        if not node.is_leaf and not node.is_list:
            return self.group(node, below, here)
        if fields.panel_of(here) != self.panel:
            return []
        if node.is_list:
            return [self.list_part(node, below, here)]
        box = self.control(node, below, here)
        box.optional = box.optional or (optional and box.widget != "flag1")
        return [box, *self.attributes(node, below, here)]

    # --- Boxes ------------------------------------------------------------------------------
    def control(self, node: Node, value, path: str) -> Control:
        self.room.boxes -= 1
        text, help_text = fields.shown(node, fields.text_of(value)), self.help(path)
        widget = fields.widget_of(node)
        return Control(
            path=path,
            widget=widget,
            label=self.label(path),
            help=help_text,
            value=text,
            width=max(_width(node, widget), 6 if len(help_text) > _LONG_HELP else 0),
            optional=node.min == 0 and widget != "flag1",
            most=node.facets.max_length,
            options=self.options(node.path, node.facets.values, text, widget),
        )

    def attributes(self, node: Node, value, path: str) -> list[Control]:
        value = value if isinstance(value, dict) else {}
        return [self.attribute(attribute, value, path) for attribute in node.attributes]

    def attribute(self, what: Attribute, value: dict, path: str) -> Control:
        self.room.boxes -= 1
        here, old = f"{path}/{what.key}", value.get(what.key)
        text = fields.shown(what, old if isinstance(old, str) else "")
        return Control(
            path=here,
            widget=fields.widget_of(what),
            label=self.label(here),
            help=self.help(here),
            value=text,
            width=3,
            optional=False,
            options=self.options(here, what.facets.values, text, fields.widget_of(what)),
        )

    def options(self, path: str, values, text: str, widget: str) -> list[tuple[str, str]]:
        """Values with their names; one that the schema lacks is shown, not exchanged."""
        if widget not in ("choice", "yesno12"):
            return []
        named = [(v, registry.value_label(path, v, self.language)) for v in values]
        if text and text not in values:
            named.append((text, registry.value_label(path, text, self.language)))
        return named

    # --- Groups and lists -------------------------------------------------------------------
    def group(self, node: Node, value, path: str) -> list:
        parts = self.group_parts(node, value, path)
        if not parts:
            return []
        own = fields.home(node.path) == self.panel
        is_plain = path in _PLAIN or node.name == "DaneIdentyfikacyjne"
        mark = _mark(value) if isinstance(value, dict) else ""
        help_text = self.help(path) if own else ""
        panel = "" if own else self.panel
        return [Box(path, self.label(path), help_text, mark, parts, is_plain, panel)]

    def list_part(self, node: Node, value, path: str) -> Many:
        values = value if isinstance(value, list) else [] if value is None else [value]
        items = []
        for at, each in enumerate(values[:SHOWN_ITEMS]):
            if self.room.boxes <= 0:
                break
            items.append(self.item(node, each, f"{path}[{at}]"))
        many = self.many(node, path, items)
        many.next, many.shown, many.unshown = len(values), len(items), len(values) - len(items)
        if self.is_offered(node, many):
            many.items = [*items, self.item(node, None, f"{path}[{len(values)}]")]
            many.next += 1
        return many

    def is_offered(self, node: Node, many: Many) -> bool:
        """Whether an empty item stands there to be filled; cells may be empty, so not there."""
        if node.is_leaf:
            return node.facets.min_length != 0 and many.may_grow
        is_wanted = many.kind == "rows" and node.path not in _ASKED_FOR
        is_wanted = is_wanted or node.path in _OFFERED or self.is_needed(node)
        is_wanted = is_wanted or fields.has_hand(f"{many.path}[0]")
        return is_wanted and not many.items

    def is_needed(self, node: Node) -> bool:
        """Inside a card that is drawn, what the schema wants at least once is drawn too."""
        return node.min > 0 and node.path.startswith("Zalacznik/")

    def many(self, node: Node, path: str, items: list[Item]) -> Many:
        kind = "texts" if node.is_leaf else "rows" if _is_row(node) else "cards"
        help_text = self.help(path)
        at = trees.split(items[0].path)[-1][1] + 1 if items else 0
        return Many(path, self.label(path), help_text, kind, items, at, 0, node.max)

    def item(self, node: Node, value, path: str) -> Item:
        number = trees.split(path)[-1][1] + 1
        label = self.label(path)
        if node.is_leaf:
            box = self.control(node, value, path)
            box.label, box.optional, box.help = f"{label} {number}", False, ""
            return Item(path, number, "", [box], label)
        mark = "n" if value is None else _mark(value)
        parts = self.group_parts(node, value, path)
        return Item(path, number, mark, parts, label, in_head=fields.has_hand(path))

    # --- Choices ----------------------------------------------------------------------------
    def choice(self, node: Node, choice: Group, value: dict, path: str) -> list:
        drawn = [self.branch(node, branch, value, path) for branch in choice.items]
        first = fields.branch_nodes(choice.items[0])[0]
        if fields.panel_of(f"{path}/{first.name}") != self.panel:
            return []
        options = [(str(n), self.branch_label(b)) for n, b in enumerate(choice.items)]
        if choice.min == 0:
            none = "not given" if self.language.startswith("en") else "nie podano"
            options.insert(0, ("", none))
        return [
            Radios(
                path=path,
                name=fields.choice_name(node, choice, path),
                label=self.label(path),
                options=options,
                picked=fields.shown_branch(choice, value, path),
                branches=[(str(n), parts) for n, parts in enumerate(drawn) if parts],
            )
        ]

    def branch(self, node: Node, branch: Group | Node, value: dict, path: str) -> list:
        items = branch.items if isinstance(branch, Group) else (branch,)
        kept = tuple(item for item in items if not fields.announces(item, branch))
        return self.content(node, kept, value, path)

    def branch_label(self, branch: Group | Node) -> str:
        """The flag that announces the branch names it, else its last required field."""
        nodes = fields.branch_nodes(branch)
        flags = [node for node in nodes if fields.announces(node, branch)]
        direct = branch.items if isinstance(branch, Group) else (branch,)
        needed = [node for node in direct if isinstance(node, Node) and node.min > 0]
        return self.label((flags or needed[-1:] or nodes)[0].path)


def _mark(value) -> str:
    return "1" if value else "e"


def _is_row(node: Node) -> bool:
    """A few texts beside each other need no card."""
    children = node.children
    if any(not child.is_leaf or child.is_list or child.attributes for child in children):
        return False
    widths = [_width(child, fields.widget_of(child)) for child in children]
    return sum(widths) <= 12 and not any(True for _ in node.content.choices())


def _width(node: Node, widget: str) -> int:
    if node.name in _BY_NAME:
        return _BY_NAME[node.name]
    if widget in _WIDTHS:
        return _WIDTHS[widget]
    most = node.facets.max_length or 0
    if most > _LONG:
        return 12
    return 3 if 0 < most <= _NARROW else 6
