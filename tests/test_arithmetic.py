"""Rounding, the three ways to count VAT, discounts, long prices, corrections, other currencies."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from invoices.fa3 import correcting, lines, orders, settling, totals, zloty
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import Reference, Wanted
from ksefapp.lib import money
from tests.fa3_support import invoice, line

D = Decimal
ORIGINAL = Reference("2026-11-02", "FV/1", "5265877635-20261102-0123456789AB-CD")
REASON = Wanted("zero", "zwrot")
AMOUNTS = st.decimals("-99999999.99", "99999999.99", places=2)
PRICES = st.decimals("0.00000001", "999999.99999999", places=8)
QUANTITIES = st.decimals("0.000001", "9999.999999", places=6)
RATES = st.sampled_from(["23", "8", "5", "0 KR", "zw", "np I"])


def said(tree: dict, *names: str) -> list[str]:
    return [trees.text(tree, f"Fa/{name}") for name in names]


# --- Vectors ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "rounded"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.0049999", "0.00"),
        ("2.675", "2.68"),
        ("-2.675", "-2.68"),
        ("1.005", "1.01"),
        ("0.015", "0.02"),
        ("0.025", "0.03"),
    ],
)
def test_half_a_grosz_goes_away_from_zero(number, rounded):
    assert money.round_half_up(D(number)) == D(rounded)


@pytest.mark.parametrize(
    ("gross", "percent", "vat"),
    [
        ("100.00", 23, "18.70"),
        ("123.00", 23, "23.00"),
        ("99.99", 8, "7.41"),
        ("20000.00", 23, "3739.84"),
        ("450.00", 23, "84.15"),
        ("-123.00", 23, "-23.00"),
        ("0.00", 23, "0.00"),
    ],
)
def test_tax_contained_in_a_gross_amount(gross, percent, vat):
    assert totals.vat_in_gross(D(gross), D(percent)) == D(vat)


@pytest.mark.parametrize(("method", "vat"), [("net", "6.92"), ("line", "6.93")])
def test_three_lines_of_ten_and_three_grosze(method, vat):
    """30.09 × 23 % against three times 10.03 × 23 %: both are lawful (art. 106e ust. 10)."""
    rows = [line(n, P_9A="10.03", P_11="10.03") for n in (1, 2, 3)]
    made = totals.compute(invoice(Fa__FaWiersz=rows), method)
    assert said(made, "P_13_1", "P_14_1") == ["30.09", vat]


def test_a_discount_is_taken_off_each_piece():
    rows = [line(P_8B="20", P_9A="1000", P_10="100")]
    made = totals.compute(invoice(Fa__FaWiersz=rows))
    assert said(made, "P_13_1", "P_14_1", "P_15") == ["18000.00", "4140.00", "22140.00"]


def test_a_long_price_is_rounded_once_at_the_line():
    rows = [line(P_8B="1234.567891", P_9A="0.12345678")]
    made = totals.compute(invoice(Fa__FaWiersz=rows))
    assert made["Fa"]["FaWiersz"][0]["P_11"] == "152.42"


def test_an_advance_of_twenty_thousand():
    row = {"NrWierszaZam": "1", "P_8BZ": "1", "P_9AZ": "100000", "P_12Z": "23"}
    tree = invoice(Fa__RodzajFaktury="ZAL", Fa__FaWiersz=None, Fa__P_15="20000")
    tree["Fa"]["Zamowienie"] = {"ZamowienieWiersz": [row]}
    assert said(orders.counted(tree), "P_13_1", "P_14_1") == ["16260.16", "3739.84"]


def test_an_advance_of_an_order_with_two_rates():
    """20 000 of 375 150: 369 000 at 8 % and 6 150 at 23 %."""
    rows = [
        {"NrWierszaZam": "1", "P_8BZ": "1", "P_9AZ": "341666.67", "P_12Z": "8"},
        {"NrWierszaZam": "2", "P_8BZ": "1", "P_9AZ": "5000", "P_12Z": "23"},
    ]
    tree = invoice(Fa__RodzajFaktury="ZAL", Fa__FaWiersz=None, Fa__P_15="20000")
    tree["Fa"]["Zamowienie"] = {"ZamowienieWiersz": rows}
    made = said(orders.counted(tree), "P_13_2", "P_14_2", "P_13_1", "P_14_1")
    assert made == ["18214.94", "1457.19", "266.56", "61.31"]


def test_tax_in_zloty_is_that_of_each_rate():
    """Converted from the sum of a rate, not line by line (art. 106e ust. 11)."""
    rate = {"KursWaluty": "4.2537"}
    rows = [
        line(1, P_9A="10.03", **rate),
        line(2, P_9A="10.03", **rate),
        line(3, P_9A="99.99", P_12="8", **rate),
    ]
    made = zloty.filled(totals.compute(invoice(Fa__KodWaluty="EUR", Fa__FaWiersz=rows)))
    assert said(made, "P_14_1", "P_14_1W") == ["4.61", "19.61"]
    assert said(made, "P_14_2", "P_14_2W") == ["8.00", "34.03"]


# --- Properties ---------------------------------------------------------------------------------
ROWS = st.lists(st.tuples(QUANTITIES, PRICES, RATES), min_size=1, max_size=8)


def rows_of(values: list[tuple], price: str = "P_9A") -> list[dict]:
    none = {"P_9A": None, "P_11": None}
    return [
        line(n, **none | {"P_8B": f"{q:f}", price: f"{p:f}", "P_12": rate})
        for n, (q, p, rate) in enumerate(values, 1)
    ]


def numbers(tree: dict, start: str) -> dict[str, Decimal]:
    body = tree["Fa"]
    return {name: D(body[name]) for name in body if name.startswith(start)}


@settings(deadline=None)
@given(ROWS)
def test_net_method_sums_the_lines_and_taxes_the_sum(values):
    made = totals.compute(invoice(Fa__FaWiersz=rows_of(values)))
    for field, net in numbers(made, "P_13").items():
        own = [row for row in lines.read(made) if row.total_field == field]
        assert net == money.total(row.net for row in own)
        tax = numbers(made, "P_14").get(field.replace("P_13", "P_14"), D(0))
        assert tax == totals.vat_on_net(net, own[0].percent)


@settings(deadline=None)
@given(ROWS, st.sampled_from(["net", "line", "gross"]))
def test_net_and_tax_together_are_what_is_due(values, method):
    price = "P_9B" if method == "gross" else "P_9A"
    made = totals.compute(invoice(Fa__FaWiersz=rows_of(values, price)), method)
    parts = [*numbers(made, "P_13").values(), *numbers(made, "P_14").values()]
    assert money.total(parts) == D(made["Fa"]["P_15"])


@settings(deadline=None)
@given(ROWS)
def test_gross_method_keeps_what_the_buyer_pays(values):
    made = totals.compute(invoice(Fa__FaWiersz=rows_of(values, "P_9B")), "gross")
    assert D(made["Fa"]["P_15"]) == money.total(row.gross for row in lines.read(made))


@settings(deadline=None)
@given(QUANTITIES, PRICES)
def test_eight_places_times_six_places_lose_nothing(quantity, price):
    """Compared in whole numbers, which cannot round."""
    whole = int(quantity.scaleb(6)) * int(price.scaleb(8))
    rest = whole % 10**12
    grosze = whole // 10**12 + (2 * rest >= 10**12)
    assert totals.line_amounts(quantity, price, None).net == D(grosze).scaleb(-2)


@settings(deadline=None)
@given(AMOUNTS, st.sampled_from([D(23), D(8), D(5)]))
def test_tax_has_the_sign_of_its_amount(amount, percent):
    assert totals.vat_on_net(-amount, percent) == -totals.vat_on_net(amount, percent)
    assert totals.vat_in_gross(-amount, percent) == -totals.vat_in_gross(amount, percent)


@settings(deadline=None)
@given(AMOUNTS, st.sampled_from([D(23), D(8), D(5)]))
def test_net_and_tax_of_a_gross_amount_make_it_up(gross, percent):
    vat = totals.vat_in_gross(gross, percent)
    assert abs(totals.vat_on_net(gross - vat, percent) - vat) <= D("0.01")


@settings(deadline=None)
@given(QUANTITIES, st.decimals("1", "9999", places=2), st.decimals("0", "1", places=2))
def test_a_discount_is_a_lower_price(quantity, price, discount):
    less = totals.line_amounts(quantity, price, D(23), discount=discount)
    assert less == totals.line_amounts(quantity, price - discount, D(23))


@settings(deadline=None)
@given(ROWS)
def test_an_invoice_taken_back_leaves_nothing(values):
    """After minus before: the correction to zero is the exact opposite, rate by rate."""
    made = totals.compute(invoice(Fa__FaWiersz=rows_of(values)))
    assume(any(settling.amounts(made).values()))
    back = correcting.to_zero(made, ORIGINAL, REASON)
    before, change = (settling.amounts(tree) for tree in (made, back))
    assert {n: a for n, a in before.items() if a} == {n: -a for n, a in change.items() if a}


@settings(deadline=None)
@given(ROWS, QUANTITIES)
def test_corrections_add_up_to_the_invoice_that_should_have_been(values, quantity):
    """Original and correction together are the right invoice (methods that sum lines)."""
    wrong = rows_of(values)
    right = [wrong[0] | {"P_8B": f"{quantity:f}"}, *wrong[1:]]
    pairs = [wrong[0] | {"StanPrzed": "1"}, right[0]]
    made = [totals.compute(invoice(Fa__FaWiersz=rows), "line") for rows in (wrong, right, pairs)]
    first, wanted, change = (D(tree["Fa"]["P_15"]) for tree in made)
    assert first + change == wanted
