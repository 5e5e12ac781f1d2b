"""The API's registers: contractors, products and price lists of a company."""

import hashlib
import json

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from invoices.api_files import not_modified
from invoices.api_registers_shapes import (
    CONTRACTOR_IN,
    MOST_PRICES,
    PRICE_LIST_IN,
    PRODUCT_IN,
    ContractorOut,
    PriceListOut,
    PriceListRowOut,
    ProductOut,
)
from invoices.api_shapes import refuse_unknown
from invoices.models import Contractor, PriceList, Product
from invoices.services import register_values as values
from invoices.services.contractors_read import NAMES as CONTRACTOR_NAMES
from invoices.services.contractors_read import contractor_read
from invoices.services.products import prices_set
from invoices.services.products_read import LIST_READERS, price_list_read, product_read
from invoices.services.products_read import NAMES as PRODUCT_NAMES
from invoices.services.registers import (
    row_archive,
    row_get,
    row_save,
    rows_of,
    searched,
)
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.models import Company
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.describe import ETAG, IDEMPOTENCY, IF_MATCH, IF_NONE_MATCH, LOCATION, answers
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.etag import changed_meanwhile, etag_of, require_match
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView

MOST_BODY = 1_000_000
WRITE_ERRORS = (400, 403, 404, 409, 411, 413, 415)
CHANGE_ERRORS = (400, 403, 404, 411, 412, 413, 415, 428)
QUERY = [
    OpenApiParameter("q", str, description="Words to look for."),
    OpenApiParameter("archived", OpenApiTypes.BOOL, description="The archive instead."),
]


def etag_of_row(row) -> str:
    """What changes whenever the row does, its prices included."""
    if not isinstance(row, PriceList):
        return etag_of(f"{row.pk}-{row.changed_at.timestamp():.6f}-{bool(row.archived_at)}")
    data = PriceListOut(row).data
    return etag_of(hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:32])


class _Kind:
    """What one register's two endpoints need to know; subclasses say it."""

    model: type = Contractor
    out: type = ContractorOut
    names: tuple[str, ...] = ()
    address = ""

    def read(self, body: dict, company: Company, row) -> dict:
        """Columns of a body that says all of a row. Raises ApiError 400 with every field."""
        refuse_unknown(body, set(self.names))
        found = self.found(body, company, row)
        if found.errors:
            text = _("Popraw: %(name)s.") % {"name": ", ".join(found.errors)}
            fields = {name: [said] for name, said in found.errors.items()}
            raise ApiError(400, "invalid", text, fields=fields)
        return found.values

    def found(self, body: dict, company: Company, row) -> values.Found:
        raise NotImplementedError

    def save(self, row, body: dict, by):
        read = self.read(body, row.company, row if row.pk else None)
        return row_save(row=row, values=read, by=by)

    def respond(self, row, *, status: int = 200) -> Response:
        headers = {"ETag": etag_of_row(row)}
        if status == 201:
            headers["Location"] = reverse(self.address, args=[row.company.nip, row.pk])
        return Response(self.out(row).data, status=status, headers=headers)


class _Contractors(_Kind):
    model, out, names, address = Contractor, ContractorOut, CONTRACTOR_NAMES, "api-contractor"

    def found(self, body, company, row):
        return contractor_read(body, company)


class _Products(_Kind):
    model, out, names, address = Product, ProductOut, PRODUCT_NAMES, "api-product"

    def found(self, body, company, row):
        return product_read(body, company, row=row)


class _PriceLists(_Kind):
    model, out, address = PriceList, PriceListOut, "api-price-list"
    names = (*LIST_READERS, "prices")

    def found(self, body, company, row):
        return price_list_read(body, company, row=row)

    def save(self, row, body, by):
        """The prices of the body are all of them: what it lacks goes off the list."""
        prices = _prices(body.get("prices", []), row.company)
        row = super().save(row, body, by)
        known = dict.fromkeys(row.prices.values_list("product_id", flat=True))
        prices_set(price_list=row, prices=known | prices, by=by)
        return row


