"""What a document rests on and what rests on it, for its page; and what to begin from it."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoices.models import Document
from invoices.services import links
from invoices.services.correct import methods_of, original_of
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.roles import May

What = links.What
FORWARD = {
    What.CORRECTS: _("Koryguje"),
    What.SETTLES: _("Rozlicza zaliczkę"),
    What.REISSUES: _("Wystawiona ponownie za"),
}
BACKWARD = {
    What.CORRECTS: _("Skorygowana przez"),
    What.SETTLES: _("Rozliczona w"),
    What.REISSUES: _("Wystawiona ponownie jako"),
}


def relations_part(request: HttpRequest, document: Document) -> dict:
    """Context of partials/relations.html and of the correction in partials/intents.html."""
    rows = relation_rows(document)
    here = document.environment == document.company.environment
    may = here and may_do(actor_of(request), document.company, May.CORRECT)
    can = bool(methods_of(document)) or original_of(document) is not None
    return {
        "relations": rows,
        "after_corrections": links.after_corrections(document) if rows else None,
        "may_correct": may and can and document.withdrawn_at is None,
    }


def relation_rows(document: Document) -> list[dict]:
    """{"what", "word", "document"} of each, those it rests on first."""
    return [
        {"what": what, "word": words[what], "document": other, "is_back": is_back}
        for words, is_back in ((FORWARD, False), (BACKWARD, True))
        for what, other in links.related(document, is_back=is_back)
        if what in words
    ]
