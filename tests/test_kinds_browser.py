"""Each kind of invoice issued through the form, taken by KSeF, and corrected from its page."""

import pytest
from playwright.sync_api import expect

from invoices.models import Document
from tests.browser_support import chromium, window
from tests.correct_support import RIGHT_NIP
from tests.kinds_browser_support import Desk, firm

__all__ = ["chromium", "firm", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
ORDER = [("Dom", "307 500", "8"), ("Wykończenie", "35 000", "23")]


@pytest.fixture
def desk(window, firm, simulator) -> Desk:
    """A person at a window 1280 pixels wide."""
    return Desk(window(), firm, simulator)


def corrected(tree: dict) -> list[str]:
    """KSeF numbers of what a correction corrects."""
    return [each["NrKSeFFaKorygowanej"] for each in tree["Fa"]["DaneFaKorygowanej"]]


def test_an_invoice_is_issued_corrected_by_line_and_then_to_zero(desk):
    first = desk.sells_and_sends()
    desk.begins_a_correction("Ceny, ilości albo stawki")
    expect(desk.page.locator(".line-before .line-extras")).to_have_text("Stan przed korektą")
    desk.page.get_by_label("Pozycja 2: Cena", exact=True).fill("1 000")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["RodzajFaktury"], corrected(tree)) == ("KOR", [first.ksef_number])
    assert (tree["Fa"]["P_13_1"], tree["Fa"]["P_15"]) == ("-234.56", "-288.51")
    desk.goes("invoice-detail", first.pk)
    desk.begins_a_correction("Cofnij całą fakturę (do zera)", "zwrot towaru")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["P_15"], corrected(tree)) == ("-1230.00", [first.ksef_number])
    desk.quiet()


def test_data_of_a_buyer_are_corrected(desk):
    first = desk.sells_and_sends()
    desk.begins_a_correction("Dane nabywcy", "błędny adres nabywcy")
    desk.types(street="ul. Rynkowa 10")
    tree = desk.is_taken(desk.issues())
    assert corrected(tree) == [first.ksef_number]
    assert tree["Fa"]["Podmiot2K"][0]["Adres"]["AdresL1"] == "ul. Rynkowa 8"
    assert tree["Podmiot2"]["Adres"]["AdresL1"] == "ul. Rynkowa 10"
    desk.quiet()


def test_a_wrong_nip_makes_two_documents_and_both_are_taken(desk):
    first = desk.sells_and_sends()
    desk.follows("Wystaw korektę")
    desk.page.get_by_role("radio", name="Zły NIP nabywcy").check()
    desk.presses("Zrób szkic korekty")
    desk.types(**{"Właściwy NIP": RIGHT_NIP})
    desk.presses("Pokaż, co wystawimy")
    desk.presses("Wystaw oba dokumenty")
    desk.page.wait_for_url("**/faktury/*-*/")
    both = Document.objects.exclude(pk=first.pk)
    trees = {each.kind: desk.is_taken(each) for each in both}
    assert corrected(trees["KOR"]) == [first.ksef_number]
    assert trees["VAT"]["Podmiot2"]["DaneIdentyfikacyjne"]["NIP"] == RIGHT_NIP
    desk.quiet()


def test_a_simplified_invoice_is_issued_and_corrected(desk):
    desk.begins("UPR")
    desk.page.get_by_role("textbox", name="NIP", exact=True).fill("111-111-11-11")
    desk.sells(price="300")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["RodzajFaktury"], tree["Fa"]["P_15"]) == ("UPR", "369.00")
    desk.begins_a_correction("Cofnij całą fakturę (do zera)")
    assert desk.is_taken(desk.issues())["Fa"]["P_15"] == "-369.00"
    desk.quiet()


def orders(desk, payment: str) -> Document:
    """An advance of an order in two rates, taken by KSeF, on whose page the person then is."""
    desk.begins("ZAL")
    desk.names_the_buyer()
    for at, (name, price, rate) in enumerate(ORDER, start=1):
        if at > 1:
            desk.page.get_by_role("button", name="Dodaj – Pozycja zamówienia").click()
        row = desk.page.get_by_role("group", name=f"Pozycja zamówienia {at}", exact=True)
        row.get_by_label("Nazwa towaru lub usługi").fill(name)
        row.get_by_label("Jednostka miary").fill("szt.")
        row.get_by_label("Ilość").fill("1")
        row.get_by_label("Cena jednostkowa netto").fill(price)
        row.locator("select").first.select_option(rate)
    desk.types(paid=payment)
    document = desk.issues()
    assert desk.is_taken(document)["Fa"]["RodzajFaktury"] == "ZAL"
    return document


