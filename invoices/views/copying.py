"""Duplicating: a new draft like an issued invoice or another draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from invoices.access import document_get
from invoices.models import Document, Draft
from invoices.services.duplicate_new import (
    Copy,
    CopyRefused,
    document_copy,
    draft_copy,
    may_be_copied,
)
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@company_page(May.DRAFT)
@require_POST
def invoice_copy(request, company, pk):
    """ "Powiel" on an invoice's page and in the list."""
    document = document_get(company, pk)
    try:
        copy = document_copy(document=document, user=request.user)
    except CopyRefused as refusal:
        messages.error(request, refusal.message())
        return redirect("invoice-detail", company.nip, document.pk)
    return copy_shown(request, company, copy)


def draft_copied(request, company, draft: Draft) -> HttpResponse:
    """ "Powiel" in the form of a draft, once the draft is saved."""
    try:
        copy = draft_copy(draft=draft, user=request.user)
    except CopyRefused as refusal:
        messages.error(request, refusal.message())
        return redirect("invoice-draft", company.nip, draft.pk)
    return copy_shown(request, company, copy)


def copy_shown(request, company, copy: Copy) -> HttpResponse:
    """The form of the new draft, with what to look at."""
    text = _("To nowy szkic z dzisiejszą datą, bez numeru.")
    messages.success(request, f"{text} {copy.told()}".strip())
    return redirect("invoice-draft", company.nip, copy.draft.pk)


def copying_part(request, document: Document) -> dict:
    """For partials/intents.html: whether this person may begin a copy or a rhythm here."""
    may_draft = may_do(actor_of(request), document.company, May.DRAFT)
    return {"may_copy": may_draft and may_be_copied(document)}
