"""Scenarios 42 to 50 and 53: corrections, begun from the invoice that they correct."""

import pytest
from django.urls import reverse

from invoices.models import Document
from tests.scenario_support import (
    Issued,
    Person,
    corrects,
    day,
    line,
    numbered,
    with_checksum,
)

pytestmark = pytest.mark.django_db
REFERENCE = "Fa/DaneFaKorygowanej[0]"
RIGHT = "5260250274"


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


@pytest.fixture
def original(visitor, company) -> Document:
    """2 × 1 234.56 at 23 %, with its KSeF number."""
    return numbered(Person(visitor, company).types().issues())


def refers(issued: Issued, original: Document) -> None:
    """The correction names its original as KSeF knows it."""
    issued.stands(
        {
            f"{REFERENCE}/NrFaKorygowanej": original.number,
            f"{REFERENCE}/NrKSeF": "1",
            f"{REFERENCE}/NrKSeFFaKorygowanej": original.ksef_number,
            f"{REFERENCE}/DataWystFaKorygowanej": original.issued_on.isoformat(),
        }
    )


def test_scenario_42_by_line_before_and_after(visitor, original):
    person = corrects(visitor, original, "lines")
    issued = person.presses("save", line(1, price="1 000")).issues()
    issued.says(RodzajFaktury="KOR", PrzyczynaKorekty="pomyłka", P_15="-577.02")
    issued.says(P_13_1="-469.12", P_14_1="-107.90", TypKorekty="1")
    issued.stands({"Fa/FaWiersz[0]/StanPrzed": "1", "Fa/FaWiersz[0]/P_9A": "1234.56"})
    issued.stands({"Fa/FaWiersz[1]/StanPrzed": "", "Fa/FaWiersz[1]/P_9A": "1000"})
    refers(issued, original)


def test_scenario_43_by_difference(visitor, original):
    person = corrects(visitor, original, "difference", reason="zwrot towaru")
    issued = person.presses("save", line(0, quantity="-1")).issues()
    issued.says(RodzajFaktury="KOR", P_13_1="-1234.56", P_14_1="-283.95", P_15="-1518.51")
    issued.stands({"Fa/FaWiersz[0]/P_8B": "-1", "Fa/FaWiersz[0]/StanPrzed": ""})
    refers(issued, original)


def test_scenario_44_to_zero(visitor, original):
    """Exactly the amounts of the original, back."""
    issued = corrects(visitor, original, "zero", reason="zwrot towaru").issues()
    issued.says(P_13_1="-2469.12", P_14_1="-567.90", P_15="-3037.02")
    refers(issued, original)


def test_scenario_45_buyers_data(visitor, original):
    person = corrects(visitor, original, "buyer", reason="błędna nazwa nabywcy")
    issued = person.presses("save", {"buyer_name": "Kawiarnia Pod Lipami"}).issues()
    issued.says(RodzajFaktury="KOR", P_15="0.00")
    issued.stands(
        {
            "Fa/Podmiot2K[0]/DaneIdentyfikacyjne/Nazwa": "Kawiarnia Pod Lipą",
            "Fa/Podmiot2K[0]/DaneIdentyfikacyjne/NIP": "1111111111",
            "Podmiot2/DaneIdentyfikacyjne/Nazwa": "Kawiarnia Pod Lipami",
        }
    )
    assert issued.text("Fa/Podmiot2K[0]/IDNabywcy") == issued.text("Podmiot2/IDNabywcy") != ""
    assert not issued.has("Fa/FaWiersz")
    assert not issued.has("Fa/P_13_1")


def test_scenario_46_wrong_nip(visitor, original):
    """One step makes both: the old NIP's invoice to zero, and a new one."""
    address = reverse("correct-nip", args=[original.company.nip, original.pk])
    typed = {"nip": RIGHT, "name": "Bar Lipa", "address_l1": "ul. Lipowa 3", "country": "PL"}
    typed |= {"address_l2": "", "reason": "błędny NIP nabywcy"}
    visitor.post(address, typed | {"action": "issue"})
    zero = Issued.of(Document.objects.get(kind="KOR"))
    anew = Issued.of(Document.objects.exclude(pk=original.pk).get(kind="VAT"))
    zero.says(P_15="-3037.02")
    zero.stands({"Podmiot2/DaneIdentyfikacyjne/NIP": "1111111111"})
    anew.says(P_15="3037.02", RodzajFaktury="VAT")
    anew.stands({"Podmiot2/DaneIdentyfikacyjne/NIP": RIGHT})
    refers(zero, original)


