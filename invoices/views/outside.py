"""Where an invoice goes, on purpose: to KSeF, or for a lawful reason not; and the relief."""

from datetime import date
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from auth_ksef.messages import chosen
from invoices.access import draft_get
from invoices.fa3 import facades
from invoices.models import Draft, Submission
from invoices.relief_rules import FIRST_DAY, LIMIT, gross_pln
from invoices.services import outside, relief
from invoices.services.drafts import DraftConflict, DraftIssued, draft_save
from invoices.services.proforma_checks import is_proforma
from invoices.services.relief import (
    ReliefRefused,
    entry_add,
    entry_list,
    loss_declare,
    loss_of,
    month_get,
    months_list,
)
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock, money, months

Why = Submission.Outside
WAYS = {
    "": (
        gettext_lazy("W KSeF"),
        gettext_lazy(
            "Tak wystawia się faktury dla firm. Nabywca z NIP znajdzie ją w KSeF, inny dostanie "
            "ją też od Ciebie."
        ),
    ),
    Why.CONSUMER: (
        gettext_lazy("Poza KSeF: konsument"),
        gettext_lazy(
            "Nabywca jest osobą prywatną, kupuje nie dla firmy i nie podaje numeru podatkowego "
            "(art. 106ga ust. 2 pkt 4 ustawy o VAT). Wystawienie w KSeF jest tu dobrowolne."
        ),
    ),
    Why.RELIEF: (
        gettext_lazy("Poza KSeF: ulga do 10 000 zł"),
        gettext_lazy(
            "Wartość brutto faktur wystawionych w miesiącu poza KSeF nie przekracza 10 000 zł "
            "(art. 145m ustawy o VAT). Faktura, która przekroczyłaby limit, idzie do KSeF i od "
            "niej ulga przepada na stałe."
        ),
    ),
}


# --- One draft ------------------------------------------------------------------------------
@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def outside_page(request, company, pk):
    """The three ways with their conditions; the one that is chosen is kept in the draft."""
    draft = draft_get(company, pk)
    if draft.issued_as_id:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if is_proforma(draft.options) or draft.options.get("technical"):
        return redirect("invoice-draft", company.nip, draft.pk)
    if request.method == "POST":
        return _choose(request, company, draft)
    context = {
        "draft": draft,
        "summary": facades.summary(draft.content),
        "ways": [_way(draft, reason) for reason in WAYS],
        "relief": _relief_facts(company),
        "gross": gross_pln(draft.content),
    }
    return render(request, "invoices/outside.html", context)


def _way(draft: Draft, reason: str) -> dict:
    """One choice: what it means, whether it is the present one, what stands against it."""
    today = clock.today()
    issued_on = facades.day(draft.content, "Fa/P_1") or today
    found = outside.problems_for(reason, draft.content, draft, issued_on=issued_on, today=today)
    language = get_language() or "pl"
    title, text = WAYS[reason]
    return {
        "reason": reason,
        "title": title,
        "text": text,
        "is_chosen": outside.reason_of(draft.options) == reason,
        "objections": [problem.message(language) for problem in found],
    }


def _choose(request, company, draft: Draft) -> HttpResponse:
    reason = request.POST.get("reason", "")
    if reason not in WAYS:
        return redirect("invoice-outside", company.nip, draft.pk)
    try:
        draft_save(
            draft=draft,
            content=draft.content,
            version=draft.version,
            options=outside.options_with(draft.options, reason),
            saved_by=request.user,
        )
    except (DraftConflict, DraftIssued):
        messages.error(request, _("Ktoś zmienił ten szkic w tej chwili. Wybierz jeszcze raz."))
        return redirect("invoice-outside", company.nip, draft.pk)
    messages.success(request, _("Wybrane: %(way)s.") % {"way": WAYS[reason][0]})
    return redirect("invoice-draft", company.nip, draft.pk)


# --- The relief -----------------------------------------------------------------------------
class EntryForm(forms.Form):
    """Sales that another program issued under the relief."""

    month = forms.CharField(label=gettext_lazy("Miesiąc"))
    amount = forms.CharField(label=gettext_lazy("Kwota brutto, zł"), max_length=20)
    note = forms.CharField(
        label=gettext_lazy("Skąd ta kwota"), max_length=relief.LONGEST_NOTE, required=False
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [(f"{first:%Y-%m}", date_format(first, "F Y")) for first in _months()]
        self.fields["month"] = forms.ChoiceField(label=gettext_lazy("Miesiąc"), choices=choices)

    def clean_amount(self) -> Decimal:
        """As people write money; Decimal."""
        amount = money.from_input(self.cleaned_data["amount"])
        if amount is None:
            raise forms.ValidationError(chosen(relief.NO_AMOUNT))
        return amount


class LossForm(forms.Form):
    """The relief was lost by invoices that this application does not know."""

    lost_on = forms.DateField(
        label=gettext_lazy("Dzień, od którego ulgi nie ma"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    sure = forms.BooleanField(label=gettext_lazy("Wiem, że tego nie można cofnąć"))


def _months() -> list[date]:
    """First days of the months that an entry may be for, newest first."""
    last = min(clock.today(), relief.until())
    count = months.between(FIRST_DAY, last) + 1
    return [months.later(months.first_day(last), -back) for back in range(count)]


def _relief_facts(company) -> dict:
    """The present month's counter in words and numbers, and since when there is no relief."""
    today = clock.today()
    return {
        "month": month_get(company, today),
        "limit": LIMIT,
        "lost": loss_of(company),
        "is_open": relief.is_open(today),
        "until": relief.until(),
    }


@company_page(May.VIEW)
@require_GET
def relief_page(request, company):
    """Months, entries, loss."""
    return _relief_shown(request, company)


def _relief_shown(request, company, *, entry=None, loss=None, status=200) -> HttpResponse:
    context = _relief_facts(company) | {
        "months": months_list(company),
        "entries": entry_list(company)[:200],
        "entry_form": entry or EntryForm(),
        "loss_form": loss or LossForm(initial={"lost_on": clock.today()}),
        "may_act": may_do(actor_of(request), company, May.ISSUE),
        "may_enter": bool(_months()),
    }
    return render(request, "invoices/relief.html", context, status=status)


@company_page(May.ISSUE)
@require_POST
def relief_entry(request, company):
    """Counts sales of another program."""
    form = EntryForm(request.POST)
    if not form.is_valid():
        return _relief_shown(request, company, entry=form, status=422)
    data = form.cleaned_data
    first = next(day for day in _months() if f"{day:%Y-%m}" == data["month"])
    try:
        entry_add(
            company=company,
            month=first,
            amount=data["amount"],
            note=data["note"],
            by=request.user,
        )
    except ReliefRefused as refusal:
        form.add_error("amount", refusal.message())
        return _relief_shown(request, company, entry=form, status=422)
    messages.success(request, _("Zapisane. Kwota liczy się do limitu."))
    return redirect("relief", company.nip)


@company_page(May.ISSUE)
@require_POST
def relief_loss(request, company):
    """Records that the relief is lost for good."""
    form = LossForm(request.POST)
    if not form.is_valid():
        return _relief_shown(request, company, loss=form, status=422)
    try:
        loss_declare(company=company, lost_on=form.cleaned_data["lost_on"], by=request.user)
    except ReliefRefused as refusal:
        form.add_error("lost_on", refusal.message())
        return _relief_shown(request, company, loss=form, status=422)
    messages.success(request, _("Zapisane. Od teraz faktury dla firm idą do KSeF."))
    return redirect("relief", company.nip)
