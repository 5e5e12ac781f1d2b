"""Logins by signatures made elsewhere, against a running simulator.

Each transform, algorithm and digest that KSeF lists (ksef-docs, auth/podpis-xades.md) goes the
whole way: prepared, signed by another program, uploaded, judged, tokens taken.
"""

import time

import httpx
import pytest

from auth_ksef.acting import acting_get
from auth_ksef.api import ksef_api
from auth_ksef.models import SignedLogin
from auth_ksef.signed_logins import (
    signed_login_ask,
    signed_login_renew,
    signed_login_start,
    signed_login_upload,
    signed_logins_follow,
)
from simulator.seed import seed
from tests import signing_program as program
from tests.simulator_support import running

__all__ = ["running"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db]
State = SignedLogin.State


@pytest.fixture
def ksef(running, settings, company):
    settings.KSEF_SIMULATOR_URL = running.url
    httpx.post(f"{running.url}/control/reset", timeout=10)
    seed(running.folder, company.nip)
    calm = {"authentication_seconds": 0, "limits_multiplier": 1000}
    httpx.post(f"{running.url}/control/settings", json=calm, timeout=10)
    return running


def call(ksef, path, body):
    answer = httpx.post(f"{ksef.url}{path}", json=body, timeout=10)
    assert answer.status_code < 300, answer.text


def trader(ksef, company):
    """The company is a sole trader's, whom KSeF knows by PESEL too; made once, then known."""
    body = {"nip": company.nip, "pesel": program.PESEL, "isBailiff": False, "description": "Osoba"}
    answer = httpx.post(f"{ksef.url}/v2/testdata/person", json=body, timeout=10)
    assert answer.status_code == 200 or "30001" in answer.text


def finished(login, seconds=10):
    """The login when KSeF has decided."""
    end = time.monotonic() + seconds
    while signed_login_ask(login).state == State.SENT:
        assert time.monotonic() < end
        SignedLogin.objects.filter(pk=login.pk).update(next_at=None)
        time.sleep(0.05)
    return login


def logged_in(company, person, who, context=None, **options):
    login = signed_login_start(company=company, person=person, **(context or {}))
    signed_login_upload(login, program.signed(bytes(login.request_xml), who, **options))
    return finished(login)


@pytest.mark.parametrize(("form", "transforms"), program.LISTED)
def test_each_transform_opens_ksef(ksef, company, owner, form, transforms):
    who = program.identity("seal", nip=company.nip)
    login = logged_in(company, owner, who, form=form, transforms=transforms)
    assert (login.state, login.advice) == (State.DONE, [])


@pytest.mark.parametrize("name", sorted(program.METHODS))
def test_each_algorithm_opens_ksef(ksef, company, owner, name):
    key = program.EC if name in program.EC_METHODS else program.RSA
    who = program.identity("seal", nip=company.nip, key=key)
    assert logged_in(company, owner, who, algorithm=name).state == State.DONE


@pytest.mark.parametrize("name", sorted(program.DIGESTS))
def test_each_digest_opens_ksef(ksef, company, owner, name):
    who = program.identity("seal", nip=company.nip)
    assert logged_in(company, owner, who, digest=name).state == State.DONE


def test_a_sole_trader_logs_in_by_nip_and_by_pesel(ksef, company, owner):
    trader(ksef, company)
    by_nip = program.identity("person", by="NIP", nip=company.nip)
    assert logged_in(company, owner, by_nip).state == State.DONE
    by_pesel = logged_in(company, owner, program.identity("person"))
    assert (by_pesel.state, by_pesel.method) == (State.DONE, "xades.qualified-signature")


def test_podpis_zaufany_stands_for_its_person_and_not_for_its_certificate(ksef, company, owner):
    trader(ksef, company)
    login = logged_in(company, owner, program.identity("trusted"))
    assert (login.state, login.signer_kind) == (State.DONE, "trusted")


def test_the_signature_of_an_identity_card_goes_to_ksef_which_decides(ksef, company, owner):
    trader(ksef, company)
    login = logged_in(company, owner, program.identity("personal"))
    assert (login.state, login.method) == (State.DONE, "xades.personal-signature")
    call(ksef, "/control/settings", {"personal_signature": 0})
    assert logged_in(company, owner, program.identity("personal")).code == 460


