"""Payments on pages: the document's part, the list with its ticks and views."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.models import Payment
from ksefapp.lib import clock
from tests.form_support import page
from tests.payment_support import paid, sold, stands

pytestmark = pytest.mark.django_db


def address(name: str, company, *args) -> str:
    return reverse(name, args=[company.nip, *args])


def section_text(client, company, document) -> str:
    html = page(client.get(address("invoice-detail", company, document.pk)))
    return " ".join(html.get_element_by_id("payments").text_content().split())


def typed(**changes) -> dict:
    return {"amount": "23,00", "received_on": clock.today().isoformat(), "note": ""} | changes


def test_one_click_pays_the_rest_today(company, owner, client_of):
    document = sold(company, owner)
    answer = client_of(owner).post(address("payment-whole", company, document.pk))
    assert answer.url.endswith("#payments")
    assert stands(document) == ("paid", Decimal(0))
    assert Payment.objects.get().received_on == clock.today()


def test_a_part_is_typed_as_people_write_it(company, owner, client_of):
    document = sold(company, owner, gross="5000.00")
    data = typed(amount="1 234,50", note="przelew")
    client_of(owner).post(address("payment-new", company, document.pk), data)
    assert stands(document) == ("partly", Decimal("3765.50"))
    assert "1 234,50 zł" in section_text(client_of(owner), company, document).replace("\xa0", " ")


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "dużo"}, {"amount": "0"}, {"received_on": "2999-01-01"}, {"note": "x" * 201}],
)
def test_what_is_no_payment_is_refused_in_words(company, owner, client_of, wrong):
    document = sold(company, owner)
    url = address("payment-new", company, document.pk)
    answer = client_of(owner).post(url, typed(**wrong), follow=True)
    assert b"Wpisz" in answer.content or "znaków" in answer.content.decode()
    assert not Payment.objects.exists()


def test_the_second_click_of_the_same_form_adds_nothing(company, owner, client_of):
    document, client = sold(company, owner), client_of(owner)
    for _ in range(2):
        client.post(address("payment-new", company, document.pk), typed(seen="123.00"))
    assert stands(document) == ("partly", Decimal("100.00"))


def test_a_mistaken_entry_is_cancelled_and_still_shown(company, owner, client_of):
    document = sold(company, owner)
    row = paid(document, owner, "23.00")
    client_of(owner).post(address("payment-undo", company, document.pk, row.pk))
    assert stands(document) == ("unpaid", Decimal("123.00"))
    assert "anulowana" in section_text(client_of(owner), company, document)


def test_an_entry_is_cancelled_only_through_its_own_document(company, owner, client_of):
    other = sold(company, owner)
    row = paid(sold(company, owner), owner, "23.00")
    answer = client_of(owner).post(address("payment-undo", company, other.pk, row.pk))
    assert answer.status_code == 404
    assert Payment.objects.get().cancelled_at is None


def test_a_viewer_sees_payments_without_a_form(company, owner, viewer, client_of):
    document = sold(company, owner)
    text = section_text(client_of(viewer), company, document)
    assert "Do zapłaty" in text
    assert "Zapisz wpłatę" not in text


def test_the_page_says_since_when_it_is_overdue(company, owner, client_of):
    document = sold(company, owner, due_on=clock.today() - timedelta(days=5))
    assert "5 dni po terminie" in section_text(client_of(owner), company, document).replace(
        "\xa0", " "
    )


def test_ticked_invoices_are_paid_by_one_post(company, owner, client_of):
    rows = [sold(company, owner) for _ in range(3)]
    data = {"id": [row.pk for row in rows[:2]], "wroc": "widok=nieoplacone"}
    answer = client_of(owner).post(address("payments-whole", company), data)
    assert answer.url == address("invoice-list", company) + "?widok=nieoplacone"
    assert [stands(row)[0] for row in rows] == ["paid", "paid", "unpaid"]


def test_a_paid_one_among_the_ticked_is_left_alone(company, owner, client_of):
    document = sold(company, owner, paid=True)
    client_of(owner).post(address("payments-whole", company), {"id": [document.pk]})
    assert not Payment.objects.exists()


@pytest.mark.parametrize("wrong", ["x", str(uuid4())])
def test_what_is_no_document_of_the_company_is_404(company, owner, client_of, wrong):
    answer = client_of(owner).post(address("payments-whole", company), {"id": [wrong]})
    assert answer.status_code == 404


def test_nobody_pays_another_company_s_invoice(company, owner, other_company, stranger, client_of):
    foreign = sold(other_company, stranger)
    answer = client_of(owner).post(address("payments-whole", company), {"id": [foreign.pk]})
    assert answer.status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.parametrize(("view", "count"), [("nieoplacone", 2), ("przeterminowane", 1)])
def test_the_views_of_payments_have_counts(company, owner, client_of, view, count):
    sold(company, owner, due_on=clock.today() - timedelta(days=1))
    sold(company, owner)
    sold(company, owner, paid=True)
    html = page(client_of(owner).get(address("invoice-list", company), {"widok": view}))
    assert len(html.xpath("//a[@class='number']")) == count
    (tab,) = html.xpath(f"//a[@href='?widok={view}']")
    assert str(count) in tab.text_content()


@pytest.mark.parametrize(
    ("part", "words"),
    [("123.00", "zapłacona"), ("23.00", "zostało 100,00 zł"), ("124.00", "do zwrotu")],
)
def test_a_row_of_the_list_says_how_it_stands(company, owner, client_of, part, words):
    paid(sold(company, owner), owner, part)
    html = page(client_of(owner).get(address("invoice-list", company)))
    (cell,) = html.xpath("//tbody//td[contains(@class, 'cell-amount')]")
    assert words in cell.text_content().replace("\xa0", " ")


def test_the_list_asks_as_many_questions_for_ten_as_for_two(company, owner, client_of):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client_of(owner).get(address("invoice-list", company))
        return len(queries)

    paid(sold(company, owner), owner, "5.00")
    sold(company, owner)
    few = asked()
    for _ in range(8):
        paid(sold(company, owner), owner, "5.00")
    assert asked() == few
