"""Amounts of an order, and the share of each rate in an advance."""

from datetime import UTC, datetime

from invoices.fa3 import orders, validate
from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.defaults import stamp
from tests.fa3_support import invoice

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
HOUSE = {"NrWierszaZam": "1", "P_7Z": "Dom", "P_8BZ": "1", "P_9AZ": "341666.67", "P_12Z": "8"}
GARAGE = {"NrWierszaZam": "2", "P_7Z": "Garaż", "P_8BZ": "2", "P_9AZ": "2500", "P_12Z": "23"}


def advance(*rows, **changes):
    order = {"Zamowienie": {"ZamowienieWiersz": [dict(row) for row in rows]}}
    start = {"Fa__RodzajFaktury": "ZAL", "Fa__FaWiersz": None, "Fa__P_15": "20000"}
    tree = invoice(**start | changes)
    tree["Fa"] |= order
    return tree


def total(tree, name: str) -> str:
    return trees.text(tree, f"Fa/{name}")


def test_rows_and_value_are_counted_from_quantity_and_price():
    made = orders.counted(advance(HOUSE, GARAGE))["Fa"]["Zamowienie"]
    assert made["WartoscZamowienia"] == "375150.00"
    assert made["ZamowienieWiersz"][1]["P_11NettoZ"] == "5000.00"
    assert made["ZamowienieWiersz"][1]["P_11VatZ"] == "1150.00"


def test_an_advance_is_split_by_the_shares_of_the_rates():
    made = orders.counted(advance(HOUSE, GARAGE))
    assert [total(made, n) for n in ("P_13_2", "P_14_2")] == ["18214.94", "1457.19"]
    assert [total(made, n) for n in ("P_13_1", "P_14_1")] == ["266.56", "61.31"]
    assert total(made, "P_15") == "20000.00"


def test_a_counted_advance_is_valid():
    made = stamp(orders.counted(advance(HOUSE, GARAGE)), now_utc=NOON, software="Test")
    assert validate(build(made)) == []


def test_parts_always_add_up_to_the_payment():
    rows = [HOUSE | {"P_9AZ": "100", "P_12Z": rate} for rate in ("23", "8", "5")]
    made = orders.counted(advance(*rows))
    names = [n for i in (1, 2, 3) for n in (f"P_13_{i}", f"P_14_{i}")]
    assert sum(orders.money.parse(total(made, name)) for name in names) == 20000


def test_several_payments_are_summed_where_no_total_is_given():
    parts = [{"P_6Z": "2026-11-02", "P_15Z": "60"}, {"P_6Z": "2026-11-09", "P_15Z": "63"}]
    tree = advance(GARAGE, Fa__ZaliczkaCzesciowa=parts)
    del tree["Fa"]["P_15"]
    made = orders.counted(tree)
    assert (total(made, "P_13_1"), total(made, "P_15")) == ("100.00", "123.00")


def test_a_row_without_price_keeps_its_amounts():
    row = {"NrWierszaZam": "1", "P_11NettoZ": "10", "P_11VatZ": "2.3", "P_12Z": "23"}
    made = orders.counted(advance(row))["Fa"]["Zamowienie"]
    assert made["ZamowienieWiersz"] == [row]
    assert made["WartoscZamowienia"] == "12.30"


def test_rows_before_a_correction_do_not_count():
    before = GARAGE | {"StanPrzedZ": "1"}
    made = orders.counted(advance(before, GARAGE, Fa__RodzajFaktury="KOR_ZAL"))
    assert made["Fa"]["Zamowienie"]["WartoscZamowienia"] == "6150.00"


def test_totals_of_a_correction_and_of_nothing_stay():
    for tree in (advance(), advance(GARAGE, Fa__RodzajFaktury="KOR_ZAL"), invoice()):
        made = orders.counted(tree)
        names = ("P_13_1", "P_14_1", "P_15")
        assert [total(made, n) for n in names] == [total(tree, n) for n in names]
