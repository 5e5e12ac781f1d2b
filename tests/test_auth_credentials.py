"""Storing, choosing and withdrawing credentials."""

import pytest
from django.db import connection

from auth_ksef.choosing import credential_check
from auth_ksef.credentials import (
    binding_add,
    binding_end,
    certificate_add,
    credential_for,
    credential_retire,
    token_add,
)
from auth_ksef.errors import CredentialRefused, NoCredential
from auth_ksef.models import Binding, Credential, TokenCache
from ksefapp.accounts.memberships import membership_end
from ksefapp.accounts.models import AuditEntry, Membership
from tests.auth_support import TOKEN, clock_shifter, p12_file, pem_files
from tests.cast import company_made
from tests.client_support import rsa_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock_at(monkeypatch, tmp_path):
    return clock_shifter(monkeypatch, tmp_path)


@pytest.fixture
def second_company(owner, teammate):
    """Another company of the owner's."""
    company = company_made("7740001454")
    for person in (owner, teammate):
        Membership.objects.create(user=person, company=company, role="owner")
    return company


@pytest.fixture
def token(company):
    return TOKEN.format(nip=company.nip)


def add(company, owner, **changes):
    crt, key = pem_files(**changes.pop("files", {}))
    options = {"certificate": crt, "key": key, "password": None, "added_by": owner, **changes}
    return certificate_add(company=company, **options)


def refused(code, call, *args, **kwargs):
    with pytest.raises(CredentialRefused) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code
    return caught.value


# --- Tokens ---------------------------------------------------------------------------------
def test_a_token_is_stored_sealed_and_only_its_end_is_legible(company, owner, token):
    row = token_add(company=company, token=f"  {token}\n", added_by=owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM auth_ksef_credential WHERE id = %s", [row.pk])
        stored = cursor.fetchone()[0]
    assert token not in stored
    assert stored.startswith("k1.")
    assert Credential.objects.get().secret == token
    assert (row.last_four, row.label) == (token[-4:], f"Token …{token[-4:]}")


def test_a_token_is_bound_for_login_in_the_companys_environment(company, owner, token):
    row = token_add(company=company, token=token, added_by=owner)
    binding = Binding.objects.get()
    assert (binding.credential, binding.company) == (row, company)
    assert (binding.purpose, binding.environment) == ("login", "simulator")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "token:empty"),
        ("  ", "token:empty"),
        ("krótki", "token:shape"),
        ("a" * 300, "token:shape"),
    ],
)
def test_what_cannot_be_a_token_is_refused(company, owner, text, code):
    error = refused(code, token_add, company=company, token=text, added_by=owner)
    assert error.field == "token"


def test_a_token_of_ansecond_company_is_refused_by_the_nip_it_names(company, owner):
    token = TOKEN.format(nip="7740001454")
    error = refused("token:nip", token_add, company=company, token=token, added_by=owner)
    assert "7740001454" in error.message("pl")


def test_the_same_token_is_not_stored_twice(company, owner, token):
    token_add(company=company, token=token, added_by=owner)
    refused("token:known", token_add, company=company, token=token, added_by=owner)


def test_the_audit_log_tells_of_a_credential_without_its_secret(company, owner, token):
    token_add(company=company, token=token, added_by=owner)
    entry = AuditEntry.objects.get(action="credential.bind")
    assert entry.details["kind"] == "token"
    assert token not in str(vars(entry))


# --- Certificates ---------------------------------------------------------------------------
def test_a_certificate_of_type_1_is_for_login(company, owner):
    row = add(company, owner)
    assert (row.use, Binding.objects.get().purpose) == ("authentication", "login")
    assert row.label == "Jan Kowalski"
    assert len(row.fingerprint) == 64
    assert "PRIVATE KEY" in Credential.objects.get().secret


def test_a_certificate_of_type_2_is_for_kod_ii(company, owner):
    row = add(company, owner, files={"offline": True})
    assert (row.use, Binding.objects.get().purpose) == ("offline", "kod2")


def test_an_encrypted_key_opens_with_its_password(company, owner):
    files = {"password": "Tajne-haslo-2026", "key": rsa_key()}
    assert add(company, owner, files=files, password="Tajne-haslo-2026").kind == "certificate"


def test_one_pkcs12_file_is_enough(company, owner):
    row = add(company, owner, certificate=p12_file("tajne"), key=None, password="tajne")
    assert row.certificate_pem.startswith("-----BEGIN CERTIFICATE")


