"""Technical correction of a refused offline invoice, and an invoice turned offline by a person."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from auth_ksef.kod2 import Kod2Refused
from invoices.access import document_get
from invoices.fa3 import registry
from invoices.fa3 import tree as trees
from invoices.models import Document
from invoices.services.delivery_states import IllegalMove, LostRace
from invoices.services.drafts import DraftConflict, DraftIssued, draft_save
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import TECHNICAL, IssueRefused
from invoices.services.midnight import mode_turn
from invoices.services.series import DEFAULT_PATTERNS, number_preview
from invoices.services.technical import (
    DUPLICATE,
    can_be_corrected,
    changeable,
    content_of,
    technical_correction,
    with_changes,
)
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

LONGEST = 512


@company_page(May.ISSUE)
@require_http_methods(["GET", "POST"])
def technical_page(request, company, pk):
    """What KSeF refused, what may differ side by side, and the button that sends it again."""
    document = document_get(company, pk)
    if document.environment != company.environment or not can_be_corrected(document):
        messages.error(request, _("Do tej faktury nie można wysłać korekty technicznej."))
        return redirect("invoice-detail", company.nip, document.pk)
    if request.method == "GET":
        return _page(request, document, _rows(document))
    rows = _rows(document, request.POST)
    try:
        made = _send(request, document, rows)
    except IssueRefused as refused:
        return _page(request, document, rows, refused.problems, status=422)
    except DraftIssued as issued:
        made = issued.document
    except (DraftConflict, IllegalMove):
        messages.error(request, _("Ktoś zmienił tę fakturę w międzyczasie. Spójrz na jej stan."))
        return redirect("invoice-detail", company.nip, document.pk)
    messages.success(request, _("Korekta techniczna jest w kolejce do KSeF."))
    return redirect("invoice-detail", company.nip, made.pk)


def _rows(document: Document, data=None) -> list[dict]:
    """The texts that may differ: path, label, refused text, and the new one."""
    tree, language = content_of(document), get_language() or "pl"
    rows = []
    for number, path in enumerate(changeable(document)):
        old = trees.text(tree, path)
        posted = data.get(f"change-{number}", old) if data is not None else None
        new = _suggested(document, path, old) if posted is None else posted
        label = ": ".join(registry.breadcrumb(path, language))
        row = {"path": path, "name": f"change-{number}", "label": label, "old": old}
        rows.append(row | {"new": new.replace("\0", "").strip()[:LONGEST]})
    return rows


def _suggested(document: Document, path: str, old: str) -> str:
    """After 440 the next free number of the series; else what it was."""
    is_number = path == "Fa/P_2" and document.submission.last_code == DUPLICATE
    if not is_number or document.kind not in DEFAULT_PATTERNS:
        return old
    return number_preview(company=document.company, kind=document.kind, on=document.issued_on)


def _send(request, document: Document, rows: list[dict]) -> Document:
    draft = technical_correction(document=document, user=request.user)
    changes = {row["path"]: row["new"] for row in rows if row["new"] != row["old"]}
    tree = with_changes(content_of(document), changes)
    if tree != draft.content:
        draft = draft_save(draft=draft, content=tree, version=draft.version)
    confirmed = {TECHNICAL} if request.POST.get("confirm") else set()
    return invoice_issue(
        draft=draft,
        issued_by=request.user,
        on=clock.today(),
        accept=frozenset(confirmed),
        version=draft.version,
    )


def _page(request, document, rows, problems=(), status=200):
    language = get_language() or "pl"
    said = [
        {"text": p.message(language), "label": ": ".join(registry.breadcrumb(p.path, language))}
        for p in problems
    ]
    context = {
        "document": document,
        "submission": document.submission,
        "rows": rows,
        "problems": said,
        "given": document.hand_overs.exists(),
    }
    return render(request, "invoices/technical.html", context, status=status)


@company_page(May.ISSUE)
@require_POST
def mode_turn_now(request, company, pk):
    """ "Przejdź na offline24 teraz": so that the buyer can be handed something while it waits."""
    document = document_get(company, pk)
    try:
        if document.environment != company.environment:
            raise IllegalMove("the company left this environment")
        mode_turn(document=document, user=request.user)
        messages.success(request, _("Faktura jest w trybie offline24. Wyślemy ją w terminie."))
    except (IllegalMove, LostRace):
        messages.error(request, _("Ta faktura już nie czeka online. Spójrz na jej stan."))
    except Kod2Refused as refusal:
        messages.error(request, refusal.message())
    return redirect("invoice-detail", company.nip, document.pk)
