import shutil
from datetime import UTC, datetime

import pytest

import schemas
from invoices import fa3
from invoices.fa3 import defaults, schema
from tests.fa3_support import RandomTree, invoice


def test_the_schema_has_405_paths_331_leaves_and_21_choices():
    nodes = schema.nodes().values()
    groups = [node for node in (schema.root(), *nodes) if node.content]
    assert len(nodes) == 405
    assert sum(node.is_leaf for node in nodes) == 331
    assert sum(len(list(node.content.choices())) for node in groups) == 21


def test_the_three_attributes_are_known():
    found = {(n.path, a.name, a.fixed) for n in schema.nodes().values() for a in n.attributes}
    assert found == {
        ("Naglowek/KodFormularza", "kodSystemowy", "FA (3)"),
        ("Naglowek/KodFormularza", "wersjaSchemy", "1-0E"),
        ("Zalacznik/BlokDanych/Tabela/TNaglowek/Kol", "Typ", None),
    }


def test_no_name_stands_twice_under_one_parent():
    for node in (schema.root(), *schema.nodes().values()):
        assert len(node.by_name) == len(node.children), node.path


@pytest.mark.parametrize(
    ("path", "low", "high", "required"),
    [
        ("Podmiot3", 0, 100, False),
        ("Fa/FaWiersz", 0, 10_000, False),
        ("Fa/DaneFaKorygowanej", 1, 50_000, False),
        ("Fa/P_15", 1, 1, True),
        ("Fa/P_13_1", 1, 1, False),
        ("Podmiot2/DaneIdentyfikacyjne/NIP", 1, 1, False),
    ],
)
def test_occurrence_is_read(path, low, high, required):
    node = schema.node(path)
    assert (node.min, node.max, node.required) == (low, high, required)


def test_facets_of_an_amount_are_read():
    facets = schema.node("Fa/P_15").facets
    assert facets.base == "decimal"
    assert (facets.total_digits, facets.fraction_digits) == (18, 2)
    assert facets.patterns == (r"-?([1-9]\d{0,15}|0)(\.\d{1,2})?",)


def test_facets_add_up_over_several_restrictions():
    number = schema.node("Fa/FaWiersz/NrWierszaFa").facets
    assert (number.base, number.total_digits, number.min_exclusive) == (
        "nonNegativeInteger",
        14,
        "0",
    )
    key = schema.node("Podmiot2/IDNabywcy").facets
    assert (key.min_length, key.max_length) == (1, 32)


def test_enumerations_carry_the_ministrys_descriptions():
    rates = dict(schema.node("Fa/FaWiersz/P_12").facets.enumeration)
    assert len(rates) == 14
    assert rates["0 KR"].startswith("Stawka 0%")
    assert len(schema.node("Fa/KodWaluty").facets.values) == 182


def test_white_space_is_read():
    assert schema.node("Fa/P_2").facets.white_space == "collapse"
    assert schema.node("Stopka/Informacje/StopkaFaktury").facets.white_space == "preserve"
    assert schema.node("Podmiot2/DaneIdentyfikacyjne/NrID").facets.white_space == "replace"


def test_every_documented_element_keeps_its_annotation():
    assert schema.node("Fa/P_2").documentation.startswith("Kolejny numer faktury")


def test_a_schema_with_one_more_element_needs_no_new_code(tmp_path, monkeypatch):
    for path in schemas.fa3_files().paths.values():
        shutil.copy(path, tmp_path)
    main = tmp_path / schemas.fa3_files().main
    extra = '<xsd:element name="P_2X" type="tns:TZnakowy" minOccurs="0"/>'
    before, mark, after = main.read_text(encoding="utf-8").partition(
        '<xsd:element name="WZ" type="tns:TZnakowy"'
    )
    main.write_text(before + extra + mark + after, encoding="utf-8")
    monkeypatch.setenv("KSEF_SCHEMAS", str(tmp_path))
    assert len(schema.nodes()) == 406
    tree = RandomTree(1).make() | {"Fa": RandomTree(1).make()["Fa"] | {"P_2X": "new"}}
    assert fa3.validate(fa3.build(tree)) == []
    assert fa3.parse(fa3.build(tree)) == tree


def test_an_unknown_path_is_a_key_error():
    assert schema.node("") is schema.root()
    with pytest.raises(KeyError):
        schema.node("Fa/P_99")


def test_the_invoice_of_the_tests_is_valid():
    stamped = defaults.stamp(
        invoice(), now_utc=datetime(2026, 11, 20, 9, tzinfo=UTC), software="ksefapp"
    )
    assert fa3.validate(fa3.build(stamped)) == []
