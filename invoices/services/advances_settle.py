"""Drafts begun from advances: the settlement of some of them, and the next one of an order."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from invoices.fa3 import settling
from invoices.fa3 import tree as trees
from invoices.fa3.rates import RATES
from invoices.fa3.settling import Amounts
from invoices.fa3.totals import fmt_amount
from invoices.models import Document, Draft
from invoices.services.advances import NO_NUMBER, OTHERS, Advance, Order, order_of
from invoices.services.drafts import draft_create
from invoices.services.seller import invoice_start
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

NO_ADVANCES, OTHER_BUYER, OTHER_CURRENCY = "no-advances", "other-buyer", "other-currency"
OTHER_ORDER = "other-order"
CLOSED, FULLY_PAID = "closed", "fully-paid"


class SettlementRefused(ValueError):
    """Nothing was made; `code` says why, `document` names the advance it is about, if one."""

    def __init__(self, code: str, document: Document | None = None) -> None:
        super().__init__(code)
        self.code, self.document = code, document


@dataclass(frozen=True)
class OtherAdvance:
    """An advance that another program issued: its numbers, and net and tax for each rate (P_12)."""

    number: str
    ksef_number: str
    parts: tuple[tuple[str, Decimal, Decimal], ...]

    @property
    def amounts(self) -> Amounts:
        """P_13_x, P_14_x and P_15."""
        found: Amounts = {}
        for code, net, vat in self.parts:
            rate = RATES[code]
            part = {rate.net_field: net, "P_15": net + vat}
            part |= {rate.vat_field: vat} if rate.vat_field else {}
            found = settling.added([found, part])
        return found

    @property
    def reference(self) -> dict:
        """Its entry in FakturaZaliczkowa."""
        return settling.reference(self.ksef_number, self.number)

    def stored(self) -> dict:
        """For Draft.options."""
        amounts = {name: fmt_amount(amount) for name, amount in self.amounts.items()}
        return {"number": self.number, "ksef_number": self.ksef_number, "amounts": amounts}


def settlement_start(
    *,
    company: Company,
    advances: Iterable[Advance],
    others: Iterable[OtherAdvance] = (),
    user: User,
) -> Draft:
    """A draft ROZ of these advances, all of one buyer and one currency, oldest first.

    With advances of another program only, buyer and lines are left to be typed. Raises
    SettlementRefused.
    """
    chosen = sorted(advances, key=lambda each: each.document.issued_at)
    others = list(others)
    _refuse_strange(chosen, others)
    references = [each.reference for each in [*chosen, *others]]
    taken = settling.added(each.amounts for each in [*chosen, *others])
    start = invoice_start(company, today=clock.today(), kind="ROZ")
    if chosen:
        whole = Order(tuple(chosen))
        content = settling.settlement(start, whole.all_trees[-1], whole.rows, references, taken)
    else:
        start["Fa"]["FakturaZaliczkowa"] = references
        content = start
    options = {OTHERS: [each.stored() for each in others]} if others else {}
    return draft_create(company=company, content=content, created_by=user, options=options)


def _refuse_strange(chosen: list[Advance], others: list[OtherAdvance]) -> None:
    if not chosen and not others:
        raise SettlementRefused(NO_ADVANCES)
    for each in chosen:
        first, row = chosen[0].document, each.document
        if each.why_not:
            raise SettlementRefused(each.why_not, row)
        if row.currency != first.currency:
            raise SettlementRefused(OTHER_CURRENCY, row)
        if (row.buyer_id or row.buyer_name) != (first.buyer_id or first.buyer_name):
            raise SettlementRefused(OTHER_BUYER, row)
        if _goods(each).isdisjoint(_goods(chosen[-1])):
            # The lines are those of one order: the other one would never be invoiced.
            raise SettlementRefused(OTHER_ORDER, row)


def _goods(advance: Advance) -> set[str]:
    """Names in its order; "" of one that has no rows, which says nothing against any other."""
    rows = settling.order_after(advance.all_trees)
    return {trees.text(row, "P_7Z") for row in rows} or {""}


def next_advance_start(*, document: Document, payment: Decimal | None, user: User) -> Draft:
    """A draft of the next ZAL of the order of `document`; without a payment, of all that is left.

    Where the order is then paid for, it names the earlier advances (art. 106f ust. 4). Raises
    SettlementRefused.
    """
    order = order_of(document)
    if any(each.settled_by for each in order.advances):
        raise SettlementRefused(CLOSED, document)
    amount = order.left if payment is None else payment
    if order.left <= 0 or amount <= 0:
        raise SettlementRefused(FULLY_PAID, document)
    references = _earlier_ones(order) if amount >= order.left else []
    start = invoice_start(document.company, today=clock.today(), kind="ZAL")
    start["Fa"]["P_6"] = clock.today().isoformat()
    content = settling.further_advance(start, order.all_trees[-1], order.rows, amount, references)
    return draft_create(company=document.company, content=content, created_by=user)


def _earlier_ones(order: Order) -> list[dict]:
    for each in order.advances:
        if each.why_not == NO_NUMBER:
            raise SettlementRefused(NO_NUMBER, each.document)
    return [each.reference for each in order.open]
