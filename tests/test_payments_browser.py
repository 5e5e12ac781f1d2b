"""The pages of payments, totals and search in a browser: wide, narrow, dark, without a mouse."""

from decimal import Decimal

import pytest
from django.urls import reverse

from invoices.models import Payment
from tests.browser_support import chromium, overflow, violations, window
from tests.payment_support import paid, sold, stands

__all__ = ["chromium", "window"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_and_axe_finds_nothing(company, owner, window, width, scheme):
    document = sold(company, owner)
    paid(document, owner, "23.00")
    page = window(width, color_scheme=scheme, bypass_csp=True)
    pages = [
        reverse("report", args=[company.nip]),
        reverse("search-company", args=[company.nip]) + "?q=blat",
        reverse("invoice-list", args=[company.nip]) + "?widok=nieoplacone",
        reverse("invoice-detail", args=[company.nip, document.pk]),
    ]
    for address in pages:
        page.goto(address)
        assert overflow(page) <= 0, address
        assert violations(page) == [], address


@pytest.mark.parametrize(("width", "hidden"), [(1280, False), (360, True)])
def test_every_view_is_in_sight_where_there_is_room(company, owner, window, width, hidden):
    page = window(width)
    page.goto(reverse("invoice-list", args=[company.nip]))
    wider = "element => element.scrollWidth > element.clientWidth"
    assert page.locator(".views").evaluate(wider) is hidden


def test_a_part_and_then_the_rest_is_paid_on_the_page(company, owner, window):
    document = sold(company, owner)
    page = window()
    page.goto(reverse("invoice-detail", args=[company.nip, document.pk]))
    part = page.locator("#payments")
    part.get_by_text("Zapisz wpłatę albo zwrot").click()
    part.get_by_label("Kwota").fill("23,00")
    part.get_by_role("button", name="Zapisz wpłatę").click()
    page.get_by_text("Do zapłaty 100,00 zł.").wait_for()
    part.get_by_role("button", name="Oznacz jako zapłaconą").click()
    part.get_by_text("Zapłacona w całości.").wait_for()
    assert stands(document) == ("paid", Decimal(0))


def test_ticked_invoices_of_the_list_are_paid(company, owner, window):
    rows = [sold(company, owner) for _ in range(2)]
    page = window()
    page.goto(reverse("invoice-list", args=[company.nip]))
    for row in rows:
        page.get_by_role("checkbox", name=row.number).check()
    page.get_by_role("button", name="Oznacz zaznaczone jako zapłacone").click()
    page.get_by_text("Zapisane jako zapłacone").wait_for()
    assert Payment.objects.count() == 2
