"""Background work of this room."""

import logging
from collections.abc import Callable

from celery import shared_task

from auth_ksef.api import ksef_api
from auth_ksef.choosing import credential_for
from auth_ksef.client import KsefError, KsefLater
from auth_ksef.doctor import connection_check
from auth_ksef.enrolment_follow import enrolments_follow
from auth_ksef.errors import NoCredential, QuotaFull
from auth_ksef.expiry import expiry_warn
from auth_ksef.farewell import farewells_sweep
from auth_ksef.kod2_status import status_refresh
from auth_ksef.login import access_get
from auth_ksef.office import snapshots_follow
from auth_ksef.quota import FETCH, quota_forget
from auth_ksef.quota_limits import companies_to_ask, limits_learn
from auth_ksef.renewal import renewals_sweep
from auth_ksef.rights import LISTS, rights_refresh
from auth_ksef.rights_messages import RightsNotNow
from auth_ksef.rights_operations import operations_follow
from auth_ksef.signed_logins import signed_logins_follow
from auth_ksef.sunset import sunset_sweep
from auth_ksef.token_orders import orders_sweep
from ksefapp.accounts.models import Company, User
from ksefapp.lib.steps import run_all

log = logging.getLogger(__name__)


# Each finds its due rows by itself, claims them, and asks KSeF about a few of them.
SWEEPS: tuple[Callable[[], object], ...] = (
    signed_logins_follow,
    enrolments_follow,
    orders_sweep,
    farewells_sweep,
    sunset_sweep,
    operations_follow,
    snapshots_follow,
)

CERTIFICATE_STEPS: tuple[Callable[[], object], ...] = (status_refresh, renewals_sweep, expiry_warn)


@shared_task
def access_task() -> None:
    """Follows logins by signature, requests for certificates and changes of rights."""
    run_all(SWEEPS)


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
    """Certificates: status by KSeF once a day, renewal near their end, warnings."""
    run_all(CERTIFICATE_STEPS)


@shared_task
def check_task(company_id: int) -> None:
    """The check of the connection that a program asked for; nobody is at a screen."""
    company = Company.objects.get(pk=company_id)
    try:
        connection_check(company=company, checked_by=None)
    except NoCredential as refusal:
        log.info("company %s: nothing to check the connection with: %s", company_id, refusal.code)


@shared_task
def rights_task(company_id: int, person_id: int) -> None:
    """Reads the company's lists of rights again, as a program of this person asked.

    Only with what may work in the background, whoever asked.
    """
    company = Company.objects.get(pk=company_id)
    person = User.objects.get(pk=person_id)
    try:
        credential = credential_for(company)
        rights_refresh(company=company, person=person, kinds=LISTS, credential=credential)
    except (NoCredential, RightsNotNow) as refusal:
        log.info("company %s: nothing to read its rights with: %s", company_id, refusal.code)


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
    except Exception:
        log.exception("the limits of company %s could not be learned", company.pk)
    return True
