"""What the lists of contractors, products and price lists share."""

from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Count, Model, Q
from django.utils.translation import gettext as _

from invoices.services.registers import rows_of, searched
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.roles import May

PER_PAGE = 50
ARCHIVE = "archiwum"


def register_page(request, company, model: type[Model]) -> dict:
    """One page of a register for its template, narrowed by the view and the words of the query."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    is_archive = request.GET.get("widok") == ARCHIVE
    rows = rows_of(model, company, archived=is_archive)
    if words and hasattr(model, "search"):
        rows = searched(rows, words)
    return {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "views": _views(model, company, is_archive),
        "is_archive": is_archive,
        "q": words,
        "may_change": may_do(actor_of(request), company, May.CONTRACTORS),
        "may_draft": may_do(actor_of(request), company, May.DRAFT),
    }


def _views(model: type[Model], company, is_archive: bool) -> list[dict]:
    living = Count("pk", filter=Q(archived_at=None))
    counts = rows_of(model, company, archived=None).order_by()
    counts = counts.aggregate(every=Count("pk"), living=living)
    gone = counts["every"] - counts["living"]
    return [
        {"url": "?", "label": _("W użyciu"), "count": counts["living"], "active": not is_archive},
        {
            "url": f"?widok={ARCHIVE}",
            "label": _("Archiwum"),
            "count": gone,
            "active": is_archive,
        },
    ]


def seen_posted(request) -> datetime | None:
    """The `changed_at` of the row as the form showed it."""
    try:
        return datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return None
