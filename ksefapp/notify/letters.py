"""Notices by e-mail: one letter for all that is new in a company, in both languages.

Tried again until it leaves or the matters are over. Nothing rings for it: a minute's patience
makes one letter of a hundred invoices that an outage touches at once.
"""

import logging
from datetime import timedelta
from itertools import groupby
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F
from django.urls import reverse
from django.utils.translation import override

from ksefapp.accounts.models import Environment
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import WEIGHT, notice_readers

log = logging.getLogger(__name__)

AGAIN = timedelta(minutes=10)
MOST_LINES = 30
PERMANENT = 500  # SMTP codes from here on: trying again changes nothing
SUBJECT = 150


def notices_mail() -> int:
    """Mails the open notices that are due; returns how many were told.

    A claim moves `mail_at` into the future by a conditional UPDATE, so two workers never mail
    the same notice at once; one that died or met a dead server is followed after AGAIN.
    """
    if not settings.EMAIL_HOST:
        return 0
    due = Notice.objects.filter(mail_at__lte=clock.now(), resolved_at=None)
    due = due.filter(environment=F("company__environment")).select_related("company")
    rows = [row for row in due.order_by("company") if _claimed(row)]
    found = groupby(rows, key=lambda row: row.company_id)
    return sum(_mailed(list(of_company)) for _pk, of_company in found)


def _claimed(row: Notice) -> bool:
    same = Notice.objects.filter(pk=row.pk, mail_at=row.mail_at, resolved_at=None)
    return bool(same.update(mail_at=clock.now() + AGAIN))


def _mailed(rows: list[Notice]) -> int:
    """One letter to each reader about these notices of one company."""
    rows.sort(key=lambda row: (WEIGHT.get(row.kind, len(WEIGHT)), row.raised_at))
    company = rows[0].company
    try:
        with get_connection() as connection:
            sent = [_sent(rows, user.email, connection) for user in notice_readers(company)]
    except (OSError, SMTPException) as error:
        log.warning("notices of company %s not mailed: %s", company.pk, type(error).__name__)
        return 0
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mail_at=None)
    return len(rows) if any(sent) else 0


def _sent(rows: list[Notice], address: str, connection) -> bool:
    """One letter to one person; a mailbox that takes none keeps nobody else waiting.

    Nor do the others get the same letter again and again because of it.
    """
    letter = EmailMessage(subject(rows), body(rows), to=[address], connection=connection)
    try:
        return bool(letter.send())
    except SMTPRecipientsRefused:
        log.warning("notices of company %s: an address was refused", rows[0].company_id)
    except SMTPDataError as error:
        if error.smtp_code < PERMANENT:
            raise
        log.warning("notices of company %s: a letter was refused", rows[0].company_id)
    return False


def subject(rows: list[Notice]) -> str:
    """The gravest matter in one short line; outside production the environment stands first."""
    row = rows[0]
    with override("pl"):
        name = str(Environment(row.environment).label).upper()
    mark = "" if row.environment == Environment.PRODUCTION else f"[{name}] "
    more = f" (+{len(rows) - 1})" if len(rows) > 1 else ""
    line = " ".join(f"{mark}{row.company.name}: {row.pl}".split())
    room = SUBJECT - len(more)
    return (line if len(line) <= room else f"{line[: room - 1]}…") + more


def body(rows: list[Notice]) -> str:
    """The company, each matter with its page, the same in English, the page of all notices."""
    company = rows[0].company
    site = settings.KSEF_SITE_URL
    shown, hidden = rows[:MOST_LINES], len(rows) - len(rows[:MOST_LINES])
    polish = [f"- {row.pl}" + (f"\n  {site}{row.path}" if row.path else "") for row in shown]
    english = [f"- {row.en}" for row in shown]
    if hidden:
        polish.append(f"- oraz innych: {hidden}")
        english.append(f"- and others: {hidden}")
    page = f"{site}{reverse('notice-list', args=[company.nip])}"
    parts = [f"{company.name}, NIP {company.nip}", *polish, f"Wszystkie powiadomienia: {page}"]
    return "\n\n".join([*parts, "--\nEnglish:", *english, f"All notices: {page}"]) + "\n"
