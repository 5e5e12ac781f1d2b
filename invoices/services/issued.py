"""What follows in the same transaction once a document is stored: links, proofs, what it ends."""

from collections.abc import Callable

from invoices.fa3.tree import Tree
from invoices.models import Document, Draft
from invoices.services.links import links_write
from invoices.services.mail_itself import mail_outside
from invoices.services.payments_issue import payments_follow
from invoices.services.proforma import proforma_invoiced
from invoices.services.proofs import proofs_write
from invoices.services.recurring_issued import run_issued
from ksefapp.accounts.models import User

Step = Callable[[Document, Tree, Draft, User], None]

# Each gets the new document, its tree, the draft it was made of, and who issued it.
STEPS: tuple[Step, ...] = (
    links_write,
    payments_follow,
    run_issued,
    proforma_invoiced,
    proofs_write,
    mail_outside,
)


def issued(document: Document, tree: Tree, draft: Draft, by: User) -> None:
    """Every step, in order. What raises here undoes the issue."""
    for step in STEPS:
        step(document, tree, draft, by)
