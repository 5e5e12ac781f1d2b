"""A correction's lines: before, after and the difference stand together, signs right."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.render import formats, labels, view
from tests.render_support import invoice, line

NBSP = "\u00a0"


def rows(lines: list[dict], language: str = "pl", **fa) -> list[list[str]]:
    """(kind, texts of the cells) of the lines' table."""
    tree = invoice(FaWiersz=lines, RodzajFaktury="KOR", **fa)
    table = view.document(tree, language=language).part["lines"].blocks[0].tables[0]
    return [
        [row.kind, *[cell.text.replace(NBSP, " ") for cell in row.cells]] for row in table.lines
    ]


def kinds(lines: list[dict]) -> list[str]:
    return [row[0] + row[1] for row in rows(lines)]


def before(number: int, **more: str) -> dict:
    return line(number, StanPrzed="1", **more)


def test_the_pair_is_followed_by_its_difference():
    shown = rows([before(1), line(1, P_8B="3", P_11="1650.00")])
    assert shown == [
        ["before", "1", "Blat jesionowy 80 × 80 cm", "4", "szt.", "550,00", "23%", "2 200,00"],
        ["after", "1", "Blat jesionowy 80 × 80 cm", "3", "szt.", "550,00", "23%", "1 650,00"],
        ["difference", "", "różnica", "−1", "", "0,00", "", "−550,00"],
    ]


def test_states_apart_in_the_file_stand_together():
    given_lines = [before(1), before(2), line(1), line(2)]
    assert kinds(given_lines) == [
        "before1", "after1", "difference", "before2", "after2", "difference"
    ]  # fmt: skip


def test_the_state_after_may_come_first():
    assert kinds([line(1), before(1), line(2)]) == ["before1", "after1", "difference", "2"]


def test_the_unique_id_wins_over_the_number():
    given_lines = [
        before(1, UU_ID="a"),
        before(2, UU_ID="b"),
        line(1, UU_ID="b"),
        line(2, UU_ID="a"),
    ]
    assert kinds(given_lines) == [
        "before1", "after2", "difference", "before2", "after1", "difference"
    ]  # fmt: skip


def test_a_line_that_is_taken_out_or_added_stands_alone():
    assert kinds([before(1), line(2)]) == ["before1", "2"]


def test_lines_with_one_number_pair_in_their_order():
    shown = rows([before(1, P_11="1"), before(1, P_11="2"), line(1, P_11="3"), line(1, P_11="5")])
    assert [row[-1] for row in shown if row[0] == "difference"] == ["2,00", "3,00"]


def test_an_order_pairs_by_its_own_elements():
    order = [
        {"NrWierszaZam": "1", "P_7Z": "Dom", "P_11NettoZ": "100", "StanPrzedZ": "1"},
        {"NrWierszaZam": "1", "P_7Z": "Dom", "P_11NettoZ": "80"},
    ]
    tree = invoice(Zamowienie={"WartoscZamowienia": "80", "ZamowienieWiersz": order})
    table = view.document(tree, language="pl").part["order"].blocks[0].tables[0]
    assert [row.cells[-1].text for row in table.lines] == ["100,00", "80,00", "−20,00"]


def test_both_states_are_said_in_words():
    tree = invoice(FaWiersz=[before(1), line(1)], RodzajFaktury="KOR")
    first, second, _ = view.document(tree, language="en").part["lines"].blocks[0].tables[0].lines
    assert first.cells[1].detail.startswith(labels.text("before", "en"))
    assert second.cells[1].detail.startswith(labels.text("after", "en"))
    assert first.muted
    assert not second.muted


def test_net_and_gross_prices_are_not_subtracted_from_each_other():
    first = before(1)
    second = line(1, P_9B="700", P_11A="2800")
    for name in ("P_9A", "P_11"):
        del second[name]
    shown = rows([first, second])[2]
    assert shown[3:] == ["0", "", "", "", "", "", ""]


def test_what_is_no_number_has_no_difference():
    assert rows([before(1, P_8B="dwa"), line(1)])[2][3] == ""


@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=12))
def test_no_line_is_lost_or_shown_twice(shape):
    given_lines = [
        line(number, name=f"n{at}", **({"StanPrzed": "1"} if is_before else {}))
        for at, (number, is_before) in enumerate(shape)
    ]
    names = [row[2] for row in rows(given_lines) if row[0] != "difference"] if given_lines else []
    assert sorted(names) == sorted(f"n{at}" for at in range(len(shape)))


MONEY = st.decimals("-99999", "99999", places=2)


@given(MONEY, MONEY)
def test_the_difference_is_what_is_between_the_two(first, second):
    shown = rows([before(1, P_11=str(first)), line(1, P_11=str(second))])
    wanted = formats.decimal(f"{second - first:f}", 2).replace(NBSP, " ")
    assert shown[2][-1] == wanted
    assert isinstance(first, Decimal)


@pytest.mark.parametrize("language", ["pl", "en", "pl-en"])
def test_the_difference_has_its_word(language):
    shown = rows([before(1), line(1)], language)
    assert shown[2][2] == labels.text("difference", language)
