"""A certificate whose key is lost or known to others: revoked in KSeF and here, and replaced.

A revoked type-2 certificate takes its KOD II with it, so what was handed out and has no number
yet goes to KSeF first (`hooks`).
"""

from collections.abc import Mapping

from django.db import transaction

from auth_ksef.api import ksef_api
from auth_ksef.certificate_access import certificate_access, certificate_audit
from auth_ksef.choosing import REVOKED
from auth_ksef.client import KEY_COMPROMISE, SUPERSEDED, UNSPECIFIED, KsefApi, KsefRefused
from auth_ksef.credentials import credential_retire
from auth_ksef.enrolment import EnrolmentRefused
from auth_ksef.hooks import Waiting, waiting_on
from auth_ksef.messages import Pair
from auth_ksef.models import Credential, Enrolment
from auth_ksef.renewal import open_renewals, renewal_start
from ksefapp.accounts.access import Actor, company_list
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

# OpenAPI, RevokeCertificateRequest.revocationReason.
REASONS: Mapping[str, Pair] = {
    KEY_COMPROMISE: (
        "Ktoś obcy mógł poznać klucz albo klucz zginął",
        "Somebody else may know the key, or it is lost",
    ),
    SUPERSEDED: ("Zastąpił go nowszy certyfikat", "A newer certificate replaced it"),
    UNSPECIFIED: ("Inny powód albo bez podania", "Another reason, or none given"),
}


def certificate_revoke(
    *, credential: Credential, company: Company, person: User, reason: str
) -> None:
    """Revokes it in KSeF, then ends it here: unbound everywhere, its key erased.

    Asked twice it happens once. Raises NoCredential, KsefError; then nothing changed here.
    Calls KSeF, so never inside a transaction.
    """
    if reason not in REASONS:
        raise ValueError("no reason of the OpenAPI")
    access, context = certificate_access(credential, company, acting=person)
    api = ksef_api(credential.environment, context)
    _revoke(api, access, credential.serial, reason)
    with transaction.atomic():
        rows = Credential.objects.filter(pk=credential.pk, revoked_at=None)
        now = clock.now()
        facts = {"revoked_at": now, "revocation_reason": reason}
        if not rows.update(**facts, ksef_status=REVOKED, ksef_status_at=now):
            return
        credential.refresh_from_db(fields=["revoked_at", "revocation_reason", "ksef_status"])
        credential_retire(credential=credential, retired_by=person)
        certificate_audit("certificate.revoke", credential, company, person, reason=reason)


def _revoke(api: KsefApi, access: str, serial: str, reason: str) -> None:
    """Done as well where KSeF refuses because it is revoked: an answer of ours was lost."""
    try:
        api.certificate_revoke(access=access, serial=serial, reason=reason)
    except KsefRefused:
        page = api.certificates_query(access=access, serial=serial)
        if not any(row.serial == serial and row.status == REVOKED for row in page.items):
            raise


def replacement_of(credential: Credential) -> Credential | Enrolment | None:
    """What takes its place: the new certificate, or the request that is under way."""
    return credential.replaced_by or open_renewals(credential).first()


def replacement_start(*, credential: Credential, company: Company, person: User) -> Enrolment:
    """Asks for the successor by the type-1 certificate of the same subject.

    Raises EnrolmentRefused (a signature is needed), NoCredential, KsefError.
    """
    made = renewal_start(credential=credential, person=person)
    if made is None:
        raise EnrolmentRefused("open")
    return made


def waiting_for(credential: Credential, person: User) -> list[Waiting]:
    """Those of the companies to which the person belongs: nobody sees another one's documents."""
    own = set(company_list(Actor(person)).values_list("pk", flat=True))
    return [row for row in waiting_on(credential) if row.company.pk in own]


def step_of(credential: Credential) -> int:
    """Where the drill stands: 1 send, 2 revoke, 3 replace, 4 print anew, 5 done."""
    waiting = any(not row.anew for row in waiting_on(credential))
    if not credential.revoked_at:
        return 1 if waiting else 2
    if not isinstance(replacement_of(credential), Credential):
        return 3
    return 4 if waiting else 5
