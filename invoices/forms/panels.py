"""The sections of the form that are made from schema and registry ("Dodaj do faktury")."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import cached_property

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import registry
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.forms import panel_fields, panel_write, problem_words
from invoices.forms.lines import rates
from invoices.forms.panel_fields import ORDER, panel_of
from invoices.forms.panel_parts import Panel, all_parts, id_of
from invoices.forms.panel_read import Room, parts_of

# The menu "Dodaj do faktury": heading → sections.
MENU: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_("Daty i strony"), ("dates", "party", "third", "authorised")),
    (_("Podatki"), ("fx", "tax", "margin", "vehicles")),
    (_("Korekty i zaliczki"), ("correction", "advance", "settle")),
    (_("Płatność i dostawa"), ("payment", "balance", "trade", "transport")),
    (_("Opisy"), ("extra", "attachment")),
)
LISTED = frozenset(key for _heading, keys in MENU for key in keys)
# What every invoice of a company carries, and what says "no", opens nothing by itself.
_USUAL = ("Podmiot1/DaneKontaktowe", "Podmiot1/PrefiksPodatnika", "Stopka/Rejestry")
_USUAL += ("Fa/Platnosc/RachunekBankowy[0]",)
_NOTHING = frozenset({"P_19N", "P_22N", "P_PMarzyN"})
_KINDS = {
    "KOR": ("correction",),
    "KOR_ZAL": ("correction", "advance"),
    "KOR_ROZ": ("correction", "settle"),
    "ZAL": ("advance",),
    "ROZ": ("settle",),
}


class Panels:
    """The open panels of a tree; with `data`, of what was posted onto it.

    `opened` are the keys asked for; panels with data, and those that the kind of invoice needs,
    open by themselves; in the expert view all are open.
    """

    def __init__(
        self, tree: dict, data=None, *, opened: Iterable[str] = (), expert: bool = False
    ) -> None:
        self.before, self.data, self.expert = tree, data, expert
        self.sent = frozenset(panels_sent(data)) if data is not None else frozenset()
        self.asked = (frozenset(opened) | self.sent) & frozenset(ORDER)
        self.errors: list[tuple[str, str]] = []

    def written(self, tree: dict) -> dict:
        """A copy of the tree with what the drawn panels were sent back with."""
        if self.data is None or not self.sent:
            return deepcopy(tree)
        return deepcopy(panel_write.written(tree, self.data, self.sent))

    @cached_property
    def tree(self) -> dict:
        """What is shown: the tree with what was posted."""
        return self.before if self.data is None else self.written(self.before)

    @cached_property
    def open_keys(self) -> frozenset[str]:
        """The keys of the panels that are drawn."""
        if self.expert:
            return frozenset(ORDER)
        return self.asked | needed_by(self.tree)

    @cached_property
    def drawn(self) -> list[Panel]:
        """The open panels in the schema's order, with the errors at their controls."""
        language = get_language() or "pl"
        room = Room()
        panels = [self._panel(key, language, room) for key in ORDER if key in self.open_keys]
        places = self._places(panels)
        for path, text in self.errors:
            if path in places and text not in places[path].errors:
                places[path].errors.append(text)
        return panels

    def _panel(self, key: str, language: str, room: Room) -> Panel:
        parts = parts_of(key, self.tree, language, expert=self.expert, room=room)
        return Panel(key, title_of(key, language), hint_of(key, language), parts)

    def _places(self, panels: list[Panel]) -> dict:
        parts = [part for panel in panels for part in all_parts(panel.parts)]
        return {part.path: part for part in parts if part.has_place}

    @property
    def order(self) -> str:
        """All keys in the order in which panels stand, for the script that adds one."""
        return " ".join(ORDER)

    @property
    def menu(self) -> list[dict]:
        """Groups of {"key", "title", "hint", "open"}, for "Dodaj do faktury"."""
        return [
            {"title": heading, "sections": [self._entry(key) for key in keys]}
            for heading, keys in MENU
        ]

    def _entry(self, key: str) -> dict:
        language = get_language() or "pl"
        section = registry.SECTIONS[key]
        return {
            "key": key,
            "title": section.title(language),
            "hint": section.hint(language),
            "open": key in self.open_keys,
        }

    @property
    def query(self) -> str:
        """The value of `sekcje` that opens the same panels again."""
        return ",".join(key for key in ORDER if key in self.asked)

    def show_problems(self, problems: list[Problem]) -> list[Problem]:
        """Puts what blocks at its control and opens its panel; returns what has none."""
        loose, found = [], []
        for problem in problems:
            is_here = problem.severity == "block" and panel_of(problem.path) in ORDER
            (found if is_here and problem.path else loose).append(problem)
        if not found:
            return loose
        self.asked |= {panel_of(problem.path) for problem in found}
        self._forget()
        places = self._places(self.drawn)
        for problem in found:
            place = next((p for p in _outwards(problem.path) if p in places), None)
            if place is None:
                loose.append(problem)
            else:
                text = getattr(places[place], "value", None)
                self.errors.append((place, problem_words.at_box(problem, text)))
        self._forget()
        return loose

    def link(self, path: str) -> str:
        """The address of the control of a path, or of the group it is in; "" where none is."""
        places = self._places(self.drawn)
        place = next((p for p in _outwards(path) if p in places), None) if path else None
        return f"#{id_of(place)}" if place else ""

    def _forget(self) -> None:
        for name in ("drawn", "open_keys"):
            self.__dict__.pop(name, None)

    @property
    def problem_list(self) -> list[dict]:
        """{"text", "href", "label"} of each error shown in a panel."""
        language = get_language() or "pl"
        return [
            {
                "text": text,
                "href": f"#{id_of(path)}",
                "label": ": ".join(registry.breadcrumb(path, language)),
            }
            for path, text in self.errors
        ]


