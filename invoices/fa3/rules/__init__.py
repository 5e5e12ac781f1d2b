"""Business rules beyond the schema: small pure functions over a tree, texts in `table.toml`.

KSeF checks little of this; the rest is help, so nothing blocks that KSeF would take and the
law allows. Rules that need the company's other documents or its settings have their texts in
the same table and are checked where the house knows them, in its services.
"""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from invoices.fa3.problems import MOST, Problem
from invoices.fa3.rules import (
    advances,
    amounts,
    content,
    corrections,
    currency,
    dates,
    identity,
    taxes,
)
from invoices.fa3.rules.invoice import Invoice
from invoices.fa3.tree import Tree

SUBJECTS = (identity, dates, amounts, taxes, currency, corrections, advances, content)


def check(
    tree: Tree,
    *,
    today: date,
    environment: str,
    sending_on: date | None = None,
    now: datetime | None = None,
) -> list[Problem]:
    """What the rules say about an invoice; never raises, whatever the tree looks like.

    `today` is the Warsaw date, `sending_on` the day of sending (today unless given), `now` an
    aware instant against which DataWytworzeniaFa is held. At most 50 of each severity.
    """
    invoice = Invoice(tree, today, environment, sending_on or today, now)
    return list(_most(problem for subject in SUBJECTS for problem in subject.check(invoice)))


def _most(problems: Iterator[Problem]) -> Iterator[Problem]:
    """The first of each severity, so that a thousand warnings do not hide a block."""
    counts: dict[str, int] = {}
    for problem in islice(problems, 100 * MOST):
        counts[problem.severity] = counts.get(problem.severity, 0) + 1
        if counts[problem.severity] <= MOST:
            yield problem
