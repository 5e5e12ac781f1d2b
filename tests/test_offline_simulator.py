"""From the simulator's Latarnia to a company's mode and deadlines, over real HTTP."""

from datetime import timedelta

import pytest

from ksefapp.lib import clock
from offline import journal, modes
from offline.deadlines import deadline
from offline.models import LatarniaState
from offline.tasks import latarnia_poll_task
from tests.invoice_support import control

pytestmark = pytest.mark.slow


def says(simulator, status: str, *messages: dict) -> None:
    """What the simulator's Latarnia announces, asked at once."""
    control(simulator, "POST", "/latarnia", json={"status": status, "messages": messages})
    LatarniaState.objects.update(next_at=clock.now())
    latarnia_poll_task()


def message(number: int, kind: str, start, end=None) -> dict:
    facts = {
        **{"id": f"K/2026/AWR/0{number}", "eventId": 5, "category": "FAILURE", "type": kind},
        **{"title": "Awaria", "text": "Awaria", "version": 1},
        **{"start": start.isoformat(), "published": clock.now().isoformat()},
    }
    return facts | ({"end": end.isoformat()} if end else {})


@pytest.fixture
def begun(company, simulator) -> dict:
    """The message of a failure that has begun, and the company's rule to follow it."""
    return message(1, "FAILURE_START", clock.now() - timedelta(hours=1))


def test_latarnia_that_is_not_there_is_unknown_and_switches_nothing(company, owner):
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=None)
    latarnia_poll_task()
    assert LatarniaState.objects.get().status == "UNKNOWN"
    assert modes.mode_now(company).mode == "online"


def test_a_calm_latarnia(company, simulator):
    says(simulator, "AVAILABLE")
    assert modes.facts("simulator").latarnia.works is True
    assert journal.event_list(company) == []


def test_an_outage_from_its_beginning_to_its_end(company, owner, simulator, begun):
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=None)
    says(simulator, "FAILURE", begun)
    assert modes.mode_now(company).mode == "awaria"
    now = clock.now()
    issue = {"issued_on": clock.today(), "issued_at": now, "mode": "awaria"}
    assert deadline(**issue, events=journal.event_list(company)).state == "open"
    says(simulator, "AVAILABLE", begun, message(2, "FAILURE_END", now, now + timedelta(seconds=1)))
    found = deadline(**issue, events=journal.event_list(company))
    assert found.state == "date"
    assert "106nf ust. 4" in found.basis


def test_an_answer_that_is_not_latarnias_changes_nothing(company, owner, simulator, begun):
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=None)
    says(simulator, "FAILURE", begun)
    control(simulator, "POST", "/faults", json={"kind": "outage"})
    LatarniaState.objects.update(next_at=clock.now())
    latarnia_poll_task()
    assert modes.mode_now(company).mode == "awaria"
