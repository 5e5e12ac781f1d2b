import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import tree
from tests.fa3_support import RandomTree, invoice, line


def test_a_path_is_split_into_names_and_positions():
    assert tree.split("Fa/FaWiersz[12]/P_7") == (("Fa", None), ("FaWiersz", 12), ("P_7", None))
    assert tree.plain("Fa/FaWiersz[12]/P_7") == "Fa/FaWiersz/P_7"
    with pytest.raises(ValueError, match="not a path"):
        tree.split("Fa//P_7")


def test_a_value_is_got_by_path():
    made = invoice(Fa__FaWiersz=[line(1), line(2, P_7="Druga")])
    assert tree.get(made, "Fa/FaWiersz[1]/P_7") == "Druga"
    assert tree.get(made, "Fa/FaWiersz/P_7") == "Usługa"
    assert len(tree.get(made, "Fa/FaWiersz")) == 2
    assert tree.get(made, "Naglowek/KodFormularza/@kodSystemowy") == "FA (3)"


@pytest.mark.parametrize("path", ["Fa/FaWiersz[9]/P_7", "Fa/P_99", "Fa/P_2/x", "Stopka/Rejestry"])
def test_a_missing_value_is_the_default(path):
    assert tree.get(invoice(), path, "none") == "none"


def test_text_is_collapsed_and_never_fails():
    made = {"Fa": {"P_2": " a\n b ", "P_15": 5, "P_1": {"#": " x "}}}
    assert tree.text(made, "Fa/P_2") == "a b"
    assert tree.text(made, "Fa/P_15") == ""
    assert tree.text(made, "Fa/P_1") == "x"


def test_items_are_always_a_list():
    assert tree.items({}, "Fa/FaWiersz") == []
    assert tree.items({"Fa": {"FaWiersz": "x"}}, "Fa/FaWiersz") == ["x"]
    assert tree.groups({"Fa": {"FaWiersz": ["x", {"P_7": "y"}]}}, "Fa/FaWiersz") == [{"P_7": "y"}]


def test_put_makes_what_is_missing_and_none_removes():
    made = {}
    tree.put(made, "Fa/FaWiersz[0]/P_7", "a")
    tree.put(made, "Fa/FaWiersz[1]/P_7", "b")
    tree.put(made, "Fa/WZ[0]", "w")
    assert made == {"Fa": {"FaWiersz": [{"P_7": "a"}, {"P_7": "b"}], "WZ": ["w"]}}
    tree.put(made, "Fa/FaWiersz[0]/P_7", None)
    assert made["Fa"]["FaWiersz"][0] == {}


def test_put_refuses_what_fa3_does_not_have():
    with pytest.raises(KeyError):
        tree.put({}, "Fa/P_99", "x")
    with pytest.raises(IndexError):
        tree.put({}, "Fa/FaWiersz[1]/P_7", "x")


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_every_leaf_of_a_tree_can_be_put_into_an_empty_one(seed):
    made = tree.prune(RandomTree(seed, 0.2).make())
    copied = {}
    for path, text in tree.leaves(made):
        holder = tree.get(made, path)
        tree.put(copied, f"{path}/#" if isinstance(holder, dict) else path, text)
    assert dict(tree.leaves(copied)) == dict(tree.leaves(made))


def test_prune_drops_what_a_form_leaves_empty():
    given_tree = {
        "Podmiot2": {"NrKlienta": " ", "Adres": {"AdresL1": ""}, "JST": "2"},
        "Fa": {"FaWiersz": [{"P_7": None}, {"P_7": "a"}], "WZ": [""]},
        "Stopka": {"Informacje": [{}]},
    }
    assert tree.prune(given_tree) == {"Podmiot2": {"JST": "2"}, "Fa": {"FaWiersz": [{"P_7": "a"}]}}


def test_prune_keeps_empty_cells_whose_place_counts():
    table = {"Tabela": [{"Wiersz": [{"WKom": ["1", "", "3"]}]}]}
    given_tree = {"Zalacznik": {"BlokDanych": [table]}}
    assert tree.prune(given_tree) == given_tree


def test_prune_keeps_unknown_elements_to_be_named_later():
    assert tree.prune({"Fa": {"P_99": "x"}}) == {"Fa": {"P_99": "x"}}


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_prune_leaves_the_content_of_a_valid_tree_alone(seed):
    made = RandomTree(seed, 0.3).make()
    assert _texts(tree.prune(made)) == _texts(made)


def _texts(made) -> list:
    return [(tree.plain(path), text) for path, text in tree.leaves(made) if text.strip()]


def test_texts_are_normalised_as_the_schema_reads_them():
    made = {
        "Podmiot2": {"DaneIdentyfikacyjne": {"NrID": "a\n b"}},
        "Fa": {"P_2": " FV \t 1\u00a02\n"},
        "Stopka": {"Informacje": [{"StopkaFaktury": "a\n  b"}]},
    }
    read = tree.normalise(made)
    assert read["Fa"]["P_2"] == "FV 1\u00a02"
    assert read["Podmiot2"]["DaneIdentyfikacyjne"]["NrID"] == "a  b"
    assert read["Stopka"]["Informacje"][0]["StopkaFaktury"] == "a\n  b"
