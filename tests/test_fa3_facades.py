from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import facades
from tests.fa3_support import RandomTree, invoice, line


def test_a_summary_says_what_a_list_shows():
    found = facades.summary(invoice())
    assert (found.kind, found.number, found.currency) == ("VAT", "FV/1/11/2026", "PLN")
    assert found.issued_on == date(2026, 11, 20)
    assert (found.net, found.vat, found.gross) == (100, 23, 123)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "20261120", "2026-13-01", ""])
def test_a_day_that_no_invoice_can_have_is_none(text):
    assert facades.day(invoice(Fa__P_1=text), "Fa/P_1") is None


def test_parties_are_read():
    found = facades.summary(invoice(Podmiot1__DaneKontaktowe=[{"Email": "a@b.pl"}]))
    assert (found.seller.name, found.seller.email) == ("Sprzedawca sp. z o.o.", "a@b.pl")
    assert (found.buyer.id_kind, found.buyer.id) == ("nip", "1111111111")
    assert found.buyer.address == ("ul. Polna 2", "00-002 Warszawa")


@pytest.mark.parametrize(
    ("identity", "kind", "text"),
    [
        ({"KodUE": "DE", "NrVatUE": "123456789"}, "vat_ue", "DE123456789"),
        ({"KodKraju": "US", "NrID": "12-34"}, "other", "US 12-34"),
        ({"BrakID": "1", "Nazwa": "Jan"}, "none", ""),
        ({"IDWew": "1111111111-12342"}, "internal", "1111111111-12342"),
        ({}, "", ""),
    ],
)
def test_every_kind_of_identifier_is_read(identity, kind, text):
    party = facades.party({"Podmiot2": {"DaneIdentyfikacyjne": identity}}, "Podmiot2")
    assert (party.id_kind, party.id) == (kind, text)


def test_lines_are_completed_from_their_rate():
    gross = line(2, P_9A=None, P_11=None, P_9B="108.00", P_11A="108.00", P_12="8")
    net_line, gross_line = facades.summary(invoice(Fa__FaWiersz=[line(1), gross])).lines
    assert (net_line.net, net_line.vat, net_line.gross) == (100, 23, 123)
    assert (gross_line.net, gross_line.vat, gross_line.gross) == (100, 8, 108)
    assert gross_line.is_gross_price


def test_a_given_line_vat_is_shown_as_given():
    (only,) = facades.summary(invoice(Fa__FaWiersz=[line(P_11Vat="22.99")])).lines
    assert (only.vat, only.gross) == (Decimal("22.99"), Decimal("122.99"))


def test_the_vat_table_is_what_the_document_says():
    made = invoice(Fa__P_13_1="100.00", Fa__P_14_1="22.00", Fa__P_13_7="5.00")
    first, second = facades.summary(made).vat_table
    assert (first.field, first.rates, first.vat) == ("P_13_1", ("23",), 22)
    assert (second.field, second.rates, second.vat, second.gross) == ("P_13_7", ("zw",), None, 5)


def test_payment_is_read():
    terms = {
        "TerminPlatnosci": [{"Termin": "2026-12-04"}],
        "FormaPlatnosci": "6",
        "RachunekBankowy": [{"NrRB": "61109010140000071219812874"}],
    }
    found = facades.summary(invoice(Fa__Platnosc=terms)).payment
    assert (found.method, found.due_on, found.is_paid) == ("6", (date(2026, 12, 4),), False)
    assert found.accounts == ("61109010140000071219812874",)


def test_paid_in_parts_is_paid():
    parts = {"ZnacznikZaplatyCzesciowej": "2"}
    assert facades.summary(invoice(Fa__Platnosc=parts)).payment.is_paid


def test_a_footer_keeps_its_line_breaks():
    made = invoice(Stopka={"Informacje": [{"StopkaFaktury": "a\n b"}]})
    assert facades.summary(made).notes == ("a\n b",)


def test_a_period_is_read():
    made = invoice(Fa__OkresFa={"P_6_Od": "2026-11-01", "P_6_Do": "x"})
    assert facades.summary(made).period == (date(2026, 11, 1), None)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_any_valid_tree_has_a_summary(seed):
    made = RandomTree(seed, 0.4).make()
    assert len(facades.summary(made).lines) == len(made["Fa"].get("FaWiersz", []))


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"Fa": "x"},
        {"Fa": {"FaWiersz": ["x", {"P_11": 3}]}},
        {"Podmiot2": [1], "Fa": []},
        {"Fa": {"Platnosc": [{"TerminPlatnosci": ["a"]}]}, "Stopka": {"Informacje": ["", {}]}},
    ],
)
def test_a_broken_tree_has_an_empty_summary(broken):
    assert facades.summary(broken).gross is None
