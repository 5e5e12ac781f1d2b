"""Runs inside a house's settings: one JSON command a line in, one JSON answer a line out.

`tests.house_support` starts it, so that a test can issue invoices and read rows of a database
that is not pytest's.
"""

import contextlib
import json
import sys

import django

django.setup()

from django.db import connection  # noqa: E402

from invoices.fa3 import totals  # noqa: E402
from invoices.models import Attempt, Document, Submission  # noqa: E402
from invoices.services.drafts import draft_create  # noqa: E402
from invoices.services.issue import invoice_issue  # noqa: E402
from invoices.services.seller import invoice_start  # noqa: E402
from invoices.services.sweep import drain_all  # noqa: E402
from ksefapp.accounts.models import Company, User  # noqa: E402
from ksefapp.lib import clock  # noqa: E402


def issue(count: int) -> list[str]:
    """Issues so many invoices of the first company; returns the ids of the documents."""
    company, user = Company.objects.get(), User.objects.earliest("pk")
    return [str(_issue_one(company, user).pk) for _ in range(count)]


def _issue_one(company: Company, user: User) -> Document:
    tree = invoice_start(company, today=clock.today())
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = {"NIP": "1111111111", "Nazwa": "Nabywca s.c."}
    tree["Podmiot2"]["Adres"] |= {"AdresL1": "ul. Polna 2"}
    tree["Fa"]["FaWiersz"] = [
        {"NrWierszaFa": "1", "P_7": "Usługa", "P_8A": "szt.", "P_8B": "1"}
        | {"P_9A": "100.00", "P_11": "100.00", "P_12": "23"}
    ]
    draft = draft_create(company=company, content=totals.compute(tree), created_by=user)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today())


def rows(ids: list[str]) -> list[dict]:
    """What became of these documents."""
    submissions = Submission.objects.filter(document__in=ids).select_related("document")
    return [
        {
            "id": str(row.document_id),
            "number": row.document.number,
            "sha256": row.document.sha256,
            "ksef_number": row.document.ksef_number,
            "state": row.state,
            "tries": row.tries,
            "text": row.last_text,
            "attempts": _attempts(row),
        }
        for row in submissions
    ]


def _attempts(row: Submission) -> list[str]:
    attempts = Attempt.objects.filter(submission=row).order_by("id")
    return [f"{step} {outcome}" for step, outcome in attempts.values_list("step", "outcome")]


def drain() -> int:
    """What `manage.py drain` does."""
    return drain_all()


def vendor() -> str:
    """Which database this is."""
    return connection.vendor


COMMANDS = {function.__name__: function for function in (issue, rows, drain, vendor)}


def main() -> None:
    """Serves until the pipe closes."""
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            name, arguments = json.loads(line)
            answer = COMMANDS[name](*arguments)
            print(json.dumps(answer), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main()
