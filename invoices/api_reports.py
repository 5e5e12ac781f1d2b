"""The API's totals and its search over everything."""

from functools import partial

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from invoices.api_documents import company_read
from invoices.services.reports import (
    FIRST_YEAR,
    LAST_YEAR,
    Period,
    buyer_totals,
    month_totals,
    receivables,
)
from invoices.services.search import KINDS, LONGEST_QUERY, search_everything
from ksefapp.accounts.access import actor_of, company_get, company_list
from ksefapp.accounts.roles import May
from ksefapp.api.describe import answers
from ksefapp.api.errors import field_error
from ksefapp.api.view import ApiView
from ksefapp.lib import clock

MOST_BUYERS = 1000
MOST_HITS = 25
Amount = partial(serializers.DecimalField, max_digits=22, decimal_places=2)


class TotalSumsOut(serializers.Serializer):
    """Documents added up, in one currency."""

    count = serializers.IntegerField()
    net = Amount()
    vat = Amount()
    gross = Amount()
    vat_pln = Amount(allow_null=True, help_text="VAT in PLN as the invoices say it")


class MonthTotalsOut(serializers.Serializer):
    """A month in one currency; `outside` is the part that stayed outside KSeF."""

    month = serializers.SerializerMethodField()
    currency = serializers.CharField()
    sums = TotalSumsOut()
    outside = TotalSumsOut()

    def get_month(self, row) -> str:
        """YYYY-MM of P_1."""
        return f"{row.month:%Y-%m}"


class BuyerTotalsOut(serializers.Serializer):
    """A buyer in one currency; `share` of the net of that currency, in percent."""

    id = serializers.CharField(source="key", allow_blank=True, help_text="Identifier, else name")
    name = serializers.CharField(allow_blank=True)
    contractor = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    sums = TotalSumsOut()
    share = serializers.DecimalField(max_digits=22, decimal_places=1, allow_null=True)
    due = Amount(help_text="What these documents still owe")


class ReceivablesOut(serializers.Serializer):
    """What is to be paid today, whenever it was issued, in one currency."""

    currency = serializers.CharField()
    count = serializers.IntegerField()
    unpaid = Amount()
    overdue_count = serializers.IntegerField()
    overdue = Amount()
    to_give_back = Amount()


class TotalsOut(serializers.Serializer):
    """Sales of a period by P_1, corrections included; no withdrawn documents, no pro formas."""

    first = serializers.DateField()
    last = serializers.DateField()
    months = MonthTotalsOut(many=True)
    buyers = BuyerTotalsOut(many=True)
    receivables = ReceivablesOut(many=True)


class SearchHitOut(serializers.Serializer):
    """A row that says all the words."""

    id = serializers.CharField(source="pk")
    company = serializers.CharField(source="company.nip")
    title = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    on = serializers.DateField(source="day", allow_null=True)
    amount = serializers.CharField(allow_null=True, help_text="Decimal text")
    currency = serializers.CharField(allow_blank=True)


class SearchGroupOut(serializers.Serializer):
    """All hits of one kind: how many, and the first 25."""

    kind = serializers.ChoiceField(choices=KINDS)
    count = serializers.IntegerField()
    hits = SearchHitOut(many=True)


class SearchOut(serializers.Serializer):
    """Groups that have a hit."""

    groups = SearchGroupOut(many=True)


def _number(name: str, first: int, last: int, text: str) -> OpenApiParameter:
    shape = {"type": "integer", "minimum": first, "maximum": last}
    return OpenApiParameter(name, shape, description=text)


class Totals(ApiView):
    """companies/{nip}/totals/"""

    @extend_schema(
        operation_id="totals_get",
        summary="Sales per month and per buyer, and what is still to be paid",
        parameters=[
            _number("year", FIRST_YEAR, LAST_YEAR, "Left out: the present one."),
            _number("first_month", 1, 12, "Left out: January."),
            _number("last_month", 1, 12, "Left out: December."),
        ],
        responses=answers({200: TotalsOut}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """At most a thousand buyers, the greatest net first."""
        company = company_get(actor_of(request), nip, May.VIEW)
        period = _period(request)
        facts = {
            "first": period.first,
            "last": period.last,
            "months": month_totals(company, period),
            "buyers": buyer_totals(company, period)[:MOST_BUYERS],
            "receivables": receivables(company),
        }
        return Response(TotalsOut(facts).data)


def _period(request) -> Period:
    year = _int(request, "year", clock.today().year, FIRST_YEAR, LAST_YEAR)
    first = _int(request, "first_month", 1, 1, 12)
    last = _int(request, "last_month", 12, 1, 12)
    if last < first:
        raise field_error("last_month", _("nie wcześniej niż pierwszy miesiąc"))
    return Period(year, first, last)


def _int(request, name: str, default: int, least: int, most: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    is_number = given.isascii() and given.isdigit() and len(given) <= 4
    if not is_number or not least <= int(given) <= most:
        facts = {"least": least, "most": most}
        raise field_error(name, _("liczba od %(least)s do %(most)s") % facts)
    return int(given)


class Search(ApiView):
    """search/"""

    @extend_schema(
        operation_id="search",
        summary="Everything that says all the words",
        parameters=[
            OpenApiParameter("q", {"type": "string", "maxLength": LONGEST_QUERY}),
            OpenApiParameter("company", {"type": "string", "pattern": "^[0-9]{10}$"}),
        ],
        responses=answers({200: SearchOut}, 400, 403, 404),
    )
    def get(self, request) -> Response:
        """Documents with their lines and notes, drafts, pro formas, contractors, products and
        recurring templates of all the key's companies, or of one."""
        text = request.query_params.get("q", "")
        if "\0" in text or len(text) > LONGEST_QUERY:
            raise field_error("q", _("najwyżej %(most)s znaków") % {"most": LONGEST_QUERY})
        company = request.query_params.get("company")
        companies = company_list(actor_of(request))
        if company is not None:
            companies = [company_read(request, company)]
        groups = search_everything(companies, text, most=MOST_HITS)
        return Response(SearchOut({"groups": groups}).data)
