"""Every address of the application against every person, by the tables of page_rights.py."""

import pytest
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from ksefapp.accounts.roles import RIGHTS
from tests.cast import OTHER_NIP, logged_in, program_of
from tests.page_rights import FOREIGN, METHODS, OBJECTS, OPEN, PAGE_RIGHTS, PERSONAL

ROLES = ["owner", "accountant", "teammate", "viewer"]
COMPANY_URLS = sorted(PAGE_RIGHTS)


def names_in(patterns, namespace: str = ""):
    """(name, route) of everything in the URL conf."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from names_in(pattern.url_patterns, inner)
        else:
            yield ":".join(filter(None, [namespace, pattern.name or "?"])), str(pattern.pattern)


def address(name: str, company, owner, nip: str = "") -> str:
    """The address of a name for this company's objects."""
    more = OBJECTS[name](company, owner) if name in OBJECTS else {}
    try:
        return reverse(name, kwargs={"nip": nip or company.nip, **more})
    except NoReverseMatch:
        return reverse(name, kwargs=more)


def call(name: str, url: str, client):
    """The answer to the address's own method without data."""
    return getattr(client, METHODS.get(name, "get"))(url)


def client_for(url: str, user, *companies):
    """A browser for pages, a program with a key for the API."""
    return program_of(user, *companies) if url.startswith("/api/") else logged_in(user)


def is_login(response) -> bool:
    return response.status_code == 302 and response.url.startswith(reverse("account_login"))


def test_every_address_is_in_a_table():
    known = set(PAGE_RIGHTS) | PERSONAL | OPEN
    names = {name for name, _ in names_in(get_resolver().url_patterns)}
    missing = sorted(name for name in names - known if not name.startswith(FOREIGN))
    assert not missing, f"add to tests/page_rights.py: {missing}"


def test_every_name_in_the_tables_exists():
    names = {name for name, _ in names_in(get_resolver().url_patterns)}
    assert (set(PAGE_RIGHTS) | PERSONAL | OPEN) - names == set()


@pytest.mark.parametrize("name", COMPANY_URLS)
def test_a_stranger_gets_404(name, company, other_company, owner, stranger):
    url = address(name, company, owner)
    assert call(name, url, client_for(url, stranger, other_company)).status_code == 404


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_a_strangers_own_company_does_not_open_foreign_objects(
    name, company, other_company, owner, stranger
):
    url = address(name, company, owner, nip=OTHER_NIP)
    assert call(name, url, client_for(url, stranger, other_company)).status_code == 404


@pytest.mark.parametrize("name", COMPANY_URLS)
def test_nobody_anonymous_gets_in(name, company, owner, client):
    url = address(name, company, owner)
    response = call(name, url, client)
    assert response.status_code == 401 if url.startswith("/api/") else is_login(response)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", COMPANY_URLS)
def test_a_role_does_what_the_table_says(name, role, company, owner, request):
    user = request.getfixturevalue(role)
    url = address(name, company, owner)
    status = call(name, url, client_for(url, user, company)).status_code
    if PAGE_RIGHTS[name] in RIGHTS[company.memberships.get(user=user).role]:
        assert status < 500
        assert status not in {401, 403, 404, 405}
    else:
        assert status == 403


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_a_personal_page_asks_to_log_in(name, company, owner, client):
    url = reverse(name)
    response = call(name, url, client)
    assert response.status_code == 401 if url.startswith("/api/") else is_login(response)


@pytest.mark.parametrize("role", [*ROLES, "stranger"])
@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_a_personal_page_opens_for_anybody_logged_in(name, role, company, request):
    user = request.getfixturevalue(role)
    url = reverse(name)
    response = call(name, url, client_for(url, user, company))
    allowed = {200, 403} if name == "company-new" else {200}
    assert response.status_code in allowed
