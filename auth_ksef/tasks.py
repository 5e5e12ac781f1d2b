"""Background work of this room."""

import logging
from collections.abc import Callable

from celery import shared_task

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError, KsefLater
from auth_ksef.errors import NoCredential, QuotaFull
from auth_ksef.kod2_status import status_refresh
from auth_ksef.login import access_get
from auth_ksef.quota import FETCH, quota_forget
from auth_ksef.quota_limits import companies_to_ask, limits_learn
from ksefapp.accounts.models import Company

log = logging.getLogger(__name__)


# Each finds its due rows by itself, claims them, and asks KSeF about a few of them.
SWEEPS: tuple[Callable[[], object], ...] = ()


@shared_task
def access_task() -> None:
    """Follows logins by signature, requests for certificates and changes of rights."""
    failed = [step.__name__ for step in SWEEPS if not _done(step)]
    if failed:
        raise RuntimeError(f"sweeping failed at: {', '.join(failed)}")


@shared_task
def quota_task() -> None:
    """Forgets calls that count no more and renews the limits of companies at work."""
    quota_forget()
    silent: set[str] = set()
    for company in companies_to_ask():
        if company.environment not in silent and not _learn(company):
            silent.add(company.environment)


@shared_task
def certificates_task() -> None:
    """Asks KSeF once a day about the certificates that sign KOD II."""
    status_refresh()


def _done(step: Callable[[], object]) -> bool:
    """A step that fails must not stop those behind it: they serve other rows."""
    try:
        step()
    except Exception:
        log.exception("sweeping: %s", step.__name__)
        return False
    return True


def _learn(company: Company) -> bool:
    """False when there is no point in asking this environment for others now."""
    environment = company.environment
    try:
        access = access_get(company=company).token
        api = ksef_api(environment, company, urgency=FETCH)
        limits_learn(company=company, environment=environment, api=api, access=access)
    except (KsefError, NoCredential) as error:
        log.info("the limits of company %s could not be learned: %s", company.pk, error)
        # Whether KSeF refuses this company or answers nobody shows in what it said.
        return not isinstance(error, KsefLater) or isinstance(error, QuotaFull)
    return True
