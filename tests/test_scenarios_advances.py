"""Scenarios 37 to 41, 51 and 52: advances, their settlement, and corrections of both."""

import pytest
from django.urls import reverse

from invoices.models import Document
from tests.scenario_support import Person, corrects, day, line, numbered, typed_day

pytestmark = pytest.mark.django_db
ORDER = "Fa/Zamowienie/ZamowienieWiersz"


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


def row(at: int, **texts: str) -> dict[str, str]:
    """Boxes of a row of the order."""
    return {f"f:{ORDER}[{at}]/{name}": text for name, text in texts.items()}


HOUSE = row(0, P_7Z="Dom", P_8AZ="szt.", P_8BZ="1", P_9AZ="307 500", P_12Z="8")
EXTRAS = row(1, P_7Z="Wykończenie", P_8AZ="kpl.", P_8BZ="1", P_9AZ="35 000", P_12Z="23")
PAID = {"advance_payment": "20 000", "sale_on": typed_day(-2)}
# On the page of a new advance there is one empty row of the order and no line.
NO_LINE = {f"line-0-{name}": "" for name in ("name", "quantity", "unit", "price")}


def advance(visitor, company, **more: str) -> Person:
    """An advance of 20 000 for a house of 375 150, mixed rates."""
    person = Person(visitor, company, "ZAL").types(NO_LINE, HOUSE, PAID | more)
    return person.presses(f"add:{ORDER}").presses("save", EXTRAS)


def paid(visitor, company, **more: str) -> Document:
    return numbered(advance(visitor, company, **more).issues())


def settles(visitor, company, *advances: Document, **more) -> Person:
    """The page that settles what was ticked on it."""
    order = advances[0].pk.hex
    sent = {"form": order, "zal": [str(each.pk) for each in advances], **more}
    answer = visitor.post(reverse("advance-settle", args=[company.nip]), sent, follow=True)
    return Person.at(visitor, company, answer)


def test_scenario_37_advance(visitor, company):
    """The shares of the rates are those of the order: 332 100 and 43 050 of 375 150."""
    issued = advance(visitor, company).issues()
    issued.says(RodzajFaktury="ZAL", P_6=day(-2), P_15="20000.00")
    issued.says(P_13_2="16393.44", P_14_2="1311.48", P_13_1="1865.92", P_14_1="429.16")
    issued.says(Zamowienie__WartoscZamowienia="375150.00")
    assert not issued.has("Fa/FaWiersz")


def test_scenario_38_several_payments(visitor, company):
    person = advance(visitor, company, **{"advance_payment": ""})
    payments = [("5 000", typed_day(-3)), ("7 000", typed_day(-2))]
    for at, (amount, on) in enumerate(payments):
        person.presses("add:Fa/ZaliczkaCzesciowa")
        place = f"f:Fa/ZaliczkaCzesciowa[{at}]"
        person.presses("save", {f"{place}/P_6Z": on, f"{place}/P_15Z": amount})
    issued = person.issues()
    issued.says(P_15="12000.00")
    issued.stands({"Fa/ZaliczkaCzesciowa[1]/P_15Z": "7000"})
    issued.stands({"Fa/ZaliczkaCzesciowa[0]/P_6Z": day(-3)})


def test_scenario_39_last_advance_of_the_whole_order(visitor, company):
    """It names the earlier ones, for there will be no settlement (art. 106f ust. 4)."""
    first = paid(visitor, company)
    address = reverse("advance-next", args=[company.nip, first.pk])
    answer = visitor.post(address, {"payment": "355 150,00"}, follow=True)
    issued = Person.at(visitor, company, answer).issues()
    issued.says(RodzajFaktury="ZAL", P_15="355150.00")
    issued.stands({"Fa/FakturaZaliczkowa[0]/NrKSeFFaZaliczkowej": first.ksef_number})


def test_scenario_40_settlement(visitor, company):
    """All lines of the order, and of each rate what is left to pay."""
    first = paid(visitor, company)
    issued = settles(visitor, company, first).issues()
    issued.says(RodzajFaktury="ROZ", P_15="355150.00")
    issued.says(P_13_2="291106.56", P_14_2="23288.52", P_13_1="33134.08", P_14_1="7620.84")
    issued.stands({"Fa/FakturaZaliczkowa[0]/NrKSeFFaZaliczkowej": first.ksef_number})
    assert len(issued.tree["Fa"]["FaWiersz"]) == 2


def test_scenario_41_advance_of_the_same_month(visitor, company):
    """A payment that had no invoice of its own stands in the final one (art. 106b ust. 1a)."""
    person = Person(visitor, company, "ROZ").types(line(quantity="1", price="1000"))
    person.opens("advance")
    place = "f:Fa/ZaliczkaCzesciowa[0]"
    person.presses("add:Fa/ZaliczkaCzesciowa")
    person.presses("save", {f"{place}/P_6Z": typed_day(-1), f"{place}/P_15Z": "300"})
    issued = person.issues()
    issued.says(RodzajFaktury="ROZ", P_13_1="1000.00", P_15="1230.00")
    issued.stands({"Fa/ZaliczkaCzesciowa[0]/P_15Z": "300"})
    assert not issued.has("Fa/FakturaZaliczkowa")


def test_scenario_51_correction_of_an_advance(visitor, company):
    """Another rate: the order before and after, and the same payment in other shares."""
    first = paid(visitor, company)
    person = corrects(visitor, first, "lines")
    issued = person.presses("save", row(1, P_12Z="23", P_9AZ="270 000")).issues()
    issued.says(RodzajFaktury="KOR_ZAL", P_15ZK="20000.00", P_15="0.00")
    issued.says(P_13_2="-16393.44", P_14_2="-1311.48", P_13_1="14394.24", P_14_1="3310.68")
    issued.stands({"Fa/DaneFaKorygowanej[0]/NrKSeFFaKorygowanej": first.ksef_number})
    assert issued.text(f"{ORDER}[0]/StanPrzedZ") == "1"


def test_scenario_51_another_payment(visitor, company):
    """Less was paid than the advance said: the difference in the shares of the order."""
    person = corrects(visitor, paid(visitor, company), "lines")
    issued = person.opens("calc", {"f:Fa/P_15": "-5 000"}).issues()
    issued.says(P_15ZK="20000.00", P_15="-5000.00", P_13_2="-4098.36", P_13_1="-466.48")


def test_scenario_51_advance_to_zero(visitor, company):
    first = paid(visitor, company)
    issued = corrects(visitor, first, "zero").issues()
    issued.says(RodzajFaktury="KOR_ZAL", P_15ZK="20000.00", P_15="-20000.00")


def test_scenario_52_correction_of_a_settlement(visitor, company):
    """Rows before and after, the advances named again, and the amount before."""
    first = paid(visitor, company)
    final = numbered(settles(visitor, company, first).issues())
    person = corrects(visitor, final, "lines")
    person.presses("save", line(3, price="30 000"))
    issued = person.issues()
    issued.says(RodzajFaktury="KOR_ROZ", P_15ZK="355150.00", P_15="-6150.00")
    issued.says(P_13_1="-5000.00", P_14_1="-1150.00")
    issued.stands({"Fa/FakturaZaliczkowa[0]/NrKSeFFaZaliczkowej": first.ksef_number})