def test_certificate_and_key_in_one_file_are_enough(company, owner):
    crt, key = pem_files()
    assert add(company, owner, certificate=crt + key, key=None).kind == "certificate"


def test_a_wrong_password_is_told_at_the_password(company, owner):
    files = {"password": "Tajne-haslo-2026"}
    error = None
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, files=files, password="inne")
    error = caught.value
    assert (error.code, error.field) == ("wrong_password", "password")
    assert error.message("pl").startswith("To hasło nie otwiera klucza.")


def test_a_missing_password_is_told_at_the_password(company, owner):
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, files={"password": "Tajne-haslo-2026"})
    assert (caught.value.code, caught.value.field) == ("password_needed", "password")


def test_a_wrong_password_of_pkcs12_is_told_at_the_password(company, owner):
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, certificate=p12_file("tajne"), key=None, password="inne")
    assert (caught.value.code, caught.value.field) == ("wrong_password", "password")


def test_a_key_of_another_certificate_is_refused(company, owner):
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, key=pem_files(key=rsa_key())[1])
    assert (caught.value.code, caught.value.field) == ("key_mismatch", "key")


def test_a_certificate_without_its_key_is_refused(company, owner):
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, key=None)
    assert (caught.value.code, caught.value.field) == ("key:missing", "key")


@pytest.mark.parametrize(
    ("part", "code"), [("certificate", "not_a_certificate"), ("key", "not_a_key")]
)
def test_a_file_of_another_kind_is_told_at_its_field(company, owner, part, code):
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, **{part: b"Faktura VAT"})
    assert (caught.value.code, caught.value.field) == (code, part)


def test_an_expired_certificate_is_refused(company, owner, clock_at):
    made = pem_files()
    clock_at(days=800)
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, certificate=made[0], key=made[1])
    assert (caught.value.code, caught.value.field) == ("expired", "certificate")


def test_a_certificate_of_the_future_is_stored_but_not_used_yet(company, owner, clock_at):
    made = pem_files()
    clock_at(days=-30)
    add(company, owner, certificate=made[0], key=made[1])
    with pytest.raises(NoCredential) as caught:
        credential_for(company)
    assert caught.value.code == "early"


def test_the_same_certificate_is_not_stored_twice(company, owner):
    made = pem_files()
    add(company, owner, certificate=made[0], key=made[1])
    with pytest.raises(CredentialRefused) as caught:
        add(company, owner, certificate=made[0], key=made[1])
    assert caught.value.code == "certificate:known"


# --- Whose it is ----------------------------------------------------------------------------
def test_a_persons_certificate_serves_two_companies_as_one_row(company, second_company, owner):
    made = pem_files()
    for place in (company, second_company):
        add(place, owner, certificate=made[0], key=made[1], owner_user=owner, consent=True)
    assert Credential.objects.count() == 1
    assert credential_for(company) == credential_for(second_company)


def test_a_persons_key_needs_consent_for_background_use(company, owner):
    add(company, owner, owner_user=owner)
    with pytest.raises(NoCredential) as caught:
        credential_for(company)
    assert caught.value.code == "consent"


def test_a_person_at_the_screen_may_use_the_own_key_without_consent(company, owner):
    row = add(company, owner, owner_user=owner)
    assert credential_for(company, acting=owner) == row


def test_consent_is_recorded_with_its_time(company, owner):
    row = add(company, owner, owner_user=owner, consent=True)
    assert credential_for(company) == row
    assert Binding.objects.get().consented_at is not None


def test_consent_to_use_a_companys_key_means_nothing(company, owner):
    add(company, owner, consent=True)
    assert Binding.objects.get().consented_at is None


def test_nobody_adds_what_belongs_to_somebody_else(company, owner, teammate):
    with pytest.raises(ValueError, match="only the person"):
        add(company, owner, owner_user=teammate, consent=True)


def test_nobody_binds_somebody_elses_credential(company, second_company, owner, teammate):
    row = add(company, owner, owner_user=owner)
    with pytest.raises(ValueError, match="somebody else"):
        binding_add(credential=row, company=second_company, bound_by=teammate)


def test_a_companys_credential_stays_in_its_company(company, second_company, owner):
    row = add(company, owner)
    with pytest.raises(ValueError, match="somebody else"):
        binding_add(credential=row, company=second_company, bound_by=owner)


