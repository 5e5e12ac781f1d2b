"""What a correction corrects, and whether KSeF has given that its number yet."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet

from invoices.fa3 import tree as trees
from invoices.models import Document, Draft, Submission
from invoices.services.delivery_states import State
from ksefapp.lib import clock

REFERENCES = "Fa/DaneFaKorygowanej"
NEVER_NUMBERED = (State.WITHDRAWN, State.OUTSIDE)


def waiting_originals(tree: dict, draft: Draft) -> Iterator[tuple[int, Document, bool]]:
    """(position, our document without a KSeF number, whether the tree says it has none)."""
    for position, entry in enumerate(trees.groups(tree, REFERENCES)):
        original = own_original(entry, draft)
        if original is not None and not original.ksef_number:
            yield position, original, trees.text(entry, "NrKSeFN") == "1"


def own_original(entry: dict, draft: Draft) -> Document | None:
    """Our document that an entry of DaneFaKorygowanej names and that has or will get a number."""
    number = trees.text(entry, "NrFaKorygowanej")
    if not number:
        return None
    rows = Document.objects.filter(
        company=draft.company, environment=draft.environment, number=number, withdrawn_at=None
    ).exclude(submission__state__in=NEVER_NUMBERED)
    rows = rows.exclude(pk=draft.replaces_id) if draft.replaces_id else rows
    return rows.order_by("-issued_at").first()


def original_awaited(tree: dict, draft: Draft) -> Document | None:
    """What a correction that is being issued has to follow on its way to KSeF, if anything.

    Its original while that has no number; else the correction that was asked for before it.
    """
    found = next(waiting_originals(tree, draft), None)
    if found is not None:
        return found[1]
    if draft.waits_for_id is None:
        return None
    earlier = Draft.objects.filter(
        waits_for=draft.waits_for_id,
        asked_at__lt=draft.asked_at or clock.now(),
        issued_as__isnull=False,
        issued_as__ksef_number=None,
        issued_as__withdrawn_at=None,
    )
    last = earlier.select_related("issued_as").order_by("-asked_at").first()
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
