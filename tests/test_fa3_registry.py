"""The registry against the schema itself, read here a second time, on its own, with bare lxml."""

from collections import Counter
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from invoices.fa3 import registry

XSD = "{http://www.w3.org/2001/XMLSchema}"
LANGUAGES = ("pl", "en")
SHOWN_BY_CODE = {"country", "eu_country", "currency"}


class Declared(NamedTuple):
    """One element or attribute as the XSD declares it."""

    complex: bool
    repeated: bool
    types: tuple[str, ...]  # its own type and what that one restricts, by local name
    codes: tuple[str, ...]  # enumerated values


@cache
def roots():
    package = Path(find_spec("ksef_client").submodule_search_locations[0])
    files = sorted((package / "documents/fa3/schemas").glob("*.xsd"))
    return [etree.parse(file).getroot() for file in files]


@cache
def types():
    named = [(root.get("targetNamespace"), item) for root in roots() for item in root]
    return {(space, item.get("name")): item for space, item in named if item.get("name")}


def typed(node, attribute="type"):
    prefix, _, local = node.get(attribute).rpartition(":")
    return types().get((node.nsmap[prefix], local)), local


def definition(node):
    if node.get("type"):
        return typed(node)[0]
    inline = node.find(XSD + "complexType")
    return inline if inline is not None else node.find(XSD + "simpleType")


def children(node):
    """Elements and attributes of a type, through groups and extensions, in document order."""
    for item in node:
        tag = item.tag.removeprefix(XSD)
        if tag in ("element", "attribute"):
            yield item
        elif tag == "extension":
            base, _ = typed(item, "base")
            yield from children(base) if base is not None else ()
            yield from children(item)
        elif tag in ("sequence", "choice", "complexContent", "simpleContent"):
            yield from children(item)


def restricted(kind):
    """The restriction of a simple type, or the extension that gives it attributes."""
    found = kind.find(XSD + "restriction")
    return found if found is not None else kind.find(f"{XSD}simpleContent/{XSD}extension")


def ancestry(node):
    """What a declaration restricts, from its own type down: (type name or "", restriction)."""
    kind, name = typed(node) if node.get("type") else (definition(node), "")
    while kind is not None:
        base = restricted(kind)
        yield name, base
        if base is None:
            return
        kind, name = typed(base, "base")
    yield name, None


def declared(node):
    kind = definition(node)
    elements = kind is not None and any(item.tag == XSD + "element" for item in children(kind))
    chain = list(ancestry(node))
    lists = [item.findall(XSD + "enumeration") for _, item in chain if item is not None]
    codes = tuple(code.get("value") for code in next(filter(None, lists), []))
    return Declared(
        complex=elements,
        repeated=node.get("maxOccurs", "1") != "1",
        types=tuple(name for name, _ in chain),
        codes=codes,
    )


def walk(node, prefix):
    kind = definition(node)
    for item in children(kind) if kind is not None and kind.tag == XSD + "complexType" else ():
        sign = "@" if item.tag == XSD + "attribute" else ""
        path = f"{prefix}{sign}{item.get('name')}"
        yield path, declared(item)
        yield from walk(item, path + "/")


@cache
def schema():
    faktura = next(item for root in roots() for item in root if item.get("name") == "Faktura")
    return dict(walk(faktura, ""))


def texts():
    """Every text of the tables with the place it stands at."""
    for path, entry in registry.entries().items():
        for name in ("pl", "en", "help_pl", "help_en"):
            yield f"{path} {name}", getattr(entry, name)
        for kind, words in entry.by_kind.items():
            yield from ((f"{path} {kind} {lang}", words[lang]) for lang in LANGUAGES)
    for table, names in registry.value_names().items():
        for code, words in names.items():
            yield from ((f"{table} {code} {lang}", words[lang]) for lang in LANGUAGES)
    for key, section in registry.SECTIONS.items():
        for name in ("pl", "en", "hint_pl", "hint_en"):
            yield f"{key} {name}", getattr(section, name)


