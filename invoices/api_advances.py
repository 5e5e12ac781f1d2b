"""The API's advances: what is open, their settlement, the next one, and rebates over a period."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from invoices.access import document_list
from invoices.api_advances_in import (
    MOST_BODY,
    NEXT_IN,
    REBATE_IN,
    SETTLEMENT_IN,
    amount_read,
    ids_read,
    others_read,
    rebate_read,
)
from invoices.api_drafts import draft_made
from invoices.api_rows import document_of
from invoices.api_shapes import BuyerOut, DraftMadeOut, refuse_unknown
from invoices.fa3 import settling
from invoices.models import Draft
from invoices.services.advances import Order, advances_of, order_amounts, order_list
from invoices.services.advances_settle import (
    SettlementRefused,
    next_advance_start,
    settlement_start,
)
from invoices.services.issue_checks import problems_of
from invoices.services.rebate import RebateRefused, rebate_start
from invoices.views.advances import is_open_advance, refusal_text
from invoices.views.rebate import WHY_NOT as WHY_NO_REBATE
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.describe import ETAG, IDEMPOTENCY, LOCATION, answers
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView

MADE = answers({201: DraftMadeOut}, 400, 403, 404, 409, 411, 413, 415)


class Money(serializers.DecimalField):
    """An amount with two decimal places."""

    def __init__(self, **options) -> None:
        super().__init__(max_digits=20, decimal_places=2, **options)


class RateLeftOut(serializers.Serializer):
    """One field of the totals; VAT is 0.00 where there is no tax."""

    field = serializers.CharField(help_text="P_13_1 …")
    net = Money()
    vat = Money()


class AdvanceOut(serializers.Serializer):
    """A ZAL with its corrections. Amounts are those after them."""

    id = serializers.UUIDField(source="document.pk")
    number = serializers.CharField(source="document.number")
    ksef_number = serializers.CharField(source="document.ksef_number", allow_null=True)
    issued_on = serializers.DateField(source="document.issued_on")
    net = Money()
    gross = Money()
    closed_why = serializers.ChoiceField(
        source="why_not",
        choices=["settled", "no-number", "nothing"],
        allow_blank=True,
        help_text="Why no settlement may name it; empty: one may",
    )


class OrderOut(serializers.Serializer):
    """Advances of one order of one buyer, and what is left of it."""

    buyer = BuyerOut(source="first")
    currency = serializers.CharField(source="first.currency")
    value = Money(help_text="The order with VAT")
    paid = Money(help_text="Its advances")
    left = Money()
    left_by_rate = serializers.SerializerMethodField()
    advances = AdvanceOut(many=True)

    @extend_schema_field(RateLeftOut(many=True))
    def get_left_by_rate(self, order: Order) -> list[dict]:
        """The totals of a settlement of all its advances."""
        found = settling.left_by_rate(*order_amounts(order))
        rows = [{"field": name, "net": net, "vat": vat} for name, net, vat in found]
        return RateLeftOut(rows, many=True).data


class Advances(ApiView, GenericAPIView):
    """companies/{nip}/advances/"""

    serializer_class = OrderOut

    @extend_schema(
        operation_id="advances_list",
        summary="Orders with advances that a settlement may still name",
        responses=answers({200: OrderOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Of the last 300 advances, the latest order first."""
        company = company_get(actor_of(request), nip, May.VIEW)
        orders = [order for order in order_list(company) if order.open and not order.is_closed]
        page = self.paginate_queryset(orders)
        return self.get_paginated_response(OrderOut(page, many=True).data)


class Settlements(ApiView):
    """companies/{nip}/settlements/"""

    @extend_schema(
        operation_id="settlements_create",
        summary="A draft ROZ: the whole order in its lines, in its totals what advances left",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: SETTLEMENT_IN},
        responses=MADE,
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """409 says which advance cannot be settled, and why."""
        company = company_get(actor_of(request), nip, May.DRAFT)
        body = _body(request)
        refuse_unknown(body, {"advances", "other_advances"})
        ids = ids_read(body.get("advances", []), "advances")
        others = others_read(body.get("other_advances", []))
        rows = list(document_list(company).filter(pk__in=ids, kind="ZAL", withdrawn_at=None))
        if len(rows) < len(ids):
            raise field_error("advances", _("nie ma takiej zaliczki w tej firmie"))

        def make() -> Draft:
            return settlement_start(
                company=company, advances=advances_of(rows), others=others, user=request.user
            )

        return lambda: _draft(make)


class NextAdvance(ApiView):
    """documents/{id}/next-advance/"""

    @extend_schema(
        operation_id="documents_next_advance",
        summary="A draft of the next ZAL of the same order",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: NEXT_IN},
        responses=MADE,
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """Without a payment it is for all that is left of the order."""
        document = document_of(request, pk, May.DRAFT)
        body = _body(request) if request.body else {}
        refuse_unknown(body, {"payment"})
        payment = amount_read(body["payment"], "payment") if "payment" in body else None
        if not is_open_advance(document):
            raise ApiError(409, "not_an_advance", _("To nie jest otwarta faktura zaliczkowa."))
        return lambda: _draft(
            lambda: next_advance_start(document=document, payment=payment, user=request.user)
        )


class Rebates(ApiView):
    """companies/{nip}/rebates/"""

    @extend_schema(
        operation_id="rebates_create",
        summary="A draft KOR of many invoices of a buyer: a rebate over a period",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: REBATE_IN},
        responses=MADE,
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """Either `documents` or `buyer` with `from` and `to`; percent, net or gross."""
        company = company_get(actor_of(request), nip, May.CORRECT)
        given = rebate_read(_body(request), company)
        return lambda: _draft(lambda: rebate_start(company=company, user=request.user, **given))


def _body(request) -> dict:
    return json_object(body_read(request, {JSON_TYPE: MOST_BODY})[1])


def _draft(make: Callable[[], Draft]) -> Response:
    try:
        draft = make()
    except SettlementRefused as refused:
        raise ApiError(409, _code(refused), refusal_text(refused), **_about(refused)) from None
    except RebateRefused as refused:
        raise ApiError(409, _code(refused), str(WHY_NO_REBATE[refused.code])) from None
    return draft_made(draft, problems_of(draft.content, company=draft.company, draft=draft))


def _about(refused: SettlementRefused) -> dict:
    row = refused.document
    return {"document": {"id": str(row.pk), "number": row.number}} if row else {}


def _code(refused: SettlementRefused | RebateRefused) -> str:
    return refused.code.replace("-", "_")
