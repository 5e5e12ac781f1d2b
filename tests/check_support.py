"""A company with a token or a certificate at a KSeF that is faked, for tests of its check."""

import pytest

from auth_ksef import login
from auth_ksef.credentials import certificate_add, token_add
from tests.auth_support import TOKEN, FakeKsef, pem_files, plug_in


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch):
    """No waiting between two looks at a login."""
    monkeypatch.setattr(login, "sleep", lambda seconds: None)


@pytest.fixture
def ksef(monkeypatch):
    """Lets everybody in unless told otherwise."""
    return plug_in(monkeypatch, FakeKsef())


@pytest.fixture
def token(company, owner):
    """The company's own token."""
    return token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)


@pytest.fixture
def certificate(company, owner):
    """The company's own certificate for logging in."""
    crt, key = pem_files()
    return certificate_add(company=company, certificate=crt, key=key, password=None, added_by=owner)
