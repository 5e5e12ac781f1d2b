"""Payments, totals and search over the API."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from invoices.models import Document, Payment
from ksefapp.lib import clock
from tests.api_support import API, code_of, post_json
from tests.cast import program_of
from tests.payment_support import corrected, paid, sold, stands

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(company, owner) -> Document:
    return sold(company, owner)


def post(program, document, body=None, key=""):
    return post_json(program, f"documents/{document.pk}/payments/", body, key)


def test_a_payment_is_recorded_and_listed(program, document):
    body = {"amount": "23.00", "received_on": "2026-11-02", "note": "przelew"}
    answer = post(program, document, body)
    assert answer.status_code == 201
    assert program.get(answer["Location"]).json() == answer.json()
    found = program.get(f"{API}/documents/{document.pk}/payments/").json()
    assert (found["state"], found["rest"], found["received"]) == ("partly", "100.00", "23.00")
    assert [row["note"] for row in found["payments"]] == ["przelew"]


def test_without_an_amount_the_whole_rest_came_today(program, document):
    assert post(program, document).json()["amount"] == "123.00"
    assert Payment.objects.get().received_on == clock.today()
    assert code_of(post(program, document)) == "nothing_due"


def test_a_repeated_request_records_once(program, document):
    answers = [post(program, document, {"amount": "23.00"}, key="wplata-1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": 23}, "amount"),
        ({"amount": "23,00"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "9" * 30}, "amount"),
        ({"received_on": "2.11.2026"}, "received_on"),
        ({"received_on": "2999-01-01"}, "received_on"),
        ({"received_on": None}, "received_on"),
        ({"note": "x" * 201}, "note"),
        ({"kwota": "1.00"}, "kwota"),
    ],
)
def test_a_wrong_field_is_named(program, document, body, field):
    answer = post(program, document, body)
    assert (answer.status_code, code_of(answer)) == (400, "invalid")
    assert list(answer.json()["error"]["fields"]) == [field]


def test_money_for_a_correction_is_refused(program, company, owner, document):
    correction = corrected(company, owner, document, gross="-3.00")
    answer = post(program, correction, {"amount": "1.00"})
    assert (answer.status_code, code_of(answer)) == (409, "settled_elsewhere")


def test_a_mistake_is_cancelled_once(program, document, owner):
    row = paid(document, owner, "23.00")
    path = f"documents/{document.pk}/payments/{row.pk}/cancel/"
    assert post_json(program, path).json()["cancelled_at"]
    assert post_json(program, path).status_code == 409
    assert stands(document) == ("unpaid", Decimal("123.00"))


def test_a_viewer_s_key_reads_only(company, viewer, document):
    program = program_of(viewer, company)
    assert program.get(f"{API}/documents/{document.pk}/payments/").status_code == 200
    assert post(program, document).status_code == 403


def test_a_stranger_s_key_sees_no_payments(other_company, stranger, document):
    program = program_of(stranger, other_company)
    assert program.get(f"{API}/documents/{document.pk}/payments/").status_code == 404
    assert post(program, document).status_code == 404


@pytest.mark.parametrize(
    ("payment", "count"), [("unpaid", 3), ("partly", 1), ("overdue", 1), ("paid", 1)]
)
def test_documents_are_narrowed_by_payment(program, company, owner, payment, count):
    sold(company, owner)
    sold(company, owner, due_on=clock.today() - timedelta(days=1))
    sold(company, owner, paid=True)
    paid(sold(company, owner), owner, "1.00")
    found = program.get(f"{API}/documents/", {"payment": payment}).json()
    assert len(found["results"]) == count


def test_an_unknown_filter_is_refused(program, document):
    answer = program.get(f"{API}/documents/", {"payment": "maybe"})
    assert (answer.status_code, code_of(answer)) == (400, "invalid")


def test_totals_are_those_of_the_page(program, company, owner):
    sold(company, owner, issued_on=date(2026, 3, 5), net=Decimal(100), vat=Decimal(23))
    found = program.get(f"{API}/companies/{company.nip}/totals/", {"year": "2026"}).json()
    assert [(row["month"], row["sums"]["net"]) for row in found["months"]] == [
        ("2026-03", "100.00")
    ]
    assert [row["share"] for row in found["buyers"]] == ["100.0"]
    assert found["receivables"][0]["unpaid"] == "123.00"


@pytest.mark.parametrize(
    "query", [{"year": "x"}, {"year": "1"}, {"first_month": "13"}, {"last_month": "0"}]
)
def test_a_period_that_makes_no_sense_is_refused(program, company, query):
    answer = program.get(f"{API}/companies/{company.nip}/totals/", query)
    assert (answer.status_code, code_of(answer)) == (400, "invalid")


def test_a_period_does_not_end_before_it_begins(program, company):
    query = {"first_month": "5", "last_month": "4"}
    answer = program.get(f"{API}/companies/{company.nip}/totals/", query)
    assert list(answer.json()["error"]["fields"]) == ["last_month"]


def test_search_finds_documents_of_the_key_s_companies_only(
    program, document, other_company, stranger
):
    sold(other_company, stranger)
    (group,) = program.get(f"{API}/search/", {"q": "BLAT jesionowy"}).json()["groups"]
    assert (group["kind"], group["count"]) == ("document", 1)
    assert group["hits"][0]["id"] == str(document.pk)


def test_search_of_another_s_company_is_404(program, other_company):
    answer = program.get(f"{API}/search/", {"q": "x", "company": other_company.nip})
    assert answer.status_code == 404


def test_nothing_asked_is_nothing_found(program, document):
    assert program.get(f"{API}/search/", {"q": " "}).json() == {"groups": []}
