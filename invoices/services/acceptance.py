"""Many invoices accepted at once: what `verdicts.accept` does, for hundreds in a few statements.

Only for those whose acceptance has no further consequences: KSeF booked them in their own mode,
they replace nothing of which a paper may be out, nothing was handed out, no notice stands about
them. The others go one by one.
"""

from collections.abc import Sequence

from django.db import transaction

from auth_ksef.client import InvoiceStatus
from invoices.models import Attempt, Chore, Document, HandOver, Submission
from invoices.services.delivery_states import State
from invoices.services.doorbell import ring
from invoices.services.evidence import ACCEPTED
from invoices.services.mail_itself import mails_order
from invoices.services.telling import duplicate_key
from invoices.services.verdicts import OFFLINE, accept
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from ksefapp.notify.models import Notice

Pair = tuple[Submission, InvoiceStatus]


def accept_many(pairs: Sequence[Pair]) -> None:
    """Moves sent rows to accepted, in one transaction; rows that were moved since are left alone.

    All rows are of one company; each status is an acceptance with a KSeF number.
    """
    special = _with_consequences(pairs)
    with transaction.atomic():
        rows = Submission.objects.select_for_update().filter(
            pk__in=[row.pk for row, _ in pairs], state=State.SENT
        )
        sent = dict(rows.values_list("pk", "tries"))
        ours = [pair for pair in pairs if sent.get(pair[0].pk) == pair[0].tries]
        _store([pair for pair in ours if pair[0].pk not in special])
        for row, found in ours:
            if row.pk in special:
                mode = found.invoicing_mode or ""
                number, at = found.ksef_number, found.acquisition_date
                accept(row, ksef_number=number, at=at, ksef_mode=mode)


def _with_consequences(pairs: Sequence[Pair]) -> set[int]:
    documents = {row.document_id: row.pk for row, _ in pairs}
    handed = HandOver.objects.filter(document__in=documents)
    keys = {duplicate_key(row.document): row.pk for row, _ in pairs}
    notices = Notice.objects.filter(key__in=keys, over=False)
    return (
        {documents[pk] for pk in handed.values_list("document_id", flat=True)}
        | {keys[key] for key in notices.values_list("key", flat=True)}
        | {row.pk for row, found in pairs if not _is_as_issued(row, found.invoicing_mode)}
        | {row.pk for row, _ in pairs if row.document.replaces_id}
    )


def _is_as_issued(row: Submission, ksef_mode: str | None) -> bool:
    is_online = row.mode == Submission.Mode.ONLINE
    return not ksef_mode or (ksef_mode == OFFLINE) != is_online


def _store(pairs: Sequence[Pair]) -> None:
    if not pairs:
        return
    _move(pairs)
    _number(pairs)
    rows, now = [row for row, _ in pairs], clock.now()
    Attempt.objects.bulk_create(
        Attempt(
            submission=row,
            at=now,
            step="status",
            outcome="ok",
            code=ACCEPTED,
            invoice_reference=row.invoice_reference,
        )
        for row in rows
    )
    _order([row.document for row in rows])
    mails_order([row.document_id for row in rows])
    AuditEntry.objects.bulk_create(
        AuditEntry(
            action="invoice.accepted",
            company=row.document.company,
            subject=row.document.number[:100],
            details={"ksef_number": found.ksef_number},
        )
        for row, found in pairs
    )
    transaction.on_commit(lambda: ring("chores_task"))


def _move(pairs: Sequence[Pair]) -> None:
    now = clock.now()
    for row, found in pairs:
        row.state, row.changed_at = State.ACCEPTED, now
        row.lease_until = row.not_before = None
        row.last_code, row.last_text = ACCEPTED, ""
        row.ksef_mode = found.invoicing_mode or ""
    fields = ["state", "changed_at", "lease_until", "not_before", "last_code", "last_text"]
    Submission.objects.bulk_update([row for row, _ in pairs], [*fields, "ksef_mode"])


def _number(pairs: Sequence[Pair]) -> None:
    """The KSeF number is written once: a document that has one keeps it."""
    numbers = {row.document_id: found for row, found in pairs}
    free = list(Document.objects.filter(pk__in=numbers, ksef_number=None).only("pk"))
    for document in free:
        found = numbers[document.pk]
        document.ksef_number = found.ksef_number
        document.ksef_number_at = found.acquisition_date or clock.now()
    Document.objects.bulk_update(free, ["ksef_number", "ksef_number_at"])


def _order(documents: Sequence[Document]) -> None:
    """The UPO, once, and the print anew: what was printed before does not count any more."""
    upos = [Chore(document=one, kind=Chore.Kind.UPO) for one in documents]
    Chore.objects.bulk_create(upos, ignore_conflicts=True)
    old = Chore.objects.filter(document__in=documents, kind=Chore.Kind.PRINT, language="pl")
    old.update(done_at=None, lease_until=None, tries=0, not_before=clock.now())
    prints = [Chore(document=one, kind=Chore.Kind.PRINT, language="pl") for one in documents]
    Chore.objects.bulk_create(prints, ignore_conflicts=True)
