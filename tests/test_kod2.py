"""KOD II: what may sign it, what is signed, and that nothing unverified leaves."""

import base64
import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from auth_ksef import kod2
from auth_ksef.credentials import certificate_add, credential_retire
from auth_ksef.kod2 import Kod2Refused, kod2_obstacle, kod2_sign
from auth_ksef.models import Credential
from ksefapp.accounts.memberships import membership_end
from ksefapp.accounts.models import Company, Membership
from ksefapp.lib import clock
from tests.auth_support import clock_shifter, pem_files
from tests.cast import NIP, OTHER_NIP
from tests.client_support import certificate, ec_key, rsa_key, usage

pytestmark = pytest.mark.django_db

SHA256 = hashlib.sha256(b"<Faktura/>").hexdigest()
HOST = "https://qr-test.ksef.mf.gov.pl"


@pytest.fixture
def clock_at(monkeypatch, tmp_path):
    return clock_shifter(monkeypatch, tmp_path)


def add(company, user, *, key=None, person=None, consent=False, **files) -> Credential:
    """A type-2 certificate of the company, or of a person."""
    crt, secret = pem_files(offline=files.pop("offline", True), key=key, **files)
    return certificate_add(
        company=company,
        certificate=crt,
        key=secret,
        password=None,
        owner_user=person,
        added_by=user,
        consent=consent,
    )


def sign(company, user, **changes):
    options = {
        "company": company,
        "environment": company.environment,
        "issued_by": user,
        "seller_nip": company.nip,
        "sha256_hex": SHA256,
        "base_url": HOST,
    }
    return kod2_sign(**options | changes)


def refused(code, company, user, **changes) -> Kod2Refused:
    with pytest.raises(Kod2Refused) as caught:
        sign(company, user, **changes)
    assert caught.value.code == code
    assert caught.value.pl != caught.value.en
    return caught.value


def parts(link: str) -> tuple[bytes, bytes]:
    """What was signed, and the signature."""
    text, _, last = link.removeprefix("https://").rpartition("/")
    return text.encode(), base64.urlsafe_b64decode(last + "=" * (-len(last) % 4))


def test_the_address_has_the_parts_in_the_order_of_the_guide(company, owner):
    add(company, owner)
    digest = base64.urlsafe_b64encode(bytes.fromhex(SHA256)).rstrip(b"=").decode()
    wanted = f"{HOST}/certificate/Nip/{NIP}/{NIP}/0123456789ABCDEF/{digest}/"
    signed = sign(company, owner)
    assert signed.link.startswith(wanted)
    assert signed.serial == "0123456789ABCDEF"
    assert "=" not in signed.link
    assert not signed.link.endswith("/")


def test_an_ec_signature_is_64_bytes_and_verifies_as_r_and_s(company, owner):
    add(company, owner, key=ec_key())
    text, signature = parts(sign(company, owner).link)
    assert len(signature) == 64
    halves = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    der = encode_dss_signature(*halves)
    ec_key().public_key().verify(der, text, ec.ECDSA(hashes.SHA256()))


def test_an_rsa_signature_is_pss_with_a_salt_of_32(company, owner):
    add(company, owner, key=rsa_key())
    text, signature = parts(sign(company, owner).link)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    rsa_key().public_key().verify(signature, text, pss, hashes.SHA256())
    assert len(signature) == 256


def test_the_scheme_and_a_closing_slash_are_not_signed(company, owner):
    add(company, owner)
    text, _ = parts(sign(company, owner, base_url=f"{HOST}/").link)
    assert text.startswith(b"qr-test.ksef.mf.gov.pl/certificate/")
    assert b"//" not in text


def test_without_a_certificate_nothing_is_signed(company, owner):
    refusal = refused("none", company, owner)
    assert "Połączenie z KSeF" in refusal.message("pl")
    assert "Connection to KSeF" in refusal.message("en")


def test_a_login_certificate_never_signs(company, owner):
    add(company, owner, offline=False)
    refused("none", company, owner)


def test_a_login_certificate_that_is_filed_as_offline_is_still_refused(company, owner):
    """The certificate decides, not the column beside it."""
    row = add(company, owner)
    pem = pem_files(offline=False, key=ec_key())[0].decode()
    Credential.objects.filter(pk=row.pk).update(certificate_pem=pem)
    refused("wrong_type", company, owner)


def test_an_expired_certificate_is_refused(company, owner, clock_at):
    add(company, owner)
    clock_at(days=701)
    assert "wygasł" in refused("expired", company, owner).pl


def test_a_certificate_of_the_future_is_refused(company, owner):
    now = clock.now()
    row = add(company, owner)
    pem = pem_files(offline=True, valid_from=now + timedelta(days=1))[0].decode()
    Credential.objects.filter(pk=row.pk).update(
        certificate_pem=pem, valid_from=now + timedelta(days=1)
    )
    refused("early", company, owner)


@pytest.mark.parametrize("status", ["Revoked", "Blocked", "Expired", "Suspended"])
def test_what_ksef_does_not_call_active_is_refused(company, owner, status):
    row = add(company, owner)
    Credential.objects.filter(pk=row.pk).update(ksef_status=status)
    refused("status", company, owner)


