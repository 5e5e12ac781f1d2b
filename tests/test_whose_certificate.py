"""Whose certificate: who logs in, who signs KOD II, what leaves with a person (decision 0027)."""

import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.acting import acting_get
from auth_ksef.choosing import credential_for
from auth_ksef.credentials import binding_add, certificate_add
from auth_ksef.errors import NoCredential
from auth_ksef.kod2 import Kod2Refused, kod2_check, kod2_sign
from auth_ksef.models import Credential, SignedLogin
from auth_ksef.whose import background_without, whose
from ksefapp.accounts.memberships import membership_end
from ksefapp.accounts.models import Company, Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from tests.auth_support import pem_files
from tests.cast import company_made
from tests.client_support import ec_key

pytestmark = pytest.mark.django_db

SHA256 = hashlib.sha256(b"<Faktura/>").hexdigest()
HOST = "https://qr-test.ksef.mf.gov.pl"


def add(company, added_by, *, person=None, offline=False, consent=False) -> Credential:
    crt, key = pem_files(offline=offline, key=ec_key())
    return certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=person,
        added_by=added_by,
        consent=consent,
    )


def own(company, person, **options) -> Credential:
    return add(company, person, person=person, **options)


def sign(company, issued_by, acting=None):
    return kod2_sign(
        company=company,
        environment=company.environment,
        issued_by=issued_by,
        seller_nip=company.nip,
        sha256_hex=SHA256,
        base_url=HOST,
        acting=acting,
    )


def refused(company, issued_by, acting=None) -> str:
    with pytest.raises(Kod2Refused) as caught:
        sign(company, issued_by, acting)
    return caught.value.code


def leave(company, person, owner) -> None:
    membership_end(membership=Membership.objects.get(company=company, user=person), by=owner)


def row_of(company, person):
    return next(row for row in whose(company).members if row.person == person)


@pytest.fixture
def client_two(accountant) -> Company:
    company = company_made("7740001454")
    Membership.objects.create(user=accountant, company=company, role=Role.ACCOUNTANT)
    return company


# --- Logging in -------------------------------------------------------------------------------
def test_the_companys_own_logs_in_before_a_persons(company, owner, accountant):
    own(company, accountant, consent=True)
    firm = add(company, owner)
    assert credential_for(company) == firm
    assert credential_for(company, acting=accountant) == firm


def test_in_the_background_a_person_logs_in_only_by_consent(company, accountant):
    own(company, accountant)
    with pytest.raises(NoCredential) as caught:
        credential_for(company)
    assert caught.value.code == "consent"


def test_at_the_screen_ones_own_needs_no_consent(company, accountant):
    row = own(company, accountant)
    assert credential_for(company, acting=accountant) == row


def test_somebody_else_at_the_screen_is_no_consent(company, owner, accountant):
    own(company, accountant)
    with pytest.raises(NoCredential):
        credential_for(company, acting=owner)


def test_nobody_consents_for_another(company, owner, accountant):
    row = own(company, accountant)
    with pytest.raises(ValueError, match="somebody else"):
        binding_add(credential=row, company=company, bound_by=owner, consent=True)


def test_a_login_by_signature_serves_nobody_in_the_background(company, accountant):
    now = clock.now()
    login = SignedLogin.objects.create(
        company=company,
        environment=company.environment,
        person=accountant,
        context_type="Nip",
        context_value=company.nip,
        challenge="20261121-CR-20F5EE4000-DA48AE4124-46",
        challenge_until=now,
        request_xml=b"<AuthTokenRequest/>",
        state=SignedLogin.State.DONE,
        access="access.token",
        access_until=now + timedelta(hours=1),
        refresh_until=now + timedelta(days=1),
    )
    assert acting_get(company, accountant).login == login
    with pytest.raises(NoCredential):
        credential_for(company)


# --- KOD II -----------------------------------------------------------------------------------
def test_the_companys_certificate_signs_whoever_issued(company, owner, teammate):
    firm = add(company, owner, offline=True)
    own(company, teammate, offline=True, consent=True)
    for person in (owner, teammate):
        assert sign(company, person).credential == firm


def test_without_it_the_issuers_own_signs(company, teammate):
    row = own(company, teammate, offline=True, consent=True)
    assert sign(company, teammate).credential == row


@pytest.mark.parametrize("acts", ["owner", "accountant", None])
def test_nobody_elses_ever_signs(company, owner, teammate, accountant, acts):
    own(company, accountant, offline=True, consent=True)
    own(company, owner, offline=True, consent=True)
    acting = {"owner": owner, "accountant": accountant, None: None}[acts]
    assert refused(company, teammate, acting) == "person"


