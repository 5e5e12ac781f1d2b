"""Products and price lists: what they may say, their pages, what a line gets from them."""

from decimal import Decimal

import pytest
from django.urls import reverse

from invoices.models import Price, Product
from invoices.services.products import line_of, offers_of, prices_set
from invoices.services.products_read import product_read
from invoices.services.registers import search_text
from tests.form_support import errors, page

TABLE = {"name": "Stół dębowy", "symbol": "ST-1", "unit": "szt.", "price": Decimal(4850)}


def product_made(company, **fields) -> Product:
    """A product of the company, searchable as a saved one is."""
    row = Product(company=company, **(TABLE | fields))
    row.search = search_text(row)
    row.save()
    return Product.objects.get(pk=row.pk)


def url(name: str, company, *args) -> str:
    return reverse(name, args=[company.nip, *args])


@pytest.mark.parametrize(
    ("box", "text", "wanted"),
    [
        ("price", "1 234,56789012", Decimal("1234.56789012")),
        ("price", "12,5 zł", Decimal("12.5")),
        ("price", "", None),
        ("rate", "23%", "23"),
        ("rate", "zw.", "zw"),
        ("rate", "", "23"),
        ("gtu", "5", "GTU_05"),
        ("gtu", "gtu_13", "GTU_13"),
        ("annex_15", "tak", True),
        ("currency", "eur", "EUR"),
    ],
)
def test_a_box_is_read_as_people_write(company, box, text, wanted):
    found = product_read(TABLE | {box: text}, company)
    assert not found.errors
    assert found.values[box] == wanted


@pytest.mark.parametrize(
    ("box", "text"),
    [
        ("price", "1,123456789"),
        ("price", "-1"),
        ("price", "12szt"),
        ("price", "1" * 15),
        ("rate", "99"),
        ("gtu", "14"),
        ("currency", "ABC"),
        ("name", ""),
        ("symbol", "x" * 51),
    ],
)
def test_what_is_wrong_is_said_at_its_box(company, box, text):
    assert box in product_read(TABLE | {box: text}, company).errors


def test_a_symbol_belongs_to_one_product(company, other_company):
    product_made(company)
    assert "symbol" in product_read(TABLE, company).errors
    assert "symbol" not in product_read(TABLE, other_company).errors


def test_a_product_is_added_on_its_page(company, accountant, client_of):
    sent = TABLE | {"price": "4 850,00", "currency": "PLN", "rate": "23"}
    response = client_of(accountant).post(url("product-new", company), sent)
    row = Product.objects.get()
    assert response.url == url("product", company, row.pk)
    assert row.price == 4850


def test_a_wrong_price_stands_at_its_box(company, accountant, client_of):
    response = client_of(accountant).post(url("product-new", company), TABLE | {"price": "x"})
    assert response.status_code == 422
    assert "liczbę" in errors(response)["price"]


def test_a_page_sent_untouched_changes_nothing(company, accountant, client_of):
    row, client = (
        product_made(company, price=Decimal("0.12345678"), rate="zw"),
        client_of(accountant),
    )
    form = page(client.get(url("product", company, row.pk))).forms[-1]
    client.post(url("product-edit", company, row.pk), dict(form.form_values()))
    assert Product.objects.get().changed_at == row.changed_at


def test_an_archived_product_is_not_suggested(company, accountant, client_of):
    row, client = product_made(company), client_of(accountant)
    client.post(url("product-archive", company, row.pk))
    assert client.get(url("product-pick", company), {"q": "stół"}).json() == {"found": []}


def test_the_list_says_prices_with_their_places(company, viewer, client_of):
    product_made(company, price=Decimal("0.12345678"), currency="EUR")
    text = client_of(viewer).get(url("product-list", company)).content.decode()
    assert "0,12345678\u00a0EUR" in text


# --- Price lists ---------------------------------------------------------------------------------
def test_prices_are_typed_in_a_table(company, accountant, client_of):
    product, row = product_made(company), company.price_lists.create(name="Hurt")
    sent = {
        "name": "Hurt",
        "currency": "PLN",
        f"was-{product.pk}": "",
        f"price-{product.pk}": "4,5",
    }
    client_of(accountant).post(url("product-prices-edit", company, row.pk), sent)
    assert Price.objects.get().price == Decimal("4.5")


def test_a_box_that_nobody_touched_keeps_a_price_of_somebody_else(company, accountant, client_of):
    product, row = product_made(company), company.price_lists.create(name="Hurt")
    row.prices.create(product=product, price=7)
    sent = {"name": "Hurt", "currency": "PLN", f"was-{product.pk}": "", f"price-{product.pk}": ""}
    client_of(accountant).post(url("product-prices-edit", company, row.pk), sent)
    assert Price.objects.get().price == 7


def test_a_wrong_price_keeps_all_from_being_saved(company, accountant, client_of):
    product, row = product_made(company), company.price_lists.create(name="Hurt")
    sent = {"name": "Detal", "currency": "PLN", f"price-{product.pk}": "tanio"}
    response = client_of(accountant).post(url("product-prices-edit", company, row.pk), sent)
    row.refresh_from_db()
    assert response.status_code == 422
    assert (row.name, f"price-{product.pk}" in errors(response)) == ("Hurt", True)


def test_a_price_of_another_companys_product_is_not_written(company, other_company, accountant):
    product, row = product_made(other_company), company.price_lists.create(name="Hurt")
    prices_set(price_list=row, prices={product.pk: Decimal(1)}, by=accountant)
    assert not Price.objects.exists()


def test_an_empty_price_takes_the_product_off_the_list(company, accountant):
    product, row = product_made(company), company.price_lists.create(name="Hurt")
    row.prices.create(product=product, price=7)
    assert prices_set(price_list=row, prices={product.pk: None}, by=accountant) == 1
    assert not Price.objects.exists()


# --- Lines ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("currency", "is_gross", "price"),
    [("PLN", False, Decimal(4000)), ("PLN", True, None), ("EUR", False, None)],
)
def test_only_a_price_that_fits_is_taken(company, currency, is_gross, price):
    product, row = product_made(company), company.price_lists.create(name="Hurt")
    row.prices.create(product=product, price=4000)
    how = {"price_list": row, "currency": currency, "is_gross": is_gross}
    [offer] = offers_of([product], **how)
    assert (offer.price, bool(offer.why)) == (price, price is None)


def test_a_line_says_all_that_the_product_says(company):
    product = product_made(
        company, gtin="5901234123457", cn="94033011", gtu="GTU_10", annex_15=True
    )
    [offer] = offers_of([product])
    assert line_of(offer, quantity="2") == {
        "P_7": "Stół dębowy",
        "Indeks": "ST-1",
        "GTIN": "5901234123457",
        "CN": "94033011",
        "P_8A": "szt.",
        "P_8B": "2",
        "P_9A": "4850.00",
        "P_12": "23",
        "GTU": "GTU_10",
        "P_12_Zal_15": "1",
    }