def test_an_active_one_signs(company, owner):
    row = add(company, owner)
    Credential.objects.filter(pk=row.pk).update(ksef_status="Active")
    assert sign(company, owner).credential == row


def test_a_certificate_of_another_environment_is_refused(company, owner):
    add(company, owner)
    refusal = refused("environment", company, owner, environment="test")
    assert "symulator" in refusal.pl.lower()


def test_p384_is_refused(company, owner):
    add(company, owner, key=ec_key(ec.SECP384R1))
    assert "P-384" in refused("algorithm", company, owner).pl


def test_a_key_of_another_certificate_is_refused(company, owner):
    row = add(company, owner, key=ec_key())
    other = pem_files(offline=True, key=rsa_key())[0].decode()
    Credential.objects.filter(pk=row.pk).update(certificate_pem=other)
    refused("key", company, owner)


def test_a_serial_that_ksef_never_gives_is_refused(company, owner):
    add(company, owner, serial=2**150 + 1)
    refused("foreign", company, owner)


def test_another_companys_seal_is_refused(company, owner):
    seal = ((NameOID.COMMON_NAME, "Inna"), (NameOID.ORGANIZATION_IDENTIFIER, f"VATPL-{OTHER_NIP}"))
    add(company, owner, subject=seal)
    assert NIP in refused("foreign", company, owner).pl


def test_the_companys_own_seal_signs(company, owner):
    seal = ((NameOID.COMMON_NAME, "Sosna"), (NameOID.ORGANIZATION_IDENTIFIER, f"VATPL-{NIP}"))
    row = add(company, owner, subject=seal)
    assert sign(company, owner).credential == row


def test_the_companys_own_goes_before_a_persons(company, owner):
    own = add(company, owner)
    add(company, owner, key=rsa_key(), person=owner, consent=True)
    assert sign(company, owner).credential == own


def test_a_person_signs_what_that_person_issued(company, owner, teammate):
    row = add(company, owner, person=owner, consent=True)
    assert sign(company, owner).credential == row
    refused("person", company, teammate)


def test_in_the_background_a_persons_key_needs_consent(company, owner):
    add(company, owner, person=owner)
    refused("consent", company, owner)
    assert sign(company, owner, acting=owner).serial == "0123456789ABCDEF"


def test_a_key_of_one_who_left_signs_nothing(company, owner, teammate):
    add(company, teammate, person=teammate, consent=True)
    membership_end(membership=Membership.objects.get(user=teammate, company=company), by=owner)
    assert refused("left", company, teammate)


def test_a_withdrawn_certificate_signs_nothing(company, owner):
    row = add(company, owner)
    credential_retire(credential=row, retired_by=owner)
    refused("none", company, owner)


def test_a_second_good_certificate_helps_out(company, owner):
    row = add(company, owner)
    newer = add(company, owner, key=rsa_key())
    Credential.objects.filter(pk=newer.pk).update(ksef_status="Revoked")
    assert sign(company, owner).credential == row


def test_another_companys_certificate_is_not_taken(company, other_company, owner, stranger):
    add(other_company, stranger)
    refused("none", company, owner)


def test_a_signature_that_does_not_verify_never_leaves(company, owner, monkeypatch):
    add(company, owner)
    monkeypatch.setattr(kod2, "_signature", lambda key, data: b"\x01" * 64)
    refused("unverified", company, owner)


def test_the_obstacle_is_told_without_signing(company, owner):
    options = {"environment": company.environment, "issued_by": owner}
    assert kod2_obstacle(company=company, **options).code == "none"
    add(company, owner)
    assert kod2_obstacle(company=company, **options) is None


def test_one_changed_sign_spoils_the_address(company, owner):
    row = add(company, owner)
    link = sign(company, owner).link
    info = kod2.read_certificate(row.certificate_pem.encode())
    assert kod2.link_is_good(link, info.certificate)
    assert not kod2.link_is_good(link.replace(f"/{NIP}/", f"/{OTHER_NIP}/", 1), info.certificate)
    assert not kod2.link_is_good(link.rpartition("/")[0] + "/AAAA", info.certificate)
    assert not kod2.link_is_good(link + "\u0142", info.certificate)


@given(st.text(), st.text(alphabet="abcXYZ019_-/"))
def test_whatever_is_no_signed_address_is_just_not_good(start, end):
    made = certificate(ec_key(), key_usage=usage(offline=True))
    assert not kod2.link_is_good(f"{start}/{end}", made)


def test_nothing_secret_stands_in_a_refusal(company, owner):
    row = add(company, owner)
    Credential.objects.filter(pk=row.pk).update(ksef_status="Revoked")
    refusal = refused("status", company, owner)
    assert "PRIVATE" not in refusal.pl + refusal.en + str(refusal)


def test_an_environment_that_the_company_left_still_has_its_certificate(company, owner):
    row = add(company, owner)
    Company.objects.filter(pk=company.pk).update(environment="test")
    company.refresh_from_db()
    assert sign(company, owner, environment="simulator").credential == row
