"""Logging in and checking the connection against a running simulator."""

from pathlib import Path

import httpx
import pytest

from auth_ksef.credentials import certificate_add, token_add
from auth_ksef.doctor import connection_check
from auth_ksef.errors import LoginRefused
from auth_ksef.login import access_forget, access_get
from simulator.seed import seed
from tests.at_once import at_once
from tests.simulator_support import running

__all__ = ["running"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PASSWORD = "Haslo-Do-Klucza-15!"


@pytest.fixture
def ksef(running, settings):
    settings.KSEF_SIMULATOR_URL = running.url
    httpx.post(f"{running.url}/control/reset", timeout=10)
    return running


@pytest.fixture
def seeded(ksef, company):
    return seed(ksef.folder, company.nip, password=PASSWORD)


@pytest.fixture
def token(seeded, company, owner):
    return token_add(company=company, token=seeded.token, added_by=owner)


def add_certificate(seeded, company, owner, name):
    (file,) = [path for path in seeded.files if path.name == name]
    return certificate_add(
        company=company,
        certificate=Path(f"{file}.crt").read_bytes(),
        key=Path(f"{file}.key").read_bytes(),
        password=PASSWORD,
        added_by=owner,
    )


def codes(check):
    return [finding["code"] for finding in check.findings]


def test_a_token_passes_the_check(token, company, owner):
    check = connection_check(company=company, checked_by=owner)
    assert (check.ok, codes(check)) == (True, [])
    assert set(check.permissions) >= {"InvoiceRead", "InvoiceWrite", "Introspection"}


@pytest.mark.parametrize("name", ["authentication-rsa", "authentication-ec"])
def test_a_certificate_passes_the_check(seeded, company, owner, name):
    add_certificate(seeded, company, owner, name)
    assert codes(connection_check(company=company, checked_by=owner)) == []


@pytest.mark.parametrize("name", ["offline-rsa", "offline-ec"])
def test_an_offline_certificate_is_bound_for_kod_ii(seeded, company, owner, name):
    row = add_certificate(seeded, company, owner, name)
    assert row.bindings.get().purpose == "kod2"


def test_a_token_of_nobody_is_refused_with_450(ksef, company, owner):
    token = f"20261121-EC-20F5EE4000-DA48AE4124-46|nip-{company.nip}|" + "ab" * 32
    token_add(company=company, token=token, added_by=owner)
    with pytest.raises(LoginRefused) as caught:
        access_get(company=company)
    assert caught.value.code == 450


def test_a_refreshed_token_opens_the_same_doors(token, company, owner):
    first = access_get(company=company)
    access_forget(company, token)
    second = access_get(company=company)
    assert second.token != first.token


def test_rotated_keys_do_not_stop_a_login(token, ksef, company):
    access_get(company=company)
    httpx.post(f"{ksef.url}/control/keys/rotate", timeout=10)
    assert access_get(company=company, fresh=True).token


@pytest.mark.django_db(transaction=True)
def test_four_threads_share_one_login(token, company):
    found = at_once(*[lambda: access_get(company=company).token] * 4)
    assert len(found) == 4
    assert len(set(found)) == 1  # each login would give a token of its own
