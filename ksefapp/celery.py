"""Celery is the doorbell: tasks carry ids only, the rows in the database are the queue."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ksefapp.settings")
TRANSPORT_ALIASES["atomicfs"] = "ksefapp.broker:Transport"

app = Celery("ksefapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
