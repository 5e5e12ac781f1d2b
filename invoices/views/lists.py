"""The list of invoices: saved views, search, sums of the whole filter."""

import re
from datetime import date

from django.core.paginator import Paginator
from django.db.models import Count, F, Q, Sum
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from invoices.access import document_list, draft_list
from invoices.fa3 import facades
from invoices.forms.head_form import OTHER_KINDS
from invoices.models import Contractor, Document, Submission
from invoices.services.deadlines import WAITS
from invoices.services.delivery_states import State
from invoices.services.payments import payment_filter, standing, with_rest
from invoices.services.proforma import proforma_list
from invoices.services.registers import row_get
from invoices.views.list_lines import kind_lines, line_of, payment_line
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock, nip

PER_PAGE = 25
MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
IN_TRANSIT = [State.QUEUED, State.CLAIMED, State.SESSION_OPENED, State.SENT, State.WAITING]
STATES = {
    "wyslij": IN_TRANSIT,
    "nie-wiemy": [State.UNKNOWN],
    "odrzucone": [State.REFUSED],
    "przyjete": [State.ACCEPTED],
    "wycofane": [State.WITHDRAWN],
    "poza-ksef": [State.OUTSIDE],
}
BY_DEADLINE = "termin"
# Saved views of the payments' axis, and the filter each one is.
MONEY_VIEWS = {"nieoplacone": "unpaid", "przeterminowane": "overdue"}


def view_filter(view: str) -> Q:
    """What a saved view shows. Offline: whatever still has to reach KSeF with a deadline."""
    if view == "offline":
        has_term = Q(submission__deadline_on__isnull=False) | Q(submission__deadline_open=True)
        return Q(submission__state__in=WAITS) & has_term
    if view == "spoznione":
        # KSeF has what is sent: of those only the number is missing.
        waits = Q(submission__state__in=WAITS - {State.SENT})
        return waits & Q(submission__deadline_on__lt=clock.today())
    return Q(submission__state__in=STATES[view])


URGENT = ("offline", "spoznione")
VIEWS = (*STATES, *URGENT)


@company_page(May.VIEW)
@require_GET
def invoice_list(request, company):
    """Documents of the company, or its drafts, narrowed by view, month and words.

    `?kontrahent=5` shows those of one contractor.
    """
    chosen = request.GET.get("widok", "")
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    month = request.GET.get("miesiac", "")
    mode = request.GET.get("tryb", "")
    asked = request.GET.get("kontrahent", "")
    contractor = row_get(Contractor, company, asked) if asked else None
    # What waits for a deadline is read by the deadline, unless another order is asked for.
    order = request.GET.get("kolejnosc", BY_DEADLINE if chosen in URGENT else "")
    context = {
        "views": _views(request, company, chosen),
        "chosen": chosen,
        "q": words,
        "month": month,
        "months": _months(company),
        "may_draft": may_do(actor_of(request), company, May.DRAFT),
        "may_pay": may_do(actor_of(request), company, May.ISSUE),
        "modes": Submission.Mode.choices,
        "mode": mode,
        "order": order,
        "contractor": contractor,
        "filtered": bool(words or month or chosen or mode or contractor),
        "other_kinds": OTHER_KINDS,
    }
    if chosen == "szkice":
        context |= _drafts(request, company, words)
    else:
        rows = _narrowed(company, chosen, words, month, mode)
        rows = rows.filter(contractor=contractor) if contractor else rows
        context |= _documents(request, rows, order)
    return render(request, "invoices/list.html", context)


def _narrowed(company, chosen: str, words: str, month: str, mode: str):
    rows = document_list(company).select_related("submission__waits_for")
    if chosen in VIEWS:
        rows = rows.filter(view_filter(chosen))
    if chosen in MONEY_VIEWS:
        rows = with_rest(rows).filter(payment_filter(MONEY_VIEWS[chosen]))
    if MONTH.fullmatch(month):
        rows = rows.filter(issued_on__year=month[:4], issued_on__month=month[5:])
    if mode in Submission.Mode.values:
        rows = rows.filter(submission__mode=mode)
    for word in words.lower().split():
        rows = rows.filter(_is_said(word))
    return rows


def _documents(request, rows, order: str) -> dict:
    newest = ("-issued_on", "-issued_at", "pk")
    nearest = F("submission__deadline_on").asc(nulls_last=True)
    rows = rows.order_by(nearest, *newest) if order == BY_DEADLINE else rows.order_by(*newest)
    # What the company billed itself (art. 106d) is its purchase.
    own = rows.filter(currency="PLN", seller_nip=F("company__nip"))
    counted = own.exclude(submission__state=State.WITHDRAWN)
    sums = counted.aggregate(net=Sum("net"), vat=Sum("vat"), gross=Sum("gross"), count=Count("pk"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    # Payments are looked up for the rows of the page only, not for all that were counted.
    stands = {row.pk: standing(row) for row in with_rest(_these(page))}
    kinds = kind_lines(page)
    for document in page:
        document.line = line_of(document)
        document.kind_line = kinds[document.pk]
        document.payment = stands[document.pk]
        document.payment_line = payment_line(document.payment, document.currency)
    return {"page": page, "sums": sums, "drafts": None}


def _these(page):
    return Document.objects.filter(pk__in=[row.pk for row in page])


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
    counted = {view: Count("pk", filter=view_filter(view)) for view in VIEWS}
    counts = document_list(company).order_by().aggregate(every=Count("pk"), **counted)
    owed = _owed(company)
    labels = [
        ("", _("Wszystkie"), counts["every"], False),
        ("szkice", _("Szkice"), draft_list(company).count(), False),
        ("wyslij", _("W drodze"), counts["wyslij"], False),
        ("offline", _("Offline, czekają"), counts["offline"], False),
        ("spoznione", _("Spóźnione"), counts["spoznione"], True),
        ("nie-wiemy", _("Nie wiemy"), counts["nie-wiemy"], True),
        ("odrzucone", _("Odrzucone"), counts["odrzucone"], True),
        ("przyjete", _("Przyjęte"), counts["przyjete"], False),
    ]
    labels += [
        ("nieoplacone", _("Nieopłacone"), owed["unpaid"], False),
        ("przeterminowane", _("Przeterminowane"), owed["overdue"], True),
    ]
    if counts["poza-ksef"] or chosen == "poza-ksef":
        labels.append(("poza-ksef", _("Poza KSeF"), counts["poza-ksef"], False))
    shown = [
        {
            "url": f"?widok={key}" if key else "?",
            "label": label,
            "count": count,
            "active": key == chosen,
            "alarm": alarm and count > 0,
        }
        for key, label, count, alarm in labels
    ]
    return shown + _offers(company)


def _offers(company) -> list[dict]:
    """Pro formas have a list of their own; it is named here once there is one."""
    count = proforma_list(company).count()
    url = reverse("proforma-list", args=[company.nip])
    facts = {"url": url, "label": _("Pro formy"), "count": count, "active": False, "alarm": False}
    return [facts] if count else []


def _owed(company) -> dict[str, int]:
    """How many documents are not paid, and how many of them are past their day."""
    rows = with_rest(document_list(company).order_by()).filter(payment_filter("unpaid"))
    late = Count("pk", filter=Q(pays_by__lt=clock.today()))
    return rows.aggregate(unpaid=Count("pk"), overdue=late)


def _months(company) -> list[date]:
    """The first days of the months that hold documents, newest first."""
    return list(document_list(company).order_by().dates("issued_on", "month", order="DESC")[:36])
