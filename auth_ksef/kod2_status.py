"""What KSeF says of certificates: asked once a day for each subject, so that nothing revoked
signs KOD II or logs in."""

import logging
from collections.abc import Iterable
from itertools import groupby

from django.db.models import F, Q
from django.urls import reverse

from auth_ksef.api import ksef_api
from auth_ksef.certificate_access import certificate_access, subject_of
from auth_ksef.client import KsefError, KsefRefused
from auth_ksef.errors import NoCredential
from auth_ksef.kod2 import GOOD_STATUSES
from auth_ksef.kod2_messages import MESSAGES, STATUSES
from auth_ksef.messages import NOTHING_USABLE, filled
from auth_ksef.models import Binding, Credential
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise, notice_resolve

log = logging.getLogger(__name__)

STATUS_LENGTH = Credential._meta.get_field("ksef_status").max_length
PAGES = 10  # more certificates than any subject may hold


def status_refresh() -> int:
    """Asks KSeF for the certificates that were not asked about today; returns how many were.

    Where KSeF cannot be reached it is asked in the next run; the last known status counts
    meanwhile. KSeF lists only certificates of the subject that logs in, so one that is not on
    the list (an accountant's own, say) keeps its status.
    """
    rows = sorted(_due(), key=_subject)
    return sum(_ask(list(group)) for _key, group in groupby(rows, key=_subject))


def status_ask(credential: Credential, company: Company, person: User) -> None:
    """Asks now, for the person at the screen, about this and its subject's other certificates.

    Raises NoCredential, KsefError. Calls KSeF, so never inside a transaction.
    """
    access, context = certificate_access(credential, company, acting=person)
    statuses = _listed(credential.environment, context, access)
    own = _bound().filter(
        environment=credential.environment,
        credential__owner_user=credential.owner_user_id,
        credential__owner_company=credential.owner_company_id,
    )
    for row in own:
        if row.credential_id == credential.pk or _subject(row) == _key(credential):
            status_record(row, statuses.get(row.credential.serial, row.credential.ksef_status))


def _due() -> list[Binding]:
    today = clock.warsaw(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = Q(credential__ksef_status_at=None) | Q(credential__ksef_status_at__lt=today)
    return list(_bound().filter(asked, environment=F("company__environment")))


def _bound():
    rows = Binding.objects.filter(
        ended_at=None,
        credential__kind=Credential.Kind.CERTIFICATE,
        credential__retired_at=None,
    )
    rows = rows.select_related("credential", "company").defer("credential__secret")
    return rows.order_by("pk")


def _subject(row: Binding) -> tuple:
    return _key(row.credential)


def _key(credential: Credential) -> tuple:
    owner = (credential.owner_user_id or 0, credential.owner_company_id or 0)
    return credential.environment, *owner, subject_of(credential)


def _ask(rows: list[Binding]) -> int:
    """About the certificates of one subject; how many of them were asked about."""
    credential, company = rows[0].credential, rows[0].company
    count = len({row.credential_id for row in rows})
    try:
        access, context = certificate_access(credential, company)
        statuses = _listed(credential.environment, context, access)
    except KsefRefused as error:
        # A refused login is the same in five minutes: asked again tomorrow.
        log.info("KSeF does not tell the certificate's status: %s", error.code)
        _record(rows, {})
        return 0
    except (KsefError, NoCredential) as error:
        log.info("the certificate's status cannot be asked now: %s", type(error).__name__)
        return 0
    except Exception:
        # The certificates behind it are other people's.
        log.exception("the status of certificate %s could not be asked", credential.pk)
        return 0
    _record(rows, statuses)
    return count


def _listed(environment: str, company: Company, access: str) -> dict[str, str]:
    """Status of each certificate of the subject that logged in, by serial number."""
    api, found = ksef_api(environment, company), {}
    for page in range(PAGES):
        answer = api.certificates_query(access=access, page=page)
        found |= {row.serial: row.status for row in answer.items}
        if not answer.has_more:
            break
    return found


def _record(rows: Iterable[Binding], statuses: dict[str, str]) -> None:
    for row in rows:
        status_record(row, statuses.get(row.credential.serial, row.credential.ksef_status))


def status_record(binding: Binding, status: str) -> None:
    """Stores what KSeF said; a certificate that may not serve any more is told of, once."""
    credential = binding.credential
    Credential.objects.filter(pk=credential.pk).update(
        ksef_status=status[:STATUS_LENGTH], ksef_status_at=clock.now()
    )
    is_kod2 = binding.purpose == Binding.Purpose.KOD_II
    key = f"{'kod2' if is_kod2 else 'login'}-status:{credential.pk}"
    if status in GOOD_STATUSES:
        notice_resolve(binding.company, key)
        return
    pl, en = STATUSES.get(status, (status, status))
    text = MESSAGES["status"] if is_kod2 else NOTHING_USABLE["status"]
    notice_raise(
        company=binding.company,
        key=key,
        kind="bad",
        text=filled(text, {"label": credential, "status": pl, "status_en": en}),
        path=reverse("connection", args=[binding.company.nip]),
    )
