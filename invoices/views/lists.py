"""The list of invoices: saved views, search, sums of the whole filter."""

import re
from datetime import date

from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from invoices.access import document_list, draft_list
from invoices.fa3 import facades
from invoices.services.delivery_states import State
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import nip

PER_PAGE = 25
MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
IN_TRANSIT = [State.QUEUED, State.CLAIMED, State.SESSION_OPENED, State.SENT, State.WAITING]
VIEWS = {
    "wyslij": IN_TRANSIT,
    "nie-wiemy": [State.UNKNOWN],
    "odrzucone": [State.REFUSED],
    "przyjete": [State.ACCEPTED],
    "wycofane": [State.WITHDRAWN],
}


@company_page(May.VIEW)
@require_GET
def invoice_list(request, company):
    """Documents of the company, or its drafts, narrowed by view, month and words."""
    chosen = request.GET.get("widok", "")
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    month = request.GET.get("miesiac", "")
    context = {
        "views": _views(request, company, chosen),
        "chosen": chosen,
        "q": words,
        "month": month,
        "months": _months(company),
        "may_draft": may_do(actor_of(request), company, May.DRAFT),
        "filtered": bool(words or month or chosen),
    }
    if chosen == "szkice":
        context |= _drafts(request, company, words)
    else:
        context |= _documents(request, company, chosen, words, month)
    return render(request, "invoices/list.html", context)


def _documents(request, company, chosen: str, words: str, month: str) -> dict:
    rows = document_list(company).order_by("-issued_on", "-issued_at", "pk")
    if chosen in VIEWS:
        rows = rows.filter(submission__state__in=VIEWS[chosen])
    if MONTH.fullmatch(month):
        rows = rows.filter(issued_on__year=month[:4], issued_on__month=month[5:])
    for word in words.lower().split():
        rows = rows.filter(_is_said(word))
    counted = rows.exclude(submission__state=State.WITHDRAWN).filter(currency="PLN")
    sums = counted.aggregate(net=Sum("net"), vat=Sum("vat"), gross=Sum("gross"), count=Count("pk"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "sums": sums, "drafts": None}


def _is_said(word: str) -> Q:
    """In number, buyer, identifier, amount or KSeF number; a NIP also as people write it."""
    bare = nip.clean(word)
    found = Q(search__contains=word) | Q(ksef_number__icontains=word)
    return found | Q(search__contains=bare) if nip.has_form(bare) else found


def _drafts(request, company, words: str) -> dict:
    rows = draft_list(company).order_by("-updated_at", "pk")
    if words:  # what a draft says stands in its tree only
        rows = [row for row in rows.iterator() if _says(facades.summary(row.content), words)]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    drafts = [(draft, facades.summary(draft.content)) for draft in page]
    return {"page": page, "drafts": drafts, "sums": None}


def _says(summary: facades.Summary, words: str) -> bool:
    amount = f"{summary.gross or 0:.2f}"
    parts = [summary.number, summary.buyer.name, summary.buyer.id, amount, amount.replace(".", ",")]
    said = " ".join(parts).lower()
    return all(word in said or nip.clean(word) in said for word in words.lower().split())


def _views(request, company, chosen: str) -> list[dict]:
    counts = dict(
        document_list(company)
        .order_by()
        .values_list("submission__state")
        .annotate(Count("pk"))
        .values_list("submission__state", "pk__count")
    )
    labels = [
        ("", _("Wszystkie"), sum(counts.values()), False),
        ("szkice", _("Szkice"), draft_list(company).count(), False),
        ("wyslij", _("W drodze"), _count(counts, "wyslij"), False),
        ("nie-wiemy", _("Nie wiemy"), _count(counts, "nie-wiemy"), True),
        ("odrzucone", _("Odrzucone"), _count(counts, "odrzucone"), True),
        ("przyjete", _("Przyjęte"), _count(counts, "przyjete"), False),
    ]
    return [
        {
            "url": f"?widok={key}" if key else "?",
            "label": label,
            "count": count,
            "active": key == chosen,
            "alarm": alarm and count > 0,
        }
        for key, label, count, alarm in labels
    ]


def _count(counts: dict, view: str) -> int:
    return sum(counts.get(state, 0) for state in VIEWS[view])


def _months(company) -> list[date]:
    """The first days of the months that hold documents, newest first."""
    return list(document_list(company).order_by().dates("issued_on", "month", order="DESC")[:36])
