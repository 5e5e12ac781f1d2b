"""By which login KSeF is asked about a subject's certificates: it shows them to nobody else.

A certificate belongs to a subject (PESEL, NIP), whichever company's context the login is for.
"""

from collections.abc import Iterable, Mapping

from cryptography import x509

from auth_ksef.acting import signed_access
from auth_ksef.choosing import obstacle
from auth_ksef.csr import CsrRefused, name_of
from auth_ksef.errors import LoginRefused, NoCredential
from auth_ksef.keyfiles import NIP, PESEL, SEAL_NIP, KeyFileError, read_certificate
from auth_ksef.login import access_forget, access_get
from auth_ksef.models import Binding, Credential, Enrolment, SignedLogin
from ksefapp.accounts.access import Actor, company_list
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User

LOGIN = Credential.Use.LOGIN
# Codes of a login's status that judge the company and not the certificate.
OF_THE_CONTEXT = (415, 480)


def subject_of(credential: Credential) -> str:
    """By what KSeF knows the certificate's subject: "pesel:…", "nip:…", else its whole name.

    A foreigner's has no number of ours: KSeF knows that person by a fingerprint.
    """
    try:
        info = read_certificate(credential.certificate_pem.encode())
    except KeyFileError:
        return credential.subject
    return _subject(info.pesel, info.nip) or _whole(info.certificate.subject)


def subject_of_data(data: Mapping[str, str]) -> str:
    """The same of what `enrollments/data` gave; "" where it makes no name."""
    person, seal = data.get("serialNumber") or "", data.get("organizationIdentifier") or ""
    nip = NIP.search(person) or SEAL_NIP.search(seal)
    pesel = PESEL.search(person)
    known = _subject(pesel and pesel[1], nip and nip[1])
    try:
        return known or _whole(name_of(data))
    except CsrRefused:
        return ""


def own_logins(
    *, subject: str, environment: str, owner_user_id: int | None, owner_company_id: int | None
) -> Iterable[Binding]:
    """Bindings of type-1 certificates of this subject and owner, the latest valid first."""
    rows = Binding.objects.filter(
        purpose=Binding.Purpose.LOGIN,
        ended_at=None,
        environment=environment,
        company__environment=environment,
        credential__environment=environment,
        credential__kind=Credential.Kind.CERTIFICATE,
        credential__retired_at=None,
        credential__owner_user=owner_user_id,
        credential__owner_company=owner_company_id,
    )
    rows = rows.select_related("credential", "company").defer("credential__secret")
    rows = rows.order_by("-credential__valid_to", "pk")
    return (row for row in rows if subject_of(row.credential) == subject)


def own_login(credential: Credential, *, acting: User | None = None) -> Binding | None:
    """A binding whose type-1 certificate may log in now as this certificate's subject.

    The certificate itself goes first. In the background (`acting` None) a person's needs consent.
    """
    return next(iter(_usable(credential, acting)), None)


def own_access(credential: Credential, *, acting: User | None = None) -> tuple[str, Binding] | None:
    """An access token of this certificate's subject by its type-1, and the binding that gave it.

    One client's refusal says nothing of the certificate: it has lost its rights there, or that
    context is blocked, and another client's context serves as well. Raises LoginRefused when all
    refused, KsefError; None where no type-1 may log in.
    """
    refusal = None
    for row in _usable(credential, acting):
        try:
            given = access_get(company=row.company, credential=row.credential, acting=acting)
        except LoginRefused as error:
            if error.code not in OF_THE_CONTEXT:
                raise
            refusal = refusal or error
        else:
            return given.token, row
    if refusal:
        raise refusal
    return None


def _usable(credential: Credential, acting: User | None) -> list[Binding]:
    found = own_logins(
        subject=subject_of(credential),
        environment=credential.environment,
        owner_user_id=credential.owner_user_id,
        owner_company_id=credential.owner_company_id,
    )
    usable = [
        row for row in found if obstacle(row, acting=acting) is None and _reaches(acting, row)
    ]
    return sorted(usable, key=lambda row: row.credential_id != credential.pk)


def _reaches(acting: User | None, row: Binding) -> bool:
    """Whose click it is must belong to the company whose calls and login it uses."""
    return acting is None or company_list(Actor(acting)).filter(pk=row.company_id).exists()


def certificate_access(
    credential: Credential, company: Company, *, acting: User | None = None
) -> tuple[str, Company]:
    """An access token of the certificate's subject, and the company in whose context it is.

    First today's signature of the person who acts, then a type-1 certificate of the same
    subject, then whatever the company logs in with. Raises NoCredential, KsefError.
    """
    login = _signature(credential, company, acting)
    if login:
        return signed_access(login), company
    own = own_access(credential, acting=acting)
    if own:
        token, row = own
        return token, row.company
    return access_get(company=company, acting=acting).token, company


def enrolment_access(row: Enrolment) -> tuple[str, Company]:
    """A token for a request: of the login that it began with, else of the same subject's type 1.

    The signature's login may end while KSeF still works. Raises NoCredential, KsefError.
    """
    try:
        return _first_access(row), row.company
    except NoCredential as error:
        other = _other_login(row)
        if other is None:
            raise error from None
    given = access_get(company=other.company, credential=other.credential, acting=row.requested_by)
    return given.token, other.company


def enrolment_forget(row: Enrolment) -> None:
    """After a 401: the next question renews the token."""
    if row.signed_login_id:
        SignedLogin.objects.filter(pk=row.signed_login_id).update(access="")
    if row.by_credential_id:
        access_forget(row.company, row.by_credential)


def _first_access(row: Enrolment) -> str:
    if row.by_credential_id:
        given = access_get(
            company=row.company, credential=row.by_credential, acting=row.requested_by
        )
        return given.token
    if row.signed_login is None or row.signed_login.state != SignedLogin.State.DONE:
        raise NoCredential("signature-over")
    return signed_access(row.signed_login)


def _other_login(row: Enrolment) -> Binding | None:
    found = own_logins(
        subject=subject_of_data(row.subject),
        environment=row.environment,
        owner_user_id=row.owner_user_id,
        owner_company_id=row.owner_company_id,
    )
    return next((one for one in found if obstacle(one, acting=row.requested_by) is None), None)


def _signature(credential: Credential, company: Company, acting: User | None) -> SignedLogin | None:
    """A login by signature that is open and led to this certificate, or names its subject."""
    if acting is None:
        return None
    rows = SignedLogin.objects.filter(
        environment=credential.environment,
        company=company,
        person=acting,
        state=SignedLogin.State.DONE,
    ).order_by("-finished_at")
    number = subject_of(credential).partition(":")[2]
    return next((row for row in rows if number and number in row.signer), None)


def _whole(name: x509.Name) -> str:
    return "name:" + ",".join(sorted(item.rfc4514_string() for item in name))


def _subject(pesel: str | None, nip: str | None) -> str:
    if pesel:
        return f"pesel:{pesel}"
    return f"nip:{nip}" if nip else ""


def certificate_audit(
    action: str, credential: Credential, company: Company, person: User, **details: object
) -> None:
    """Notes in the company's history what a person did with a certificate."""
    audit(
        action,
        company=company,
        user=person,
        subject=credential.label,
        credential=credential.pk,
        environment=credential.environment,
        serial=credential.serial,
        fingerprint=credential.fingerprint,
        personal=credential.owner_user_id is not None,
        **details,
    )
