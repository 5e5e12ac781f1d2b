"""What every FA(3) element is called, explained and shown as: one entry per path of the schema.

The words are data, in `registry_data/*.toml`, one table per path in the schema's order:

    widget, pl, en    how the field is entered and its label; required
    help_pl, help_en  one sentence of help, where it helps
    values            the table of values.toml that names its codes
    section, kinds    where it stands in the form, and on which kinds of invoice it makes sense;
                      without them those of the nearest ancestor hold
    by_kind           a label that differs on some kinds, for example P_6 on an advance invoice
    like              the words of another path and of all below it (`children = false`: only its
                      own); section and kinds are never taken over, they belong to the place

Paths are `Fa/FaWiersz/P_7`, attributes `…/@Typ`. Every function accepts positions too
(`Fa/FaWiersz[3]/P_7`). A language is "pl" or anything that starts with "en".
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from invoices.fa3.tree import plain

ALL_KINDS = frozenset({"VAT", "KOR", "ZAL", "ROZ", "UPR", "KOR_ZAL", "KOR_ROZ"})
WIDGETS = frozenset(
    {"group", "list", "text", "textarea", "amount", "price", "quantity", "percent", "integer"}
    | {"date", "datetime", "flag1", "yesno12", "choice", "country", "eu_country", "currency", "nip"}
)

_DATA = Path(__file__).with_name("registry_data")
# The schema's order: what a file describes comes before what the next one describes.
_AREAS = (
    "header",
    "parties",
    "invoice",
    "annotations",
    "correction",
    "advances",
    "lines",
    "settlement",
    "payment",
    "terms",
    "order",
    "footer",
    "attachment",
)
_OF_THE_PLACE = ("section", "kinds", "like", "children")
_NAMES_OF_WIDGET = {"flag1": "yes", "yesno12": "yes_no"}
_LAST_POSITION = re.compile(r"\[(\d+)\]$")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form; `group` is the heading in the menu, "screen" means not in the menu."""

    key: str
    order: int
    group: str
    pl: str
    en: str
    hint_pl: str
    hint_en: str

    def title(self, lang: str = "pl") -> str:
        """Return the heading of the section."""
        return _pick(lang, self.pl, self.en)

    def hint(self, lang: str = "pl") -> str:
        """Return one sentence on what the section holds."""
        return _pick(lang, self.hint_pl, self.hint_en)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one path; `widget` is one of WIDGETS, `section` a key of SECTIONS."""

    path: str
    widget: str
    pl: str
    en: str
    section: str
    kinds: frozenset[str]
    help_pl: str = ""
    help_en: str = ""
    values: str = ""
    by_kind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def label(self, lang: str = "pl", kind: str | None = None) -> str:
        """Return the label, the one for this RodzajFaktury where it differs."""
        words = self.by_kind.get(kind) or {"pl": self.pl, "en": self.en}
        return _pick(lang, words["pl"], words["en"])

    def help(self, lang: str = "pl") -> str:
        """Return the help sentence, or an empty string."""
        return _pick(lang, self.help_pl, self.help_en)


@cache
def entries() -> Mapping[str, Entry]:
    """Return all entries by path, in the schema's order."""
    raw = _read_areas()
    return MappingProxyType({path: _entry(path, raw) for path in raw})


def entry(path: str) -> Entry:
    """Return the entry of a path; KeyError for a path that FA(3) does not have."""
    return entries()[plain(path)]


def label(path: str, lang: str = "pl", kind: str | None = None) -> str:
    """Return the label of a path; of one that FA(3) does not have, the element's name.

    Other schemas (FA(2), FA_RR, PEF) are shown by element names, so this never fails.
    """
    known = entries().get(plain(path))
    return known.label(lang, kind) if known else _name(path)


def help(path: str, lang: str = "pl") -> str:
    """Return the help sentence of a path, or an empty string."""
    known = entries().get(plain(path))
    return known.help(lang) if known else ""


