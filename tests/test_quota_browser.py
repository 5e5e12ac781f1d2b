"""The page of KSeF's limits in a real browser: accessible, narrow, without a script."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from auth_ksef.client import Heard, routes
from auth_ksef.contact import address_record
from auth_ksef.models import QuotaBlock, QuotaLimit
from auth_ksef.quota import gate
from ksefapp.lib import clock
from tests.browser_support import chromium, overflow, violations
from tests.test_auth_browser import window

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(company):
    """The page of a company with everything on it: a block, a full window, an address."""
    QuotaBlock.objects.create(
        company=company,
        environment="simulator",
        group="invoiceDownload",
        until=clock.now() + timedelta(minutes=20),
        foreign=True,
    )
    QuotaLimit.objects.create(
        company=company, environment="simulator", group="invoiceSend", per_hour=1
    )
    gate(company, "simulator", routes.INVOICE_SEND)(Heard(True, True, None))
    address_record("simulator", "2001:db8::8a2e:370:7334")
    return reverse("connection-quota", args=[company.nip])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(window, address, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    page.goto(address)
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 831, 1280])
def test_no_width_scrolls_sideways(window, address, width):
    page = window(width)
    page.goto(address)
    assert overflow(page) <= 0


def test_the_connection_leads_to_the_limits_without_a_script(window, company, owner, address):
    page = window(java_script_enabled=False)
    page.goto(reverse("connection", args=[company.nip]))
    page.get_by_role("link", name="Pokaż limity").click()
    expect(page.get_by_text("Limit zużywa też inny program.")).to_be_visible()
