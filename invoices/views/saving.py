"""Saving a draft from its form: by a button, by itself, and after two people changed it."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from invoices.forms.merging import NotMergeable, merged
from invoices.models import Document, Draft
from invoices.services.accepting import warnings_posted
from invoices.services.draft_pages import page_remember, page_saved_last
from invoices.services.drafts import (
    DraftConflict,
    DraftIssued,
    draft_create,
    draft_once,
    draft_save,
)
from invoices.views.form_page import Posted, conflict_context, conflict_page, key_posted
from ksefapp.lib import clock

AUTOSAVE = "autosave"
DECISIONS = ("save-mine", "merge")


def first_saved(request, company, posted: Posted) -> Draft:
    """The draft of a new form: one for its key, however often the form is sent."""
    key = key_posted(request.POST.get("once")) or uuid4()
    known = Draft.objects.filter(pk=key, company=company, issued_as=None).first()
    if known and page_saved_last(known, posted.page, posted.turn):
        draft = _stored(request, known, posted, known.version)
    else:
        made = {"content": posted.typed, "options": posted.options}
        draft = draft_once(key=key, company=company, created_by=request.user, **made)
    return _settled(request, draft, posted)


def saved(request, draft: Draft, posted: Posted) -> Draft:
    """The draft with what the form says. Raises DraftConflict or DraftIssued."""
    if draft.issued_as:
        raise DraftIssued(draft.issued_as)
    if posted.verb in DECISIONS:
        return _decided(request, draft, posted)
    is_same = posted.typed == draft.content and posted.options == draft.options
    if is_same and posted.version == draft.version:
        return _settled(request, draft, posted)
    is_ours = page_saved_last(draft, posted.page, posted.turn)
    try:
        draft = _stored(request, draft, posted, draft.version if is_ours else posted.version)
    except DraftConflict as conflict:
        if conflict.current.content != posted.typed:
            raise
        draft = conflict.current  # the same form, sent twice
    return _settled(request, draft, posted)


def _settled(request, draft: Draft, posted: Posted) -> Draft:
    page_remember(draft, posted.page, posted.turn)
    warnings_posted(draft, request.user, request.POST)
    return draft


def _stored(request, draft: Draft, posted: Posted, version: int, content=None) -> Draft:
    return draft_save(
        draft=draft,
        content=posted.typed if content is None else content,
        version=version,
        options=posted.options,
        saved_by=request.user,
    )


def _decided(request, draft: Draft, posted: Posted) -> Draft:
    """Mine instead of theirs, or both: of the version that the person was shown, no later one."""
    shown = int(posted.what) if posted.what.isdecimal() and len(posted.what) < 10 else 0
    if shown != draft.version:
        raise DraftConflict(draft)
    content = posted.typed
    if posted.verb == "merge":
        content = _merged(draft, posted)
        messages.success(request, _("Obie wersje są połączone w tym szkicu."))
    return _settled(request, _stored(request, draft, posted, shown, content), posted)


def _merged(draft: Draft, posted: Posted) -> dict:
    if posted.base is None:
        raise DraftConflict(draft)
    try:
        return merged(posted.base, draft.content, posted.typed)
    except NotMergeable:
        raise DraftConflict(draft) from None


def saved_beside(request, company, posted: Posted) -> HttpResponse:
    """ "Zapisz moją wersję obok": a draft of its own."""
    made = {"content": posted.typed, "options": posted.options}
    beside = draft_create(company=company, created_by=request.user, **made)
    messages.success(request, _("Twoja wersja jest zapisana obok, jako osobny szkic."))
    return redirect("invoice-draft", company.nip, beside.pk)


def conflict_answer(request, company, current: Draft, posted: Posted) -> HttpResponse:
    """The page that asks what to do; for a form that saves itself, only the question."""
    if posted.verb == "save-beside":
        return saved_beside(request, company, posted)
    if posted.verb != AUTOSAVE:
        return conflict_page(request, company, current, posted)
    context = conflict_context(request, current, posted)
    html = render_to_string("invoices/partials/conflict.html", context, request)
    return JsonResponse({"state": "conflict", "html": html}, status=409)


def saved_answer(company, draft: Draft | None, *, was_waiting: bool = False) -> JsonResponse:
    """For a form that saved itself; without a draft there was nothing to save."""
    if draft is None:
        return JsonResponse({"state": "untouched"})
    at = f"{clock.warsaw(draft.updated_at):%H:%M}"
    return JsonResponse(
        {
            "state": "saved",
            "draft": str(draft.pk),
            "url": reverse("invoice-draft", args=[company.nip, draft.pk]),
            "version": draft.version,
            "at": at,
            "text": _("Zapisano %(at)s") % {"at": at},
            "note": _("Korekta nie wystawi się już sama.") if was_waiting else "",
        }
    )


def issued_answer(
    request, company, document: Document, posted: Posted, *, is_said: bool
) -> HttpResponse:
    """For a form whose draft became a document meanwhile; `is_said`: it says what was issued."""
    if posted.verb == AUTOSAVE:
        html = render_to_string("invoices/partials/conflict.html", {"issued": document}, request)
        return JsonResponse({"state": "issued", "html": html}, status=409)
    if posted.verb == "save-beside":
        return saved_beside(request, company, posted)
    if not is_said:
        text = _("Ten szkic był już wystawiony. Późniejszych zmian z formularza nie zapisaliśmy.")
        messages.warning(request, text)
    return redirect("invoice-detail", company.nip, document.pk)
