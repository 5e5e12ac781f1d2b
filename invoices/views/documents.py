"""The page of an issued invoice and its files."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from invoices.access import document_get
from invoices.fa3.parse import parse
from invoices.models import Document, Submission
from invoices.render import qr, view
from invoices.services.accepting import accepted_list
from invoices.services.delivery_states import FINAL, IllegalMove, LostRace, State
from invoices.services.jpk_mark import changes_later, mark_of
from invoices.services.prints import kod1_link, print_get
from invoices.services.renumber import is_duplicate
from invoices.services.technical import can_be_corrected
from invoices.services.withdraw import (
    can_be_repaired,
    document_repair,
    document_take_back,
    take_back_refusal,
)
from invoices.views.detail_parts import parts_context
from invoices.views.duplicates import duplicate_context
from invoices.views.handover import handover_context, print_answer
from invoices.views.searching import search_context
from invoices.views.terms import term_of
from invoices.views.timeline import delivery_sentence, history, stations
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

STOP_POLLING = 286  # htmx: swap this answer in and ask no more


@company_page(May.VIEW)
@require_GET
def invoice_detail(request, company, pk):
    """State first, then the content, the codes, the files, the history."""
    document = document_get(company, pk)
    tree = parse(bytes(document.file.content))
    context = _state_context(request, company, document) | {
        "content": view.document(tree, language=_language(request)),
        "accepted": accepted_list(document, _language(request)),
        **handover_context(document, request.user),
        **parts_context(request, document),
    }
    return render(request, "invoices/detail.html", context)


@company_page(May.VIEW)
@require_GET
def invoice_state(request, company, pk):
    """The part that changes: state, route, files, history. Asked by htmx until it is final."""
    document = document_get(company, pk)
    context = _state_context(request, company, document)
    if done := not context["moving"]:
        context |= handover_context(document, request.user)
    return render(
        request, "invoices/partials/state.html", context, status=STOP_POLLING if done else 200
    )


def _state_context(request, company, document: Document) -> dict:
    submission = document.submission
    upo = getattr(document, "upo", None)
    stored = print_get(document=document, language="pl")
    link = kod1_link(document) if document.ksef_number else ""
    return {
        "document": document,
        "submission": submission,
        "sentence": delivery_sentence(document),
        "jpk_mark": mark_of(document, clock.today()),
        "jpk_changes": changes_later(document, clock.today()),
        "term": term_of(document),
        "stations": stations(document, upo),
        "history": history(document, upo),
        "upo": upo,
        "print": stored,
        "link": link,
        "qr": qr.data_uri(link) if link else "",
        "moving": not _is_settled(submission, upo, stored),
        "replaced_by": getattr(document, "replaced_by", None),
        "search": search_context(document),
        "duplicate": duplicate_context(document, may=_may_change(request, company, document)),
        **_offers(request, company, document),
    }


def _offers(request, company, document: Document) -> dict:
    """What this person may do with it now."""
    row, may = document.submission, _may_change(request, company, document)
    technical = may and can_be_corrected(document)
    # What is beside another document's number has its own buttons there.
    repair = can_be_repaired(document) and not (technical or is_duplicate(document))
    # What is queued is gone in a second: only what waits is worth a button.
    waits_online = row.state == State.WAITING and row.mode == Submission.Mode.ONLINE
    return {
        "may_technical": technical,
        "may_repair": may and repair,
        "may_take_back": may and waits_online,
        "may_turn": may and waits_online,
    }


def _may_change(request, company, document: Document) -> bool:
    here = document.environment == company.environment
    return here and may_do(actor_of(request), company, May.ISSUE)


def _is_settled(submission, upo, stored) -> bool:
    if submission.state == State.ACCEPTED:
        return upo is not None and stored is not None
    return submission.state in FINAL or submission.state == State.REFUSED


@company_page(May.VIEW)
@require_GET
def invoice_xml(request, company, pk):
    """The frozen bytes."""
    document = document_get(company, pk)
    return _file(bytes(document.file.content), "application/xml", f"{document.pk}.xml")


@company_page(May.VIEW)
@require_GET
def invoice_upo(request, company, pk):
    """The UPO as KSeF signed it; 404 while there is none."""
    document = document_get(company, pk)
    upo = getattr(document, "upo", None)
    if upo is None:
        raise Http404("no UPO yet")
    return _file(upo.xml, "application/xml", f"UPO-{document.ksef_number}.xml")


@company_page(May.VIEW)
@require_GET
def invoice_pdf(request, company, pk):
    """The stored print, 202 while the worker makes it, or why there may be none."""
    return print_answer(request, document_get(company, pk))


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@company_page(May.ISSUE)
@require_POST
def invoice_repair(request, company, pk):
    """ "Popraw i wyślij ponownie": opens a draft with the refused content and number."""
    refusal = _("Poprawić można tylko fakturę, którą KSeF odrzucił w tym środowisku.")
    return _to_draft(request, company, pk, document_repair, refusal)


@company_page(May.ISSUE)
@require_POST
def invoice_take_back(request, company, pk):
    """ "Wycofaj i popraw": what waits and never left is withdrawn; opens a draft of it."""
    refusal = take_back_refusal(document_get(company, pk))
    done = _("Faktura jest wycofana i nie wyjdzie do KSeF. Popraw ją i wystaw.")
    return _to_draft(request, company, pk, document_take_back, refusal, done)


def _to_draft(request, company, pk, service, refusal: str, done: str = "") -> HttpResponse:
    """The draft that the service makes of a document, or the document's page and why not."""
    document = document_get(company, pk)
    try:
        draft = service(document=document, user=request.user)
    except (IllegalMove, LostRace):
        messages.error(request, refusal)
        return redirect("invoice-detail", company.nip, document.pk)
    if done:
        messages.success(request, done)
    return redirect("invoice-draft", company.nip, draft.pk)


def _language(request) -> str:
    return "en" if getattr(request, "LANGUAGE_CODE", "pl").startswith("en") else "pl"
