"""Contractors, products and price lists over the API, and drafts that they fill."""

import pytest

from invoices.fa3 import tree as trees
from invoices.models import Contractor, Draft, Price, Product
from tests.api_support import API, code_of, content, post_json, put_json
from tests.cast import program_of
from tests.test_contractors import HOTEL, contractor_made
from tests.test_products import product_made


@pytest.fixture
def base(company) -> str:
    return f"companies/{company.nip}/"


def test_a_contractor_is_made_and_read(program, base):
    response = post_json(program, f"{base}contractors/", HOTEL | {"id_number": "585-999-01-28"})
    assert response.status_code == 201
    body = program.get(response["Location"]).json()
    assert (body["id_number"], body["archived_at"]) == ("5859990128", None)


def test_every_wrong_field_is_named(program, base):
    response = post_json(program, f"{base}contractors/", {"id_number": "1", "email": "x"})
    assert code_of(response) == "invalid"
    assert set(response.json()["error"]["fields"]) == {"name", "id_number", "email"}


def test_an_unknown_field_is_refused(program, base):
    response = post_json(program, f"{base}contractors/", HOTEL | {"nip": "5859990128"})
    assert response.status_code == 400


def test_a_list_is_searched(program, base, company):
    contractor_made(company)
    contractor_made(company, name="Inny")
    body = program.get(f"{API}/{base}contractors/?q=bursztyn").json()
    assert [row["name"] for row in body["results"]] == [HOTEL["name"]]


def test_a_contractor_is_changed_under_its_etag(program, base, company):
    row = contractor_made(company)
    path = f"{base}contractors/{row.pk}/"
    etag = program.get(f"{API}/{path}")["ETag"]
    assert put_json(program, path, HOTEL).status_code == 428
    assert put_json(program, path, HOTEL | {"note": "a"}, **{"If-Match": etag}).status_code == 200
    assert put_json(program, path, HOTEL, **{"If-Match": etag}).status_code == 412
    assert Contractor.objects.get().note == "a"


def test_deleting_archives(program, base, company):
    row = contractor_made(company)
    assert program.delete(f"{API}/{base}contractors/{row.pk}/").status_code == 204
    assert Contractor.objects.get().archived_at is not None
    listed = program.get(f"{API}/{base}contractors/?archived=true").json()["results"]
    assert [one["id"] for one in listed] == [row.pk]


def test_an_issuer_reads_but_does_not_write(teammate, company, base):
    client = program_of(teammate, company)
    assert client.get(f"{API}/{base}products/").status_code == 200
    assert post_json(client, f"{base}products/", {"name": "A"}).status_code == 403


@pytest.mark.parametrize("kind", ["contractors", "products", "price-lists"])
def test_rows_of_another_company_are_404(kind, program, base, other_company):
    rows = {
        "contractors": contractor_made(other_company),
        "products": product_made(other_company),
        "price-lists": other_company.price_lists.create(name="Hurt"),
    }
    path = f"{base}{kind}/{rows[kind].pk}/"
    assert program.get(f"{API}/{path}").status_code == 404
    assert put_json(program, path, {"name": "A"}, **{"If-Match": "*"}).status_code == 404
    assert program.delete(f"{API}/{path}").status_code == 404


def test_a_product_keeps_eight_places(program, base):
    sent = {"name": "Śruba", "price": "0.12345678", "rate": "23"}
    assert post_json(program, f"{base}products/", sent).json()["price"] == "0.12345678"


def test_a_price_list_is_made_with_its_prices(program, base, company):
    product = product_made(company)
    sent = {"name": "Hurt", "prices": [{"product": product.pk, "price": "12.5"}]}
    body = post_json(program, f"{base}price-lists/", sent).json()
    assert body["prices"] == [{"product": product.pk, "price": "12.50"}]


def test_prices_that_the_body_leaves_out_go(program, base, company):
    row = company.price_lists.create(name="Hurt")
    row.prices.create(product=product_made(company), price=1)
    path = f"{base}price-lists/{row.pk}/"
    etag = program.get(f"{API}/{path}")["ETag"]
    put_json(program, path, {"name": "Hurt"}, **{"If-Match": etag})
    assert not Price.objects.exists()


def test_a_wrong_price_makes_no_list(program, base, company):
    sent = {"name": "Hurt", "prices": [{"product": product_made(company).pk, "price": "x"}]}
    assert post_json(program, f"{base}price-lists/", sent).status_code == 400
    assert not company.price_lists.exists()


# --- Drafts --------------------------------------------------------------------------------------
def test_a_contractor_and_products_make_a_whole_draft(program, drafts, company):
    row, product = contractor_made(company), product_made(company)
    sent = {"contractor": row.pk, "products": [{"product": product.pk, "quantity": "2"}]}
    assert post_json(program, drafts, sent).status_code == 201
    draft = Draft.objects.get()
    assert trees.text(draft.content, "Podmiot2/DaneIdentyfikacyjne/NIP") == row.id_number
    assert trees.text(draft.content, "Fa/P_15") == "11931.00"
    assert draft.options == {"contractor": row.pk}


def test_a_contractor_is_written_into_the_content_that_came(program, drafts, company):
    row = contractor_made(company)
    post_json(program, drafts, {"content": content(Fa__P_2="FV/9"), "contractor": row.pk})
    draft = Draft.objects.get()
    assert trees.text(draft.content, "Fa/P_2") == "FV/9"
    assert trees.text(draft.content, "Podmiot2/DaneIdentyfikacyjne/Nazwa") == HOTEL["name"]


@pytest.mark.parametrize(
    "body",
    [
        lambda key: {"contractor": key},
        lambda key: {"content": {}, "options": {"contractor": key}},
        lambda key: {"products": [{"product": key}]},
    ],
)
def test_rows_of_another_company_fill_nothing(body, program, drafts, other_company):
    key = contractor_made(other_company).pk
    product_made(other_company)
    sent = body(Product.objects.get().pk if "products" in body(key) else key)
    assert post_json(program, drafts, sent).status_code == 404
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"contractor": "1"},
        {"contractor": True},
        {"products": {}},
        {"products": [1]},
        {"products": [{"product": 1, "quantity": 2}]},
        {"content": {}, "options": {"contractor": "1"}},
    ],
)
def test_a_wrong_kind_of_value_is_400(body, program, drafts):
    assert post_json(program, drafts, body).status_code == 400
