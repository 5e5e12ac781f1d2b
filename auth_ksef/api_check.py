"""The API's connection check: the last one, and another one that a worker makes."""

from datetime import UTC
from functools import partial

from django.db import transaction
from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from auth_ksef.choosing import binding_list, credential_for
from auth_ksef.doctor_report import Step, headline, report
from auth_ksef.doorbell import ring
from auth_ksef.errors import NoCredential
from auth_ksef.models import ConnectionCheck
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.models import Company, User
from ksefapp.accounts.roles import May
from ksefapp.api.describe import IDEMPOTENCY, answers
from ksefapp.api.errors import ApiError
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView
from ksefapp.lib import clock

STATES = ("ok", "warn", "failed", "skipped")
Instant = partial(serializers.DateTimeField, default_timezone=UTC)


class StepOut(serializers.Serializer):
    """One step of the walk."""

    step = serializers.CharField(help_text="answer, clock, login, permissions, sending, …")
    state = serializers.ChoiceField(choices=STATES)
    code = serializers.CharField(allow_blank=True, help_text="Why it is not ok")
    title = serializers.CharField()
    message = serializers.CharField(allow_blank=True, help_text="In the language of the request")
    said = serializers.ListField(child=serializers.CharField(), help_text="KSeF's own words")
    how = serializers.ListField(child=serializers.CharField(), help_text="What mends it")


class FindingOut(serializers.Serializer):
    """One thing that was found, for a program."""

    code = serializers.CharField(help_text="missing-permission, login-refused, no-answer, …")
    severity = serializers.ChoiceField(choices=("bad", "warn"))
    ksef_code = serializers.IntegerField(allow_null=True, help_text="415, 450, 460, …")


class ConnectionCheckOut(serializers.Serializer):
    """What the walk found; `ok` means that nothing stands in the way of sending."""

    checked_at = Instant()
    ok = serializers.BooleanField()
    credential = serializers.IntegerField(
        source="credential_id", allow_null=True, help_text="With what; null: a signature"
    )
    permissions = serializers.ListField(child=serializers.CharField())
    clock_skew_seconds = serializers.IntegerField(
        allow_null=True, help_text="Our clock ahead of KSeF's"
    )
    findings = serializers.SerializerMethodField()
    headline = serializers.SerializerMethodField(help_text="The result in one sentence")
    steps = serializers.SerializerMethodField()

    def get_findings(self, row: ConnectionCheck) -> FindingOut(many=True):
        """Codes that stay the same in every language."""
        rows = [{"ksef_code": None} | finding for finding in row.findings]
        return FindingOut(rows, many=True).data

    def get_headline(self, row: ConnectionCheck) -> str:
        """In the language of the request."""
        return headline(row).title

    def get_steps(self, row: ConnectionCheck) -> StepOut(many=True):
        """In the order in which they were walked."""
        walked = zip(row.steps, report(row), strict=True)
        return StepOut([_step(stored, worded) for stored, worded in walked], many=True).data


class LastCheckOut(serializers.Serializer):
    """`check` is null until the first one is made."""

    check = ConnectionCheckOut(allow_null=True)


class AskedOut(serializers.Serializer):
    """A worker asks KSeF now: look again in some seconds for something later than this."""

    asked_at = Instant()


class ConnectionCheckView(ApiView):
    """companies/{nip}/connection-check/"""

    @extend_schema(
        operation_id="connection_check_get",
        summary="What the last check of the connection to KSeF found",
        responses=answers({200: LastCheckOut}, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Of the present environment; asks KSeF nothing."""
        company = company_get(actor_of(request), nip, May.OWN_CREDENTIAL)
        return Response(LastCheckOut({"check": _last(company, request.user)}).data)

    @extend_schema(
        operation_id="connection_check_make",
        summary="Has a worker walk the connection: answer, login, rights",
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers({202: AskedOut}, 400, 403, 404, 409),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """409 `no_credential` where there is nothing to ask with while nobody is at the screen."""
        company = company_get(actor_of(request), nip, May.CREDENTIALS)
        require_credential(company)
        return lambda: asked("check_task", company.pk)


def require_credential(company: Company) -> None:
    """Raises ApiError 409 unless a worker has something to ask KSeF with."""
    try:
        credential_for(company)
    except NoCredential as refusal:
        raise ApiError(409, "no_credential", refusal.message()) from None


def _step(stored: dict, worded: Step) -> dict:
    said = {"title": worded.title, "message": worded.text, "said": worded.said}
    return stored | said | {"how": [click.text for click in worded.how]}


def _last(company: Company, person: User) -> ConnectionCheck | None:
    """Of the present environment, with the person's signature or what the company still has."""
    usable = binding_list(company).values("credential")
    own = Q(signed_login__environment=company.environment, signed_login__person=person)
    rows = ConnectionCheck.objects.filter(Q(credential__in=usable) | own, company=company)
    return (
        rows.select_related("credential", "company", "signed_login")
        .defer("credential__secret")
        .first()
    )


def asked(task: str, *args: int) -> Response:
    """202, and the doorbell rings when the answer is stored."""
    transaction.on_commit(lambda: ring(task, *args))
    return Response(AskedOut({"asked_at": clock.now()}).data, status=202)
