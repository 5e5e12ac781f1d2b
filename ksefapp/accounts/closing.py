"""Closing a person's account: the row stays for documents and audit, the person's means go."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from ksefapp.accounts.audit import audit
from ksefapp.accounts.hooks import ownerless_hooks, refusals
from ksefapp.accounts.memberships import membership_end_unchecked, other_owners
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock


class ClosingRefused(Exception):
    """The account may not be closed yet; `.companies` need another owner first."""

    def __init__(self, companies: list[Company]) -> None:
        super().__init__(", ".join(str(company) for company in companies))
        self.companies = companies


def companies_in_the_way(user: User) -> list[Company]:
    """Companies that would be left without an owner though they have documents or people."""
    owned = Membership.objects.filter(user=user, role=Role.OWNER).select_related("company")
    return [row.company for row in owned if not other_owners(row).exists() and _needs_owner(row)]


def account_close(*, user: User) -> None:
    """Ends memberships, keys, sessions and factors; keeps the name. Raises ClosingRefused."""
    with transaction.atomic():
        rows = list(user.memberships.select_related("company", "user"))
        mine = [row.company_id for row in rows]
        # In the order of their keys, so that two people who leave at once do not deadlock.
        list(Company.objects.select_for_update().filter(pk__in=mine).order_by("pk"))
        if companies := companies_in_the_way(user):
            raise ClosingRefused(companies)
        for row in rows:
            membership_end_unchecked(row, by=user)
        _disarm(user)
        audit("account.close", user=user, subject=user.pk)


def _needs_owner(row: Membership) -> bool:
    others = row.company.memberships.exclude(pk=row.pk).exists()
    return others or bool(refusals(ownerless_hooks, row.company))


def _disarm(user: User) -> None:
    now = clock.now()
    user.api_keys.filter(revoked_at=None).update(revoked_at=now)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    # Documents and audit name who acted; the address itself is free for a new account.
    user.full_name = user.full_name or user.email
    user.email = f"closed-{user.pk}@closed.invalid"
    user.is_active = user.is_staff = user.is_superuser = False
    user.closed_at = now
    # Every session rests on the password's hash: all of them end with it.
    user.set_unusable_password()
    user.save()
