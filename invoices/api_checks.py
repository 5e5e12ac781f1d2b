"""The API's checks: what would stand in the way of an invoice, without keeping anything of it."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from invoices.api_filled import known_options
from invoices.api_shapes import CONTENT_BODY, content_read, problems_out
from invoices.fa3 import totals
from invoices.fa3.problems import blocking
from invoices.forms import counting
from invoices.services.issue_checks import problems_of
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.roles import May
from ksefapp.api.describe import IDEMPOTENCY, ProblemOut, answers
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView


class CheckOut(serializers.Serializer):
    """What was found; nothing was stored."""

    valid = serializers.BooleanField(help_text="Nothing blocks: it could be issued now")
    problems = ProblemOut(many=True)
    totals = serializers.DictField(
        child=serializers.CharField(),
        help_text="P_13, P_14 and P_15 as our own arithmetic gives them from the lines",
    )


class Checks(ApiView):
    """companies/{nip}/checks/"""

    @extend_schema(
        operation_id="checks_run",
        summary="Checks an FA(3) tree or file as if it were issued now; stores nothing",
        parameters=[IDEMPOTENCY],
        request=CONTENT_BODY,
        responses=answers({200: CheckOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """Schema, rules, and what only the company's own data tell: numbers, originals."""
        company = company_get(actor_of(request), nip, May.VIEW)
        content, options = content_read(request)
        options = known_options(company, options)
        problems = problems_of(content, company=company, options=options)
        found = {
            "valid": not blocking(problems),
            "problems": problems_out(problems),
            "totals": totals_of(content),
        }
        return lambda: Response(found)


def totals_of(content: dict) -> dict[str, str]:
    """Our totals of a tree, whatever totals stand in it; {} where there is nothing to count."""
    ours = counting.counted(content, totals.method_of(content), anew=True).get("Fa")
    body = ours if isinstance(ours, dict) else {}
    return {name: str(text) for name, text in body.items() if name.startswith(counting.TOTALS)}
