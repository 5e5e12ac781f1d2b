"""API keys: shown once, stored hashed, limited, revocable."""

from datetime import timedelta

from django.urls import reverse

from ksefapp.accounts.access import Actor, company_list
from ksefapp.accounts.api_keys import api_key_create, api_key_find, api_key_revoke
from ksefapp.accounts.models import ApiKey, Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock


def page(company) -> str:
    return reverse("api-key-list", args=[company.nip])


def test_the_token_is_shown_once_and_works(company, owner, client_of):
    client = client_of(owner)
    data = {"name": "sklep", "companies": [company.pk]}
    token = client.post(page(company), data).context["token"]
    assert api_key_find(token).user == owner
    assert token not in client.get(page(company)).content.decode()


def test_only_the_hash_of_a_token_is_stored(company, owner):
    _, token = api_key_create(user=owner, name="sklep", companies=[company])
    assert token not in str(ApiKey.objects.values().get())


def test_a_reload_of_the_page_makes_no_second_key(company, owner, client_of):
    data = {"name": "sklep", "companies": [company.pk]}
    client_of(owner).post(page(company), data)
    response = client_of(owner).post(page(company), data)
    assert response.context["form"].errors["name"]
    assert ApiKey.objects.count() == 1


def test_a_key_reaches_no_company_where_the_person_is_no_owner(
    company, other_company, owner, client_of
):
    Membership.objects.create(user=owner, company=other_company, role=Role.ISSUER)
    data = {"name": "sklep", "companies": [company.pk, other_company.pk]}
    response = client_of(owner).post(page(company), data)
    assert response.context["form"].errors["companies"]
    assert not ApiKey.objects.exists()


def test_a_key_sees_only_its_companies(company, other_company, owner):
    Membership.objects.create(user=owner, company=other_company, role=Role.OWNER)
    key, _ = api_key_create(user=owner, name="sklep", companies=[company])
    assert list(company_list(Actor(owner, key))) == [company]


def test_a_revoked_key_is_dead(company, owner, client_of):
    key, token = api_key_create(user=owner, name="sklep", companies=[company])
    client_of(owner).post(reverse("api-key-revoke", args=[company.nip, key.pk]))
    assert api_key_find(token) is None


def test_another_owner_takes_only_this_company_out_of_a_key(
    company, other_company, owner, stranger
):
    Membership.objects.create(user=stranger, company=company, role=Role.OWNER)
    key, token = api_key_create(user=stranger, name="biuro", companies=[company, other_company])
    api_key_revoke(key=key, company=company, by=owner)
    assert list(api_key_find(token).companies.all()) == [other_company]


def test_a_foreign_keys_other_companies_are_not_shown(
    company, other_company, owner, stranger, client_of
):
    Membership.objects.create(user=stranger, company=company, role=Role.OWNER)
    api_key_create(user=stranger, name="biuro", companies=[company, other_company])
    html = client_of(owner).get(page(company)).content.decode()
    assert "biuro" in html
    assert other_company.name not in html


def test_the_key_of_a_closed_person_is_dead(company, owner):
    _, token = api_key_create(user=owner, name="sklep", companies=[company])
    owner.is_active = False
    owner.save()
    assert api_key_find(token) is None


def test_the_last_use_is_noted_at_most_once_a_minute(company, owner, django_assert_num_queries):
    _, token = api_key_create(user=owner, name="sklep", companies=[company])
    api_key_find(token)
    assert clock.now() - ApiKey.objects.get().last_used_at < timedelta(seconds=10)
    with django_assert_num_queries(1):
        api_key_find(token)


def test_an_unknown_token_finds_nothing(db):
    assert api_key_find("nie-ma-takiego") is None
