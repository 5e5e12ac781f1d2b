"""The page of a company's KSeF environment, and the guided step to production."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from ksefapp.accounts.environments import MoveRefused, environment_move, move_list, move_reasons
from ksefapp.accounts.forms import ProductionForm
from ksefapp.accounts.hooks import leaving_hooks, refusals
from ksefapp.accounts.models import Company, Environment
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@company_page(May.ENVIRONMENT)
def environment(request, company: Company):
    """Where the company's invoices go; POST moves it, except to production."""
    if request.method != "POST":
        return _page(request, company)
    wanted = request.POST.get("environment", "")
    if wanted == Environment.PRODUCTION:
        return redirect("environment-production", company.nip)
    if wanted not in Environment.values:
        return _page(request, company, problems=[_problem(_("Wybierz jedno ze środowisk."))])
    return _move(request, company, wanted)


@company_page(May.ENVIRONMENT)
def production(request, company: Company):
    """The last step before invoices have legal effect: conditions, consequences, the NIP."""
    if company.is_real:
        return redirect("environment", company.nip)
    reasons = move_reasons(company, Environment.PRODUCTION)
    form = ProductionForm(request.POST or None, company=company)
    if request.method == "POST" and not reasons and form.is_valid():
        return _move(request, company, Environment.PRODUCTION)
    context = {"form": form, "reasons": reasons, "back": reverse("environment", args=[company.nip])}
    status = 422 if form.errors or (reasons and request.method == "POST") else 200
    return render(request, "accounts/production.html", context, status=status)


def _move(request, company: Company, wanted: str):
    notes = refusals(leaving_hooks, company)
    try:
        row = environment_move(company=company, environment=wanted, by=request.user)
    except MoveRefused as error:
        return _page(request, company, problems=[_problem(reason) for reason in error.reasons])
    messages.success(
        request,
        _("Firma pracuje teraz w środowisku: %(name)s.") % {"name": row.get_environment_display()},
    )
    for note in notes:
        messages.warning(request, note)
    return redirect("environment", company.nip)


def _page(request, company: Company, problems: list[dict] | None = None):
    context = {"moves": move_list(company), "refused": problems or []}
    status = 422 if problems else 200
    return render(request, "accounts/environment.html", context, status=status)


def _problem(text: str) -> dict:
    return {"text": text, "href": "#environments"}
