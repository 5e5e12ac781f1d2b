"""Delivery against a running simulator: every document ends with exactly one number."""

from datetime import timedelta

import pytest

from invoices.models import Attempt, Submission
from invoices.services import deliver, follow
from invoices.services.delivery_states import State, claim
from invoices.services.sweep import drain_all, stale_release
from ksefapp.lib import clock
from tests.invoice_support import (
    accepted,
    control,
    fault,
    issued,
    received,
    submission_of,
    work,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SEND = "invoice_send"


def test_an_invoice_gets_its_number_its_upo_and_its_print(connected, owner, simulator):
    document = issued(connected, owner)
    work()
    document.refresh_from_db()
    assert document.ksef_number == accepted(simulator, document)[0]["ksefNumber"]
    assert document.ksef_number.encode() in bytes(document.upo.content)
    assert document.prints.get().state == "numbered"


def test_many_invoices_leave_in_one_session(connected, owner, simulator):
    documents = [issued(connected, owner) for _ in range(3)]
    work()
    assert len({submission_of(d).session_id for d in documents}) == 1
    assert all(len(accepted(simulator, d)) == 1 for d in documents)


def test_an_answer_lost_after_acceptance_is_unknown_and_then_the_truth(
    connected, owner, simulator, settings
):
    fault(simulator, "drop_after", SEND)
    document = issued(connected, owner)
    drain_all(rounds=1)
    assert submission_of(document).state == State.UNKNOWN
    work()
    assert submission_of(document).state == State.ACCEPTED
    assert len(received(simulator, document)) == 1


def test_a_request_lost_before_acceptance_is_sent_again_once_it_is_proved_absent(
    connected, owner, simulator
):
    fault(simulator, "drop_before", SEND)
    document = issued(connected, owner)
    work(rounds=8)
    assert submission_of(document).state == State.ACCEPTED
    assert len(received(simulator, document)) == 1
    assert Attempt.objects.filter(step="reconcile", outcome="absent").exists()


def test_a_5xx_after_acceptance_never_leads_to_a_second_invoice(connected, owner, simulator):
    fault(simulator, "error_after", SEND)
    document = issued(connected, owner)
    work()
    assert len(received(simulator, document)) == 1
    assert submission_of(document).state == State.ACCEPTED


def test_retry_after_is_obeyed_as_given(connected, owner, simulator):
    fault(simulator, "too_many", SEND, retry_after=4000)
    document = issued(connected, owner)
    drain_all(rounds=1)
    row = submission_of(document)
    assert row.state == State.WAITING
    assert row.not_before - clock.now() > timedelta(seconds=3900)
    assert row.said.startswith("KSeF ogranicza teraz liczbę zapytań")


def test_a_slow_verdict_is_waited_for(connected, owner, simulator):
    control(simulator, "POST", "/settings", json={"processing_seconds": 3600})
    document = issued(connected, owner)
    work(rounds=2)
    assert submission_of(document).state == State.SENT


def test_a_worker_that_dies_while_sending_leaves_an_unknown_that_is_found(
    connected, owner, simulator, monkeypatch
):
    document = issued(connected, owner)
    monkeypatch.setattr(deliver, "_sent", killed)
    with pytest.raises(SystemExit):
        drain_all(rounds=1)
    monkeypatch.undo()
    monkeypatch.setattr("auth_ksef.api._doors", {})
    Submission.objects.update(lease_until=clock.now())
    assert stale_release() == 1
    assert submission_of(document).state == State.UNKNOWN
    work()
    assert submission_of(document).state == State.ACCEPTED
    assert len(received(simulator, document)) == 1


def killed(*args):
    raise SystemExit


def test_a_worker_that_dies_before_sending_leaves_a_queued_row(connected, owner):
    document = issued(connected, owner)
    claim(submission_of(document))
    Submission.objects.update(lease_until=clock.now())
    stale_release()
    assert submission_of(document).state == State.QUEUED


def test_a_duplicate_with_our_own_bytes_is_adopted(connected, owner, simulator):
    document = issued(connected, owner)
    work()
    number = accepted(simulator, document)[0]["ksefNumber"]
    forget(document)
    work()
    document.refresh_from_db()
    assert document.ksef_number == number
    assert submission_of(document).facts["adopted"]


def test_a_duplicate_with_other_bytes_is_refused_and_names_the_original(
    connected, owner, simulator
):
    first = issued(connected, owner, number="D/1")
    work()
    first.refresh_from_db()
    type(first).objects.filter(pk=first.pk).update(number="D/other")
    second = issued(connected, owner, number="D/1", price="7.00")
    work()
    row = submission_of(second)
    assert (row.state, row.last_code) == (State.REFUSED, 440)
    assert row.facts["original_ksef_number"] == first.ksef_number


@pytest.mark.parametrize("code", [550, 405])
def test_what_ksef_dropped_by_itself_is_sent_again(connected, owner, simulator, code):
    fault(simulator, "verdict", SEND, code=code)
    document = issued(connected, owner)
    work(rounds=8)
    assert submission_of(document).state == State.ACCEPTED


def test_a_schema_error_refuses_for_good(connected, owner, simulator):
    fault(simulator, "verdict", SEND, code=450)
    document = issued(connected, owner)
    work()
    row = submission_of(document)
    assert (row.state, row.last_code) == (State.REFUSED, 450)


def test_an_online_invoice_not_sent_on_its_day_becomes_offline24(connected, owner, monkeypatch):
    document = issued(connected, owner)
    tomorrow = clock.today() + timedelta(days=1)
    monkeypatch.setattr(deliver.clock, "today", lambda: tomorrow)
    drain_all(rounds=1)
    row = submission_of(document)
    assert row.mode == Submission.Mode.OFFLINE24
    assert row.deadline_on > document.issued_on


def test_without_a_credential_the_invoice_waits_and_says_why(company, owner, simulator):
    document = issued(company, owner)
    drain_all(rounds=1)
    row = submission_of(document)
    assert row.state == State.WAITING
    assert row.last_text


def test_a_session_that_cannot_be_used_costs_nothing(connected, owner, simulator):
    fault(simulator, "session_unavailable", SEND)
    document = issued(connected, owner)
    work(rounds=6)
    assert submission_of(document).state == State.ACCEPTED


def test_a_rotated_key_is_fetched_again(connected, owner, simulator):
    control(simulator, "POST", "/keys/rotate")
    document = issued(connected, owner)
    work()
    assert submission_of(document).state == State.ACCEPTED


@pytest.mark.parametrize("place", [(deliver.midnight, "turn"), (follow, "verdict_apply")])
def test_one_that_nobody_foresaw_holds_up_no_other(connected, owner, simulator, monkeypatch, place):
    documents = [issued(connected, owner) for _ in range(3)]
    real, broken = getattr(*place), submission_of(documents[0]).pk

    def breaking(row, *rest):
        if row.pk == broken:
            raise ZeroDivisionError
        return real(row, *rest)

    monkeypatch.setattr(*place, breaking)
    work()
    states = [submission_of(document).state for document in documents]
    assert states[0] != State.ACCEPTED
    assert states[1:] == [State.ACCEPTED, State.ACCEPTED]


def test_a_verdict_that_nobody_foresaw_says_so_and_is_asked_for_again(
    connected, owner, simulator, monkeypatch
):
    document = issued(connected, owner)
    with monkeypatch.context() as broken:
        broken.setattr(follow, "verdict_apply", lambda *args: 1 / 0)
        work()
    row = submission_of(document)
    assert (row.state, row.lease_until) == (State.SENT, None)
    assert "błąd aplikacji" in row.last_text
    work()
    assert submission_of(document).state == State.ACCEPTED


def forget(document) -> None:
    """As if our database had been restored from before the answer."""
    type(document).objects.filter(pk=document.pk).update(ksef_number=None, ksef_number_at=None)
    Submission.objects.filter(document=document).update(
        state=State.QUEUED, session=None, invoice_reference="", facts={}
    )
