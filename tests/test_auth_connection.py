"""Sprawdź połączenie: what is found, and how it is told."""

from datetime import timedelta

import httpx
import pytest

from auth_ksef.credentials import certificate_add
from auth_ksef.doctor import connection_check
from auth_ksef.errors import NoCredential
from auth_ksef.models import ConnectionCheck
from ksefapp.accounts.models import AuditEntry
from tests.auth_support import clock_shifter, pem_files
from tests.check_support import certificate, ksef, no_sleep, token
from tests.client_support import problem

__all__ = ["certificate", "ksef", "no_sleep", "token"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock_at(monkeypatch, tmp_path):
    return clock_shifter(monkeypatch, tmp_path)


def codes(check):
    return [finding["code"] for finding in check.findings]


def test_all_rights_and_one_time_are_fine(ksef, company, owner, token):
    check = connection_check(company=company, checked_by=owner)
    assert (check.ok, check.findings) == (True, [])
    assert check.permissions == ["Introspection", "InvoiceRead", "InvoiceWrite"]
    assert abs(check.clock_skew_seconds) <= 1


def test_a_check_is_kept_and_audited(ksef, company, owner, token):
    connection_check(company=company, checked_by=owner)
    assert ConnectionCheck.objects.get().checked_by == owner
    assert AuditEntry.objects.get(action="connection.check").details["ok"] is True


def test_each_check_logs_in_anew(ksef, company, owner, token):
    for _ in range(2):
        connection_check(company=company, checked_by=owner)
    assert ksef.count("/auth/ksef-token") == 2


@pytest.mark.parametrize("missing", ["InvoiceWrite", "InvoiceRead"])
def test_a_required_right_that_is_missing_fails_the_check(ksef, company, owner, token, missing):
    ksef.grants = [grant for grant in ksef.grants if grant["permissionScope"] != missing]
    check = connection_check(company=company, checked_by=owner)
    assert not check.ok
    assert check.findings == [
        {"code": "missing-permission", "severity": "bad", "permission": missing}
    ]


def test_introspection_is_only_recommended(ksef, company, owner, token):
    ksef.grants = [{"permissionScope": "InvoiceWrite"}, {"permissionScope": "InvoiceRead"}]
    check = connection_check(company=company, checked_by=owner)
    assert check.ok
    assert codes(check) == ["no-introspection"]


def test_an_owners_rights_come_in_their_own_list(ksef, company, owner, certificate):
    ksef.grants, ksef.owner = [], ["InvoiceWrite", "InvoiceRead", "Introspection"]
    assert connection_check(company=company, checked_by=owner).findings == []


def test_the_scope_owner_means_everything(ksef, company, owner, certificate):
    ksef.grants = [{"permissionScope": "Owner"}]
    assert connection_check(company=company, checked_by=owner).findings == []


def test_an_inactive_right_does_not_count(ksef, company, owner, certificate):
    ksef.grants[0]["permissionState"] = "Inactive"
    assert codes(connection_check(company=company, checked_by=owner)) == ["missing-permission"]


@pytest.mark.parametrize("side", ["contextIdentifier", "targetIdentifier"])
def test_a_right_in_another_company_does_not_count(ksef, company, owner, certificate, side):
    ksef.grants[0][side] = {"type": "Nip", "value": "7740001454"}
    assert codes(connection_check(company=company, checked_by=owner)) == ["missing-permission"]


@pytest.mark.parametrize("side", ["contextIdentifier", "targetIdentifier"])
def test_a_right_that_names_this_company_counts(ksef, company, owner, certificate, side):
    ksef.grants[0][side] = {"type": "Nip", "value": company.nip}
    assert connection_check(company=company, checked_by=owner).ok


@pytest.mark.parametrize("claim", [["InvoiceRead"], '["InvoiceRead"]', ["CredentialsRead"]])
def test_a_token_has_only_the_rights_it_was_made_with(ksef, company, owner, token, claim):
    ksef.claims = {"per": claim}
    check = connection_check(company=company, checked_by=owner)
    assert "InvoiceWrite" not in check.permissions
    assert not check.ok


@pytest.mark.parametrize("claim", [None, 7, "x", ["invoice-write"], ["Owner"], {"a": 1}])
def test_a_claim_that_we_cannot_read_takes_nothing_away(ksef, company, owner, token, claim):
    ksef.claims = {"per": claim}
    assert connection_check(company=company, checked_by=owner).ok


def test_a_certificate_is_not_narrowed_by_the_claim(ksef, company, owner, certificate):
    ksef.claims = {"per": ["InvoiceRead"]}
    assert connection_check(company=company, checked_by=owner).ok


@pytest.mark.parametrize("seconds", [-61.5, 61.5])
def test_clocks_a_minute_apart_are_a_warning(ksef, company, owner, token, seconds):
    ksef.skew = timedelta(seconds=seconds)
    check = connection_check(company=company, checked_by=owner)
    assert check.ok
    assert codes(check) == ["clock-skew"]
    assert abs(check.findings[0]["seconds"] - seconds) <= 1


def test_clocks_less_than_a_minute_apart_are_fine(ksef, company, owner, token):
    ksef.skew = timedelta(seconds=58)
    check = connection_check(company=company, checked_by=owner)
    assert check.findings == []
    assert check.clock_skew_seconds in (57, 58, 59)


def test_a_refused_login_is_a_finding_with_its_code(ksef, company, owner, token):
    ksef.verdicts = [(450, "Zły token", "Token unieważniony")]
    check = connection_check(company=company, checked_by=owner)
    assert codes(check) == ["login-refused"]
    assert check.findings[0]["ksef_code"] == 450
    assert check.findings[0]["stage"] == "login"


def test_a_silent_ksef_is_a_finding_and_not_a_verdict_on_the_token(ksef, company, owner, token):
    ksef.failures["/auth/challenge"] = httpx.ConnectError("down")
    check = connection_check(company=company, checked_by=owner)
    assert codes(check) == ["no-answer"]
    assert check.findings[0]["stage"] == "answer"
    assert check.clock_skew_seconds is None


def test_a_refused_question_about_rights_is_a_finding(ksef, company, owner, token):
    ksef.failures["/permissions/query/personal/grants"] = problem(400, code=21405)
    check = connection_check(company=company, checked_by=owner)
    assert codes(check) == ["refused"]
    assert check.findings[0]["stage"] == "permissions"


def test_without_a_credential_there_is_nothing_to_check(ksef, company, owner):
    with pytest.raises(NoCredential):
        connection_check(company=company, checked_by=owner)


def test_a_person_may_check_the_own_certificate_without_consent(ksef, company, owner):
    crt, key = pem_files()
    certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=owner,
        added_by=owner,
    )
    assert connection_check(company=company, checked_by=owner).ok


def test_a_shifted_clock_is_told(company, owner, token, clock_at):
    for row in (company, token, token.bindings.get()):
        row.environment = "test"
        row.save()
    clock_at(days=1)
    assert codes(connection_check(company=company, checked_by=owner)) == ["clock-shifted"]
