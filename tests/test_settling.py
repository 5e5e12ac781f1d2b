"""Settlements: the order less its advances, field by field, to the grosz."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import lines, orders, settling, totals, validate
from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.defaults import stamp
from ksefapp.lib import money
from tests.fa3_support import invoice

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
FLAT = {"NrWierszaZam": "1", "P_7Z": "Mieszkanie", "P_8AZ": "szt.", "P_8BZ": "1"}
EXTRAS = {"NrWierszaZam": "2", "P_7Z": "Usługi", "P_8AZ": "szt.", "P_8BZ": "1", "P_12Z": "23"}
FLAT_23 = FLAT | {"P_9AZ": "300000", "P_12Z": "23"}
FLAT_8 = FLAT | {"P_9AZ": "341666.67", "P_12Z": "8"}
EXTRAS_FULL = EXTRAS | {"P_9AZ": "5000"}
CHEAPER = (FLAT | {"P_9AZ": "307500", "P_12Z": "8"}, EXTRAS | {"P_9AZ": "4500"})


def before(row: dict) -> dict:
    return row | {"StanPrzedZ": "1"}


def zal(*rows, payment="20000", **fa) -> dict:
    tree = invoice(Fa__RodzajFaktury="ZAL", Fa__FaWiersz=None, Fa__P_15=payment)
    tree["Fa"] |= {"Zamowienie": {"ZamowienieWiersz": [dict(row) for row in rows]}} | fa
    return orders.counted(tree)


def kor_zal(*rows, was="20000", change="0", **fa) -> dict:
    fa = {"RodzajFaktury": "KOR_ZAL", "P_15ZK": was} | fa
    return zal(*rows, payment=change, **fa)


def said(tree: dict, *names: str) -> list[str]:
    return [trees.text(tree, f"Fa/{name}") for name in names]


MIXED = ("P_13_1", "P_14_1", "P_13_2", "P_14_2", "P_15")
STORY = [
    zal(FLAT_23, EXTRAS_FULL),
    kor_zal(before(FLAT_23), FLAT_8, before(EXTRAS_FULL), EXTRAS_FULL),
    kor_zal(before(FLAT_8), FLAT_8, before(EXTRAS_FULL), EXTRAS_FULL, change="10000"),
    kor_zal(before(FLAT_8), CHEAPER[0], before(EXTRAS_FULL), CHEAPER[1], was="30000"),
]


def settled(documents: list[dict], taken=None) -> dict:
    taken = settling.added(map(settling.amounts, documents)) if taken is None else taken
    start = invoice(Fa__FaWiersz=None)
    rows = settling.order_after(documents)
    return settling.settlement(start, documents[-1], rows, [settling.reference("K", "1")], taken)


def test_a_corrected_rate_moves_the_advance_between_rates():
    made = said(STORY[1], *MIXED)
    assert made == ["-15993.60", "-3678.53", "18214.94", "1457.19", "0.00"]


def test_a_corrected_amount_is_split_like_the_order():
    assert said(STORY[2], *MIXED) == ["133.28", "30.65", "9107.47", "728.60", "10000.00"]


def test_a_corrected_order_with_the_same_payment_changes_no_total():
    assert said(STORY[3], *MIXED) == ["", "", "", "", "0.00"]
    assert trees.text(STORY[3], "Fa/Zamowienie/WartoscZamowienia") == "337635.00"


def test_the_settlement_is_the_order_less_the_corrected_advances():
    made = said(settled(STORY), *MIXED)
    assert made == ["4100.16", "943.04", "280177.59", "22414.21", "307635.00"]


def test_the_lines_of_a_settlement_are_the_order_after_its_corrections():
    made = settled(STORY)["Fa"]["FaWiersz"]
    assert [line["P_11"] for line in made] == ["307500.00", "4500.00"]
    assert [line["NrWierszaFa"] for line in made] == ["1", "2"]


def test_a_settlement_is_valid():
    tree = stamp(settled(STORY), now_utc=NOON, software="Test")
    references = [{"NrKSeFZN": "1", "NrFaZaliczkowej": "Z/1"}]
    tree["Fa"] |= {"P_2": "R/1", "P_1": "2026-11-20", "FakturaZaliczkowa": references}
    assert validate(build(tree)) == []


def test_a_fully_paid_order_leaves_nothing_to_pay():
    made = settled([zal(*CHEAPER, payment="337635")])
    assert said(made, "P_15") == ["0.00"]
    assert "Platnosc" not in made["Fa"]


def test_only_rows_of_a_correction_change_the_order():
    documents = [zal(FLAT_8, EXTRAS_FULL), kor_zal(before(EXTRAS_FULL), CHEAPER[1])]
    rows = settling.order_after(documents)
    assert [row["P_9AZ"] for row in rows] == ["341666.67", "4500"]


def test_a_correction_without_pairs_that_is_no_whole_order_leaves_it():
    less = EXTRAS | {"P_11NettoZ": "-500", "P_11VatZ": "-115"}
    documents = [zal(FLAT_8, EXTRAS_FULL), kor_zal(less)]
    documents[1]["Fa"]["Zamowienie"]["WartoscZamowienia"] = "374535"
    assert len(settling.order_after(documents)) == 2


def test_rows_taxed_one_by_one_stay_so_that_the_sum_is_the_order():
    rows = [EXTRAS | {"NrWierszaZam": str(n), "P_9AZ": "0.10"} for n in (1, 2, 3)]
    made = settled([zal(*rows, payment="0.12")])
    assert [line["P_11Vat"] for line in made["Fa"]["FaWiersz"]] == ["0.02"] * 3
    assert said(made, "P_15") == ["0.24"]


def test_a_settlement_in_another_currency_converts_what_is_left():
    fa = {"KodWaluty": "EUR", "KursWalutyZ": "4.2"}
    made = settled([zal(*CHEAPER, payment="30000", **fa)])
    made["Fa"]["FaWiersz"] = [line | {"KursWaluty": "4"} for line in made["Fa"]["FaWiersz"]]
    done = settling.zloty.filled(made)
    assert said(done, "P_14_1", "P_14_1W") == ["943.04", "3772.16"]


RATES = ("23", "8", "5", "0 KR", "zw", "22")
prices = st.integers(1, 10**8).map(lambda n: money.plain(Decimal(n) / 100, 2, 2))
order_rows = st.builds(
    lambda price, rate, count: EXTRAS | {"P_9AZ": price, "P_12Z": rate, "P_8BZ": str(count)},
    prices,
    st.sampled_from(RATES),
    st.integers(1, 9),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(order_rows, min_size=1, max_size=6), st.lists(st.integers(1, 40), max_size=4))
def test_advances_and_settlement_together_are_the_order(rows, percents):
    rows = [row | {"NrWierszaZam": str(n)} for n, row in enumerate(rows, 1)]
    value = orders.value_of(settling.order_after([zal(*rows)]))
    payments = [money.plain(value * part / 200, 2, 2) for part in percents]
    advances = [zal(*rows, payment=payment) for payment in payments if Decimal(payment)]
    last = settled(advances or [zal(*rows)], None if advances else {})
    both = settling.added(map(settling.amounts, [*advances, last]))
    whole = invoice(Fa__FaWiersz=last["Fa"]["FaWiersz"])
    order = settling.amounts(totals.compute(whole, totals.method_of(whole)))
    assert {n: a for n, a in both.items() if a} == {n: a for n, a in order.items() if a}
    assert both["P_15"] == value


@settings(max_examples=60, deadline=None)
@given(st.lists(order_rows, min_size=1, max_size=6), prices)
def test_net_and_tax_of_an_advance_add_up_to_its_payment(rows, payment):
    made = zal(*rows, payment=payment)
    parts = [lines.number(made, f"Fa/{name}") for name in settling.FIELDS if name != "P_15"]
    assert sum(part for part in parts if part is not None) == Decimal(payment)
