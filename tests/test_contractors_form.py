"""Saved buyers and products in the form of an invoice, without scripts."""

import pytest
from django.urls import reverse

from invoices.fa3 import tree as trees
from invoices.models import Contractor, Draft
from invoices.services.drafts import draft_create
from tests.form_support import boxes, draft_url, edit, fill, new_url, only_draft
from tests.invoice_support import content
from tests.test_contractors import contractor_made
from tests.test_products import product_made


@pytest.fixture
def writer(teammate, client_of):
    """An issuer: may choose contractors, not keep them."""
    return client_of(teammate)


def test_without_contractors_the_form_has_no_search(company, writer):
    assert "buyer_q" not in boxes(writer.get(new_url(company)))


def test_a_new_invoice_begins_for_a_contractor(company, writer):
    row = contractor_made(company, payment_days=3)
    shown = boxes(writer.get(new_url(company), {"kontrahent": row.pk}))
    assert shown["buyer_nip"] == row.id_number
    assert shown["due_days"] == "3"


def test_a_strangers_contractor_begins_nothing(company, other_company, writer):
    row = contractor_made(other_company)
    assert writer.get(new_url(company), {"kontrahent": row.pk}).status_code == 404


def test_looking_at_it_makes_no_draft(company, writer):
    row = contractor_made(company)
    sent = boxes(writer.get(new_url(company), {"kontrahent": row.pk}))
    writer.post(new_url(company), sent | {"action": "autosave"})
    assert not Draft.objects.exists()


def test_a_draft_begun_for_a_contractor_names_it(company, writer):
    row = contractor_made(company)
    sent = boxes(writer.get(new_url(company), {"kontrahent": row.pk}))
    writer.post(new_url(company), sent | {"action": "save"})
    assert only_draft().options["contractor"] == row.pk


def test_a_chosen_buyer_fills_its_boxes_and_keeps_the_lines(company, writer):
    row = contractor_made(company, currency="EUR")
    fill(writer, company, f"buyer:{row.pk}")
    draft = only_draft()
    assert trees.text(draft.content, "Podmiot2/DaneIdentyfikacyjne/NIP") == row.id_number
    assert trees.text(draft.content, "Fa/KodWaluty") == "EUR"
    assert trees.text(draft.content, "Fa/FaWiersz[0]/P_7") == "Blat jesionowy"
    assert draft.options == {"contractor": row.pk}


def test_what_was_chosen_can_be_typed_over(company, writer):
    fill(writer, company, f"buyer:{contractor_made(company).pk}")
    edit(writer, only_draft(), buyer_name="Hotel Bursztyn w Sopocie")
    name = trees.text(only_draft().content, "Podmiot2/DaneIdentyfikacyjne/Nazwa")
    assert name == "Hotel Bursztyn w Sopocie"


def test_a_form_that_nobody_touched_writes_nothing(company, writer):
    fill(writer, company, f"buyer:{contractor_made(company, jst=True).pk}")
    before = only_draft()
    edit(writer, before)
    after = only_draft()
    assert (after.content, after.options, after.version) == (
        before.content,
        before.options,
        before.version,
    )


def test_a_strangers_contractor_cannot_be_chosen(company, other_company, writer):
    row = contractor_made(other_company)
    assert fill(writer, company, f"buyer:{row.pk}").status_code == 404


def test_the_search_shows_matches_on_the_page(company, writer):
    row = contractor_made(company)
    contractor_made(company, name="Inny", id_number="1111111111")
    response = fill(writer, company, "buyer-find", buyer_q="bursztyn")
    text = writer.get(response.url).content.decode()
    assert f'value="buyer:{row.pk}"' in text
    assert text.count('value="buyer:') == 1


def test_suggestions_are_the_companys_own(company, other_company, writer):
    contractor_made(other_company)
    url = reverse("contractor-pick", args=[company.nip])
    assert "buyer:" not in writer.get(url, {"buyer_q": "hotel"}).content.decode()


