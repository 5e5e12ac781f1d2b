"""KOR_ZAL and KOR_ROZ begun from what an advance or a settlement says now."""

from datetime import UTC, datetime

import pytest

from invoices.fa3 import settling, settling_corrections, validate
from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.correcting import CannotCorrect, Reference, Wanted, to_zero
from invoices.fa3.defaults import stamp
from invoices.fa3.standing import standing
from tests.test_settling import CHEAPER, EXTRAS_FULL, FLAT_8, FLAT_23, MIXED, said, zal

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
ORIGINAL = Reference("2026-11-02", "ZAL/1", "5265877635-20261102-0123456789AB-CD")
CHEAP = {0: {"P_9AZ": "307500"}, 1: {"P_9AZ": "4500"}}


def corrected(tree: dict, make=settling_corrections.of_advance, **wanted) -> dict:
    return make(tree, ORIGINAL, Wanted("lines", "pomyłka", **wanted))


def settled() -> dict:
    """A settlement of an advance of 30 000."""
    paid = zal(*CHEAPER, payment="30000")
    rows = settling.order_after([paid])
    return settling.settlement(zal(), paid, rows, [], settling.amounts(paid))


def is_valid(tree: dict) -> bool:
    made = stamp(tree, now_utc=NOON, software="Test")
    made["Fa"] |= {"P_1": "2026-11-20", "P_2": "K/1"}
    return validate(build(made)) == []


def test_another_rate_moves_the_advance():
    changes = {0: {"P_12Z": "8", "P_9AZ": "341666.67"}}
    made = corrected(zal(FLAT_23, EXTRAS_FULL), changes=changes)
    assert said(made, *MIXED) == ["-15993.60", "-3678.53", "18214.94", "1457.19", "0.00"]
    assert said(made, "P_15ZK", "RodzajFaktury") == ["20000.00", "KOR_ZAL"]


def test_another_payment_is_shared_like_the_order():
    made = corrected(zal(FLAT_8, EXTRAS_FULL), payment="30000")
    assert said(made, *MIXED) == ["133.28", "30.65", "9107.47", "728.60", "10000.00"]


def test_another_order_with_the_same_payment_changes_no_total():
    made = corrected(zal(FLAT_8, EXTRAS_FULL, payment="30000"), changes=CHEAP)
    assert said(made, *MIXED) == ["", "", "", "", "0.00"]
    assert trees.text(made, "Fa/Zamowienie/WartoscZamowienia") == "337635.00"


def test_all_rows_are_shown_before_and_after():
    made = corrected(zal(FLAT_8, EXTRAS_FULL), changes={1: {"P_9A": "4500"}})
    rows = made["Fa"]["Zamowienie"]["ZamowienieWiersz"]
    assert [row.get("StanPrzedZ", "") for row in rows] == ["1", "", "1", ""]
    assert [row["P_11NettoZ"] for row in rows] == ["341666.67", "341666.67", "5000.00", "4500.00"]


def test_a_correction_of_an_advance_is_valid():
    assert is_valid(corrected(zal(FLAT_8, EXTRAS_FULL), changes=CHEAP, payment="30000"))


def test_the_next_correction_starts_from_the_order_after_the_first():
    first = zal(FLAT_8, EXTRAS_FULL)
    now = standing(first, [corrected(first, changes=CHEAP, payment="30000")])
    assert said(now, "P_15", "Zamowienie/WartoscZamowienia") == ["30000.00", "337635.00"]
    again = corrected(now, changes={1: {"P_9AZ": "5000"}})
    assert said(again, "P_15ZK") == ["30000.00"]


def test_an_advance_taken_back_is_its_exact_opposite():
    made = corrected(zal(FLAT_8, EXTRAS_FULL), settling_corrections.advance_to_zero)
    assert said(made, *MIXED) == ["-266.56", "-61.31", "-18214.94", "-1457.19", "-20000.00"]
    assert is_valid(made)


def test_what_was_taken_back_cannot_be_taken_back_again():
    paid = zal(FLAT_8, EXTRAS_FULL)
    now = standing(paid, [corrected(paid, settling_corrections.advance_to_zero)])
    with pytest.raises(CannotCorrect, match="nothing-left"):
        corrected(now, settling_corrections.advance_to_zero)


def test_a_row_that_is_not_there_is_refused():
    with pytest.raises(CannotCorrect, match="no-such-line"):
        corrected(zal(FLAT_8), changes={1: {"P_9AZ": "1"}})


def test_an_advance_in_another_currency_keeps_its_rate():
    paid = zal(FLAT_8, EXTRAS_FULL, KodWaluty="EUR", KursWalutyZ="4.2")
    made = corrected(paid, payment="30000")
    assert said(made, "KursWalutyZ", "KursWalutyZK", "P_14_1W") == ["4.2", "4.2", "128.73"]


def test_another_rest_of_a_settlement_is_shared_among_its_rates():
    now = settled()
    now["Fa"] |= {"P_13_1": "3998.40", "P_14_1": "919.63", "P_13_2": "273224.05"}
    now["Fa"] |= {"P_14_2": "21857.92", "P_15": "300000"}
    made = corrected(now, settling_corrections.of_settlement, payment="307635")
    assert said(made, *MIXED) == ["101.76", "23.41", "6953.54", "556.29", "7635.00"]
    assert said(made, "P_15ZK", "RodzajFaktury") == ["300000", "KOR_ROZ"]


def test_unchanged_lines_of_a_settlement_are_shown_before_and_after():
    made = corrected(settled(), settling_corrections.of_settlement, payment="300000")
    assert [line.get("StanPrzed", "") for line in made["Fa"]["FaWiersz"]] == ["1", "", "1", ""]


def test_other_lines_of_a_settlement_change_its_rest():
    made = corrected(
        settled(), settling_corrections.of_settlement, changes={1: {"P_9A": "5500"}}, lines=(1,)
    )
    assert said(made, "P_13_1", "P_14_1", "P_15") == ["1000.00", "230.00", "1230.00"]


def test_a_settlement_taken_back_is_its_exact_opposite():
    made = corrected(settled(), to_zero)
    assert said(made, "P_13_1", "P_15", "P_15ZK") == ["-4100.16", "-307635.00", "307635.00"]
