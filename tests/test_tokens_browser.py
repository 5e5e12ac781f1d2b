"""The pages of tokens and logins in a real browser: accessible, narrow, without a script."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from auth_ksef.identities import identity_list
from auth_ksef.logins import logins_refresh
from auth_ksef.models import TokenOrder
from auth_ksef.token_orders import orders_sweep
from auth_ksef.tokens import tokens_refresh
from tests.browser_support import chromium, overflow, violations, window
from tests.token_support import certificate, due_now, ksef, running, seeded, token

__all__ = ["certificate", "chromium", "ksef", "running", "seeded", "token", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PAGES = (
    "connection-tokens",
    "connection-tokens-new",
    "connection-tokens-leave",
    "connection-logins",
    "connection-logins-end-all",
)


@pytest.fixture
def listed(certificate, token, company, owner):
    """Lists of KSeF with rows in them, and an order under way."""
    identity = identity_list(company, owner, company_too=True)[0]
    tokens_refresh(identity)
    logins_refresh(identity)
    return company


def address(name, company, *rest):
    return reverse(name, args=[company.nip, *rest])


def fill(page, company):
    page.goto(address("connection-tokens-new", company))
    page.get_by_label("Nazwa tokena w KSeF").fill("Program magazynowy")
    page.get_by_role("button", name="Utwórz token w KSeF").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(window, listed, token, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    for name in PAGES:
        page.goto(address(name, listed))
        assert violations(page) == [], name
    page.goto(address("connection-tokens-revoke", listed, token.reference))
    assert violations(page) == []
    fill(page, listed)
    assert violations(page) == []
    page.goto(address("connection-tokens-order", listed, TokenOrder.objects.get().pk))
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 831, 1280])
def test_no_width_scrolls_sideways(window, listed, token, width):
    page = window(width)
    for name in PAGES:
        page.goto(address(name, listed))
        assert overflow(page) <= 0, name
    fill(page, listed)
    assert overflow(page) <= 0


def test_a_token_for_another_program_is_copied_without_a_script(window, listed):
    page = window(java_script_enabled=False)
    fill(page, listed)
    expect(page.get_by_text(re.compile(r"\|nip-\d{10}\|"))).to_be_visible()
    page.get_by_role("link", name="Mam go, pokaż stan tokena").click()
    expect(page.get_by_text(re.compile(r"\|nip-\d{10}\|"))).to_have_count(0)


def test_the_page_follows_a_token_by_itself(window, listed, ksef):
    page = window()
    page.goto(address("connection-tokens-new", listed))
    page.get_by_label("Dla tego programu").check()
    page.get_by_label("Nazwa tokena w KSeF").fill("Ten program")
    page.get_by_role("button", name="Utwórz token w KSeF").click()
    expect(page.get_by_role("heading", name="KSeF przygotowuje token")).to_be_visible()
    due_now()
    orders_sweep()
    expect(page.get_by_role("heading", name="Token działa")).to_be_visible()
    assert page.complaints == []


def test_logging_out_by_hand(window, listed):
    page = window(360)
    page.goto(address("connection-logins", listed))
    page.get_by_role("button", name="Wyloguj z KSeF").click()
    expect(page.get_by_text("Wylogowaliśmy.")).to_be_visible()
    expect(page.get_by_role("button", name="Wyloguj z KSeF")).to_have_count(0)
