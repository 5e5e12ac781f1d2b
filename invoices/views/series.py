"""Numbering series: pattern, reset, next number."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from auth_ksef.messages import chosen
from invoices.fa3 import registry
from invoices.models import Counter, Series
from invoices.services.series import (
    DEFAULT_PATTERNS,
    KSEF,
    OUTSIDE,
    PROFORMA,
    PROFORMA_KIND,
    PatternError,
    counter_get,
    number_preview,
    pattern_check,
    series_get,
)
from ksefapp.accounts.audit import audit
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

# Every series of a company: kinds to KSeF, then pro formas, then kinds outside KSeF.
ALL_SERIES = (
    *((kind, KSEF) for kind in DEFAULT_PATTERNS),
    (PROFORMA_KIND, PROFORMA),
    *((kind, OUTSIDE) for kind in DEFAULT_PATTERNS),
)


class SeriesForm(forms.Form):
    """One kind's series."""

    pattern = forms.CharField(label=gettext_lazy("Wzór numeru"), max_length=100)
    reset = forms.ChoiceField(label=gettext_lazy("Numeracja od 1"), choices=Series.Reset.choices)
    next_number = forms.IntegerField(
        label=gettext_lazy("Następny numer"), min_value=1, max_value=99_999_999
    )

    def clean(self):
        """The pattern and the reset must not repeat numbers."""
        data = super().clean()
        try:
            pattern_check(data.get("pattern", ""), data.get("reset", ""))
        except PatternError as error:
            if "pattern" in data:
                self.add_error("pattern", chosen((error.pl, error.en)))
        return data


@company_page(May.SETTINGS)
@require_http_methods(["GET", "POST"])
def series_page(request, company):
    """All kinds on one page, each its own form."""
    posted = request.POST.get("kind", "")
    rows = [_row(request, company, *each, posted) for each in ALL_SERIES]
    for row in rows:
        if row["key"] == posted and row["form"].is_valid():
            _save(request, company, row)
            return redirect("invoice-series", company.nip)
    status = 422 if posted else 200
    outside = [row for row in rows if row["series"].scope == OUTSIDE]
    context = {
        "rows": [row for row in rows if row not in outside],
        "outside_rows": outside,
        "open_outside": posted.startswith(OUTSIDE),
    }
    return render(request, "invoices/series.html", context, status=status)


def _row(request, company, kind: str, scope: str, posted: str) -> dict:
    series = series_get(company=company, kind=kind, scope=scope)
    # The key of a series to KSeF is its kind alone; the others say their scope.
    key = kind if scope == KSEF else f"{scope}-{kind}"
    today = clock.today()
    counter = counter_get(series, today)
    initial = {
        "pattern": series.pattern,
        "reset": series.reset,
        "next_number": counter.next_number,
    }
    data = request.POST if key == posted else None
    language = get_language() or "pl"
    return {
        "kind": kind,
        "key": key,
        "label": _label(kind, scope, language),
        "series": series,
        "form": SeriesForm(data, initial=initial, prefix=key),
        "preview": number_preview(company=company, kind=kind, on=today, scope=scope),
    }


def _label(kind: str, scope: str, language: str) -> str:
    if scope == PROFORMA:
        return _("pro forma")
    name = registry.value_label("Fa/RodzajFaktury", kind, language)
    return name if scope == KSEF else _("%(kind)s, poza KSeF") % {"kind": name}


def _save(request, company, row: dict) -> None:
    data, series = row["form"].cleaned_data, row["series"]
    series.pattern, series.reset = data["pattern"], data["reset"]
    series.save()
    counter = counter_get(series, clock.today())
    Counter.objects.filter(pk=counter.pk).update(next_number=data["next_number"])
    audit("series.change", company=company, user=request.user, subject=row["key"], **data)
    messages.success(request, _("Zapisane. Następna faktura dostanie numer z tej serii."))
    if data["next_number"] > row["form"].initial["next_number"]:
        messages.info(request, _("W numerach zostanie luka. Jest dozwolona, zapisz jej powód."))