def fitting(declaration):
    """The widgets that can enter what the schema allows."""
    if declaration.complex:
        return {"list"} if declaration.repeated else {"group"}
    by_type = {
        "TKwotowy": "amount",
        "TKwotowy2": "price",
        "TIlosci": "quantity",
        "TProcentowy": "percent",
        "TNrNIP": "nip",
        "TKodKraju": "country",
        "TKodyKrajowUE": "eu_country",
        "TKodWaluty": "currency",
        "dateTime": "datetime",
        "date": "date",
    }
    for name in declaration.types:
        if name in by_type:
            return {by_type[name]}
    if declaration.codes:
        flags = {("1",): {"flag1"}, ("1", "2"): {"yesno12", "choice"}}
        return flags.get(declaration.codes, {"choice"})
    return {"integer"} if "integer" in declaration.types[-1].lower() else {"text", "textarea"}


def test_the_schema_has_405_element_paths_and_3_attributes():
    attributes = [path for path in schema() if "@" in path]
    assert len(schema()) - len(attributes) == 405
    assert len(attributes) == 3


def test_the_registry_has_exactly_the_paths_of_the_schema_in_its_order():
    assert list(registry.entries()) == list(schema())


def test_every_path_has_a_polish_and_an_english_label():
    assert [e.path for e in registry.entries().values() if not (e.pl and e.en)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_are_unique_within_one_parent(lang):
    parents = Counter(
        (path.rpartition("/")[0], entry.label(lang)) for path, entry in registry.entries().items()
    )
    assert [key for key, count in parents.items() if count > 1] == []


def test_texts_have_no_stray_blanks():
    assert [place for place, text in texts() if text != " ".join(text.split())] == []


def test_labels_fit_on_a_printed_line():
    long = [e.path for e in registry.entries().values() if max(len(e.pl), len(e.en)) > 60]
    assert long == []


def test_help_stands_in_both_languages_and_is_a_sentence():
    helps = [(e.path, e.help_pl, e.help_en) for e in registry.entries().values()]
    assert [path for path, pl, en in helps if bool(pl) != bool(en)] == []
    assert [path for path, *both in helps if any(text and text[-1] != "." for text in both)] == []


def test_every_widget_fits_the_type_of_the_schema():
    wrong = [
        (path, entry.widget)
        for path, entry in registry.entries().items()
        if entry.widget not in fitting(schema()[path])
    ]
    assert wrong == []


def test_every_widget_is_a_known_one_and_every_known_one_is_used():
    assert {entry.widget for entry in registry.entries().values()} == registry.WIDGETS


def test_every_enumerated_value_has_a_name_in_both_languages():
    missing = [
        (path, code)
        for path, entry in registry.entries().items()
        if entry.widget not in SHOWN_BY_CODE
        for code in schema()[path].codes
        if not all(registry.value_names()[entry.values][code].get(lang) for lang in LANGUAGES)
    ]
    assert missing == []


def test_every_named_value_exists_in_the_schema():
    fields = registry.entries().values()
    used = {(field.values, code) for field in fields for code in schema()[field.path].codes}
    named = {(table, code) for table, names in registry.value_names().items() for code in names}
    assert named - used == set()


def test_only_enumerated_fields_have_value_names():
    assert [p for p, e in registry.entries().items() if e.values and not schema()[p].codes] == []


def test_every_path_stands_in_a_known_section_and_every_section_holds_something():
    assert {entry.section for entry in registry.entries().values()} == set(registry.SECTIONS)


def test_sections_partition_the_paths_in_the_order_of_the_schema():
    order = list(schema())
    found = [registry.section_paths(key) for key in registry.SECTIONS]
    assert sorted((path for paths in found for path in paths), key=order.index) == order
    assert all(list(paths) == sorted(paths, key=order.index) for paths in found)


def test_every_group_of_the_menu_has_sections():
    assert {section.group for section in registry.SECTIONS.values()} == set(registry.GROUPS)


def test_the_fields_of_a_line_stay_with_the_line():
    sections = {e.section for p, e in registry.entries().items() if p.startswith("Fa/FaWiersz/")}
    assert sections == {"simple", "line", "calc", "auto"}


def test_kinds_are_those_of_the_schema():
    assert frozenset(schema()["Fa/RodzajFaktury"].codes) == registry.ALL_KINDS
    assert all(e.kinds and e.kinds <= registry.ALL_KINDS for e in registry.entries().values())


def test_what_stands_in_a_group_makes_sense_on_no_more_kinds_than_the_group():
    entries = registry.entries()
    inside = [(p, p.rpartition("/")[0]) for p in entries if "/" in p]
    assert [p for p, parent in inside if not entries[p].kinds <= entries[parent].kinds] == []


def test_a_label_for_a_kind_stands_only_where_the_field_makes_sense():
    assert [p for p, e in registry.entries().items() if not set(e.by_kind) <= e.kinds] == []


def test_correction_fields_are_for_corrections_only():
    paths = registry.section_paths("correction")
    assert all(registry.entry(path).kinds <= {"KOR", "KOR_ZAL", "KOR_ROZ"} for path in paths)


def test_a_repeated_block_belongs_to_the_section_where_it_stands():
    path = "Fa/WarunkiTransakcji/Transport/WysylkaPrzez/GLN"
    assert registry.entry(path).section == "transport"
    assert registry.entry("Podmiot1/Adres/GLN").section == "party"


def test_a_label_is_found_in_both_languages():
    assert registry.label("Fa/P_15") == "Kwota należności ogółem"
    assert registry.label("Fa/P_15", "en") == "Total amount due"


def test_a_path_with_positions_is_the_path_without_them():
    assert registry.label("Fa/FaWiersz[3]/P_8B") == "Ilość"
    assert registry.help("Fa/FaWiersz[9999]/P_8B") == registry.help("Fa/FaWiersz/P_8B") != ""
    address = "Fa/WarunkiTransakcji/Transport[0]/WysylkaPrzez[1]/KodKraju"
    assert registry.entry(address).path == "Fa/WarunkiTransakcji/Transport/WysylkaPrzez/KodKraju"


def test_the_date_of_an_advance_invoice_is_the_date_of_payment():
    assert registry.label("Fa/P_6", kind="ZAL") == "Data otrzymania zapłaty"
    assert registry.label("Fa/P_6", kind="VAT") == registry.label("Fa/P_6") == "Data sprzedaży"


def test_an_unknown_path_is_called_by_its_element_name():
    assert registry.label("FakturaRR/Linie[2]/P_4A") == "P_4A"
    assert registry.label("A/@Typ", "en") == "Typ"
    assert registry.help("FakturaRR/P_4A") == ""


def test_an_unknown_path_has_no_entry():
    with pytest.raises(KeyError):
        registry.entry("Fa/P_99")


def test_a_breadcrumb_counts_items_from_one():
    crumbs = registry.breadcrumb("Fa/FaWiersz[3]/P_7")
    assert crumbs == ("Pozycja faktury 4", "Nazwa towaru lub usługi")
    assert registry.breadcrumb("Fa/P_1", "en") == ("Issue date",)
    assert registry.breadcrumb("Fa") == ("Faktura",)


def test_a_value_is_named_in_the_language_asked_for():
    assert registry.value_label("Fa/Platnosc/FormaPlatnosci", "6") == "przelew"
    assert registry.value_label("Fa/Platnosc/FormaPlatnosci", "6", "en") == "bank transfer"
    assert registry.value_label("Podmiot2/JST", "2") == "nie"
    assert registry.value_label("Fa/FP", "1", "en-gb") == "yes"


@pytest.mark.parametrize("written", ["06", " 6 ", "006", "+6"])
def test_numeric_codes_are_compared_by_value(written):
    assert registry.value_label("Fa/Platnosc/FormaPlatnosci", written) == "przelew"


@pytest.mark.parametrize("value", ["99", "PLN", "", "²", "9" * 5000])
def test_a_value_without_a_name_is_shown_as_it_is(value):
    assert registry.value_label("Fa/Platnosc/FormaPlatnosci", value) == value
    assert registry.value_label("Fa/KodWaluty", value) == value
    assert registry.value_label("Inne/Pole", value) == value
