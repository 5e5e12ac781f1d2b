"""The demo's first start: one login, one company that is connected, certificates to try."""

import re
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.management import call_command

from auth_ksef.models import Credential
from ksefapp.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def said(settings, tmp_path):
    settings.KSEF_DATA_DIR = tmp_path
    output = StringIO()
    call_command("demo_seed", stdout=output)
    return output.getvalue()


def test_the_printed_login_works_and_the_company_has_a_token(said):
    email, password = re.search(r"login +(\S+) +password (\S+)", said).groups()
    assert User.objects.get(email=email).check_password(password)
    assert Credential.objects.get().secret.count("|") == 2


def test_the_printed_password_opens_the_keys_of_the_certificates(said):
    folder, password = re.search(r"certificates to try: (\S+), password (\S+)", said).groups()
    keys = sorted(Path(folder).glob("*.key"))
    assert len(keys) == 4
    assert all(load_pem_private_key(key.read_bytes(), password.encode()) for key in keys)


def test_a_second_start_prints_no_secret(said):
    output = StringIO()
    call_command("demo_seed", stdout=output)
    assert "reset_link" in output.getvalue()
    assert "password " not in output.getvalue().partition("(")[0]
