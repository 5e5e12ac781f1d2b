"""Thin doors for the workers: ids in, a service called, nothing returned."""

from celery import shared_task

from invoices.services import chores, mail, sweep
from invoices.services.corrections import corrections_issue
from invoices.services.deadlines import deadlines_recompute
from invoices.services.doorbell import ring
from invoices.services.lookups import answers_forget
from invoices.services.midnight import midnight_turn
from invoices.services.recurring_run import recurring_due, recurring_run
from invoices.services.telling import stuck_tell
from invoices.services.warnings import warnings_sweep
from ksefapp.accounts.models import Company
from ksefapp.lib.steps import run_all


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
def sessions_task() -> None:
    """Closes sessions that nobody uses and asks how closed ones ended."""
    sweep.sessions_close_forgotten()
    sweep.sessions_look()


@shared_task
def mail_task() -> None:
    """Sends messages to buyers."""
    mail.mail_run()


@shared_task
def recurring_task() -> None:
    """Makes what is due of recurring invoices."""
    recurring_run()


@shared_task
def sweep_task() -> None:
    """Finds due rows whatever happened to messages and workers, and rings for each company."""
    run_all(SWEEPS)


def _companies_ring() -> None:
    for company_id in sweep.companies_with_work():
        ring("company_task", company_id)


def _chores_ring() -> None:
    if chores.due():
        ring("chores_task")


def _sessions_ring() -> None:
    if sweep.sessions_idle() or sweep.sessions_to_look_at():
        ring("sessions_task")


def _mail_ring() -> None:
    if mail.mail_due():
        ring("mail_task")


def _recurring_ring() -> None:
    if recurring_due():
        ring("recurring_task")


# What talks to others has a task of its own: here it would hold up the rest.
SWEEPS = (
    sweep.stale_release,
    sweep.contact_back,
    midnight_turn,
    deadlines_recompute,
    corrections_issue,
    _recurring_ring,
    _companies_ring,
    _chores_ring,
    _sessions_ring,
    _mail_ring,
    warnings_sweep,
    stuck_tell,
    sweep.packages_forget,
    answers_forget,
)
