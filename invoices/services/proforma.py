"""Pro formas: an offer with its own number, never sent, from which an invoice is made once."""

import copy
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from auth_ksef.messages import Pair, Refusal
from invoices.fa3 import copying, facades, orders
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rates import PLN_VAT_FIELDS
from invoices.fa3.totals import fmt_amount
from invoices.models import Contractor, Document, Draft, Proforma
from invoices.render import pdf
from invoices.services import series
from invoices.services.drafts import DraftConflict, DraftIssued, draft_create
from invoices.services.issue_checks import IssueRefused, refuse_wrong_environment
from invoices.services.look import look_get
from invoices.services.previews import refuse_long
from invoices.services.proforma_checks import (
    OPTION,
    RULE,
    cancelled_problems,
    is_proforma,
    proforma_problems,
)
from invoices.services.search import query_read, said_in_columns
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

DROPPED = ("P_2", "P_6", "KursWalutyZ", *PLN_VAT_FIELDS)  # of their day or of the offer alone
CANCELLED: Pair = (
    "Ta pro forma jest anulowana. Przywróć ją, jeśli oferta wraca.",
    "This pro forma is cancelled. Restore it if the offer is back.",
)
INVOICED: Pair = (
    "Z tej pro formy jest już faktura, więc nie można jej anulować.",
    "There is an invoice of this pro forma, so it cannot be cancelled.",
)
ELSEWHERE: Pair = (
    "Ta pro forma powstała w innym środowisku KSeF.",
    "This pro forma was made in another KSeF environment.",
)


class ProformaRefused(Refusal):
    """Nothing was changed; two sentences say why."""


def proforma_list(company: Company, words: str = "") -> QuerySet[Proforma]:
    """Those of the company's present environment, newest first; all words must be in one."""
    rows = Proforma.objects.filter(company=company, environment=company.environment)
    rows = said_in_columns(rows, query_read(words))
    return rows.select_related("invoice", "draft", "created_by").order_by(
        "-issued_on", "-created_at", "pk"
    )


def proforma_issue(
    *, draft: Draft, issued_by: User, on: date, version: int | None = None
) -> Proforma:
    """The pro forma of a draft, which is gone then: number and content are frozen.

    It has the draft's id, so that a form sent twice finds the first one. `on` (Warsaw) is its
    date where the draft has none. Raises IssueRefused, DraftIssued, DraftConflict.
    """
    key = draft.pk
    try:
        return Proforma.objects.filter(pk=key).first() or _issue(draft, issued_by, on, version)
    except Draft.DoesNotExist:  # the same form was sent twice, and the other one was quicker
        made = Proforma.objects.filter(pk=key).first()
        if made is None:
            raise
        return made


def _issue(draft: Draft, issued_by: User, on: date, version: int | None) -> Proforma:
    with transaction.atomic():
        draft = _lock(draft, version)
        tree, issued_on = _content(draft, on)
        _refuse(proforma_problems(tree, draft))
        tree["Fa"]["P_2"] = _number(tree, draft, issued_on)
        row = _store(draft, tree, issued_on, issued_by)
        Draft.objects.filter(pk=draft.pk).delete()
        _audited("issue", row, issued_by)
    return row


def _lock(draft: Draft, version: int | None) -> Draft:
    rows = Draft.objects.select_for_update(of=("self", "company")).select_related("company")
    row = rows.get(pk=draft.pk)
    if row.issued_as_id:
        raise DraftIssued(row.issued_as)
    if version is not None and row.version != version:
        raise DraftConflict(row)
    if not is_proforma(row.options):
        raise IssueRefused(
            [_problem("To nie jest szkic pro formy.", "This draft is no pro forma.")]
        )
    refuse_wrong_environment(row)
    return row


def _problem(pl: str, en: str, path: str = "") -> Problem:
    return Problem(path, RULE, "block", pl, en)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise IssueRefused(problems)


def _content(draft: Draft, on: date) -> tuple[dict, date]:
    tree = copy.deepcopy(draft.content)
    if not isinstance(tree.get("Fa"), dict):
        _refuse(proforma_problems(tree, draft))
    given = trees.text(tree, "Fa/P_1")
    tree["Fa"]["P_1"] = given or on.isoformat()
    return tree, facades.day(tree, "Fa/P_1") or on


def _number(tree: dict, draft: Draft, on: date) -> str:
    given = trees.collapse(trees.text(tree, "Fa/P_2"))
    if not given:
        return series.number_take(
            company=draft.company, kind=series.PROFORMA_KIND, on=on, scope=series.PROFORMA
        )
    if len(given) > 256:
        _refuse([_problem("Numer jest za długi.", "The number is too long.", "Fa/P_2")])
    return given


