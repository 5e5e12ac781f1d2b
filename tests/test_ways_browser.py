"""The guided pages of the ways in, in a real browser: accessible, narrow, without a script."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from auth_ksef.models import SignedLogin
from auth_ksef.signed_logins import signed_login_start
from ksefapp.lib import clock
from tests import signing_program as program
from tests.auth_support import FakeKsef, plug_in
from tests.browser_support import chromium, overflow, violations, window

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PLACES = ("ways", "sign", "fingerprint", "zawfa")
STATES = ("prepared", "sent", "refused", "unknown", "done", "ended")


@pytest.fixture(autouse=True)
def ksef(monkeypatch):
    return plug_in(monkeypatch, FakeKsef())


@pytest.fixture
def login(company, owner):
    return signed_login_start(company=company, person=owner)


def address(name, company, *rest):
    return reverse(f"connection-{name}", args=[company.nip, *rest])


def moved(login, state):
    """The login as it looks in this state, with all that a page shows."""
    advice = [{"code": "unknown", "facts": {"name": "http://www.w3.org/TR/1999/REC-xslt-19991116"}}]
    SignedLogin.objects.filter(pk=login.pk).update(
        state=state,
        said="KSeF nie przyjął certyfikatu (460).",
        signer="CN=Anna Nowak,2.5.4.5=PNOPL-90010112345",
        signer_fingerprint="AB" * 32,
        advice=advice,
        refresh_until=clock.now(),
        next_at=clock.now().replace(year=2030),
        sent_at=clock.now(),
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(window, company, login, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    for name in PLACES:
        page.goto(address(name, company))
        assert violations(page) == []
    for state in STATES:
        page.goto("about:blank")  # a page that follows its login would come anew just now
        moved(login, state)
        page.goto(address("sign-one", company, login.pk))
        assert violations(page) == [], state


@pytest.mark.parametrize("width", [320, 831, 1280])
def test_no_width_scrolls_sideways(window, company, login, width):
    page = window(width)
    for name in PLACES:
        page.goto(address(name, company))
        assert overflow(page) <= 0, name
    for state in STATES:
        page.goto("about:blank")  # a page that follows its login would come anew just now
        moved(login, state)
        page.goto(address("sign-one", company, login.pk))
        assert overflow(page) <= 0, state


def test_a_signature_logs_in_without_any_script(window, company, owner):
    page = window(360, java_script_enabled=False)
    page.goto(address("sign", company))
    page.get_by_role("button", name="Przygotuj plik do podpisu").click()
    expect(page.get_by_text("Podpisany plik wczytaj do godziny")).to_be_visible()
    login = SignedLogin.objects.get(person=owner)
    data = program.signed(bytes(login.request_xml), program.identity())
    file = {"name": "podpisany.xml", "mimeType": "application/xml", "buffer": data}
    page.get_by_label("Podpisany plik").set_input_files(file)
    page.get_by_role("button", name="Wczytaj i zaloguj").click()
    page.get_by_role("button", name="Zapytaj KSeF teraz").click()
    expect(page.get_by_text("KSeF wpuścił Cię do tej firmy")).to_be_visible()


def test_the_panel_opens_by_itself_where_something_in_it_is_wrong(window, company):
    page = window()
    page.goto(address("sign", company))
    expect(page.get_by_label("Dozwolone adresy IP")).to_be_hidden()
    page.get_by_text("Inny kontekst, odcisk certyfikatu, adresy IP").click()
    page.get_by_label("Dozwolone adresy IP").fill("moja sieć")
    page.get_by_role("button", name="Przygotuj plik do podpisu").click()
    expect(page.get_by_label("Dozwolone adresy IP")).to_be_visible()
    expect(page.get_by_text("Adresy IP zapisz każdy w osobnym wierszu").first).to_be_visible()


def test_the_fingerprint_is_shown_with_buttons_that_copy_it(window, company):
    who = program.identity("foreign")
    page = window(360)
    page.goto(address("fingerprint", company))
    file = {"name": "a.crt", "mimeType": "application/x-x509-ca-cert", "buffer": who.pem}
    page.get_by_label("Plik z certyfikatem").set_input_files(file)
    page.get_by_role("button", name="Policz odcisk").click()
    expect(page.get_by_text(who.fingerprint, exact=True)).to_be_visible()
    expect(page.get_by_text(who.fingerprint.lower(), exact=True)).to_be_visible()
    assert overflow(page) <= 0


def test_the_sheet_for_zawfa_prints_without_its_form(window, company):
    page = window()
    page.goto(address("zawfa", company))
    page.get_by_label("Nazwisko").fill("Nowak")
    page.get_by_role("button", name="Pokaż kartkę do wydruku").click()
    expect(page.get_by_role("button", name="Drukuj")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("Nowak")).to_be_visible()
    expect(page.get_by_label("Nazwisko")).to_be_hidden()
