"""Background work of this room."""

from celery import shared_task

from ksefapp.notify.letters import notices_mail
from ksefapp.notify.notices import notices_fade


@shared_task
def notices_mail_task() -> int:
    """Mails the notices that are due, ends old news; returns how many left."""
    notices_fade()
    return notices_mail()
