"""The API's credentials and certificates under way: what there is, whose, until when."""

from datetime import UTC
from functools import partial

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from auth_ksef.choosing import binding_list, obstacle
from auth_ksef.messages import told
from auth_ksef.models import Binding, Credential, Enrolment
from ksefapp.accounts.access import Actor, actor_of, company_get, company_list
from ksefapp.accounts.models import Company
from ksefapp.accounts.roles import May
from ksefapp.api.describe import answers
from ksefapp.api.view import ApiView

Instant = partial(serializers.DateTimeField, default_timezone=UTC)


class BindingOut(serializers.Serializer):
    """A company in which a credential may act."""

    nip = serializers.CharField(source="company.nip")
    purpose = serializers.ChoiceField(choices=Binding.Purpose.values)
    bound_at = Instant()
    in_background = serializers.SerializerMethodField(
        help_text="Whether it also acts while its person is away"
    )

    def get_in_background(self, row: Binding) -> bool:
        """A company's own always does, a person's with consent."""
        return row.credential.owner_user_id is None or row.consented_at is not None


class CredentialOut(serializers.Serializer):
    """A token or certificate. Tokens and keys themselves are never given out."""

    id = serializers.IntegerField(source="pk")
    kind = serializers.ChoiceField(choices=Credential.Kind.values)
    use = serializers.ChoiceField(
        choices=Credential.Use.values,
        help_text="authentication: type 1, logs in; offline: type 2, signs KOD II",
    )
    label = serializers.CharField()
    owner = serializers.SerializerMethodField(help_text="company, or the person whose it is")
    last_four = serializers.CharField(allow_blank=True, help_text="Of a token")
    subject = serializers.CharField(allow_blank=True)
    serial = serializers.CharField(allow_blank=True)
    fingerprint = serializers.CharField(allow_blank=True, help_text="SHA-256, upper-case hex")
    valid_from = Instant(allow_null=True)
    valid_to = Instant(allow_null=True, help_text="None of a token: until it is revoked")
    ksef_status = serializers.CharField(
        allow_blank=True, help_text="As KSeF last said: Active, Blocked, Revoked, Expired"
    )
    ksef_status_at = Instant(allow_null=True)
    renewal = serializers.ChoiceField(choices=Credential.Renewal.values)
    replaced_by = serializers.IntegerField(source="replaced_by_id", allow_null=True)
    problem = serializers.SerializerMethodField(help_text="Why it may not be used here now")
    bindings = serializers.SerializerMethodField(help_text="In the companies of this key")

    def get_owner(self, row: Credential) -> str:
        """The company's own, or a person's."""
        return str(row.owner_user) if row.owner_user_id else "company"

    def get_problem(self, row: Credential) -> str:
        """In the language of the request; empty when nothing is in the way."""
        nip = self.context["company"].nip
        here = next(binding for binding in row.seen if binding.company.nip == nip)
        refusal = obstacle(here, acting=self.context["user"])
        return refusal.message() if refusal else ""

    def get_bindings(self, row: Credential) -> BindingOut(many=True):
        """This company first."""
        nip = self.context["company"].nip
        rows = sorted(row.seen, key=lambda binding: (binding.company.nip != nip, binding.pk))
        return BindingOut(rows, many=True).data


class EnrolmentOut(serializers.Serializer):
    """A request for a KSeF certificate; `stored` means that it is among the credentials."""

    id = serializers.IntegerField(source="pk")
    use = serializers.ChoiceField(choices=Credential.Use.values)
    algorithm = serializers.ChoiceField(choices=Enrolment.Algorithm.values)
    name = serializers.CharField(help_text="Of the certificate in KSeF")
    state = serializers.ChoiceField(choices=Enrolment.State.values)
    code = serializers.IntegerField(allow_null=True, help_text="KSeF's")
    message = serializers.SerializerMethodField()
    serial = serializers.CharField(allow_blank=True)
    credential = serializers.IntegerField(source="credential_id", allow_null=True)
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    renews_itself = serializers.SerializerMethodField(help_text="No person asked for it")
    valid_from = Instant(allow_null=True, help_text="Wanted; null is at once")
    requested_at = Instant()
    finished_at = Instant(allow_null=True)

    def get_message(self, row: Enrolment) -> str:
        """What KSeF said or why it waits, in the language of the request."""
        return told(row.said)

    def get_renews_itself(self, row: Enrolment) -> bool:
        """Made before the end of another certificate."""
        return row.requested_by_id is None


class Credentials(ApiView, GenericAPIView):
    """companies/{nip}/credentials/"""

    serializer_class = CredentialOut

    @extend_schema(
        operation_id="credentials_list",
        summary="What the company acts with in KSeF",
        responses=answers({200: CredentialOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Tokens and certificates of the present environment, the newest first."""
        actor = actor_of(request)
        company = company_get(actor, nip, May.OWN_CREDENTIAL)
        page = self.paginate_queryset(_credentials(actor, company))
        context = {"company": company, "user": request.user}
        return self.get_paginated_response(CredentialOut(page, many=True, context=context).data)


class Certificates(ApiView, GenericAPIView):
    """companies/{nip}/certificates/"""

    serializer_class = EnrolmentOut

    @extend_schema(
        operation_id="certificates_list",
        summary="Requests for KSeF certificates and where they stand",
        responses=answers({200: EnrolmentOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """The company's and one's own, the newest first; renewals by themselves too."""
        company = company_get(actor_of(request), nip, May.OWN_CREDENTIAL)
        rows = Enrolment.objects.filter(company=company, environment=company.environment)
        # As on the page: what another person asks of KSeF is that person's affair.
        rows = rows.filter(Q(owner_user=None) | Q(owner_user=request.user))
        page = self.paginate_queryset(rows.defer("secret", "csr").order_by("-requested_at", "-pk"))
        return self.get_paginated_response(EnrolmentOut(page, many=True).data)


def _credentials(actor: Actor, company: Company) -> QuerySet[Credential]:
    """Each with `seen`: its bindings in the companies that the actor reaches."""
    reached = Binding.objects.filter(ended_at=None, company__in=company_list(actor))
    seen = Prefetch("bindings", reached.select_related("company", "credential"), to_attr="seen")
    here = binding_list(company).values("credential")
    rows = Credential.objects.filter(pk__in=here).defer("secret")
    return rows.select_related("owner_user").prefetch_related(seen).order_by("-added_at", "-pk")
