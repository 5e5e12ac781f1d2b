"""A key leaves only to its owner, encrypted with a password by the Taxpayer App's rules."""

import io
import string
import zipfile

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st

from auth_ksef.credentials import certificate_add, credential_retire
from auth_ksef.key_export import SPECIALS, key_export, password_problems
from auth_ksef.keyfiles import check_pair, read_certificate, read_key
from ksefapp.accounts.models import AuditEntry, Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from tests.auth_support import pem_files

pytestmark = pytest.mark.django_db

PASSWORD = "Haslo-Do-Klucza-15"
ALLOWED = string.ascii_letters + string.digits + SPECIALS


def stored(company, user, person=None):
    crt, key = pem_files()
    return certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=person,
        added_by=user,
    )


@pytest.fixture
def row(company, owner):
    return stored(company, owner)


def url(company, row, name="export"):
    return (
        f"/firma/{company.nip}/ksef/certyfikaty/{row.pk}/{'klucz' if name == 'export' else 'crt'}/"
    )


def posted(client, company, row, **changes):
    data = {
        "key_password": PASSWORD,
        "key_password_again": PASSWORD,
        "password": "hasło-ola-12",
    }
    return client.post(url(company, row), data | changes)


# --- the rules --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("password", "codes"),
    [
        (PASSWORD, []),
        ("Aa1!" + "x" * 28, []),
        ("Aa1!" + "x" * 10, ["length"]),
        ("Aa1!" + "x" * 29, ["length"]),
        ("haslo-do-klucza-15", ["upper"]),
        ("HASLO-DO-KLUCZA-15", ["lower"]),
        ("Haslo-Do-Klucza-XX", ["digit"]),
        ("HasloDoKlucza1515", ["special"]),
        ("Hasło-Do-Klucza-15", ["other"]),
        ("Haslo-Do Klucza-15", ["other"]),
        ("Haslo-Do-Klucza-15?", ["other"]),
        ("", ["length", "upper", "lower", "digit", "special"]),
    ],
)
def test_the_rules_of_the_taxpayer_app(password, codes):
    assert password_problems(password) == codes


@given(st.text(st.sampled_from(ALLOWED), min_size=11, max_size=28))
def test_whatever_has_each_class_and_the_length_is_good(text):
    assert password_problems(f"aA1!{text}") == []


@given(st.text(min_size=0, max_size=40))
def test_a_good_password_has_nothing_else(text):
    is_good = not password_problems(text)
    assert not is_good or (15 <= len(text) <= 32 and set(text) <= set(ALLOWED))


# --- the files --------------------------------------------------------------------------
def test_the_files_open_with_the_password_and_belong_together(row, company, owner):
    made = key_export(credential=row, company=company, person=owner, password=PASSWORD)
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        files = {name.rpartition(".")[2]: archive.read(name) for name in archive.namelist()}
    assert files["key"].startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    info, key = read_certificate(files["crt"]), read_key(files["key"], PASSWORD)
    check_pair(info, key, now=clock.now(), expected_kind="authentication")


def test_what_was_exported_can_be_imported_again(row, company, owner, other_company):
    made = key_export(credential=row, company=company, person=owner, password=PASSWORD)
    archive = zipfile.ZipFile(io.BytesIO(made.content))
    crt, key = (archive.read(name) for name in sorted(archive.namelist()))
    again = certificate_add(
        company=other_company, certificate=crt, key=key, password=PASSWORD, added_by=owner
    )
    assert again.fingerprint == row.fingerprint


def test_the_history_says_who_took_it_and_no_secret(row, company, owner):
    key_export(credential=row, company=company, person=owner, password=PASSWORD)
    entry = AuditEntry.objects.get(action="certificate.export")
    assert entry.user == owner
    assert PASSWORD not in str(entry.details)
    assert "PRIVATE" not in str(entry.details)


def test_nobody_takes_another_persons_key_not_even_an_owner(company, owner, teammate):
    row = stored(company, teammate, person=teammate)
    with pytest.raises(PermissionDenied):
        key_export(credential=row, company=company, person=owner, password=PASSWORD)


def test_an_issuer_takes_no_key_of_the_company(row, company, teammate):
    with pytest.raises(PermissionDenied):
        key_export(credential=row, company=company, person=teammate, password=PASSWORD)


def test_a_company_key_does_not_leave_by_way_of_another_company(row, owner, other_company):
    Membership.objects.create(user=owner, company=other_company, role=Role.OWNER)
    with pytest.raises(PermissionDenied):
        key_export(credential=row, company=other_company, person=owner, password=PASSWORD)


def test_an_erased_key_is_gone(row, company, owner):
    credential_retire(credential=row, retired_by=owner)
    row.refresh_from_db()
    with pytest.raises(ValueError, match="erased"):
        key_export(credential=row, company=company, person=owner, password=PASSWORD)


# --- the page ---------------------------------------------------------------------------
def test_the_page_gives_the_zip_and_says_not_to_keep_it(row, company, owner, client_of):
    answer = posted(client_of(owner), company, row)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert zipfile.is_zipfile(io.BytesIO(answer.content))


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "nie moje"},
        {"password": ""},
        {"key_password": "krótkie"},
        {"key_password_again": "Inne-Haslo-Klucza-15"},
    ],
)
def test_without_the_right_passwords_nothing_leaves(row, company, owner, client_of, changes):
    answer = posted(client_of(owner), company, row, **changes)
    assert answer.status_code == 422
    assert not AuditEntry.objects.filter(action="certificate.export").exists()


def test_no_password_is_written_back_into_the_page(row, company, owner, client_of):
    answer = posted(client_of(owner), company, row, password="nie moje")
    assert PASSWORD not in answer.content.decode()


def test_the_certificate_alone_needs_no_password(row, company, owner, client_of):
    answer = client_of(owner).get(url(company, row, "crt"))
    assert answer.content.decode() == row.certificate_pem
    assert b"PRIVATE" not in answer.content
