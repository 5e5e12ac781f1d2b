"""The walk against a running simulator: every status, blocked companies, lost rights."""

from pathlib import Path

import httpx
import pytest

from auth_ksef import login
from auth_ksef.credentials import certificate_add, token_add
from auth_ksef.doctor import STEPS, connection_check
from auth_ksef.doctor_report import report
from auth_ksef.doctor_words import words_key
from simulator.seed import seed
from tests.simulator_support import running

__all__ = ["running"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PASSWORD = "Haslo-Do-Klucza-15!"


@pytest.fixture
def ksef(running, settings):
    settings.KSEF_SIMULATOR_URL = running.url
    control(running, "/reset")
    return running


@pytest.fixture
def seeded(ksef, company):
    return seed(ksef.folder, company.nip, password=PASSWORD)


@pytest.fixture
def token(seeded, company, owner):
    return token_add(company=company, token=seeded.token, added_by=owner)


@pytest.fixture
def certificate(seeded, company, owner):
    (file,) = [path for path in seeded.files if path.name == "authentication-ec"]
    return certificate_add(
        company=company,
        certificate=Path(f"{file}.crt").read_bytes(),
        key=Path(f"{file}.key").read_bytes(),
        password=PASSWORD,
        added_by=owner,
    )


def control(ksef, path, **body):
    answer = httpx.post(f"{ksef.url}/control{path}", json=body or None, timeout=10)
    assert answer.is_success, answer.text


def states(check):
    return {step["step"]: (step["state"], step["code"]) for step in check.steps}


@pytest.mark.parametrize("kind", ["token", "certificate"])
def test_a_good_connection_walks_to_its_end(ksef, company, owner, request, kind):
    request.getfixturevalue(kind)
    found = states(connection_check(company=company, checked_by=owner))
    assert list(found) == list(STEPS)
    assert {state for state, _ in found.values()} <= {"ok", "skipped"}
    assert found["reading"] == found["sending"] == ("ok", "")


@pytest.mark.parametrize("kind", ["token", "certificate"])
@pytest.mark.parametrize("code", [415, 425, 450, 460, 470, 480, 500, 550])
def test_an_ordered_status_is_explained(ksef, company, owner, request, monkeypatch, kind, code):
    monkeypatch.setattr(login, "sleep", lambda seconds: None)
    request.getfixturevalue(kind)
    control(ksef, "/faults", kind="login_verdict", code=code)
    check = connection_check(company=company, checked_by=owner)
    (bad,) = [step for step in report(check) if step.kind == "bad"]
    assert f"({code})" in bad.text
    assert bad.how


def test_a_blocked_company_is_told_who_unblocks_it(ksef, company, owner, token):
    body = {"contextIdentifier": {"type": "Nip", "value": company.nip}}
    httpx.post(f"{ksef.url}/v2/testdata/context/block", json=body, timeout=10)
    check = connection_check(company=company, checked_by=owner)
    httpx.post(f"{ksef.url}/v2/testdata/context/unblock", json=body, timeout=10)
    (bad,) = [step for step in report(check) if step.kind == "bad"]
    assert "(480)" in bad.text
    assert any("Ministerstwo Finansów" in how.text for how in bad.how)


def test_a_token_of_nobody_is_explained(ksef, company, owner):
    text = f"20261121-EC-20F5EE4000-DA48AE4124-46|nip-{company.nip}|" + "ab" * 32
    token_add(company=company, token=text, added_by=owner)
    check = connection_check(company=company, checked_by=owner)
    failed = next(step for step in check.steps if step["state"] == "failed")
    assert words_key(failed).startswith("450")


def test_an_outage_is_nobodys_fault(ksef, company, owner, token):
    control(ksef, "/faults", kind="outage", seconds=60)
    check = connection_check(company=company, checked_by=owner)
    assert states(check)["answer"] == ("failed", "no-answer")
    (bad,) = [step for step in report(check) if step.kind == "bad"]
    assert any("To nie znaczy" in how.text for how in bad.how)