def test_scenario_47_sellers_data(visitor, original, company):
    """The company's data have changed since."""
    company.address_l1 = "ul. Nowa 7"
    company.save()
    issued = corrects(visitor, original, "seller").issues()
    issued.says(P_15="0.00")
    issued.stands({"Fa/Podmiot1K/Adres/AdresL1": "ul. Leśna 4"})
    issued.stands({"Podmiot1/Adres/AdresL1": "ul. Nowa 7"})


def test_scenario_48_wrong_number(visitor, original):
    issued = corrects(visitor, original, "number", number="FV/77/A").issues()
    issued.says(NrFaKorygowany="FV/77/A", P_15="0.00")
    issued.stands({f"{REFERENCE}/NrFaKorygowanej": original.number})


def rebate(visitor, *documents: Document, **typed: str) -> Issued:
    """Ten percent off the buyer's invoices of a period, from the page of rebates."""
    sent = {
        "faktura": str(documents[0].pk),
        "od": day(-30),
        "do": day(),
        "id": [str(each.pk) for each in documents],
        "way": "percent",
        "percent": "10",
        "scope": "all",
        "period": "ostatnie 30 dni",
        "reason": "premia za obrót",
    }
    company = documents[0].company
    address = reverse("correct-rebate", args=[company.nip])
    answer = visitor.post(address, sent | typed, follow=True)
    return Person.at(visitor, company, answer).issues()


def test_scenario_49_rebate_on_all_supplies(visitor, original, company):
    """Totals only: every invoice is named, and the period."""
    second = numbered(Person(visitor, company).types().issues())
    issued = rebate(visitor, original, second)
    issued.says(RodzajFaktury="KOR", OkresFaKorygowanej="ostatnie 30 dni", P_13_1="-493.82")
    named = {entry["NrFaKorygowanej"] for entry in issued.tree["Fa"]["DaneFaKorygowanej"]}
    assert named == {original.number, second.number}
    assert not issued.has("Fa/FaWiersz")


def test_scenario_50_rebate_on_some_supplies(visitor, original):
    """The goods are named, with nothing but their names (art. 106j ust. 3 pkt 2)."""
    issued = rebate(visitor, original, scope="some", goods="Blat jesionowy")
    issued.says(OkresFaKorygowanej="ostatnie 30 dni", P_13_1="-246.91", P_14_1="-56.79")
    assert issued.tree["Fa"]["FaWiersz"] == [{"NrWierszaFa": "1", "P_7": "Blat jesionowy"}]


def outside(visitor, company, **typed) -> Person:
    """The page for an invoice of another program or of paper."""
    known = {"method": "difference", "reason": "pomyłka", "kind": "VAT", "original_number": "S/3"}
    known |= {"issued_on": day(-40), "buyer_name": "Bar Lipa", "buyer_nip": RIGHT}
    answer = visitor.post(
        reverse("correct-outside", args=[company.nip]), known | typed, follow=True
    )
    return Person.at(visitor, company, answer)


ADDRESS = {"buyer_address1": "ul. Lipowa 3", "buyer_country": "PL"}


def test_scenario_53_invoice_without_a_ksef_number(visitor, company):
    person = outside(visitor, company, without_ksef="1")
    lines = line(name="Zwrot kaucji", quantity="-1", unit="szt.", price="100", rate="23")
    issued = person.presses("save", ADDRESS | lines).issues()
    issued.says(RodzajFaktury="KOR", P_15="-123.00")
    issued.stands({f"{REFERENCE}/NrKSeFN": "1", f"{REFERENCE}/NrFaKorygowanej": "S/3"})


def test_scenario_53_invoice_of_another_program(visitor, company):
    number = with_checksum(f"{company.nip}-20260915-0C0FFE1234AB")
    person = outside(visitor, company, ksef=number)
    lines = line(name="Zwrot", quantity="-1", unit="szt.", price="100", rate="23")
    issued = person.presses("save", ADDRESS | lines).issues()
    issued.stands({f"{REFERENCE}/NrKSeFFaKorygowanej": number, f"{REFERENCE}/NrKSeFN": ""})
