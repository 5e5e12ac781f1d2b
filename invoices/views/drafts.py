"""Writing an invoice: the form, its drafts, the preview, and the moment of issue."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices.access import draft_get
from invoices.fa3 import facades, registry
from invoices.fa3 import tree as trees
from invoices.forms.merging import is_untouched
from invoices.models import Draft
from invoices.render import pdf, tongues
from invoices.services.contractors import OPTION
from invoices.services.drafts import DraftConflict, DraftIssued, draft_delete
from invoices.services.issue_checks import problems_of
from invoices.services.previews import MOST_LINES, PreviewTooLong, preview_make
from invoices.services.proforma import proforma_list
from invoices.services.proforma_checks import OPTION as PROFORMA
from invoices.services.proforma_checks import is_proforma
from invoices.services.seller import invoice_start
from invoices.views.contractors_pick import start_for
from invoices.views.form_actions import act, full_form_set
from invoices.views.form_page import (
    Posted,
    form_page,
    form_posted,
    key_posted,
    screen_stored,
)
from invoices.views.saving import (
    AUTOSAVE,
    conflict_answer,
    first_saved,
    issued_answer,
    saved,
    saved_answer,
)
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def invoice_new(request, company):
    """The empty form. The first POST makes the draft, whatever its button says.

    `?rodzaj=ZAL` begins with that kind of invoice, `?kontrahent=5` for a contractor,
    `?pro-forma=1` a pro forma.
    """
    asked = request.GET.get("rodzaj", "")
    kind = asked if asked in registry.ALL_KINDS else "VAT"
    tree = invoice_start(company, today=clock.today(), kind=kind)
    options = {PROFORMA: True} if request.GET.get("pro-forma") == "1" else {}
    if request.method == "GET":
        tree, options = start_for(request, company, tree, options)
        screen = screen_stored(request, tree)
        return form_page(request, company, screen, draft=None, options=options)
    posted = form_posted(request, company, tree, options)
    if posted.verb in ("full", AUTOSAVE) and is_untouched(posted.base or tree, posted.typed):
        return _untouched(request, company, posted)
    draft = first_saved(request, company, posted)
    if posted.verb == AUTOSAVE:
        return saved_answer(company, draft)
    return act(request, company, draft, posted)


def _untouched(request, company, posted: Posted) -> HttpResponse:
    """Nobody has typed anything yet: no draft is made of it."""
    if posted.verb == AUTOSAVE:
        return saved_answer(company, None)
    full_form_set(request, posted.what)
    query = {"rodzaj": trees.text(posted.typed, "Fa/RodzajFaktury")}
    query |= {"pro-forma": "1"} if is_proforma(posted.options) else {}
    query |= {"kontrahent": posted.options[OPTION]} if OPTION in posted.options else {}
    return redirect(f"{reverse('invoice-new', args=[company.nip])}?{urlencode(query)}")


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def draft_edit(request, company, pk):
    """The form of a draft; saved, checked or issued by the button that was pressed."""
    if proforma_list(company).filter(pk=pk).exists():  # the form of one, sent twice
        return redirect("proforma", company.nip, pk)
    draft = draft_get(company, pk)
    if request.method == "GET":
        return _draft_shown(request, company, draft)
    posted = form_posted(request, company, draft.content, draft.options)
    if draft.options.get("technical") and not draft.issued_as:
        return redirect("invoice-technical", company.nip, draft.replaces_id)
    return _draft_sent(request, company, draft, posted)


def _draft_shown(request, company, draft: Draft) -> HttpResponse:
    if draft.issued_as:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if draft.options.get("technical"):
        return redirect("invoice-technical", company.nip, draft.replaces_id)
    screen = screen_stored(request, draft.content, draft.options)
    if "sprawdz" in request.GET:
        screen.show_problems(problems_of(draft.content, company=company, draft=draft))
    return form_page(request, company, screen, draft=draft)


def _draft_sent(request, company, draft: Draft, posted: Posted) -> HttpResponse:
    was_waiting, before = draft.asked_at is not None, draft.version
    is_said = posted.typed == draft.content
    try:
        draft = saved(request, draft, posted)
    except DraftIssued as issued:
        return issued_answer(request, company, issued.document, posted, is_said=is_said)
    except DraftConflict as conflict:
        return conflict_answer(request, company, conflict.current, posted)
    if posted.verb == AUTOSAVE:
        is_stopped = was_waiting and draft.version != before
        return saved_answer(company, draft, was_waiting=is_stopped)
    return act(request, company, draft, posted)


@company_page(May.DRAFT)
@require_POST
def invoice_totals(request, company):
    """Totals of what stands in the form, for htmx; stores nothing."""
    key = key_posted(request.POST.get("draft"))
    draft = draft_get(company, key) if key else None
    tree = draft.content if draft else invoice_start(company, today=clock.today())
    posted = form_posted(request, company, tree, {})
    context = {"summary": facades.summary(posted.typed), "screen": posted.screen, "live": True}
    return render(request, "invoices/partials/totals.html", context)


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def draft_remove(request, company, pk):
    """Asks, then deletes a draft."""
    draft = draft_get(company, pk)
    if draft.issued_as:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if request.method == "GET":
        context = {
            "question": _("Usunąć ten szkic?"),
            "action": _("Usuń szkic"),
            "back": reverse("invoice-draft", args=[company.nip, draft.pk]),
            "summary": facades.summary(draft.content),
        }
        return render(request, "invoices/draft_delete.html", context)
    try:
        draft_delete(draft=draft, user=request.user)
    except DraftIssued as issued:
        return redirect("invoice-detail", company.nip, issued.document.pk)
    messages.success(request, _("Szkic usunięty."))
    return redirect("invoice-list", company.nip)


@company_page(May.VIEW)
@require_GET
def draft_pdf(request, company, pk):
    """The preview of a draft, rendered at once, up to 100 lines."""
    draft = draft_get(company, pk)
    try:
        content = preview_make(
            draft=draft, language=tongues.known(request.GET.get("jezyk"), _language(request))
        )
    except PreviewTooLong:
        text = _("Podgląd pokazujemy do %(most)d pozycji. Wydruk powstanie cały.")
        messages.warning(request, text % {"most": MOST_LINES})
        return redirect("invoice-draft", company.nip, draft.pk)
    except pdf.PrintUnavailable as error:
        text = _("Ten serwer nie może zrobić PDF. Brakuje: %(what)s")
        messages.error(request, text % {"what": error})
        return redirect("invoice-draft", company.nip, draft.pk)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{_("szkic")}.pdf"'
    return response


def _language(request) -> str:
    wanted = request.GET.get("jezyk") or get_language() or "pl"
    return "en" if wanted.startswith("en") else "pl"
