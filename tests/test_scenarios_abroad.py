"""Scenarios 10 to 16: sales to other countries and taxes that the buyer settles."""

import pytest

from tests.scenario_support import (
    GERMAN,
    PERSON,
    SWISS,
    Person,
    by_program,
    fields,
    item,
    line,
    sale,
)

pytestmark = pytest.mark.django_db
BUYER = "Podmiot2/DaneIdentyfikacyjne"


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


def test_scenario_10_wdt(visitor, company):
    """The rate is the answer to a question that the buyer's VAT number asks."""
    issued = Person(visitor, company).types(GERMAN).presses("answer:goods").issues()
    issued.says(P_13_6_2="2469.12", P_15="2469.12")
    issued.stands(
        {
            "Podmiot1/PrefiksPodatnika": "PL",
            f"{BUYER}/KodUE": "DE",
            f"{BUYER}/NrVatUE": "811234567",
            "Fa/FaWiersz[0]/P_12": "0 WDT",
        }
    )
    assert not issued.has("Fa/P_14_1")


def test_scenario_11_export(visitor, company):
    person = Person(visitor, company).types(SWISS, line(rate="0 EX"))
    issued = person.opens("party", {"f:Podmiot1/NrEORI": "PL526587763500000"}).issues()
    issued.says(P_13_6_3="2469.12", P_15="2469.12")
    issued.stands(
        {
            "Podmiot1/NrEORI": "PL526587763500000",
            f"{BUYER}/KodKraju": "CH",
            f"{BUYER}/NrID": "CHE-123.456.789",
            "Fa/FaWiersz[0]/P_12": "0 EX",
        }
    )


def test_scenario_12_services_to_the_eu(visitor, company):
    issued = Person(visitor, company).types(GERMAN).presses("answer:service").issues()
    issued.says(P_13_9="2469.12", P_15="2469.12", Adnotacje__P_18="1")
    issued.stands({"Podmiot1/PrefiksPodatnika": "PL", "Fa/FaWiersz[0]/P_12": "np II"})


def test_scenario_13_services_outside_the_eu(visitor, company):
    """Whether the buyer settles the tax is asked, not guessed."""
    person = Person(visitor, company).types(SWISS, line(rate="np I"))
    issued = person.presses("answer:reverse").issues()
    issued.says(P_13_8="2469.12", P_15="2469.12", Adnotacje__P_18="1")
    issued.stands({f"{BUYER}/NrID": "CHE-123.456.789"})


def test_scenario_14_domestic_reverse_charge(visitor, company):
    gas = line(name="Uprawnienia do emisji CO2", rate="oo")
    issued = Person(visitor, company).types(gas).issues()
    issued.says(P_13_10="2469.12", P_15="2469.12", Adnotacje__P_18="1")
    assert not issued.has("Fa/P_14_1")


def test_scenario_15_oss(visitor, company):
    german_rate = line(rate="", P_12_XII="19", Procedura="WSTO_EE", price="100", quantity="1")
    issued = Person(visitor, company).types(PERSON, {"buyer_country": "DE"}, german_rate).issues()
    issued.says(P_13_5="100.00", P_14_5="19.00", P_15="119.00")
    issued.stands({"Fa/FaWiersz[0]/P_12_XII": "19", "Fa/FaWiersz[0]/Procedura": "WSTO_EE"})
    assert not issued.has("Fa/FaWiersz[0]/P_12")


def test_scenario_16_triangular_second_taxpayer(visitor, company):
    lines = line(rate="np I", Procedura="TT_D")
    marks = fields(Adnotacje__P_23="1") | {"f:Podmiot1/PrefiksPodatnika": "PL"}
    person = Person(visitor, company).types(GERMAN, lines).presses("answer:reverse")
    issued = person.opens("tax", marks).issues()
    issued.says(P_13_8="2469.12", Adnotacje__P_23="1", Adnotacje__P_18="1")
    issued.stands({"Podmiot1/PrefiksPodatnika": "PL", f"{BUYER}/KodUE": "DE"})
    issued.stands({"Fa/FaWiersz[0]/Procedura": "TT_D"})


def test_scenario_10_by_a_program(program, company):
    """A program gives the whole tree, with the goods' way as it knows it."""
    german = {"KodUE": "DE", "NrVatUE": "811234567", "Nazwa": "Kaufhaus GmbH"}
    tree = sale(
        company,
        Podmiot1__PrefiksPodatnika="PL",
        Podmiot2__DaneIdentyfikacyjne=german,
        Fa__FaWiersz=[item(P_12="0 WDT")],
        Fa__P_13_6_2="100.00",
        Fa__P_15="100.00",
        Fa__WarunkiTransakcji={"WarunkiDostawy": "DAP Berlin"},
    )
    issued = by_program(program, company, tree)
    issued.says(P_13_6_2="100.00", WarunkiTransakcji__WarunkiDostawy="DAP Berlin")
