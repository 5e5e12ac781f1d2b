"""Unknown → truth, against a running simulator: each loss has a way back, none a second sending."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.client import KsefApi, KsefRefused, Page
from auth_ksef.models import TokenCache
from invoices.models import KsefSession, Submission
from invoices.services import follow, verdicts
from invoices.services.delivery_states import State
from invoices.services.sweep import drain_all
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
NO_SUCH_SESSION = "20261121-SO-0000000000-0000000000-00"


@pytest.fixture
def lost(connected, owner, simulator):
    """An invoice that KSeF accepted and whose answer never came."""
    fault(simulator, "drop_after", SEND)
    document = issued(connected, owner)
    drain_all(rounds=1)
    assert submission_of(document).state == State.UNKNOWN
    return document


def steps(document) -> list[str]:
    """The history in short."""
    rows = submission_of(document).attempts.values_list("step", "outcome", "code")
    return [f"{step} {outcome} {code or ''}".strip() for step, outcome, code in rows]


def ask(document, times: int = 1, **facts) -> Submission:
    """Asks KSeF about this row now, so many times, with every waiting time over."""
    for _ in range(times):
        row = submission_of(document)
        kept = {k: v for k, v in row.facts.items() if k != "metadata_after"}
        facts = {"not_before": None, "lease_until": None, "facts": kept} | facts
        Submission.objects.filter(pk=row.pk).update(**facts)
        follow.company_follow(document.company)
    return submission_of(document)


def long_ago(document, **ago) -> None:
    """As if the row had been in its state for long."""
    then = clock.now() - timedelta(**ago)
    Submission.objects.filter(document=document).update(changed_at=then, sent_at=then)


def end_all_sessions(simulator) -> None:
    """Also those of earlier tests, which this simulator remembers."""
    for reference in {row["session"] for row in control(simulator, "GET", "/invoices")["invoices"]}:
        simulator.request("POST", f"/control/sessions/{reference}/expire")


def test_a_lost_session_reference_is_found_among_our_other_sessions(lost, simulator):
    row = ask(lost, session=None)
    assert row.state in (State.SENT, State.ACCEPTED)
    assert row.session.reference == received(simulator, lost)[0]["session"]


def test_a_session_that_only_ksef_remembers_is_found_in_its_list(lost, simulator):
    session = submission_of(lost).session
    Submission.objects.filter(document=lost).update(session=None)
    session.delete()
    assert ask(lost, times=2).state == State.ACCEPTED
    assert len(received(simulator, lost)) == 1
    assert submission_of(lost).session.reference == session.reference


def test_all_sessions_of_that_time_without_it_prove_that_it_is_not_there(
    connected, owner, simulator
):
    fault(simulator, "drop_before", SEND)
    document = issued(connected, owner)
    drain_all(rounds=1)
    end_all_sessions(simulator)
    ask(document, session=None)
    row = ask(document, times=4)
    assert row.state == State.QUEUED
    assert "reconcile absent" in steps(document)
    work()
    assert len(received(simulator, document)) == len(accepted(simulator, document)) == 1


def test_a_session_that_is_still_open_proves_nothing(connected, owner, simulator):
    fault(simulator, "drop_before", SEND)
    document = issued(connected, owner)
    drain_all(rounds=1)
    assert ask(document, session=None).state == State.UNKNOWN


def test_a_list_shorter_than_ksefs_own_count_proves_nothing(
    connected, owner, simulator, monkeypatch
):
    fault(simulator, "drop_before", SEND)
    document = issued(connected, owner)
    drain_all(rounds=1)
    ask(document)
    real = KsefApi.session_status

    def counts_one_more(self, **named):
        status = real(self, **named)
        object.__setattr__(status, "invoice_count", 1)
        return status

    monkeypatch.setattr(KsefApi, "session_status", counts_one_more)
    assert ask(document, times=2).state == State.UNKNOWN


def test_a_list_that_never_ends_proves_nothing_and_holds_nobody_up(
    connected, owner, simulator, monkeypatch
):
    fault(simulator, "drop_before", SEND)
    document = issued(connected, owner)
    drain_all(rounds=1)
    asked = []
    endless = Page(items=(), continuation="more")
    monkeypatch.setattr(
        KsefApi, "session_invoices", lambda self, **named: asked.append(named) or endless
    )
    assert ask(document).state == State.UNKNOWN
    assert len(asked) <= 100


def test_a_session_that_ksef_does_not_know_leads_to_own_sales(lost, simulator):
    KsefSession.objects.filter(submissions__document=lost).update(reference=NO_SUCH_SESSION)
    long_ago(lost, minutes=5)
    row = ask(lost)
    assert row.state == State.ACCEPTED
    assert row.facts["adopted"]
    lost.refresh_from_db()
    assert lost.ksef_number == accepted(simulator, lost)[0]["ksefNumber"]


def test_own_sales_that_lack_it_prove_nothing(connected, owner, simulator):
    fault(simulator, "drop_before", SEND)
    document = issued(connected, owner)
    drain_all(rounds=1)
    KsefSession.objects.filter(submissions__document=document).update(reference=NO_SUCH_SESSION)
    long_ago(document, hours=5)
    assert ask(document, times=3).state == State.UNKNOWN
    assert "reconcile unseen" in steps(document)
    assert not received(simulator, document)


def test_own_sales_are_asked_about_once_an_hour(lost, simulator, monkeypatch):
    KsefSession.objects.filter(submissions__document=lost).update(reference=NO_SUCH_SESSION)
    long_ago(lost, minutes=5)
    asked = []
    monkeypatch.setattr(KsefApi, "metadata", lambda self, **named: asked.append(named) or Empty())
    for _ in range(3):
        Submission.objects.update(not_before=None)
        follow.company_follow(lost.company)
    assert len(asked) == 1


class Empty:
    """A page of metadata without rows."""

    items = ()


def test_what_ksef_keeps_no_longer_becomes_unknown_and_is_found_in_own_sales(
    connected, owner, simulator
):
    document = issued(connected, owner)
    drain_all(rounds=1)
    fault(simulator, "gone", "invoice_status")
    fault(simulator, "gone", "session_status", count=5)
    ask(document, state=State.SENT)
    assert submission_of(document).state == State.UNKNOWN
    long_ago(document, minutes=5)
    assert ask(document).state == State.ACCEPTED
    assert "status hidden" in steps(document)


@pytest.mark.parametrize("code", [100, 150])
def test_a_verdict_that_takes_hours_is_asked_for_slowly_and_never_sent_again(
    connected, owner, simulator, code
):
    control(simulator, "POST", "/settings", json={"processing_seconds": 36000})
    document = issued(connected, owner)
    drain_all(rounds=1)
    long_ago(document, hours=3)
    row = ask(document)
    assert row.state == State.SENT
    assert row.not_before - clock.now() > timedelta(minutes=14)
    assert len(received(simulator, document)) == 1


def test_an_undecided_invoice_is_never_sent_again_and_is_taken_when_ksef_decides(
    connected, owner, simulator
):
    fault(simulator, "shown_status", "invoice_status", code=500, count=3)
    document = issued(connected, owner)
    drain_all(rounds=1)
    row = ask(document)
    assert (row.state, row.last_code) == (State.UNKNOWN, 500)
    assert ask(document, times=4).state == State.ACCEPTED
    assert len(received(simulator, document)) == 1


def test_an_undecided_invoice_that_stands_in_own_sales_is_accepted(connected, owner, simulator):
    fault(simulator, "shown_status", "invoice_status", code=500, count=-1)
    document = issued(connected, owner)
    drain_all(rounds=1)
    ask(document)
    long_ago(document, minutes=5)
    assert ask(document).state == State.ACCEPTED
    assert len(received(simulator, document)) == 1


def test_a_close_that_answers_502_is_asked_again_and_the_truth_is_found(lost, simulator):
    fault(simulator, "error_after", "session_close", status=502)
    work()
    assert submission_of(lost).state == State.ACCEPTED
    assert len(received(simulator, lost)) == 1


def test_a_session_that_ended_by_itself_gives_the_truth(lost, simulator):
    control(simulator, "POST", f"/sessions/{submission_of(lost).session.reference}/expire")
    work()
    assert submission_of(lost).state == State.ACCEPTED


def test_a_session_that_expires_before_the_invoice_left_costs_nothing(connected, owner, simulator):
    fault(simulator, "session_expired", SEND)
    document = issued(connected, owner)
    work(rounds=6)
    assert submission_of(document).state == State.ACCEPTED
    assert len(accepted(simulator, document)) == 1


def refusing(monkeypatch, name: str, **facts) -> list:
    """The next call of that name is refused so; the others go through."""
    real, refused = getattr(KsefApi, name), []

    def call(self, **named):
        if refused:
            return real(self, **named)
        refused.append(named)
        raise KsefRefused("no", operation=name, **facts)

    monkeypatch.setattr(KsefApi, name, call)
    return refused


def test_a_refused_token_is_forgotten_and_the_truth_found_with_a_new_one(
    lost, simulator, monkeypatch
):
    refused = refusing(monkeypatch, "session_status", http_status=401)
    ask(lost)
    assert submission_of(lost).state == State.UNKNOWN
    assert TokenCache.objects.get().access == ""
    work()
    assert refused
    assert submission_of(lost).state == State.ACCEPTED


def test_a_right_that_was_taken_away_meanwhile_keeps_the_row_and_says_so(
    connected, owner, client_of, monkeypatch, simulator
):
    document = issued(connected, owner)
    drain_all(rounds=1)
    facts = {"http_status": 403, "reason_code": "missing-permissions"}
    refusing(monkeypatch, "invoice_status", **facts)
    row = ask(document, state=State.SENT)
    assert row.state == State.SENT
    assert row.not_before - clock.now() > timedelta(minutes=9)
    url = reverse("invoice-detail", args=[connected.nip, document.pk])
    assert "Nie udało się zapytać" in client_of(owner).get(url).content.decode()
    assert ask(document).state == State.ACCEPTED


def test_a_session_that_is_another_subjects_leads_to_own_sales(lost, simulator, monkeypatch):
    facts = {"http_status": 403, "reason_code": "insufficient-resource-access"}
    refusing(monkeypatch, "session_status", **facts)
    long_ago(lost, minutes=5)
    assert ask(lost).state == State.ACCEPTED
    assert "reconcile hidden" in steps(lost)


def test_what_ksef_booked_is_kept_with_the_number(connected, owner, simulator):
    document = issued(connected, owner)
    work()
    assert submission_of(document).ksef_mode == "Online"


def test_a_failing_change_of_mode_does_not_cost_the_number(
    connected, owner, simulator, monkeypatch
):
    document = issued(connected, owner)
    monkeypatch.setattr(verdicts, "OFFLINE", "Online")
    monkeypatch.setattr("invoices.services.midnight.booked_offline", broken)
    work()
    assert submission_of(document).state == State.ACCEPTED


def broken(*args):
    raise RuntimeError("no deadline today")
