"""What surrounds the kinds: outside KSeF, pro formas, registers, duplicates, payments, rhythms."""

import re

import pypdfium2
import pytest
import zxingcpp
from django.urls import reverse
from playwright.sync_api import expect

from invoices.models import Document, Proforma, Recurring
from tests.browser_support import chromium, window
from tests.invoice_support import control, work
from tests.kinds_browser_support import Desk, firm
from tests.test_contractors import contractor_made
from tests.test_products import product_made

__all__ = ["chromium", "firm", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
SUPPLIER = "7740001454"
HOTEL = "9990582186"  # known to the simulator's white list


@pytest.fixture
def desk(window, firm, simulator) -> Desk:
    """A person at a window 1280 pixels wide."""
    return Desk(window(), firm, simulator)


@pytest.fixture
def plain_desk(window, firm, simulator) -> Desk:
    """The same where scripts are turned off."""
    return Desk(window(java_script_enabled=False), firm, simulator)


def codes(data: bytes) -> list[str]:
    """The texts of all bar codes and QR codes of a PDF."""
    images = [page.render(scale=3).to_pil() for page in pypdfium2.PdfDocument(data)]
    return [code.text for image in images for code in zxingcpp.read_barcodes(image)]


def test_an_invoice_for_a_consumer_stays_outside_ksef(desk):
    desk.begins()
    desk.page.get_by_role("radio", name="Osoba bez NIP").check()
    desk.types(buyer="Anna Lis", street="ul. Rynkowa 8")
    desk.sells()
    desk.picks_from("Inny tryb", "Wystaw poza KSeF")
    desk.page.get_by_role("button", name=re.compile("Poza KSeF: konsument")).click()
    document = desk.issues("Wystaw poza KSeF")
    desk.is_not_sent(document)
    assert document.number.startswith("P/")
    desk.page.reload()
    expect(desk.page.get_by_role("heading", name="Faktura jest ważna poza KSeF")).to_be_visible()
    expect(desk.page.get_by_role("heading", name="Kod QR")).to_have_count(0)
    link = desk.page.get_by_role("link", name="Faktura PDF").get_attribute("href")
    desk.page.request.get(link)  # the first who asks orders the print
    work()
    printed = desk.page.request.get(link).body()
    assert printed.startswith(b"%PDF")
    assert codes(printed) == []
    desk.quiet()


def test_a_pro_forma_is_never_sent_and_becomes_an_invoice_by_one_click(desk):
    desk.goes("invoice-new", query="?pro-forma=1")
    desk.names_the_buyer()
    desk.sells()
    desk.presses("Wystaw pro formę")
    expect(desk.page.get_by_text("To nie jest faktura", exact=True)).to_be_visible()
    work()
    assert not Document.objects.exists()
    desk.presses("Wystaw fakturę")
    document = desk.issues()
    desk.is_taken(document)
    assert Proforma.objects.get().invoice == document
    desk.goes("proforma", Proforma.objects.get().pk)
    expect(desk.page.get_by_role("link", name=document.number)).to_be_visible()
    desk.quiet()


def test_a_supplier_is_billed_in_its_name(desk, simulator):
    allowed = {"seller": SUPPLIER, "nip": desk.company.nip, "revoked": False}
    control(simulator, "POST", "/authorizations", json=allowed)
    desk.goes("self-billing")
    desk.types(**{"NIP dostawcy": SUPPLIER}, buyer="Tartak Bory", street="ul. Tartaczna 1")
    desk.presses("Otwórz fakturę w imieniu dostawcy")
    desk.sells("Deska dębowa")
    tree = desk.is_taken(desk.issues())
    assert tree["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] == SUPPLIER
    assert tree["Podmiot2"]["DaneIdentyfikacyjne"]["NIP"] == desk.company.nip
    desk.quiet()


def test_a_duplicate_is_another_invoice(desk):
    first = desk.sells_and_sends()
    desk.picks_from("Powiel", "Powiel jako nowy szkic")
    second = desk.issues()
    tree = desk.is_taken(second)
    assert tree["Fa"]["FaWiersz"][0]["P_7"] == "Blat jesionowy"
    assert second.number != first.number
    assert second.ksef_number != first.ksef_number
    desk.quiet()


def test_a_picked_buyer_and_a_picked_product_make_an_invoice(desk):
    contractor_made(desk.company)
    product_made(desk.company)
    desk.begins()
    desk.page.get_by_label("Zapisany kontrahent").press_sequentially("bursz")
    desk.page.get_by_role("button", name="Hotel Bursztyn").click()
    expect(desk.page.get_by_role("textbox", name="NIP", exact=True)).to_have_value("5859990128")
    desk.page.get_by_label("Pozycja 1: Nazwa towaru lub usługi").press_sequentially("stó")
    desk.page.locator("#product-picks .pick").click()
    expect(desk.page.get_by_label("Pozycja 1: Cena", exact=True)).to_have_value("4850,00")
    document = desk.issues()
    tree = desk.is_taken(document)
    assert tree["Podmiot2"]["DaneIdentyfikacyjne"]["NIP"] == "5859990128"
    assert tree["Fa"]["P_13_1"] == "4850.00"
    assert document.contractor == desk.company.contractors.get()
    desk.quiet()


def test_registers_give_the_buyer_and_the_rate_and_the_proof_is_shown(desk):
    desk.begins()
    desk.page.get_by_role("textbox", name="NIP", exact=True).fill(HOTEL)
    desk.presses("Pobierz po NIP")
    expect(desk.box("Nazwa albo imię i nazwisko")).to_have_value(re.compile("^HOTEL NAD RZEKĄ"))
    desk.page.get_by_label("Waluta").first.select_option("EUR")
    desk.sells(price="1 000")
    desk.presses("Pobierz kurs NBP")
    expect(desk.page.get_by_role("button", name="Zastąp kursem NBP")).to_be_visible()
    tree = desk.is_taken(desk.issues())
    assert tree["Fa"]["KodWaluty"] == "EUR"
    assert tree["Fa"]["P_14_1W"]
    expect(desk.page.locator("#proofs")).to_contain_text("/A/NBP/")
    desk.quiet()


def test_an_invoice_is_paid_in_part_and_then_wholly(desk):
    desk.sells_and_sends(price="1 000")
    part = desk.page.locator("#payments")
    part.get_by_text("Zapisz wpłatę albo zwrot").click()
    part.get_by_label("Kwota").fill("230,00")
    part.get_by_role("button", name="Zapisz wpłatę").click()
    expect(part).to_contain_text("Do zapłaty 1\u00a0000,00\u00a0zł")
    part.get_by_role("button", name="Oznacz jako zapłaconą").click()
    expect(part).to_contain_text("Zapłacona w całości.")
    desk.quiet()


# --- Without a script ---------------------------------------------------------------------------
def test_without_a_script_an_invoice_is_corrected(plain_desk):
    first = plain_desk.sells_and_sends()
    plain_desk.begins_a_correction("Cofnij całą fakturę (do zera)", "zwrot towaru")
    tree = plain_desk.is_taken(plain_desk.issues())
    assert tree["Fa"]["DaneFaKorygowanej"][0]["NrKSeFFaKorygowanej"] == first.ksef_number


def test_without_a_script_a_rebate_is_given(plain_desk):
    plain_desk.sells_and_sends(price="1 000")
    plain_desk.goes("correct-rebate")
    plain_desk.types(**{"Nazwa albo NIP nabywcy": "kawiarnia"})
    plain_desk.presses("Szukaj")
    plain_desk.follows("Kawiarnia Pod Lipą")
    plain_desk.types(**{"Ile procent": "10"})
    plain_desk.presses("Zrób szkic korekty")
    assert plain_desk.is_taken(plain_desk.issues())["Fa"]["P_15"] == "-123.00"


def test_without_a_script_a_contractor_is_saved(plain_desk):
    plain_desk.goes("contractor-new")
    plain_desk.types(Numer=HOTEL)
    plain_desk.presses("Pobierz dane z rejestru")
    expect(plain_desk.box("Nazwa albo imię i nazwisko")).not_to_have_value("")
    plain_desk.presses("Zapisz kontrahenta")
    expect(plain_desk.page.get_by_role("heading", level=1)).to_contain_text("HOTEL NAD RZEKĄ")
    assert plain_desk.company.contractors.get().id_number == HOTEL


def test_without_a_script_an_invoice_is_repeated(plain_desk):
    document = plain_desk.sells_and_sends()
    plain_desk.goes("recurring-new", query=f"?faktura={document.pk}")
    plain_desk.types(**{"Nazwa szablonu": "Abonament"})
    plain_desk.presses("Zapisz szablon")
    row = Recurring.objects.get()
    assert plain_desk.page.url.endswith(reverse("recurring-detail", args=[row.company.nip, row.pk]))
    expect(plain_desk.page.get_by_role("heading", level=1)).to_have_text("Abonament")
