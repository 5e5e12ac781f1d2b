"""Offline invoices against a running simulator: how they are sent, booked, corrected, ordered."""

import secrets
from datetime import timedelta

import pytest

from invoices.models import Attempt, Document, Series
from invoices.services.corrections import correction_wait, corrections_issue
from invoices.services.deadlines import is_late
from invoices.services.delivery_states import State
from invoices.services.issue import invoice_issue
from invoices.services.sweep import drain_all
from invoices.services.technical import technical_correction
from ksefapp.lib import clock
from tests.invoice_support import accepted, control, fault, work
from tests.offline_support import at, certified, correction, issue, row_of

__all__ = ["at"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def numbers(connected) -> None:
    """A series of corrections of its own: the simulator remembers the numbers of other tests."""
    pattern = f"K{secrets.token_hex(4)}/{{nr}}"
    Series.objects.create(
        company=connected, environment="simulator", kind="KOR", pattern=pattern, reset="never"
    )


def ledger(simulator, document: Document) -> dict:
    """The simulator's row of what it accepted."""
    (row,) = accepted(simulator, document)
    return row


def test_an_offline_invoice_is_sent_as_one_and_meets_its_deadline(connected, owner, simulator):
    certified(connected, owner)
    document = issue(connected, owner, mode="offline24", accept=())
    work()
    row = row_of(document)
    assert (row.state, row.mode, row.ksef_mode) == (State.ACCEPTED, "offline24", "Offline")
    assert not is_late(row)
    assert ledger(simulator, document)


def test_what_ksef_books_as_offline_becomes_offline24(connected, owner, simulator, at):
    # Our clock is slow: for KSeF the day of issue is over.
    yesterday = clock.today() - timedelta(days=1)
    at(f"{yesterday.isoformat()} 23:00")
    document = issue(connected, owner, mode="online")
    work()
    row = row_of(document)
    assert (row.state, row.mode, row.ksef_mode) == (State.ACCEPTED, "offline24", "Offline")
    assert row.deadline_on > yesterday
    assert Attempt.objects.filter(submission=row, outcome="booked").exists()


def test_a_backdated_invoice_far_too_late_is_sent_and_marked(connected, owner, simulator):
    long_ago = clock.today() - timedelta(days=10)
    document = issue(connected, owner, accept=("DT-02",), P_1=long_ago.isoformat())
    work()
    row = row_of(document)
    assert row.state == State.ACCEPTED
    assert is_late(row)


def test_a_refused_offline_invoice_gets_its_number_by_a_technical_correction(
    connected, owner, simulator
):
    fault(simulator, "verdict", "invoice_send", code=430)
    old = issue(connected, owner, mode="offline24")
    work()
    assert row_of(old).state == State.REFUSED
    draft = technical_correction(document=Document.objects.get(pk=old.pk), user=owner)
    new = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    work()
    row = row_of(new)
    assert (row.state, row.document.number) == (State.ACCEPTED, old.number), row.last_text
    assert row_of(old).state == State.WITHDRAWN


def test_a_correction_in_the_queue_follows_its_original(connected, owner, simulator, numbers):
    fault(simulator, "outage", "*")
    original = issue(connected, owner)
    draft = correction(connected, owner, original.number)
    later = invoice_issue(
        draft=draft, issued_by=owner, on=clock.today(), accept=frozenset({"KOR-OFF-1"})
    )
    drain_all(rounds=2)
    assert row_of(later).state == State.QUEUED
    control(simulator, "DELETE", "/faults")
    work(rounds=8)
    rows = [row_of(original), row_of(later)]
    assert [row.state for row in rows] == [State.ACCEPTED, State.ACCEPTED]
    assert rows[0].document.ksef_number_at <= rows[1].sent_at


def test_a_correction_issues_itself_after_its_original(connected, owner, simulator, numbers):
    original = issue(connected, owner)
    draft = correction(connected, owner, original.number)
    correction_wait(draft=draft, user=owner)
    assert corrections_issue() == 0
    work()
    assert corrections_issue() == 1
    work()
    draft.refresh_from_db()
    assert draft.issued_as.ksef_number
