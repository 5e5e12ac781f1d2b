"""The only gates. A company's rows are reached through them and through nothing else.

A stranger gets 404 (the company's existence is not told), the wrong role 403.
"""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from ksefapp.accounts.models import ApiKey, Company, Membership, User
from ksefapp.accounts.roles import RIGHTS, May


@dataclass(frozen=True)
class Actor:
    """Who asks: a person at a browser, or a person's API key that is limited to companies."""

    user: User
    key: ApiKey | None = None


def actor_of(request) -> Actor:
    """The actor of a Django or DRF request."""
    key = getattr(request, "auth", None)
    return Actor(request.user, key if isinstance(key, ApiKey) else None)


def company_list(actor: Actor) -> QuerySet[Company]:
    """The companies that the actor belongs to."""
    rows = Company.objects.filter(memberships__user=actor.user)
    return rows.filter(api_keys=actor.key) if actor.key else rows


def company_get(actor: Actor, nip: str, may: May = May.VIEW) -> Company:
    """The company by its NIP. Raises Http404 for strangers, PermissionDenied for the wrong role."""
    company = company_list(actor).filter(nip=nip).first()
    if company is None:
        raise Http404("no such company")
    if not may_do(actor, company, may):
        raise PermissionDenied
    return company


def role_of(actor: Actor, company: Company) -> str | None:
    """The actor's role in the company, None for a stranger."""
    row = Membership.objects.filter(user=actor.user, company=company).only("role").first()
    return row.role if row else None


def may_do(actor: Actor, company: Company, may: May) -> bool:
    """Whether the actor's role in the company gives this right."""
    return may in RIGHTS.get(role_of(actor, company), frozenset())