def test_a_persons_key_leaves_with_the_person(company, owner, teammate):
    row = add(company, teammate, owner_user=teammate, consent=True)
    TokenCache.objects.create(credential=row, company=company, access="a")
    membership_end(membership=Membership.objects.get(user=teammate, company=company), by=owner)
    assert Binding.objects.get().ended_at is not None
    assert not TokenCache.objects.exists()
    assert AuditEntry.objects.filter(action="credential.unbind").exists()


def test_a_secret_that_serves_nobody_is_erased(company, second_company, owner):
    made = pem_files()
    for place in (company, second_company):
        add(place, owner, certificate=made[0], key=made[1], owner_user=owner, consent=True)
    first, last = Binding.objects.order_by("pk")
    binding_end(binding=first, ended_by=owner)
    assert Credential.objects.get().secret
    binding_end(binding=last, ended_by=owner)
    assert Credential.objects.get().secret == ""
    assert Credential.objects.get().retired_at is not None


def test_the_companys_own_key_stays_when_the_person_who_added_it_leaves(company, owner, teammate):
    row = add(company, teammate)
    membership_end(membership=Membership.objects.get(user=teammate, company=company), by=owner)
    assert credential_for(company) == row


def test_a_key_is_refused_though_the_end_of_the_membership_was_missed(company, teammate):
    add(company, teammate, owner_user=teammate, consent=True)
    Membership.objects.filter(user=teammate).delete()
    with pytest.raises(NoCredential) as caught:
        credential_for(company)
    assert caught.value.code == "member"


# --- Choosing -------------------------------------------------------------------------------
def test_the_companys_own_credential_goes_before_a_persons(company, owner, token):
    add(company, owner, owner_user=owner, consent=True)
    row = token_add(company=company, token=token, added_by=owner)
    assert credential_for(company) == row


def test_a_certificate_goes_before_a_token(company, owner, token):
    row = add(company, owner)
    token_add(company=company, token=token, added_by=owner)
    assert credential_for(company) == row


def test_an_expired_certificate_gives_way_to_a_token(company, owner, token, clock_at):
    add(company, owner)
    row = token_add(company=company, token=token, added_by=owner)
    clock_at(days=800)
    assert credential_for(company) == row


def test_nothing_at_all_is_told_with_the_environment(company):
    with pytest.raises(NoCredential) as caught:
        credential_for(company)
    assert caught.value.code == "none"
    assert "Symulator" in caught.value.message("pl")


def test_a_credential_of_another_environment_is_not_used(company, owner, token):
    row = token_add(company=company, token=token, added_by=owner)
    company.environment = "test"
    company.save()
    with pytest.raises(NoCredential) as caught:
        credential_for(company)
    assert caught.value.code == "environment"
    with pytest.raises(NoCredential):
        credential_check(row, company)


def test_a_certificate_for_kod_ii_does_not_log_in(company, owner):
    row = add(company, owner, files={"offline": True})
    with pytest.raises(NoCredential) as caught:
        credential_for(company)
    assert caught.value.code == "other-use"
    assert credential_for(company, "kod2") == row


def test_a_certificate_for_login_does_not_sign_kod_ii(company, owner):
    add(company, owner)
    with pytest.raises(NoCredential) as caught:
        credential_for(company, "kod2")
    assert caught.value.code == "none-kod2"


# --- Withdrawing ----------------------------------------------------------------------------
def test_a_withdrawn_credential_is_erased_and_serves_nobody(company, owner, token):
    row = token_add(company=company, token=token, added_by=owner)
    TokenCache.objects.create(credential=row, company=company, access="a")
    credential_retire(credential=row, retired_by=owner)
    assert Credential.objects.get().secret == ""
    assert not TokenCache.objects.exists()
    with pytest.raises(NoCredential):
        credential_check(row, company)


def test_a_withdrawn_token_may_be_added_again(company, owner, token):
    row = token_add(company=company, token=token, added_by=owner)
    credential_retire(credential=row, retired_by=owner)
    assert token_add(company=company, token=token, added_by=owner) != row


def test_ending_a_binding_keeps_the_credential_in_other_companies(company, second_company, owner):
    made = pem_files()
    for place in (company, second_company):
        row = add(place, owner, certificate=made[0], key=made[1], owner_user=owner, consent=True)
    binding_end(binding=Binding.objects.get(company=company), ended_by=owner)
    assert credential_for(second_company) == row
    with pytest.raises(NoCredential):
        credential_for(company)
