"""The button that takes out of a draft what KSeF refuses to read."""

from django.contrib import messages
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from invoices.fa3 import registry
from invoices.fa3.characters import clean_tree
from invoices.models import Draft
from invoices.services.drafts import DraftConflict, DraftIssued, draft_save

CLEAN = "clean-characters"
_MOST_NAMED = 10


def characters_removed(request, draft: Draft) -> None:
    """Cleans the whole draft and says which characters were taken out, and where."""
    content, found = clean_tree(draft.content)
    if not found:
        messages.info(request, _("W szkicu nie ma niedozwolonych znaków."))
        return
    try:
        draft_save(draft=draft, content=content, version=draft.version, saved_by=request.user)
    except (DraftConflict, DraftIssued):
        messages.error(request, _("Szkic zmienił się w tej chwili. Spróbuj jeszcze raz."))
        return
    language = get_language() or "pl"
    named = [
        f"{': '.join(registry.breadcrumb(path, language))} ({each.code})"
        for path, each in found[:_MOST_NAMED]
    ]
    text = _("Usunęliśmy niedozwolone znaki (%(count)d): %(places)s.")
    messages.success(request, text % {"count": len(found), "places": ", ".join(named)})
