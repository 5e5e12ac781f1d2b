"""The pages of the connection in a real browser: accessible, narrow, without a script."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from auth_ksef import login
from auth_ksef.credentials import token_add
from tests.auth_support import TOKEN, FakeKsef, pem_files, plug_in
from tests.browser_support import chromium, overflow, violations, window

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def ksef(monkeypatch):
    monkeypatch.setattr(login, "sleep", lambda seconds: None)
    return plug_in(monkeypatch, FakeKsef())


@pytest.fixture
def token(company, owner):
    return token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)


def address(name, company, *rest):
    return reverse(name, args=[company.nip, *rest])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(window, company, token, ksef, width, theme):
    ksef.grants = [{"permissionScope": "InvoiceRead"}]
    page = window(width, color_scheme=theme, bypass_csp=True)
    page.goto(address("connection", company))
    page.get_by_role("button", name="Sprawdź połączenie").click()
    assert violations(page) == []
    pages = (
        ("connection-add",),
        ("credential-retire", token.pk),
        ("connection-doctor",),
        ("connection-whose",),
    )
    for name, *rest in pages:
        page.goto(address(name, company, *rest))
        assert violations(page) == []
    page.goto(address("connection-add", company))
    page.get_by_role("button", name="Zapisz").click()
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 831, 1280])
def test_no_width_scrolls_sideways(window, company, token, width):
    page = window(width)
    for name in ("connection", "connection-add", "connection-doctor", "connection-whose"):
        page.goto(address(name, company))
        assert overflow(page) <= 0


def test_only_the_chosen_way_is_shown_and_needs_no_script(window, company):
    page = window(java_script_enabled=False)
    page.goto(address("connection-add", company))
    expect(page.get_by_label("Plik certyfikatu (.crt)")).to_be_visible()
    expect(page.get_by_label("Wklej token")).to_be_hidden()
    page.get_by_label("Token KSeF").check()
    expect(page.get_by_label("Plik certyfikatu (.crt)")).to_be_hidden()
    expect(page.get_by_label("Wklej token")).to_be_visible()


def test_consent_is_asked_only_for_ones_own(window, company):
    page = window(java_script_enabled=False)
    page.goto(address("connection-add", company))
    consent = page.get_by_label("Zgadzam się")
    expect(consent).to_be_hidden()
    page.get_by_label("Moje własne").check()
    expect(consent).to_be_visible()


def test_a_certificate_is_connected_by_hand(window, company):
    crt, key = pem_files(password="Tajne-haslo-2026")
    page = window(360)
    page.goto(address("connection-add", company))
    for label, name, content in (
        ("Plik certyfikatu (.crt)", "login.crt", crt),
        ("Plik klucza (.key)", "login.key", key),
    ):
        chosen = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        page.get_by_label(label).set_input_files(chosen)
    page.get_by_label("Hasło do klucza").fill("Tajne-haslo-2026")
    page.get_by_role("button", name="Zapisz i sprawdź połączenie").click()
    expect(page.get_by_role("heading", name="Połączenie z KSeF działa.")).to_be_visible()


def test_the_doctor_walks_without_a_script(window, company, token):
    page = window(360, java_script_enabled=False)
    page.goto(address("connection-doctor", company))
    page.get_by_role("button", name="Sprawdź połączenie").click()
    expect(page.get_by_role("heading", name="Połączenie z KSeF działa.")).to_be_visible()
    expect(page.get_by_text("Stan tokena w KSeF")).to_be_visible()
