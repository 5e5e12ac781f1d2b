"""A certificate that KSeF issued for our request: checked, then stored with its key and bound."""

from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.db import transaction
from django.db.models import Q, QuerySet

from auth_ksef.client import CertificateFile
from auth_ksef.credentials import PURPOSES
from auth_ksef.csr import is_subject
from auth_ksef.enrolment import EnrolmentRefused, State
from auth_ksef.enrolment_messages import STRANGE
from auth_ksef.keyfiles import CertificateInfo, KeyFileError, check_pair, read_certificate
from auth_ksef.models import Binding, Credential, Enrolment
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, Membership
from ksefapp.lib import clock


def is_of(row: Enrolment, file: CertificateFile) -> bool:
    """Whether a certificate was made for this request: it carries its public key."""
    try:
        info = read_certificate(file.der)
    except KeyFileError:
        return False
    return info.certificate.public_key() == _key(row).public_key()


def enrolment_check(row: Enrolment, file: CertificateFile) -> CertificateInfo:
    """What the certificate says, when it is what was asked for. Raises EnrolmentRefused.

    Key, subject, serial number, keyUsage and dates; one that begins later is as good.
    """
    try:
        info = read_certificate(file.der)
    except KeyFileError:
        raise _strange("file") from None
    try:
        check_pair(info, _key(row), now=max(clock.now(), info.valid_from), expected_kind=None)
    except KeyFileError as error:
        raise _strange("key" if error.code == "key_mismatch" else "dates") from None
    if info.kind != row.use:
        raise _strange("kind")
    if info.serial != row.serial:
        raise _strange("serial")
    if not is_subject(info.certificate.subject, row.subject):
        raise _strange("subject")
    return info


def enrolment_store(row: Enrolment, info: CertificateInfo) -> Credential | None:
    """The credential in its place, bound wherever it is to serve; None if that was done already.

    All in one transaction: a process that dies leaves the request as it was, to be fetched anew.
    """
    with transaction.atomic():
        rows = Enrolment.objects.filter(pk=row.pk, state=State.ISSUED)
        done = {"state": State.STORED, "secret": "", "said": "", "claimed_until": None}
        if not rows.update(**done, finished_at=clock.now()):
            return None
        credential = _credential(row, info)
        Enrolment.objects.filter(pk=row.pk).update(credential=credential)
        for binding in _bindings(row, credential):
            binding.save()
        if row.replaces_id:
            olds = Credential.objects.filter(pk=row.replaces_id, replaced_by=None)
            olds.update(replaced_by=credential)
        _audit(row, credential)
    return credential


def _credential(row: Enrolment, info: CertificateInfo) -> Credential:
    return Credential.objects.create(
        kind=Credential.Kind.CERTIFICATE,
        environment=row.environment,
        use=row.use,
        owner_user=row.owner_user,
        owner_company=row.owner_company,
        label=info.common_name[:200],
        secret=row.secret,
        certificate_pem=info.certificate.public_bytes(Encoding.PEM).decode(),
        serial=info.serial,
        subject=info.certificate.subject.rfc4514_string()[:500],
        fingerprint=info.fingerprint,
        valid_from=info.valid_from,
        valid_to=info.valid_to,
        ksef_name=row.name,
        ksef_status="Active",
        ksef_status_at=clock.now(),
        renewal=row.replaces.renewal if row.replaces else Credential.Renewal.AUTO,
        added_by=row.requested_by or row.replaces.added_by,
    )


def _bindings(row: Enrolment, credential: Credential) -> list[Binding]:
    """Where the old one served, with the same consents; else in the company it was asked for."""
    purpose = PURPOSES[Credential.Use(credential.use)]
    common = {"credential": credential, "environment": row.environment, "purpose": purpose}
    # Of several that ended in one company the last one counts.
    olds = {old.company_id: old for old in _old_bindings(row)}.values()
    found = [
        Binding(**common, company=old.company, bound_by=old.bound_by, consented_at=old.consented_at)
        for old in olds
    ]
    if found or not _belongs(row, row.company):
        return found
    consent = clock.now() if row.consent and row.owner_user_id else None
    by = row.requested_by or credential.added_by
    return [Binding(**common, company=row.company, bound_by=by, consented_at=consent)]


def _old_bindings(row: Enrolment) -> QuerySet[Binding]:
    """Those that stand, or that ended only because the old certificate was revoked."""
    old = row.replaces
    if old is None:
        return Binding.objects.none()
    stands = Q(ended_at=None)
    if old.revoked_at:
        stands |= Q(ended_at__gte=old.revoked_at)
    members = Q()
    if row.owner_user_id:
        members = Q(company__memberships__user=row.owner_user_id)
    rows = old.bindings.filter(stands).filter(members).order_by("pk")
    return rows.select_related("company", "bound_by")


def _belongs(row: Enrolment, company: Company) -> bool:
    """A person who left meanwhile keeps the certificate, but lends it to the company no more."""
    if row.owner_user_id is None:
        return True
    return Membership.objects.filter(user=row.owner_user_id, company=company).exists()


def _key(row: Enrolment):
    return load_pem_private_key(row.secret.encode(), password=None)


def _strange(what: str) -> EnrolmentRefused:
    pl, en = STRANGE[what]
    refusal = EnrolmentRefused("strange", what=pl)
    refusal.en = EnrolmentRefused("strange", what=en).en
    return refusal


def _audit(row: Enrolment, credential: Credential) -> None:
    audit(
        "certificate.stored",
        company=row.company,
        user=row.requested_by,
        subject=credential.label,
        credential=credential.pk,
        kind=credential.use,
        environment=credential.environment,
        fingerprint=credential.fingerprint,
        serial=credential.serial,
        personal=credential.owner_user_id is not None,
        replaces=row.replaces_id,
    )
