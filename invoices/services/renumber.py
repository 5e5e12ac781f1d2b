"""What a person decides when KSeF has another document under our number (440)."""

from django.db import transaction

from invoices.models import Document, Draft
from invoices.services.delivery_states import State, attempt
from invoices.services.drafts import draft_save
from invoices.services.evidence import DUPLICATE
from invoices.services.series import DEFAULT_PATTERNS, number_preview
from invoices.services.telling import duplicate_untell
from invoices.services.withdraw import document_repair, document_withdraw
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import User


def is_duplicate(document: Document) -> bool:
    """Whether KSeF refused it because its number is taken."""
    row = document.submission
    return row.state == State.REFUSED and row.last_code == DUPLICATE


def next_number(document: Document) -> str:
    """The next free number of its series; empty for a kind without one."""
    if document.kind not in DEFAULT_PATTERNS:
        return ""
    return number_preview(company=document.company, kind=document.kind, on=document.issued_on)


def document_renumber(*, document: Document, user: User) -> Draft:
    """ "Wystaw naszą jako …": the repair draft with the next free number instead of the taken one.

    A number that a person has already put there stays. Raises IllegalMove, DraftConflict.
    """
    draft = document_repair(document=document, user=user)
    content = draft.content
    if content["Fa"].get("P_2") != document.number:
        return draft
    content = content | {"Fa": content["Fa"] | {"P_2": next_number(document)}}
    return draft_save(draft=draft, content=content, version=draft.version)


def duplicate_close(*, document: Document, user: User) -> None:
    """ "To ta sama faktura": a person found that KSeF has this very sale; ours is withdrawn.

    Raises IllegalMove unless KSeF refused it as a duplicate, or for an offline invoice: its
    codes were perhaps handed out and must lead somewhere.
    """
    with transaction.atomic():
        row = document.submission
        document_withdraw(document=document)
        number = row.facts.get("original_ksef_number", "")
        attempt(row, "person", "same", code=DUPLICATE, text=number)
        duplicate_untell(document)
        audit(
            "invoice.duplicate",
            company=document.company,
            user=user,
            subject=document.number,
            ksef_number=number,
        )
