"""Rings for this room's workers. A lost ring costs a minute: the sweeps find every row."""

import logging

from ksefapp.celery import app

log = logging.getLogger(__name__)


def ring(task: str, *args: int) -> None:
    """Sends a task of this room by name with ids only; a broker that is away is no failure."""
    try:
        app.send_task(f"auth_ksef.tasks.{task}", args=args, retry=False, expires=60)
    except Exception as error:  # any broker, any fault
        log.warning("the broker did not take %s: %s", task, type(error).__name__)
