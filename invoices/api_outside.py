"""The API's ledger of the 10,000 PLN relief: months, entries of other programs, the loss."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from invoices.api_shapes import Instant, refuse_unknown
from invoices.models import ReliefEntry, ReliefLoss
from invoices.relief_rules import LIMIT
from invoices.services import relief
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.describe import IDEMPOTENCY, answers
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView
from ksefapp.lib import clock, money

MOST_BODY = 10_000
AMOUNT = {"max_digits": 20, "decimal_places": 2}
PLACES = Decimal("0.01")
WRITE_ERRORS = (400, 403, 404, 409, 411, 413, 415, 422)
ENTRY_IN = {
    "type": "object",
    "properties": {
        "month": {"type": "string", "format": "date", "description": "Any day of the month."},
        "amount": {
            "type": "string",
            "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$",
            "description": "PLN with VAT; negative takes back what was entered by mistake.",
        },
        "note": {"type": "string", "maxLength": relief.LONGEST_NOTE},
    },
    "required": ["month", "amount"],
    "additionalProperties": False,
}
LOSS_IN = {
    "type": "object",
    "properties": {"lost_on": {"type": "string", "format": "date"}},
    "required": ["lost_on"],
    "additionalProperties": False,
}


class MonthOut(serializers.Serializer):
    """One calendar month, in PLN with VAT."""

    month = serializers.DateField(source="first", help_text="Its first day")
    issued = serializers.DecimalField(**AMOUNT, help_text="Issued here under the relief")
    entered = serializers.DecimalField(**AMOUNT, help_text="By other programs, as entered")
    used = serializers.DecimalField(**AMOUNT)
    left = serializers.DecimalField(**AMOUNT)


class LossOut(serializers.Serializer):
    """The relief is lost for good."""

    lost_on = serializers.DateField()
    why = serializers.ChoiceField(choices=ReliefLoss.Why.choices)
    document = serializers.UUIDField(
        source="document_id", allow_null=True, help_text="What had to go to KSeF"
    )
    at = Instant()


class ReliefOut(serializers.Serializer):
    """The relief of art. 145m in one company and environment."""

    open = serializers.BooleanField(help_text="What is issued today may use it")
    until = serializers.DateField(help_text="The last day of issue")
    limit = serializers.DecimalField(**AMOUNT)
    lost = LossOut(allow_null=True)
    month = MonthOut(help_text="The present one")
    months = MonthOut(many=True)


class EntryOut(serializers.Serializer):
    """Sales of another program; never changed."""

    id = serializers.IntegerField(source="pk")
    month = serializers.DateField()
    amount = serializers.DecimalField(**AMOUNT)
    note = serializers.CharField(allow_blank=True)
    at = Instant()


class Relief(ApiView):
    """companies/{nip}/relief/"""

    @extend_schema(
        operation_id="relief_get",
        summary="The 10,000 PLN relief: limit, months, loss",
        responses=answers({200: ReliefOut}, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Amounts are gross in PLN."""
        company = company_get(actor_of(request), nip, May.VIEW)
        today, lost = clock.today(), relief.loss_of(company)
        facts = {
            "open": relief.is_open(today) and lost is None,
            "until": relief.until(),
            "limit": LIMIT,
            "lost": lost,
            "month": relief.month_get(company, today),
            "months": relief.months_list(company),
        }
        return Response(ReliefOut(facts).data)


class ReliefEntries(ApiView, GenericAPIView):
    """companies/{nip}/relief/entries/"""

    serializer_class = EntryOut
    queryset = ReliefEntry.objects.none()

    @extend_schema(
        operation_id="relief_entries_list",
        summary="Sales of other programs, the newest month first",
        responses=answers({200: EntryOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """As people and programs entered them."""
        company = company_get(actor_of(request), nip, May.VIEW)
        page = self.paginate_queryset(relief.entry_list(company))
        return self.get_paginated_response(EntryOut(page, many=True).data)

    @extend_schema(
        operation_id="relief_entries_create",
        summary="Counts sales that another program issued under the relief",
        parameters=[IDEMPOTENCY],
        request={JSON_TYPE: ENTRY_IN},
        responses=answers({201: EntryOut}, *WRITE_ERRORS),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """422 where the month would go over the limit: then the relief is lost."""
        company = company_get(actor_of(request), nip, May.ISSUE)
        body = body_of(request, {"month", "amount", "note"})
        facts = {
            "month": day_of(body, "month"),
            "amount": _amount(body),
            "note": text_of(body, "note", relief.LONGEST_NOTE),
        }

        def work() -> Response:
            row = refusing(lambda: relief.entry_add(company=company, by=request.user, **facts))
            return Response(EntryOut(row).data, status=201)

        return work


class ReliefLossView(ApiView):
    """companies/{nip}/relief/loss/"""

    @extend_schema(
        operation_id="relief_loss_create",
        summary="Records that the relief is lost for good; never undone",
        parameters=[IDEMPOTENCY],
        request={JSON_TYPE: LOSS_IN},
        responses=answers({201: LossOut}, *WRITE_ERRORS),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """For a limit passed in other programs; an invoice issued here records it by itself."""
        company = company_get(actor_of(request), nip, May.ISSUE)
        lost_on = day_of(body_of(request, {"lost_on"}), "lost_on")

        def work() -> Response:
            row = refusing(
                lambda: relief.loss_declare(company=company, lost_on=lost_on, by=request.user)
            )
            return Response(LossOut(row).data, status=201)

        return work


def body_of(request, known: set[str]) -> dict:
    """The JSON object of a small body. Raises ApiError."""
    body = json_object(body_read(request, {JSON_TYPE: MOST_BODY})[1])
    refuse_unknown(body, known)
    return body


def day_of(body: dict, name: str) -> date:
    """A date of the body, YYYY-MM-DD. Raises ApiError 400."""
    text = body.get(name)
    try:
        found = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise field_error(name, _("oczekiwano daty RRRR-MM-DD"))
    return found


def text_of(body: dict, name: str, most: int) -> str:
    """A text of the body, "" where it is left out. Raises ApiError 400."""
    text = body.get(name, "")
    if not isinstance(text, str) or len(text) > most or "\0" in text:
        raise field_error(name, _("oczekiwano tekstu do %(most)s znaków") % {"most": most})
    return text


def _amount(body: dict) -> Decimal:
    text = body.get("amount")
    found = money.parse(text) if isinstance(text, str) and len(text) <= 20 else None
    if found is None:
        raise field_error("amount", _("oczekiwano kwoty jako tekstu, na przykład 123.45"))
    return found


def refusing(call):
    """Calls a service of the ledger; its refusal becomes ApiError 422."""
    try:
        return call()
    except relief.ReliefRefused as refusal:
        raise ApiError(422, "refused", refusal.message()) from None
