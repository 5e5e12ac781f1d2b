"""What a correction corrects, and whether KSeF has given that its number yet."""

from collections.abc import Iterator
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet

from invoices.fa3 import tree as trees
from invoices.fa3.rules.invoice import CORRECTIONS
from invoices.models import Document, Draft, Submission
from invoices.services.delivery_states import State
from invoices.services.earlier import AT_ONCE, REFERENCES, documents_of
from invoices.services.self_billing import seller_nip
from ksefapp.lib import clock

NUMBER = "NrFaKorygowanej"
NEVER_NUMBERED = (State.WITHDRAWN, State.OUTSIDE)


def waiting_originals(tree: dict, draft: Draft) -> Iterator[tuple[int, Document, bool]]:
    """(position, our document without a KSeF number, whether the tree says it has none)."""
    for position, entry, original in own_originals(tree, draft):
        if not original.ksef_number:
            yield position, original, trees.text(entry, "NrKSeFN") == "1"


def own_originals(tree: dict, draft: Draft) -> Iterator[tuple[int, dict, Document]]:
    """(position, entry, document) of entries of DaneFaKorygowanej that name one of ours.

    Only documents that have or will get a KSeF number. Many entries are read by one query: a
    rebate names thousands of invoices.
    """
    entries = enumerate(trees.groups(tree, REFERENCES))
    while some := list(islice(entries, AT_ONCE)):
        known = _by_number({trees.text(entry, NUMBER) for _, entry in some} - {""}, tree, draft)
        for position, entry in some:
            found = known.get(trees.text(entry, NUMBER))
            if found:
                yield position, entry, _meant(found, trees.text(entry, "NrKSeFFaKorygowanej"))


def _by_number(numbers: set[str], tree: dict, draft: Draft) -> dict[str, list[Document]]:
    """Invoices before corrections, the latest first: kinds may share a number."""
    rows = documents_of(draft).filter(
        number__in=numbers, seller_nip=seller_nip(tree, draft.company)
    )
    rows = rows.exclude(submission__state__in=NEVER_NUMBERED).order_by("-issued_at")
    found: dict[str, list[Document]] = {}
    for row in sorted(rows, key=lambda row: row.kind in CORRECTIONS):
        found.setdefault(row.number, []).append(row)
    return found


def _meant(rows: list[Document], ksef_number: str) -> Document:
    by_ksef = (row for row in rows if ksef_number and row.ksef_number == ksef_number)
    return next(by_ksef, rows[0])


def original_awaited(tree: dict, draft: Draft) -> Document | None:
    """What a correction that is being issued has to follow on its way to KSeF, if anything.

    Its original while that has no number; else the correction that was asked for before it.
    """
    found = next(waiting_originals(tree, draft), None)
    if found is not None:
        return found[1]
    if draft.waits_for_id is None:
        return None
    asked = Draft.objects.filter(
        waits_for=draft.waits_for_id,
        asked_at__lt=draft.asked_at or clock.now(),
        issued_as__isnull=False,
        issued_as__ksef_number=None,
        issued_as__withdrawn_at=None,
    )
    last = asked.select_related("issued_as").order_by("-asked_at").first()
    return last.issued_as if last else None


def follow_replacement(old: Document, new: Document) -> None:
    """Corrections that waited for a document wait for the one that replaces it from now on."""
    Submission.objects.filter(waits_for=old).update(waits_for=new)
    Draft.objects.filter(waits_for=old, issued_as=None).update(waits_for=new)


def hopeless() -> QuerySet[Document]:
    """Documents that will have no KSeF number, and that nobody is about to replace."""
    replacing = Draft.objects.filter(replaces=OuterRef("pk"), issued_as=None)
    rows = Document.objects.filter(ksef_number=None, submission__state__in=NEVER_NUMBERED)
    return rows.exclude(Exists(replacing))
