"""Papers for buyers in a real browser: accessible, narrow, without a script."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.models import HandOver, MailSettings
from tests.browser_support import chromium, overflow, violations, window
from tests.paper_support import certified, numbered, paper

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ready(company, owner):
    """The company with a certificate for KOD II and a mail server."""
    certified(company, owner)
    MailSettings.objects.create(company=company, host="localhost", sender="a@sosna.example")
    return company


def detail(document) -> str:
    return reverse("invoice-detail", args=[document.company.nip, document.pk])


def pages(company, owner) -> list[str]:
    """Every page of this part, with something on it."""
    due = [paper(company, owner, buyer="eu"), paper(company, owner, mode="online", buyer="eu")]
    document = paper(company, owner, mode="awaria")
    document.mails.create(what="invoice", to="a@lipa.example", failed_at=document.issued_at)
    HandOver.objects.create(document=document, what="invoice", how="other", xml_sha256="ab" * 32)
    marking = reverse("handover-mark", args=[company.nip]) + f"?id={due[0].pk}"
    return [
        *map(detail, [*due, document, paper(company, owner)]),
        *(reverse(name, args=[company.nip]) for name in ("handover-list", "mail-settings")),
        marking,
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(window, ready, owner, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    for path in pages(ready, owner):
        page.goto(path)
        for fold in page.locator(".papers details").all():
            fold.evaluate("fold => fold.open = true")
        assert violations(page) == [], path


@pytest.mark.parametrize("width", [320, 360, 831, 1280])
def test_no_width_scrolls_sideways(window, ready, owner, width):
    page = window(width)
    for path in pages(ready, owner):
        page.goto(path)
        assert overflow(page) <= 0, path


def test_the_button_names_what_is_sent(window, ready, owner):
    page = window(java_script_enabled=False)
    page.goto(detail(paper(ready, owner)))
    page.get_by_text("Wyślij potwierdzenie transakcji e-mailem").click()
    expect(page.get_by_role("button", name="Wyślij potwierdzenie transakcji")).to_be_visible()
    expect(page.get_by_role("button", name="Wyślij fakturę")).to_have_count(0)
    page.goto(detail(numbered(paper(ready, owner))))
    page.get_by_text("Wyślij fakturę e-mailem").click()
    expect(page.get_by_role("button", name="Wyślij fakturę")).to_be_visible()


def test_a_hand_over_is_written_down_without_a_script(window, ready, owner):
    page = window(java_script_enabled=False)
    page.goto(detail(paper(ready, owner, mode="awaria")))
    page.get_by_text("Zapisz, że nabywca ma fakturę").click()
    page.get_by_label("Jak").select_option("other")
    page.get_by_label("Komu").fill("Jan Kowalski")
    page.get_by_role("button", name="Zapisz", exact=True).click()
    expect(page.get_by_text("Jan Kowalski")).to_be_visible()
    assert HandOver.objects.get().to == "Jan Kowalski"


def test_without_a_certificate_the_page_says_that_nothing_may_be_given(window, company, owner):
    page = window()
    page.goto(detail(paper(company, owner, mode="awaria")))
    expect(page.get_by_text("Nic nie wolno teraz wydać nabywcy")).to_be_visible()
    expect(page.get_by_role("link", name="Faktura PDF")).to_have_count(0)
