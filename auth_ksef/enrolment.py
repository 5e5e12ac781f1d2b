"""Requests for KSeF certificates: one signature, and both certificates are on their way.

The key and the request are stored before KSeF is asked, so that no lost answer costs a key; what
becomes of a request is `enrolment_follow`'s business.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from auth_ksef.acting import signed_access
from auth_ksef.api import ksef_api
from auth_ksef.client import CertificateLimits
from auth_ksef.csr import CsrRefused, csr_make, key_make, key_pem
from auth_ksef.enrolment_messages import MESSAGES
from auth_ksef.keyfiles import SEAL_NIP, read_certificate
from auth_ksef.messages import Refusal, filled, stored
from auth_ksef.models import Credential, Enrolment, KsefSnapshot, SignedLogin
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

State, Use = Enrolment.State, Credential.Use
OPEN = (State.NEW, State.SENDING, State.UNKNOWN, State.SENT, State.ISSUED)
# OpenAPI, EnrollCertificateRequest.certificateName: 5 to 100 of these characters.
NAME = re.compile(r"[a-zA-Z0-9_\- ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]+")
SHORTEST, LONGEST = 5, 100
WORDS = {Use.LOGIN: "logowanie", Use.OFFLINE: "offline"}
# What `certificate_name` adds to a name that a person gives.
ADDED = max(len(word) for word in WORDS.values()) + 2 + 8


class EnrolmentRefused(Refusal):
    """A request is not made, or came to nothing; `.code` is a key of `MESSAGES`."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        super().__init__(filled(MESSAGES[code], facts))


def certificate_name(base: str, use: str) -> str:
    """A name for KSeF's list with a random end: by it an unanswered request is found again."""
    kept = "".join(found[0] for found in NAME.finditer(base)).strip()[: LONGEST - ADDED]
    return f"{kept or 'KSeF'} {WORDS[Use(use)]} {secrets.token_hex(4).upper()}"


def enrolment_read(login: SignedLogin) -> KsefSnapshot:
    """Asks KSeF what it knows of who signed, and what may still be asked for; stores both.

    Raises NoCredential, KsefError. Calls KSeF, so never inside a transaction.
    """
    api, access = ksef_api(login.environment, login.company), signed_access(login)
    told = {
        "limits": asdict(api.certificate_limits(access=access)),
        "data": api.enrollment_data(access=access),
    }
    fields = {"rows": [told], "fetched_at": clock.now(), "asked_by": login.person}
    row, _ = KsefSnapshot.objects.update_or_create(**_place(login), defaults=fields)
    return row


def enrolment_known(login: SignedLogin) -> dict | None:
    """What was read for this login: {"limits", "data"}; None before the first time."""
    row = KsefSnapshot.objects.filter(**_place(login)).first()
    return row.rows[0] if row and row.rows else None


def owner_by(data: dict, company: Company, person: User) -> dict[str, object]:
    """Whose certificates these will be: the company's with its own seal, else the person's.

    The seal of another firm (an office) is lent by the person who signs with it.
    """
    seal = SEAL_NIP.search(data.get("organizationIdentifier") or "")
    is_own = seal is not None and seal[1] == company.nip
    return {"owner_user": None if is_own else person, "owner_company": company if is_own else None}


def enrolment_request(
    *,
    company: Company,
    person: User,
    login: SignedLogin,
    data: dict,
    name: str,
    uses: Iterable[str] = (Use.LOGIN, Use.OFFLINE),
    algorithm: str = Enrolment.Algorithm.EC,
    valid_from: datetime | None = None,
    consent: bool = False,
) -> list[Enrolment]:
    """One request for each use, with keys made now. Raises EnrolmentRefused.

    `data` is what KSeF gave for this login, `name` the common part of the names in KSeF's list.
    """
    owner = owner_by(data, company, person)
    common = {
        **{"company": company, "environment": company.environment, **owner},
        **{"data": data, "algorithm": algorithm, "valid_from": valid_from},
        **{"consent": consent, "requested_by": person, "signed_login": login},
    }
    rows = [_made(name=name, use=use, **common) for use in uses]
    with transaction.atomic():
        _alone(company, person)
        for row in rows:
            if open_of(row.environment, use=row.use, **owner).exists():
                raise EnrolmentRefused("open")
            _save(row, person)
    return rows


