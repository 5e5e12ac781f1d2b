"""The project: settings, web and worker entry points."""

from ksefapp.celery import app as celery_app

__all__ = ["celery_app"]
