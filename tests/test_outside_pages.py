"""The pages of the relief and of pro formas, with what they let a person do."""

from decimal import Decimal

import pytest
from django.urls import reverse

from invoices.models import Document, Draft, Proforma
from invoices.render import pdf
from ksefapp.lib import clock
from tests.cast import logged_in
from tests.fa3_support import invoice
from tests.form_support import FILLED, boxes
from tests.outside_support import gross, proforma_made
from tests.render_support import needs_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(owner):
    return logged_in(owner)


def url(company, name: str, *args) -> str:
    return reverse(name, args=[company.nip, *args])


def text(response) -> str:
    return response.content.decode().replace("\xa0", " ")


# --- The relief -----------------------------------------------------------------------------
def month() -> str:
    return f"{clock.today():%Y-%m}"


def test_the_month_is_counted(company, owner, browser):
    gross(company, owner, "1234.56")
    shown = text(browser.get(url(company, "relief")))
    assert "1 234,56 zł" in shown
    assert "8 765,44 zł" in shown


def test_sales_of_other_programs_are_entered(company, browser):
    sent = {"month": month(), "amount": "1 000,50", "note": "sklep"}
    answer = browser.post(url(company, "relief-entry"), sent)
    assert answer.status_code == 302
    assert company.relief_entries.get().amount == Decimal("1000.50")
    assert "sklep" in text(browser.get(url(company, "relief")))


@pytest.mark.parametrize("amount", ["", "dużo", "0", "10 000,01", "1,005"])
def test_an_amount_that_cannot_be_is_told_at_its_box(company, browser, amount):
    sent = {"month": month(), "amount": amount}
    assert browser.post(url(company, "relief-entry"), sent).status_code == 422
    assert not company.relief_entries.exists()


@pytest.mark.parametrize("asked", ["2026-03", "2027-01", "kiedyś", ""])
def test_months_without_the_relief_are_not_offered(company, browser, asked):
    sent = {"month": asked, "amount": "1,00"}
    assert browser.post(url(company, "relief-entry"), sent).status_code == 422


def test_the_loss_is_recorded_by_who_is_sure(company, browser):
    sent = {"lost_on": clock.today().isoformat()}
    assert browser.post(url(company, "relief-loss"), sent).status_code == 422
    assert browser.post(url(company, "relief-loss"), sent | {"sure": "on"}).status_code == 302
    assert company.relief_losses.get().why == "declared"
    shown = text(browser.get(url(company, "relief")))
    assert "Ulga przepadła na stałe" in shown
    assert url(company, "relief-loss") not in shown


def test_who_only_looks_enters_nothing(company, viewer):
    shown = text(logged_in(viewer).get(url(company, "relief")))
    assert url(company, "relief-entry") not in shown


# --- Pro formas -----------------------------------------------------------------------------
def test_the_empty_form_is_one_of_a_pro_forma(company, browser):
    shown = text(browser.get(url(company, "invoice-new") + "?pro-forma=1"))
    assert "Wystaw pro formę" in shown
    assert "PF/1/" in shown
    assert 'value="issue:online"' not in shown
    assert 'value="outside"' not in shown


def test_the_form_issues_a_pro_forma(company, browser):
    sent = boxes(browser.get(url(company, "invoice-new") + "?pro-forma=1")) | FILLED
    answer = browser.post(url(company, "invoice-new"), sent | {"action": "issue:proforma"})
    row = Proforma.objects.get()
    assert answer["Location"] == url(company, "proforma", row.pk)
    assert str(row.gross) == "3037.02"
    assert not Document.objects.exists()


@pytest.mark.parametrize("action", ["issue:online", "issue:poza", "issue:", "issue-lost:poza"])
def test_no_button_makes_an_invoice_of_its_form(company, browser, action):
    sent = boxes(browser.get(url(company, "invoice-new") + "?pro-forma=1")) | FILLED
    browser.post(url(company, "invoice-new"), sent | {"action": action})
    assert not Document.objects.exists()


def test_a_draft_stays_one_of_a_pro_forma(company, browser):
    sent = boxes(browser.get(url(company, "invoice-new") + "?pro-forma=1")) | FILLED
    browser.post(url(company, "invoice-new"), sent | {"action": "save"})
    draft = Draft.objects.get()
    shown = text(browser.get(url(company, "invoice-draft", draft.pk)))
    assert draft.options["proforma"] is True
    assert "Wystaw pro formę" in shown


