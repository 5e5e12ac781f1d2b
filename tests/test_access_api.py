"""What a program is told of a company's access to KSeF: never a secret, never a call to KSeF."""

from datetime import timedelta

import pytest

from auth_ksef.credentials import binding_add
from auth_ksef.doctor import connection_check
from auth_ksef.messages import stored
from auth_ksef.models import (
    ConnectionCheck,
    Credential,
    Enrolment,
    KsefSnapshot,
    RightsOperation,
)
from auth_ksef.tasks import check_task, rights_task
from ksefapp.accounts.models import Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from tests.api_support import API, code_of
from tests.cast import company_made, program_of

SECRET = "bardzo tajny klucz"


@pytest.fixture
def at(company) -> str:
    """The address of the company's rows."""
    return f"{API}/companies/{company.nip}"


def credential_made(owner, **fields) -> Credential:
    """A certificate with a planted secret."""
    values = {
        "environment": "simulator",
        "kind": Credential.Kind.CERTIFICATE,
        "owner_user": owner,
        "added_by": owner,
        "label": "Jan Kowalski, typ 1",
        "secret": SECRET,
        "certificate_pem": "-----BEGIN CERTIFICATE-----",
        "serial": "0123456789ABCDEF",
        "fingerprint": "AB" * 32,
        "valid_from": clock.now() - timedelta(days=1),
        "valid_to": clock.now() + timedelta(days=300),
    }
    return Credential.objects.create(**values | fields)


def check_made(company, **fields) -> ConnectionCheck:
    """A check as the walk stores it."""
    values = {
        "ok": False,
        "permissions": ["InvoiceRead"],
        "findings": [{"code": "login-refused", "severity": "bad", "ksef_code": 415, "pl": "a"}],
        "steps": [
            {"step": "answer", "state": "ok", "code": ""},
            {"step": "login", "state": "failed", "code": "login-refused", "ksef_code": 415},
            {"step": "sending", "state": "skipped", "code": "not-reached"},
        ],
        "clock_skew_seconds": 3,
    }
    return ConnectionCheck.objects.create(company=company, **values | fields)


def rows(program, address: str) -> list[dict]:
    """The rows of the list's first page."""
    response = program.get(address)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_a_credential_is_told_without_its_secrets(program, company, owner, at):
    row = credential_made(owner)
    binding_add(credential=row, company=company, bound_by=owner, consent=True)
    response = program.get(f"{at}/credentials/")
    (told,) = response.json()["results"]
    assert (told["id"], told["use"], told["serial"]) == (row.pk, "authentication", row.serial)
    assert (told["owner"], told["problem"]) == (str(owner), "")
    assert SECRET not in response.content.decode()
    assert "BEGIN" not in response.content.decode()


def test_bindings_are_told_only_of_the_companies_of_the_key(program, company, owner, at):
    elsewhere = company_made("9542742949", name="Druga firma")
    Membership.objects.create(user=owner, company=elsewhere, role=Role.OWNER)
    row = credential_made(owner)
    for each in (elsewhere, company):
        binding_add(credential=row, company=each, bound_by=owner)
    both = program_of(owner, company, elsewhere)
    (narrow,), (wide,) = (rows(client, f"{at}/credentials/") for client in (program, both))
    assert [each["nip"] for each in narrow["bindings"]] == [company.nip]
    assert [each["nip"] for each in wide["bindings"]] == [company.nip, elsewhere.nip]
    assert narrow["bindings"][0]["in_background"] is False


def test_a_credential_that_has_run_out_says_so(program, company, owner, at):
    row = credential_made(owner, valid_to=clock.now() - timedelta(hours=1))
    binding_add(credential=row, company=company, bound_by=owner, consent=True)
    (told,) = rows(program, f"{at}/credentials/")
    assert "wygasł" in told["problem"]


def test_credentials_of_another_environment_stay_out(program, company, owner, at):
    row = credential_made(owner, environment="test")
    row.bindings.create(company=company, environment="test", purpose="login", bound_by=owner)
    assert rows(program, f"{at}/credentials/") == []


def test_a_request_for_a_certificate_is_told_without_its_key(program, company, owner, at):
    Enrolment.objects.create(
        company=company,
        environment=company.environment,
        owner_user=owner,
        use=Credential.Use.OFFLINE,
        name="KOD II",
        secret=SECRET,
        csr=b"csr",
        state=Enrolment.State.REFUSED,
        code=400,
        said=stored(("Odmowa", "No")),
    )
    response = program.get(f"{at}/certificates/", headers={"Accept-Language": "en"})
    (told,) = response.json()["results"]
    assert (told["state"], told["code"], told["message"]) == ("refused", 400, "No")
    assert told["renews_itself"] is True
    assert SECRET not in response.content.decode()


def test_before_the_first_check_there_is_none(program, at):
    assert program.get(f"{at}/connection-check/").json() == {"check": None}


def test_the_last_check_is_told_in_codes_and_words(program, company, owner, at):
    row = credential_made(owner)
    binding_add(credential=row, company=company, bound_by=owner)
    check_made(company, credential=row)
    told = program.get(f"{at}/connection-check/").json()["check"]
    assert (told["ok"], told["credential"], told["clock_skew_seconds"]) == (False, row.pk, 3)
    answer, login, sending = told["steps"]
    assert [step["state"] for step in told["steps"]] == ["ok", "failed", "skipped"]
    assert (login["code"], sending["code"], answer["how"]) == ("login-refused", "not-reached", [])
    assert told["headline"] == "KSeF nie wpuszcza tej firmy."
    assert login["message"]
    assert login["how"]
    assert told["findings"] == [{"code": "login-refused", "severity": "bad", "ksef_code": 415}]


