"""Two people at the same moment."""

import pytest

from invoices.services.issue import invoice_issue
from ksefapp.accounts.environments import environment_move
from ksefapp.accounts.invitations import invitation_accept, invitation_create
from ksefapp.accounts.memberships import LastOwner, membership_end
from ksefapp.accounts.models import Company, Invitation
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.page_rights import draft_made

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


def test_two_owners_who_remove_each_other_leave_one(company, owner, viewer):
    company.memberships.filter(user=viewer).update(role=Role.OWNER)
    first, second = (company.memberships.get(user=user) for user in (owner, viewer))
    results = at_once(
        lambda: membership_end(membership=first, by=viewer),
        lambda: membership_end(membership=second, by=owner),
    )
    assert sum(isinstance(result, LastOwner) for result in results) == 1
    assert company.memberships.filter(role=Role.OWNER).count() == 1


def test_one_link_in_two_windows_is_accepted_once(company, owner, stranger):
    _, link = invitation_create(
        company=company, email=stranger.email, role=Role.VIEWER, invited_by=owner
    )
    token = link.rstrip("/").rpartition("/")[2]
    results = at_once(*[lambda: invitation_accept(token=token, user=stranger)] * 2)
    assert sorted(results, key=str) == [None, company]
    assert Invitation.objects.get().accepted_at


def test_a_company_does_not_leave_production_under_an_invoice_being_issued(company, owner):
    Company.objects.filter(pk=company.pk).update(environment="production")
    company.refresh_from_db()
    draft = draft_made(company, owner)
    at_once(
        lambda: invoice_issue(draft=draft, issued_by=owner, on=clock.today()),
        lambda: environment_move(company=company, environment="demo", by=owner),
    )
    company.refresh_from_db()
    assert company.is_real == company.documents.exists()