def test_a_form_sent_twice_leads_to_the_same_pro_forma(company, browser):
    page = url(company, "invoice-new") + "?pro-forma=1"
    browser.post(url(company, "invoice-new"), boxes(browser.get(page)) | FILLED)
    there = url(company, "invoice-draft", Draft.objects.get().pk)
    sent = boxes(browser.get(there)) | {"action": "issue:proforma"}
    answers = [browser.post(there, sent) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Proforma.objects.count() == 1


def test_an_empty_pro_forma_says_what_it_lacks(company, browser):
    sent = boxes(browser.get(url(company, "invoice-new") + "?pro-forma=1"))
    answer = browser.post(url(company, "invoice-new"), sent | {"action": "issue:proforma"})
    assert answer.status_code == 422
    assert "Wpisz nabywcę" in text(answer)


def test_the_list_finds_it(company, owner, browser):
    row = proforma_made(company, owner)
    assert row.number in text(browser.get(url(company, "proforma-list") + "?q=kawiarnia"))
    assert row.number not in text(browser.get(url(company, "proforma-list") + "?q=piekarnia"))
    assert url(company, "proforma-list") in text(browser.get(url(company, "invoice-list")))


def test_it_is_in_no_sum_of_invoices(company, owner, browser):
    proforma_made(company, owner, price="777.00")
    assert "777,00" not in text(browser.get(url(company, "invoice-list")))


def test_one_click_opens_the_draft_of_the_invoice(company, owner, browser):
    row = proforma_made(company, owner)
    places = [browser.post(url(company, "proforma-invoice", row.pk))["Location"] for _ in "ab"]
    assert places[0] == places[1] == url(company, "invoice-draft", Draft.objects.get().pk)
    assert "Otwórz szkic faktury" in text(browser.get(url(company, "proforma", row.pk)))


def test_it_is_cancelled_on_its_page(company, owner, browser):
    row = proforma_made(company, owner)
    browser.post(url(company, "proforma-cancel", row.pk))
    shown = text(browser.get(url(company, "proforma", row.pk)))
    assert "Pro forma jest anulowana" in shown
    assert url(company, "proforma-invoice", row.pk) not in shown


def test_it_is_restored_on_its_page(company, owner, browser):
    row = proforma_made(company, owner)
    browser.post(url(company, "proforma-cancel", row.pk))
    assert "Przywróć pro formę" in text(browser.get(url(company, "proforma", row.pk)))
    browser.post(url(company, "proforma-restore", row.pk))
    shown = text(browser.get(url(company, "proforma", row.pk)))
    assert "Wystaw fakturę" in shown
    assert "Przywróć pro formę" not in shown


@needs_pdf
def test_its_print_is_a_pdf(company, owner, browser):
    answer = browser.get(url(company, "proforma-pdf", proforma_made(company, owner).pk))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


# --- The print ------------------------------------------------------------------------------
def printed(language: str, environment: str = "production") -> str:
    options = {"ksef_number": None, "link": None, "sha256": "", "state": "proforma"}
    return pdf.invoice_html(invoice(), language=language, environment=environment, **options)


@pytest.mark.parametrize("language", ["pl", "en", "pl-en"])
def test_every_page_says_that_it_is_no_invoice(language):
    html = printed(language)
    for part in ("running-head", "first-head"):
        head = html.split(f'class="{part}"')[1].split("</div>")[0]
        assert "Pro forma, to nie jest faktura" in head


@pytest.mark.parametrize("language", ["pl", "en", "pl-en"])
def test_it_says_nothing_of_ksef_and_has_no_code(language):
    body = printed(language).split("</style>")[1]
    assert "KSeF" not in body
    assert "SHA-256" not in body
    assert "<img" not in body


def test_it_is_headed_pro_forma_and_not_invoice():
    assert "<h1>Pro forma</h1>" in printed("pl")
    assert "<h1>Faktura" not in printed("pl")


def test_try_outs_say_so_too():
    assert "SYMULATOR" in printed("pl", "simulator")
