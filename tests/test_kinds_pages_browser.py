"""The pages around the kinds of invoices: wide and narrow, light and dark, for everybody."""

import pytest
from django.urls import reverse

from invoices.models import PriceList
from invoices.services.drafts import draft_create
from tests.browser_support import chromium, overflow, page_faults, unmarked, window
from tests.correct_support import original_made
from tests.invoice_support import content
from tests.outside_support import outside_issued, proforma_made
from tests.recurring_support import template
from tests.test_advances import advance
from tests.test_contractors import contractor_made
from tests.test_products import product_made

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PLAIN = [
    "advance-settle",
    "contractor-import",
    "contractor-list",
    "contractor-new",
    "correct-outside",
    "correct-rebate",
    "invoice-list",
    "invoice-new",
    "invoice-series",
    "product-import",
    "product-list",
    "product-new",
    "product-price-lists",
    "product-prices-new",
    "proforma-list",
    "recurring-list",
    "recurring-new",
    "relief",
    "report",
    "search-company",
    "self-billing",
]


@pytest.fixture
def pages(company, owner) -> dict[str, str]:
    """Name → path of every page around the kinds, each with something on it."""

    def path(name, *rest, query=""):
        return reverse(name, args=[company.nip, *rest]) + query

    sold, paid = original_made(company, owner), advance(company, owner)
    outside = outside_issued(company, owner, "consumer")
    draft = draft_create(company=company, content=content(company), created_by=owner)
    buyer, goods = contractor_made(company, is_supplier=True), product_made(company)
    wholesale = PriceList.objects.create(company=company, name="Hurt")
    rhythm = template(company, owner)
    return {name: path(name) for name in PLAIN} | {
        "advance": path("invoice-detail", paid.pk),
        "advance-new": path("invoice-new", query="?rodzaj=ZAL"),
        "advance-next": path("advance-next", paid.pk),
        "contractor": path("contractor", buyer.pk),
        "correct-nip": path("correct-nip", sold.pk),
        "correct-start": path("correct-start", sold.pk),
        "correction-new": path("invoice-new", query="?rodzaj=KOR"),
        "invoice-outside": path("invoice-outside", draft.pk),
        "outside": path("invoice-detail", outside.pk),
        "product": path("product", goods.pk),
        "product-prices": path("product-prices", wholesale.pk),
        "proforma": path("proforma", proforma_made(company, owner).pk),
        "proforma-new": path("invoice-new", query="?pro-forma=1"),
        "rebate": path("correct-rebate", query=f"?faktura={sold.pk}"),
        "recurring": path("recurring-detail", rhythm.pk),
        "recurring-edit": path("recurring-edit", rhythm.pk),
        "recurring-from": path("recurring-new", query=f"?faktura={sold.pk}"),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_overflows(window, pages, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    assert page_faults(page, pages) == {}


def test_the_console_stays_quiet(window, pages):
    page = window()
    for path in pages.values():
        page.goto(path)
        page.wait_for_function("window.htmx")
    assert page.complaints == []


def test_every_page_is_marked_in_the_menu(window, pages):
    assert unmarked(window(), pages) == []


def test_on_a_phone_a_value_stands_by_its_label(window, pages):
    page = window(360)
    for name in ("correct-start", "report", "advance"):
        page.goto(pages[name])
        gaps = page.locator(".cards:visible tr > [data-label].num").evaluate_all(
            "cells => cells.map(each => [each.parentElement, each])"
            ".map(([row, cell]) => [row.getBoundingClientRect(), cell.getBoundingClientRect()])"
            ".map(([row, cell]) => (cell.left - row.left) % (row.width / 2))"
        )
        assert gaps, name
        assert max(gaps) < 10, name


def test_what_the_chosen_way_of_correcting_does_not_ask_for_is_not_shown(window, pages):
    page = window(java_script_enabled=False)
    page.goto(pages["correct-start"])
    lines = page.get_by_role("heading", name="Które pozycje")
    assert lines.is_visible()
    page.get_by_role("radio", name="Cofnij całą fakturę").check()
    assert not lines.is_visible()
    page.get_by_role("radio", name="Zły numer faktury").check()
    assert page.get_by_label("Poprawny numer faktury").is_visible()


@pytest.mark.parametrize("width", [832, 1024])
def test_nothing_overflows_beside_the_rail(window, pages, width):
    page = window(width)
    wide = {}
    for name, path in pages.items():
        page.goto(path)
        wide[name] = overflow(page)
    assert {name: pixels for name, pixels in wide.items() if pixels > 0} == {}
