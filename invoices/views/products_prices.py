"""Price lists: the lists, and the prices of one as a table."""

from decimal import Decimal

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices.forms.products import PriceListForm
from invoices.forms.typed import count
from invoices.models import PriceList, Product
from invoices.services import register_values as values
from invoices.services.products import prices_set
from invoices.services.registers import row_archive, row_get, row_save, rows_of, searched
from invoices.views.register_list import PER_PAGE, register_page
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

PRICE, WAS = "price-", "was-"


@company_page(May.VIEW)
@require_GET
def price_lists(request, company):
    """The lists in use, or the archive."""
    context = register_page(request, company, PriceList)
    page = context["page"]
    page.object_list = page.object_list.annotate(
        price_count=Count("prices", distinct=True), user_count=Count("contractors", distinct=True)
    )
    return render(request, "registers/price_lists.html", context)


@company_page(May.CONTRACTORS)
@require_http_methods(["GET", "POST"])
def price_list_new(request, company):
    """Name, currency, net or gross; the prices come next."""
    row = PriceList(company=company)
    form = PriceListForm(request.POST or None, company=company, row=row)
    if request.method == "POST" and form.is_valid():
        saved = row_save(row=row, values=form.found.values, by=request.user)
        messages.success(request, _("Cennik zapisany. Wpisz ceny."))
        return redirect("product-prices", company.nip, saved.pk)
    status = 422 if form.errors else 200
    return render(request, "registers/price_list_new.html", {"form": form}, status=status)


@company_page(May.VIEW)
@require_GET
def price_list(request, company, pk):
    """The prices of a list, all living products in a table."""
    row = row_get(PriceList, company, pk)
    form = PriceListForm(company=company, row=row)
    return _page(request, row, form)


def _page(
    request, row: PriceList, form: PriceListForm, *, errors: dict | None = None, status: int = 200
) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    products = rows_of(Product, row.company)
    products = searched(products, words) if words else products
    page = Paginator(products, PER_PAGE).get_page(request.GET.get("page"))
    known = {p.product_id: p.price for p in row.prices.filter(product__in=list(page))}
    for product in page:
        name = f"{PRICE}{product.pk}"
        product.was = values.shown(known.get(product.pk))
        product.typed = request.POST.get(name, product.was)
        product.error = (errors or {}).get(product.pk, "")
    context = {
        "row": row,
        "form": form,
        "page": page,
        "q": words,
        "errors": [{"text": text, "href": f"#{PRICE}{pk}"} for pk, text in (errors or {}).items()],
        "may_change": may_do(actor_of(request), row.company, May.CONTRACTORS),
    }
    return render(request, "registers/price_list.html", context, status=status)


@company_page(May.CONTRACTORS)
@require_POST
def price_list_edit(request, company, pk):
    """The data of a list and the prices of one page; a box that nobody touched changes nothing."""
    row = row_get(PriceList, company, pk)
    form = PriceListForm(request.POST, company=company, row=row)
    prices, errors = prices_posted(request.POST)
    if not form.is_valid() or errors:
        return _page(request, row, form, errors=errors, status=422)
    with transaction.atomic():
        row = row_save(row=row, values=form.found.values, by=request.user)
        prices_set(price_list=row, prices=prices, by=request.user)
    messages.success(request, _("Cennik zapisany."))
    query = request.GET.urlencode()
    there = reverse("product-prices", args=[company.nip, row.pk])
    return redirect(f"{there}?{query}" if query else there)


def prices_posted(data) -> tuple[dict[int, Decimal | None], dict[int, str]]:
    """(prices by product, errors by product) of the boxes that were changed."""
    prices, errors = {}, {}
    for name, text in data.items():
        key = count(name.removeprefix(PRICE)) if name.startswith(PRICE) else None
        if key is None or text == data.get(f"{WAS}{key}"):
            continue
        try:
            prices[key] = values.price(values.plain(text))
        except values.Wrong as wrong:
            errors[key] = str(wrong)
    return prices, errors


@company_page(May.CONTRACTORS)
@require_POST
def price_list_archive(request, company, pk):
    """Into the archive, or with `action=restore` back."""
    row = row_get(PriceList, company, pk)
    is_back = request.POST.get("action") == "restore"
    row_archive(row=row, by=request.user, archived=not is_back)
    texts = _("Cennik jest znowu w użyciu."), _("Cennik jest w archiwum.")
    messages.success(request, texts[not is_back])
    return redirect("product-prices", company.nip, row.pk)
