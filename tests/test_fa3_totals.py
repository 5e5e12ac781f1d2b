import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices import fa3
from invoices.fa3 import schema, totals
from ksefapp.lib import money
from tests.fa3_support import invoice, line, needs_samples, sample_files

AMOUNTS = st.decimals(-(10**7), 10**7, places=2)
PRICES = st.decimals(0, 10**6, places=4)
QUANTITIES = st.decimals(0, 10**4, places=3)
RATES = st.sampled_from(["23", "22", "8", "7", "5", "4", "3", "0 KR", "zw", "np I", "oo"])


def computed(lines, method="net", **changes):
    return totals.compute(invoice(Fa__FaWiersz=lines, **changes), method)["Fa"]


@pytest.mark.parametrize(
    ("gross", "percent", "vat"),
    [
        ("100.00", 23, "18.70"),
        ("123.00", 23, "23.00"),
        ("99.99", 8, "7.41"),
        ("20000", 23, "3739.84"),
    ],
)
def test_vat_contained_in_gross(gross, percent, vat):
    assert totals.vat_in_gross(Decimal(gross), Decimal(percent)) == Decimal(vat)


def test_vat_per_rate_and_per_line_may_differ_by_a_grosz():
    lines = [line(n, P_9A="10.03") for n in (1, 2, 3)]
    assert computed(lines, "net")["P_14_1"] == "6.92"
    assert computed(lines, "line")["P_14_1"] == "6.93"
    assert computed(lines, "line")["FaWiersz"][0]["P_11Vat"] == "2.31"


def test_gross_prices_fill_gross_values_and_net_by_difference():
    fields = computed([line(P_9A=None, P_11=None, P_9B="123.00")], "gross")
    assert (fields["P_13_1"], fields["P_14_1"], fields["P_15"]) == ("100.00", "23.00", "123.00")
    assert fields["FaWiersz"][0]["P_11A"] == "123.00"
    assert "P_11" not in fields["FaWiersz"][0]


def test_a_discount_is_per_unit_as_in_the_official_example():
    fields = computed([line(P_8B="20", P_9A="1000", P_10="100")])
    assert fields["FaWiersz"][0]["P_11"] == "18000.00"


@pytest.mark.parametrize(
    ("rate", "field"),
    [
        ("22", "P_13_1"),
        ("7", "P_13_2"),
        ("5", "P_13_3"),
        ("3", "P_13_4"),
        ("0 KR", "P_13_6_1"),
        ("0 WDT", "P_13_6_2"),
        ("0 EX", "P_13_6_3"),
        ("zw", "P_13_7"),
        ("np I", "P_13_8"),
        ("np II", "P_13_9"),
        ("oo", "P_13_10"),
    ],
)
def test_every_rate_has_its_total(rate, field):
    fields = computed([line(P_12=rate)])
    assert fields[field] == "100.00"
    assert "P_13_1" not in fields or field == "P_13_1"


def test_two_rates_of_one_total_are_taxed_apart():
    fields = computed([line(1), line(2, P_12="22")])
    assert (fields["P_13_1"], fields["P_14_1"]) == ("200.00", "45.00")


def test_a_rate_that_no_line_has_leaves_the_totals():
    fields = computed([line(P_12="8")], Fa__P_13_1="5.00", Fa__P_14_1="1.00", Fa__P_14_1W="4.00")
    assert {key for key in fields if key.startswith(("P_13", "P_14"))} == {"P_13_2", "P_14_2"}


def test_vat_in_zloty_stays_while_its_rate_does():
    assert computed([line()], Fa__P_14_1W="100.00")["P_14_1W"] == "100.00"


def test_foreign_vat_goes_to_the_oss_total():
    fields = computed([line(P_12=None, P_12_XII="19")])
    assert (fields["P_13_5"], fields["P_14_5"], fields["P_15"]) == ("100.00", "19.00", "119.00")


