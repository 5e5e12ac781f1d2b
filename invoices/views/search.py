"""Search over everything: in one company, or in all companies of a person."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from invoices.services.search import LONGEST_QUERY, Group, Hit, search_everything
from ksefapp.accounts.access import actor_of, company_list
from ksefapp.accounts.pages import company_page, login_page
from ksefapp.accounts.roles import May

PAGES = {
    "document": "invoice-detail",
    "draft": "invoice-draft",
    "proforma": "proforma",
    "contractor": "contractor",
    "product": "product",
    "recurring": "recurring-detail",
}
# Lists that take the same words; the others show all there is to see.
LISTS = {
    "document": ("invoice-list", ""),
    "draft": ("invoice-list", "widok=szkice&"),
    "proforma": ("proforma-list", ""),
    "contractor": ("contractor-list", ""),
    "product": ("product-list", ""),
}
MOST_ALONE = 25


def _titles() -> dict[str, str]:
    return {
        "document": _("Faktury"),
        "draft": _("Szkice"),
        "proforma": _("Pro formy"),
        "contractor": _("Kontrahenci"),
        "product": _("Produkty i usługi"),
        "recurring": _("Szablony cykliczne"),
    }


@company_page(May.VIEW)
@require_GET
def search_company(request, company):
    """In the company at hand."""
    return _page(request, [company], everywhere=False)


@login_page
@require_GET
def search_page(request):
    """In all companies of the person."""
    return _page(request, list(company_list(actor_of(request))), everywhere=True)


def _page(request, companies: list, *, everywhere: bool):
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
    found = search_everything(companies, text, most=MOST_ALONE)
    context = {
        "q": text,
        "groups": [_shown(group, text, companies, everywhere) for group in found],
        "count": sum(group.count for group in found),
        "everywhere": everywhere,
        "several": company_list(actor_of(request)).count() > 1,
    }
    return render(request, "invoices/search.html", context)


def _shown(group: Group, text: str, companies: list, everywhere: bool) -> dict:
    more = "" if everywhere or group.count <= len(group.hits) else _list_url(group, companies[0])
    return {
        "title": _titles()[group.kind],
        "count": group.count,
        "rows": [{"hit": hit, "url": hit_url(hit)} for hit in group.hits],
        "more": more and f"{more}{_query(text)}",
    }


def hit_url(hit: Hit) -> str:
    """The page of what was found."""
    return reverse(PAGES[hit.kind], args=[hit.company.nip, hit.pk])


def _list_url(group: Group, company) -> str:
    name, query = LISTS.get(group.kind, ("", ""))
    return f"{reverse(name, args=[company.nip])}?{query}" if name else ""


def _query(text: str) -> str:
    return urlencode({"q": text})
