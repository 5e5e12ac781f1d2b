"""Notices by e-mail: in both languages, tried again until they leave or the matter is over."""

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import override

from ksefapp.accounts.models import Environment
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_readers

log = logging.getLogger(__name__)

AGAIN = timedelta(minutes=10)
AT_ONCE = 50


def notices_mail() -> int:
    """Mails each open notice that is due; returns how many left.

    The claim moves `mail_at` into the future by a conditional UPDATE, so two workers never mail
    the same notice at once; one that died or met a dead server is followed after AGAIN.
    """
    if not settings.EMAIL_HOST:
        return 0
    due = Notice.objects.filter(mail_at__lte=clock.now(), resolved_at=None)
    rows = due.select_related("company").order_by("mail_at")[:AT_ONCE]
    return sum(_mailed(row) for row in rows)


def _mailed(row: Notice) -> bool:
    claim = Notice.objects.filter(pk=row.pk, mail_at=row.mail_at, resolved_at=None)
    if not claim.update(mail_at=clock.now() + AGAIN):
        return False
    try:
        with get_connection() as connection:
            sent = [_sent(row, user.email, connection) for user in notice_readers(row.company)]
    except (OSError, SMTPException) as error:
        log.warning("notice %s could not be mailed: %s", row.pk, type(error).__name__)
        return False
    Notice.objects.filter(pk=row.pk).update(mail_at=None)
    return any(sent)


def _sent(row: Notice, address: str, connection) -> bool:
    """One letter to one person; an address that is refused keeps nobody else waiting."""
    try:
        return bool(_letter(row, address, connection).send())
    except SMTPRecipientsRefused:
        log.warning("notice %s: an address was refused", row.pk)
        return False


def _letter(row: Notice, address: str, connection) -> EmailMessage:
    return EmailMessage(_subject(row), _body(row), to=[address], connection=connection)


def _subject(row: Notice) -> str:
    real = row.environment == Environment.PRODUCTION
    with override("pl"):
        name = str(Environment(row.environment).label).upper()
    text = f"{row.company.name}: {row.pl}" if real else f"[{name}] {row.company.name}: {row.pl}"
    line = " ".join(text.split())
    return line if len(line) <= 150 else f"{line[:149]}…"


def _body(row: Notice) -> str:
    where = f"\n\n{settings.KSEF_SITE_URL}{row.path}" if row.path else ""
    english = f"\n\n--\nEnglish: {row.en}" if row.en != row.pl else ""
    return f"{row.company.name}, NIP {row.company.nip}\n\n{row.pl}{where}{english}\n"
