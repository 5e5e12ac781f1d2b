"""What KSeF refused is withdrawn and replaced; what was never sent may be withdrawn."""

from django.db import transaction
from django.utils.translation import gettext as _

from invoices.models import Document, Draft, Submission
from invoices.services.delivery_states import NEVER_SENT, IllegalMove, State, move
from invoices.services.technical import draft_of, draft_open
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


def document_take_back(*, document: Document, user: User) -> Draft:
    """ "Wycofaj i popraw": withdraws what waits and never left; returns a draft of its content.

    Raises IllegalMove for anything that left or is about to, and for an invoice that waits in
    an offline mode: that one counts as issued on the day of P_1 (art. 106nda ust. 10). Raises
    LostRace when a worker took it at this moment.
    """
    with transaction.atomic():
        document = Document.objects.select_for_update().get(pk=document.pk)
        if document.submission.mode != Submission.Mode.ONLINE:
            raise IllegalMove("issued offline: only KSeF's answer ends its way")
        if document.submission.state == State.REFUSED:
            raise IllegalMove("refused: its replacement withdraws it")
        _refuse_left_environment(document)
        document_withdraw(document=document)
        audit("invoice.withdraw", company=document.company, user=user, subject=document.number)
    return document_repair(document=document, user=user)


def take_back_refusal(document: Document) -> str:
    """What a person is told whom `document_take_back` refused."""
    if document.submission.mode in NEVER_SENT:
        return _("Tej faktury nie ma w KSeF i nie ma czego wycofać: pomyłkę naprawia korekta.")
    return _("Tej faktury nie można już wycofać: poczekaj na odpowiedź KSeF.")


def document_repair(*, document: Document, user: User) -> Draft:
    """ "Popraw i wyślij ponownie": a new draft with the refused document's content and number.

    The refused document stays as it is until the replacement is issued. Calling it again
    returns the draft that is already open. Raises IllegalMove unless KSeF refused it or a
    person took it back, in the environment in which the company still works.
    """
    with transaction.atomic():
        # The row's lock: two people who press the button at once get the same draft.
        document = Document.objects.select_for_update().get(pk=document.pk)
        _refuse_repair(document)
        if open_draft := draft_open(document):
            return open_draft
        audit("invoice.repair", company=document.company, user=user, subject=document.number)
        return draft_of(document, user=user)


def can_be_repaired(document: Document) -> bool:
    """Whether KSeF refused it, or it was taken back and nothing has replaced it yet."""
    state = document.submission.state
    replaced = Document.objects.filter(replaces=document).exists()
    return state == State.REFUSED or (state == State.WITHDRAWN and not replaced)


def _refuse_repair(document: Document) -> None:
    if not can_be_repaired(document):
        raise IllegalMove(f"{document.submission.state}: only a refused document is repaired")
    _refuse_left_environment(document)


def _refuse_left_environment(document: Document) -> None:
    if document.environment != document.company.environment:
        raise IllegalMove(f"issued in {document.environment}, the company left it")
