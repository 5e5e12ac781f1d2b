"""Which document rests on which: written when one is issued, read for its page and corrections."""

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import QuerySet

from invoices.fa3.tree import Tree
from invoices.models import Document, DocumentLink, Draft
from invoices.services import earlier
from ksefapp.accounts.models import User
from ksefapp.lib import money

What = DocumentLink.What
MOST_SHOWN = 100  # a rebate may correct thousands
REISSUES = "reissues"  # Draft.options: the document that this one is issued anew for


def links_write(document: Document, tree: Tree, draft: Draft, by: User) -> None:
    """A step of issuing: what the new document corrects, settles or is issued anew for."""
    pairs = dict.fromkeys(
        (row.pk, what) for row, what in _found(tree, draft) if row.pk != document.pk
    )
    DocumentLink.objects.bulk_create(
        (DocumentLink(document=document, other_id=key, what=what) for key, what in pairs),
        batch_size=earlier.AT_ONCE,
    )


def _found(tree: Tree, draft: Draft) -> Iterator[tuple[Document, str]]:
    for _, _, row in earlier.corrected(tree, draft, most=None):
        yield row, What.CORRECTS
    for _, _, row in earlier.settled(tree, draft, most=None):
        yield row, What.SETTLES
    if draft.replaces_id:  # what takes the place of a refused document rests on the same
        kept = DocumentLink.objects.filter(document_id=draft.replaces_id, what=What.REISSUES)
        yield from ((row.other, row.what) for row in kept.select_related("other"))
    again = draft.options.get(REISSUES)
    if again:
        rows = Document.objects.filter(company_id=draft.company_id, environment=draft.environment)
        yield from ((row, What.REISSUES) for row in rows.filter(pk=again))


def corrections_of(document: Document) -> QuerySet[Document]:
    """What corrects it and was not withdrawn, in the order of issue."""
    named = [row.pk for row in _replaced(document)]
    rows = Document.objects.filter(
        links__other__in=named, links__what=What.CORRECTS, withdrawn_at=None
    ).distinct()
    return rows.select_related("file", "submission").order_by("issued_at", "number")


def is_collective(correction: Document) -> bool:
    """Whether it corrects several documents of ours."""
    return correction.links.filter(what=What.CORRECTS).count() > 1


def after_corrections(document: Document) -> Decimal | None:
    """What the invoice comes to after its corrections; None where it has none of its own.

    None too where one of them corrects several invoices: that amount is not of this one.
    """
    corrections = list(corrections_of(document))
    if not corrections or any(is_collective(row) for row in corrections):
        return None
    return money.total([document.gross, *(row.gross for row in corrections)])


def related(document: Document, *, is_back: bool) -> Iterator[tuple[str, Document]]:
    """(what, the other document), in the order of writing; `is_back`: what rests on this one."""
    if is_back:
        named = [row.pk for row in _replaced(document)]
        rows = DocumentLink.objects.filter(other__in=named).select_related("document__submission")
        found = [(row.what, row.document) for row in rows.order_by("pk")[:MOST_SHOWN]]
    else:
        rows = document.links.select_related("other__submission").order_by("pk")
        found = [(row.what, row.other) for row in rows[:MOST_SHOWN]]
    yield from ((what, other) for what, other in found if other.withdrawn_at is None)


def present(document: Document) -> Document:
    """The document that has its number now: it may have been refused and issued again."""
    later = getattr(document, "replaced_by", None)
    return present(later) if later else document


def _replaced(document: Document) -> Iterator[Document]:
    """The document and what it took the number over from: a link may name the refused one."""
    row: Document | None = document
    while row is not None:
        yield row
        row = row.replaces
