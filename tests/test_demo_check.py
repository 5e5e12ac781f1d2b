"""`bin/demo --check`: which company it takes, and how it says what failed."""

import json

import pytest
from django.core.management import CommandError, call_command

from auth_ksef.credentials import credential_retire, token_add
from invoices.management.commands import demo_check
from ksefapp.accounts.models import User
from tests.auth_support import TOKEN
from tests.cast import company_made

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(company, owner):
    return token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)


@pytest.fixture
def running(live_server, settings):
    """What `manage.py up` leaves for others to find."""
    folder = settings.KSEF_DATA_DIR / "run"
    folder.mkdir(exist_ok=True)
    file = folder / "up.json"
    file.write_text(json.dumps({"web": live_server.url, "simulator": settings.KSEF_SIMULATOR_URL}))
    yield
    file.unlink()


def test_without_a_running_set_it_is_not_ready():
    with pytest.raises(CommandError, match="not ready"):
        call_command("demo_check")


def test_it_takes_a_company_that_logs_in_to_the_simulator(connected, company):
    company_made("1111111111")
    company_made("7740001454")
    assert demo_check._connected() == company


def test_a_company_without_credentials_is_not_taken(connected, owner):
    credential_retire(credential=connected, retired_by=owner)
    assert demo_check._connected() is None


@pytest.mark.parametrize("failure", [StopIteration(), KeyError("x"), demo_check.Failed("no form")])
def test_whatever_fails_is_said_with_its_step(connected, running, monkeypatch, failure):
    def fail(person, email, password):
        raise failure

    monkeypatch.setattr(demo_check.Person, "log_in", fail)
    with pytest.raises(CommandError, match="FAILED log in: "):
        call_command("demo_check")
    assert not User.objects.get(email__startswith="check-").is_active
