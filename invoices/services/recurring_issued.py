"""What follows for a template once the draft that it made has become an invoice."""

from invoices.fa3.tree import Tree
from invoices.models import Document, Draft, Recurring, RecurringRun
from ksefapp.accounts.models import User
from ksefapp.notify.notices import notice_resolve


def run_key(run: RecurringRun) -> str:
    """The key of the notices about this run."""
    return f"recurring:{run.pk}"


def run_issued(document: Document, tree: Tree, draft: Draft, by: User) -> None:
    """The draft of a run was issued, by itself or by a person's hand."""
    run = RecurringRun.objects.filter(draft=draft, document=None).first()
    if run is None:
        return
    RecurringRun.objects.filter(pk=run.pk).update(document=document, problem="")
    notice_resolve(document.company, run_key(run), environment=document.environment)
    failed = RecurringRun.objects.filter(recurring=run.recurring_id, document=None)
    if not failed.exclude(problem="").exists():
        Recurring.objects.filter(pk=run.recurring_id).update(problem="")
