"""Pro formas: the list, the page of one, its print, the invoice made of it."""

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from invoices.access import proforma_get
from invoices.models import Document, Proforma
from invoices.render import pdf, tongues, view
from invoices.services.previews import MOST_LINES, PreviewTooLong
from invoices.services.proforma import (
    ProformaRefused,
    proforma_cancel,
    proforma_invoice,
    proforma_list,
    proforma_pdf,
    proforma_restore,
)
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

PER_PAGE = 25


@company_page(May.VIEW)
@require_GET
def proforma_list_page(request, company):
    """Pro formas of the company, newest first, narrowed by words."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    page = Paginator(proforma_list(company, words), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "q": words,
        "may_draft": may_do(actor_of(request), company, May.DRAFT),
    }
    return render(request, "invoices/proforma_list.html", context)


@company_page(May.VIEW)
@require_GET
def proforma_page(request, company, pk):
    """What was offered, and what became of it."""
    row = proforma_get(company, pk)
    here = row.environment == company.environment
    actor = actor_of(request)
    is_open = here and row.invoice_id is None and row.cancelled_at is None
    context = {
        "proforma": row,
        "content": _content(row, _screen_language(request)),
        "may_invoice": is_open and may_do(actor, company, May.DRAFT),
        "may_cancel": is_open and may_do(actor, company, May.ISSUE),
        "may_restore": here and row.cancelled_at and may_do(actor, company, May.ISSUE),
        "can_print": pdf.available() is None,
    }
    return render(request, "invoices/proforma.html", context)


def _content(row: Proforma, language: str) -> view.Document:
    """What was offered; the small print of an FA(3) file is no part of it."""
    shown = view.document(row.content, language=language)
    return replace(shown, sections=[each for each in shown.sections if each.key != "small"])


def _screen_language(request) -> str:
    return "en" if getattr(request, "LANGUAGE_CODE", "pl").startswith("en") else "pl"


@company_page(May.VIEW)
@require_GET
def proforma_print(request, company, pk):
    """The PDF, made at once, up to 100 lines."""
    row = proforma_get(company, pk)
    wanted = tongues.known(request.GET.get("jezyk"), _screen_language(request))
    try:
        content = proforma_pdf(proforma=row, language=wanted)
    except PreviewTooLong:
        text = _("Pro formę drukujemy do %(most)d pozycji.")
        messages.warning(request, text % {"most": MOST_LINES})
        return redirect("proforma", company.nip, row.pk)
    except pdf.PrintUnavailable as error:
        text = _("Ten serwer nie może zrobić PDF. Brakuje: %(what)s")
        messages.error(request, text % {"what": error})
        return redirect("proforma", company.nip, row.pk)
    response = HttpResponse(content, content_type="application/pdf")
    name = pdf.file_name(row.number).removesuffix(".xml")
    response["Content-Disposition"] = f'inline; filename="pro-forma-{name}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@company_page(May.DRAFT)
@require_POST
def proforma_to_invoice(request, company, pk):
    """One click: a new draft of the invoice, the draft that is open, or the invoice itself."""
    row = proforma_get(company, pk)
    is_advance = request.POST.get("kind") == "ZAL"
    try:
        found = proforma_invoice(proforma=row, user=request.user, advance=is_advance)
    except ProformaRefused as refusal:
        return _refused(request, row, refusal)
    if isinstance(found, Document):
        return redirect("invoice-detail", company.nip, found.pk)
    return redirect("invoice-draft", company.nip, found.pk)


@company_page(May.ISSUE)
@require_POST
def proforma_withdraw(request, company, pk):
    """The offer does not stand any more."""
    done = _("Pro forma jest anulowana. Jej numer zostaje zajęty.")
    return _moved(request, proforma_get(company, pk), proforma_cancel, done)


@company_page(May.ISSUE)
@require_POST
def proforma_back(request, company, pk):
    """The offer is back."""
    done = _("Pro forma jest przywrócona. Możesz z niej wystawić fakturę.")
    return _moved(request, proforma_get(company, pk), proforma_restore, done)


def _moved(request, row: Proforma, service, done: str) -> HttpResponse:
    try:
        service(proforma=row, user=request.user)
    except ProformaRefused as refusal:
        return _refused(request, row, refusal)
    messages.success(request, done)
    return redirect("proforma", row.company.nip, row.pk)


def _refused(request, row: Proforma, refusal: ProformaRefused) -> HttpResponse:
    messages.error(request, refusal.message())
    return redirect("proforma", row.company.nip, row.pk)
