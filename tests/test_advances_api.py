"""Advances, settlements and rebates over the API."""

import pytest

from invoices.models import Document, Draft
from ksefapp.lib import clock
from tests.api_support import API, code_of, post_json
from tests.invoice_support import issued
from tests.test_advances import advance, advance_tree, issue, numbered, said, settle

OTHER = {"number": "Z/9", "rates": [{"rate": "23", "net": "100.00", "vat": "23.00"}]}


def post(program, company, what: str, body):
    return post_json(program, f"companies/{company.nip}/{what}/", body)


def next_one(program, document: Document, body=None):
    return post_json(program, f"documents/{document.pk}/next-advance/", body)


def rebate(**more) -> dict:
    return {"reason": "rabat", "period": "2026"} | more


def test_open_advances_say_what_is_left_per_rate(company, owner, program):
    paid = advance(company, owner)
    found = program.get(f"{API}/companies/{company.nip}/advances/").json()["results"]
    assert [found[0][name] for name in ("value", "paid", "left")] == [
        "337635.00",
        "30000.00",
        "307635.00",
    ]
    assert found[0]["left_by_rate"][0] == {"field": "P_13_1", "net": "4100.16", "vat": "943.04"}
    assert found[0]["advances"][0]["id"] == str(paid.pk)


def test_a_settled_order_is_not_listed(company, owner, program):
    paid = advance(company, owner)
    issue(company, owner, settle(company, owner, paid).content)
    assert program.get(f"{API}/companies/{company.nip}/advances/").json()["results"] == []


def test_advances_become_a_settlement(company, owner, program):
    paid = advance(company, owner)
    body = {"advances": [str(paid.pk)], "other_advances": [OTHER]}
    response = post(program, company, "settlements", body)
    assert response.status_code == 201
    assert said(Draft.objects.get(issued_as=None).content, "P_15") == ["307512.00"]


def test_an_advance_without_number_is_a_conflict(company, owner, program):
    waiting = issue(company, owner, advance_tree(company))
    response = post(program, company, "settlements", {"advances": [str(waiting.pk)]})
    assert (response.status_code, code_of(response)) == (409, "no_number")
    assert response.json()["error"]["document"]["number"] == waiting.number


@pytest.mark.parametrize(
    "body",
    [
        {"advances": ["1"]},
        {"advances": ["b2f0c1de-0000-4000-8000-000000000000"]},
        {"advances": {}},
        {"other_advances": [{"number": "Z/1", "rates": []}]},
        {"other_advances": [{"number": "", "rates": OTHER["rates"]}]},
        {"other_advances": [OTHER | {"rates": [{"rate": "99", "net": "1"}]}]},
        {"other_advances": [OTHER | {"rates": [{"rate": "23", "net": 1}]}]},
        {"zaliczki": []},
    ],
)
def test_a_settlement_of_nonsense_is_400(body, company, owner, program):
    assert post(program, company, "settlements", body).status_code == 400


def test_nothing_to_settle_is_a_conflict(company, owner, program):
    assert code_of(post(program, company, "settlements", {})) == "no_advances"


def test_the_next_advance_is_for_what_is_left(company, owner, program):
    assert next_one(program, advance(company, owner)).status_code == 201
    assert said(Draft.objects.get(issued_as=None).content, "P_15") == ["307635.00"]


def test_the_next_advance_is_for_a_payment(company, owner, program):
    next_one(program, advance(company, owner), {"payment": "20000.00"})
    assert said(Draft.objects.get(issued_as=None).content, "P_15") == ["20000.00"]


def test_an_invoice_is_no_advance(company, owner, program):
    assert code_of(next_one(program, issued(company, owner))) == "not_an_advance"


def test_invoices_get_a_rebate(company, owner, program):
    rows = [numbered(issued(company, owner)) for _ in range(2)]
    body = rebate(documents=[str(row.pk) for row in rows], percent="10")
    assert post(program, company, "rebates", body).status_code == 201
    assert said(Draft.objects.get(issued_as=None).content, "P_15") == ["-24.60"]


def test_a_buyers_invoices_of_a_period_get_a_rebate(company, owner, program):
    row, today = numbered(issued(company, owner)), clock.today().isoformat()
    gross = [{"rate": "23", "amount": "12.30"}]
    body = rebate(buyer=row.buyer_id, to=today, gross=gross) | {"from": today}
    assert post(program, company, "rebates", body).status_code == 201
    assert said(Draft.objects.get(issued_as=None).content, "P_13_1") == ["-10.00"]


def test_too_much_is_a_conflict(company, owner, program):
    row = numbered(issued(company, owner))
    body = rebate(documents=[str(row.pk)], net=[{"rate": "23", "amount": "1000.00"}])
    assert code_of(post(program, company, "rebates", body)) == "too_much"


@pytest.mark.parametrize(
    "more",
    [
        {"percent": "10"},
        {"documents": [], "percent": "10"},
        {"documents": ["x"], "percent": "10"},
        {"buyer": "1111111111", "from": "2026-02-30", "to": "2026-12-31", "percent": "10"},
        {"buyer": "nikt", "from": "2026-01-01", "to": "2026-12-31", "percent": "10"},
    ],
)
def test_a_rebate_of_nonsense_is_400(more, company, owner, program):
    numbered(issued(company, owner))
    assert post(program, company, "rebates", rebate(**more)).status_code == 400


@pytest.mark.parametrize("way", [{}, {"percent": "0"}, {"percent": "1", "net": []}, {"net": [1]}])
def test_a_rebate_needs_one_size(way, company, owner, program):
    row = numbered(issued(company, owner))
    body = rebate(documents=[str(row.pk)]) | way
    assert post(program, company, "rebates", body).status_code == 400
