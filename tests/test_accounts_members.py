"""People in a company: invite, change a role, remove; the last owner stays."""

import pytest
from django.urls import reverse

from ksefapp.accounts.api_keys import api_key_create, api_key_find
from ksefapp.accounts.memberships import LastOwner, membership_end, membership_role_set
from ksefapp.accounts.models import AuditEntry
from ksefapp.accounts.roles import Role
from ksefapp.accounts.signals import membership_ended
from tests.cast import logged_in


def page(company, name: str = "member-list", *args) -> str:
    return reverse(name, args=[company.nip, *args])


def test_inviting_shows_the_link_once(company, owner, client_of):
    client = client_of(owner)
    data = {"email": "nowa@example.com", "role": Role.VIEWER}
    link = client.post(page(company), data).context["link"]
    assert link not in client.get(page(company)).content.decode()
    assert client.get(link).status_code == 200


def test_inviting_is_not_kept_by_a_cache(company, owner, client_of):
    data = {"email": "nowa@example.com", "role": Role.VIEWER}
    response = client_of(owner).post(page(company), data)
    assert "no-store" in response.headers["Cache-Control"]


def test_an_invitation_goes_out_by_mail_where_mail_is_set(
    company, owner, client_of, settings, mailoutbox, django_capture_on_commit_callbacks
):
    settings.EMAIL_HOST = "mail.example.com"
    with django_capture_on_commit_callbacks(execute=True):
        response = client_of(owner).post(
            page(company), {"email": "nowa@example.com", "role": Role.VIEWER}
        )
    assert response.context["link"] in mailoutbox[0].body
    assert mailoutbox[0].to == ["nowa@example.com"]


def test_a_wrong_address_keeps_what_was_typed(company, owner, client_of):
    data = {"email": "to nie adres", "role": Role.ACCOUNTANT}
    response = client_of(owner).post(page(company), data)
    assert response.status_code == 422
    assert response.context["form"]["email"].value() == "to nie adres"
    assert response.context["form"]["role"].value() == Role.ACCOUNTANT


def test_a_member_is_not_invited_again(company, owner, viewer, client_of):
    data = {"email": viewer.email.upper(), "role": Role.OWNER}
    response = client_of(owner).post(page(company), data)
    assert response.context["form"].errors["email"]


def test_an_owner_changes_a_role_and_the_audit_says_so(company, owner, viewer, client_of):
    row = company.memberships.get(user=viewer)
    client_of(owner).post(page(company, "member-role", row.pk), {"role": Role.ISSUER})
    assert company.memberships.get(user=viewer).role == Role.ISSUER
    entry = AuditEntry.objects.get(action="member.role")
    assert entry.details == {"before": "viewer", "after": "issuer"}


def test_a_role_that_does_not_exist_is_refused(company, owner, viewer, client_of):
    row = company.memberships.get(user=viewer)
    response = client_of(owner).post(page(company, "member-role", row.pk), {"role": "król"})
    assert response.status_code == 422
    assert company.memberships.get(user=viewer).role == Role.VIEWER


def test_the_last_owner_keeps_the_role(company, owner):
    with pytest.raises(LastOwner):
        membership_role_set(
            membership=company.memberships.get(user=owner), role=Role.VIEWER, by=owner
        )


def test_the_last_owner_cannot_be_removed(company, owner, client_of):
    row = company.memberships.get(user=owner)
    response = client_of(owner).post(page(company, "member-remove", row.pk))
    assert response.status_code == 422
    assert company.members.filter(pk=owner.pk).exists()


def test_one_of_two_owners_can_leave(company, owner, viewer, client_of):
    company.memberships.filter(user=viewer).update(role=Role.OWNER)
    row = company.memberships.get(user=owner)
    assert client_of(owner).post(page(company, "member-remove", row.pk)).url == reverse("home")
    assert not company.members.filter(pk=owner.pk).exists()


def test_an_owner_who_steps_down_lands_at_the_front_door(company, owner, viewer, client_of):
    company.memberships.filter(user=viewer).update(role=Role.OWNER)
    row = company.memberships.get(user=owner)
    response = client_of(owner).post(page(company, "member-role", row.pk), {"role": Role.VIEWER})
    assert response.url == reverse("home")


def test_removing_a_member_is_announced_in_the_same_transaction(company, owner, viewer):
    heard = []

    def listener(sender, user, company, **kwargs):
        heard.append((user, company))

    membership_ended.connect(listener)
    membership_end(membership=company.memberships.get(user=viewer), by=owner)
    membership_ended.disconnect(listener)
    assert heard == [(viewer, company)]


def test_a_listener_that_fails_keeps_the_membership(company, owner, viewer):
    def listener(**kwargs):
        raise RuntimeError

    membership_ended.connect(listener)
    with pytest.raises(RuntimeError):
        membership_end(membership=company.memberships.get(user=viewer), by=owner)
    membership_ended.disconnect(listener)
    assert company.members.filter(pk=viewer.pk).exists()


def test_keys_of_a_removed_member_do_not_come_back_with_a_new_invitation(company, owner, viewer):
    _, token = api_key_create(user=viewer, name="sklep", companies=[company])
    membership_end(membership=company.memberships.get(user=viewer), by=owner)
    assert not api_key_find(token).companies.exists()


def test_a_removed_member_sees_nothing_from_the_next_request_on(company, owner, viewer):
    client = logged_in(viewer)
    membership_end(membership=company.memberships.get(user=viewer), by=owner)
    assert client.get(page(company)).status_code == 404


def test_the_page_names_what_each_role_may_do(company, owner, client_of):
    table = client_of(owner).get(page(company)).context["rights_table"]
    owners = [dict(line["roles"])[Role.OWNER.label] for line in table]
    assert all(owners)


def test_an_invitation_is_revoked_from_the_page(company, owner, client_of):
    client = client_of(owner)
    data = {"email": "nowa@example.com", "role": Role.VIEWER}
    link = client.post(page(company), data).context["link"]
    client.post(page(company, "invitation-revoke", company.invitations.get().pk))
    assert client.get(link).status_code == 404
