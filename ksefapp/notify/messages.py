"""Messages to people. By e-mail where a mail server is set; else the pages must say it."""

import logging
from collections.abc import Iterable
from functools import partial
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

log = logging.getLogger(__name__)


def notify(users: Iterable, subject: str, text: str) -> None:
    """Writes to each person who has an open account, after the commit; never raises."""
    mail_send([user.email for user in users if user.is_active], subject, text)


def mail_send(addresses: list[str], subject: str, text: str) -> None:
    """One message to each address, after the commit; nothing without a mail server."""
    if settings.EMAIL_HOST and addresses:
        line = " ".join(subject.split())
        transaction.on_commit(partial(_send, addresses, line, text), robust=True)


def _send(addresses: list[str], subject: str, text: str) -> None:
    for address in addresses:
        try:
            EmailMessage(subject, text, to=[address]).send()
        except (OSError, SMTPException) as error:
            # Neither subject nor text: an invitation's link is a secret.
            log.warning("a message could not be sent: %s", type(error).__name__)
