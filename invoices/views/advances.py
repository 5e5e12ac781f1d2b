"""Settling advances: which of them, then the draft; and the next advance of an order."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from invoices.access import document_get, document_list
from invoices.forms.advances import NextAdvanceForm, OtherForm, others_forms, others_read
from invoices.models import Document
from invoices.services.advances import (
    NO_NUMBER,
    NOTHING,
    SETTLED,
    Advance,
    Order,
    advances_of,
    order_list,
    order_of,
)
from invoices.services.advances_settle import (
    CLOSED,
    FULLY_PAID,
    NO_ADVANCES,
    OTHER_BUYER,
    OTHER_CURRENCY,
    OTHER_ORDER,
    SettlementRefused,
    next_advance_start,
    settlement_start,
)
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import money

WHY_NOT = {
    NO_ADVANCES: gettext_lazy("Zaznacz zaliczkę albo wpisz taką z innego programu."),
    OTHER_BUYER: gettext_lazy("Te zaliczki mają różnych nabywców. Rozlicz je osobno."),
    OTHER_CURRENCY: gettext_lazy("Te zaliczki są w różnych walutach. Rozlicz je osobno."),
    OTHER_ORDER: gettext_lazy("Te zaliczki są z różnych zamówień. Rozlicz je osobno."),
    SETTLED: gettext_lazy("Ta zaliczka jest już rozliczona."),
    NO_NUMBER: gettext_lazy("Ta zaliczka nie ma jeszcze numeru KSeF. Poczekaj na numer."),
    NOTHING: gettext_lazy("Ta zaliczka jest cofnięta do zera, więc nie ma czego rozliczać."),
    CLOSED: gettext_lazy("To zamówienie jest już rozliczone. Wystaw nową fakturę zaliczkową."),
    FULLY_PAID: gettext_lazy("Zaliczki obejmują już całą wartość zamówienia."),
}
MOST_CLOSED = 30
OWN_FORM = "inne"


@dataclass
class Group:
    """One order on the page, with its rows for advances from another program."""

    order: Order
    key: str
    others: list[OtherForm]
    chosen: set[UUID]

    @property
    def has_errors(self) -> bool:
        """Whether the rows of other programs stay open."""
        return any(form.errors for form in self.others if form.is_bound)


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def settle_page(request, company):
    """Advances by order; one button settles those that are ticked.

    `?zal=<id>` shows the order of that advance first.
    """
    wanted = _uuid(request.GET.get("zal", ""))
    if request.method == "POST":
        return _settled(request, company)
    return _page(request, company, wanted=wanted)


def _page(request, company, *, wanted=None, sent: str = "", others=None, status=200):
    orders = sorted(order_list(company), key=lambda order: not _has(order, wanted))
    groups = [_group(order, sent, others) for order in orders if order.open and not order.is_closed]
    shown = {group.order for group in groups}
    context = {
        "groups": groups,
        "closed": [
            (order, each) for order in orders if order not in shown for each in order.advances
        ][:MOST_CLOSED],
        "why_not": {key: str(text) for key, text in WHY_NOT.items()},
        "others": others if sent == OWN_FORM else others_forms(None, OWN_FORM),
        "own_form": OWN_FORM,
        "is_own_open": sent == OWN_FORM,
    }
    return render(request, "invoices/settle.html", context, status=status)


def _has(order: Order, wanted: UUID | None) -> bool:
    return any(each.document.pk == wanted for each in order.advances)


def _group(order: Order, sent: str, others) -> Group:
    key = order.first.pk.hex
    rows = others if sent == key else others_forms(None, key)
    return Group(order, key, rows, {each.document.pk for each in order.open})


def _settled(request, company) -> HttpResponse:
    key = request.POST.get("form", "")[:40]
    others = others_forms(request.POST, key)
    if [form for form in others if not form.is_valid()]:
        return _page(request, company, sent=key, others=others, status=422)
    try:
        draft = settlement_start(
            company=company,
            advances=_chosen(request, company),
            others=others_read(others),
            user=request.user,
        )
    except SettlementRefused as refused:
        messages.error(request, refusal_text(refused))
        return _page(request, company, sent=key, others=others, status=422)
    messages.success(request, _("Zaliczki są odjęte. Sprawdź fakturę i wystaw ją."))
    return redirect("invoice-draft", company.nip, draft.pk)


def refusal_text(refused: SettlementRefused) -> str:
    """Why nothing was made, with the advance it is about."""
    text = str(WHY_NOT[refused.code])
    return f"{refused.document.number}: {text}" if refused.document else text


def _chosen(request, company) -> list[Advance]:
    keys = [key for text in request.POST.getlist("zal")[:100] if (key := _uuid(text))]
    rows = document_list(company).filter(pk__in=keys, kind="ZAL", withdrawn_at=None)
    return advances_of(rows)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def next_advance(request, company, pk):
    """How much came now for the same order; the answer makes a draft of the next ZAL."""
    document = document_get(company, pk)
    order = order_of(document) if is_open_advance(document) else None
    if order is None or order.left <= 0 or any(each.settled_by for each in order.advances):
        code = CLOSED if order is None or order.left > 0 else FULLY_PAID
        messages.error(request, str(WHY_NOT[code]))
        return redirect("invoice-detail", company.nip, document.pk)
    left = money.display(order.left).replace("\u00a0", " ")
    form = NextAdvanceForm(request.POST or None, initial={"payment": left})
    if request.method == "POST" and form.is_valid():
        return _begun(request, document, form.cleaned_data["payment"])
    context = {"document": document, "order": order, "form": form}
    status = 422 if form.errors else 200
    return render(request, "invoices/next_advance.html", context, status=status)


def _begun(request, document: Document, payment) -> HttpResponse:
    nip = document.company.nip
    try:
        draft = next_advance_start(document=document, payment=payment, user=request.user)
    except SettlementRefused as refused:
        messages.error(request, refusal_text(refused))
        return redirect("invoice-detail", nip, document.pk)
    return redirect("invoice-draft", nip, draft.pk)


def is_open_advance(document: Document) -> bool:
    """Whether something may follow it: an advance of the present environment, not taken back."""
    here = document.environment == document.company.environment
    return document.kind == "ZAL" and here and document.withdrawn_at is None


def advance_context(request, document: Document) -> dict:
    """For partials/intents.html of a document's page."""
    may = may_do(actor_of(request), document.company, May.DRAFT)
    if not may or not is_open_advance(document):
        return {"may_settle": False}
    advance = advances_of([document])[0]
    return {"may_settle": not advance.settled_by, "settled_by": advance.settled_by}