def _prices(given: object, company: Company) -> dict:
    if not isinstance(given, list) or len(given) > MOST_PRICES:
        raise field_error("prices", _("oczekiwano listy cen"))
    found = {}
    for one in given:
        if not isinstance(one, dict) or set(one) != {"product", "price"}:
            raise field_error("prices", _("oczekiwano obiektów z polami product i price"))
        key = one["product"]
        if isinstance(key, bool) or not isinstance(key, int) or not isinstance(one["price"], str):
            raise field_error("prices", _("product to liczba, price to tekst z liczbą"))
        found[key] = _price(one["price"])
    ours = set(rows_of(Product, company, archived=None).values_list("pk", flat=True))
    if found.keys() - ours:
        raise field_error("prices", _("nie ma takiego produktu"))
    return found


def _price(text: str):
    try:
        price = values.price(values.plain(text))
    except values.Wrong as wrong:
        raise field_error("prices", str(wrong)) from None
    if price is None:
        raise field_error("prices", _("cena jest pusta"))
    return price


CONTRACTORS, PRODUCTS, PRICE_LISTS = _Contractors(), _Products(), _PriceLists()


# --- What the endpoints do -----------------------------------------------------------------------
def _body(request) -> dict:
    return json_object(body_read(request, {JSON_TYPE: MOST_BODY})[1])


def _list(view, request, nip: str, kind: _Kind) -> Response:
    company = company_get(actor_of(request), nip, May.VIEW)
    is_archive = request.query_params.get("archived", "").lower() in ("1", "true")
    rows = rows_of(kind.model, company, archived=is_archive)
    words = request.query_params.get("q", "").replace("\x00", "")[:100]
    if words and hasattr(kind.model, "search"):
        rows = searched(rows, words)
    page = view.paginate_queryset(rows)
    return view.get_paginated_response(view.get_serializer(page, many=True).data)


def _create(request, nip: str, kind: _Kind) -> Work:
    company = company_get(actor_of(request), nip, May.CONTRACTORS)
    body = _body(request)

    def work() -> Response:
        with transaction.atomic():
            row = kind.save(kind.model(company=company), body, request.user)
        return kind.respond(row, status=201)

    return work


def _one(request, nip: str, pk: int, kind: _Kind, may: May):
    return row_get(kind.model, company_get(actor_of(request), nip, may), pk)


def _get(request, nip: str, pk: int, kind: _Kind) -> HttpResponse:
    row = _one(request, nip, pk, kind, May.VIEW)
    return not_modified(request, etag_of_row(row)) or kind.respond(row)


def _put(request, nip: str, pk: int, kind: _Kind) -> Response:
    row = _one(request, nip, pk, kind, May.CONTRACTORS)
    require_match(request, etag_of_row(row), required=True)
    body, seen = _body(request), etag_of_row(row)
    with transaction.atomic():
        locked = kind.model.objects.select_for_update().get(pk=row.pk)
        if etag_of_row(locked) != seen:
            raise changed_meanwhile(etag_of_row(locked))
        return kind.respond(kind.save(locked, body, request.user))


def _archive(request, nip: str, pk: int, kind: _Kind) -> Response:
    row = _one(request, nip, pk, kind, May.CONTRACTORS)
    require_match(request, etag_of_row(row), required=False)
    row_archive(row=row, by=request.user)
    return Response(status=204)


