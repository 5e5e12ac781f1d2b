"""Each kind of invoice and its correction, made through the form, and taken by the simulator."""

import secrets

import pytest

from invoices.models import Document, Series
from tests.invoice_support import accepted, work
from tests.scenario_support import (
    GERMAN,
    PERSON,
    SWISS,
    Issued,
    Person,
    corrects,
    line,
)
from tests.test_scenarios_advances import advance, settles
from tests.test_scenarios_parties import UNIT, party_boxes

pytestmark = pytest.mark.django_db
KINDS = ("UPR", "ZAL", "ROZ", "KOR", "KOR_ZAL", "KOR_ROZ")


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


@pytest.fixture
def firm(connected):
    """Connected, with numbers of every kind that the simulator has not seen before."""
    for kind in KINDS:
        Series.objects.create(
            company=connected,
            environment="simulator",
            kind=kind,
            pattern=f"{kind}{secrets.token_hex(4)}/{{nr}}",
            reset="never",
        )
    return connected


def taken(simulator, issued: Issued) -> Document:
    """Sends it; the simulator has its very bytes, and the document its number."""
    work()
    issued.document.refresh_from_db()
    assert issued.document.ksef_number, issued.document.submission.problem
    assert len(accepted(simulator, issued.document)) == 1
    return issued.document


SIMPLE = {"buyer_name": "", "buyer_address1": "", "buyer_address2": "", "buyer_country": ""}
SIMPLE |= {"price_mode": "gross"} | line(quantity="1", price="450")


def test_an_invoice_and_its_correction(visitor, firm, simulator):
    first = taken(simulator, Person(visitor, firm).types().issues())
    person = corrects(visitor, first, "lines").presses("save", line(1, price="1 000"))
    assert taken(simulator, person.issues()).kind == "KOR"


def test_a_simplified_invoice_and_its_correction(visitor, firm, simulator):
    first = taken(simulator, Person(visitor, firm, "UPR").types(SIMPLE).issues())
    assert taken(simulator, corrects(visitor, first, "zero").issues()).kind == "KOR"


def test_an_advance_and_its_correction(visitor, firm, simulator):
    first = taken(simulator, advance(visitor, firm).issues())
    assert taken(simulator, corrects(visitor, first, "zero").issues()).kind == "KOR_ZAL"


def test_a_settlement_and_its_correction(visitor, firm, simulator):
    first = taken(simulator, advance(visitor, firm).issues())
    final = taken(simulator, settles(visitor, firm, first).issues())
    person = corrects(visitor, final, "lines").presses("save", line(3, price="30 000"))
    assert taken(simulator, person.issues()).kind == "KOR_ROZ"


@pytest.mark.parametrize("method", ["difference", "zero", "buyer", "number"])
def test_every_way_to_correct(method, visitor, firm, simulator):
    first = taken(simulator, Person(visitor, firm).types().issues())
    person = corrects(visitor, first, method, number="FV/77/A")
    typed = {"buyer": {"buyer_name": "Inna nazwa"}, "difference": line(0, quantity="-1")}
    taken(simulator, person.presses("save", typed.get(method, {})).issues())


FAMILIES = {
    "consumer": (PERSON,),
    "eu goods": (GERMAN, line(rate="0 WDT")),
    "eu services": (GERMAN, line(rate="np II")),
    "export": (SWISS, line(rate="0 EX")),
    "reverse charge": (line(rate="oo"),),
    "oss": (PERSON, line(rate="", P_12_XII="19", Procedura="WSTO_EE")),
    "euro": ({"currency": "EUR", "exchange_rate": "4,2537"},),
    "gross": ({"price_mode": "gross"},),
    "receipt": ({"to_receipt": "1", "price_mode": "gross"},),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_sales(family, visitor, firm, simulator):
    taken(simulator, Person(visitor, firm).types(*FAMILIES[family]).issues())


def test_a_local_government_unit(visitor, firm, simulator):
    person = Person(visitor, firm).types({"jst": "1", "buyer_name": "Gmina Sosnowo"})
    taken(simulator, person.presses("save", party_boxes(UNIT)).issues())


def test_a_margin(visitor, firm, simulator):
    notes = "Fa/Adnotacje/PMarzy"
    person = Person(visitor, firm).types({"price_mode": "gross"}, line(rate=""))
    person.opens("margin", {f"c:{notes}/0": "0"})
    taken(simulator, person.presses("save", {f"c:{notes}/1": "1"}).issues())


def test_an_exempt_sale(visitor, firm, simulator):
    person = Person(visitor, firm).types(line(rate="zw"))
    basis = {"exempt_basis": "art. 43 ust. 1 pkt 29 ustawy o VAT"}
    taken(simulator, person.presses("save", basis).issues())
