"""The preview of a draft: the only PDF that is made while somebody waits, so it is kept small."""

from invoices.fa3 import tree as trees
from invoices.models import Draft
from invoices.render import pdf

MOST_LINES = 100
MOST_TEXTS = 5_000  # what 100 full lines and their header come to
LINE_PATHS = ("Fa/FaWiersz", "Fa/Zamowienie/ZamowienieWiersz")


class PreviewTooLong(Exception):
    """The draft would keep the web process busy; its print is made after issue, by a worker."""


def preview_make(*, draft: Draft, language: str) -> bytes:
    """The PDF of a draft. Raises PreviewTooLong, and PrintUnavailable where no PDF can be made."""
    lines = sum(len(trees.items(draft.content, path)) for path in LINE_PATHS)
    if lines > MOST_LINES or sum(1 for _ in trees.leaves(draft.content)) > MOST_TEXTS:
        raise PreviewTooLong
    return pdf.invoice_pdf(
        draft.content,
        language=language,
        ksef_number=None,
        link=None,
        environment=draft.environment,
        state="draft",
        sha256="",
    )