def _store(draft: Draft, tree: dict, issued_on: date, by: User) -> Proforma:
    summary = facades.summary(tree)
    options = {name: value for name, value in draft.options.items() if name != OPTION}
    row = Proforma(
        pk=draft.pk,
        company=draft.company,
        environment=draft.environment,
        number=summary.number,
        issued_on=issued_on,
        content=tree,
        options=options,
        contractor=_contractor(draft),
        buyer_name=summary.buyer.name[:512],
        buyer_id=summary.buyer.id[:60],
        currency=(summary.currency or "PLN")[:3],
        gross=summary.gross,
        created_by=by,
    )
    row.search = _search(row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        pl = f"Numer {row.number} ma już inna pro forma. Nadaj kolejny."
        en = f"Number {row.number} is used by another pro forma. Take the next one."
        raise IssueRefused([_problem(pl, en, "Fa/P_2")]) from None
    return row


def _contractor(draft: Draft) -> Contractor | None:
    key = draft.options.get("contractor")
    if not isinstance(key, int):
        return None
    return Contractor.objects.filter(pk=key, company=draft.company).first()


def _search(row: Proforma) -> str:
    gross = f"{row.gross:.2f}"
    parts = [row.number, row.buyer_name, row.buyer_id, gross, gross.replace(".", ",")]
    return " ".join(parts).lower()


def _audited(what: str, row: Proforma, by: User) -> None:
    audit(
        f"proforma.{what}", company=row.company, user=by, subject=row.number, proforma=str(row.pk)
    )


def proforma_invoice(*, proforma: Proforma, user: User, advance: bool = False) -> Draft | Document:
    """The invoice of a pro forma: the one issued, the draft that is open, or a new draft of it.

    The draft is dated today, its terms of payment move along, rates of exchange are asked anew.
    With `advance` the lines become the order of an advance invoice (ZAL). Raises
    ProformaRefused.
    """
    with transaction.atomic():
        row = Proforma.objects.select_for_update().get(pk=proforma.pk)
        _refuse_unusable(row)
        if row.invoice_id:
            return row.invoice
        if row.draft_id:
            return row.draft
        row.draft = draft_create(
            company=row.company,
            content=_invoice_tree(row.content, advance=advance),
            created_by=user,
            options=row.options,
        )
        row.save(update_fields=["draft"])
        _audited("invoice", row, user)
        return row.draft


def _refuse_unusable(row: Proforma) -> None:
    if row.environment != row.company.environment:
        raise ProformaRefused(ELSEWHERE)
    if row.cancelled_at and not row.invoice_id:
        raise ProformaRefused(CANCELLED)


def _invoice_tree(content: dict, *, advance: bool) -> dict:
    tree = copying.redated(content, today=clock.today())
    for name in DROPPED:
        tree["Fa"].pop(name, None)
    for entry in trees.groups(tree, "Fa/FaWiersz"):
        entry.pop("KursWaluty", None)
    return _advance_tree(tree) if advance else tree


ORDER_NAMES = {
    "P_7": "P_7Z",
    "Indeks": "IndeksZ",
    "GTIN": "GTINZ",
    "PKWiU": "PKWiUZ",
    "CN": "CNZ",
    "PKOB": "PKOBZ",
    "P_8A": "P_8AZ",
    "P_8B": "P_8BZ",
    "P_9A": "P_9AZ",
    "P_12": "P_12Z",
    "P_12_XII": "P_12Z_XII",
    "P_12_Zal_15": "P_12Z_Zal_15",
    "GTU": "GTUZ",
    "KwotaAkcyzy": "KwotaAkcyzyZ",
}


def _advance_tree(tree: dict) -> dict:
    """The lines as the order of an advance invoice; what was paid is still to be said."""
    fa, views = tree["Fa"], facades.summary(tree).lines
    lines = fa.pop("FaWiersz", [])
    for name in [name for name in fa if name.startswith(("P_13", "P_14", "P_15"))]:
        fa.pop(name)
    fa["RodzajFaktury"] = "ZAL"
    rows = [_order_row(*each) for each in zip(lines, views, strict=True)]
    for place, row in enumerate(rows, start=1):
        row["NrWierszaZam"] = str(place)
    trees.put(tree, "Fa/Zamowienie/ZamowienieWiersz", rows)
    return orders.counted(tree)


def _order_row(line: dict, view: facades.LineView) -> dict:
    """Orders have net prices only: of a line with a gross price the amounts are kept."""
    row = {name: line[old] for old, name in ORDER_NAMES.items() if old in line}
    amounts = {"P_11NettoZ": view.net, "P_11VatZ": view.vat}
    return row | {name: fmt_amount(each) for name, each in amounts.items() if each is not None}


def proforma_cancel(*, proforma: Proforma, user: User) -> Proforma:
    """The offer does not stand any more; its number stays taken. Raises ProformaRefused."""
    with transaction.atomic():
        row = Proforma.objects.select_for_update().get(pk=proforma.pk)
        if row.invoice_id:
            raise ProformaRefused(INVOICED)
        if row.cancelled_at is None:
            row.cancelled_at = clock.now()
            row.save(update_fields=["cancelled_at"])
            _audited("cancel", row, user)
    return row


def proforma_restore(*, proforma: Proforma, user: User) -> Proforma:
    """The offer is back, as it was; a draft of its invoice may be issued again.

    Raises ProformaRefused.
    """
    with transaction.atomic():
        rows = Proforma.objects.select_for_update(of=("self",)).select_related("company")
        row = rows.get(pk=proforma.pk)
        if row.environment != row.company.environment:
            raise ProformaRefused(ELSEWHERE)
        if row.cancelled_at is not None:
            row.cancelled_at = None
            row.save(update_fields=["cancelled_at"])
            _audited("restore", row, user)
    return row


def proforma_invoiced(document: Document, tree: dict, draft: Draft, by: User) -> None:
    """A step of the issue: the pro forma that the draft was made of knows its invoice.

    What takes the place of a refused invoice is then the invoice of that one's pro forma.
    Raises IssueRefused where it was cancelled since the draft was checked.
    """
    list(Proforma.objects.select_for_update().filter(draft=draft, invoice=None))
    _refuse(cancelled_problems(draft))
    Proforma.objects.filter(draft=draft, invoice=None).update(invoice=document)
    if document.replaces_id:
        Proforma.objects.filter(invoice=document.replaces_id).update(invoice=document)


def proforma_pdf(*, proforma: Proforma, language: str) -> bytes:
    """The print, made in the request. Raises PreviewTooLong, and PrintUnavailable."""
    refuse_long(proforma.content)
    return pdf.invoice_pdf(
        proforma.content,
        language=language,
        ksef_number=None,
        link=None,
        environment=proforma.environment,
        state="proforma",
        sha256="",
        look=look_get(proforma.company),
    )
