"""Invoices that are mailed by themselves once the buyer may have them: with the KSeF number, or
at issue where there will never be one. Queued in the transaction of that very fact, so once.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from invoices.fa3.parse import parse
from invoices.fa3.problems import FaXmlError
from invoices.fa3.tree import Tree, groups, text
from invoices.models import Document, Draft, HandOver, MailSent
from invoices.services.delivery_states import NEVER_SENT
from invoices.services.doorbell import ring
from invoices.services.handover import language_for
from invoices.services.papers import may_hand_over
from ksefapp.accounts.models import User

CONTACTS = "Podmiot2/DaneKontaktowe"
OF_CONTRACTOR = Q(contractor__mail_when_numbered=True) & ~Q(contractor__email="")
OF_RHYTHM = Q(recurring_run__recurring__mails_itself=True)


def mails_order(documents: Iterable[UUID]) -> int:
    """Puts on the list what of these is mailed by itself and may go now; returns how many.

    Called in the transaction that makes the invoice handable. Never a withdrawn one, never what
    waits or went to that address already.
    """
    with transaction.atomic():
        made = sum(_order(row) for row in _wanted(documents))
    if made:
        transaction.on_commit(lambda: ring("mail_task"))
    return made


def mail_outside(document: Document, tree: Tree, draft: Draft, by: User) -> None:
    """A step of the issue: what KSeF will never have may be mailed at once."""
    if document.submission.mode in NEVER_SENT:
        mails_order([document.pk])


def mail_expected(document: Document) -> str:
    """The address to which it will go by itself once it has its number; "" where it will not."""
    if document.ksef_number or document.submission.mode in NEVER_SENT:
        return ""
    row = _wanted([document.pk]).first()
    return recipient(row)[0] if row else ""


def recipient(document: Document) -> tuple[str, str]:
    """(address, language) for this buyer: the contractor's, else what the invoice itself says."""
    contractor = document.contractor
    language = (contractor.language if contractor else "") or language_for(document)
    to = (contractor.email if contractor else "") or _address_inside(document)
    return to, language


def _wanted(documents: Iterable[UUID]) -> QuerySet[Document]:
    rows = Document.objects.filter(OF_CONTRACTOR | OF_RHYTHM, pk__in=list(documents))
    rows = rows.filter(withdrawn_at=None).order_by("issued_at")
    return rows.select_related("company", "submission", "contractor", "issued_by")


def _order(document: Document) -> bool:
    to, language = recipient(document)
    what = HandOver.What.INVOICE
    if not to or what not in may_hand_over(document):
        return False
    same = MailSent.objects.filter(document=document, what=what, to=to, failed_at=None)
    if same.exists():
        return False
    MailSent.objects.create(document=document, what=what, to=to, language=language)
    return True


def _address_inside(document: Document) -> str:
    try:
        tree = parse(bytes(document.file.content))
    except FaXmlError:
        return ""
    return next((found for row in groups(tree, CONTACTS) if (found := text(row, "Email"))), "")
