"""Corrections begun from the invoice: what changed, then the form of the draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.access import document_get
from invoices.fa3 import facades
from invoices.fa3.correcting import CannotCorrect, additional_buyers
from invoices.fa3.parse import parse
from invoices.fa3.problems import FaXmlError
from invoices.forms.correct import WHY_NOT, WRONG_NIP, CorrectionForm, OutsideForm
from invoices.models import Document
from invoices.services.correct import (
    BUILDERS,
    correction_start,
    has_collective,
    methods_of,
    original_of,
    standing_of,
)
from invoices.services.correct_outside import outside_correction_start, reference_in
from invoices.services.delivery_states import State
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

SHOWN_LINES = 50  # more are named by their numbers
MOST_XML = 3_000_000


@company_page(May.CORRECT)
@require_http_methods(["GET", "POST"])
def correct_start(request, company, pk):
    """ "Co się zmieniło?"; the answer makes a draft and opens its form."""
    document = document_get(company, pk)
    if refusal := refusal_of(document):
        messages.error(request, refusal)
        return redirect("invoice-detail", company.nip, document.pk)
    if not methods_of(document):
        return _to_original(request, company, document)
    now = standing_of(document)
    rows = facades.summary(now).lines
    form = CorrectionForm(
        request.POST or None,
        methods=(*methods_of(document), *([WRONG_NIP] if has_guide(document) else [])),
        total=len(rows),
        buyers=_buyers(now),
    )
    if request.method == "POST" and form.is_valid():
        return _started(request, company, document, form)
    context = _context(document, now, rows) | {"form": form}
    return render(request, "invoices/correct.html", context, status=422 if form.errors else 200)


def refusal_of(document: Document) -> str:
    """Why no correction of it may begin here, "" where one may."""
    if document.environment != document.company.environment:
        return str(WHY_NOT["other-environment"])
    return str(WHY_NOT["withdrawn"]) if document.withdrawn_at else ""


def _buyers(now: dict) -> tuple[str, ...]:
    """Names of the buyer and of additional buyers, where there are any."""
    parties = [now.get("Podmiot2", {}), *additional_buyers(now)]
    found = [facades.party({"who": party}, "who") for party in parties]
    return tuple(row.name or row.id or "–" for row in found) if len(found) > 1 else ()


def has_guide(document: Document) -> bool:
    """A wrong NIP is mended by two documents, where one can be taken back."""
    return (document.kind, "zero") in BUILDERS


def _to_original(request, company, document: Document) -> HttpResponse:
    """Another correction of the same invoice names the original, not the correction before."""
    original = original_of(document)
    if original is None:
        messages.error(request, WHY_NOT["not-correctable"])
        return redirect("invoice-detail", company.nip, document.pk)
    text = _("Kolejna korekta też wskazuje fakturę pierwotną, więc zaczynasz od niej.")
    messages.info(request, text)
    return redirect("correct-start", company.nip, original.pk)


def _started(request, company, document: Document, form: CorrectionForm) -> HttpResponse:
    if form.cleaned_data["method"] == WRONG_NIP:
        return redirect("correct-nip", company.nip, document.pk)
    try:
        draft = correction_start(original=document, wanted=form.wanted(), user=request.user)
    except CannotCorrect as refused:
        messages.error(request, WHY_NOT[refused.code])
        return redirect("correct-start", company.nip, document.pk)
    messages.success(request, _("To szkic korekty. Sprawdź go i wystaw."))
    return redirect("invoice-draft", company.nip, draft.pk)


def _context(document: Document, now: dict, rows) -> dict:
    row = document.submission
    return {
        "document": document,
        "now": facades.summary(now),
        "rows": rows if len(rows) <= SHOWN_LINES else (),
        "count": len(rows),
        "has_collective": has_collective(document),
        "is_refused": row.state == State.REFUSED,
        "awaits_number": not document.ksef_number and row.state not in (State.OUTSIDE,),
        "rebate_url": _rebate_url(document),
    }


def _rebate_url(document: Document) -> str:
    try:
        there = reverse("correct-rebate", args=[document.company.nip])
    except NoReverseMatch:
        return ""
    return f"{there}?faktura={document.pk}"


@company_page(May.CORRECT)
@require_http_methods(["GET", "POST"])
def correct_outside(request, company):
    """A correction of an invoice from another program or from paper."""
    form = OutsideForm(
        request.POST or None,
        files=request.FILES or None,
        methods=("lines", "difference", "zero", "buyer", "seller", "number"),
    )
    if request.method == "POST" and form.is_valid():
        try:
            draft = _outside_draft(request, company, form)
            messages.success(request, _("To szkic korekty. Sprawdź go i wystaw."))
            return redirect("invoice-draft", company.nip, draft.pk)
        except CannotCorrect as refused:
            form.add_error(None, WHY_NOT[refused.code])
        except FaXmlError as error:
            for problem in error.problems:
                form.add_error("file", problem.message(get_language() or "pl"))
    status = 422 if form.errors else 200
    return render(request, "invoices/correct_outside.html", {"form": form}, status=status)


def _outside_draft(request, company, form: OutsideForm):
    data, file = form.cleaned_data, form.cleaned_data.get("file")
    wanted = form.wanted()
    if file is None:
        return outside_correction_start(
            company=company,
            reference=form.reference(),
            wanted=form.wanted_by_hand(),
            user=request.user,
            kind=data["kind"] or "VAT",
        )
    tree = parse(file.read(MOST_XML + 1))
    return outside_correction_start(
        company=company,
        reference=reference_in(tree, data["ksef"]),
        wanted=wanted,
        user=request.user,
        original=tree,
    )
