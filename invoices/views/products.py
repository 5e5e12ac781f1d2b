"""Products: the list, one on its page, into the archive and back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices.forms.products import ProductForm
from invoices.models import Product
from invoices.services.registers import RegisterConflict, row_archive, row_get, row_save
from invoices.views.register_list import register_page, seen_posted
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@company_page(May.VIEW)
@require_GET
def product_list(request, company):
    """Living products, or the archive, narrowed by words."""
    context = register_page(request, company, Product)
    return render(request, "registers/products.html", context)


@company_page(May.CONTRACTORS)
@require_http_methods(["GET", "POST"])
def product_new(request, company):
    """The empty form."""
    row = Product(company=company)
    if request.method == "POST":
        return _saved(request, company, row)
    return _page(request, ProductForm(company=company, row=row))


@company_page(May.VIEW)
@require_GET
def product(request, company, pk):
    """One product and its prices on the lists."""
    return _page(request, ProductForm(company=company, row=row_get(Product, company, pk)))


@company_page(May.CONTRACTORS)
@require_POST
def product_edit(request, company, pk):
    """Changed data of a product; what was issued stays as it is."""
    return _saved(request, company, row_get(Product, company, pk))


def _saved(request, company, row: Product) -> HttpResponse:
    form = ProductForm(request.POST, company=company, row=row)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        seen = seen_posted(request)
        saved = row_save(row=row, values=form.found.values, by=request.user, seen=seen)
    except RegisterConflict as conflict:
        form.row = conflict.current
        return _page(request, form, status=409, is_changed=True)
    messages.success(request, _("Produkt zapisany."))
    return redirect("product", company.nip, saved.pk)


def _page(
    request, form: ProductForm, *, status: int = 200, is_changed: bool = False
) -> HttpResponse:
    row = form.row
    lists = row.prices.select_related("price_list").order_by("price_list__name") if row.pk else []
    context = {
        "form": form,
        "row": row,
        "is_changed": is_changed,
        "prices": [price for price in lists if price.price_list.archived_at is None],
        "may_change": may_do(actor_of(request), request.company, May.CONTRACTORS),
    }
    return render(request, "registers/product.html", context, status=status)


@company_page(May.CONTRACTORS)
@require_POST
def product_archive(request, company, pk):
    """Into the archive, or with `action=restore` back."""
    row = row_get(Product, company, pk)
    is_back = request.POST.get("action") == "restore"
    row_archive(row=row, by=request.user, archived=not is_back)
    texts = _("Produkt jest znowu na liście."), _("Produkt jest w archiwum.")
    messages.success(request, texts[not is_back])
    return redirect("product", company.nip, row.pk)
