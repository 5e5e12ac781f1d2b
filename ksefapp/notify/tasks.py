"""Background work of this room."""

from celery import shared_task

from ksefapp.notify.letters import notices_mail


@shared_task
def notices_mail_task() -> int:
    """Mails the notices that are due; returns how many left."""
    return notices_mail()
