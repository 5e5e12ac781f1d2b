"""The English pages in a real browser: their words fit, and they are accessible."""

import pytest
from django.conf import settings
from django.urls import reverse

from invoices.models import Submission
from tests.browser_support import chromium, overflow, violations
from tests.page_rights import PAGE_RIGHTS, document_made
from tests.test_accounts_gates import address
from tests.test_language_pages import document_in

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Pages that are looked at; the others are files, parts of pages, or questions before a deed.
FILES = {"invoice-xml", "invoice-upo", "invoice-pdf", "invoice-draft-pdf", "invoice-state"}
FILES |= {"invoice-lines-csv", "invoice-panel-item"}  # and a part of a page
FILES |= {"invoice-paper-kept", "journal-csv", "journal-json", "session-upo"}
PAGES = [name for name in PAGE_RIGHTS if " " not in name and not name.startswith("api-")]
PAGES = sorted({*PAGES, "api-key-list", "api-key-revoke"} - FILES)
# This page asks KSeF by itself and then moves on; after an answer that failed it waits.
CALM = {"connection-enrol": "?przerwa=1"}
PERSONAL = ["company-list", "company-new", "profile", "account-close", "account_email", "mfa_index"]


@pytest.fixture(autouse=True)
def _no_ksef(settings):
    settings.KSEF_SIMULATOR_URL = "http://127.0.0.1:9"


@pytest.fixture
def english(chromium, live_server, client_of, owner):
    """A window in which the owner is logged in and has chosen English."""
    context = chromium.new_context(base_url=live_server.url, bypass_csp=True)
    chosen = {"sessionid": client_of(owner).cookies["sessionid"].value}
    chosen[settings.LANGUAGE_COOKIE_NAME] = "en"
    context.add_cookies(
        [{"name": name, "value": value, "url": live_server.url} for name, value in chosen.items()]
    )
    yield context.new_page()
    context.close()


def test_no_english_page_scrolls_sideways(english, company, owner):
    urls = [address(name, company, owner) + CALM.get(name, "") for name in PAGES]
    urls += [reverse(name) for name in PERSONAL]
    too_wide = []
    for url in urls:
        if b"<html" not in english.request.get(url).body():
            continue  # a file or a fragment
        english.goto(url)
        assert english.locator("html").get_attribute("lang") == "en"
        for width in (360, 1280):
            english.set_viewport_size({"width": width, "height": 800})
            if overflow(english) > 0:
                too_wide.append((url, width))
    assert too_wide == []


@pytest.mark.parametrize("state", Submission.State.values)
def test_every_state_fits_in_english(state, english, company, owner):
    document = document_in(state, company, owner)
    english.set_viewport_size({"width": 360, "height": 800})
    for name, *more in (("invoice-detail", document.pk), ("invoice-list",)):
        english.goto(reverse(name, args=[company.nip, *more]))
        assert overflow(english) <= 0


def test_axe_finds_nothing_in_english(english, company, owner):
    document = document_made(company, owner)
    for url in (
        reverse("invoice-list", args=[company.nip]),
        reverse("invoice-new", args=[company.nip]),
        reverse("invoice-detail", args=[company.nip, document.pk]),
    ):
        english.goto(url)
        assert violations(english) == []
