"""A draft that the registers fill: a contractor's data and products as lines."""

from collections.abc import Mapping

from django.http import Http404
from django.utils.translation import gettext as _

from invoices.api_shapes import CONTENT_TYPES, content_of, content_read, options_of, refuse_unknown
from invoices.fa3 import tree as trees
from invoices.forms.contractors import with_contractor
from invoices.forms.lines import price_mode
from invoices.forms.products import with_products
from invoices.models import Contractor, Product
from invoices.services.contractors import OPTION, contractor_chosen, contractor_of, options_apply
from invoices.services.products import offers_of, price_list_of
from invoices.services.registers import row_get, rows_of
from invoices.services.seller import invoice_start
from ksefapp.accounts.models import Company
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.errors import field_error
from ksefapp.lib import clock, money

FILLED = ("contractor", "products")
MOST_LINES = 10_000
LARGEST_ID = 2**31 - 1


def filled_read(request, company: Company) -> tuple[dict, dict | None]:
    """As `content_read`; "contractor" and "products" of a JSON body are written into the tree.

    Then "content" may be missing: a new invoice of the company is taken. Raises ApiError, and
    Http404 for a contractor or a product of somebody else.
    """
    kind, data = body_read(request, CONTENT_TYPES)
    body = json_object(data) if kind == JSON_TYPE else {}
    if not body.keys() & set(FILLED):
        content, options = content_read(request)
        return content, known_options(company, options)
    refuse_unknown(body, {"content", "options", *FILLED})
    start = {"content": invoice_start(company, today=clock.today())}
    content, options = content_of(start | body), options_of(body.get("options"))
    options = known_options(company, options) or {}
    if body.get("contractor") is not None:
        row = _row(Contractor, company, body["contractor"], "contractor")
        content = with_contractor(content, row, company)
        options = options_apply(options, row, content) | options
    if body.get("products") is not None:
        content = _with_lines(company, content, options, body["products"])
    return content, options


def known_options(company: Company, options: Mapping | None) -> dict | None:
    """The options, once their contractor is one of the company. Raises Http404."""
    if options and OPTION in options and contractor_chosen(company, options) is None:
        raise Http404("no such contractor")
    return options


def _row(model, company: Company, key: object, name: str):
    if isinstance(key, bool) or not isinstance(key, int):
        raise field_error(name, _("oczekiwano liczby"))
    return row_get(model, company, key)


def _with_lines(company: Company, content: dict, options: Mapping, given: object) -> dict:
    wanted = _wanted(given)
    products = {row.pk: row for row in rows_of(Product, company).filter(pk__in=dict(wanted))}
    if {key for key, _quantity in wanted} - products.keys():
        raise Http404("no such product")
    offers = offers_of(
        products.values(),
        price_list=price_list_of(contractor_of(company, content, options)),
        currency=trees.text(content, "Fa/KodWaluty") or "PLN",
        is_gross=price_mode(content) == "gross",
    )
    by_key = {offer.product.pk: offer for offer in offers}
    return with_products(content, [(by_key[key], quantity) for key, quantity in wanted])


def _wanted(given: object) -> list[tuple[int, str]]:
    """(product, quantity) of each object of a list."""
    if not isinstance(given, list) or len(given) > MOST_LINES:
        raise field_error("products", _("oczekiwano listy"))
    found = []
    for one in given:
        if not isinstance(one, dict) or not {"product"} <= set(one) <= {"product", "quantity"}:
            raise field_error("products", _("oczekiwano obiektów z polami product i quantity"))
        key, quantity = one["product"], one.get("quantity", "1")
        if isinstance(key, bool) or not isinstance(key, int) or abs(key) > LARGEST_ID:
            raise field_error("products", _("product to liczba"))
        if not isinstance(quantity, str) or money.parse(quantity) is None:
            raise field_error("products", _("quantity to tekst z liczbą, na przykład 2.5"))
        found.append((key, quantity))
    return found