def renewal_request(
    *,
    credential: Credential,
    by: Credential,
    company: Company,
    data: dict,
    person: User | None = None,
) -> Enrolment | None:
    """A request for the successor of a certificate; None when one is under way.

    `by` logs in, in the context of `company`; `person` None: it renews itself.
    """
    row = _made(
        company=company,
        environment=credential.environment,
        owner_user=credential.owner_user,
        owner_company=credential.owner_company,
        data=data,
        name=credential.label,
        use=credential.use,
        algorithm=_algorithm(credential),
        by_credential=by,
        replaces=credential,
        requested_by=person,
    )
    try:
        with transaction.atomic():
            _save(row, person)
    except IntegrityError:  # another process was first
        return None
    return row


def enrolment_again(row: Enrolment, person: User) -> Enrolment:
    """A new request, with a new key, in place of a refused or a lost one. Raises EnrolmentRefused.

    The lost one may have been counted by KSeF all the same: a person decided so.
    """
    if not row.subject:  # a renewal that was refused before there was a request
        raise EnrolmentRefused("no-login")
    new = _copied(row, person)
    with transaction.atomic():
        _alone(row.company, person)
        if _is_settled(row):
            raise EnrolmentRefused("done")
        lost = Enrolment.objects.filter(pk=row.pk, state=State.UNKNOWN)
        text = stored(MESSAGES["abandoned"])
        lost.update(state=State.REFUSED, said=text, secret="", finished_at=clock.now())
        whose = {"owner_user": row.owner_user, "owner_company": row.owner_company}
        if open_of(row.environment, use=row.use, **whose).exists():
            raise EnrolmentRefused("open")
        _save(new, person)
    return new


def _alone(company: Company, person: User) -> None:
    """Two clicks, also in two companies of one person, must not become two requests.

    KSeF counts them, and a person has twelve.
    """
    Company.objects.select_for_update().get(pk=company.pk)
    User.objects.select_for_update().get(pk=person.pk)


def _is_settled(row: Enrolment) -> bool:
    """Whether it, or one that was made in its place, has brought its certificate."""
    same = ("environment", "use", "owner_user", "owner_company", "signed_login", "replaces")
    rows = Enrolment.objects.filter(**{name: getattr(row, name) for name in same})
    return rows.filter(state=State.STORED, requested_at__gte=row.requested_at).exists()


def open_of(environment: str, **whose: object):
    """Requests under way; `whose` are owner_user, owner_company and perhaps use, company."""
    return Enrolment.objects.filter(environment=environment, state__in=OPEN, **whose)


def limit_refusal(limits: CertificateLimits) -> EnrolmentRefused | None:
    """Why KSeF would take no request now; None when it would."""
    if limits.can_request:
        return None
    if limits.requests_left <= 0:
        return EnrolmentRefused("requests", limit=limits.requests_limit)
    if limits.certificates_left <= 0:
        return EnrolmentRefused("certificates", limit=limits.certificates_limit)
    return EnrolmentRefused("not-allowed")


def _place(login: SignedLogin) -> dict[str, object]:
    return {
        "company": login.company,
        "environment": login.environment,
        "kind": KsefSnapshot.Kind.CERTIFICATES,
        "subject": f"enrol:{login.pk}",
    }


def _made(*, name: str, use: str, algorithm: str, data: dict, **fields: object) -> Enrolment:
    key = key_make(algorithm)
    try:
        request = csr_make(data, key)
    except CsrRefused as error:
        raise EnrolmentRefused("data", field=str(error)) from None
    return Enrolment(
        name=certificate_name(name, use),
        use=use,
        algorithm=algorithm,
        secret=key_pem(key),
        csr=request,
        subject=data,
        **fields,
    )


def _copied(row: Enrolment, person: User) -> Enrolment:
    base = row.name.rpartition(" ")[0].rpartition(" ")[0]
    names = ("company", "environment", "owner_user", "owner_company", "use", "algorithm")
    more = ("valid_from", "consent", "signed_login", "by_credential", "replaces")
    same = {name: getattr(row, name) for name in (*names, *more)}
    return _made(name=base, data=row.subject, requested_by=person, **same)


def _algorithm(credential: Credential) -> str:
    """As the certificate's own key is: who chose RSA needs it for a reason."""
    info = read_certificate(credential.certificate_pem.encode())
    is_rsa = info.algorithm.startswith("RSA")
    return Enrolment.Algorithm.RSA if is_rsa else Enrolment.Algorithm.EC


def _save(row: Enrolment, person: User | None) -> None:
    row.save(force_insert=True)
    audit(
        "certificate.request",
        company=row.company,
        user=person,
        subject=row.name,
        enrolment=row.pk,
        kind=row.use,
        environment=row.environment,
        consent=row.consent,
        personal=row.owner_user_id is not None,
        replaces=row.replaces_id,
    )
