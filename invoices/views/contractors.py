"""Contractors: the list, one on its page, into the archive and back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices.forms.contractors import ContractorForm
from invoices.models import Contractor
from invoices.services.contractor_totals import bought, documents_of
from invoices.services.contractors import duplicates_of
from invoices.services.registers import RegisterConflict, row_archive, row_get, row_save
from invoices.views.lookups import contractor_looked_up
from invoices.views.register_list import register_page, seen_posted
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

LATEST = 5


@company_page(May.VIEW)
@require_GET
def contractor_list(request, company):
    """Living contractors, or the archive, narrowed by words."""
    context = register_page(request, company, Contractor)
    return render(request, "registers/contractors.html", context)


@company_page(May.CONTRACTORS)
@require_http_methods(["GET", "POST"])
def contractor_new(request, company):
    """The empty form."""
    row = Contractor(company=company)
    if request.method == "POST":
        return _saved(request, company, row)
    return _page(request, ContractorForm(company=company, row=row))


@company_page(May.VIEW)
@require_GET
def contractor(request, company, pk):
    """One contractor: its data and its invoices."""
    row = row_get(Contractor, company, pk)
    return _page(request, ContractorForm(company=company, row=row))


@company_page(May.CONTRACTORS)
@require_POST
def contractor_edit(request, company, pk):
    """Changed data of a contractor; what was issued stays as it is."""
    return _saved(request, company, row_get(Contractor, company, pk))


def _saved(request, company, row: Contractor) -> HttpResponse:
    if request.POST.get("action") == "lookup":
        found = contractor_looked_up(request, company)
        return _page(request, ContractorForm(found, company=company, row=row))
    form = ContractorForm(request.POST, company=company, row=row)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        seen = seen_posted(request)
        saved = row_save(row=row, values=form.found.values, by=request.user, seen=seen)
    except RegisterConflict as conflict:
        form.row = conflict.current
        return _page(request, form, status=409, is_changed=True)
    _say(request, company, saved, form)
    return redirect("contractor", company.nip, saved.pk)


def _say(request, company, row: Contractor, form: ContractorForm) -> None:
    """What is worth a look does not stop anybody."""
    messages.success(request, _("Kontrahent zapisany."))
    for text in form.found.warnings.values():
        messages.warning(request, text)
    for other in duplicates_of(company, form.found.values, but=row):
        url = reverse("contractor", args=[company.nip, other.pk])
        link = format_html('<a href="{}">{}</a>', url, other.name)
        text = _("Ten sam numer ma już: {link}. Zostaw oba, jeśli to osobne oddziały.")
        messages.warning(request, format_html(text, link=link))


def _page(
    request, form: ContractorForm, *, status: int = 200, is_changed: bool = False
) -> HttpResponse:
    row, company = form.row, request.company
    context = {
        "form": form,
        "row": row,
        "is_changed": is_changed,
        "may_change": may_do(actor_of(request), company, May.CONTRACTORS),
    }
    if row.pk:
        documents = documents_of(row).select_related("submission")
        context |= {"bought": bought(row), "documents": documents[:LATEST]}
    return render(request, "registers/contractor.html", context, status=status)


@company_page(May.CONTRACTORS)
@require_POST
def contractor_archive(request, company, pk):
    """Into the archive, or with `action=restore` back."""
    row = row_get(Contractor, company, pk)
    is_back = request.POST.get("action") == "restore"
    row_archive(row=row, by=request.user, archived=not is_back)
    texts = _("Kontrahent jest znowu na liście."), _("Kontrahent jest w archiwum.")
    messages.success(request, texts[not is_back])
    return redirect("contractor", company.nip, row.pk)
