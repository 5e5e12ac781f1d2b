"""Background work of this room."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def sessions_clear_task() -> None:
    """Deletes sessions that have ended; Django itself only stops honouring them."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
