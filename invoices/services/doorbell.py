"""Rings for the workers. A lost ring costs seconds: the sweeper finds every row."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ksefapp.celery import app

log = logging.getLogger(__name__)
_held: ContextVar[dict | None] = ContextVar("held", default=None)


def ring(task: str, *args: int) -> None:
    """Sends a task by name with ids only; a broker that is away is no reason to fail."""
    held = _held.get()
    if held is not None:
        held[(task, args)] = True
        return
    try:
        app.send_task(f"invoices.tasks.{task}", args=args, retry=False, expires=60)
    except Exception as error:  # any broker, any fault: the row is already in the queue
        log.warning("the broker did not take %s: %s", task, type(error).__name__)


@contextmanager
def held() -> Iterator[None]:
    """What rings inside, however often, rings once at the end."""
    rung: dict = {}
    token = _held.set(rung)
    try:
        yield
    finally:
        _held.reset(token)
    for task, args in rung:
        ring(task, *args)