def test_a_typed_buyer_is_kept(company, owner, client_of):
    fill(client_of(owner), company, "buyer-save")
    row = Contractor.objects.get()
    assert (row.name, row.id_number) == ("Kawiarnia Pod Lipą", "1111111111")
    assert only_draft().options == {"contractor": row.pk}


def test_a_buyer_that_is_known_is_not_kept_twice(company, owner, client_of):
    contractor_made(company, id_number="1111111111")
    fill(client_of(owner), company, "buyer-save")
    assert Contractor.objects.count() == 1


def test_a_buyer_with_a_wrong_number_is_not_kept(company, owner, client_of):
    client = client_of(owner)
    response = fill(client, company, "buyer-save", buyer_nip="123")
    assert not Contractor.objects.exists()
    assert "NIP ma 10 cyfr" in client.get(response.url).content.decode()


def test_an_issuer_keeps_no_contractors(company, writer):
    fill(writer, company, "buyer-save")
    assert not Contractor.objects.exists()
    assert only_draft()


# --- Products ------------------------------------------------------------------------------------
def suggested(client, company, **query) -> list[dict]:
    url = reverse("product-pick", args=[company.nip])
    return client.get(url, {"q": "stół", "currency": "PLN", "mode": "net"} | query).json()["found"]


def test_a_product_fills_a_line(company, writer):
    product_made(company, pkwiu="31.01.12.0", gtu="GTU_10")
    [found] = suggested(writer, company)
    assert found["boxes"]["name"] == "Stół dębowy"
    assert found["boxes"]["price"] == "4850,00"
    assert found["boxes"]["PKWiU"] == "31.01.12.0"
    assert "quantity" not in found["boxes"]


def test_a_price_in_another_currency_is_no_price(company, writer):
    product_made(company)
    [found] = suggested(writer, company, currency="EUR")
    assert found["boxes"]["price"] == ""
    assert "PLN" in found["why"]


def test_the_contractors_price_list_goes_first(company, writer):
    product, prices = product_made(company), company.price_lists.create(name="Hurt")
    prices.prices.create(product=product, price="4000.123")
    row = contractor_made(company, price_list=prices)
    [found] = suggested(writer, company, contractor=row.pk)
    assert found["boxes"]["price"] == "4000,123"


def test_another_companys_contractor_has_no_prices_here(company, other_company, writer):
    row = contractor_made(other_company)
    url = reverse("product-pick", args=[company.nip])
    assert writer.get(url, {"q": "a", "contractor": row.pk}).status_code == 404


def test_lines_come_from_the_catalogue(company, teammate, writer):
    product = product_made(company)
    draft = draft_create(company=company, content=content(company), created_by=teammate)
    url = reverse("invoice-products", args=[company.nip, draft.pk])
    writer.post(url, {"version": draft.version, f"quantity-{product.pk}": "2,5"})
    line = only_draft().content["Fa"]["FaWiersz"][1]
    assert (line["P_7"], line["P_8B"], line["P_9A"]) == ("Stół dębowy", "2.5", "4850.00")
    assert line["NrWierszaFa"] == "2"


def test_a_foreign_product_becomes_no_line(company, other_company, teammate, writer):
    product = product_made(other_company)
    draft = draft_create(company=company, content=content(company), created_by=teammate)
    url = reverse("invoice-products", args=[company.nip, draft.pk])
    writer.post(url, {"version": draft.version, f"quantity-{product.pk}": "1"})
    assert len(only_draft().content["Fa"]["FaWiersz"]) == 1


def test_a_nip_of_a_saved_contractor_fills_in_the_buyer_by_one_click(company, writer):
    row = contractor_made(company)
    writer.post(
        new_url(company), boxes(writer.get(new_url(company))) | {"buyer_nip": row.id_number}
    )
    assert f'value="buyer:{row.pk}"' in writer.get(draft_url(only_draft())).content.decode()
    edit(writer, only_draft(), f"buyer:{row.pk}")
    assert trees.text(only_draft().content, "Podmiot2/DaneIdentyfikacyjne/Nazwa") == row.name
    assert f'value="buyer:{row.pk}"' not in writer.get(draft_url(only_draft())).content.decode()
