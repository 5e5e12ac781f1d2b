"""Scenarios 33 to 36: settlements beside the invoice, payment, transport and contracts."""

import pytest

from tests.scenario_support import Person, day, fields, line, typed_day

pytestmark = pytest.mark.django_db
BALANCE, PAYMENT, TRADE = "Fa/Rozliczenie", "Fa/Platnosc", "Fa/WarunkiTransakcji"
BEER = line(name="Piwo, butelka 0,5 l", quantity="100", price="4,00")


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


def test_scenario_33_deposit_system(visitor, company):
    """The deposit is no part of the price: it stands beside what the invoice is due."""
    person = Person(visitor, company).types(BEER).opens("balance")
    person.adds(f"{BALANCE}/Obciazenia", {"Kwota": "50,00", "Powod": "kaucja za butelki"})
    sums = fields(Rozliczenie__SumaObciazen="50,00", Rozliczenie__DoZaplaty="542,00")
    issued = person.presses("save", sums).issues()
    issued.says(P_15="492.00", Rozliczenie__SumaObciazen="50.00", Rozliczenie__DoZaplaty="542.00")
    issued.stands({f"{BALANCE}/Obciazenia[0]/Powod": "kaucja za butelki"})


def test_scenario_34_recharged_costs_and_balance(visitor, company):
    person = Person(visitor, company).types(BEER).opens("balance")
    person.adds(f"{BALANCE}/Obciazenia", {"Kwota": "12,50", "Powod": "odsetki"})
    person.adds(f"{BALANCE}/Odliczenia", {"Kwota": "104,50", "Powod": "nadpłata"})
    sums = fields(
        Rozliczenie__SumaObciazen="12,50",
        Rozliczenie__SumaOdliczen="104,50",
        Rozliczenie__DoZaplaty="400,00",
    )
    issued = person.presses("save", sums).issues()
    issued.says(Rozliczenie__SumaOdliczen="104.50", Rozliczenie__DoZaplaty="400.00")


def test_scenario_35_paid(visitor, company):
    paid = {"paid": "1", "paid_on": typed_day(), "payment_method": "1", "due_on": ""}
    issued = Person(visitor, company).types(paid).issues()
    issued.says(Platnosc__Zaplacono="1", Platnosc__DataZaplaty=day())
    issued.says(Platnosc__FormaPlatnosci="1")
    assert issued.document.paid


def test_scenario_35_partly_paid(visitor, company):
    part = {"KwotaZaplatyCzesciowej": "1 000,00", "DataZaplatyCzesciowej": typed_day(-1)}
    person = Person(visitor, company).types().opens("payment")
    part |= {"c:0": "0", "FormaPlatnosci": "2"}
    issued = person.adds(f"{PAYMENT}/ZaplataCzesciowa", part).issues()
    issued.says(Platnosc__ZnacznikZaplatyCzesciowej="1")
    issued.stands({f"{PAYMENT}/ZaplataCzesciowa[0]/KwotaZaplatyCzesciowej": "1000.00"})


def test_scenario_35_skonto_and_link(visitor, company):
    link = "https://bank.example.pl/pay?a=1&IPKSeF=123abcDEF4567"
    texts = fields(
        Platnosc__Skonto__WarunkiSkonta="zapłata w ciągu 3 dni",
        Platnosc__Skonto__WysokoscSkonta="2%",
        Platnosc__LinkDoPlatnosci=link,
        Platnosc__IPKSeF="123abcDEF4567",
    )
    issued = Person(visitor, company).types().opens("payment", texts).issues()
    issued.says(Platnosc__Skonto__WysokoscSkonta="2%", Platnosc__IPKSeF="123abcDEF4567")
    issued.says(Platnosc__LinkDoPlatnosci=link)


def test_scenario_36_contract_and_order(visitor, company):
    person = Person(visitor, company).types().opens("trade")
    person.adds(f"{TRADE}/Umowy", {"DataUmowy": typed_day(-90), "NrUmowy": "U/12/2026"})
    person.adds(f"{TRADE}/Zamowienia", {"DataZamowienia": typed_day(-9), "NrZamowienia": "Z-77"})
    person.presses("add:Fa/WarunkiTransakcji/NrPartiiTowaru")
    issued = person.presses("save", {f"f:{TRADE}/NrPartiiTowaru[0]": "2319-AGS"}).issues()
    issued.stands({f"{TRADE}/Umowy[0]/NrUmowy": "U/12/2026"})
    issued.stands({f"{TRADE}/Zamowienia[0]/DataZamowienia": day(-9)})
    issued.stands({f"{TRADE}/NrPartiiTowaru[0]": "2319-AGS"})


def test_scenario_36_transport(visitor, company):
    place = f"{TRADE}/Transport[0]"
    cargo = {
        f"c:{place}/0": "0",
        f"f:{place}/RodzajTransportu": "3",
        f"f:{place}/NrZleceniaTransportu": "ZT-2026-118",
        f"f:{place}/OpisLadunku": "15",
        f"f:{place}/DataGodzRozpTransportu": f"{typed_day(-1)} 08:00",
        f"f:{place}/DataGodzZakTransportu": f"{typed_day(-1)} 12:30",
    }
    person = Person(visitor, company).types().opens("transport", cargo)
    issued = person.issues()
    issued.stands({f"{place}/RodzajTransportu": "3", f"{place}/OpisLadunku": "15"})
    issued.stands({f"{place}/NrZleceniaTransportu": "ZT-2026-118"})
