"""A rebate over a period: whose invoices, which of them, how much; then the form of the draft."""

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from invoices.access import document_list
from invoices.forms.rebate import PeriodForm, RebateForm
from invoices.models import Document
from invoices.services.rebate import (
    MARGIN,
    NO_RATE,
    NONE,
    NOTHING,
    OTHER_BUYER,
    OTHER_CURRENCY,
    TOO_MANY,
    TOO_MUCH,
    RebateRefused,
    buyers_found,
    earlier_rebates,
    rebatable_list,
    rebate_start,
)
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

SHOWN = 200  # more invoices than these are taken all together
WHY_NOT = {
    NONE: gettext_lazy("Zaznacz przynajmniej jedną fakturę."),
    OTHER_BUYER: gettext_lazy("Jedna korekta obejmuje faktury jednego nabywcy."),
    OTHER_CURRENCY: gettext_lazy("Jedna korekta obejmuje faktury w jednej walucie."),
    TOO_MANY: gettext_lazy(
        "Tylu faktur nie zmieści jedna korekta: plik do KSeF ma najwyżej 1 MB, czyli około "
        "3 800 faktur. Podziel okres na części."
    ),
    TOO_MUCH: gettext_lazy("Rabat jest większy niż wartość tych faktur w którejś stawce."),
    NOTHING: gettext_lazy("Z tych faktur nie ma już od czego odjąć rabatu."),
    NO_RATE: gettext_lazy("Faktury w walucie wymagają kursu."),
    MARGIN: gettext_lazy("Faktur w procedurze marży nie obejmie rabat zbiorczy."),
}


@company_page(May.CORRECT)
@require_http_methods(["GET", "POST"])
def rebate_page(request, company):
    """`?faktura=<id>` names the buyer by one of his invoices, `?q=` looks for him by words."""
    given = request.POST if request.method == "POST" else request.GET
    buyer = _buyer(company, given.get("faktura", ""))
    start = _month_of(buyer.issued_on if buyer else _last_month())
    period = PeriodForm(given if "od" in given else None, initial=start)
    if buyer is None:
        return _asked(request, company, period)
    if not period.is_bound:
        period = PeriodForm({name: day.isoformat() for name, day in start.items()})
    if not period.is_valid():
        return _shown(request, company, buyer, period, rows=None, form=None, status=422)
    rows = _rows(company, buyer, period, given.get("waluta", ""))
    form = RebateForm(
        request.POST or None, initial=_proposed(period), currency=_currency(buyer, given)
    )
    if request.method == "POST" and "way" in request.POST and form.is_valid():
        return _begun(request, company, buyer, period, rows, form)
    return _shown(request, company, buyer, period, rows, form, 422 if form.errors else 200)


def _buyer(company, text: str) -> Document | None:
    try:
        return document_list(company).filter(pk=UUID(text)).first()
    except ValueError:
        return None


def _currency(buyer: Document, given) -> str:
    text = given.get("waluta", "")
    return text if len(text) == 3 and text.isalpha() else buyer.currency


def _rows(company, buyer: Document, period: PeriodForm, currency: str):
    days = {"since": period.cleaned_data["od"], "until": period.cleaned_data["do"]}
    return rebatable_list(
        company, buyer=buyer, currency=_currency(buyer, {"waluta": currency}), **days
    )


def _last_month() -> date:
    return clock.today().replace(day=1) - timedelta(days=1)


def _month_of(day: date) -> dict[str, date]:
    """The first and the last day of the month of a day."""
    following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return {"od": day.replace(day=1), "do": following - timedelta(days=1)}


def _proposed(period: PeriodForm) -> dict:
    days = [f"{period.cleaned_data[name]:%d.%m.%Y}" for name in ("od", "do")]
    return {"period": "–".join(days), "reason": _("rabat za okres")}


def _asked(request, company, period: PeriodForm) -> HttpResponse:
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    found = buyers_found(company, words) if words else []
    context = {"buyer": None, "q": words, "found": found, "period": period}
    return render(request, "invoices/rebate.html", context)


def _shown(request, company, buyer, period, rows, form, status=200) -> HttpResponse:
    count = rows.count() if rows is not None else 0
    listed = list(rows[:SHOWN]) if rows is not None else []
    ticked = set(request.POST.getlist("id")) if request.method == "POST" else None
    days = {"since": date(1990, 1, 1), "until": date(2050, 1, 1)}
    currencies = {
        code: rebatable_list(company, buyer=buyer, currency=code, **days).exists()
        for code in {"PLN", "EUR", "USD", buyer.currency}
    }
    context = {
        "buyer": buyer,
        "period": period,
        "rows": [(row, ticked is None or str(row.pk) in ticked) for row in listed],
        "count": count,
        "is_whole": count > SHOWN,
        "sums": rows.aggregate(net=Sum("net"), gross=Sum("gross")) if count else {},
        "form": form,
        "currency": _currency(buyer, request.POST or request.GET),
        "currencies": sorted(code for code, is_used in currencies.items() if is_used),
        "before": earlier_rebates(listed)[:5],
    }
    return render(request, "invoices/rebate.html", context, status=status)


def _begun(request, company, buyer, period, rows, form) -> HttpResponse:
    chosen = rows
    if rows.count() <= SHOWN:
        ids = set(request.POST.getlist("id"))
        chosen = [row for row in rows.select_related("file") if str(row.pk) in ids]
    try:
        draft = rebate_start(
            company=company,
            documents=chosen,
            cut=form.cut(),
            rebate=form.rebate(),
            user=request.user,
            before_rebates=form.cleaned_data["before_rebates"],
        )
    except RebateRefused as refused:
        messages.error(request, str(WHY_NOT[refused.code]))
        return _shown(request, company, buyer, period, rows, form, 422)
    messages.success(request, _("Rabat jest policzony. Sprawdź korektę i wystaw ją."))
    return redirect("invoice-draft", company.nip, draft.pk)
