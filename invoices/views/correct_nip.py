"""A wrong NIP of the buyer, mended in one step: two documents, or none."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.access import document_get
from invoices.fa3 import facades, registry
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import CannotCorrect
from invoices.forms.correct import WHY_NOT, BuyerForm
from invoices.models import Document
from invoices.services.correct import standing_of
from invoices.services.correct_buyer import (
    REASON,
    Plan,
    WrongBuyerRefused,
    wrong_buyer_plan,
    wrong_buyer_settle,
)
from invoices.services.issue_checks import SEAT, SEAT_UNKNOWN, STOPS
from invoices.views.correct import has_guide, refusal_of
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

ISSUE = "issue"


@company_page(May.CORRECT)
@require_http_methods(["GET", "POST"])
def correct_nip(request, company, pk):
    """The right buyer is typed, both documents are shown, one button issues both."""
    document = document_get(company, pk)
    if refusal := refusal_of(document):
        messages.error(request, refusal)
        return redirect("invoice-detail", company.nip, document.pk)
    if not has_guide(document):  # a correction: its original is where one begins
        return redirect("correct-start", company.nip, document.pk)
    form = BuyerForm(request.POST or None, initial=_former(document) | {"reason": REASON})
    if request.method == "GET" or not form.is_valid():
        return _page(request, document, form)
    if request.POST.get("action") == ISSUE:
        return _settled(request, company, document, form)
    return _planned(request, document, form)


def _former(document: Document) -> dict[str, str]:
    """Name and address as they stand: often only the number was wrong."""
    party = facades.party(standing_of(document), "Podmiot2")
    lines = (*party.address, "", "")
    known = {"name": party.name, "country": party.country or "PL"}
    return known | {"address_l1": lines[0], "address_l2": lines[1]}


def _given(form: BuyerForm) -> dict[str, Any]:
    data = form.cleaned_data
    return {"buyer": form.buyer(), "reason": data["reason"], "seat": data[SEAT]}


def _planned(request, document: Document, form: BuyerForm) -> HttpResponse:
    try:
        plan = wrong_buyer_plan(original=document, **_given(form))
    except CannotCorrect as refused:
        form.add_error("nip", WHY_NOT[refused.code])
        return _page(request, document, form)
    for problem in plan.anew_problems:
        if problem.rule == SEAT_UNKNOWN:  # asked and told at its own place
            form.add_error(SEAT, problem.message(get_language() or "pl"))
    return _page(request, document, form, plan)


def _settled(request, company, document: Document, form: BuyerForm) -> HttpResponse:
    try:
        made = wrong_buyer_settle(
            original=document,
            **_given(form),
            user=request.user,
            accept=frozenset(request.POST.getlist("accept")),
        )
    except CannotCorrect as refused:
        form.add_error("nip", WHY_NOT[refused.code])
        return _page(request, document, form)
    except WrongBuyerRefused:
        # What refused it is what the plan says of both documents.
        return _planned(request, document, form)
    text = _("Wystawiliśmy korektę %(zero)s i nową fakturę %(anew)s.")
    messages.success(request, text % {"zero": made.correction, "anew": made.invoice})
    return redirect("invoice-detail", company.nip, made.invoice.pk)


def _page(request, document: Document, form: BuyerForm, plan: Plan | None = None) -> HttpResponse:
    context = {"document": document, "form": form, "plan": None}
    if plan is not None:
        context |= _plan_context(document, plan)
    blocked = form.errors or context.get("blocked")
    return render(request, "invoices/correct_nip.html", context, status=422 if blocked else 200)


def _plan_context(document: Document, plan: Plan) -> dict:
    sides = [
        _side(_("Korekta do zera"), plan.zero, plan.zero_problems),
        _side(_("Nowa faktura"), plan.anew, plan.anew_problems),
    ]
    stops = {p.rule: p for p in plan.problems if p.severity != "block" and p.rule in STOPS}
    language = get_language() or "pl"
    return {
        "plan": sides,
        "blocked": any(p.severity == "block" for p in plan.problems),
        "stops": [{"rule": r, "text": p.message(language)} for r, p in stops.items()],
    }


def _side(title: str, tree: dict, problems: list) -> dict:
    language = get_language() or "pl"
    said = [
        {"kind": p.severity, "text": p.message(language), "label": _label(p.path, language)}
        for p in problems
        if p.severity != "hint" and p.rule != SEAT_UNKNOWN
    ]
    summary = facades.summary(tree)
    return {
        "title": title,
        "summary": summary,
        "nip": trees.text(tree, "Podmiot2/DaneIdentyfikacyjne/NIP"),
        "problems": said,
    }


def _label(path: str, language: str) -> str:
    return ": ".join(registry.breadcrumb(path, language)) if path else ""
