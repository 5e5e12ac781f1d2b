"""The switch of theme and density, the specimen page, the error pages."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from ksefapp.ui import errors

ADDRESS = "/wyglad/"


def test_a_theme_is_kept_in_a_cookie_and_shown_by_the_server(client):
    answer = client.post(ADDRESS, {"theme": "dark", "next": "/konto/login/"})
    assert answer.url == "/konto/login/"
    assert b'data-theme="dark"' in client.get("/konto/login/").content


def test_the_theme_of_the_system_deletes_the_cookie(client):
    client.post(ADDRESS, {"theme": "dark"})
    client.post(ADDRESS, {"theme": ""})
    assert b"data-theme" not in client.get("/konto/login/").content


def test_a_cookie_with_anything_else_is_not_shown(client):
    client.cookies["theme"] = '"><script>'
    assert b"data-theme" not in client.get("/konto/login/").content


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com", "javascript:1"])
def test_the_switch_never_leads_elsewhere(client, target):
    assert client.post(ADDRESS, {"theme": "dark", "next": target}).url == "/"


def test_the_switch_changes_nothing_on_get(client):
    assert client.get(ADDRESS).status_code == 405


def test_the_specimen_is_for_development_only(client, settings):
    address = reverse("ui:components")
    assert client.get(address).status_code == 404
    settings.DEBUG = True
    assert client.get(address).status_code == 200


def test_the_page_for_a_failure_needs_no_request_and_no_database():
    assert "To nie Twój błąd" in render_to_string("errors/500.html")
    assert errors.server_error(RequestFactory().get("/")).status_code == 500
    assert errors.bad_request(RequestFactory().get("/"), None).status_code == 400


def test_the_page_for_a_missing_right_escapes_its_reason(client, rf):
    request = rf.get("/")
    page = errors.permission_denied(request, "<b>x</b>")
    assert page.status_code == 403
    assert b"&lt;b&gt;x&lt;/b&gt;" in page.content


def test_an_address_without_a_page_gets_our_404(client):
    answer = client.get("/nie-ma/")
    assert answer.status_code == 404
    assert "Nie ma takiej strony" in answer.content.decode()
