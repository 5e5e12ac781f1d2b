"""Advances of a company: what each of them stands for now, and which are still to be settled."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import QuerySet

from invoices.access import document_list
from invoices.fa3 import orders, settling, totals
from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.fa3.rates import NET_FIELDS
from invoices.fa3.settling import Amounts
from invoices.models import Document, DocumentLink, Draft
from invoices.services import earlier
from invoices.services.delivery_states import State
from ksefapp.accounts.models import Company
from ksefapp.lib import money

What = DocumentLink.What
MOST = 300  # advances of one page; older ones are found by their invoice
OTHERS = "other_advances"  # Draft.options: advances that were issued by another program
SETTLED, NO_NUMBER, NOTHING = "settled", "no-number", "nothing"


@dataclass(frozen=True)
class Advance:
    """A ZAL of ours with its corrections, oldest first, and the ROZ that settled it, if any."""

    document: Document
    corrections: tuple[Document, ...]
    settled_by: Document | None

    @cached_property
    def all_trees(self) -> list[trees.Tree]:
        """The advance and its corrections, as issued."""
        return [tree_of(row) for row in (self.document, *self.corrections)]

    @cached_property
    def amounts(self) -> Amounts:
        """P_13_x, P_14_x and P_15 after its corrections."""
        return settling.added(map(settling.amounts, self.all_trees))

    @property
    def gross(self) -> Decimal:
        """P_15 after its corrections."""
        return self.amounts.get("P_15", money.ZERO)

    @property
    def net(self) -> Decimal:
        """The sum of P_13_x after its corrections."""
        return money.total(self.amounts.get(name, money.ZERO) for name in NET_FIELDS)

    @property
    def last(self) -> trees.Tree:
        """Its last document: the buyer, the parties and the terms that hold now."""
        return self.all_trees[-1]

    @property
    def why_not(self) -> str:
        """Why no settlement may name it: SETTLED, NO_NUMBER, NOTHING; "" if one may."""
        if self.settled_by is not None:
            return SETTLED
        if not self.document.ksef_number and self.document.submission.state != State.OUTSIDE:
            return NO_NUMBER
        return "" if any(self.amounts.values()) else NOTHING

    @property
    def reference(self) -> dict:
        """Its entry in FakturaZaliczkowa."""
        return settling.reference(self.document.ksef_number, self.document.number)

    @property
    def order_key(self) -> tuple:
        """What advances of the same order of the same buyer have in common."""
        row = self.document
        named = trees.items(self.last, "Fa/WarunkiTransakcji/Zamowienia")
        rows = [{**each, "NrWierszaZam": ""} for each in settling.order_after(self.all_trees)]
        order = json.dumps(named or [_said(each) for each in rows], sort_keys=True)
        return (row.buyer_id or row.buyer_name, row.currency, order)


def _said(row: dict) -> dict[str, str]:
    """A row of an order as far as it says what is ordered; numbers by value."""
    texts = {name: trees.text(row, name) for name in settling.LINE_OF_ROW}
    numbers = {name: money.parse(text) for name, text in texts.items()}
    return {
        name: text if numbers[name] is None else money.plain(numbers[name], 8)
        for name, text in texts.items()
        if text
    }


@dataclass(frozen=True)
class Order:
    """Advances of one order, oldest first."""

    advances: tuple[Advance, ...]

    @property
    def all_trees(self) -> list[trees.Tree]:
        """All its documents in the order of issue."""
        rows = sorted(self._documents(), key=lambda pair: pair[0].issued_at)
        return [tree for _, tree in rows]

    def _documents(self) -> Iterator[tuple[Document, trees.Tree]]:
        for each in self.advances:
            yield from zip((each.document, *each.corrections), each.all_trees, strict=True)

    @cached_property
    def rows(self) -> list[dict]:
        """The order's rows as they are now."""
        return settling.order_after(self.all_trees)

    @property
    def goods(self) -> str:
        """What is ordered, in short."""
        names = [trees.text(row, "P_7Z") for row in self.rows]
        return ", ".join(filter(None, names[:3])) + (", …" if len(names) > 3 else "")

    @property
    def value(self) -> Decimal:
        """What the order comes to with tax."""
        return orders.value_of(self.rows)

    @property
    def paid(self) -> Decimal:
        """What its advances come to."""
        return money.total(each.gross for each in self.advances)

    @property
    def left(self) -> Decimal:
        """What is still to be paid."""
        return self.value - self.paid

    @property
    def is_closed(self) -> bool:
        """Settled, or paid for by advances alone (art. 106f ust. 4): nothing more is issued."""
        is_paid = any("FakturaZaliczkowa" in tree.get("Fa", {}) for tree in self.all_trees)
        return all(each.settled_by for each in self.advances) or (is_paid and self.left <= 0)

    @property
    def first(self) -> Document:
        """Whose buyer and currency all of them have."""
        return self.advances[0].document

    @property
    def open(self) -> tuple[Advance, ...]:
        """Those that a settlement may name."""
        return tuple(each for each in self.advances if not each.why_not)


