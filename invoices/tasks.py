"""Thin doors for the workers: ids in, a service called, nothing returned."""

from celery import shared_task

from invoices.services import chores, sweep
from invoices.services.doorbell import ring
from ksefapp.accounts.models import Company
from ksefapp.api.idempotency import idempotency_purge


@shared_task
def company_task(company_id: int) -> None:
    """Sends and follows what is due for one company."""
    company = Company.objects.filter(pk=company_id).first()
    if company:
        sweep.company_work(company)


@shared_task
def chores_task() -> None:
    """Fetches UPO and makes prints."""
    chores.chores_run()


@shared_task
def sweep_task() -> None:
    """Finds due rows whatever happened to messages and workers, and rings for each company."""
    sweep.stale_release()
    for company_id in sweep.companies_with_work():
        ring("company_task", company_id)
    if chores.due():
        ring("chores_task")
    sweep.sessions_close_forgotten()
    idempotency_purge()
