"""What KSeF says of type-2 certificates: asked once a day, so that nothing revoked signs KOD II."""

import logging
from collections.abc import Iterable

from django.db.models import F, Q
from django.urls import reverse

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError, KsefRefused
from auth_ksef.errors import NoCredential
from auth_ksef.kod2 import GOOD_STATUSES
from auth_ksef.kod2_messages import MESSAGES, STATUSES
from auth_ksef.login import access_get
from auth_ksef.messages import filled
from auth_ksef.models import Binding, Credential
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise, notice_resolve

log = logging.getLogger(__name__)

STATUS_LENGTH = Credential._meta.get_field("ksef_status").max_length


def status_refresh() -> int:
    """Asks KSeF for the certificates that were not asked about today; returns how many were.

    Where KSeF cannot be reached it is asked in the next run; the last known status counts
    meanwhile. KSeF lists only certificates of the subject that logs in, so one that is not on
    the list (an accountant's own, say) keeps its status.
    """
    return sum(_ask(binding) for binding in _due())


def _due() -> Iterable[Binding]:
    today = clock.warsaw(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Binding.objects.filter(
        Q(credential__ksef_status_at=None) | Q(credential__ksef_status_at__lt=today),
        purpose=Binding.Purpose.KOD_II,
        ended_at=None,
        credential__retired_at=None,
        environment=F("company__environment"),
    )
    return rows.select_related("credential", "company").defer("credential__secret")


def _ask(binding: Binding) -> bool:
    credential, company = binding.credential, binding.company
    try:
        access = access_get(company=company)
        page = ksef_api(binding.environment, company).certificates_query(
            access=access.token, serial=credential.serial
        )
    except KsefRefused as error:
        # A refused login is the same in five minutes: asked again tomorrow.
        log.info("KSeF does not tell the certificate's status: %s", error.code)
        status_record(binding, credential.ksef_status)
        return False
    except (KsefError, NoCredential) as error:
        log.info("the certificate's status cannot be asked now: %s", type(error).__name__)
        return False
    statuses = [row.status for row in page.items if row.serial == credential.serial]
    status_record(binding, statuses[0] if statuses else credential.ksef_status)
    return True


def status_record(binding: Binding, status: str) -> None:
    """Stores what KSeF said; a certificate that may not sign any more is told of, once."""
    credential = binding.credential
    Credential.objects.filter(pk=credential.pk).update(
        ksef_status=status[:STATUS_LENGTH], ksef_status_at=clock.now()
    )
    key = f"kod2-status:{credential.pk}"
    if status in GOOD_STATUSES:
        notice_resolve(binding.company, key)
        return
    pl, en = STATUSES.get(status, (status, status))
    notice_raise(
        company=binding.company,
        key=key,
        kind="bad",
        text=filled(MESSAGES["status"], {"label": credential, "status": pl, "status_en": en}),
        path=reverse("connection", args=[binding.company.nip]),
    )
