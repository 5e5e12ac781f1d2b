"""What the page of a document shows besides its delivery: each part brings its own context."""

from collections.abc import Callable

from django.http import HttpRequest

from invoices.models import Document
from invoices.views.advances import advance_context
from invoices.views.copying import copying_part
from invoices.views.lookups import proofs_context
from invoices.views.payments import payments_context
from invoices.views.relations import relations_part

# (request, document) → context of the part's template, included by detail.html.
PARTS: tuple[Callable[[HttpRequest, Document], dict], ...] = (
    payments_context,
    proofs_context,
    relations_part,
    copying_part,
    advance_context,
)


def parts_context(request: HttpRequest, document: Document) -> dict:
    """The context of all parts together."""
    context: dict = {}
    for part in PARTS:
        context |= part(request, document)
    return context
