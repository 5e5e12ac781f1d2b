"""Corrections in a real browser: from the invoice to the issued correction, accessible, narrow."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.models import Document
from tests.browser_support import chromium, overflow, violations
from tests.correct_support import RIGHT_NIP, original_made
from tests.test_auth_browser import window

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ["correct-start", "correct-nip", "correct-outside"]


@pytest.fixture
def original(company, owner) -> Document:
    return original_made(company, owner)


def address(name: str, original: Document) -> str:
    own = [] if name == "correct-outside" else [original.pk]
    return reverse(name, args=[original.company.nip, *own])


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(window, original, name, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    page.goto(address(name, original))
    assert violations(page) == []
    assert overflow(page) <= 0


def test_axe_finds_nothing_on_both_documents(window, original):
    page = window(360, bypass_csp=True)
    page.goto(address("correct-nip", original))
    page.fill("[name=nip]", RIGHT_NIP)
    page.get_by_role("button", name="Pokaż, co wystawimy").click()
    expect(page.get_by_text("Nowa faktura")).to_be_visible()
    assert violations(page) == []


def test_a_price_is_corrected_from_the_invoice_on(window, original):
    page = window()
    page.goto(reverse("invoice-detail", args=[original.company.nip, original.pk]))
    page.get_by_role("link", name="Wystaw korektę").click()
    page.get_by_text("Ceny, ilości albo stawki").click()
    page.check("input[name=line][value='1']")
    page.fill("[name=reason]", "pomyłka w cenie")
    page.get_by_role("button", name="Zrób szkic korekty").click()
    expect(page.locator(".line-before .line-extras")).to_have_text("Stan przed korektą")
    page.fill("[name='line-1-price']", "90")
    expect(page.locator("#totals")).to_contain_text("−24,60")
    page.locator("[data-issue]").click()
    page.wait_for_url("**/faktury/**")
    assert str(Document.objects.get(kind="KOR").gross) == "-24.60"


def test_without_a_script_a_wrong_nip_is_mended(window, original):
    page = window(java_script_enabled=False)
    page.goto(address("correct-start", original))
    page.get_by_text("Zły NIP nabywcy").click()
    page.get_by_role("button", name="Zrób szkic korekty").click()
    page.fill("[name=nip]", RIGHT_NIP)
    page.get_by_role("button", name="Pokaż, co wystawimy").click()
    page.get_by_role("button", name="Wystaw oba dokumenty").click()
    expect(page.get_by_text("Wystawiona ponownie za")).to_be_visible()
    assert Document.objects.filter(kind="KOR").count() == 1
