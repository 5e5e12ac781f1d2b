"""Messages to buyers with their PDF. A row of MailSent is the queue; one row leaves at most once.

A message whose sending was cut off after the server could have taken it is never repeated by
itself: the row fails with "we do not know", and a person decides.
"""

import logging
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from auth_ksef.messages import Pair, Refusal, stored, told
from invoices.models import Document, DocumentPrint, HandOver, MailSent, MailSettings
from invoices.render.formats import printable
from invoices.render.pdf import PrintUnavailable
from invoices.services.handover import handover_record
from invoices.services.mail_words import mail_words
from invoices.services.papers import may_hand_over, paper_state
from invoices.services.prints import LANGUAGES, print_get, print_make, print_order
from invoices.services.smtp import MailFailed, MailLater, MailRefused, MailUnknown, smtp_send
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise, notice_resolve

log = logging.getLogger(__name__)

MOST_PER_RUN = 20
MOST_BYTES = 10 * 1024 * 1024  # what most servers take, with Base64 and headers counted in
LEASE = timedelta(minutes=10)
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]
SENDING = "sending"  # in `last_text`: the server may have the message

TEXTS: dict[str, Pair] = {
    "settings": (
        "Firma nie ma jeszcze serwera poczty. Ustaw go w ustawieniach firmy.",
        "The company has no mail server yet. Set one in the company's settings.",
    ),
    "changed": (
        "Zanim wiadomość wyszła, zmieniło się to, co wolno wydać nabywcy. {why}",
        "Before the message left, what may be given to the buyer changed. {why}",
    ),
    "paper": ("PDF jeszcze nie powstał.", "The PDF is not made yet."),
    "size": (
        "PDF jest za duży na e-mail: {size} MB. Przekaż go inaczej.",
        "The PDF is too large for an e-mail: {size} MB. Hand it over another way.",
    ),
    "failed": (
        "E-mail z fakturą {number} do {to} nie wyszedł. {why}",
        "The e-mail with invoice {number} to {to} was not sent. {why}",
    ),
}


class MailNotQueued(Refusal):
    """Nothing will be sent; two sentences say why."""


def mail_settings_get(company: Company) -> MailSettings | None:
    """The company's mail server; None until both server and sender are set."""
    return MailSettings.objects.filter(company=company).exclude(host="").exclude(sender="").first()


def mail_list(document: Document) -> QuerySet[MailSent]:
    """Messages about this document, the latest first."""
    return document.mails.select_related("queued_by")


def mail_queue(*, document: Document, what: str, to: str, language: str, by: User) -> MailSent:
    """Puts a message on the list, once: the same one that still waits is returned.

    `what` is of HandOver.What, `to` one address, `language` "pl" or "en". Raises MailNotQueued
    where the law or the settings do not allow it, PrintRefused where no PDF may be made.
    """
    if mail_settings_get(document.company) is None:
        raise MailNotQueued(TEXTS["settings"])
    allowed = may_hand_over(document, acting=by)
    if what not in allowed:
        raise MailNotQueued(allowed.why)
    language = language if language in LANGUAGES else "pl"
    # Now, because a person's own key may sign only while that person is there.
    print_order(document=document, language=language, state=paper_state(document, what), acting=by)
    with transaction.atomic():
        Document.objects.select_for_update().get(pk=document.pk)
        same = {"document": document, "what": what, "to": to, "language": language}
        waiting = MailSent.objects.filter(**same, sent_at=None, failed_at=None).first()
        return waiting or MailSent.objects.create(**same, queued_by=by)


def mail_again(*, mail: MailSent, by: User) -> MailSent:
    """A person sends anew what failed; the failed row stays. Raises as `mail_queue`."""
    row = mail_queue(
        document=mail.document, what=mail.what, to=mail.to, language=mail.language, by=by
    )
    notice_resolve(mail.document.company, f"mail:{mail.pk}", environment=mail.document.environment)
    return row


def mail_due() -> list[MailSent]:
    """Messages whose time has come and that nobody is sending, or whose sender died."""
    now = clock.now()
    rows = MailSent.objects.filter(sent_at=None, failed_at=None, not_before__lte=now)
    rows = rows.filter(Q(lease_until=None) | Q(lease_until__lte=now))
    rows = rows.select_related("document", "document__company", "document__submission")
    return list(rows.select_related("queued_by").order_by("not_before")[:MOST_PER_RUN])


def mail_run() -> int:
    """The sweep: sends what is due; returns how many went out."""
    _release_stale()
    return sum(_run(row) for row in mail_due() if _take(row))


def _release_stale() -> None:
    """A sender that died: before the transfer it is tried again, during it nobody knows."""
    rows = MailSent.objects.filter(
        sent_at=None, failed_at=None, lease_until__lte=clock.now()
    ).select_related("document", "document__company")
    for row in rows:
        if row.last_text == SENDING:
            _fail(row, MailUnknown("unknown"))
        else:
            _mine(row).update(lease_until=None)


def _take(row: MailSent) -> bool:
    free = Q(pk=row.pk, tries=row.tries, lease_until=None, sent_at=None, failed_at=None)
    taken = MailSent.objects.filter(free).update(
        tries=row.tries + 1, lease_until=clock.now() + LEASE, last_text=""
    )
    row.tries += taken
    return bool(taken)


def _mine(row: MailSent) -> QuerySet[MailSent]:
    """The row while it is still this try: one who slept past the lease changes nothing."""
    return MailSent.objects.filter(pk=row.pk, tries=row.tries, sent_at=None, failed_at=None)


