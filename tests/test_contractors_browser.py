"""Saved buyers and products in a real browser: typed, walked through with the arrows, taken."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser_support import chromium, overflow, violations, window
from tests.test_contractors import contractor_made
from tests.test_products import product_made

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)


@pytest.fixture
def opened(window, company):
    """Opens the form of a new invoice."""

    def open_form(width=1280, **options):
        page = window(width, **options)
        page.goto(reverse("invoice-new", args=[company.nip]))
        return page

    return open_form


def test_a_buyer_is_typed_and_taken_by_keyboard(company, opened):
    contractor_made(company, payment_days=30)
    page = opened()
    page.locator("#id_buyer_q").press_sequentially("bursz")
    expect(page.locator("#buyers .pick")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[name='buyer_nip']")).to_have_value("5859990128")
    expect(page.locator("[name='due_days']")).to_have_value("30")


def test_a_product_is_typed_and_taken_by_keyboard(company, opened):
    product_made(company)
    page = opened()
    page.locator("[name='line-0-name']").press_sequentially("stó")
    expect(page.locator("#product-picks .pick")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[name='line-0-price']")).to_have_value("4850,00")
    expect(page.locator("[name='line-0-quantity']")).to_be_focused()
    expect(page.locator("#dock-sum")).to_have_text("5\u00a0965,50\u00a0zł")


def test_escape_closes_the_list_and_keeps_what_was_typed(company, opened):
    product_made(company)
    page = opened()
    name = page.locator("[name='line-0-name']")
    name.press_sequentially("stó")
    expect(page.locator("#product-picks .pick")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#product-picks")).to_be_hidden()
    expect(name).to_have_value("stó")


def test_the_search_alone_makes_no_draft(company, opened):
    contractor_made(company)
    page = opened()
    page.locator("#id_buyer_q").press_sequentially("bursz")
    expect(page.locator("#buyers .pick")).to_have_count(1)
    page.wait_for_timeout(2_500)  # longer than the form waits before it saves itself
    assert not company.drafts.exists()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    "name", ["contractor-list", "contractor-new", "product-new", "product-prices-new"]
)
def test_pages_of_registers_fit_and_can_be_used(company, window, name, width):
    contractor_made(company)
    page = window(width, bypass_csp=True)
    page.goto(reverse(name, args=[company.nip]))
    assert overflow(page) == 0
    assert violations(page) == []


def test_suggestions_can_be_used_by_everybody(company, opened):
    contractor_made(company)
    product_made(company)
    page = opened(bypass_csp=True)
    page.locator("#id_buyer_q").press_sequentially("bursz")
    expect(page.locator("#buyers .pick")).to_have_count(1)
    page.locator("[name='line-0-name']").press_sequentially("stó")
    expect(page.locator("#product-picks .pick")).to_have_count(1)
    assert violations(page) == []