def test_without_consent_the_issuers_own_signs_only_at_the_screen(company, teammate):
    row = own(company, teammate, offline=True)
    assert refused(company, teammate) == "consent"
    assert sign(company, teammate, acting=teammate).credential == row


# --- A person leaves --------------------------------------------------------------------------
def test_what_was_lent_ends_with_the_membership(company, owner, accountant):
    own(company, accountant, consent=True)
    leave(company, accountant, owner)
    with pytest.raises(NoCredential):
        credential_for(company)
    assert Credential.objects.get().secret == ""


def test_a_kod2_handed_out_verifies_after_its_signer_left(company, owner, teammate):
    own(company, teammate, offline=True, consent=True)
    signed = sign(company, teammate)
    leave(company, teammate, owner)
    path = signed.link.removeprefix(HOST).rpartition("/")[0] + "/"
    kod2_check(Credential.objects.get(), link=signed.link, path=path)


def test_what_waits_says_what_to_do(company, owner, teammate):
    own(company, teammate, offline=True, consent=True)
    own(company, owner, offline=True, consent=True)
    leave(company, teammate, owner)
    with pytest.raises(Kod2Refused) as caught:
        sign(company, teammate)
    assert caught.value.code == "left"
    assert "certyfikat „offline” firmy" in caught.value.pl
    assert str(teammate) in caught.value.en


def test_the_companys_certificate_signs_what_a_gone_person_issued(company, owner, teammate):
    leave(company, teammate, owner)
    firm = add(company, owner, offline=True)
    assert sign(company, teammate).credential == firm


# --- One accountant, many clients -------------------------------------------------------------
def test_one_certificate_serves_every_client_that_it_was_bound_to(company, client_two, accountant):
    row = own(company, accountant, consent=True)
    binding_add(credential=row, company=client_two, bound_by=accountant, consent=True)
    assert {credential_for(company), credential_for(client_two)} == {row}


def test_consent_at_one_client_is_none_at_another(company, client_two, accountant):
    row = own(company, accountant, consent=True)
    binding_add(credential=row, company=client_two, bound_by=accountant)
    with pytest.raises(NoCredential) as caught:
        credential_for(client_two)
    assert caught.value.code == "consent"


def test_leaving_one_client_leaves_the_others_working(company, client_two, owner, accountant):
    row = own(company, accountant, consent=True)
    binding_add(credential=row, company=client_two, bound_by=accountant, consent=True)
    leave(company, accountant, owner)
    assert credential_for(client_two) == row
    assert Credential.objects.get().secret


# --- The page ---------------------------------------------------------------------------------
def test_the_page_names_who_logs_in_and_who_signs(company, owner, accountant, client_of):
    own(company, accountant, consent=True)
    own(company, accountant, offline=True, consent=True)
    text = client_of(owner).get(reverse("connection-whose", args=[company.nip])).content.decode()
    assert "Faktury wysyła, także w nocy" in text
    assert "własny: Jan" in text


def test_the_page_says_that_nobody_logs_in_and_why(company, accountant):
    own(company, accountant)
    found = whose(company)
    assert found.background is None
    assert "nie zgodziła się" in found.refusal


def test_a_key_without_consent_is_told_as_one_for_the_screen(company, teammate):
    own(company, teammate, offline=True)
    assert row_of(company, teammate).signing.kind == "warn"


def test_who_may_not_issue_is_not_listed(company, viewer):
    assert viewer not in [row.person for row in whose(company).members]


def test_leaving_names_who_logs_in_then(company, owner, accountant, teammate):
    own(company, teammate, consent=True)
    last = own(company, accountant, consent=True)
    assert credential_for(company) == last
    assert background_without(company, accountant).owner_user == teammate
    told = " ".join(row_of(company, accountant).leaving)
    assert f"({teammate})" in told


def test_leaving_without_another_way_in_is_told(company, accountant):
    own(company, accountant, consent=True)
    assert "nie zaloguje się nikt" in " ".join(row_of(company, accountant).leaving)


def test_leaving_without_a_certificate_of_the_company_is_told(company, teammate):
    own(company, teammate, offline=True, consent=True)
    assert "Przygotuj wydruki" in " ".join(row_of(company, teammate).leaving)


def test_a_persons_certificate_that_stands_as_the_companys_is_named(company, owner):
    firm = add(company, owner, offline=True)
    assert whose(company).declared == [firm]