def test_a_check_with_what_was_withdrawn_is_none_of_the_present(program, company, owner, at):
    check_made(company, credential=credential_made(owner))
    assert program.get(f"{at}/connection-check/").json() == {"check": None}


def test_nothing_to_ask_with_is_told_at_once(program, at):
    response = program.post(f"{at}/connection-check/")
    assert (response.status_code, code_of(response)) == (409, "no_credential")


def test_a_persons_certificate_without_consent_is_not_used_in_the_background(
    program, company, owner, at
):
    binding_add(credential=credential_made(owner), company=company, bound_by=owner)
    assert program.post(f"{at}/connection-check/").status_code == 409


def test_a_check_is_left_to_a_worker(
    program, company, owner, at, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr("auth_ksef.api_check.ring", lambda *args: rung.append(args))
    row = credential_made(owner)
    binding_add(credential=row, company=company, bound_by=owner, consent=True)
    with django_capture_on_commit_callbacks(execute=True):
        response = program.post(f"{at}/connection-check/", headers={"Idempotency-Key": "a"})
    assert response.status_code == 202
    assert rung == [("check_task", company.pk)]


def test_the_worker_checks_as_nobody_at_the_screen(company, monkeypatch):
    asked = []
    monkeypatch.setattr("auth_ksef.tasks.connection_check", lambda **given: asked.append(given))
    check_task(company.pk)
    assert asked == [{"company": company, "checked_by": None}]
    assert connection_check.__kwdefaults__["credential"] is None


def test_a_worker_with_nothing_to_ask_with_ends_quietly(company):
    check_task(company.pk)
    assert not ConnectionCheck.objects.exists()


def snapshot_made(company, **fields) -> KsefSnapshot:
    """A stored list of persons."""
    grant = {
        "id": "0c9a2b1e-4c1f-4b8e-9a58-0f4b6f3f9c11",
        "permissionScope": "InvoiceWrite",
        "permissionState": "Inactive",
        "description": "Biuro",
    }
    values = {"environment": company.environment, "kind": "persons", "rows": [grant]}
    return KsefSnapshot.objects.create(company=company, **values | fields)


def test_lists_of_rights_say_how_old_they_are(program, company, at):
    moment = clock.now() - timedelta(hours=2)
    snapshot_made(company, fetched_at=moment, failed_at=clock.now(), failure="Limit")
    (told,) = rows(program, f"{at}/permissions/")
    assert (told["kind"], told["count"], told["failure"]) == ("persons", 1, "Limit")
    assert told["fetched_at"].startswith(f"{moment:%Y-%m-%dT%H:%M:%S}")


def test_reading_rights_again_is_left_to_a_worker(
    program, company, owner, at, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr("auth_ksef.api_check.ring", lambda *args: rung.append(args))
    row = credential_made(owner)
    binding_add(credential=row, company=company, bound_by=owner, consent=True)
    with django_capture_on_commit_callbacks(execute=True):
        assert program.post(f"{at}/permissions/").status_code == 202
    assert rung == [("rights_task", company.pk, owner.pk)]


def test_the_worker_reads_rights_only_with_what_may_work_without_its_person(
    company, owner, monkeypatch
):
    asked = []
    monkeypatch.setattr("auth_ksef.tasks.rights_refresh", lambda **given: asked.append(given))
    row = credential_made(owner)
    binding = binding_add(credential=row, company=company, bound_by=owner)
    rights_task(company.pk, owner.pk)
    assert asked == []
    type(binding).objects.filter(pk=binding.pk).update(consented_at=clock.now())
    rights_task(company.pk, owner.pk)
    assert [(given["credential"], given["person"]) for given in asked] == [(row, owner)]


@pytest.mark.parametrize("kind", ["received", "tokens", "logins", "certificates"])
def test_a_persons_own_lists_are_not_the_companys(program, company, at, kind):
    snapshot_made(company, kind=kind)
    assert rows(program, f"{at}/permissions/") == []
    assert code_of(program.get(f"{at}/permission-rows/?kind={kind}")) == "invalid"


def test_a_row_of_rights_keeps_ksefs_own_words(program, company, at):
    row = snapshot_made(company)
    (told,) = rows(program, f"{at}/permission-rows/?kind=persons")
    assert (told["right"], told["is_active"]) == ("InvoiceWrite", False)
    assert (told["id"], told["raw"]) == (row.rows[0]["id"], row.rows[0])


def test_a_role_has_no_id(program, company, at):
    snapshot_made(company, kind="roles", rows=[{"role": "VatGroupUnit", "description": "JST"}])
    (told,) = rows(program, f"{at}/permission-rows/?kind=roles")
    assert (told["id"], told["right"], told["is_active"]) == (None, "VatGroupUnit", True)


def test_a_list_never_told_is_empty(program, at):
    assert rows(program, f"{at}/permission-rows/?kind=eu") == []


def test_an_operation_is_told_with_its_end(program, company, owner, at):
    RightsOperation.objects.create(
        company=company,
        environment=company.environment,
        kind="persons",
        body={"subjectIdentifier": {"value": "90010112345"}},
        summary=stored(("Anna: odczyt", "Anna: reading")),
        state=RightsOperation.State.REFUSED,
        code=420,
        requested_by=owner,
    )
    (told,) = rows(program, f"{at}/permission-operations/")
    assert (told["summary"], told["state"], told["code"]) == ("Anna: odczyt", "refused", 420)
    assert told["requested_by"] == str(owner)
    assert "90010112345" not in str(told)
