"""One search over everything that a person may see: every word must be somewhere in a row.

Rows are reached through the companies that are given, which come from the gate. Documents,
drafts, pro formas and templates are those of each company's present environment.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from django.db.models import F, Q, QuerySet

from invoices.fa3 import facades
from invoices.fa3.tree import Tree
from invoices.models import Contractor, Document, Draft, Product, Proforma, Recurring
from invoices.services.search_words import words_of
from ksefapp.accounts.models import Company
from ksefapp.lib import nip

MOST_WORDS = 10
LONGEST_QUERY = 200
MOST_READ = 1000  # drafts and templates: their words stand in their trees only
MONEY = frozenset({"zł", "zl", "pln"})  # people copy amounts with it; rows have only the number
KINDS = ("document", "draft", "proforma", "contractor", "product", "recurring")


@dataclass(frozen=True)
class Hit:
    """One row that says all the words; `pk` is that of its kind, amounts in `currency`."""

    kind: str
    pk: object
    company: Company
    title: str
    detail: str = ""
    day: date | None = None
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Group:
    """All hits of one kind: how many, and the first of them."""

    kind: str
    count: int
    hits: tuple[Hit, ...]


def query_read(text: str) -> list[str]:
    """The words to look for: lower case, no more than ten, amounts without their currency."""
    words = text.replace("\x00", "").lower()[:LONGEST_QUERY].split()[:MOST_WORDS]
    is_amount = any(word[0].isdigit() for word in words)
    return [word for word in words if not (is_amount and word in MONEY)]


def search_everything(companies: Iterable[Company], text: str, *, most: int = 8) -> list[Group]:
    """Groups with at least one hit, in the order of KINDS; nothing for an empty query."""
    words, companies = query_read(text), list(companies)
    if not words or not companies:
        return []
    groups = [_group(kind, companies, words, most) for kind in KINDS]
    return [group for group in groups if group.count]


def said_in_columns(rows: QuerySet, words: list[str], *also: str) -> QuerySet:
    """Rows whose `search`, or one of the columns named, says every word.

    A NIP is found as people write it. LIKE's own signs mean themselves.
    """
    for word in words:
        found = Q(search__contains=word)
        for column in also:
            found |= Q(**{f"{column}__icontains": word})
        bare = nip.clean(word)
        rows = rows.filter(found | Q(search__contains=bare) if nip.has_form(bare) else found)
    return rows


def _group(kind: str, companies: list[Company], words: list[str], most: int) -> Group:
    if kind in IN_TREES:
        found = list(_in_trees(*IN_TREES[kind](companies), words))
        return Group(kind, len(found), tuple(found[:most]))
    rows, hit_of = IN_COLUMNS[kind](companies, words)
    return Group(kind, rows.count(), tuple(hit_of(row) for row in rows[:most]))


def _here(rows: QuerySet, companies: list[Company]) -> QuerySet:
    rows = rows.filter(company__in=companies, environment=F("company__environment"))
    return rows.select_related("company")


# --- What has a column for it -------------------------------------------------------------------
def _documents(companies: list[Company], words: list[str]):
    rows = said_in_columns(_here(Document.objects.all(), companies), words, "ksef_number")
    return rows.order_by("-issued_on", "-issued_at", "pk"), partial(_paper_hit, "document")


def _paper_hit(kind: str, row: Document | Proforma) -> Hit:
    return Hit(
        kind=kind,
        pk=row.pk,
        company=row.company,
        title=row.number,
        detail=row.buyer_name,
        day=row.issued_on,
        amount=row.gross,
        currency=row.currency,
    )


def _proformas(companies: list[Company], words: list[str]):
    rows = said_in_columns(_here(Proforma.objects.all(), companies), words)
    return rows.order_by("-issued_on", "-created_at", "pk"), partial(_paper_hit, "proforma")


def _contractors(companies: list[Company], words: list[str]):
    rows = Contractor.objects.filter(company__in=companies, archived_at=None)
    rows = said_in_columns(rows.select_related("company"), words)
    return rows.order_by("name", "pk"), lambda row: Hit(
        "contractor", row.pk, row.company, row.name, row.id_country + row.id_number
    )


def _products(companies: list[Company], words: list[str]):
    rows = Product.objects.filter(company__in=companies, archived_at=None)
    rows = said_in_columns(rows.select_related("company"), words)
    return rows.order_by("name", "pk"), lambda row: Hit(
        kind="product",
        pk=row.pk,
        company=row.company,
        title=row.name,
        detail=row.symbol,
        amount=row.price,
        currency=row.currency,
    )


# --- What only its tree says --------------------------------------------------------------------
def _drafts(companies: list[Company]):
    rows = _here(Draft.objects.filter(issued_as=None), companies).order_by("-updated_at", "pk")
    return "draft", ((row, "") for row in rows[:MOST_READ].iterator(chunk_size=100))


def _recurring(companies: list[Company]):
    rows = _here(Recurring.objects.filter(archived_at=None), companies).order_by("name", "pk")
    return "recurring", ((row, row.name) for row in rows[:MOST_READ].iterator(chunk_size=100))


def _in_trees(kind: str, rows: Iterator[tuple], words: list[str]) -> Iterator[Hit]:
    for row, name in rows:
        brief = facades.summary(row.content)
        if says(row.content, brief, name, words):
            yield Hit(
                kind=kind,
                pk=row.pk,
                company=row.company,
                title=name or brief.number,
                detail=brief.buyer.name,
                day=row.next_on if kind == "recurring" else None,
                amount=brief.gross,
                currency=brief.currency,
            )


def says(tree: Tree, brief: facades.Summary, name: str, words: list[str]) -> bool:
    """Whether a content that is no document yet says every word."""
    amount = f"{brief.gross or 0:.2f}"
    parts = [name, brief.number, brief.buyer.name, brief.buyer.id, amount, amount.replace(".", ",")]
    said = " ".join([*parts, words_of(tree)]).lower()
    return all(word in said or _as_nip(word) in said for word in words)


def _as_nip(word: str) -> str:
    """The bare NIP, or the word itself where it is none."""
    bare = nip.clean(word)
    return bare if nip.has_form(bare) else word


IN_COLUMNS = {
    "document": _documents,
    "proforma": _proformas,
    "contractor": _contractors,
    "product": _products,
}
IN_TREES = {"draft": _drafts, "recurring": _recurring}
