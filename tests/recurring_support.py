"""Templates of recurring invoices for tests."""

from datetime import date

import pytest

from auth_ksef.credentials import binding_add
from auth_ksef.models import Credential
from invoices.models import Recurring
from invoices.services import recurring
from invoices.services.duplicate_new import Source
from invoices.services.recurring import Plan
from tests.invoice_support import content

START = "2026-08-10 08:00"


def link(company, user) -> None:
    """Something to log in to KSeF with."""
    given = {"environment": "simulator", "kind": Credential.Kind.TOKEN, "label": "token"}
    row = Credential.objects.create(owner_user=user, added_by=user, secret="tajne", **given)
    binding_add(credential=row, company=company, bound_by=user, consent=True)


@pytest.fixture
def linked(company, owner):
    """The company with a way into KSeF."""
    link(company, owner)
    return company


def plan(**changes) -> Plan:
    """The 15th of every month from August 2026."""
    given = {"name": "Czynsz", "unit": "month", "every": 1, "day": 15}
    return Plan(**(given | {"starts_on": date(2026, 8, 1)} | changes))


def template(company, user, *, tree=None, **changes) -> Recurring:
    source = Source(company, tree or content(company), {}, {})
    return recurring.recurring_create(source=source, plan=plan(**changes), user=user)


def due_days(row: Recurring) -> list[str]:
    return [str(day) for day in row.runs.order_by("due_on").values_list("due_on", flat=True)]