def test_a_foreign_signature_opens_what_was_granted_to_its_fingerprint(ksef, company, owner):
    who = program.identity("foreign")
    context = {"subject_type": "certificateFingerprint"}
    assert logged_in(company, owner, who, context).code == 415
    body = {
        "contextIdentifier": {"type": "Nip", "value": company.nip},
        "authorizedIdentifier": {"type": "Fingerprint", "value": who.fingerprint},
        "permissions": [{"permissionType": "InvoiceRead", "description": "Osoba próbna"}],
    }
    call(ksef, "/v2/testdata/permissions", body)
    assert logged_in(company, owner, who, context).state == State.DONE


def test_a_foreign_signature_by_its_names_is_refused_with_the_way_out(ksef, company, owner):
    login = logged_in(company, owner, program.identity("foreign"))
    assert (login.state, login.code) == (State.REFUSED, 21406)
    assert "po odcisku certyfikatu" in login.said


def test_somebody_without_rights_is_told_who_grants_them(ksef, company, owner):
    login = logged_in(company, owner, program.identity("person", pesel="02270803628"))
    assert (login.state, login.code) == (State.REFUSED, 415)
    assert "ZAW-FA" in login.said


def test_an_expired_certificate_is_refused_by_ksef_and_not_by_us(ksef, company, owner):
    who = program.identity("seal", nip=company.nip, start=-30, end=-2)
    login = logged_in(company, owner, who)
    assert [item["code"] for item in login.advice] == ["expired"]
    assert (login.state, login.code) == (State.REFUSED, 460)


def test_a_broken_signature_is_refused_by_ksef_and_not_by_us(ksef, company, owner):
    login = signed_login_start(company=company, person=owner)
    data = program.signed(bytes(login.request_xml), program.identity("seal", nip=company.nip))
    signed_login_upload(login, data.replace(b"certificateSubject", b"certificateFingerprint"))
    assert (login.state, login.code) == (State.REFUSED, 9105)


def test_after_a_refusal_a_new_challenge_opens_the_door(ksef, company, owner):
    who = program.identity("seal", nip=company.nip)
    login = logged_in(company, owner, program.identity("foreign"))
    signed_login_renew(login)
    signed_login_upload(login, program.signed(bytes(login.request_xml), who))
    assert finished(login).state == State.DONE


def test_ksef_may_take_its_time_and_the_worker_ends_it(ksef, company, owner):
    call(ksef, "/control/settings", {"certificate_check_seconds": 1})
    login = signed_login_start(company=company, person=owner)
    who = program.identity("seal", nip=company.nip)
    signed_login_upload(login, program.signed(bytes(login.request_xml), who))
    assert (signed_login_ask(login).state, login.code) == (State.SENT, 100)
    time.sleep(1.1)
    SignedLogin.objects.update(next_at=None)
    signed_logins_follow()
    login.refresh_from_db()
    assert login.state == State.DONE


@pytest.mark.parametrize(("kind", "rest"), [("InternalId", "-00012"), ("NipVatUe", "-DE999999999")])
def test_another_context_is_what_ksef_judges(ksef, company, owner, kind, rest):
    context = {"context_type": kind, "context_value": company.nip + rest}
    login = logged_in(company, owner, program.identity("seal", nip=company.nip), context)
    assert login.state in (State.DONE, State.REFUSED)
    assert login.code in (200, 415, 21117)


def test_a_file_that_was_sent_already_is_refused_by_its_challenge(ksef, company, owner):
    login = logged_in(company, owner, program.identity("seal", nip=company.nip))
    again = SignedLogin.objects.get(pk=login.pk)
    SignedLogin.objects.filter(pk=login.pk).update(state=State.PREPARED)
    again.refresh_from_db()
    who = program.identity("seal", nip=company.nip)
    signed_login_upload(again, program.signed(bytes(again.request_xml), who))
    assert (again.state, again.code) == (State.REFUSED, 21111)


def test_the_person_acts_with_the_tokens_of_the_signature(ksef, company, owner):
    logged_in(company, owner, program.identity("seal", nip=company.nip))
    acting = acting_get(company, owner)
    data = ksef_api(company.environment, company).enrollment_data(access=acting.token)
    assert data["organizationIdentifier"] == f"VATPL-{company.nip}"