def test_margin_lines_count_gross_and_without_vat():
    margin = {"P_PMarzy": "1", "P_PMarzy_3_1": "1"}
    lines = [line(1), line(2, P_12=None, P_9A=None, P_11=None, P_9B="500.00")]
    fields = computed(lines, Fa__Adnotacje__PMarzy=margin)
    assert (fields["P_13_11"], fields["P_15"]) == ("500.00", "623.00")


def test_the_state_before_a_correction_is_subtracted():
    lines = [line(1, StanPrzed="1"), line(1, P_9A="80.00")]
    fields = computed(lines, Fa__RodzajFaktury="KOR")
    assert (fields["P_13_1"], fields["P_14_1"], fields["P_15"]) == ("-20.00", "-4.60", "-24.60")


def test_a_line_without_quantity_keeps_its_amount():
    assert computed([line(P_8B=None, P_9A=None, P_11="7.50")])["P_15"] == "9.23"


def test_what_is_no_number_is_left_alone():
    fields = computed([line(P_9A="dużo")])
    assert fields["FaWiersz"][0]["P_9A"] == "dużo"


def test_the_given_tree_is_not_changed():
    made = invoice(Fa__P_15="1.00")
    totals.compute(made)
    assert made["Fa"]["P_15"] == "1.00"


@pytest.mark.parametrize("broken", [{}, {"Fa": {"FaWiersz": "x"}}, {"Fa": {"FaWiersz": ["x", {}]}}])
def test_a_broken_tree_is_computed_to_nothing(broken):
    assert totals.compute(broken)["Fa"]["P_15"] == "0.00"


@settings(deadline=None)
@given(st.lists(st.tuples(QUANTITIES, PRICES, RATES), max_size=8), st.sampled_from(["net", "line"]))
def test_totals_add_up_whatever_the_lines(rows, method):
    lines = [
        line(n, P_8B=totals.fmt_quantity(q), P_9A=totals.fmt_price(p), P_12=r)
        for n, (q, p, r) in enumerate(rows, 1)
    ]
    fields = computed(lines, method)
    parts = [Decimal(v) for k, v in fields.items() if k.startswith(("P_13", "P_14"))]
    nets = [Decimal(each["P_11"]) for each in fields["FaWiersz"]]
    assert Decimal(fields["P_15"]) == money.total(parts)
    assert sum(nets) == sum(Decimal(v) for k, v in fields.items() if k.startswith("P_13"))


@settings(deadline=None)
@given(AMOUNTS, st.sampled_from([23, 8, 5]))
def test_net_and_gross_of_one_amount_agree_within_a_grosz(net, percent):
    rate = Decimal(percent)
    gross = net + totals.vat_on_net(net, rate)
    assert abs(totals.vat_in_gross(gross, rate) - totals.vat_on_net(net, rate)) <= Decimal("0.01")


@settings(deadline=None)
@given(AMOUNTS)
def test_vat_mirrors_at_zero(net):
    assert totals.vat_on_net(-net, Decimal(23)) == -totals.vat_on_net(net, Decimal(23))


@settings(deadline=None)
@given(st.decimals(-(10**9), 10**9, places=8))
def test_formatted_numbers_fit_their_types(number):
    for path, fmt in [
        ("Fa/P_15", totals.fmt_amount),
        ("Fa/FaWiersz/P_9A", totals.fmt_price),
        ("Fa/FaWiersz/P_8B", totals.fmt_quantity),
    ]:
        assert re.fullmatch(schema.node(path).facets.patterns[0], fmt(number))


def _basic_samples() -> list:
    """Of other kinds the totals are not the sum of the lines."""
    marker = b"<RodzajFaktury>VAT</RodzajFaktury>"
    return [path for path in sample_files() if marker in path.read_bytes()]


@needs_samples
@pytest.mark.parametrize("path", _basic_samples(), ids=lambda path: path.stem)
def test_official_totals_are_reproduced_to_a_grosz(path):
    made = fa3.parse(path.read_bytes())
    again = totals.compute(made, totals.method_of(made))["Fa"]
    for field in (key for key in made["Fa"] if key.startswith(("P_13", "P_14", "P_15"))):
        assert abs(Decimal(made["Fa"][field]) - Decimal(again[field])) <= Decimal("0.01"), field