def panels_sent(data) -> list[str]:
    """The keys of the panels that a form was sent with."""
    values = data.getlist("panel") if hasattr(data, "getlist") else data.get("panel", ())
    return [values] if isinstance(values, str) else list(values)


def title_of(key: str, language: str) -> str:
    """The heading of a panel."""
    if key == "seller":
        return registry.label("Podmiot1", language)
    return registry.SECTIONS[key].title(language)


def hint_of(key: str, language: str) -> str:
    """One sentence on what a panel holds."""
    return "" if key == "seller" else registry.SECTIONS[key].hint(language)


def needed_by(tree: dict) -> frozenset[str]:
    """Panels that have data, and those that the kind of invoice asks for."""
    found = {panel_of(path) for path in _speaking(tree)} & LISTED
    found |= set(_KINDS.get(trees.text(tree, "Fa/RodzajFaktury"), ()))
    if trees.text(tree, "Fa/KodWaluty", "PLN") not in ("PLN", ""):
        found.add("fx")
    if "1" in (trees.text(tree, "Podmiot2/JST"), trees.text(tree, "Podmiot2/GV")):
        found.add("third")
    return frozenset(found)


def _speaking(tree: dict) -> Iterator[str]:
    """Paths that say something: no usual "no", nothing that every invoice of the company has."""
    used = rates(tree)
    is_exempt = "zw" in used or not used  # an exempt company's first line will be
    for path, value in _all_paths(tree, ""):
        if path.startswith(_USUAL) or trees.plain(path).rpartition("/")[2] in _NOTHING:
            continue
        if is_exempt and path.startswith("Fa/Adnotacje/Zwolnienie/"):
            continue  # asked beside the lines
        if value != "2" or panel_fields.panel_of(path) != "tax":
            yield path


def _all_paths(value, path: str) -> Iterator[tuple[str, object]]:
    """Texts and empty groups with their paths; the lines stand elsewhere."""
    if path == panel_fields.LINES:
        return
    if isinstance(value, dict) and value:
        for name, below in value.items():
            yield from _all_paths(
                below, path if name == trees.TEXT else f"{path}/{name}".lstrip("/")
            )
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield from _all_paths(below, f"{path}[{at}]")
    elif path:
        yield path, value


def _outwards(path: str) -> Iterator[str]:
    """A path, then the groups and lists around it."""
    while path:
        yield path
        path = path[: path.rindex("[")] if path.endswith("]") else path.rpartition("/")[0]


# --- Buttons ------------------------------------------------------------------------------------
ROLES = {  # preset of a third party: Podmiot3/Rola and the branch that identifies it
    "factor": ("1", ""),
    "recipient": ("2", ""),
    "jst": ("8", ""),
    "vat-group": ("10", ""),
    "buyer": ("4", ""),
    "employee": ("11", "4"),  # BrakID
    "payer": ("6", ""),
}
PRESETS = (
    ("factor", _("Faktor")),
    ("recipient", _("Odbiorca, oddział")),
    ("jst", _("Jednostka JST")),
    ("vat-group", _("Członek grupy VAT")),
    ("buyer", _("Dodatkowy nabywca")),
    ("employee", _("Pracownik")),
    ("payer", _("Płatnik")),
)


def with_preset(data, name: str):
    """The posted form with one more third party in its role, and where it stands.

    For the button `preset:<name>`; an unknown name changes nothing and stands nowhere.
    """
    if name not in ROLES:
        return data, ""
    role, identity = ROLES[name]
    taken = (re.fullmatch(r"g:Podmiot3\[(\d{1,6})\]", sent) for sent in data)
    place = f"Podmiot3[{max((int(match[1]) for match in taken if match), default=-1) + 1}]"
    changed = data.copy()
    changed[f"g:{place}"] = "1"
    changed[f"f:{place}/Rola"] = role
    if identity:
        changed[f"c:{place}/DaneIdentyfikacyjne/0"] = identity
    return changed, place


def preset_item(name: str) -> dict | None:
    """What an item of a preset shows at first, None for an unknown name."""
    if name not in ROLES:
        return None
    role, identity = ROLES[name]
    return {"Rola": role} | ({"DaneIdentyfikacyjne": {"BrakID": "1"}} if identity else {})