def _run(row: MailSent) -> bool:
    try:
        paper = _paper(row)
        subject = _send(row, paper)
    except MailLater as error:
        _later(row, error)
        return False
    except MailFailed as error:
        _fail(row, error)
        return False
    except Exception as error:  # one broken message must not stop the others
        log.exception("mail %s failed", row.pk)
        _later(row, MailLater("own", (type(error).__name__,) * 2))
        return False
    _sent(row, paper, subject)
    return True


def _paper(row: MailSent) -> DocumentPrint:
    """The PDF to send, made if it is not there. Raises MailLater, MailRefused."""
    document, allowed = row.document, may_hand_over(row.document)
    if row.what not in allowed:
        pl, en = TEXTS["changed"]
        why = pl.format(why=allowed.why[0]), en.format(why=allowed.why[1])
        raise MailRefused("changed", why)
    paper = _made(document, paper_state(document, row.what), row.language)
    if paper is None:
        raise MailLater("paper", TEXTS["paper"])
    if len(paper.content) > MOST_BYTES:
        size = f"{len(paper.content) / 1_000_000:.0f}"
        raise MailRefused("size", tuple(text.format(size=size) for text in TEXTS["size"]))
    return paper


def _made(document: Document, state: str, language: str) -> DocumentPrint | None:
    found = {"document": document, "language": language, "state": state}
    try:
        if print_get(**found) is None:
            print_make(document=document, language=language)
    except PrintUnavailable as error:
        raise MailLater("print", (str(error)[:240],) * 2) from None
    return print_get(**found)


def _send(row: MailSent, paper: DocumentPrint) -> str:
    settings = mail_settings_get(row.document.company)
    if settings is None:
        raise MailRefused("settings", TEXTS["settings"])
    message = message_made(row, settings, bytes(paper.content))
    recipients = [row.to, *([settings.copy_to] if settings.copy_to else [])]
    smtp_send(settings, message, recipients, before_data=lambda: _mark(row))
    return message["Subject"]


def _mark(row: MailSent) -> None:
    if not _mine(row).update(last_text=SENDING):
        raise MailLater("lost", TEXTS["paper"])


def message_made(row: MailSent, settings: MailSettings, pdf: bytes) -> EmailMessage:
    """The whole message; its Message-ID is the row's, so that a repeated one is recognised."""
    document = row.document
    subject, text = mail_words(document, settings, what=row.what, language=row.language)
    message = message_empty(settings, document.company.name, row.to, subject, text)
    message["Message-ID"] = f"<ksef-{row.pk}.{row.tries}@{settings.sender.rpartition('@')[2]}>"
    name = "potwierdzenie" if row.what == HandOver.What.CONFIRMATION else "faktura"
    message.add_attachment(
        pdf, maintype="application", subtype="pdf", filename=f"{name}-{document.pk}.pdf"
    )
    return message


def message_empty(
    settings: MailSettings, name: str, to: str, subject: str, text: str
) -> EmailMessage:
    """Headers and text. A line break in a header cannot start another one: it raises or is gone."""
    message = EmailMessage(policy=SMTP)
    shown = " ".join(printable(name).split())
    message["From"] = Address(display_name=shown, addr_spec=settings.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = " ".join(printable(subject).split())
    message["Date"] = format_datetime(clock.now())
    message.set_content(text)
    return message


def _sent(row: MailSent, paper: DocumentPrint, subject: str) -> None:
    with transaction.atomic():
        _mine(row).update(
            sent_at=clock.now(), lease_until=None, last_text="", subject=subject[:300]
        )
        handover_record(
            document=row.document,
            what=row.what,
            how=HandOver.How.MAIL,
            to=row.to,
            by=row.queued_by,
            paper=paper,
            was_allowed=True,
        )


def _later(row: MailSent, error: MailFailed) -> None:
    if row.tries > len(PAUSES):
        _fail(row, error)
        return
    pause = PAUSES[row.tries - 1]
    text = stored((error.pl, error.en))[:500]
    _mine(row).update(lease_until=None, not_before=clock.now() + pause, last_text=text)


def _fail(row: MailSent, error: MailFailed) -> None:
    """Given up: a person is told, and may send it again."""
    text = _short((error.pl, error.en))
    if not _mine(row).update(failed_at=clock.now(), lease_until=None, last_text=text):
        return
    document = row.document
    facts = {"number": document.number, "to": row.to}
    pl, en = TEXTS["failed"]
    notice_raise(
        company=document.company,
        environment=document.environment,
        key=f"mail:{row.pk}",
        kind="warn",
        text=(pl.format(why=error.pl, **facts), en.format(why=error.en, **facts)),
        path=reverse("invoice-detail", args=[document.company.nip, document.pk]),
    )
    audit("mail.failed", company=document.company, subject=document.number, to=row.to)


def _short(pair: Pair) -> str:
    """Both sentences as the column has room for them."""
    return stored(tuple(half[:249] for half in pair))


def mail_said(row: MailSent) -> str:
    """Why it waits or failed, in the active language."""
    return "" if row.last_text == SENDING else told(row.last_text)


def mail_test(*, settings: MailSettings, to: str, by: User) -> None:
    """Sends a short message to check the settings, at once. Raises MailFailed."""
    name = settings.company.name
    text = f"Poczta firmy {name} działa. / The mail of {name} works."
    message = message_empty(settings, name, to, "Test poczty / Mail test", text)
    smtp_send(settings, message, [to])
    audit("mail.test", company=settings.company, user=by, subject=to)
