"""The pages of a print's look and of foreign files in a real browser."""

import pytest
from django.urls import reverse

from invoices.render.look import Look
from invoices.services.look import logo_png, look_save
from tests.browser_support import chromium, overflow, violations, window
from tests.test_print_look import picture
from tests.test_render_foreign import UBL

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FILE = {"name": "plik.xml", "mimeType": "text/xml", "buffer": UBL}


def look_page(page, company) -> None:
    """The page of the look with a logo on it."""
    page.goto(reverse("company-look", args=[company.nip]))


def file_page(page, company) -> None:
    """A foreign file on its page."""
    page.goto(reverse("xml-view", args=[company.nip]))
    page.set_input_files("#id_file", FILE)
    page.get_by_role("button", name="Pokaż na stronie").click()
    page.get_by_text("cbc:Amount").wait_for()


@pytest.fixture
def dressed(company, owner):
    """The company with a logo and a colour of its own."""
    look_save(company=company, look=Look("#345678", logo_png(picture(size=(900, 250)))), by=owner)
    return company


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("open_page", [look_page, file_page])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(window, dressed, open_page, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    open_page(page, dressed)
    assert violations(page) == []
    assert overflow(page) <= 0


def test_a_look_is_chosen_without_a_script(window, company):
    page = window(1280, java_script_enabled=False)
    page.goto(reverse("company-look", args=[company.nip]))
    page.get_by_label("zielony").check()
    page.get_by_role("button", name="Zapisz wygląd").click()
    company.refresh_from_db()
    assert company.accent == "#14693d"
