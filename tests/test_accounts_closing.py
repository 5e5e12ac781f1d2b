"""Closing an account: the row and the name stay, everything else of the person goes."""

import pytest
from django.urls import reverse

from ksefapp.accounts import closing
from ksefapp.accounts.api_keys import api_key_create
from ksefapp.accounts.closing import ClosingRefused, account_close
from ksefapp.accounts.models import User
from ksefapp.accounts.roles import Role
from tests.cast import logged_in, user_made

PAGE = "/konto/zamknij/"


@pytest.fixture(autouse=True)
def _no_hooks(monkeypatch):
    """What other rooms say is their tests' business."""
    monkeypatch.setattr(closing, "ownerless_hooks", [])


def test_the_password_is_asked(company, viewer, client_of):
    response = client_of(viewer).post(PAGE, {"password": "zgadywane"})
    assert response.context["form"].errors["password"]
    viewer.refresh_from_db()
    assert viewer.is_active


def test_a_closed_account_keeps_the_name_and_frees_the_address(company, viewer, client_of):
    client_of(viewer).post(PAGE, {"password": "hasło-wanda-12"})
    viewer.refresh_from_db()
    assert viewer.full_name == "Wanda"
    assert viewer.closed_at
    user_made("wanda")


def test_a_person_without_a_name_is_named_by_the_old_address(viewer):
    User.objects.update(full_name="")
    viewer.refresh_from_db()
    account_close(user=viewer)
    assert str(User.objects.get(pk=viewer.pk)) == "wanda@example.com"


def test_all_sessions_end(company, viewer, client_of):
    phone = client_of(viewer)
    client_of(viewer).post(PAGE, {"password": "hasło-wanda-12"})
    assert phone.get(reverse("company-list")).status_code == 302


def test_the_old_password_does_not_log_in(company, viewer, client):
    account_close(user=viewer)
    assert not client.login(email="wanda@example.com", password="hasło-wanda-12")


def test_keys_and_memberships_end(company, viewer):
    key, _ = api_key_create(user=viewer, name="sklep", companies=[company])
    account_close(user=viewer)
    key.refresh_from_db()
    assert key.revoked_at
    assert not viewer.memberships.exists()


def test_what_the_person_did_stays_in_the_history(company, viewer, owner, client_of):
    account_close(user=viewer)
    html = client_of(owner).get(reverse("audit-list", args=[company.nip])).content.decode()
    assert "Wanda" in html


def test_the_last_owner_of_a_company_with_people_is_told_why_not(company, owner, client_of):
    response = client_of(owner).post(PAGE, {"password": "hasło-ola-12"})
    assert response.status_code == 422
    assert response.context["blocking"] == [company]
    assert company.members.filter(pk=owner.pk).exists()


def test_the_last_owner_of_a_company_with_documents_stays(other_company, stranger, monkeypatch):
    monkeypatch.setattr(closing, "ownerless_hooks", [lambda row: "Są dokumenty."])
    with pytest.raises(ClosingRefused):
        account_close(user=stranger)


def test_the_owner_of_an_empty_company_may_go(other_company, stranger):
    account_close(user=stranger)
    assert not User.objects.get(pk=stranger.pk).is_active


def test_one_of_two_owners_may_go(company, owner, viewer):
    company.memberships.filter(user=viewer).update(role=Role.OWNER)
    account_close(user=owner)
    assert logged_in(viewer).get(reverse("member-list", args=[company.nip])).status_code == 200
