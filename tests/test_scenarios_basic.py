"""Scenarios 1 to 9: domestic sales as they come every day."""

import pytest

from tests.scenario_support import PERSON, Person, day, fields, line, typed_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


def test_scenario_01_domestic_business(visitor, company):
    issued = Person(visitor, company).types().issues()
    issued.says(RodzajFaktury="VAT", P_13_1="2469.12", P_14_1="567.90", P_15="3037.02")
    issued.stands({"Podmiot2/DaneIdentyfikacyjne/NIP": "1111111111", "Podmiot2/JST": "2"})


def test_scenario_02_consumer(visitor, company):
    issued = Person(visitor, company).types(PERSON).issues()
    issued.stands(
        {
            "Podmiot2/DaneIdentyfikacyjne/BrakID": "1",
            "Podmiot2/DaneIdentyfikacyjne/Nazwa": "Jan Nowak",
            "Podmiot2/Adres/AdresL1": "ul. Rynkowa 8",
        }
    )
    assert issued.document.hand_over_why == "no_nip"


def test_scenario_03_invoice_to_a_receipt(visitor, company):
    gross = {"price_mode": "gross"} | line(quantity="1", price="123,00")
    issued = Person(visitor, company).types({"to_receipt": "1"}, gross).issues()
    issued.says(FP="1", P_13_1="100.00", P_14_1="23.00", P_15="123.00")
    issued.stands({"Fa/FaWiersz[0]/P_9B": "123.00", "Fa/FaWiersz[0]/P_11A": "123.00"})


def test_scenario_04_simplified(visitor, company):
    bare = dict.fromkeys(("buyer_name", "buyer_address1", "buyer_address2"), "")
    bare |= {"buyer_country": "", "price_mode": "gross"}
    issued = Person(visitor, company, "UPR").types(bare, line(quantity="1", price="450")).issues()
    issued.says(RodzajFaktury="UPR", P_15="450.00")
    issued.stands({"Podmiot2/DaneIdentyfikacyjne/NIP": "1111111111"})
    assert not issued.has("Podmiot2/DaneIdentyfikacyjne/Nazwa")


def test_scenario_05_gross_prices(visitor, company):
    lines = line(price="99,99", quantity="1", rate="8")
    issued = Person(visitor, company).types({"price_mode": "gross"}, lines).issues()
    issued.says(P_13_2="92.58", P_14_2="7.41", P_15="99.99")
    issued.stands({"Fa/FaWiersz[0]/P_9B": "99.99", "Fa/FaWiersz[0]/P_11A": "99.99"})
    assert not issued.has("Fa/FaWiersz[0]/P_11")


def test_scenario_06_line_discount(visitor, company):
    person = Person(visitor, company).types(line(quantity="20", price="1000", P_10="100"))
    issued = person.issues()
    issued.says(P_13_1="18000.00", P_14_1="4140.00", P_15="22140.00")
    issued.stands({"Fa/FaWiersz[0]/P_10": "100", "Fa/FaWiersz[0]/P_11": "18000.00"})


def test_scenario_07_continuous_supply(visitor, company):
    period = fields(OkresFa__P_6_Od=typed_day(-30), OkresFa__P_6_Do=typed_day(-1))
    person = Person(visitor, company).types().opens("dates", period).opens("extra")
    meter = {"Klucz": "Licznik 7731", "Wartosc": "stan 18 204 kWh"}
    issued = person.adds("Fa/DodatkowyOpis", meter).issues()
    issued.says(OkresFa__P_6_Od=day(-30), OkresFa__P_6_Do=day(-1))
    issued.stands({"Fa/DodatkowyOpis[0]/Klucz": "Licznik 7731"})


def test_scenario_08_exempt(visitor, company):
    basis = {"exempt_basis": "art. 43 ust. 1 pkt 29 ustawy o VAT"}
    person = Person(visitor, company).types(line(quantity="1", price="1000", rate="zw"))
    issued = person.presses("save", basis).issues()
    issued.says(P_13_7="1000.00", P_15="1000.00", Adnotacje__Zwolnienie__P_19="1")
    issued.says(Adnotacje__Zwolnienie__P_19A="art. 43 ust. 1 pkt 29 ustawy o VAT")
    assert not issued.has("Fa/P_14_1")


def test_scenario_09_exempt_taxpayer(visitor, company):
    """The company's settings say art. 113, so nothing is asked."""
    company.vat_exempt = True
    company.save()
    issued = Person(visitor, company).types(line(quantity="3", price="200", rate="zw")).issues()
    issued.says(P_13_7="600.00", Adnotacje__Zwolnienie__P_19A="art. 113 ust. 1 ustawy o VAT")
