"""From a draft to an issued document: number, frozen bytes, and a place in the queue, at once."""

import copy
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from auth_ksef.kod2 import Kod2Refused
from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.models import Document, DocumentXml, Draft, Submission
from invoices.services import accepting, relief, series
from invoices.services.contractors import contractor_of
from invoices.services.delivery_states import WITHOUT_KOD2
from invoices.services.doorbell import ring
from invoices.services.drafts import DraftConflict, DraftIssued
from invoices.services.issue_checks import (
    PLACEHOLDER_NUMBER,
    IssueRefused,
    check_issue,
    refuse_template,
    refuse_wrong_environment,
    stops_of,
)
from invoices.services.issue_mode import Chosen, alarm, kod2_problems, mode_choose, queue
from invoices.services.issued import issued
from invoices.services.originals import follow_replacement, original_awaited
from invoices.services.papers import duty_of, kod2_make
from invoices.services.proforma_checks import NEVER_ISSUED, is_proforma
from invoices.services.search_words import words_of
from invoices.services.self_billing import is_self_billed, number_next, seller_nip
from invoices.services.technical import refuse_other_content
from invoices.services.withdraw import document_withdraw
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """How to issue: the day, what the person settled beforehand, and the mode asked for."""

    by: User
    on: date
    accept: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    ask_warnings: bool = False
    mode: str | None = None

    def asked(self, draft: Draft) -> Mapping[str, dict] | None:
        """The draft's accepted warnings, where all others shall stop the issue."""
        return draft.accepted if self.ask_warnings else None


@dataclass(frozen=True)
class Ready:
    """A tree that can be issued, with its date, number and mode filled in."""

    tree: dict
    xml: bytes
    on: date
    number: str
    chosen: Chosen
    accepted: dict  # warnings that somebody let stand


def invoice_issue(
    *,
    draft: Draft,
    issued_by: User,
    on: date,
    accept: frozenset[str] = frozenset(),
    notes: Mapping[str, str] | None = None,
    ask_warnings: bool = False,
    version: int | None = None,
    mode: str | None = None,
) -> Document:
    """Issues the draft: number, XML, document, submission, audit, in one transaction.

    `on` is the Warsaw day of issue and becomes P_1 where the draft has none; a given P_2 is
    used as it is. `mode` is a Submission.Mode that a person chose; without one the company's
    present mode counts. Rules of `issue_checks.STOPS` stop the issue once, until accepted; with
    `ask_warnings` so does every warning that `Draft.accepted` does not have (see `accepting`).
    `notes` say why, by rule of `accept`; they stay with the document.
    Raises IssueRefused, DraftIssued, or DraftConflict when `version` is stale.
    """
    order = Order(issued_by, on, accept, notes or {}, ask_warnings, mode)
    try:
        with transaction.atomic():
            return _issue(draft, order, version)
    except IssueRefused as refused:
        # Nobody chose the mode and nobody may be looking: the people of the company are told.
        if refused.by_rule:
            alarm(draft.company, refused.problems)
        raise


def _issue(draft: Draft, order: Order, version: int | None) -> Document:
    draft = _lock(draft, version)
    refuse_wrong_environment(draft)
    refuse_template(draft)
    if is_proforma(draft.options):
        raise IssueRefused([NEVER_ISSUED])
    ready = _compose(draft, order)
    document = _store(draft, ready, issued_by=order.by)
    waits_for = original_awaited(ready.tree, draft)
    submission = queue(document, ready.chosen, draft, tree=ready.tree, waits_for=waits_for)
    if ready.chosen.loses_relief:
        relief.loss_by(document, order.by)
    _sign(submission, order.by)
    Draft.objects.filter(pk=draft.pk).update(issued_as=document)
    issued(document, ready.tree, draft, order.by)
    audit(
        "invoice.issue",
        company=draft.company,
        user=order.by,
        subject=document.number,
        document=str(document.pk),
        sha256=document.sha256,
        mode=submission.mode,
        accepted=sorted(order.accept | {entry["rule"] for entry in ready.accepted.values()}),
        notes={entry["rule"]: entry["note"] for entry in ready.accepted.values() if entry["note"]},
    )
    transaction.on_commit(lambda: ring("company_task", draft.company_id))
    return document


def _lock(draft: Draft, version: int | None) -> Draft:
    # The company as well: it must not change its environment under a document being issued.
    rows = Draft.objects.select_for_update(of=("self", "company"))
    row = rows.select_related("company").get(pk=draft.pk)
    if row.issued_as_id:
        raise DraftIssued(row.issued_as)
    if version is not None and row.version != version:
        raise DraftConflict(row)
    return row


