"""Background work of this room."""

import logging

from celery import shared_task

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError
from auth_ksef.errors import NoCredential
from auth_ksef.kod2_status import status_refresh
from auth_ksef.login import access_get
from auth_ksef.quota import FETCH, quota_forget
from auth_ksef.quota_limits import companies_to_ask, limits_learn
from ksefapp.accounts.models import Company

log = logging.getLogger(__name__)


@shared_task
def quota_task() -> None:
    """Forgets calls that count no more and renews the limits of companies at work."""
    quota_forget()
    for company in companies_to_ask():
        _learn(company)


@shared_task
def certificates_task() -> None:
    """Asks KSeF once a day about the certificates that sign KOD II."""
    status_refresh()


def _learn(company: Company) -> None:
    environment = company.environment
    try:
        access = access_get(company=company).token
        api = ksef_api(environment, company, urgency=FETCH)
        limits_learn(company=company, environment=environment, api=api, access=access)
    except (KsefError, NoCredential) as error:
        log.info("the limits of company %s could not be learned: %s", company.pk, error)
