"""What follows for a template once the draft that it made has become an invoice."""

from invoices.fa3.tree import Tree
from invoices.models import Document, Draft, Recurring, RecurringRun
from invoices.services.accepting import MOST
from ksefapp.accounts.models import User
from ksefapp.notify.notices import notice_resolve

ACCEPTED = "accepted"  # the key in Recurring.options: warnings that were let stand


def run_key(run: RecurringRun) -> str:
    """The key of the notices about this run."""
    return f"recurring:{run.pk}"


def run_issued(document: Document, tree: Tree, draft: Draft, by: User) -> None:
    """The draft of a run was issued, by itself or by a person's hand, or anew after a refusal."""
    if document.replaces_id:
        RecurringRun.objects.filter(document=document.replaces_id).update(document=document)
    run = RecurringRun.objects.filter(draft=draft, document=None).first()
    if run is None:
        return
    # The template first, as everything that changes it does.
    row = Recurring.objects.select_for_update().get(pk=run.recurring_id)
    RecurringRun.objects.filter(pk=run.pk).update(document=document, problem="")
    notice_resolve(document.company, run_key(run), environment=document.environment)
    failed = RecurringRun.objects.filter(recurring=row, document=None)
    if not failed.exclude(problem="").exists():
        row.problem = ""
    row.options = _remembering(row.options, document, draft)
    row.save(update_fields=["problem", "options"])


def _remembering(options: dict, document: Document, draft: Draft) -> dict:
    """What a person let stand in the run's draft is not asked at every later run.

    A key names rule, place and words, so another amount or day is asked anew. What stops for its
    own sake (STOPS) is never settled by a key.
    """
    kept = options.get(ACCEPTED, {})
    ticked = {key: draft.accepted[key] for key in document.accepted if key in draft.accepted}
    both = list((kept | ticked).items())[-MOST:]
    return options | {ACCEPTED: dict(both)} if both else options
