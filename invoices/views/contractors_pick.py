"""Saved buyers and products in the form of an invoice: what it shows, finds, takes and keeps."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from invoices.forms.contractors import with_contractor
from invoices.forms.lines import line_boxes
from invoices.models import Contractor, Draft, Product
from invoices.services.contractors import (
    contractor_of,
    contractors_found,
    options_apply,
    texts_of_buyer,
)
from invoices.services.contractors_read import contractor_read
from invoices.services.drafts import DraftConflict, DraftIssued, draft_save
from invoices.services.products import (
    Offer,
    line_of,
    offers_of,
    price_list_of,
    products_found,
)
from invoices.services.registers import row_get, row_save, rows_of
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.ui import formats

PICK, FIND, KEEP, CATALOGUE = "buyer", "buyer-find", "buyer-save", "catalogue"
VERBS = (PICK, FIND, KEEP, CATALOGUE)
QUERY = "szukaj"


def register_context(request, company, tree: dict, options: dict) -> dict:
    """For the form's template; somebody without registers sees next to nothing of them."""
    words = request.GET.get(QUERY, "").strip()[:100]
    known = contractor_of(company, tree, options)
    return {
        "buyers": {
            "has_any": bool(known) or rows_of(Contractor, company).exists(),
            "known": known,
            "q": words,
            "found": contractors_found(company, words) if words else None,
        },
        "has_products": rows_of(Product, company).exists(),
    }


def start_for(request, company, tree: dict, options: dict) -> tuple[dict, dict]:
    """(tree, options) of a new invoice for `?kontrahent=`. Raises Http404 for a stranger's."""
    key = request.GET.get("kontrahent", "")
    if not key:
        return tree, options
    row = row_get(Contractor, company, key)
    tree = with_contractor(tree, row, company)
    return tree, options_apply(options, row, tree)


def buyer_picked(company, typed: dict, options: dict, what: str) -> tuple[dict, dict]:
    """(tree, options) with the chosen contractor. Raises Http404 for a stranger's."""
    row = row_get(Contractor, company, what)
    tree = with_contractor(typed, row, company)
    return tree, options_apply(options, row, tree)


def register_act(request, company, draft: Draft, verb: str, here) -> HttpResponse:
    """The page after one of VERBS; `here` makes the draft's address with a query and an anchor."""
    if verb == CATALOGUE:
        return redirect("invoice-products", company.nip, draft.pk)
    if verb == FIND:
        words = request.POST.get("buyer_q", "").strip()[:100]
        return redirect(here(request, company, draft, anchor="buyer", **{QUERY: words}))
    if verb == KEEP:
        _keep(request, company, draft)
    return redirect(here(request, company, draft, anchor="buyer"))


def _keep(request, company, draft: Draft) -> None:
    """ "Zapisz nabywcę w kontrahentach": what stands on the invoice becomes a contractor."""
    if not may_do(actor_of(request), company, May.CONTRACTORS):
        messages.error(request, _("Twoja rola nie pozwala zapisywać kontrahentów."))
        return
    known = contractor_of(company, draft.content, draft.options)
    if known:
        messages.info(request, _link(_("Ten nabywca już jest w kontrahentach: {link}."), known))
        return
    found = contractor_read(texts_of_buyer(draft.content, draft.options), company)
    if found.errors:
        why = " ".join(found.errors.values())
        messages.error(request, _("Nie zapisaliśmy kontrahenta. %(why)s") % {"why": why})
        return
    row = row_save(row=Contractor(company=company), values=found.values, by=request.user)
    messages.success(request, _link(_("Zapisany w kontrahentach: {link}."), row))
    _name_in(draft, row, request.user)


def _name_in(draft: Draft, row: Contractor, user) -> None:
    """The draft names its new contractor, unless somebody saved in between: it is found anyway."""
    options = options_apply(draft.options, row, draft.content) | {
        name: value for name, value in draft.options.items() if name == "buyer_without_seat"
    }
    saved = {"content": draft.content, "version": draft.version, "options": options}
    try:
        draft_save(draft=draft, saved_by=user, **saved)
    except (DraftConflict, DraftIssued):
        return


def _link(text: str, row: Contractor):
    url = reverse("contractor", args=[row.company.nip, row.pk])
    return format_html(text, link=format_html('<a href="{}">{}</a>', url, row.name))


@company_page(May.DRAFT)
@require_GET
def contractor_pick(request, company):
    """A few contractors that say the words, as buttons of the form."""
    words = request.GET.get("buyer_q", "").replace("\x00", "").strip()[:100]
    found = contractors_found(company, words) if words else None
    return render(request, "registers/buyers.html", {"found": found, "q": words})


@company_page(May.DRAFT)
@require_GET
def product_pick(request, company):
    """A few products that say the words, as boxes of a line of the invoice at hand."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    is_gross = request.GET.get("mode") == "gross"
    currency = request.GET.get("currency", "")[:3] or "PLN"
    key = request.GET.get("contractor", "")
    contractor = row_get(Contractor, company, key) if key else None
    offers = offers_of(
        products_found(company, words) if words else [],
        price_list=price_list_of(contractor),
        currency=currency,
        is_gross=is_gross,
    )
    return JsonResponse({"found": [_suggested(o, currency, is_gross) for o in offers]})


def _suggested(offer: Offer, currency: str, is_gross: bool) -> dict:
    product, mode = offer.product, "gross" if is_gross else "net"
    shown = line_boxes(line_of(offer, is_gross=is_gross), mode)
    boxes = {name: text for name, text in shown.items() if text and name != "quantity"}
    price = "" if offer.price is None else formats.money(boxes["price"].replace(",", "."), currency)
    about = [product.symbol, price or offer.why]
    return {
        "label": product.name,
        "about": ", ".join(filter(None, about)),
        "why": offer.why,
        "boxes": {"price": ""} | boxes,
    }