def _compose(draft: Draft, order: Order) -> Ready:
    tree, on = copy.deepcopy(draft.content), order.on
    fa = tree.get("Fa")
    if not isinstance(fa, dict):
        raise IssueRefused(check_issue(draft.content, draft, today=on)[0])
    fa["P_1"] = fa.get("P_1") or on.isoformat()
    probe = tree | {"Fa": fa | {"P_2": fa.get("P_2") or PLACEHOLDER_NUMBER}}
    problems, _ = check_issue(probe, draft, today=on)
    # Read as the schema reads them: blanks around a date or a kind are valid and mean nothing.
    issued_on = facades.day(tree, "Fa/P_1")
    chosen = mode_choose(
        draft,
        tree=tree,
        issued_on=issued_on or on,
        today=on,
        asked=order.mode,
        accept=order.accept,
    )
    moded = _of_mode(tree, draft, chosen, order.by)
    _refuse_stopped(problems + moded, draft, order, chosen)
    refuse_other_content(draft, tree, order.accept)
    if not fa.get("P_2"):
        fa["P_2"] = _number(tree, draft.company, issued_on, chosen)
    problems, xml = check_issue(tree, draft, today=on)
    _refuse_stopped(problems, draft, order, chosen)
    accepted = accepting.stored_with(
        problems + moded, draft.accepted, rules=order.accept, notes=order.notes, user=order.by
    )
    return Ready(tree, xml, issued_on, trees.collapse(fa["P_2"]), chosen, accepted)


def _number(tree: dict, company: Company, on: date, chosen: Chosen) -> str:
    if is_self_billed(tree, company):
        return number_next(tree, company, on)
    kind, scope = trees.text(tree, "Fa/RodzajFaktury"), series.scope_of(chosen.mode)
    return series.number_take(company=company, kind=kind, on=on, scope=scope)


def _of_mode(tree: dict, draft: Draft, chosen: Chosen, issued_by: User) -> list[Problem]:
    """What the mode of issue has to say."""
    duty = duty_of(tree, draft.options)
    return [
        *chosen.problems,
        *kod2_problems(chosen, company=draft.company, issued_by=issued_by, duty=duty),
    ]


def _refuse_stopped(problems: list[Problem], draft: Draft, order: Order, chosen: Chosen) -> None:
    asked = order.asked(draft)
    if stops := stops_of(problems, order.accept, carried=chosen.carried, asked=asked):
        raise IssueRefused(stops, by_rule=chosen.by_rule)


def _sign(submission: Submission, issued_by: User) -> None:
    """KOD II while the person is here; what cannot be signed now was accepted as a warning."""
    if submission.mode in WITHOUT_KOD2:
        return
    try:
        kod2_make(submission.document, acting=issued_by)
    except Kod2Refused as refusal:
        log.info("no KOD II for %s: %s", submission.document_id, refusal.code)


def _store(draft: Draft, ready: Ready, *, issued_by: User) -> Document:
    summary = facades.summary(ready.tree)
    replaced = draft.replaces
    if replaced is not None:
        replaced = _withdraw_replaced(replaced)
    document = Document(
        company=draft.company,
        environment=draft.environment,
        kind=summary.kind,
        number=ready.number,
        issued_on=ready.on,
        issued_by=issued_by,
        sha256=hashlib.sha256(ready.xml).hexdigest(),
        seller_nip=seller_nip(ready.tree, draft.company),
        buyer_name=summary.buyer.name[:512],
        buyer_id=summary.buyer.id[:60],
        currency=summary.currency,
        net=summary.net,
        vat=summary.vat,
        vat_pln=summary.vat_pln,
        gross=summary.gross or Decimal(0),
        due_on=min(summary.payment.due_on, default=None),
        paid=summary.payment.is_paid,
        replaces=replaced,
        contractor=contractor_of(draft.company, ready.tree, draft.options),
        hand_over_why=duty_of(ready.tree, draft.options),
        accepted=ready.accepted,
    )
    document.search = search_text(document, ready.tree)
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError as error:
        raise IssueRefused([_number_taken(document)]) from error
    DocumentXml.objects.create(document=document, content=ready.xml)
    if replaced is not None:
        follow_replacement(replaced, document)
    return document


def _withdraw_replaced(document: Document) -> Document:
    """What KSeF refused gives its number back at the moment its replacement is issued."""
    if document.withdrawn_at is None:
        document_withdraw(document=document)
    return document


def _number_taken(document: Document) -> Problem:
    return Problem(
        "Fa/P_2",
        "DT-03",
        "block",
        f"Numer {document.number} ma już inna faktura tego rodzaju. Nadaj kolejny.",
        f"Number {document.number} is used by another invoice of this kind. Take the next one.",
    )


def search_text(document: Document, tree: trees.Tree | None = None) -> str:
    """What a search looks through: number, buyer, amount both ways, and the words of the tree."""
    gross = f"{document.gross:.2f}"
    parts = [document.number, document.buyer_name, document.buyer_id, gross]
    words = words_of(tree) if tree else ""
    return " ".join([*parts, gross.replace(".", ","), words]).lower().strip()
