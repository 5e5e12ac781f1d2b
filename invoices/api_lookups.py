"""The API's questions to public registers: NIP, EU number, account, rate of exchange."""

import re
from collections.abc import Callable
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from auth_ksef.messages import chosen
from invoices.api_shapes import Instant
from invoices.models import RegisterAnswer
from invoices.registers import Unknown, vies
from invoices.services import exchange, lookups
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.roles import May
from ksefapp.api.describe import answers
from ksefapp.api.errors import field_error
from ksefapp.api.view import ApiView
from ksefapp.lib import bank
from ksefapp.lib import nip as nips

NIP = {"type": "string", "pattern": "^[0-9]{10}$"}
CURRENCY = re.compile(r"[A-Z]{3}")
EU_NUMBER = re.compile(r"[0-9A-Z+*]{2,12}")
DAY = {"type": "string", "format": "date"}


class LookupOut(serializers.Serializer):
    """What a register said. Not known is not "no": the register gave no answer to rely on."""

    known = serializers.BooleanField()
    reason = serializers.CharField(
        allow_blank=True,
        help_text="Why not known: off, limit, busy, silent, strange, refused, country, number, "
        "no-table, too-early",
    )
    message = serializers.CharField(allow_blank=True, help_text="The reason for a person")
    asked_at = Instant(allow_null=True)
    request_id = serializers.CharField(allow_blank=True, help_text="The register's own proof")
    answer = serializers.DictField(
        allow_null=True,
        help_text="subject (null: no entry) | is_valid, name, address | is_assigned | currency, "
        "mid, table, effective_on",
    )


def _answer(ask: Callable[[], RegisterAnswer]) -> Response:
    """What the register said, or the reason why it is not known; both are 200."""
    try:
        row = ask()
    except Unknown as unknown:
        return Response(_unknown(unknown))
    known = {"known": True, "reason": "", "message": "", "asked_at": row.asked_at}
    found = known | {"request_id": row.request_id, "answer": row.answer}
    return Response(LookupOut(found).data)


def _unknown(unknown: Unknown) -> dict:
    said = {"known": False, "reason": unknown.reason}
    said["message"] = chosen(unknown.pair, get_language())
    return said | {"asked_at": None, "request_id": "", "answer": None}


class NipLookup(ApiView):
    """companies/{nip}/lookups/nip/"""

    @extend_schema(
        operation_id="lookups_nip",
        summary="The entry of a NIP in the list of VAT taxpayers",
        parameters=[OpenApiParameter("of", NIP, required=True)],
        responses=answers({200: LookupOut}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """`of` is the NIP asked about."""
        company = company_get(actor_of(request), nip, May.DRAFT)
        asked = _nip(request, "of")
        return _answer(lambda: lookups.nip_lookup(company, asked))


class EuLookup(ApiView):
    """companies/{nip}/lookups/eu/"""

    @extend_schema(
        operation_id="lookups_eu",
        summary="Whether VIES knows an EU number as valid",
        parameters=[
            OpenApiParameter("country", str, enum=sorted(vies.COUNTRIES), required=True),
            OpenApiParameter(
                "number", {"type": "string", "pattern": f"^{EU_NUMBER.pattern}$"}, required=True
            ),
        ],
        responses=answers({200: LookupOut}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """The company is the requester, so that the answer carries a proof."""
        company = company_get(actor_of(request), nip, May.DRAFT)
        country, number = (request.query_params.get(x, "") for x in ("country", "number"))
        if country not in vies.COUNTRIES:
            raise field_error("country", _("kod kraju UE, Grecja to EL"))
        if not EU_NUMBER.fullmatch(number):
            raise field_error("number", _("od 2 do 12 znaków, bez kodu kraju"))
        return _answer(lambda: lookups.eu_lookup(company, country, number))


class AccountLookup(ApiView):
    """companies/{nip}/lookups/account/"""

    @extend_schema(
        operation_id="lookups_account",
        summary="Whether the list of VAT taxpayers has an account with a NIP",
        parameters=[
            OpenApiParameter(
                "account", {"type": "string", "pattern": "^[0-9]{26}$"}, required=True
            ),
            OpenApiParameter("of", NIP, description="Whose account; without it the company's"),
        ],
        responses=answers({200: LookupOut}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Virtual accounts count, too."""
        company = company_get(actor_of(request), nip, May.DRAFT)
        account = request.query_params.get("account", "")
        if not (account.isascii() and account.isdigit() and bank.is_nrb(account)):
            raise field_error("account", _("26 cyfr polskiego rachunku"))
        asked = _nip(request, "of") if "of" in request.query_params else nip
        return _answer(lambda: lookups.account_lookup(company, asked, account))


class RateLookup(ApiView):
    """companies/{nip}/lookups/rate/"""

    @extend_schema(
        operation_id="lookups_rate",
        summary="NBP's rate for VAT: the last table before the tax point or an earlier issue",
        parameters=[
            OpenApiParameter(
                "currency", {"type": "string", "pattern": "^[A-Z]{3}$"}, required=True
            ),
            OpenApiParameter("tax_point", DAY, description="P_6; without it the day of issue"),
            OpenApiParameter("issued_on", DAY, description="P_1; without it today"),
        ],
        responses=answers({200: LookupOut}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Art. 31a ust. 1 and 2."""
        company = company_get(actor_of(request), nip, May.DRAFT)
        currency = request.query_params.get("currency", "")
        if not CURRENCY.fullmatch(currency):
            raise field_error("currency", _("trzy litery, na przykład EUR"))
        day = exchange.day_of(_day(request, "tax_point"), _day(request, "issued_on"))
        return _answer(lambda: exchange.rate_answer(company, currency, day))


def _nip(request, name: str) -> str:
    number = request.query_params.get(name, "")
    if not (number.isascii() and nips.is_valid(number)):
        raise field_error(name, _("oczekiwano NIP: dziesięć cyfr"))
    return number


def _day(request, name: str) -> date | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or not 2002 < day.year < 2100:
        raise field_error(name, _("oczekiwano daty RRRR-MM-DD"))
    return day