# --- Addresses -----------------------------------------------------------------------------------
class Contractors(ApiView, GenericAPIView):
    """companies/{nip}/contractors/"""

    serializer_class = ContractorOut

    @extend_schema(
        operation_id="contractors_list",
        summary="Contractors of a company by name",
        parameters=QUERY,
        responses=answers({200: ContractorOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Those in use, or the archive."""
        return _list(self, request, nip, CONTRACTORS)

    @extend_schema(
        operation_id="contractors_create",
        summary="A new contractor",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: CONTRACTOR_IN},
        responses=answers({201: ContractorOut}, *WRITE_ERRORS),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """Two may share one number: branches do."""
        return _create(request, nip, CONTRACTORS)


class ContractorView(ApiView):
    """companies/{nip}/contractors/{id}/"""

    @extend_schema(
        operation_id="contractors_get",
        summary="A contractor",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers({200: ContractorOut}, 304, 403, 404),
    )
    def get(self, request, nip: str, pk: int) -> HttpResponse:
        """Archived ones too."""
        return _get(request, nip, pk, CONTRACTORS)

    @extend_schema(
        operation_id="contractors_replace",
        summary="Replaces a contractor's data",
        parameters=[IF_MATCH, ETAG],
        request={JSON_TYPE: CONTRACTOR_IN},
        responses=answers({200: ContractorOut}, *CHANGE_ERRORS),
    )
    def put(self, request, nip: str, pk: int) -> Response:
        """What the body leaves out becomes empty. Issued invoices stay as they are."""
        return _put(request, nip, pk, CONTRACTORS)

    @extend_schema(
        operation_id="contractors_archive",
        summary="Takes a contractor out of use",
        parameters=[IF_MATCH],
        responses=answers({204: None}, 403, 404, 412),
    )
    def delete(self, request, nip: str, pk: int) -> Response:
        """Into the archive; nothing is deleted."""
        return _archive(request, nip, pk, CONTRACTORS)


class Products(ApiView, GenericAPIView):
    """companies/{nip}/products/"""

    serializer_class = ProductOut

    @extend_schema(
        operation_id="products_list",
        summary="Products of a company by name",
        parameters=QUERY,
        responses=answers({200: ProductOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Those in use, or the archive."""
        return _list(self, request, nip, PRODUCTS)

    @extend_schema(
        operation_id="products_create",
        summary="A new product",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: PRODUCT_IN},
        responses=answers({201: ProductOut}, *WRITE_ERRORS),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """A symbol belongs to one product of the company."""
        return _create(request, nip, PRODUCTS)


class ProductView(ApiView):
    """companies/{nip}/products/{id}/"""

    @extend_schema(
        operation_id="products_get",
        summary="A product",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers({200: ProductOut}, 304, 403, 404),
    )
    def get(self, request, nip: str, pk: int) -> HttpResponse:
        """Archived ones too."""
        return _get(request, nip, pk, PRODUCTS)

    @extend_schema(
        operation_id="products_replace",
        summary="Replaces a product's data",
        parameters=[IF_MATCH, ETAG],
        request={JSON_TYPE: PRODUCT_IN},
        responses=answers({200: ProductOut}, *CHANGE_ERRORS),
    )
    def put(self, request, nip: str, pk: int) -> Response:
        """What the body leaves out becomes empty. Issued invoices stay as they are."""
        return _put(request, nip, pk, PRODUCTS)

    @extend_schema(
        operation_id="products_archive",
        summary="Takes a product out of use",
        parameters=[IF_MATCH],
        responses=answers({204: None}, 403, 404, 412),
    )
    def delete(self, request, nip: str, pk: int) -> Response:
        """Into the archive; nothing is deleted."""
        return _archive(request, nip, pk, PRODUCTS)


class PriceLists(ApiView, GenericAPIView):
    """companies/{nip}/price-lists/"""

    serializer_class = PriceListRowOut

    @extend_schema(
        operation_id="price_lists_list",
        summary="Price lists of a company, without their prices",
        parameters=QUERY[1:],
        responses=answers({200: PriceListRowOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Those in use, or the archive."""
        return _list(self, request, nip, PRICE_LISTS)

    @extend_schema(
        operation_id="price_lists_create",
        summary="A new price list with its prices",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: PRICE_LIST_IN},
        responses=answers({201: PriceListOut}, *WRITE_ERRORS),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """A name belongs to one list of the company."""
        return _create(request, nip, PRICE_LISTS)


class PriceListView(ApiView):
    """companies/{nip}/price-lists/{id}/"""

    @extend_schema(
        operation_id="price_lists_get",
        summary="A price list with its prices",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers({200: PriceListOut}, 304, 403, 404),
    )
    def get(self, request, nip: str, pk: int) -> HttpResponse:
        """Archived ones too."""
        return _get(request, nip, pk, PRICE_LISTS)

    @extend_schema(
        operation_id="price_lists_replace",
        summary="Replaces a price list and all its prices",
        parameters=[IF_MATCH, ETAG],
        request={JSON_TYPE: PRICE_LIST_IN},
        responses=answers({200: PriceListOut}, *CHANGE_ERRORS),
    )
    def put(self, request, nip: str, pk: int) -> Response:
        """Products that the body leaves out go off the list."""
        return _put(request, nip, pk, PRICE_LISTS)

    @extend_schema(
        operation_id="price_lists_archive",
        summary="Takes a price list out of use",
        parameters=[IF_MATCH],
        responses=answers({204: None}, 403, 404, 412),
    )
    def delete(self, request, nip: str, pk: int) -> Response:
        """Into the archive; nothing is deleted."""
        return _archive(request, nip, pk, PRICE_LISTS)
