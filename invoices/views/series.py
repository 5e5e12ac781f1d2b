"""Numbering series: pattern, reset, next number."""

from datetime import date

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
    SELF_BILLED,
    PatternError,
    counter_get,
    number_format,
    number_preview,
    pattern_check,
    series_get,
)
from ksefapp.accounts.audit import audit
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

# Every series of a company: kinds to KSeF, pro formas, kinds outside KSeF, kinds self-billed.
ALL_SERIES = (
    *((kind, KSEF) for kind in DEFAULT_PATTERNS),
    (PROFORMA_KIND, PROFORMA),
    *((kind, OUTSIDE) for kind in DEFAULT_PATTERNS),
    *((kind, SELF_BILLED) for kind in DEFAULT_PATTERNS),
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
            pattern_check(data.get("pattern", ""), data.get("reset", Series.Reset.NEVER))
        except PatternError as error:
            if "pattern" in data:
                self.add_error("pattern", chosen((error.pl, error.en)))
        return data


class PatternForm(SeriesForm):
    """A self-billed kind's: each supplier is counted by the numbers that it has."""

    reset = next_number = None


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
    context = {
        "rows": _of_scopes(rows, KSEF, PROFORMA),
        "outside_rows": _of_scopes(rows, OUTSIDE),
        "self_billed_rows": _of_scopes(rows, SELF_BILLED),
        "open": posted.partition("-")[0],
    }
    return render(request, "invoices/series.html", context, status=status)


def _of_scopes(rows: list[dict], *scopes: str) -> list[dict]:
    return [row for row in rows if row["series"].scope in scopes]


def _row(request, company, kind: str, scope: str, posted: str) -> dict:
    series = series_get(company=company, kind=kind, scope=scope)
    # The key of a series to KSeF is its kind alone; the others say their scope.
    key = kind if scope == KSEF else f"{scope}-{kind}"
    data = request.POST if key == posted else None
    form, preview = _of_series(series, data, key, clock.today())
    label = _label(kind, scope, get_language() or "pl")
    return {"kind": kind, "key": key, "label": label, "series": series} | {
        "form": form,
        "preview": preview,
    }


def _of_series(series: Series, data, key: str, today: date) -> tuple[SeriesForm, str]:
    """(form, the number that would be given now; of a supplier with none yet)"""
    initial = {"pattern": series.pattern}
    if series.scope == SELF_BILLED:
        first = number_format(series.pattern, 1, today)
        return PatternForm(data, initial=initial, prefix=key), first
    initial |= {"reset": series.reset, "next_number": counter_get(series, today).next_number}
    same = {"company": series.company, "kind": series.kind, "scope": series.scope}
    return SeriesForm(data, initial=initial, prefix=key), number_preview(on=today, **same)


def _label(kind: str, scope: str, language: str) -> str:
    if scope == PROFORMA:
        return _("pro forma")
    name = {"kind": registry.value_label("Fa/RodzajFaktury", kind, language)}
    if scope == SELF_BILLED:
        return _("%(kind)s, samofakturowanie") % name
    return name["kind"] if scope == KSEF else _("%(kind)s, poza KSeF") % name


def _save(request, company, row: dict) -> None:
    data, series = row["form"].cleaned_data, row["series"]
    series.pattern, series.reset = data["pattern"], data.get("reset", series.reset)
    series.save()
    if following := data.get("next_number"):
        counter = counter_get(series, clock.today())
        Counter.objects.filter(pk=counter.pk).update(next_number=following)
    audit("series.change", company=company, user=request.user, subject=row["key"], **data)
    messages.success(request, _("Zapisane. Następna faktura dostanie numer z tej serii."))
    if following and following > row["form"].initial["next_number"]:
        messages.info(request, _("W numerach zostanie luka. Jest dozwolona, zapisz jej powód."))
