"""A rebate over a period: its amounts, and the shape of its correction."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.fa3 import rebates, totals, validate
from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.correcting import Reference
from invoices.fa3.defaults import stamp
from invoices.fa3.rebates import Rebate
from tests.fa3_support import invoice

NOON = datetime(2026, 11, 20, 11, tzinfo=UTC)
REBATE = Rebate("rabat za półrocze", "pierwsze półrocze 2026")
NAMED = [
    Reference("2026-01-15", "FV/1", "5265877635-20260115-0123456789AB-CD"),
    Reference("2026-02-15", "FV/2"),
]
D = Decimal


def made(cut, rebate=REBATE, **fa) -> dict:
    return rebates.correction(invoice(**fa), NAMED, cut, rebate)


def said(tree: dict, *names: str) -> list[str]:
    return [trees.text(tree, f"Fa/{name}") for name in names]


def test_a_gross_rebate_holds_its_tax():
    tree = made(rebates.of_gross({"23": D("50000")}))
    assert said(tree, "P_13_1", "P_14_1", "P_15") == ["-40650.41", "-9349.59", "-50000.00"]


def test_a_net_rebate_is_taxed_at_its_rate():
    assert rebates.of_net({"8": D("1.25"), "zw": D(10)}) == {
        "P_13_2": D("1.25"),
        "P_14_2": D("0.10"),
        "P_13_7": D(10),
    }


def test_a_percentage_is_of_the_net_of_each_rate():
    standing = {"P_13_1": D("1000.10"), "P_14_1": D("230.02"), "P_13_2": D(50), "P_14_2": D(4)}
    assert rebates.of_percent(standing, D("2.5")) == {
        "P_13_1": D("25.00"),
        "P_14_1": D("5.75"),
        "P_13_2": D("1.25"),
        "P_14_2": D("0.10"),
    }


def test_tax_of_other_rates_in_the_same_field_is_shared():
    standing = {"P_13_1": D(200), "P_14_1": D(45)}  # 100 at 23 %, 100 at 22 %
    assert rebates.of_percent(standing, D(10))["P_14_1"] == D("4.50")


@given(
    st.integers(1, 10**9).map(lambda n: D(n) / 100), st.sampled_from(["P_13_1", "P_13_2", "P_13_3"])
)
def test_a_whole_rebate_leaves_nothing(net, name):
    field = name.replace("13", "14", 1)
    standing = {name: net, field: totals.vat_on_net(net, D(23)) + D("0.01")}
    assert rebates.of_percent(standing, D(100), count=3) == standing


def test_a_rebate_names_every_invoice_and_the_period():
    tree = made(rebates.of_gross({"23": D(100)}))
    entries = tree["Fa"]["DaneFaKorygowanej"]
    assert [entry.get("NrKSeF", "-") + entry.get("NrKSeFN", "-") for entry in entries] == [
        "1-",
        "-1",
    ]
    assert said(tree, "OkresFaKorygowanej", "TypKorekty") == ["pierwsze półrocze 2026", "2"]


def test_a_rebate_on_all_supplies_has_no_lines():
    assert "FaWiersz" not in made(rebates.of_gross({"23": D(100)}))["Fa"]


def test_a_rebate_on_some_supplies_only_names_them():
    tree = made(
        rebates.of_gross({"23": D(100)}), Rebate("rabat", "2026", ("lodówka", "zamrażarka"))
    )
    assert tree["Fa"]["FaWiersz"] == [
        {"NrWierszaFa": "1", "P_7": "lodówka"},
        {"NrWierszaFa": "2", "P_7": "zamrażarka"},
    ]


@pytest.mark.parametrize("goods", [(), ("lodówka",)])
def test_a_rebate_is_valid(goods):
    tree = made(rebates.of_gross({"23": D(100)}), Rebate("rabat", "2026", goods))
    tree = stamp(tree, now_utc=NOON, software="Test")
    tree["Fa"] |= {"P_1": "2026-11-20", "P_2": "K/1"}
    assert validate(build(tree)) == []


def test_a_rebate_in_another_currency_has_its_tax_in_pln():
    tree = made(
        rebates.of_net({"23": D(100)}),
        Rebate("rabat", "2026", (), D("4.2512")),
        Fa__KodWaluty="EUR",
    )
    assert said(tree, "P_14_1", "P_14_1W") == ["-23.00", "-97.78"]


def test_more_than_the_invoices_come_to_is_told():
    standing = {"P_13_1": D(100), "P_14_1": D(23)}
    assert rebates.exceeding(standing, rebates.of_net({"23": D(101)})) == ["P_13_1"]
    assert rebates.exceeding(standing, rebates.of_net({"8": D(1)})) == ["P_13_2"]
    assert rebates.exceeding(standing, standing) == []
