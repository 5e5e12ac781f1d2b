"""Tokens and certificates: stored sealed, bound to companies, withdrawn.

A credential belongs to a company or to a person. A company's own works for that company only;
a person's works in every company to which that person binds it, in the background only with
that person's recorded consent, and no longer than the membership lasts.
"""

import re

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction

from auth_ksef.choosing import credential_for as credential_for  # asked for beside the rest
from auth_ksef.errors import CredentialRefused
from auth_ksef.farewell import cache_farewell
from auth_ksef.keyfiles import (
    CertificateInfo,
    KeyFileError,
    PrivateKey,
    check_pair,
    is_pkcs12,
    read_certificate,
    read_key,
    read_pkcs12,
)
from auth_ksef.models import Binding, Credential, TokenCache
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

TOKEN = re.compile(r"[\x21-\x7e]{20,176}")  # longer ones do not fit KSeF's 2048-bit encryption
TOKEN_NIP = re.compile(r"\|nip-(\d{10})\|")
# A token begins with its reference number (ksef-client and the Taxpayer App; not in OpenAPI).
TOKEN_REFERENCE = re.compile(r"\d{8}-[A-Z]{2}-[0-9A-F]{10}-[0-9A-F]{10}-[0-9A-F]{2}")
PURPOSES = {
    Credential.Use.LOGIN: Binding.Purpose.LOGIN,
    Credential.Use.OFFLINE: Binding.Purpose.KOD_II,
}


def token_add(
    *,
    company: Company,
    token: str,
    owner_user: User | None = None,
    added_by: User,
    consent: bool = False,
) -> Credential:
    """Stores a KSeF token for the company's environment. Raises CredentialRefused."""
    token = token.strip()
    _check_token(token, company)
    with transaction.atomic():
        company = _locked(company)
        if _is_known_token(token, company):
            raise CredentialRefused("token:known")
        row = Credential(
            kind=Credential.Kind.TOKEN,
            label=f"Token …{token[-4:]}",
            secret=token,
            last_four=token[-4:],
            reference=token_reference(token),
        )
        return _stored(row, company, owner_user, added_by, consent)


def certificate_add(
    *,
    company: Company,
    certificate: bytes,
    key: bytes | None,
    password: str | None,
    owner_user: User | None = None,
    added_by: User,
    consent: bool = False,
) -> Credential:
    """Stores a certificate with its key: PEM or DER files, or one PKCS#12 and no `key`.

    keyUsage decides what it is bound for: login, or KOD II. Raises CredentialRefused.
    """
    info, private_key = _read(certificate, key, password or None)
    with transaction.atomic():
        company = _locked(company)
        _check_unknown(info, company)
        row = _same_of_person(info, company, owner_user) or _certificate_row(info, private_key)
        return _stored(row, company, owner_user, added_by, consent)


def binding_add(
    *, credential: Credential, company: Company, bound_by: User, consent: bool = False
) -> Binding:
    """Lets a person's credential act for one more company of theirs.

    `consent` is that person's agreement to its use in the background, so nobody else can give
    it. Raises ValueError for a credential of another environment, company or person.
    """
    owner = credential.owner_user_id
    if credential.environment != company.environment or credential.retired_at:
        raise ValueError("the credential is of another environment, or withdrawn")
    if owner not in (None, bound_by.pk) or credential.owner_company_id not in (None, company.pk):
        raise ValueError("the credential belongs to somebody else")
    now = clock.now()
    with transaction.atomic():
        row, _ = Binding.objects.get_or_create(
            credential=credential,
            company=company,
            purpose=PURPOSES[Credential.Use(credential.use)],
            ended_at=None,
            defaults={"environment": company.environment, "bound_by": bound_by, "bound_at": now},
        )
        if consent and owner and not row.consented_at:
            row.consented_at = now
            row.save(update_fields=["consented_at"])
        _audit("credential.bind", row, user=bound_by, consent=bool(row.consented_at))
    return row


def binding_end(*, binding: Binding, ended_by: User | None) -> None:
    """The credential acts for this company no longer; what it earned there is forgotten.

    Its login in KSeF is ended by the sweep: a withdrawal does not wait for an answer.
    With its last binding the credential itself ends: a secret that serves nobody is not kept.
    """
    with transaction.atomic():
        rows = Binding.objects.filter(pk=binding.pk, ended_at=None)
        if not rows.update(ended_at=clock.now()):
            return
        cache_farewell(
            TokenCache.objects.filter(
                credential_id=binding.credential_id, company_id=binding.company_id
            )
        )
        _audit("credential.unbind", binding, user=ended_by)
        if not binding.credential.bindings.filter(ended_at=None).exists():
            _erase(binding, ended_by)


