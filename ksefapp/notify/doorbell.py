"""Rings for whoever mails notices. A lost ring costs seconds: the rows are looked at anyway."""

import logging

from ksefapp.celery import app

log = logging.getLogger(__name__)


def ring() -> None:
    """Never raises: a broker that is away is no reason to fail."""
    try:
        app.send_task("ksefapp.notify.tasks.notices_mail_task", retry=False, expires=60)
    except Exception as error:  # any broker, any fault: the row is already there
        log.warning("the broker did not take a ring: %s", type(error).__name__)
