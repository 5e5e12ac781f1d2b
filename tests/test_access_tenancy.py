"""What one person brought to KSeF, asked of it or was told by it stays that person's."""

from datetime import timedelta

import pytest

from auth_ksef import certificate_access
from auth_ksef.credentials import binding_add, token_add
from auth_ksef.identities import Identity
from auth_ksef.models import ConnectionCheck, Enrolment, KsefSnapshot, SignedLogin, TokenOrder
from auth_ksef.snapshots import snapshot_get, snapshot_store
from auth_ksef.token_orders import _is_author
from ksefapp.accounts.models import Membership
from ksefapp.lib import clock
from tests.api_support import API
from tests.cast import OTHER_NIP, company_made, program_of
from tests.rights_support import own

pytestmark = pytest.mark.django_db

LOGINS = KsefSnapshot.Kind.LOGINS
TRUSTED = "C0" * 32  # the certificate of podpis zaufany is its system's: everybody's


def login_of(company, person, **facts) -> SignedLogin:
    now = clock.now()
    values = {
        "environment": company.environment,
        "context_type": "Nip",
        "context_value": company.nip,
        "challenge": "c",
        "challenge_until": now,
        "request_xml": b"<x/>",
        "signer": "CN=Minister Cyfryzacji - pieczęć podpisu zaufanego",
        "signer_fingerprint": TRUSTED,
        "signer_kind": "trusted",
        "state": SignedLogin.State.DONE,
        "access": "a",
        "access_until": now + timedelta(minutes=10),
        "refresh": "r",
        "refresh_until": now + timedelta(days=6),
        "finished_at": now,
    }
    return SignedLogin.objects.create(company=company, person=person, **values | facts)


def by_signature(company, person) -> Identity:
    return Identity(company, person, login=login_of(company, person))


def test_two_people_with_podpis_zaufany_do_not_share_a_list(company, owner, accountant):
    snapshot_store(by_signature(company, owner), LOGINS, [{"reference": "R-1"}])
    assert snapshot_get(by_signature(company, accountant), LOGINS) is None


def test_a_list_is_found_again_after_another_signature_of_the_same_person(company, owner):
    stored = snapshot_store(by_signature(company, owner), LOGINS, [])
    assert snapshot_get(by_signature(company, owner), LOGINS) == stored


def test_tokens_with_the_same_end_have_lists_of_their_own(company, owner, accountant):
    of_company = token_add(company=company, token="x" * 30 + "abcd", added_by=owner)
    own = token_add(
        company=company, token="y" * 30 + "abcd", owner_user=accountant, added_by=accountant
    )
    snapshot_store(Identity(company, owner, credential=of_company), LOGINS, [])
    assert snapshot_get(Identity(company, accountant, credential=own), LOGINS) is None


def test_only_who_asked_for_a_token_learns_that_it_never_came(company, owner, accountant):
    order = TokenOrder(company=company, requested_by=owner, signed_login=login_of(company, owner))
    assert _is_author(order, by_signature(company, owner))
    assert not _is_author(order, by_signature(company, accountant))


def request_of(company, person) -> Enrolment:
    return Enrolment.objects.create(
        company=company,
        environment=company.environment,
        owner_user=person,
        owner_company=None if person else company,
        use="offline",
        name=f"KOD II {person}",
        secret="tajny klucz",
        csr=b"csr",
    )


def test_a_program_sees_no_request_of_another_person(company, owner, accountant):
    request_of(company, accountant)
    shown = [request_of(company, None).pk, request_of(company, owner).pk]
    answer = program_of(owner, company).get(f"{API}/companies/{company.nip}/certificates/").json()
    assert sorted(row["id"] for row in answer["results"]) == shown


def test_a_program_is_not_told_of_a_check_by_another_persons_signature(company, owner, accountant):
    login = login_of(company, accountant)
    check = ConnectionCheck.objects.create(company=company, signed_login=login, ok=True)
    path = f"{API}/companies/{company.nip}/connection-check/"
    assert program_of(owner, company).get(path).json() == {"check": None}
    assert program_of(accountant, company).get(path).json()["check"]["ok"] is check.ok


def test_a_click_logs_in_to_no_company_of_somebody_else(company, owner, accountant, monkeypatch):
    elsewhere = company_made(OTHER_NIP)
    Membership.objects.create(user=owner, company=elsewhere, role="owner")
    certificate = own(company, owner)
    binding_add(credential=certificate, company=elsewhere, bound_by=owner, consent=True)
    asked = []
    monkeypatch.setattr(certificate_access, "access_get", lambda **by: asked.append(by["company"]))
    assert certificate_access.own_access(certificate, acting=accountant) is None
    with pytest.raises(AttributeError):  # the stand-in gives no token
        certificate_access.certificate_access(certificate, company, acting=accountant)
    assert asked == [company]
