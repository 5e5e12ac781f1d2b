"""The API's rights: KSeF's lists as they were when asked last, and changes under way."""

from datetime import UTC
from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from auth_ksef.api_check import AskedOut, asked, require_credential
from auth_ksef.messages import told
from auth_ksef.models import KsefSnapshot, RightsOperation
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.models import Company
from ksefapp.accounts.roles import May
from ksefapp.api.describe import IDEMPOTENCY, answers
from ksefapp.api.errors import field_error
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView

Instant = partial(serializers.DateTimeField, default_timezone=UTC)
Kind = KsefSnapshot.Kind
# Lists of the company. Those of a person (received rights, tokens, logins) are that person's.
KINDS = [
    kind.value
    for kind in (
        Kind.PERSONS,
        Kind.ENTITIES,
        Kind.AUTHORIZATIONS,
        Kind.SUBUNITS,
        Kind.EU,
        Kind.ROLES,
    )
]
KIND = OpenApiParameter("kind", str, enum=KINDS, required=True)


class RightsListOut(serializers.Serializer):
    """A list of KSeF and when it told it; asked for again only when somebody wants it."""

    kind = serializers.ChoiceField(choices=KINDS)
    count = serializers.SerializerMethodField()
    fetched_at = Instant(allow_null=True, help_text="When KSeF told it; null: never yet")
    failed_at = Instant(allow_null=True, help_text="The last attempt, if it failed")
    failure = serializers.SerializerMethodField()

    def get_count(self, row: KsefSnapshot) -> int:
        """Rows of the list as it was."""
        return len(row.rows)

    def get_failure(self, row: KsefSnapshot) -> str:
        """In the language of the request."""
        return told(row.failure)


class RightsRowOut(serializers.Serializer):
    """One right or role of a list; whatever else KSeF says of it is in `raw`."""

    id = serializers.SerializerMethodField(help_text="KSeF's; null of a role")
    right = serializers.SerializerMethodField(help_text="InvoiceWrite, SelfInvoicing, …")
    is_active = serializers.SerializerMethodField()
    description = serializers.SerializerMethodField()
    raw = serializers.SerializerMethodField(help_text="The row as in KSeF's OpenAPI")

    def get_id(self, row: dict) -> str | None:
        """By which it is withdrawn."""
        return row.get("id")

    def get_right(self, row: dict) -> str:
        """The three lists name it in three ways."""
        names = ("permissionScope", "authorizationScope", "role")
        return next((row[name] for name in names if row.get(name)), "")

    def get_is_active(self, row: dict) -> bool:
        """Lists without a state hold only what is in force."""
        return row.get("permissionState", "Active") == "Active"

    def get_description(self, row: dict) -> str:
        """What was written when it was granted."""
        return row.get("description") or ""

    @extend_schema_field(serializers.DictField())
    def get_raw(self, row: dict) -> dict:
        """As it came."""
        return row


class OperationOut(serializers.Serializer):
    """One grant or withdrawal asked of KSeF, followed to its end."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.CharField(help_text="persons, entities, …, revoke, revoke-authorization")
    summary = serializers.SerializerMethodField(help_text="Who and what")
    state = serializers.ChoiceField(
        choices=RightsOperation.State.values,
        help_text="unknown: it left and no answer came; done and refused are the end",
    )
    code = serializers.IntegerField(allow_null=True, help_text="KSeF's")
    message = serializers.SerializerMethodField()
    reference = serializers.CharField(allow_blank=True, help_text="KSeF's")
    requested_by = serializers.CharField()
    requested_at = Instant()
    finished_at = Instant(allow_null=True)

    def get_summary(self, row: RightsOperation) -> str:
        """In the language of the request."""
        return told(row.summary)

    def get_message(self, row: RightsOperation) -> str:
        """What KSeF said or why it waits, in the language of the request."""
        return told(row.said)


class Permissions(ApiView, GenericAPIView):
    """companies/{nip}/permissions/"""

    serializer_class = RightsListOut

    @extend_schema(
        operation_id="permissions_list",
        summary="KSeF's lists of rights in the company, and how old they are",
        responses=answers({200: RightsListOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Without their rows; asks KSeF nothing."""
        company = company_get(actor_of(request), nip, May.PERMISSIONS)
        page = self.paginate_queryset(_snapshots(company))
        return self.get_paginated_response(RightsListOut(page, many=True).data)

    @extend_schema(
        operation_id="permissions_refresh",
        summary="Has a worker read all the lists again",
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers({202: AskedOut}, 400, 403, 404, 409),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """409 `no_credential` where there is nothing to ask with while nobody is at the screen."""
        company = company_get(actor_of(request), nip, May.PERMISSIONS)
        require_credential(company)
        return lambda: asked("rights_task", company.pk, request.user.pk)


class PermissionRows(ApiView, GenericAPIView):
    """companies/{nip}/permission-rows/"""

    serializer_class = RightsRowOut

    @extend_schema(
        operation_id="permission_rows_list",
        summary="One list of rights, with the rows as KSeF gave them",
        parameters=[KIND],
        responses=answers({200: RightsRowOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Empty until the list was told; asks KSeF nothing."""
        company = company_get(actor_of(request), nip, May.PERMISSIONS)
        kind = request.query_params.get("kind", "")
        if kind not in KINDS:
            raise field_error("kind", _("jedna z: %(known)s") % {"known": ", ".join(KINDS)})
        row = _snapshots(company).filter(kind=kind).first()
        page = self.paginate_queryset(row.rows if row else [])
        return self.get_paginated_response(RightsRowOut(page, many=True).data)


class PermissionOperations(ApiView, GenericAPIView):
    """companies/{nip}/permission-operations/"""

    serializer_class = OperationOut

    @extend_schema(
        operation_id="permission_operations_list",
        summary="Changes of rights asked of KSeF, and where they stand",
        responses=answers({200: OperationOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Those of the present environment, the newest first."""
        company = company_get(actor_of(request), nip, May.PERMISSIONS)
        rows = RightsOperation.objects.filter(company=company, environment=company.environment)
        rows = rows.select_related("requested_by").order_by("-requested_at", "-pk")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(OperationOut(page, many=True).data)


def _snapshots(company: Company) -> QuerySet[KsefSnapshot]:
    rows = KsefSnapshot.objects.filter(company=company, environment=company.environment)
    return rows.filter(kind__in=KINDS, subject="").order_by("kind")
