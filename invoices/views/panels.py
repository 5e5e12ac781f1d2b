"""Parts of the form that a script fetches: an opened panel, one more item of a list."""

from django.http import HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from invoices.access import draft_get
from invoices.forms.panel_fields import ORDER
from invoices.forms.panel_read import item_part
from invoices.forms.panels import Panels, preset_item
from invoices.services.seller import invoice_start
from invoices.views.form_page import form_posted, is_expert, key_posted
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

MOST_PATH = 300


@company_page(May.DRAFT)
@require_POST
def invoice_panel(request, company):
    """The panel `open` for the form as it stands; stores nothing."""
    key = request.POST.get("open", "")
    if key not in ORDER:
        return HttpResponseBadRequest()
    draft_key = key_posted(request.POST.get("draft"))
    draft = draft_get(company, draft_key) if draft_key else None
    tree = draft.content if draft else invoice_start(company, today=clock.today())
    typed = form_posted(request, company, tree, {}).typed
    drawn = Panels(typed, opened={key}, expert=is_expert(request)).drawn
    panel = next(panel for panel in drawn if panel.key == key)
    return render(request, "invoices/panels/opened.html", {"panel": panel})


@company_page(May.DRAFT)
@require_GET
def invoice_panel_item(request, company):
    """An empty item at `path` (`Podmiot3[2]`); `rodzaj` is the kind of invoice, for its labels."""
    path, kind = request.GET.get("path", "")[:MOST_PATH], request.GET.get("rodzaj", "")[:10]
    first = preset_item(request.GET.get("preset", "")) if path.startswith("Podmiot3[") else None
    try:
        part = item_part(path, kind, get_language() or "pl", first)
    except (KeyError, ValueError):
        return HttpResponseBadRequest()
    context = {"part": part, "item": part.items[0]}
    return render(request, "invoices/panels/added.html", context)
