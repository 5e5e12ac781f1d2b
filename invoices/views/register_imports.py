"""Registers as CSV: out, and in by way of a page that first says what would happen."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from invoices.forms.csv_lines import MOST_BYTES, SheetRefused, decoded
from invoices.models import PriceList
from invoices.services.register_csv import (
    CHANGED,
    NEW,
    REFUSED,
    Plan,
    Register,
    plan_do,
    plan_of,
    refused_out,
    table_out,
)
from invoices.services.register_csv_kinds import Contractors, Products
from invoices.services.register_csv_prices import Prices
from invoices.services.registers import row_get
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

SHOWN = 200  # rows of a preview; the counts are of all
ORDER = (REFUSED, CHANGED, NEW)


@company_page(May.CONTRACTORS)
@require_http_methods(["GET", "POST"])
def contractor_import(request, company):
    """Contractors of a file."""
    back = reverse("contractor-list", args=[company.nip]), _("Kontrahenci")
    return _import(request, company, Contractors(company), _("Kontrahenci z pliku CSV"), back)


@company_page(May.CONTRACTORS)
@require_http_methods(["GET", "POST"])
def product_import(request, company):
    """Products of a file."""
    back = reverse("product-list", args=[company.nip]), _("Produkty i usługi")
    return _import(request, company, Products(company), _("Produkty z pliku CSV"), back)


@company_page(May.CONTRACTORS)
@require_http_methods(["GET", "POST"])
def price_list_import(request, company, pk):
    """Prices of a file for one list."""
    row = row_get(PriceList, company, pk)
    back = reverse("product-prices", args=[company.nip, row.pk]), row.name
    title = _("Ceny z pliku CSV: %(name)s") % {"name": row.name}
    return _import(request, company, Prices(row), title, back)


@company_page(May.VIEW)
@require_GET
def contractor_csv(request, company):
    """All living contractors."""
    return _file(table_out(Contractors(company)), _("kontrahenci"))


@company_page(May.VIEW)
@require_GET
def product_csv(request, company):
    """All living products."""
    return _file(table_out(Products(company)), _("produkty"))


@company_page(May.VIEW)
@require_GET
def price_list_csv(request, company, pk):
    """All living products with their prices on this list."""
    return _file(table_out(Prices(row_get(PriceList, company, pk))), _("cennik"))


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _import(
    request, company, register: Register, title: str, back: tuple[str, str]
) -> HttpResponse:
    context = {"title": title, "columns": list(register.columns.values())}
    context["back"], context["back_name"] = back
    if request.method == "GET":
        return render(request, "registers/import.html", context)
    try:
        text = _text(request)
        return _answered(request, company, register, text, context)
    except SheetRefused as refused:
        context["refused"] = str(refused)
        return render(request, "registers/import.html", context, status=422)


def _text(request) -> str:
    file = request.FILES.get("file")
    if file and file.size > MOST_BYTES:
        raise SheetRefused(_("Plik jest za duży: najwięcej 8 MB."))
    return decoded(file.read()) if file else request.POST.get("text", "")


def _answered(request, company, register, text: str, context: dict) -> HttpResponse:
    action = request.POST.get("action", "")
    if action == "refused":
        return _file(refused_out(plan_of(text, register)), _("odrzucone"))
    if action != "take":
        plan = plan_of(text, register)
        return render(request, "registers/import.html", context | _shown(plan, text))
    plan = plan_do(text, register, company, request.user)
    told = plan.counts
    said = _("Wczytane. Nowe: %(new)d, zmienione: %(changed)d, bez zmian: %(same)d.") % told
    messages.success(request, said)
    if not plan.of(REFUSED):
        return redirect(context["back"])
    # What was refused stays on the page until the person has it.
    done = _shown(plan, text) | {"is_done": True}
    return render(request, "registers/import.html", context | done)


def _shown(plan: Plan, text: str) -> dict:
    wanted = [entry for state in ORDER for entry in plan.of(state)]
    return {
        "plan": plan,
        "counts": plan.counts,
        "to_take": plan.counts[NEW] + plan.counts[CHANGED],
        "entries": wanted[:SHOWN],
        "more": max(0, len(wanted) - SHOWN),
        "text": text,
    }