def order_amounts(order: Order) -> tuple[Amounts, Amounts]:
    """The totals of the whole order as an invoice would have them, and of its advances."""
    lines: trees.Tree = {"Fa": {"FaWiersz": settling.lines_of(order.rows)}}
    whole = totals.compute(lines, totals.method_of(lines), only_missing=True)
    return settling.amounts(whole), settling.added(each.amounts for each in order.advances)


def order_list(company: Company, *, buyer: Document | None = None) -> list[Order]:
    """The company's advances by order, the latest first; `buyer`: only of that one's buyer."""
    rows = document_list(company).filter(kind="ZAL", withdrawn_at=None).select_related("file")
    if buyer is not None:
        rows = rows.filter(buyer_id=buyer.buyer_id, currency=buyer.currency)
        rows = rows if buyer.buyer_id else rows.filter(buyer_name=buyer.buyer_name)
    return _grouped(advances_of(rows.order_by("-issued_at")[:MOST]))


def _grouped(advances: Iterable[Advance]) -> list[Order]:
    groups: dict[tuple, list[Advance]] = defaultdict(list)
    for each in advances:
        groups[each.order_key].append(each)
    return [
        Order(tuple(sorted(group, key=lambda each: each.document.issued_at)))
        for group in groups.values()
    ]


def order_of(document: Document) -> Order:
    """The order that an advance belongs to, with the other advances for it."""
    for order in order_list(document.company, buyer=document):
        if any(each.document.pk == document.pk for each in order.advances):
            return order
    return Order(tuple(advances_of([document])))


def advances_of(documents: Iterable[Document]) -> list[Advance]:
    """Advances with their corrections and settlements, in the order given."""
    rows = list(documents)
    lines = {row.pk: line_of(row) for row in rows}
    keys = {key: pk for pk, line in lines.items() for key in line}
    corrected = linked(keys, What.CORRECTS, "KOR_ZAL")
    settled = linked(keys, What.SETTLES, "ROZ")
    found = {each.pk: each.pk for many in settled.values() for each in many}
    changes = linked(found, What.CORRECTS, "KOR_ROZ") if found else {}
    return [
        Advance(row, tuple(corrected.get(row.pk, [])), _still(settled.get(row.pk, []), changes))
        for row in rows
    ]


def line_of(row: Document) -> list:
    """The document and what it took the number over from: a link may name the refused one."""
    found = [row.pk]
    while row.replaces_id:
        row = row.replaces
        found.append(row.pk)
    return found


def linked(keys: dict, what: str, kind: str) -> dict[object, list[Document]]:
    """Our documents of a kind that are linked to these and were not withdrawn, oldest first."""
    links = DocumentLink.objects.filter(
        other_id__in=keys, what=what, document__kind=kind, document__withdrawn_at=None
    )
    pairs = links.order_by("document__issued_at").values_list("other_id", "document_id")
    named = [(keys[other], document) for other, document in pairs]
    # One rebate may be linked to thousands of invoices: its file is read once.
    rows = Document.objects.select_related("file").in_bulk({document for _, document in named})
    found: dict[object, list[Document]] = defaultdict(list)
    for key, document in dict.fromkeys(named):
        found[key].append(rows[document])
    return found


