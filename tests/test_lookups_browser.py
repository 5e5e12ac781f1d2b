"""The questions to registers in a real browser: pressed, read, and free of findings."""

import pytest
from django.urls import reverse

from tests.browser_support import chromium, overflow, violations

__all__ = ["chromium"]
pytest_plugins = ["tests.lookup_support"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOTEL = "9990582186"


@pytest.fixture
def opened(company, chromium, live_server, client_of, owner):
    """`opened(width, …)`: a page of the owner; every one is closed at the end."""
    cookie = client_of(owner).cookies["sessionid"].value
    contexts = []

    def make(width, **options):
        made = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(made)
        made.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return made.new_page()

    yield make
    for made in contexts:
        made.close()


@pytest.fixture
def looked_up(opened, company, live_server, registers):
    """`looked_up(width, …)`: the form after its buttons filled buyer and rate."""

    def make(width, **options):
        page = opened(width, **options)
        page.goto(live_server.url + reverse("invoice-new", args=[company.nip]))
        page.fill("#id_buyer_nip", HOTEL)
        page.click("button[value='lookup:nip']")
        page.fill("input[name='line-0-name']", "Stół")
        page.fill("input[name='line-0-price']", "5000")
        page.select_option("#id_currency", "EUR")
        page.click("button[value='lookup:rate']")
        page.wait_for_selector("button[value='lookup:rate-replace']")
        return page

    return make


def test_two_buttons_fill_buyer_and_rate(looked_up):
    page = looked_up(1280)
    assert page.input_value("#id_buyer_name").startswith("HOTEL NAD RZEKĄ")
    assert page.input_value("#id_exchange_rate")
    assert "/A/NBP/" in page.text_content("main")


def test_without_scripts_it_works_as_well(opened, company, live_server, registers):
    page = opened(1280, java_script_enabled=False)
    page.goto(live_server.url + reverse("invoice-new", args=[company.nip]))
    page.fill("#id_buyer_nip", HOTEL)
    page.click("button[value='lookup:nip']")
    assert page.input_value("#id_buyer_name").startswith("HOTEL NAD RZEKĄ")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(looked_up, width, theme):
    page = looked_up(width, color_scheme=theme, bypass_csp=True)
    assert violations(page) == []
    assert overflow(page) <= 0
