"""Scenarios 17 to 22, 31 and 32, 54 to 57: special procedures, currencies, attachments."""

import pytest

from ksefapp.lib import clock
from tests.scenario_support import (
    GERMAN,
    PERSON,
    Person,
    by_program,
    day,
    fields,
    item,
    line,
    sale,
    typed_day,
)

pytestmark = pytest.mark.django_db
NOTES, CAR = "Fa/Adnotacje", "Fa/Adnotacje/NoweSrodkiTransportu"


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


@pytest.mark.parametrize(
    ("choice", "flag"),
    [("0", "P_PMarzy_2"), ("1", "P_PMarzy_3_1"), ("2", "P_PMarzy_3_2"), ("3", "P_PMarzy_3_3")],
    ids=["travel", "used", "art", "antiques"],
)
def test_scenario_17_margin(choice, flag, visitor, company):
    used = line(name="Samochód używany", quantity="1", price="24 000", rate="")
    person = Person(visitor, company).types({"price_mode": "gross"}, used)
    person.opens("margin", {f"c:{NOTES}/PMarzy/0": "0"})
    issued = person.presses("save", {f"c:{NOTES}/PMarzy/1": choice}).issues()
    issued.says(P_13_11="24000.00", P_15="24000.00", Adnotacje__PMarzy__P_PMarzy="1")
    issued.stands({f"{NOTES}/PMarzy/{flag}": "1", "Fa/FaWiersz[0]/P_11A": "24000.00"})
    assert not issued.has("Fa/FaWiersz[0]/P_12")
    assert not issued.has("Fa/P_14_1")


def test_scenario_17_margin_beside_ordinary_lines(program, company):
    used = item(P_9A=None, P_11=None, P_12=None, P_9B="24000.00", P_11A="24000.00")
    tree = sale(
        company,
        Fa__FaWiersz=[used, item(2)],
        Fa__Adnotacje__PMarzy={"P_PMarzy": "1", "P_PMarzy_3_1": "1"},
        Fa__P_13_1="100.00",
        Fa__P_14_1="23.00",
        Fa__P_13_11="24000.00",
        Fa__P_15="24123.00",
    )
    by_program(program, company, tree).says(P_13_11="24000.00", P_14_1="23.00", P_15="24123.00")


def test_scenario_18_split_payment(visitor, company):
    """Over 15 000 PLN with goods of annex 15 the annotation is proposed."""
    steel = line(name="Pręty stalowe", quantity="100", price="200", P_12_Zal_15="1")
    account = {"account": "61 1090 1014 0000 0712 1981 2874"}
    issued = Person(visitor, company).types(steel, account).presses("answer:split").issues()
    issued.says(P_15="24600.00", Adnotacje__P_18A="1", Platnosc__FormaPlatnosci="6")
    issued.stands({"Fa/FaWiersz[0]/P_12_Zal_15": "1"})
    issued.stands({"Fa/Platnosc/RachunekBankowy[0]/NrRB": "61109010140000071219812874"})


def test_scenario_19_cash_accounting(visitor, company):
    company.cash_accounting = True
    company.save()
    person = Person(visitor, company).types().opens("tax", fields(Adnotacje__P_16="1"))
    person.issues().says(Adnotacje__P_16="1", P_13_1="2469.12")


def test_scenario_21_foreign_currency(visitor, company):
    """VAT in PLN per rate, at the rate of the last table before the sale."""
    euro = {"currency": "EUR", "exchange_rate": "4,2537"} | line(quantity="1", price="1000")
    issued = Person(visitor, company).types(euro).issues()
    issued.says(KodWaluty="EUR", P_13_1="1000.00", P_14_1="230.00", P_14_1W="978.35")
    issued.stands({"Fa/FaWiersz[0]/KursWaluty": "4.2537"})


def test_scenario_21_each_line_at_its_own_rate(visitor, company):
    first = {"currency": "EUR"} | line(quantity="1", price="1000", KursWaluty="4,2537")
    person = Person(visitor, company).types(first).presses("add-line")
    second = line(1, name="Montaż", quantity="1", price="500", rate="23", KursWaluty="4,26")
    issued = person.presses("save", second).issues()
    issued.says(P_13_1="1500.00", P_14_1="345.00", P_14_1W="1468.25")


def test_scenario_22_price_agreed_in_euro(visitor, company):
    agreed = fields(WarunkiTransakcji__KursUmowny="4,30", WarunkiTransakcji__WalutaUmowna="EUR")
    issued = Person(visitor, company).types().opens("trade", agreed).issues()
    issued.says(KodWaluty="PLN", WarunkiTransakcji__KursUmowny="4.30")
    issued.says(WarunkiTransakcji__WalutaUmowna="EUR")


