"""Celery is the doorbell: tasks carry ids only, the rows in the database are the queue."""

import os
from pathlib import Path

from celery import Celery, bootsteps
from celery.signals import (
    after_task_publish,
    beat_init,
    worker_init,
    worker_ready,
)
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ksefapp.settings")
TRANSPORT_ALIASES["atomicfs"] = "ksefapp.broker:Transport"

app = Celery("ksefapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class Heartbeat(bootsteps.StartStopStep):
    """The worker's leader marks that it is alive, as long as it is connected to the broker."""

    requires = ("celery.worker.consumer.connection:Connection",)
    beating = None

    def start(self, consumer) -> None:
        from ksefapp.heartbeat import MARK_SECONDS, mark

        mark("worker")
        self.beating = consumer.timer.call_repeatedly(MARK_SECONDS, mark, ("worker",))

    def stop(self, consumer) -> None:
        if self.beating is not None:
            self.beating.cancel()


app.steps["consumer"].add(Heartbeat)


@beat_init.connect
def mark_what_is_published(**kwargs) -> None:
    """Beat marks that it is alive whenever the broker has taken a task from it."""
    after_task_publish.connect(_beat_published, weak=False)


def _beat_published(**kwargs) -> None:
    from ksefapp.heartbeat import mark

    mark("beat")


@worker_init.connect
def stop_without_keys(**kwargs) -> None:
    """A worker that cannot open the stored secrets ends at once and says which key is missing."""
    import django

    django.setup()
    from django.db import connections

    from ksefapp.accounts.sealed import keys_verify

    keys_verify()
    connections.close_all()  # the threads of the pool have their own


@worker_ready.connect
def say_ready(**kwargs) -> None:
    """The supervisor waits for this file."""
    from django.conf import settings

    folder = Path(settings.KSEF_DATA_DIR) / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "worker.ready").touch()
