"""Payments on the page of a document and on the list. Whoever may issue may record them."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from invoices.access import document_get
from invoices.forms.payments import PaymentForm
from invoices.models import Document
from invoices.services.payments import (
    UNPAYABLE,
    PaymentRefused,
    Standing,
    folding,
    payment_add,
    payment_cancel,
    payment_list,
    payment_settle,
    standing_get,
)
from invoices.services.payments_issue import STATED
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock
from ksefapp.ui.formats import amount as amount_pl
from ksefapp.ui.formats import money as money_pl
from ksefapp.ui.formats import plural

MOST_AT_ONCE = 200
# The pill of ksefapp.ui.states whose shape says the same, and the tone of the sentence.
PILLS = {"paid": "accepted", "partly": "waiting", "overpaid": "late"}


def payments_context(request, document: Document) -> dict:
    """A part of the document's page: how it stands, what came, and the forms."""
    now = standing_get(document)
    here = document.environment == document.company.environment
    may_pay = here and may_do(actor_of(request), document.company, May.ISSUE)
    return {
        "payment": now,
        "payment_words": words_of(now, document.currency),
        "payment_with": _settled_with(document) if now.state == "with" else None,
        "payments": payment_list(document),
        "payments_stated": STATED,
        "payments_shown": now.state not in UNPAYABLE,
        "payments_may": may_pay and now.state not in UNPAYABLE,
        "payment_form": _form(now),
    }


def words_of(now: Standing, currency: str) -> str:
    """One sentence: paid and when, how much is due, since when."""
    if now.state == "none":
        return _("Wycofana: nic nie jest do zapłaty.")
    if now.state == "purchase":
        return _("Samofakturowanie: to Twój zakup, płacisz dostawcy.")
    if now.state == "with":
        return _("Rozliczana razem z fakturą, którą poprawia.")
    if now.state == "overpaid":
        return _("Do zwrotu: %(rest)s.") % {"rest": money_pl(-now.rest, currency)}
    if now.state == "paid":
        return _paid_words(now)
    rest = {"rest": money_pl(now.rest, currency)}
    if now.overdue_days:
        rest["days"] = plural(now.overdue_days, _("dzień,dni,dni"))
        return _("Do zapłaty %(rest)s, %(days)s po terminie.") % rest
    return _("Do zapłaty %(rest)s.") % rest


def _paid_words(now: Standing) -> str:
    if now.paid_at_issue and not now.received:
        return _("Zapłacona przy wystawieniu.")
    if now.received:
        return _("Zapłacona w całości.")
    return _("Nic nie jest do zapłaty.")


def _settled_with(document: Document) -> Document | None:
    link = folding().filter(document=document).select_related("other").first()
    return link.other if link else None


def _form(now: Standing) -> PaymentForm:
    initial = {
        "amount": amount_pl(now.rest) if now.is_open else "",
        "received_on": clock.today(),
        "seen": f"{now.rest:f}",
    }
    return PaymentForm(initial=initial, auto_id="payment_%s")


@company_page(May.ISSUE)
@require_POST
def payment_new(request, company, pk):
    """Money that came: amount, day, note."""
    document = _here(company, pk)
    form = PaymentForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return _back(document)
    return _told(
        request,
        document,
        lambda: payment_add(document=document, by=request.user, **form.cleaned_data),
        _("Wpłata zapisana."),
    )


@company_page(May.ISSUE)
@require_POST
def payment_whole(request, company, pk):
    """The whole rest came today."""
    document = _here(company, pk)
    return _told(
        request,
        document,
        lambda: payment_settle(document=document, by=request.user),
        _("Zapisane: faktura jest zapłacona."),
    )


@company_page(May.ISSUE)
@require_POST
def payment_undo(request, company, pk, payment):
    """A mistaken entry counts no more."""
    document = _here(company, pk)
    row = document.payments.filter(pk=payment).select_related("document__company").first()
    if row is None:
        raise Http404("no such payment")
    return _told(
        request,
        document,
        lambda: payment_cancel(payment=row, by=request.user),
        _("Wpłata anulowana. Wpis zostaje w historii."),
    )


def _told(request, document: Document, work, text: str) -> HttpResponse:
    try:
        work()
    except PaymentRefused as refusal:
        messages.error(request, refusal.message())
    else:
        messages.success(request, text)
    return _back(document)


def _back(document: Document) -> HttpResponse:
    page = reverse("invoice-detail", args=[document.company.nip, document.pk])
    return redirect(f"{page}#payments")


def _here(company, pk) -> Document:
    """A document of the environment in which the company works; another one is only read."""
    document = document_get(company, pk)
    if document.environment != company.environment:
        raise Http404("of another environment")
    return document


@company_page(May.ISSUE)
@require_POST
def payments_whole(request, company):
    """The ticked invoices of the list are paid in full, today."""
    wanted = request.POST.getlist("id")[:MOST_AT_ONCE]
    rows = [_here(company, pk) for pk in dict.fromkeys(_ids(wanted))]
    done = sum(_settled(row, request.user) for row in rows)
    if done:
        count = plural(done, _("faktura,faktury,faktur"))
        messages.success(request, _("Zapisane jako zapłacone: %(count)s.") % {"count": count})
    if left := len(rows) - done:
        count = plural(left, _("faktura,faktury,faktur"))
        text = _("Bez zmian: %(count)s, nic nie było do zapłaty.")
        messages.info(request, text % {"count": count})
    if not rows:
        messages.error(request, _("Zaznacz co najmniej jedną fakturę."))
    query = QueryDict(request.POST.get("wroc", "")[:500], mutable=True)
    path = reverse("invoice-list", args=[company.nip])
    return redirect(f"{path}?{urlencode(list(query.items()))}" if query else path)


def _ids(wanted: list[str]):
    for text in wanted:
        try:
            yield UUID(text)
        except ValueError:
            raise Http404("no id") from None


def _settled(document: Document, by) -> bool:
    try:
        payment_settle(document=document, by=by)
    except PaymentRefused:
        return False
    return True
