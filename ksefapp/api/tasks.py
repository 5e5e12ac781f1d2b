"""Background work of this room."""

from celery import shared_task

from ksefapp.api.idempotency import idempotency_purge


@shared_task
def idempotency_purge_task() -> None:
    """Deletes answers to repeated requests that nobody may ask for any more."""
    idempotency_purge()
