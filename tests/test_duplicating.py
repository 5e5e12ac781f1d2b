"""A new invoice with the content of an earlier one: what changes, and that nothing else does."""

from copy import deepcopy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.fa3 import copying
from invoices.fa3 import tree as trees
from invoices.fa3.tree import plain
from invoices.services.lookups_fill import RATE_KEY
from tests.fa3_support import RandomTree, invoice

NOVEMBER = date(2026, 11, 22)
SELLER = {
    "DaneIdentyfikacyjne": {"NIP": "5265877635", "Nazwa": "Nowa nazwa"},
    "Adres": {"KodKraju": "PL", "AdresL1": "ul. Nowa 1"},
}
MAY_CHANGE = {"Fa/P_1", "Fa/OkresFa/P_6_Od", "Fa/OkresFa/P_6_Do"}
MAY_CHANGE |= {"Fa/Platnosc/TerminPlatnosci/Termin"}
MAY_GO = tuple(f"Fa/{name}" for name in copying.NUMBER + copying.SALE + copying.RATES)
MAY_GO += tuple(f"Fa/{name}" for name in copying.CORRECTION + copying.ADVANCES + copying.DELIVERY)
MAY_GO += tuple(f"Fa/Platnosc/{name}" for name in copying.PAID)
MAY_GO += tuple(f"Fa/WarunkiTransakcji/Transport/{name}" for name in copying.HOURS)
MAY_GO += tuple(f"Fa/FaWiersz/{name}" for name in copying.OF_LINE)
MAY_GO += tuple(f"Fa/Zamowienie/ZamowienieWiersz/{name}" for name in copying.OF_ORDER_LINE)
MAY_GO += tuple(f"Naglowek/{name}" for name in copying.STAMPED)
MAY_GO += ("Fa/OkresFa",)


def copy_of(today: date = NOVEMBER, **changes) -> dict:
    return copying.copied(invoice(**changes), today=today, seller=SELLER)


def may_go(path: str) -> bool:
    bare = plain(path)
    return any(bare == gone or bare.startswith(f"{gone}/") for gone in MAY_GO)


@given(st.integers(0, 10**9), st.sampled_from([0.2, 0.6, 1.0]))
def test_nothing_but_the_named_elements_changes(seed, density):
    tree = RandomTree(seed, density).make()
    kept = deepcopy(tree)
    new = dict(trees.leaves(copying.copied(tree, today=NOVEMBER, seller=SELLER)))
    old = dict(trees.leaves(kept))
    assert tree == kept
    expected = {path: text for path, text in old.items() if not may_go(path)}
    changed = {path for path in expected.keys() | new.keys() if expected.get(path) != new.get(path)}
    assert {plain(path) for path in changed} <= MAY_CHANGE


@given(st.integers(0, 10**9))
def test_a_copy_of_a_copy_on_the_same_day_is_the_same(seed):
    once = copying.copied(RandomTree(seed, 0.6).make(), today=NOVEMBER, seller=SELLER)
    assert copying.copied(once, today=NOVEMBER, seller=SELLER) == once


def test_it_is_issued_today_without_a_number():
    fa = copy_of(Fa__P_1="2026-10-05", Fa__P_2="FV/7")["Fa"]
    assert fa["P_1"] == "2026-11-22"
    assert "P_2" not in fa


def test_terms_of_payment_move_by_as_many_days():
    terms = [{"Termin": "2026-10-19"}, {"Termin": "2026-11-04"}]
    fa = copy_of(Fa__P_1="2026-10-05", Fa__Platnosc={"TerminPlatnosci": terms})["Fa"]
    assert fa["Platnosc"]["TerminPlatnosci"] == [{"Termin": "2026-12-06"}, {"Termin": "2026-12-22"}]


@pytest.mark.parametrize(
    ("issued", "period", "moved"),
    [
        ("2026-10-31", ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")),
        ("2026-10-02", ("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31")),
        ("2026-08-31", ("2026-06-01", "2026-08-31"), ("2026-09-01", "2026-11-30")),
        ("2025-11-30", ("2025-01-01", "2025-12-31"), ("2026-01-01", "2026-12-31")),
    ],
)
def test_a_period_of_whole_months_goes_on(issued, period, moved):
    names = ("P_6_Od", "P_6_Do")
    fa = copy_of(Fa__P_1=issued, Fa__OkresFa=dict(zip(names, period, strict=True)))["Fa"]
    assert fa["OkresFa"] == dict(zip(names, moved, strict=True))


def test_a_period_of_some_days_is_dropped():
    period = {"P_6_Od": "2026-10-05", "P_6_Do": "2026-10-31"}
    tree = invoice(Fa__P_1="2026-10-31", Fa__OkresFa=period)
    assert "OkresFa" not in copying.copied(tree, today=NOVEMBER, seller=SELLER)["Fa"]
    assert copying.changes(tree, today=NOVEMBER) == ["no_period"]


def test_what_was_paid_is_asked_anew():
    payment = {"Zaplacono": "1", "DataZaplaty": "2026-10-05", "FormaPlatnosci": "6"}
    assert copy_of(Fa__Platnosc=payment)["Fa"]["Platnosc"] == {"FormaPlatnosci": "6"}


def test_a_payment_that_said_nothing_else_is_gone():
    assert "Platnosc" not in copy_of(Fa__Platnosc={"Zaplacono": "1"})["Fa"]


def test_the_seller_is_as_the_company_is_now():
    assert copy_of()["Podmiot1"]["Adres"]["AdresL1"] == "ul. Nowa 1"


def test_in_self_billing_the_seller_stays():
    tree = invoice()
    tree["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] = "9542742932"
    new = copying.copied(tree, today=NOVEMBER, seller=SELLER)
    assert new["Podmiot1"] == tree["Podmiot1"]


def test_the_table_of_a_rate_goes_with_it():
    notes = [{"Klucz": RATE_KEY, "Wartosc": "1 EUR = 4,30 PLN"}, {"Klucz": "Umowa", "Wartosc": "7"}]
    assert copy_of(Fa__DodatkowyOpis=notes)["Fa"]["DodatkowyOpis"] == notes[1:]
    assert "DodatkowyOpis" not in copy_of(Fa__DodatkowyOpis=notes[:1])["Fa"]


def test_rates_belong_to_their_day():
    tree = invoice(Fa__KursWalutyZ="4.3", Fa__P_14_1W="98.90")
    tree["Fa"]["FaWiersz"][0]["KursWaluty"] = "4.3"
    new = copying.copied(tree, today=NOVEMBER, seller=SELLER)
    assert not {"KursWalutyZ", "P_14_1W"} & set(new["Fa"])
    assert "KursWaluty" not in new["Fa"]["FaWiersz"][0]
    assert copying.changes(tree, today=NOVEMBER) == ["rates"]


@pytest.mark.parametrize(
    "tree", [{}, {"Fa": "?"}, {"Fa": {"FaWiersz": "?", "Platnosc": []}}, {"Fa": {"OkresFa": []}}]
)
def test_a_broken_tree_is_copied_too(tree):
    assert isinstance(copying.copied(tree, today=NOVEMBER, seller=SELLER), dict)
    assert isinstance(copying.changes(tree, today=NOVEMBER), list)