def _still(settlements: list[Document], changes: dict) -> Document | None:
    """The settlement that holds: one that its corrections took back frees its advances."""
    for row in reversed(settlements):
        documents = [row, *changes.get(row.pk, [])]
        amounts = settling.added(settling.amounts(tree_of(each)) for each in documents)
        if len(documents) == 1 or any(amounts.values()):
            return row
    return None


def tree_of(document: Document) -> trees.Tree:
    """The tree of its frozen bytes."""
    return parse(bytes(document.file.content))


def reductions_of(
    company: Company, options: dict, environment: str = ""
) -> Callable[[trees.Tree], Amounts | None]:
    """For the form: what the advances that a settlement names have charged, None if unknown."""
    draft = Draft(company=company, environment=environment or company.environment, options=options)
    known: dict[str, Amounts | None] = {}

    def reductions(tree: trees.Tree) -> Amounts | None:
        entries, currency = trees.groups(tree, earlier.ADVANCES), trees.text(tree, "Fa/KodWaluty")
        key = json.dumps([entries, currency], sort_keys=True)
        if key not in known:
            known[key] = taken_by(tree, draft)
        return known[key]

    return reductions


def taken_by(tree: trees.Tree, draft: Draft) -> Amounts | None:
    """What the advances named in FakturaZaliczkowa have charged together.

    None where one of them is neither ours nor among the draft's other advances, or is in another
    currency.
    """
    named = _named(tree, draft)
    if named is None:
        return None
    return settling.added([*named[1], *(each.amounts for each in named[0])])


def _named(tree: trees.Tree, draft: Draft) -> tuple[list[Advance], list[Amounts]] | None:
    """Our advances and amounts of the others that FakturaZaliczkowa names; None: see `taken_by`."""
    ours = {place: row for place, _, row in earlier.settled(tree, draft)}
    others = {_name(each): _amounts_of(each) for each in draft.options.get(OTHERS, [])}
    entries = enumerate(trees.groups(tree, earlier.ADVANCES))
    strange = {_entry_name(entry) for place, entry in entries if place not in ours}
    currencies = {row.currency for row in ours.values()} - {trees.text(tree, "Fa/KodWaluty")}
    if currencies or not strange <= set(others):
        return None
    rows = {row.pk: row for row in ours.values()}
    return advances_of(rows.values()), [others[name] for name in sorted(strange)]


def advances_received(tree: trees.Tree, draft: Draft) -> Decimal | None:
    """The gross sum of the advances that a ROZ settles, None where it cannot be told.

    A correction of the same buyer's that names no document of ours may be about any of them.
    """
    named = _named(tree, draft) if trees.items(tree, earlier.ADVANCES) else None
    if named is None:
        return None
    buyers = {each.document.buyer_id for each in named[0]}
    strange = earlier.documents_of(draft).filter(kind="KOR_ZAL", buyer_id__in=buyers)
    if strange.exclude(links__what=What.CORRECTS).exists():
        return None
    rows = [row for each in named[0] for row in (each.document, *each.corrections)]
    others = [amounts.get("P_15", money.ZERO) for amounts in named[1]]
    return money.total([*(row.gross for row in rows), *others])


def _entry_name(entry: dict) -> str:
    return trees.text(entry, "NrKSeFFaZaliczkowej") or trees.text(entry, "NrFaZaliczkowej")


def _name(other: dict) -> str:
    return other.get("ksef_number") or other.get("number", "")


def _amounts_of(other: dict) -> Amounts:
    numbers = {name: money.parse(text) for name, text in other.get("amounts", {}).items()}
    return {name: number for name, number in numbers.items() if number is not None}


def open_advances(company: Company) -> Iterator[Advance]:
    """Advances that a settlement may still name, the latest first."""
    rows: QuerySet[Document] = document_list(company).filter(kind="ZAL", withdrawn_at=None)
    found = advances_of(rows.select_related("file").order_by("-issued_at"))
    yield from (each for each in found if not each.why_not)
