import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices import fa3
from invoices.fa3 import schema, tree
from tests.fa3_support import RandomTree, invoice, needs_samples, sample_files

FORM_CODE = "Naglowek/KodFormularza"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([0.0, 0.1, 0.3, 0.6]))
def test_any_valid_tree_builds_a_valid_document_and_comes_back(seed, density):
    made = RandomTree(seed, density).make()
    data = fa3.build(made)
    assert fa3.validate(data) == []
    assert fa3.parse(data) == made
    assert fa3.build(fa3.parse(data)) == data


def test_the_random_trees_reach_every_path():
    seen = {
        tree.plain(path).partition("/@")[0]
        for seed in range(60)
        for path, _ in tree.leaves(RandomTree(seed, 0.9).make())
    }
    leaves = {path for path, node in schema.nodes().items() if node.is_leaf}
    assert leaves - seen == set()


def _content(data: bytes) -> list:
    return [
        (e.tag, (e.text or "") if len(e) == 0 else "", dict(e.attrib))
        for e in etree.fromstring(data).iter(etree.Element)
    ]


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_official_sample_is_valid_and_survives(path):
    data = path.read_bytes()
    again = fa3.build(fa3.parse(data))
    assert fa3.validate(data) == []
    assert _content(again) == _content(data)


def test_the_same_tree_gives_the_same_bytes_whatever_the_order_of_its_keys():
    made = RandomTree(7).make()
    turned = dict(reversed(json.loads(json.dumps(made)).items()))
    assert fa3.build(turned) == fa3.build(made)


def test_the_document_starts_with_a_declaration_and_no_bom():
    data = fa3.build(invoice())
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Faktura xmlns="')
    assert b"\xef\xbb\xbf" not in data


def test_markup_and_line_ends_in_texts_survive():
    made = invoice(Fa__P_2="<&>\"'\r\n\tł漢🧾")
    assert fa3.parse(fa3.build(made))["Fa"]["P_2"] == "<&>\"'\r\n\tł漢🧾"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Fa": {"P_99": "1"}}, "Fa/P_99"),
        ({"Fa": {"FaWiersz": [{}, {"Nowe": "1"}]}}, "Fa/FaWiersz[1]/Nowe"),
        ({"Fa": {"FaWiersz": {"P_7": "x"}}}, "Fa/FaWiersz"),
        ({"Fa": {"P_2": 5}}, "Fa/P_2"),
        ({"Fa": {"P_2": None}}, "Fa/P_2"),
        ({"Fa": {"P_2": {"#": "x"}}}, "Fa/P_2"),
        ({"Fa": "x"}, "Fa"),
        (
            {"Naglowek": {"KodFormularza": {"@inny": "x", "#": "FA"}}},
            "Naglowek/KodFormularza/@inny",
        ),
        (
            {"Naglowek": {"KodFormularza": {"@kodSystemowy": 3}}},
            "Naglowek/KodFormularza/@kodSystemowy",
        ),
    ],
)
def test_what_cannot_be_written_is_named_by_its_path(change, path):
    with pytest.raises(fa3.FaTreeError) as caught:
        fa3.build(change)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_a_character_that_xml_forbids_is_named():
    with pytest.raises(fa3.FaTreeError) as caught:
        fa3.build(invoice(Fa__P_2="a\x0bb"))
    problem = caught.value.problems[0]
    assert (problem.path, problem.rule) == ("Fa/P_2", "TF-02")
    assert "U+000B" in problem.pl


def test_comments_and_a_bom_are_dropped_with_a_hint():
    data = fa3.build(invoice()).replace(b"<P_2>FV", b"<!-- a --><P_2>F<!-- b -->V")
    parsed = fa3.parse_with_notes(b"\xef\xbb\xbf" + data)
    assert parsed.tree == invoice()
    assert {note.rule for note in parsed.notes} == {"TF-01", "XML-comment"}


def test_attributes_for_schema_tools_are_dropped_with_a_hint():
    xsi = b'<Faktura xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"'
    parsed = fa3.parse_with_notes(fa3.build(invoice()).replace(b"<Faktura", xsi, 1))
    assert parsed.tree == invoice()
    assert [note.rule for note in parsed.notes] == ["XML-xsi"]


def test_elements_out_of_order_are_read_with_a_hint_and_invalid():
    data = fa3.build(invoice()).replace(b"<JST>2</JST><GV>2</GV>", b"<GV>2</GV><JST>2</JST>")
    parsed = fa3.parse_with_notes(data)
    assert parsed.tree == invoice()
    assert [(n.rule, n.path, n.severity) for n in parsed.notes] == [
        ("XSD-order", "Podmiot2/JST", "hint")
    ]
    assert [(p.path, p.severity) for p in fa3.validate(data)] == [("Podmiot2/JST", "block")]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (b"<P_2>", b"<Foo/><P_2>", "Fa/Foo"),
        (b"<P_2>", b"<P_2>a</P_2><P_2>", "Fa/P_2"),
        (b"<Fa>", b"<Fa>stray", "Fa"),
        (b"<P_2>", b'<P_2 x="1">', "Fa/P_2/@x"),
        (b"<P_2>", b"<P_2>a<b/>", "Fa/P_2/b"),
        (b"<P_2>", b'<P_2 xmlns="other">', "Fa/P_2"),
    ],
)
def test_what_a_tree_cannot_hold_is_refused_and_named(old, new, path):
    data = fa3.build(invoice()).replace(old, new, 1)
    with pytest.raises(fa3.FaXmlError) as caught:
        fa3.parse(data)
    assert caught.value.problems[0].path == path


@pytest.mark.parametrize("data", [b"", b"<a/>", b"<Faktura/>", b"\x00", b"<Faktura xmlns='x'/>"])
def test_what_is_no_fa3_document_is_refused_as_a_whole(data):
    with pytest.raises(fa3.FaXmlError) as caught:
        fa3.parse(data)
    assert caught.value.problems[0].path == ""


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_with_a_reason(data):
    with pytest.raises(fa3.FaXmlError) as caught:
        fa3.parse(data)
    assert caught.value.problems
    assert fa3.validate(data)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Fa", "P_2", "FaWiersz", "@Typ", "#", "x"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["Naglowek", "Podmiot3", "Fa", "x"]), _json, min_size=1))
def test_any_json_is_written_or_refused_with_paths(value):
    try:
        written = fa3.build(value)
    except fa3.FaTreeError as error:
        written = b""
        refused = error.problems
    assert fa3.build(fa3.parse(written)) == written if written else refused
