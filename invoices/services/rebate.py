"""A rebate on a buyer's invoices of a period: which they are, and a draft of the correction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from invoices.access import document_list
from invoices.fa3 import rates, rebates, settling
from invoices.fa3.build import build
from invoices.fa3.rebates import Rebate
from invoices.fa3.rules.content import SIZE_LIMIT
from invoices.fa3.settling import Amounts
from invoices.models import Document, Draft
from invoices.services import links
from invoices.services.advances import What, line_of, linked, tree_of
from invoices.services.correct import correction_options, reference_of, standing_of
from invoices.services.delivery_states import State
from invoices.services.drafts import draft_create
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

KINDS = ("VAT", "UPR")
MOST = 4_000  # the file of a KOR that names more is over the 1,000,000 bytes that KSeF takes
MOST_FOUND = 20
NONE, OTHER_BUYER, OTHER_CURRENCY, TOO_MANY = "none", "other-buyer", "other-currency", "too-many"
TOO_MUCH, NOTHING, NO_RATE, MARGIN = "too-much", "nothing", "no-rate", "margin"


class RebateRefused(ValueError):
    """No draft was made; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Cut:
    """How big the rebate is: `way` is "percent", "net" or "gross"; amounts are by rate (P_12)."""

    way: str
    percent: Decimal = Decimal(0)
    amounts: tuple[tuple[str, Decimal], ...] = ()

    def of(self, standing: Amounts, count: int) -> Amounts:
        """The rebate on invoices that come to `standing`; amounts of one rate are added up."""
        if self.way == "percent":
            return rebates.of_percent(standing, self.percent, count)
        parts: dict[str, Decimal] = {}
        for code, amount in self.amounts:
            parts[code] = parts.get(code, Decimal(0)) + amount
        return (rebates.of_net if self.way == "net" else rebates.of_gross)(parts)


def buyers_found(company: Company, words: str) -> list[Document]:
    """The latest invoice of each buyer that is called or numbered so, by name."""
    rows = _rebatable(company).filter(
        Q(buyer_name__icontains=words) | Q(buyer_id__contains=words.replace("-", ""))
    )
    found: dict[str, Document] = {}
    for row in rows.order_by("-issued_at")[:1000]:
        found.setdefault(row.buyer_id or row.buyer_name, row)
    return sorted(found.values(), key=lambda row: row.buyer_name)[:MOST_FOUND]


def buyer_row(company: Company, buyer_id: str) -> Document | None:
    """The latest invoice to the buyer with this NIP or other identifier."""
    return _rebatable(company).filter(buyer_id=buyer_id).order_by("-issued_at").first()


def rebatable_list(
    company: Company, *, buyer: Document, since: date, until: date, currency: str = ""
) -> QuerySet[Document]:
    """Invoices that KSeF took, or that stay outside, to the buyer of `buyer`; oldest first."""
    rows = _rebatable(company).filter(buyer_id=buyer.buyer_id)
    rows = rows if buyer.buyer_id else rows.filter(buyer_name=buyer.buyer_name)
    rows = rows.filter(issued_on__range=(since, until), currency=currency or buyer.currency)
    return rows.order_by("issued_on", "issued_at")


def _rebatable(company: Company) -> QuerySet[Document]:
    has_end = Q(ksef_number__isnull=False) | Q(submission__state=State.OUTSIDE)
    return document_list(company).filter(has_end, kind__in=KINDS, withdrawn_at=None)


