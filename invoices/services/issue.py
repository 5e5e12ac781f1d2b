"""From a draft to an issued document: number, frozen bytes, and a place in the queue, at once."""

import copy
import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.defaults import stamp
from invoices.fa3.examine import examine
from invoices.fa3.problems import Problem
from invoices.models import Document, DocumentXml, Draft, Submission
from invoices.services import series
from invoices.services.doorbell import ring
from invoices.services.drafts import DraftConflict, DraftIssued
from invoices.services.withdraw import document_withdraw
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, Environment, User
from ksefapp.lib import clock
from offline.deadlines import offline24_deadline

BACKDATED = "DT-02"
PLACEHOLDER_NUMBER = "?"  # stands for P_2 while a draft without a number is checked


class IssueRefused(Exception):
    """Nothing was issued; `.problems` says why, blocking ones first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(problem.rule for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Ready:
    """A tree that can be issued, with its date and number filled in."""

    tree: dict
    xml: bytes
    on: date
    number: str


def problems_of(content: dict, *, company: Company) -> list[Problem]:
    """What blocks or is worth a look, as if the draft were issued now; reserves no number."""
    tree = copy.deepcopy(content)
    fa = tree.setdefault("Fa", {}) if isinstance(tree.get("Fa", {}), dict) else {}
    today = clock.today()
    fa["P_1"] = fa.get("P_1") or today.isoformat()
    fa["P_2"] = fa.get("P_2") or PLACEHOLDER_NUMBER
    return _problems(tree, company=company, today=today)[0]


def invoice_issue(
    *,
    draft: Draft,
    issued_by: User,
    on: date,
    accept: frozenset[str] = frozenset(),
    version: int | None = None,
) -> Document:
    """Issues the draft: number, XML, document, queued submission, audit, in one transaction.

    `on` is the Warsaw day of issue and becomes P_1 where the draft has none; a given P_2 is
    used as it is. P_1 before today is refused with DT-02 unless accepted, and is then recorded
    as offline24. Raises IssueRefused, DraftIssued, or DraftConflict when `version` is stale.
    """
    with transaction.atomic():
        draft = _lock(draft, version)
        _refuse_wrong_environment(draft)
        ready = _compose(draft, on=on, accept=accept)
        document = _store(draft, ready, issued_by=issued_by)
        _queue(document, ready, today=on)
        Draft.objects.filter(pk=draft.pk).update(issued_as=document)
        audit(
            "invoice.issue",
            company=draft.company,
            user=issued_by,
            subject=document.number,
            document=str(document.pk),
            sha256=document.sha256,
            accepted=sorted(accept),
        )
        transaction.on_commit(lambda: ring("company_task", draft.company_id))
    return document


def _lock(draft: Draft, version: int | None) -> Draft:
    # The company as well: it must not change its environment under a document being issued.
    rows = Draft.objects.select_for_update(of=("self", "company")).select_related("company")
    row = rows.get(pk=draft.pk)
    if row.issued_as_id:
        raise DraftIssued(row.issued_as)
    if version is not None and row.version != version:
        raise DraftConflict(row)
    return row


def _refuse_wrong_environment(draft: Draft) -> None:
    """A draft made in one environment is never issued in another (nothing is carried over)."""
    if draft.environment == draft.company.environment:
        return
    name = Environment(draft.environment).label
    raise IssueRefused(
        [
            Problem(
                "",
                "APP-environment",
                "block",
                f"Ten szkic powstał w innym środowisku ({name}). Zrób nowy w obecnym.",
                f"This draft was made in another environment ({name}). Make a new one here.",
            )
        ]
    )


def _compose(draft: Draft, *, on: date, accept: frozenset[str]) -> Ready:
    tree = copy.deepcopy(draft.content)
    fa = tree.get("Fa")
    if not isinstance(fa, dict):
        raise IssueRefused(problems_of(draft.content, company=draft.company))
    fa["P_1"] = fa.get("P_1") or on.isoformat()
    problems, _ = _problems(
        tree | {"Fa": fa | {"P_2": fa.get("P_2") or PLACEHOLDER_NUMBER}},
        company=draft.company,
        today=on,
    )
    stops = [p for p in problems if p.severity == "block"]
    stops += [p for p in problems if p.rule == BACKDATED and BACKDATED not in accept]
    if stops:
        raise IssueRefused(stops)
    # Read as the schema reads them: blanks around a date or a kind are valid and mean nothing.
    issued_on = date.fromisoformat(trees.text(tree, "Fa/P_1"))
    if not fa.get("P_2"):
        kind = trees.text(tree, "Fa/RodzajFaktury")
        fa["P_2"] = series.number_take(company=draft.company, kind=kind, on=issued_on)
    problems, xml = _problems(tree, company=draft.company, today=on)
    if any(p.severity == "block" for p in problems):
        raise IssueRefused([p for p in problems if p.severity == "block"])
    return Ready(tree, xml, issued_on, trees.collapse(fa["P_2"]))


def _problems(tree: dict, *, company: Company, today: date) -> tuple[list[Problem], bytes]:
    """Schema, rules, and whether the seller is this company; with the bytes that were checked."""
    now = clock.now()
    stamped = stamp(tree, now_utc=now, software=settings.SOFTWARE_NAME)
    found = examine(stamped, today=today, environment=company.environment, now=now)
    problems = found.problems + _foreign_seller(stamped, company)
    order = {"block": 0, "warn": 1, "hint": 2}
    return sorted(problems, key=lambda problem: order[problem.severity]), found.xml


def _foreign_seller(tree: dict, company: Company) -> list[Problem]:
    """KSeF would refuse another taxpayer's invoice (410)."""
    seller = tree.get("Podmiot1")
    identity = seller.get("DaneIdentyfikacyjne") if isinstance(seller, dict) else None
    nip = identity.get("NIP") if isinstance(identity, dict) else None
    if nip == company.nip:
        return []
    return [
        Problem(
            "Podmiot1/DaneIdentyfikacyjne/NIP",
            "APP-seller",
            "block",
            f"Sprzedawcą musi być ta firma: NIP {company.nip}.",
            f"The seller must be this company: NIP {company.nip}.",
        )
    ]


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
        seller_nip=draft.company.nip,
        buyer_name=summary.buyer.name[:512],
        buyer_id=summary.buyer.id[:60],
        currency=summary.currency,
        net=summary.net,
        vat=summary.vat,
        gross=summary.gross or Decimal(0),
        due_on=min(summary.payment.due_on, default=None),
        paid=summary.payment.is_paid,
        replaces=replaced,
    )
    document.search = search_text(document)
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError as error:
        raise IssueRefused([_number_taken(document)]) from error
    DocumentXml.objects.create(document=document, content=ready.xml)
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


def search_text(document: Document) -> str:
    """What the list's search looks through: number, buyer, identifiers, amount both ways."""
    gross = f"{document.gross:.2f}"
    parts = [document.number, document.buyer_name, document.buyer_id, gross]
    return " ".join([*parts, gross.replace(".", ",")]).lower()


def _queue(document: Document, ready: Ready, *, today: date) -> None:
    late = ready.on < today
    deadline = offline24_deadline(ready.on, saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY)
    Submission.objects.create(
        document=document,
        environment=document.environment,
        mode=Submission.Mode.OFFLINE24 if late else Submission.Mode.ONLINE,
        deadline_on=deadline.on if late else None,
    )
