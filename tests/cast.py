"""The cast: one company with a person in each role, and a stranger with a company of their own."""

import pytest
from django.core.cache import cache
from django.test import Client

from ksefapp.accounts.api_keys import api_key_create
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role

NIP = "5265877635"
OTHER_NIP = "9542742932"


def company_made(nip: str, **fields) -> Company:
    """A company with the least that an invoice needs."""
    data = {"name": "Sosna i Syn", "address_l1": "ul. Leśna 4", "address_l2": "00-950 Warszawa"}
    return Company.objects.create(nip=nip, **(data | fields))


def user_made(name: str) -> User:
    """A person whose password is `hasło-<name>-12`."""
    return User.objects.create_user(
        f"{name}@example.com", f"hasło-{name}-12", full_name=name.capitalize()
    )


def logged_in(user: User) -> Client:
    """A browser with this person logged in."""
    client = Client()
    client.force_login(user)
    return client


def program_of(user: User, *companies: Company) -> Client:
    """A program with an API key of this person for these companies."""
    _, token = api_key_create(user=user, name=f"program {user}", companies=list(companies))
    return Client(headers={"Authorization": f"Token {token}"})


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """Rate limits and the like live in the cache of the process."""
    cache.clear()


@pytest.fixture
def owner(db) -> User:
    return user_made("ola")


@pytest.fixture
def teammate(db) -> User:
    return user_made("tomek")


@pytest.fixture
def viewer(db) -> User:
    return user_made("wanda")


@pytest.fixture
def accountant(db) -> User:
    return user_made("kasia")


@pytest.fixture
def stranger(db) -> User:
    return user_made("obcy")


@pytest.fixture
def company(owner, teammate, viewer, accountant) -> Company:
    """The company at hand: owner, teammate (issuer), viewer and accountant belong to it."""
    company = company_made(NIP)
    people = [
        (owner, Role.OWNER),
        (teammate, Role.ISSUER),
        (viewer, Role.VIEWER),
        (accountant, Role.ACCOUNTANT),
    ]
    Membership.objects.bulk_create(
        Membership(user=user, company=company, role=role) for user, role in people
    )
    return company


@pytest.fixture
def other_company(stranger) -> Company:
    """A company that only the stranger belongs to, as its owner."""
    company = company_made(OTHER_NIP, name="Inna firma")
    Membership.objects.create(user=stranger, company=company, role=Role.OWNER)
    return company


@pytest.fixture
def client_of():
    """`client_of(user)`: a browser with this person logged in."""
    return logged_in