def rebate_start(
    *,
    company: Company,
    documents: QuerySet[Document] | Iterable[Document],
    cut: Cut,
    rebate: Rebate,
    user: User,
    before_rebates: bool = False,
) -> Draft:
    """A draft KOR that names these invoices, all of one buyer and currency. Raises RebateRefused.

    A percentage is of what the invoices come to after all corrections, with `before_rebates` of
    what they came to before earlier rebates on many of them; how it is counted is agreed between
    the parties. All rebates together never exceed the invoices (art. 29a ust. 10 pkt 1).
    """
    rows = _checked(company, documents, rebate)
    standing = _standing(rows)
    if standing.get(rates.MARGIN):
        raise RebateRefused(MARGIN)
    left = settling.less(standing, rebated(rows, standing))
    taken = cut.of(standing if before_rebates else left, len(rows))
    if not any(taken.values()):
        raise RebateRefused(NOTHING)
    if rebates.exceeding(left, taken):
        raise RebateRefused(TOO_MUCH)
    last = standing_of(rows[-1])
    rebate = rebate if rows[0].currency != "PLN" else replace(rebate, rate=None)
    content = rebates.correction(last, map(reference_of, rows), taken, rebate)
    content["Fa"]["P_1"] = clock.today().isoformat()
    if len(build(content)) > SIZE_LIMIT:
        raise RebateRefused(TOO_MANY)
    options = correction_options(rows[-1], content)
    return draft_create(company=company, content=content, created_by=user, options=options)


def _checked(company: Company, documents, rebate: Rebate) -> list[Document]:
    if isinstance(documents, QuerySet):
        documents = documents.select_related("file", "submission")[: MOST + 1]
    rows = list(documents)
    if not rows:
        raise RebateRefused(NONE)
    if len(rows) > MOST:
        raise RebateRefused(TOO_MANY)
    if len({row.buyer_id or row.buyer_name for row in rows}) > 1:
        raise RebateRefused(OTHER_BUYER)
    if len({row.currency for row in rows}) > 1:
        raise RebateRefused(OTHER_CURRENCY)
    if rows[0].currency != "PLN" and rebate.rate is None:
        raise RebateRefused(NO_RATE)
    return sorted(rows, key=lambda row: (row.issued_on, row.issued_at))


def _standing(rows: list[Document]) -> Amounts:
    """What the invoices come to with corrections of their own."""
    keys = {key: row.pk for row in rows for key in line_of(row)}
    corrections = {
        row.pk: row for group in linked(keys, What.CORRECTS, "KOR").values() for row in group
    }
    own = [row for row in corrections.values() if not _is_collective(row)]
    return rebates.standing_amounts(tree_of(row) for row in (*rows, *own))


def rebated(rows: list[Document], standing: Amounts) -> Amounts:
    """What earlier rebates took off these invoices, positive; the part of other ones is left out.

    `standing` is what the invoices come to without those rebates.
    """
    chosen = {row.pk for row in rows}
    parts = []
    for row in earlier_rebates(rows):
        taken = settling.less({}, settling.amounts(tree_of(row)))
        named = {other.pk: other for other in map(links.present, _named_by(row))}
        every = standing if named.keys() == chosen else _standing(list(named.values()))
        some = every
        if not named.keys() <= chosen:
            some = _standing([other for pk, other in named.items() if pk in chosen])
        parts.append(rebates.on_some(taken, some, every))
    return settling.added(parts)


def _named_by(row: Document) -> Iterator[Document]:
    found = row.links.filter(what=What.CORRECTS)
    yield from (link.other for link in found.select_related("other__file", "other__replaced_by"))


def _is_collective(row: Document) -> bool:
    return row.links.filter(what=What.CORRECTS)[1:2].exists()


def earlier_rebates(rows: Iterable[Document]) -> list[Document]:
    """Corrections of several invoices at once that name one of these, the latest first."""
    keys = {key: row.pk for row in rows for key in line_of(row)}
    found = {row.pk: row for group in linked(keys, What.CORRECTS, "KOR").values() for row in group}
    collective = [row for row in found.values() if _is_collective(row)]
    return sorted(collective, key=lambda row: row.issued_at, reverse=True)


def documents_named(company: Company, ids: Iterable) -> QuerySet[Document]:
    """Those of the company's invoices that a rebate may name."""
    return _rebatable(company).filter(pk__in=list(ids)).order_by("issued_on", "issued_at")