def test_scenario_31_new_means_of_transport(visitor, company):
    car = line(name="Samochód osobowy", quantity="1", price="80 000")
    person = Person(visitor, company).types(GERMAN, car).presses("answer:goods")
    person.opens("vehicles", {f"c:{CAR}/0": "0", f"f:{CAR}/P_42_5": "2"})
    vehicle = {"P_22A": typed_day(-20), "P_NrWierszaNST": "1", "P_22BMK": "Toyota"}
    vehicle |= {"P_22B": "12 km", "P_22B1": "WVWZZZ1JZXW000001"}
    item_path = f"{CAR}/NowySrodekTransportu[0]"
    person.presses("save", {f"f:{item_path}/{name}": text for name, text in vehicle.items()})
    issued = person.issues()
    issued.says(P_13_6_2="80000.00", Adnotacje__NoweSrodkiTransportu__P_22="1")
    issued.stands(
        {f"{item_path}/P_22A": day(-20), f"{item_path}/P_22B1": "WVWZZZ1JZXW000001"}
        | {f"{CAR}/P_42_5": "2"}
    )


def test_scenario_32_fuel_of_a_fleet(visitor, company):
    """FA(3) has no field for the registration of an ordinary car: it is a description."""
    fuel = line(name="Olej napędowy", quantity="52,35", unit="l", price="5,20", GTU="GTU_02")
    fuel |= line(KwotaAkcyzy="61,40")
    person = Person(visitor, company).types(fuel).opens("extra")
    about = {"NrWiersza": "1", "Klucz": "Nr rejestracyjny", "Wartosc": "WX 12345"}
    issued = person.adds("Fa/DodatkowyOpis", about).issues()
    issued.stands({"Fa/DodatkowyOpis[0]/NrWiersza": "1", "Fa/FaWiersz[0]/GTU": "GTU_02"})
    issued.stands({"Fa/FaWiersz[0]/KwotaAkcyzy": "61.40", "Fa/FaWiersz[0]/P_8B": "52.35"})


def test_scenario_32_farmers_diesel(visitor, company):
    person = Person(visitor, company).types().opens("extra", fields(ZwrotAkcyzy="1"))
    person.issues().says(ZwrotAkcyzy="1")


def test_scenario_54_attachment(program, company):
    """The company has told the tax office that it sends attachments."""
    company.attachments_notified_on = clock.today()
    company.save()
    block = {
        "ZNaglowek": "Licznik 7731",
        "MetaDane": [{"ZKlucz": "Punkt poboru", "ZWartosc": "PL0037"}],
        "Tekst": {"Akapit": ["Odczyt zdalny."]},
        "Tabela": [
            {
                "TNaglowek": {
                    "Kol": [
                        {"@Typ": "date", "NKom": "Dzień"},
                        {"@Typ": "dec", "NKom": "kWh"},
                    ]
                },
                "Wiersz": [{"WKom": [day(-1), "18.5"]}],
            }
        ],
    }
    tree = sale(
        company,
        Fa__FaWiersz=[item()],
        Fa__P_13_1="100.00",
        Fa__P_14_1="23.00",
        Fa__P_15="123.00",
        Zalacznik__BlokDanych=[block],
    )
    issued = by_program(program, company, tree)
    issued.stands({"Zalacznik/BlokDanych[0]/MetaDane[0]/ZWartosc": "PL0037"})
    issued.stands({"Zalacznik/BlokDanych[0]/Tabela[0]/TNaglowek/Kol[1]/@Typ": "dec"})


def test_scenario_55_related_parties(visitor, company):
    person = Person(visitor, company).types().opens("tax", fields(TP="1"))
    person.issues().says(TP="1")


def test_scenario_56_intermediary_of_a_chain(visitor, company):
    chain = fields(WarunkiTransakcji__PodmiotPosredniczacy="1")
    person = Person(visitor, company).types(GERMAN).presses("answer:goods").opens("trade", chain)
    person.issues().says(WarunkiTransakcji__PodmiotPosredniczacy="1", P_13_6_2="2469.12")


@pytest.mark.parametrize("procedure", ["B_SPV", "B_SPV_DOSTAWA", "B_MPV_PROWIZJA"])
def test_scenario_57_vouchers(procedure, visitor, company):
    issued = Person(visitor, company).types(PERSON, line(Procedura=procedure)).issues()
    issued.stands({"Fa/FaWiersz[0]/Procedura": procedure})


@pytest.mark.parametrize("procedure", ["I_42", "I_63"])
def test_scenario_57_supplies_after_import(procedure, visitor, company):
    person = Person(visitor, company).types(GERMAN, line(Procedura=procedure))
    issued = person.presses("answer:goods").issues()
    issued.stands({"Fa/FaWiersz[0]/Procedura": procedure, "Fa/FaWiersz[0]/P_12": "0 WDT"})
