"""Rings for the workers. A lost ring costs seconds: the sweeper finds every row."""

import logging

from ksefapp.celery import app

log = logging.getLogger(__name__)


def ring(task: str, *args: int) -> None:
    """Sends a task by name with ids only; a broker that is away is no reason to fail."""
    try:
        app.send_task(f"invoices.tasks.{task}", args=args, retry=False, expires=60)
    except Exception as error:  # any broker, any fault: the row is already in the queue
        log.warning("the broker did not take %s: %s", task, type(error).__name__)
