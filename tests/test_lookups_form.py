"""Buttons of the form that ask registers: they fill what is known and never lose what was typed."""

from datetime import UTC, datetime

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from invoices.fa3 import tree as trees
from invoices.models import Draft
from invoices.services import lookups
from invoices.services.drafts import draft_save
from invoices.services.issue_checks import problems_of
from invoices.views import lookups as views
from ksefapp.lib import clock
from tests.cast import NIP, logged_in
from tests.form_support import draft_url, edit, fill, only_document, only_draft, page

pytest_plugins = ["tests.lookup_support"]
HOTEL, ABSENT = "9990582186", "1111111111"
ACCOUNT, STRANGE = "61109010140000071219812874", "27114020040000300201355387"
THURSDAY = datetime(2026, 11, 19, 12, tzinfo=UTC)
EURO = {"currency": "EUR", "issued_on": "19.11.2026", "sale_on": "16.11.2026"}


@pytest.fixture
def browser(company, owner):
    return logged_in(owner)


@pytest.fixture
def thursday(clock_at):
    clock_at(THURSDAY)


def said(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def text(path: str) -> str:
    return trees.text(only_draft().content, path)


def buyer(name: str) -> str:
    return text(f"Podmiot2/{name}")


# --- By NIP ----------------------------------------------------------------------------------


def test_a_nip_fills_name_and_address(browser, company, registers):
    answer = fill(browser, company, "lookup:nip", buyer_nip="999-058-21-86", buyer_name="x")
    assert buyer("DaneIdentyfikacyjne/Nazwa").startswith("HOTEL NAD RZEKĄ")
    assert buyer("Adres/AdresL1") == "NADBRZEŻNA 2"
    assert buyer("Adres/AdresL2") == "05-500 PIASECZNO"
    assert "podatnik VAT czynny" in said(answer)


def test_what_else_was_typed_is_saved_before(browser, company, registers):
    fill(browser, company, "lookup:nip", buyer_nip=HOTEL, line__0__name="Szafa", notes="Dziękujemy")
    assert text("Fa/FaWiersz[0]/P_7") == "Szafa"
    assert text("Stopka/Informacje[0]/StopkaFaktury") == "Dziękujemy"


def test_the_found_status_stays_beside_the_nip(browser, company, registers):
    fill(browser, company, "lookup:nip", buyer_nip="9997612186")
    shown = browser.get(draft_url(only_draft())).content.decode()
    assert "podatnik VAT zwolniony" in shown


@pytest.mark.parametrize("kind", ["html", "garbage", "error_before", "too_many"])
def test_a_silent_register_leaves_what_was_typed(browser, company, registers, kind):
    registers.fault(kind, "whitelist_search")
    answer = fill(browser, company, "lookup:nip", buyer_nip=HOTEL, buyer_name="Hotel")
    assert buyer("DaneIdentyfikacyjne/Nazwa") == "Hotel"
    assert "zostało bez zmian" in said(answer)
    assert "nie ma wpisu" not in said(answer)


def test_no_entry_says_that_the_company_may_exist(browser, company, registers):
    answer = fill(browser, company, "lookup:nip", buyer_nip=ABSENT, buyer_name="Warsztat")
    assert buyer("DaneIdentyfikacyjne/Nazwa") == "Warsztat"
    assert "Firma może istnieć" in said(answer).replace("\n", " ")


@pytest.mark.parametrize("number", ["", "123", "9990582187"])
def test_half_a_nip_is_not_asked(browser, company, registers, number):
    answer = fill(browser, company, "lookup:nip", buyer_nip=number)
    assert "10 cyfr" in said(answer)
    assert registers.calls == {}


def test_who_saves_meanwhile_is_not_overwritten(browser, company, owner, registers, monkeypatch):
    fill(browser, company, buyer_nip=HOTEL, buyer_name="Nasza nazwa")
    asked = lookups.nip_lookup

    def slow(*args):
        row = asked(*args)
        draft = only_draft()
        other = draft.content | {"Stopka": {"Informacje": [{"StopkaFaktury": "inna"}]}}
        draft_save(draft=draft, content=other, version=draft.version, saved_by=owner)
        return row

    monkeypatch.setattr(views.lookups, "nip_lookup", slow)
    answer = edit(browser, only_draft(), "lookup:nip")
    assert answer.status_code == 409
    assert text("Stopka/Informacje[0]/StopkaFaktury") == "inna"


def test_an_unknown_button_does_nothing(browser, company, registers):
    fill(browser, company, "lookup:everything")
    assert registers.calls == {}
    assert Draft.objects.count() == 1


# --- VIES ------------------------------------------------------------------------------------

EU = {"buyer_kind": "eu", "buyer_eu_country": "FR", "buyer_eu_number": "12345678100"}


def test_vies_fills_what_is_empty_and_says_its_proof(browser, company, registers):
    answer = fill(browser, company, "lookup:vies", **EU, buyer_name="")
    assert buyer("DaneIdentyfikacyjne/Nazwa") == "SIMULATED COMPANY FR"
    assert "WAPI" in said(answer)


def test_vies_changes_no_name_that_was_typed(browser, company, registers):
    fill(browser, company, "lookup:vies", **EU, buyer_name="Maison Dupont")
    assert buyer("DaneIdentyfikacyjne/Nazwa") == "Maison Dupont"


def test_an_invalid_number_is_said_plainly(browser, company, registers):
    answer = fill(browser, company, "lookup:vies", **EU | {"buyer_eu_number": "12345678200"})
    assert "nie jest teraz ważny" in said(answer)


@pytest.mark.parametrize("end", ["300", "301", "302", "400", "401", "500", "600"])
def test_an_error_of_vies_is_never_called_invalid(browser, company, registers, end):
    answer = fill(browser, company, "lookup:vies", **EU | {"buyer_eu_number": f"12345678{end}"})
    assert "nie jest teraz ważny" not in said(answer)
    assert "zostało bez zmian" in said(answer)


# --- The rate --------------------------------------------------------------------------------


def test_the_rate_fills_lines_table_and_vat(browser, company, registers, thursday):
    answer = fill(browser, company, "lookup:rate", **EURO)
    rate = text("Fa/FaWiersz[0]/KursWaluty")
    assert rate
    assert text("Fa/P_14_1W")
    (note,) = trees.items(only_draft().content, "Fa/DodatkowyOpis")
    assert "/A/NBP/2026 z dnia 2026-11-13" in note["Wartosc"]
    assert "13.11.2026" in said(answer)


def test_a_rate_typed_by_hand_stays(browser, company, registers, thursday):
    answer = fill(browser, company, "lookup:rate", **EURO, exchange_rate="4,1111")
    assert text("Fa/FaWiersz[0]/KursWaluty") == "4.1111"
    assert "Zastąp kursem NBP" in said(answer)


def test_it_is_replaced_when_asked(browser, company, registers, thursday):
    fill(browser, company, "lookup:rate", **EURO, exchange_rate="4,1111")
    shown = page(browser.get(draft_url(only_draft())))
    assert shown.xpath("//button[@value='lookup:rate-replace']")
    edit(browser, only_draft(), "lookup:rate-replace")
    assert text("Fa/FaWiersz[0]/KursWaluty") != "4.1111"


def test_our_own_rate_is_renewed_when_the_day_changes(browser, company, registers, thursday):
    fill(browser, company, "lookup:rate", **EURO)
    before = text("Fa/FaWiersz[0]/KursWaluty")
    edit(browser, only_draft(), "lookup:rate", sale_on="17.11.2026")
    assert text("Fa/FaWiersz[0]/KursWaluty") != before
    (note,) = trees.items(only_draft().content, "Fa/DodatkowyOpis")
    assert "2026-11-16" in note["Wartosc"]


def test_an_advance_has_its_rate_beside_the_payment(browser, company, owner, registers, thursday):
    fill(browser, company, **EURO)
    draft = only_draft()
    fa = draft.content["Fa"] | {"RodzajFaktury": "ZAL", "P_14_1": "23.00"}
    del fa["FaWiersz"]
    draft_save(draft=draft, content=draft.content | {"Fa": fa}, version=draft.version)
    edit(browser, only_draft(), "lookup:rate")
    assert text("Fa/KursWalutyZ")
    assert not text("Fa/FaWiersz[0]/KursWaluty")


@pytest.mark.parametrize("kind", ["html", "error_before", "too_many"])
def test_a_silent_nbp_leaves_the_rate_to_the_person(browser, company, registers, thursday, kind):
    registers.fault(kind, "nbp_rates")
    answer = fill(browser, company, "lookup:rate", **EURO)
    assert not text("Fa/FaWiersz[0]/KursWaluty")
    assert "zostało bez zmian" in said(answer)


def test_an_invoice_in_zloty_needs_no_rate(browser, company, registers):
    answer = fill(browser, company, "lookup:rate")
    assert "nie potrzebuje kursu" in said(answer)
    assert registers.calls == {}


def test_a_correction_keeps_the_old_rate(browser, company, registers, thursday):
    answer = fill(browser, company, "lookup:rate", **EURO, kind="KOR")
    assert "art. 31b" in said(answer)
    assert registers.calls == {}


def test_the_filled_invoice_is_right(browser, company, registers, thursday):
    fill(browser, company, "lookup:rate", **EURO)
    found = problems_of(only_draft().content, company=company, draft=only_draft())
    assert {p.rule for p in found} & {"FX-01", "FX-03", "FX-04"} == set()


# --- Accounts --------------------------------------------------------------------------------


@pytest.mark.parametrize(("account", "word"), [(ACCOUNT, "jest w wykazie"), (STRANGE, "nie ma")])
def test_the_account_of_an_invoice_is_checked(browser, company, registers, account, word):
    answer = fill(browser, company, "lookup:account", account=account)
    assert word in said(answer)


def test_a_foreign_account_is_not_asked(browser, company, registers):
    answer = fill(browser, company, "lookup:account", account="DE89370400440532013000")
    assert "polskie rachunki" in said(answer)
    assert registers.calls == {}


def test_an_account_off_the_list_warns_from_15_000(browser, company, registers):
    fill(browser, company, "lookup:account", account=STRANGE, line__0__price="20000")
    found = problems_of(only_draft().content, company=company, draft=only_draft())
    assert "PY-04" in {p.rule for p in found}


def test_the_companys_account_is_checked_in_its_settings(browser, company, registers):
    company.bank_account = ACCOUNT
    company.save()
    settings_page = browser.get(reverse("company-settings", args=[company.nip]))
    assert reverse("company-account-check", args=[company.nip]) in settings_page.content.decode()
    answer = browser.post(reverse("company-account-check", args=[company.nip]))
    assert answer.url == reverse("company-settings", args=[company.nip])
    assert "jest w wykazie" in said(answer)


def test_the_cash_method_is_a_setting(browser, company):
    url = reverse("company-settings", args=[company.nip])
    form = browser.get(url).context["form"]
    values = {name: value for name, value in form.initial.items() if value}
    assert browser.post(url, values | {"cash_accounting": "on"}).status_code == 302
    company.refresh_from_db()
    assert company.cash_accounting is True


# --- The page of a contractor ----------------------------------------------------------------


def contractor_asked(browser, company, **typed):
    """The form of a new contractor after its lookup button, and its boxes."""
    url = reverse("contractor-new", args=[company.nip])
    values = {"id_kind": "nip", "country": "PL", "name": "Typed"} | typed
    answer = browser.post(url, values | {"action": "lookup"})
    return answer, answer.context["form"].data


def test_a_contractor_is_filled_by_nip_and_not_saved(browser, company, registers):
    answer, shown = contractor_asked(browser, company, id_number=HOTEL)
    assert shown["name"].startswith("HOTEL NAD RZEKĄ")
    assert shown["address_l2"] == "05-500 PIASECZNO"
    assert "podatnik VAT czynny" in answer.content.decode()
    assert not company.contractors.exists()


def test_a_contractor_is_filled_by_vies(browser, company, registers):
    eu = {"id_kind": "eu", "id_country": "FR", "id_number": "FR 12345678100"}
    assert contractor_asked(browser, company, **eu)[1]["name"] == "SIMULATED COMPANY FR"


@pytest.mark.parametrize("number", [ABSENT, "", "12"])
def test_what_is_typed_of_a_contractor_stays(browser, company, registers, number):
    assert contractor_asked(browser, company, id_number=number)[1]["name"] == "Typed"


def test_a_silent_register_leaves_the_contractor(browser, company, registers):
    registers.fault("html", "whitelist_search")
    answer, shown = contractor_asked(browser, company, id_number=HOTEL)
    assert shown["name"] == "Typed"
    assert "zostało bez zmian" in answer.content.decode()


# --- After the issue -------------------------------------------------------------------------


def test_the_page_of_an_invoice_shows_its_proofs(browser, company, registers):
    fill(browser, company, "lookup:nip", buyer_nip=HOTEL)
    edit(browser, only_draft(), "issue:online")
    document = only_document()
    shown = browser.get(reverse("invoice-detail", args=[company.nip, document.pk])).content.decode()
    assert "Sprawdzone w rejestrach" in shown
    assert document.proofs.get().request_id in shown


def test_an_invoice_without_questions_shows_none(browser, company):
    fill(browser, company, "issue:online")
    there = reverse("invoice-detail", args=[company.nip, only_document().pk])
    assert "Sprawdzone w rejestrach" not in browser.get(there).content.decode()


def test_english_speaks_english(browser, company, registers):
    registers.fault("html", "whitelist_search")
    browser.cookies["django_language"] = "en"
    answer = fill(browser, company, "lookup:nip", buyer_nip=HOTEL)
    assert "The list of VAT taxpayers" in said(answer)


def test_the_clock_of_the_answer_is_kept(company, registers, thursday):
    row = lookups.nip_lookup(company, NIP)
    assert abs(row.asked_at - clock.now()).total_seconds() < 5
