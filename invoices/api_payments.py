"""The API's payments: how a document stands, money that came, mistakes taken back."""

from datetime import UTC, date
from decimal import Decimal
from functools import partial

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from invoices.api_rows import document_of
from invoices.api_shapes import refuse_unknown
from invoices.models import Document, Payment
from invoices.services.payments import (
    LONGEST_NOTE,
    STATES,
    PaymentRefused,
    payment_add,
    payment_cancel,
    payment_list,
    payment_settle,
    standing_get,
)
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.describe import IDEMPOTENCY, LOCATION, answers
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView
from ksefapp.lib import clock, money

MOST_BODY = 5_000
Instant = partial(serializers.DateTimeField, default_timezone=UTC)
Amount = partial(serializers.DecimalField, max_digits=20, decimal_places=2)
PAYMENT_IN = {
    "type": "object",
    "properties": {
        "amount": {
            "type": "string",
            "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,2})?$",
            "description": "Decimal text in the document's currency; negative: given back. Left "
            "out: the whole rest.",
        },
        "received_on": {
            "type": "string",
            "format": "date",
            "description": "Not later than today in Warsaw. Left out: today.",
        },
        "note": {"type": "string", "maxLength": LONGEST_NOTE},
    },
    "additionalProperties": False,
}


class PaymentOut(serializers.Serializer):
    """An entry; a cancelled one stays and counts no more."""

    id = serializers.IntegerField(source="pk")
    amount = Amount()
    received_on = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    recorded_at = Instant()
    cancelled_at = Instant(allow_null=True)


class PaymentsOut(serializers.Serializer):
    """How a document stands, in its currency, and every entry.

    `state`: none (withdrawn), purchase (self-billed: we pay the supplier), with (a correction
    that is settled with its invoice), paid, unpaid, partly, overpaid. The rest is gross and
    accepted corrections less what came; a negative one is to be given back.
    """

    state = serializers.ChoiceField(choices=STATES)
    currency = serializers.CharField()
    gross = Amount()
    corrected = Amount(help_text="Gross of the accepted corrections")
    received = Amount()
    rest = Amount()
    paid_at_issue = serializers.BooleanField(help_text="The invoice itself says that it is paid")
    due_on = serializers.DateField(allow_null=True)
    overdue_days = serializers.IntegerField(min_value=0)
    payments = PaymentOut(many=True)


class Payments(ApiView):
    """documents/{id}/payments/"""

    @extend_schema(
        operation_id="payments_list",
        summary="How a document stands and what came for it",
        responses=answers({200: PaymentsOut}, 404),
    )
    def get(self, request, pk) -> Response:
        """Entries with the latest day first, cancelled ones too."""
        return Response(_shown(document_of(request, pk, May.VIEW)))

    @extend_schema(
        operation_id="payments_create",
        summary="Records money that came, or the whole rest",
        parameters=[IDEMPOTENCY, LOCATION],
        request={JSON_TYPE: PAYMENT_IN},
        responses=answers({201: PaymentOut}, 400, 403, 404, 409, 411, 413, 415),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """409 where nobody pays us (withdrawn, self-billed, settled elsewhere), or no more."""
        document = document_of(request, pk, May.ISSUE)
        amount, received_on, note = _read(request)

        def work() -> Response:
            payment = _recorded(document, amount, received_on, note, request.user)
            where = reverse("api-payment", args=[document.pk, payment.pk])
            return Response(PaymentOut(payment).data, status=201, headers={"Location": where})

        return work


class PaymentCancel(ApiView):
    """documents/{id}/payments/{payment}/cancel/"""

    @extend_schema(
        operation_id="payments_cancel",
        summary="Takes a mistaken entry back: it stays, but counts no more",
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers({200: PaymentOut}, 400, 403, 404, 409),
    )
    @idempotent
    def post(self, request, pk, payment) -> Work:
        """409 for one that is cancelled already."""
        row = _payment_of(document_of(request, pk, May.ISSUE), payment)

        def work() -> Response:
            try:
                done = payment_cancel(payment=row, by=request.user)
            except PaymentRefused as refusal:
                raise _conflict(refusal) from None
            return Response(PaymentOut(done).data)

        return work


class PaymentView(ApiView):
    """documents/{id}/payments/{payment}/"""

    @extend_schema(
        operation_id="payments_get",
        summary="One entry",
        responses=answers({200: PaymentOut}, 404),
    )
    def get(self, request, pk, payment) -> Response:
        """Cancelled or not."""
        return Response(PaymentOut(_payment_of(document_of(request, pk, May.VIEW), payment)).data)


def _payment_of(document: Document, pk: int) -> Payment:
    # Larger numbers than the column holds are no rows.
    row = document.payments.filter(pk=pk).first() if pk < 2**63 else None
    if row is None:
        raise Http404("no such payment")
    row.document = document
    return row


def _shown(document: Document) -> dict:
    now = standing_get(document)
    facts = {name: getattr(now, name) for name in PaymentsOut().fields if hasattr(now, name)}
    facts |= {"currency": document.currency, "payments": payment_list(document)}
    return PaymentsOut(facts).data


def _recorded(document: Document, amount: Decimal | None, received_on: date, note: str, by):
    try:
        if amount is None:
            return payment_settle(document=document, by=by, received_on=received_on, note=note)
        return payment_add(
            document=document, amount=amount, received_on=received_on, by=by, note=note
        )
    except PaymentRefused as refusal:
        if refusal.code in FIELDS:
            raise field_error(FIELDS[refusal.code], refusal.message()) from None
        raise _conflict(refusal) from None


FIELDS = {"amount": "amount", "day": "received_on", "note": "note"}
CODES = {
    "none": "withdrawn",
    "purchase": "self_billed",
    "with": "settled_elsewhere",
    "paid": "nothing_due",
}


def _conflict(refusal: PaymentRefused) -> ApiError:
    return ApiError(409, CODES.get(refusal.code, refusal.code), refusal.message())


def _read(request) -> tuple[Decimal | None, date, str]:
    body = json_object(body_read(request, {JSON_TYPE: MOST_BODY})[1]) if request.body else {}
    refuse_unknown(body, set(PAYMENT_IN["properties"]))
    note = body.get("note", "")
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise field_error("note", _("najwyżej %(most)s znaków") % {"most": LONGEST_NOTE})
    return _amount(body), _day(body), note


def _amount(body: dict) -> Decimal | None:
    if "amount" not in body:
        return None
    given = body["amount"]
    amount = money.parse(given) if isinstance(given, str) and given == given.strip() else None
    if amount is None:
        raise field_error("amount", _('oczekiwano liczby jako tekstu, na przykład "100.00"'))
    return amount


def _day(body: dict) -> date:
    given = body.get("received_on", clock.today().isoformat())
    try:
        day = date.fromisoformat(given)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != given:
        raise field_error("received_on", _("oczekiwano daty RRRR-MM-DD"))
    return day
