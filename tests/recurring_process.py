"""Runs inside a house's settings: makes a weekly template, or does what is due of it and dies.

`python -m tests.recurring_process seed`, `… run` or `… run 17`: the last one kills itself in the
middle of its 17th statement in the database, as a lost machine would. `… told` prints the rows.
"""

import json
import os
import signal
import sys
from datetime import timedelta

import django

django.setup()

from django.db import connection  # noqa: E402

from invoices.models import Document, Draft, RecurringRun  # noqa: E402
from invoices.services import recurring  # noqa: E402
from invoices.services.duplicate_new import Source  # noqa: E402
from invoices.services.recurring_run import recurring_due, recurring_run  # noqa: E402
from ksefapp.accounts.models import Membership  # noqa: E402
from ksefapp.accounts.roles import Role  # noqa: E402
from ksefapp.lib import clock  # noqa: E402
from tests.cast import NIP, company_made, user_made  # noqa: E402
from tests.invoice_support import content  # noqa: E402
from tests.recurring_support import link, plan  # noqa: E402


def seed() -> None:
    """A company with a template that issues an invoice every week from today on."""
    company, user = company_made(NIP), user_made("ola")
    Membership.objects.create(user=user, company=company, role=Role.OWNER)
    link(company, user)
    weekly = plan(unit="week", starts_on=clock.today(), issues_itself=True)
    weekly_until = clock.today() + timedelta(weeks=5)
    source = Source(company, content(company), {}, {})
    made = recurring.Plan(**(weekly.__dict__ | {"ends_on": weekly_until}))
    recurring.recurring_create(source=source, plan=made, user=user)


def run(statements: int = 0) -> None:
    """What the sweep does, perhaps not to its end."""
    if not statements:
        recurring_run()
        return
    with connection.execute_wrapper(_Killer(statements)):
        recurring_run()


class _Killer:
    """Dies at a statement: before it, or after it where its number is even."""

    def __init__(self, statements: int) -> None:
        self.left, self.after = statements, statements % 2 == 0

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left:
            return execute(sql, params, many, context)
        if self.after:
            execute(sql, params, many, context)
        os.kill(os.getpid(), signal.SIGKILL)


def told() -> None:
    """What there is, as JSON."""
    rows = RecurringRun.objects.order_by("due_on").select_related("document")
    found = {
        "due": [str(row.due_on) for row in rows],
        "numbers": [row.document.number if row.document else row.problem for row in rows],
        "documents": Document.objects.count(),
        "queued": Document.objects.filter(submission__state="queued").count(),
        "drafts": Draft.objects.count(),
        "is_due": recurring_due(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"seed": seed, "run": run, "told": told}[command](*map(int, arguments))
