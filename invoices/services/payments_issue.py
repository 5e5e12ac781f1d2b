"""What a new document brings about payments: those it states itself, those of what it replaces."""

from collections import Counter

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.lines import number
from invoices.fa3.tree import Tree
from invoices.models import Document, Draft, Payment
from ksefapp.accounts.models import User
from ksefapp.lib import clock

PARTS = "Fa/Platnosc/ZaplataCzesciowa"
STATED = "na fakturze"  # the note of what the invoice itself says had come


def payments_follow(document: Document, tree: Tree, draft: Draft, by: User) -> None:
    """A step of the issue. Parts that the invoice says were paid are entries from the beginning.

    Entries about the refused invoice that this one replaces go over to it: the money is there.
    """
    stated = [] if document.paid else list(_stated(tree))
    rows = [Payment(amount=amount, received_on=day, note=STATED) for amount, day in stated]
    if document.replaces_id:
        rows += _taken_over(document, Counter(stated), by)
    for row in rows:
        row.document, row.recorded_by = document, by
    Payment.objects.bulk_create(rows)


def _stated(tree: Tree):
    for part in trees.groups(tree, PARTS):
        amount = number(part, "KwotaZaplatyCzesciowej")
        day = facades.day(part, "DataZaplatyCzesciowej")
        if amount and day:
            yield amount, day


def _taken_over(document: Document, stated: Counter, by: User) -> list[Payment]:
    old = Payment.objects.filter(document=document.replaces_id, cancelled_at=None)
    rows = []
    for row in old:
        if row.note == STATED and (document.paid or stated[row.amount, row.received_on]):
            stated[row.amount, row.received_on] -= 1
            continue
        rows.append(Payment(amount=row.amount, received_on=row.received_on, note=row.note))
    old.update(cancelled_at=clock.now(), cancelled_by=by)
    return rows
