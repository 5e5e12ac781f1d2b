"""A wrong NIP of the buyer: back to zero for the old one, an invoice anew for the right one.

A correction cannot change a NIP (rule KO-10): KSeF showed the invoice to the wrong taxpayer. So
two documents are issued, or neither.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from django.db import transaction

from invoices.fa3 import tree as trees
from invoices.fa3.correcting import AT_ISSUE, CannotCorrect, Wanted
from invoices.fa3.problems import Problem
from invoices.fa3.tree import Tree
from invoices.models import Document, Submission
from invoices.services.correct import (
    correction_options,
    correction_tree,
    reference_of,
    refuse_uncorrectable,
    standing_of,
)
from invoices.services.delivery_states import State
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import SEAT, IssueRefused, asks_for_seat, problems_of
from invoices.services.links import REISSUES
from ksefapp.accounts.models import User
from ksefapp.lib import clock

REASON = "błędny NIP nabywcy"
BUYER_ID = "Podmiot2/DaneIdentyfikacyjne"
SAME_BUYER, REFUSED = "same-buyer", "refused"
# They belong to the invoice that was, not to the one that takes its place.
_NOT_AGAIN = ("P_1", "P_2", "WZ")


@dataclass(frozen=True)
class Plan:
    """Both trees, and what the rules say about each."""

    zero: Tree
    anew: Tree
    zero_problems: list[Problem]
    anew_problems: list[Problem]

    @property
    def problems(self) -> list[Problem]:
        return self.zero_problems + self.anew_problems


@dataclass(frozen=True)
class Settled:
    """The two documents that were issued."""

    correction: Document
    invoice: Document


class WrongBuyerRefused(Exception):
    """Nothing was issued; `which` is "correction" or "invoice", `.problems` say why."""

    def __init__(self, which: str, problems: list[Problem]) -> None:
        super().__init__(which)
        self.which, self.problems = which, problems


def wrong_buyer_plan(*, original: Document, buyer: Tree, reason: str = "", seat: str = "") -> Plan:
    """What would be issued; `buyer` is as much of Podmiot2 as changes. Raises CannotCorrect.

    `seat` answers whether the right buyer has no seat here ("yes" or "no"), where that is asked.
    """
    _refuse(original)
    now = standing_of(original)
    zero = _zero(original, now, reason)
    anew = _anew(original, now, buyer)
    company, options = original.company, _options(original, anew, seat)
    return Plan(
        zero,
        anew,
        problems_of(zero, company=company, options=correction_options(original, zero)),
        problems_of(anew, company=company, options=options),
    )


def _refuse(original: Document) -> None:
    """What KSeF refused reached no buyer: it is sent anew, not taken back."""
    refuse_uncorrectable(original)
    if original.submission.state == State.REFUSED:
        raise CannotCorrect(REFUSED)


def _zero(original: Document, now: Tree, reason: str) -> Tree:
    wanted = Wanted("zero", reason or REASON, AT_ISSUE)
    return correction_tree(now, reference_of(original), wanted, original.company)


def _anew(original: Document, now: Tree, buyer: Tree) -> Tree:
    """The standing invoice with the right buyer, of today; the day of sale stays what it was."""
    was = now.get("Podmiot2", {})
    if trees.text(buyer, "DaneIdentyfikacyjne/NIP") == trees.text(now, f"{BUYER_ID}/NIP"):
        raise CannotCorrect(SAME_BUYER)
    tree = deepcopy(now)
    # Contacts and keys of somebody else's client file stay behind.
    kept = {name: was[name] for name in ("JST", "GV", "Adres") if name in was}
    tree["Podmiot2"] = {**kept, **deepcopy(buyer)}
    body = tree["Fa"]
    for name in _NOT_AGAIN:
        body.pop(name, None)
    if "OkresFa" not in body:
        body.setdefault("P_6", original.issued_on.isoformat())
    body["P_1"] = clock.today().isoformat()
    return tree


def _options(original: Document, anew: Tree, seat: str) -> dict:
    options = {**correction_options(original, {}), REISSUES: str(original.pk)}
    if seat and asks_for_seat(anew):
        options[SEAT] = seat
    if options.get("outside") == Submission.Outside.CONSUMER:
        options.pop("outside")  # the right buyer has a NIP: no consumer
    return options


def wrong_buyer_settle(
    *,
    original: Document,
    buyer: Tree,
    user: User,
    reason: str = "",
    seat: str = "",
    accept: frozenset[str] = frozenset(),
    notes: Mapping[str, str] | None = None,
) -> Settled:
    """Issues both in one transaction; the arguments as those of the plan.

    Raises CannotCorrect, or WrongBuyerRefused for either.
    """
    with transaction.atomic():
        original = Document.objects.select_for_update(of=("self",)).get(pk=original.pk)
        _refuse(original)
        now = standing_of(original)
        zero, anew = _zero(original, now, reason), _anew(original, now, buyer)
        options = correction_options(original, zero)
        correction = _issue("correction", original, zero, options, user, accept, notes)
        options = _options(original, anew, seat)
        invoice = _issue("invoice", original, anew, options, user, accept, notes)
    return Settled(correction, invoice)


def _issue(which, original, tree, options, user, accept, notes) -> Document:
    draft = draft_create(company=original.company, content=tree, created_by=user, options=options)
    try:
        return invoice_issue(
            draft=draft, issued_by=user, on=clock.today(), accept=accept, notes=notes
        )
    except IssueRefused as refused:
        raise WrongBuyerRefused(which, refused.problems) from None