def credential_retire(*, credential: Credential, retired_by: User) -> None:
    """Withdraws a credential from all companies and erases its secret; the row stays."""
    with transaction.atomic():
        for binding in credential.bindings.filter(ended_at=None).select_related("company"):
            binding_end(binding=binding, ended_by=retired_by)


def _erase(binding: Binding, erased_by: User | None) -> None:
    # An empty text is stored as it is: nothing is left to be opened with any key.
    rows = Credential.objects.filter(pk=binding.credential_id, retired_at=None)
    rows.update(retired_at=clock.now(), secret="")
    _audit("credential.erase", binding, user=erased_by)


def token_reference(token: str) -> str:
    """The token's number in KSeF's list, where its text begins with it; empty otherwise."""
    head = token.partition("|")[0]
    return head if TOKEN_REFERENCE.fullmatch(head) else ""


def _check_token(token: str, company: Company) -> None:
    if not token:
        raise CredentialRefused("token:empty")
    if not TOKEN.fullmatch(token):
        raise CredentialRefused("token:shape")
    given = TOKEN_NIP.search(token)
    if given and given[1] != company.nip:
        raise CredentialRefused("token:nip", given=given[1], nip=company.nip)


def _locked(company: Company) -> Company:
    # The environment must not change under us, and a double click must not store twice.
    return Company.objects.select_for_update().get(pk=company.pk)


def _active(company: Company):
    return Credential.objects.filter(
        environment=company.environment,
        retired_at=None,
        bindings__company=company,
        bindings__ended_at=None,
    )


def _is_known_token(token: str, company: Company) -> bool:
    rows = _active(company).filter(kind=Credential.Kind.TOKEN, last_four=token[-4:])
    return any(row.secret == token for row in rows)


def _check_unknown(info: CertificateInfo, company: Company) -> None:
    if _active(company).filter(fingerprint=info.fingerprint).exists():
        raise CredentialRefused("certificate:known")


def _same_of_person(
    info: CertificateInfo, company: Company, person: User | None
) -> Credential | None:
    """The person's own credential for this certificate, stored for another company before."""
    if person is None:
        return None
    return Credential.objects.filter(
        fingerprint=info.fingerprint,
        owner_user=person,
        environment=company.environment,
        retired_at=None,
    ).first()


def _read(
    certificate: bytes, key: bytes | None, password: str | None
) -> tuple[CertificateInfo, PrivateKey]:
    if is_pkcs12(certificate):
        info, private_key = _part("certificate", read_pkcs12, certificate, password)
    else:
        info = _part("certificate", read_certificate, certificate)
        if key is None and b"PRIVATE KEY" not in certificate:
            raise CredentialRefused("key:missing")
        private_key = _part("key", read_key, certificate if key is None else key, password)
    # One that starts to be valid later may be stored now: people renew ahead of time.
    now = max(clock.now(), info.valid_from)
    try:
        check_pair(info, private_key, now=now, expected_kind=None)
    except KeyFileError as error:
        field = "key" if error.code == "key_mismatch" else "certificate"
        raise CredentialRefused.by_file(error, field) from None
    return info, private_key


def _part(field: str, read, *arguments):
    try:
        return read(*arguments)
    except KeyFileError as error:
        raise CredentialRefused.by_file(error, field) from None


def _certificate_row(info: CertificateInfo, key: PrivateKey) -> Credential:
    offline = info.kind == "offline"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Credential(
        kind=Credential.Kind.CERTIFICATE,
        use=Credential.Use.OFFLINE if offline else Credential.Use.LOGIN,
        label=info.common_name[:200],
        secret=pem.decode(),
        certificate_pem=info.certificate.public_bytes(Encoding.PEM).decode(),
        serial=info.serial[:64],
        subject=info.certificate.subject.rfc4514_string()[:500],
        fingerprint=info.fingerprint,
        valid_from=info.valid_from,
        valid_to=info.valid_to,
    )


def _stored(
    row: Credential, company: Company, person: User | None, added_by: User, consent: bool
) -> Credential:
    if person not in (None, added_by):
        raise ValueError("only the person may add what belongs to that person")
    if row.pk is None:
        row.environment = company.environment
        row.owner_user = person
        row.owner_company = None if person else company
        row.added_by = added_by
        row.save()
    binding_add(credential=row, company=company, bound_by=added_by, consent=consent)
    return row


def _audit(action: str, binding: Binding, *, user: User | None, **details: object) -> None:
    credential = binding.credential
    audit(
        action,
        company=binding.company,
        user=user,
        subject=credential.label,
        credential=credential.pk,
        kind=credential.kind,
        purpose=binding.purpose,
        environment=binding.environment,
        fingerprint=credential.fingerprint,
        personal=credential.owner_user_id is not None,
        **details,
    )
