"""Lines from the catalogue of products, for those who rather tick than type."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.access import draft_get
from invoices.fa3 import tree as trees
from invoices.forms.lines import price_mode
from invoices.forms.products import with_products
from invoices.forms.typed import count
from invoices.models import Draft, Product
from invoices.services.contractors import contractor_of
from invoices.services.drafts import DraftConflict, DraftIssued, draft_save
from invoices.services.products import Offer, offers_of, price_list_of
from invoices.services.registers import rows_of, searched
from invoices.views.register_list import PER_PAGE
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import money

QUANTITY = "quantity-"


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def catalogue_page(request, company, pk):
    """Products with the prices of this invoice; those with a quantity become its lines."""
    draft = draft_get(company, pk)
    if draft.issued_as:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if request.method == "GET":
        return _page(request, draft)
    wanted, wrong = _quantities(request.POST)
    if wrong or not wanted:
        refused = (
            _("Wpisz samą liczbę, na przykład 2.") if wrong else _("Wpisz ilość przy produkcie.")
        )
        return _page(request, draft, refused=refused, status=422)
    try:
        return _added(request, company, draft, wanted)
    except (DraftConflict, DraftIssued):
        refused = _("Ktoś zmienił szkic w międzyczasie. Otwórz go i dodaj jeszcze raz.")
        return _page(request, draft, refused=refused, status=409)


def _quantities(data) -> tuple[dict[int, str], bool]:
    """(quantity by product, whether one is no number) of the boxes that say something."""
    texts = {name: text.strip() for name, text in data.items() if name.startswith(QUANTITY)}
    keys = {count(name.removeprefix(QUANTITY)): text for name, text in texts.items() if text}
    keys.pop(None, None)
    return keys, any(money.from_input(text) is None for text in keys.values())


def _offers(draft: Draft, products) -> list[Offer]:
    tree = draft.content
    return offers_of(
        products,
        price_list=price_list_of(contractor_of(draft.company, tree, draft.options)),
        currency=trees.text(tree, "Fa/KodWaluty") or "PLN",
        is_gross=price_mode(tree) == "gross",
    )


def _added(request, company, draft: Draft, wanted: dict[int, str]) -> HttpResponse:
    offers = _offers(draft, rows_of(Product, company).filter(pk__in=wanted))
    content = with_products(draft.content, [(o, wanted[o.product.pk]) for o in offers])
    version = count(request.POST.get("version", "")) or 0
    draft_save(draft=draft, content=content, version=version, saved_by=request.user)
    messages.success(request, _("Wstawiono pozycje: %(count)d.") % {"count": len(offers)})
    without = [f"{offer.product.name} ({offer.why})" for offer in offers if offer.price is None]
    if without:
        told = {"names": ", ".join(without)}
        messages.warning(request, _("Wpisz ceny, bo te z katalogu nie pasują: %(names)s.") % told)
    return redirect(reverse("invoice-draft", args=[company.nip, draft.pk]) + "#lines")


def _page(request, draft: Draft, *, refused: str = "", status: int = 200) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    products = rows_of(Product, draft.company)
    products = searched(products, words) if words else products
    page = Paginator(products, PER_PAGE).get_page(request.GET.get("page"))
    offers = _offers(draft, page)
    for offer in offers:
        offer.product.typed = request.POST.get(f"{QUANTITY}{offer.product.pk}", "")
    context = {
        "draft": draft,
        "page": page,
        "offers": offers,
        "q": words,
        "refused": refused,
        "currency": trees.text(draft.content, "Fa/KodWaluty") or "PLN",
        "is_gross": price_mode(draft.content) == "gross",
    }
    return render(request, "registers/catalogue.html", context, status=status)
