"""Every address of the application against every person, by the tables of page_rights.py."""

import pytest
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse

from ksefapp.accounts.roles import RIGHTS
from tests.cast import OTHER_NIP, logged_in, program_of
from tests.page_rights import (
    FOREIGN,
    NOT_THERE_YET,
    OBJECTS,
    ONLY_POSTED,
    OPEN,
    PAGE_RIGHTS,
    PERSONAL,
)

ROLES = ["owner", "accountant", "teammate", "viewer"]
CALLS = sorted(PAGE_RIGHTS)
NAMES = {call.split()[0] for call in CALLS}


@pytest.fixture(autouse=True)
def _no_ksef(settings):
    """Pages that ask KSeF find nobody at home."""
    settings.KSEF_SIMULATOR_URL = "http://127.0.0.1:9"


def names_in(patterns, namespace: str = ""):
    """The names of everything in the URL conf; what has none is called `?`."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from names_in(pattern.url_patterns, inner)
        else:
            yield ":".join(filter(None, [namespace, pattern.name or "?"]))


def address(call: str, company, owner, nip: str = "") -> str:
    """The address for this company's objects, under another NIP if one is given."""
    name = call.split()[0]
    more = OBJECTS[name](company, owner) if name in OBJECTS else {}
    try:
        return reverse(name, kwargs={"nip": nip or company.nip, **more})
    except NoReverseMatch:
        return reverse(name, kwargs=more)


def answer(call: str, url: str, client):
    """What the address says to the call's method without data."""
    method = call.split()[1] if " " in call else "get"
    return getattr(client, method)(url)


def client_for(url: str, user, *companies):
    """A browser for pages, a program with a key for the API."""
    return program_of(user, *companies) if url.startswith("/api/") else logged_in(user)


def is_shut(url: str, response) -> bool:
    """Whether nobody in particular was sent away: to the login page, or with a 401."""
    if url.startswith("/api/"):
        return response.status_code == 401
    return response.status_code == 302 and response.url.startswith(reverse("account_login"))


def test_every_address_is_in_a_table():
    known = NAMES | PERSONAL | OPEN
    names = set(names_in(get_resolver().url_patterns))
    missing = sorted(name for name in names - known if not name.startswith(FOREIGN))
    assert not missing, f"add to tests/page_rights.py: {missing}"


def test_every_name_in_the_tables_exists_once():
    names = set(names_in(get_resolver().url_patterns))
    assert (NAMES | PERSONAL | OPEN) - names == set()
    assert len(NAMES) + len(PERSONAL) + len(OPEN) == len(NAMES | PERSONAL | OPEN)


@pytest.mark.parametrize("call", CALLS)
def test_a_stranger_gets_404(call, company, other_company, owner, stranger):
    url = address(call, company, owner)
    assert answer(call, url, client_for(url, stranger, other_company)).status_code == 404


@pytest.mark.parametrize("call", [call for call in CALLS if call.split()[0] in OBJECTS])
def test_a_strangers_own_company_does_not_open_foreign_objects(
    call, company, other_company, owner, stranger
):
    url = address(call, company, owner, nip=OTHER_NIP)
    assert answer(call, url, client_for(url, stranger, other_company)).status_code == 404


@pytest.mark.parametrize("call", CALLS)
def test_nobody_anonymous_gets_in(call, company, owner, client):
    url = address(call, company, owner)
    assert is_shut(url, answer(call, url, client))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", CALLS)
def test_a_role_does_what_the_table_says(call, role, company, owner, request):
    user = request.getfixturevalue(role)
    url = address(call, company, owner)
    status = answer(call, url, client_for(url, user, company)).status_code
    if PAGE_RIGHTS[call] in RIGHTS[company.memberships.get(user=user).role]:
        assert status < 500
        assert status not in {401, 403, 405}
        assert status != 404 or call in NOT_THERE_YET
    else:
        assert status == 403


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_a_personal_page_asks_to_log_in(name, company, client):
    url = reverse(name)
    assert is_shut(url, client.get(url))


@pytest.mark.parametrize("role", [*ROLES, "stranger"])
@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_a_personal_page_opens_for_anybody_logged_in(name, role, company, request):
    user = request.getfixturevalue(role)
    url = reverse(name)
    allowed = {200, 403} if name == "company-new" else {405} if name in ONLY_POSTED else {200}
    assert client_for(url, user, company).get(url).status_code in allowed
