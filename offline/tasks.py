"""Thin doors for the workers. Who is asked, and when, stands in the rows."""

import logging

from celery import shared_task

from offline import latarnia, network, watch

log = logging.getLogger(__name__)


@shared_task
def latarnia_poll_task() -> None:
    """Asks the Latarnia of each environment in use whose time has come."""
    for environment in latarnia.environments():
        try:
            latarnia.latarnia_poll(environment)
        except Exception:  # one environment must not stop the others
            log.exception("asking Latarnia of %s", environment)


@shared_task
def network_check_task() -> None:
    """Looks at our own network while somebody does not answer."""
    network.network_check()


@shared_task
def modes_sweep_task() -> None:
    """Journals modes that changed by themselves and tells those concerned."""
    watch.modes_sweep()
