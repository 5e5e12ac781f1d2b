"""The company's earlier documents that an invoice refers to."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from django.db.models import Q, QuerySet

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.models import Document, Draft
from invoices.services.self_billing import seller_nip
from ksefapp.lib import nip

REFERENCES, ADVANCES = "Fa/DaneFaKorygowanej", "Fa/FakturaZaliczkowa"
MOST = 200  # an invoice may name 50,000; who errs in one errs in the first of them
AT_ONCE = 200  # entries read, and links written, by one query


def documents_of(draft: Draft) -> QuerySet[Document]:
    """What the draft's company has issued in its environment, without what the draft replaces."""
    rows = Document.objects.filter(
        company_id=draft.company_id, environment=draft.environment, withdrawn_at=None
    )
    return rows.exclude(pk=draft.replaces_id) if draft.replaces_id else rows


def corrected(
    tree: trees.Tree, draft: Draft, most: int | None = MOST
) -> Iterator[tuple[int, trees.Tree, Document]]:
    """(position, entry, our document) of each entry of DaneFaKorygowanej that names just one.

    Only of the first `most` entries; None: of all.
    """
    names = ("NrKSeFFaKorygowanej", "NrFaKorygowanej")
    yield from _named(tree, draft, REFERENCES, names, most)


def settled(
    tree: trees.Tree, draft: Draft, most: int | None = MOST
) -> Iterator[tuple[int, trees.Tree, Document]]:
    """As `corrected`, of the entries of FakturaZaliczkowa."""
    names = ("NrKSeFFaZaliczkowej", "NrFaZaliczkowej")
    yield from _named(tree, draft, ADVANCES, names, most)


def _named(
    tree: trees.Tree, draft: Draft, path: str, names: tuple[str, str], most: int | None
) -> Iterator[tuple[int, trees.Tree, Document]]:
    entries = islice(enumerate(trees.groups(tree, path)), most)
    while some := list(islice(entries, AT_ONCE)):
        yield from _matched(some, tree, draft, names)


def _matched(
    entries: list[tuple[int, trees.Tree]], tree: trees.Tree, draft: Draft, names: tuple[str, str]
) -> Iterator[tuple[int, trees.Tree, Document]]:
    keys = [(trees.text(entry, names[0]), trees.text(entry, names[1])) for _, entry in entries]
    # In self-billing two suppliers' invoices may have one number.
    rows = documents_of(draft).filter(
        Q(seller_nip=seller_nip(tree, draft.company)),
        Q(ksef_number__in={key[0] for key in keys} - {""})
        | Q(number__in={key[1] for key in keys} - {""}),
    )
    known = list(rows)
    for (position, entry), (ksef_number, number) in zip(entries, keys, strict=True):
        matching = [row for row in known if _is_meant(row, ksef_number, number)]
        if len(matching) == 1:
            yield position, entry, matching[0]


def _is_meant(row: Document, ksef_number: str, number: str) -> bool:
    """The KSeF number decides; P_2 counts where the entry has none, or the row has none yet."""
    if ksef_number and row.ksef_number:
        return row.ksef_number == ksef_number
    return row.number == number


def buyer_nip(document: Document) -> str:
    """The NIP the document was issued to, "" where the buyer had another identifier or none."""
    return document.buyer_id if nip.has_form(document.buyer_id) else ""


def exchange_rates(document: Document) -> set[Decimal]:
    """The rates of its lines (FaWiersz/KursWaluty)."""
    tree = parse(bytes(document.file.content))
    rates = (line_reader.number(line, "KursWaluty") for line in trees.groups(tree, "Fa/FaWiersz"))
    return {rate for rate in rates if rate is not None}
