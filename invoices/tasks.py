"""Thin doors for the workers: ids in, a service called, nothing returned."""

import logging
from collections.abc import Callable

from celery import shared_task

from invoices.services import chores, corrections, deadlines, midnight, sweep, warnings
from invoices.services.doorbell import ring
from ksefapp.accounts.models import Company

log = logging.getLogger(__name__)


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
    failed = [step.__name__ for step in SWEEPS if not _done(step)]
    if failed:
        raise RuntimeError(f"sweeping failed at: {', '.join(failed)}")


def _companies_ring() -> None:
    for company_id in sweep.companies_with_work():
        ring("company_task", company_id)


def _chores_ring() -> None:
    if chores.due():
        ring("chores_task")


SWEEPS = (
    sweep.stale_release,
    # Modes and deadlines first: what is sent next goes by them.
    midnight.midnight_turn,
    deadlines.deadlines_recompute,
    corrections.corrections_issue,
    sweep.contact_back,
    _companies_ring,
    _chores_ring,
    sweep.sessions_close_forgotten,
    sweep.sessions_look,
    sweep.packages_forget,
    warnings.deadline_warnings,
)


def _done(step: Callable[[], object]) -> bool:
    """A step that fails must not stop those behind it: they serve other rows."""
    try:
        step()
    except Exception:
        log.exception("sweeping: %s", step.__name__)
        return False
    return True
