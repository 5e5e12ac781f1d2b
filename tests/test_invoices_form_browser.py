"""The head of the form in a browser: what one box says, the other says too."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser_support import chromium, window

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_days_of_credit_and_the_due_date_follow_each_other(window, company):
    page = window()
    page.goto(reverse("invoice-new", args=[company.nip]))
    page.locator("[name=issued_on]").fill("20.11.2026")
    page.locator("[name=due_days]").fill("30")
    expect(page.locator("[name=due_on]")).to_have_value("20.12.2026")
    page.locator("[name=due_on]").fill("27.11.2026")
    expect(page.locator("[name=due_days]")).to_have_value("7")


def test_another_currency_asks_for_its_rate(window, company):
    page = window()
    page.goto(reverse("invoice-new", args=[company.nip]))
    expect(page.locator("[name=exchange_rate]")).to_be_hidden()
    page.locator("[name=currency]").select_option("EUR")
    expect(page.locator("[name=exchange_rate]")).to_be_visible()


def test_a_buyer_from_the_eu_is_asked_about_while_typing(window, company):
    page = window()
    page.goto(reverse("invoice-new", args=[company.nip]))
    page.get_by_label("Firma z UE (VAT-UE)").check()
    page.locator("[name=buyer_eu_country]").select_option("DE")
    page.locator("[name=buyer_eu_number]").fill("811234567")
    page.locator("[name='line-0-name']").fill("Krzesło")
    page.locator("[name='line-0-price']").fill("100")
    page.locator("#questions").get_by_role("button", name="Towar: stawka 0% WDT").click()
    expect(page.locator("[name='line-0-rate']")).to_have_value("0 WDT")


def test_the_address_follows_the_country_of_the_buyers_number_until_it_is_chosen(window, company):
    page = window()
    page.goto(reverse("invoice-new", args=[company.nip]))
    page.get_by_label("Firma z UE (VAT-UE)").check()
    page.locator("[name=buyer_eu_country]").select_option("EL")
    expect(page.locator("[name=buyer_country]")).to_have_value("GR")
    page.locator("[name=buyer_country]").select_option("PL")
    page.locator("[name=buyer_eu_country]").select_option("DE")
    expect(page.locator("[name=buyer_country]")).to_have_value("PL")