def test_an_advance_is_issued_and_corrected(desk):
    first = orders(desk, "20 000")
    desk.begins_a_correction("Cofnij całą fakturę (do zera)", "sprzedaż nie doszła do skutku")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["RodzajFaktury"], tree["Fa"]["P_15"]) == ("KOR_ZAL", "-20000.00")
    assert corrected(tree) == [first.ksef_number]
    desk.quiet()


def test_an_advance_is_settled_and_the_settlement_corrected(desk):
    first = orders(desk, "20 000")
    desk.follows("Rozlicz zaliczki")
    desk.presses("Przygotuj fakturę rozliczającą")
    final = desk.issues()
    tree = desk.is_taken(final)
    assert (tree["Fa"]["RodzajFaktury"], tree["Fa"]["P_15"]) == ("ROZ", "355150.00")
    assert tree["Fa"]["FakturaZaliczkowa"][0]["NrKSeFFaZaliczkowej"] == first.ksef_number
    desk.begins_a_correction("Ceny, ilości albo stawki")
    desk.page.get_by_label("Pozycja 4: Cena", exact=True).fill("30 000")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["RodzajFaktury"], tree["Fa"]["P_15"]) == ("KOR_ROZ", "-6150.00")
    assert corrected(tree) == [final.ksef_number]
    desk.quiet()


def test_one_rebate_corrects_two_invoices(desk):
    sold = [desk.sells_and_sends(price) for price in ("1 000", "500")]
    desk.follows("Wystaw korektę")
    desk.follows("Rabat za okres, do wielu faktur tego nabywcy")
    desk.types(**{"Ile procent": "10"})
    desk.presses("Zrób szkic korekty")
    tree = desk.is_taken(desk.issues())
    assert sorted(corrected(tree)) == sorted(each.ksef_number for each in sold)
    assert tree["Fa"]["P_15"] == "-184.50"
    desk.quiet()


@pytest.mark.parametrize("number", ["5265877635-20261001-010080615740-EC", ""])
def test_an_invoice_of_another_program_is_corrected(desk, number):
    desk.goes("correct-outside")
    if number:
        desk.types(**{"Numer KSeF": number})
    else:
        desk.page.get_by_label("Ta faktura nie ma numeru KSeF").check()
    desk.types(**{"Numer faktury": "S/9/2026", "NIP nabywcy": "1111111111"})
    desk.types(**{"Data wystawienia": "2026-10-01", "Nazwa nabywcy": "Kawiarnia Pod Lipą"})
    desk.page.get_by_role("radio", name="Tylko różnica").check()
    desk.types(reason="rabat po sprzedaży")
    desk.presses("Zrób szkic korekty")
    desk.types(street="ul. Rynkowa 8")
    desk.sells(price="-100")
    tree = desk.is_taken(desk.issues())
    assert tree["Fa"]["DaneFaKorygowanej"][0]["NrFaKorygowanej"] == "S/9/2026"
    assert tree["Fa"]["P_15"] == "-123.00"
    desk.quiet()


def test_without_a_script_advances_are_settled(window, firm, simulator):
    desk = Desk(window(java_script_enabled=False), firm, simulator)
    first = orders(desk, "20 000")
    desk.goes("advance-settle")
    expect(desk.page.get_by_role("checkbox", name=first.number)).to_be_checked()
    desk.presses("Przygotuj fakturę rozliczającą")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["RodzajFaktury"], tree["Fa"]["P_15"]) == ("ROZ", "355150.00")


def test_an_advance_takes_the_rest_of_its_order_without_a_settlement(desk):
    first = orders(desk, "20 000")
    desk.picks_from("Powiel", "Kolejna zaliczka")
    expect(desk.box("Ile wpłynęło")).to_have_value("355 150,00")
    desk.presses("Przygotuj fakturę zaliczkową")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["RodzajFaktury"], tree["Fa"]["P_15"]) == ("ZAL", "355150.00")
    assert tree["Fa"]["FakturaZaliczkowa"][0]["NrKSeFFaZaliczkowej"] == first.ksef_number
    desk.quiet()


def test_only_the_difference_is_corrected(desk):
    first = desk.sells_and_sends(price="1 000")
    desk.begins_a_correction("Tylko różnica", "zwrot towaru")
    desk.types(amount="-1")
    tree = desk.is_taken(desk.issues())
    assert (tree["Fa"]["P_15"], corrected(tree)) == ("-1230.00", [first.ksef_number])
    desk.quiet()
