"""What KSeF refused is withdrawn and replaced; what was never sent may be withdrawn."""

from django.db import transaction

from invoices.fa3.parse import parse
from invoices.models import Document, Draft, Submission
from invoices.services.delivery_states import IllegalMove, State, move
from invoices.services.drafts import draft_create
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import User
from ksefapp.lib import clock


def document_withdraw(*, document: Document) -> None:
    """Marks the document as withdrawn, once; its number is free again.

    Raises IllegalMove for anything that KSeF has, may have, or is about to get.
    """
    with transaction.atomic():
        submission = Submission.objects.get(document=document)
        move(submission, State.WITHDRAWN, not_before=None)
        Document.objects.filter(pk=document.pk, withdrawn_at=None).update(withdrawn_at=clock.now())
    document.refresh_from_db()


def document_repair(*, document: Document, user: User) -> Draft:
    """ "Popraw i wyślij ponownie": a new draft with the refused document's content and number.

    The refused document stays as it is until the replacement is issued. Calling it again
    returns the draft that is already open. Raises IllegalMove unless KSeF refused it, in the
    environment in which the company still works.
    """
    with transaction.atomic():
        # The row's lock: two people who press the button at once get the same draft.
        document = Document.objects.select_for_update().get(pk=document.pk)
        _refuse_repair(document)
        open_draft = Draft.objects.filter(replaces=document, issued_as=None).first()
        if open_draft:
            return open_draft
        audit("invoice.repair", company=document.company, user=user, subject=document.number)
        return draft_create(
            company=document.company,
            content=_content(document),
            created_by=user,
            replaces=document,
        )


def _refuse_repair(document: Document) -> None:
    if document.submission.state != State.REFUSED:
        raise IllegalMove(f"{document.submission.state}: only a refused document is repaired")
    if document.environment != document.company.environment:
        raise IllegalMove(f"issued in {document.environment}, the company left it")


def _content(document: Document) -> dict:
    """The tree of the refused bytes; the stamp of the old issue is made anew."""
    tree = parse(bytes(document.file.content))
    tree.get("Naglowek", {}).pop("DataWytworzeniaFa", None)
    tree.get("Naglowek", {}).pop("SystemInfo", None)
    return tree
