"""The plain way of reading and the careful one give the same tree, or only the careful one does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices import fa3
from invoices.fa3 import schema, swift
from invoices.fa3.parse import read_root
from invoices.fa3.reader import Reader
from tests.fa3_support import RandomTree, invoice, needs_samples, sample_files


def careful(data: bytes) -> tuple[dict, list]:
    reader = Reader()
    return reader.document(read_root(data, allow_bom=True)), [*reader.problems, *reader.notes]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([0.1, 0.5]))
def test_both_ways_read_the_same(seed, density):
    data = fa3.build(RandomTree(seed, density).make())
    assert swift.tree_of(data) == careful(data)[0]


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_official_samples_need_no_care(path):
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    assert swift.tree_of(data) == careful(data)[0]


def test_white_space_between_elements_needs_no_care():
    data = fa3.build(invoice()).replace(b"><", b">\r\n\t<")
    assert swift.tree_of(data) == careful(data)[0]


NAMESPACE = schema.namespace().encode()
UNUSUAL = {
    "a comment": (b"<P_2>", b"<!-- a --><P_2>"),
    "a comment in a text": (b"<P_2>", b"<P_2><!-- a -->"),
    "a comment at the end": (b"</Faktura>", b"</Faktura><!-- a -->"),
    "a comment at the start": (b"<Faktura", b"<!-- a --><Faktura"),
    "an instruction": (b"<P_2>", b"<?a?><P_2>"),
    "an instruction at the end": (b"</Faktura>", b"</Faktura><?a?>"),
    "an unknown element": (b"<P_2>", b"<P_99>1</P_99><P_2>"),
    "an element in a text": (b"<P_2>", b"<P_2><b/>"),
    "no namespace": (b"<Fa>", b'<Fa xmlns="">'),
    "another namespace": (b"<Fa>", b'<Fa xmlns="urn:a">'),
    "another root namespace": (NAMESPACE, b"urn:a"),
    "two namespaces": (b"<Faktura ", b'<Faktura xmlns="urn:a" '),
    "a prefix of nobody": (b"<P_2>", b"<a:P_2>"),
    "an attribute": (b"<P_2>", b'<P_2 a="1">'),
    "an attribute of the root": (b"<Faktura ", b'<Faktura a="1" '),
    "a wrong attribute": (b"<KodFormularza ", b'<KodFormularza a="1" '),
    "a text among elements": (b"<P_2>", b"a<P_2>"),
    "a text in front": (b"<Fa>", b"<Fa>a"),
    "an element twice": (b"<P_2>", b"<P_2>a</P_2><P_2>"),
    "another order": (b"<JST>2</JST><GV>2</GV>", b"<GV>2</GV><JST>2</JST>"),
    "a DTD": (b"<Faktura", b"<!DOCTYPE a><Faktura"),
    "UTF-16": (b"UTF-8", b"UTF-16"),
    "no end": (b"</Faktura>", b""),
    "a byte that is no UTF-8": (b"<P_2>", b"<P_2>\xff"),
    "a BOM": (b"<?xml", b"\xef\xbb\xbf<?xml"),
}


@pytest.mark.parametrize("change", UNUSUAL.values(), ids=UNUSUAL)
def test_the_plain_way_gives_up_on(change):
    data = fa3.build(invoice())
    assert swift.tree_of(data) is not None
    assert change[0] in data
    assert swift.tree_of(data.replace(*change, 1)) is None


def test_too_many_of_a_list_is_left_to_care():
    node = schema.node("Podmiot2/DaneKontaktowe")
    data = fa3.build(invoice(Podmiot2__DaneKontaktowe=[{"Telefon": "1"}] * (node.max + 1)))
    assert swift.tree_of(data) is None
    assert [note.rule for note in careful(data)[1]] == ["XSD-repeated"]


def test_an_equals_sign_in_a_text_is_no_attribute():
    data = fa3.build(invoice(Fa__P_2='a="1"'))
    assert swift.tree_of(data)["Fa"]["P_2"] == 'a="1"'
