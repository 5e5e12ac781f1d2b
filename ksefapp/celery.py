"""Celery is the doorbell: tasks carry ids only, the rows in the database are the queue."""

import ctypes
import os
import signal
from pathlib import Path

from celery import Celery
from celery.signals import worker_init, worker_process_init, worker_ready
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ksefapp.settings")
TRANSPORT_ALIASES["atomicfs"] = "ksefapp.broker:Transport"

app = Celery("ksefapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def stop_without_keys(**kwargs) -> None:
    """A worker that cannot open the stored secrets ends at once and says which key is missing."""
    import django

    django.setup()
    from django.db import connections

    from ksefapp.accounts.sealed import keys_verify

    keys_verify()
    connections.close_all()  # the pool's processes are forked from here


@worker_process_init.connect
def die_with_the_leader(**kwargs) -> None:
    """A pool process never outlives a killed worker (PR_SET_PDEATHSIG = 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@worker_ready.connect
def say_ready(**kwargs) -> None:
    """The supervisor waits for this file."""
    from django.conf import settings

    folder = Path(settings.KSEF_DATA_DIR) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "worker.ready").touch()
