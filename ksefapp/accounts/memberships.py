"""Roles of people in a company: change, remove. A company keeps at least one owner."""

from django.db import transaction
from django.utils.translation import gettext as _

from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role
from ksefapp.accounts.signals import membership_ended


class LastOwner(Exception):
    """The company would be left without an owner."""

    def __str__(self) -> str:
        return _(
            "To jedyna osoba z rolą właściciela. Najpierw nadaj tę rolę komuś innemu, "
            "inaczej nikt nie mógłby zarządzać firmą."
        )


def membership_list(company: Company):
    """The company's memberships with their people, owners first."""
    order = {role: -place for place, role in enumerate(Role.values)}
    rows = company.memberships.select_related("user")
    return sorted(rows, key=lambda row: (order[row.role], str(row.user).lower()))


def membership_role_set(*, membership: Membership, role: str, by: User) -> None:
    """Changes a role. Raises LastOwner."""
    with transaction.atomic():
        row = _locked(membership)
        if row.role == role:
            return
        if role != Role.OWNER:
            _keep_an_owner(row)
        audit(
            "member.role",
            company=row.company,
            user=by,
            subject=row.user.email,
            before=row.role,
            after=role,
        )
        row.role = role
        row.save(update_fields=["role"])


def membership_end(*, membership: Membership, by: User) -> None:
    """Takes a person out of a company, with everything lent to it. Raises LastOwner."""
    with transaction.atomic():
        row = _locked(membership)
        _keep_an_owner(row)
        membership_end_unchecked(row, by=by)


def membership_end_unchecked(row: Membership, *, by: User) -> None:
    """The removal itself, for callers that looked after the owner; needs their transaction."""
    company, user = row.company, row.user
    row.delete()
    # An invitation back later must not bring the old keys back to life.
    for key in user.api_keys.filter(companies=company):
        key.companies.remove(company)
    membership_ended.send(sender=Membership, user=user, company=company)
    audit("member.remove", company=company, user=by, subject=user.email)


def other_owners(membership: Membership):
    """Memberships of the company's other owners."""
    rows = membership.company.memberships.filter(role=Role.OWNER)
    return rows.exclude(pk=membership.pk)


def _locked(membership: Membership) -> Membership:
    # Two owners who remove each other at once must meet here: the company's row is the lock.
    Company.objects.select_for_update().get(pk=membership.company_id)
    return Membership.objects.select_related("company", "user").get(pk=membership.pk)


def _keep_an_owner(row: Membership) -> None:
    if row.role == Role.OWNER and not other_owners(row).exists():
        raise LastOwner