def breadcrumb(path: str, lang: str = "pl") -> tuple[str, ...]:
    """Return the labels from the outermost group to the field, list items counted from 1.

    `Fa/FaWiersz[3]/P_7` -> ("Pozycja faktury 4", "Nazwa towaru lub usługi"). The group Fa, which
    holds nearly everything, is left out unless it is all there is.
    """
    steps = path.split("/")
    prefixes = ["/".join(steps[: end + 1]) for end in range(len(steps))]
    crumbs = tuple(_numbered(prefix, lang) for prefix in prefixes if prefix != "Fa")
    return crumbs or (label(path, lang),)


def value_label(path: str, value: str, lang: str = "pl") -> str:
    """Return the name of an enumerated value ("6" -> "przelew"), or the value as it is.

    Whole numbers are compared by value, as the schema does: "06" is the same code as "6".
    """
    known = entries().get(plain(path))
    named = value_names().get(known.values, {}) if known else {}
    words = named.get(_code(value))
    return _pick(lang, words["pl"], words["en"]) if words else value


@cache
def value_names() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return the tables of names: table -> code -> {"pl": …, "en": …}."""
    return MappingProxyType(_read("values"))


def section_paths(section: str) -> tuple[str, ...]:
    """Return the paths of a section in the schema's order; KeyError for an unknown section."""
    return _paths_by_section()[section]


@cache
def _paths_by_section() -> dict[str, tuple[str, ...]]:
    return {key: tuple(p for p, e in entries().items() if e.section == key) for key in SECTIONS}


def _read(name: str) -> dict:
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


def _read_areas() -> dict[str, dict]:
    raw: dict[str, dict] = {}
    for area in _AREAS:
        for path, fields in _read(area).items():
            if "like" in fields:
                _copy_words(raw, fields["like"], path, fields.get("children", True))
            raw[path] = raw.get(path, {}) | fields
    return raw


def _copy_words(raw: dict[str, dict], source: str, target: str, children: bool) -> None:
    raw[target] = _words(raw[source])
    if not children:
        return
    for path in [path for path in raw if path.startswith(source + "/")]:
        raw[target + path.removeprefix(source)] = _words(raw[path])


def _words(fields: dict) -> dict:
    return {key: value for key, value in fields.items() if key not in _OF_THE_PLACE}


def _entry(path: str, raw: dict[str, dict]) -> Entry:
    words = _words(raw[path])
    words.setdefault("values", _NAMES_OF_WIDGET.get(words["widget"], ""))
    kinds = frozenset(_inherited(path, "kinds", raw) or ALL_KINDS)
    return Entry(path=path, section=_inherited(path, "section", raw), kinds=kinds, **words)


def _inherited(path: str, key: str, raw: dict[str, dict]):
    while path:
        if key in raw[path]:
            return raw[path][key]
        path = path.rpartition("/")[0]
    return None


def _numbered(path: str, lang: str) -> str:
    number = _LAST_POSITION.search(path)
    return f"{label(path, lang)} {int(number[1]) + 1}" if number else label(path, lang)


def _name(path: str) -> str:
    return plain(path).rpartition("/")[2].removeprefix("@")


def _code(value: str) -> str:
    text = value.strip()
    return str(int(text)) if re.fullmatch(r"\+?\d{1,9}", text, re.ASCII) else text


def _pick(lang: str, pl: str, en: str) -> str:
    return en if lang.startswith("en") else pl


def _read_sections() -> dict[str, Section]:
    tables = _read("sections")["sections"]
    return {key: Section(key, order, **words) for order, (key, words) in enumerate(tables.items())}


SECTIONS: Mapping[str, Section] = MappingProxyType(_read_sections())
# Headings of the menu "Dodaj do faktury", in their order: key -> {"pl": …, "en": …}.
GROUPS: Mapping[str, Mapping[str, str]] = MappingProxyType(_read("sections")["groups"])
