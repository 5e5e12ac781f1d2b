"""Totals: months, contractors, what is still to be paid; on a page and for a spreadsheet."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from invoices.services.reports import (
    FIRST_YEAR,
    LAST_YEAR,
    PLN,
    Period,
    buyer_totals,
    month_totals,
    receivables,
    whole_of,
    years,
)
from invoices.services.reports_csv import buyers_csv, months_csv
from invoices.views.reports_chart import chart
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock
from ksefapp.ui.formats import money

MOST_BUYERS = 20
QUARTERS = {f"q{n}": (3 * n - 2, 3 * n) for n in range(1, 5)}
MONTHS = {f"{n:02}": (n, n) for n in range(1, 13)}
PARTS = {"": (1, 12)} | QUARTERS | MONTHS


def period_read(given) -> tuple[Period, str]:
    """The period of `rok` and `okres`; this year where they say nothing sensible."""
    year, part = given.get("rok", ""), given.get("okres", "")
    number = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0
    number = number if FIRST_YEAR <= number <= LAST_YEAR else clock.today().year
    part = part if part in PARTS else ""
    return Period(number, *PARTS[part]), part


@company_page(May.VIEW)
@require_GET
def report_page(request, company):
    """Months of the period, the chart of its year, buyers, and what is to be paid today."""
    period, part = period_read(request.GET)
    whole_year = month_totals(company, Period(period.year))
    months = [row for row in whole_year if row.month.month in period.months]
    buyers = buyer_totals(company, period)
    context = {
        "period": period,
        "part": part,
        "parts": _parts(),
        "years": years(company),
        "months": months,
        "whole": [(key, *sums) for key, sums in whole_of(months).items()],
        "chart": _chart(company, period.year, whole_year),
        "finding": _finding(period.year, whole_year),
        "buyers": buyers[:MOST_BUYERS],
        "buyers_count": len(buyers),
        "receivables": receivables(company),
        "today": clock.today(),
        "year_before": period.year - 1,
    }
    return render(request, "invoices/reports.html", context)


@company_page(May.VIEW)
@require_GET
def report_months(request, company):
    """The months of the period for a spreadsheet."""
    period, part = period_read(request.GET)
    return _file(months_csv(month_totals(company, period)), "miesiace", period, part)


@company_page(May.VIEW)
@require_GET
def report_buyers(request, company):
    """All buyers of the period for a spreadsheet."""
    period, part = period_read(request.GET)
    return _file(buyers_csv(buyer_totals(company, period)), "kontrahenci", period, part)


def _file(content: bytes, name: str, period: Period, part: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = f"{name}-{period.year}{f'-{part}' if part else ''}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _parts() -> list[tuple[str, str]]:
    quarters = [(key, _("%(number)s kwartał") % {"number": key[1]}) for key in QUARTERS]
    months = [(key, str(MONTH_NAMES[first])) for key, (first, _last) in MONTHS.items()]
    return [("", _("cały rok")), *quarters, *months]


def _chart(company, year: int, rows):
    before = _net(month_totals(company, Period(year - 1))) if year > FIRST_YEAR else {}
    return chart(year, _net(rows), before)


def _net(rows) -> dict:
    return {row.month.month: row.sums.net for row in rows if row.currency == PLN}


def _in_sentence(month: str) -> str:
    """Polish writes months small, English does not."""
    return month if get_language() == "en" else month.lower()


def _finding(year: int, rows) -> str:
    """What the chart shows, in words."""
    net = _net(rows)
    if not net:
        return _("W %(year)s nie ma sprzedaży w złotych.") % {"year": year}
    best = max(net, key=lambda month: net[month])
    facts = {
        "year": year,
        "sum": money(sum(net.values())),
        "month": _in_sentence(str(MONTH_NAMES[best])),
        "best": money(net[best]),
    }
    text = _("Sprzedaż netto w %(year)s: %(sum)s. Najwięcej: %(month)s, %(best)s.")
    return text % facts
