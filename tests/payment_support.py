"""Documents with an amount, corrected and paid."""

from decimal import Decimal

from invoices.models import Document, DocumentLink, Submission
from invoices.services.issue import invoice_issue
from invoices.services.payments import payment_add, standing_get
from invoices.services.withdraw import document_repair
from ksefapp.lib import clock
from tests.invoice_support import issued
from tests.paper_support import numbered


def sold(company, user, *, gross: str = "123.00", state: str = "accepted", **row) -> Document:
    """An issued document with these columns, without asking any KSeF."""
    document = issued(company, user)
    Document.objects.filter(pk=document.pk).update(gross=Decimal(gross), **row)
    Submission.objects.filter(document=document).update(state=state)
    if state == "accepted":
        return numbered(document)
    return Document.objects.get(pk=document.pk)


def corrected(company, user, *originals, gross: str, state: str = "accepted") -> Document:
    """A correction of these by so much."""
    row = sold(company, user, gross=gross, state=state, kind="KOR")
    for original in originals:
        DocumentLink.objects.create(document=row, other=original, what="corrects")
    return row


def refused_and_repaired(document: Document, user) -> Document:
    """What takes the place of a refused invoice."""
    Submission.objects.filter(document=document).update(state="refused")
    row = Document.objects.select_related("submission", "company").get(pk=document.pk)
    draft = document_repair(document=row, user=user)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today())


def paid(document, user, amount: str, **options):
    """Money that came today."""
    options = {"received_on": clock.today()} | options
    return payment_add(document=document, amount=Decimal(amount), by=user, **options)


def stands(document) -> tuple[str, Decimal]:
    """(state, rest)."""
    now = standing_get(document)
    return now.state, now.rest
