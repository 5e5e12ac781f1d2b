"""The API's companies."""

from django.db.models import OuterRef, Subquery
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView

from ksefapp.accounts.access import actor_of, company_list
from ksefapp.accounts.models import Company, Environment, Membership
from ksefapp.accounts.roles import Role
from ksefapp.api.describe import answers
from ksefapp.api.view import ApiView


class CompanyOut(serializers.Serializer):
    """A company that the key reaches, and the role of the key's person in it."""

    nip = serializers.CharField()
    name = serializers.CharField()
    environment = serializers.ChoiceField(choices=Environment.choices)
    role = serializers.ChoiceField(choices=Role.choices)


@extend_schema_view(
    get=extend_schema(
        operation_id="companies_list",
        summary="Companies that this key reaches",
        description="By name, with the role of the key's person in each.",
        responses=answers({200: CompanyOut(many=True)}, 400, 404),
    )
)
class Companies(ApiView, ListAPIView):
    """GET companies/"""

    serializer_class = CompanyOut

    def get_queryset(self):
        """By name."""
        if getattr(self, "swagger_fake_view", False):
            return Company.objects.none()
        actor = actor_of(self.request)
        mine = Membership.objects.filter(user=actor.user, company=OuterRef("pk"))
        rows = company_list(actor).annotate(role=Subquery(mine.values("role")[:1]))
        return rows.order_by("name", "pk")
