"""Keys, pages, the one error shape, the schema and its page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.validation import validate_schema

from ksefapp.accounts.api_keys import api_key_create
from ksefapp.accounts.models import ApiKey
from ksefapp.api.errors import error_response
from ksefapp.lib import clock
from ksefapp.middleware import POLICY
from tests.api_support import API, code_of, document_made
from tests.cast import program_of


def test_companies_are_those_of_the_key(program, company, other_company):
    page = program.get(f"{API}/companies/").json()
    assert [row["nip"] for row in page["results"]] == [company.nip]
    assert page["results"][0] | {"role": "owner", "environment": "simulator"} == page["results"][0]


def test_a_key_reaches_only_its_own_companies(owner, company):
    assert program_of(owner).get(f"{API}/companies/").json()["results"] == []


@pytest.mark.parametrize("header", ["Token nope", "Bearer x", "Token", "Token \xff", "x" * 5000])
def test_a_wrong_key_is_401(header, db):
    response = Client(headers={"Authorization": header}).get(f"{API}/companies/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert code_of(response) == "invalid_key"


def test_no_key_is_401(client, db):
    response = client.get(f"{API}/companies/")
    assert response.status_code == 401
    assert code_of(response) == "not_authenticated"


def test_a_browser_login_is_no_key(owner, client_of):
    assert client_of(owner).get(f"{API}/companies/").status_code == 401


def test_a_revoked_key_is_401(program, owner):
    ApiKey.objects.update(revoked_at=clock.now())
    assert program.get(f"{API}/companies/").status_code == 401


def test_the_use_of_a_key_is_noted_once_a_minute(owner, company):
    key, token = api_key_create(user=owner, name="sklep", companies=[company])
    earlier = clock.now() - timedelta(seconds=30)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=earlier)
    Client(headers={"Authorization": f"Token {token}"}).get(f"{API}/companies/")
    key.refresh_from_db()
    assert key.last_used_at == earlier


def test_the_token_is_nowhere_in_the_database(owner, company):
    key, token = api_key_create(user=owner, name="sklep", companies=[company])
    values = [str(value) for value in ApiKey.objects.filter(pk=key.pk).values_list()[0]]
    assert not any(token in value for value in values)


@pytest.mark.parametrize("path", ["", "nic/", "drafts/nie-uuid/", "companies/123/drafts/", "%00/"])
def test_an_address_that_is_none_is_404_in_the_same_shape(path, program):
    response = program.get(f"{API}/{path}")
    assert response.status_code == 404
    assert code_of(response) == "not_found"


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_a_wrong_method_is_405(method, program):
    response = getattr(program, method)(f"{API}/companies/")
    assert response.status_code == 405
    assert code_of(response) == "method_not_allowed"


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "*/*", "nonsense"])
def test_errors_are_json_whatever_is_accepted(accept, client, db):
    response = client.get(f"{API}/companies/", headers={"Accept": accept})
    assert response["Content-Type"] == "application/json"


def test_what_nobody_foresaw_is_500_without_its_text(db):
    response = error_response(RuntimeError("secret"))
    assert response.status_code == 500
    assert "secret" not in str(response.data)


WRONG_PAGES = [
    "page=0",
    "page=abc",
    "page=",
    "page=-1",
    "page=\u0661",
    "page_size=0",
    "page_size=x",
]


@pytest.mark.parametrize("query", [*WRONG_PAGES, f"page={10**19}", "page_size=x", "page_size=1.5"])
@pytest.mark.parametrize("path", ["documents/", "companies/", "companies/5265877635/drafts/"])
def test_a_page_that_is_no_number_is_400(path, query, program):
    response = program.get(f"{API}/{path}?{query}")
    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == [query.partition("=")[0]]


def test_a_page_after_the_last_is_404(program):
    assert code_of(program.get(f"{API}/documents/?page=2")) == "not_found"


def test_what_a_405_allows_is_allowed(program):
    allowed = program.options(f"{API}/companies/")["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD"}


def test_pages_follow_each_other(program, company, owner):
    for _ in range(3):
        document_made(company, owner)
    first = program.get(f"{API}/documents/?page_size=2").json()
    second = program.get(first["next"]).json()
    seen = [row["id"] for row in first["results"] + second["results"]]
    assert len(set(seen)) == first["count"] == 3
    assert second["next"] is None


def test_answers_are_not_kept_on_the_way(program):
    response = program.get(f"{API}/companies/")
    assert response["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response["Vary"]


def test_every_post_can_be_repeated():
    views = [
        pattern.callback.view_class
        for resolver in get_resolver().url_patterns
        if str(resolver.pattern) == "api/"
        for pattern in _flat(resolver)
    ]
    posts = [view.post for view in views if hasattr(view, "post")]
    assert len(posts) >= 3
    assert all(getattr(post, "is_idempotent", False) for post in posts)


def _flat(resolver):
    for pattern in resolver.url_patterns:
        yield from _flat(pattern) if hasattr(pattern, "url_patterns") else [pattern]


def test_the_schema_is_public_and_valid(client, db):
    schema = client.get("/api/schema/?format=json").json()
    validate_schema(schema)
    assert f"{API}/drafts/{{id}}/issue/" in schema["paths"]
    assert schema["components"]["securitySchemes"]["ApiKey"]["name"] == "Authorization"


def test_the_documentation_has_its_own_policy_and_others_do_not(client, db):
    page = client.get("/api/docs/")
    assert "style-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]
    assert "script-src 'self';" in page["Content-Security-Policy"]
    assert client.get("/api/schema/")["Content-Security-Policy"] == POLICY


def test_the_documentation_names_no_other_host(client, db):
    text = client.get("/api/docs/").text + client.get("/api/docs/?script=").text
    assert "http://" not in text
    assert "https://" not in text
