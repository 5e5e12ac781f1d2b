"""Interactive sessions: used again while that saves requests, never closed under a user."""

from datetime import timedelta

import pytest

from auth_ksef.client import KsefLater
from auth_ksef.messages import CALLS, stored
from auth_ksef.models import Contact, QuotaCall
from invoices.models import Chore, DocumentXml, KsefSession, Submission
from invoices.services import deliver, sweep, waiting
from invoices.services.delivery_states import LostRace, State
from invoices.services.sessions import session_lease, session_prolong, session_release
from invoices.services.sweep import drain_all
from invoices.services.upo import upo_problem
from ksefapp.lib import clock
from tests.invoice_support import accepted, fault, issued, submission_of, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def calls(group: str) -> int:
    """How many calls of a group left."""
    return QuotaCall.objects.filter(group=group).count()


def idle() -> None:
    """Nobody has sent anything for a while."""
    KsefSession.objects.update(used_at=clock.now() - timedelta(hours=1))


def test_the_next_invoice_needs_no_new_session(connected, owner, simulator):
    for _ in range(3):
        issued(connected, owner)
        drain_all(rounds=1)
    assert calls("onlineSession") == 1
    assert calls("invoiceSend") == 3


def test_an_idle_session_is_closed_once_and_not_used_again(connected, owner, simulator):
    issued(connected, owner)
    drain_all(rounds=1)
    idle()
    assert sweep.sessions_close_forgotten() == 1
    assert sweep.sessions_close_forgotten() == 0
    issued(connected, owner)
    drain_all(rounds=1)
    assert calls("onlineSession") == 2


def test_a_session_in_use_is_closed_by_nobody(connected, owner, simulator):
    issued(connected, owner)
    drain_all(rounds=1)
    idle()
    assert session_lease(KsefSession.objects.get())
    assert sweep.sessions_close_forgotten() == 0
    assert KsefSession.objects.get().close_asked_at is None


def test_two_workers_never_send_in_one_session(connected, owner, simulator):
    issued(connected, owner)
    drain_all(rounds=1)
    session_lease(KsefSession.objects.get())
    issued(connected, owner)
    drain_all(rounds=1)
    assert KsefSession.objects.count() == 2


def test_who_lost_the_lease_cannot_prolong_it(connected, owner, simulator):
    issued(connected, owner)
    drain_all(rounds=1)
    ours, theirs = KsefSession.objects.get(), KsefSession.objects.get()
    session_lease(ours)
    KsefSession.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    session_lease(theirs)
    with pytest.raises(LostRace):
        session_prolong(ours)
    session_release(ours)
    assert KsefSession.objects.get().lease_until == theirs.lease_until


@pytest.mark.parametrize("kind", ["session_unavailable", "session_expired"])
def test_a_session_that_ended_is_not_used_again(connected, owner, simulator, kind):
    fault(simulator, kind, "invoice_send")
    document = issued(connected, owner)
    work()
    assert len(accepted(simulator, document)) == 1
    assert KsefSession.objects.count() == 2


def test_a_session_with_an_unknown_invoice_takes_no_other(connected, owner, simulator):
    fault(simulator, "drop_after", "invoice_send")
    issued(connected, owner)
    deliver.company_drain(connected)
    issued(connected, owner)
    deliver.company_drain(connected)
    assert KsefSession.objects.count() == 2


def test_a_session_that_ran_out_while_the_house_was_off_tells_how_it_ended(connected, owner):
    issued(connected, owner)
    work()
    KsefSession.objects.update(valid_until=clock.now() - timedelta(hours=50))
    assert [row.close_asked_at for row in sweep.sessions_to_look_at()] == [None]


def test_a_closed_session_tells_its_counts_and_its_upo(connected, owner, simulator):
    document = issued(connected, owner)
    work()
    idle()
    sweep.sessions_close_forgotten()
    assert sweep.sessions_look() == 1
    session = KsefSession.objects.get()
    assert (session.final_code, session.total, session.accepted) == (200, 1, 1)
    document.refresh_from_db()
    assert document.ksef_number.encode() in bytes(session.upo_pages.get().content)


def test_a_correction_waits_for_the_number_of_its_original(connected, owner, simulator):
    original, correction = issued(connected, owner), issued(connected, owner)
    Submission.objects.filter(document=correction).update(waits_for=original)
    drain_all(rounds=1)
    assert submission_of(correction).state == State.QUEUED
    work()
    assert submission_of(correction).state == State.ACCEPTED


def test_what_is_never_to_be_sent_is_not_sent(connected, owner, simulator):
    issued(connected, owner)
    Submission.objects.update(mode=Submission.Mode.TOTAL)
    assert deliver.company_drain(connected) == 0


# --- KSeF answers again -----------------------------------------------------------------------


@pytest.fixture
def cut_off(company, owner):
    """A row that waits for minutes because KSeF was not reached."""
    row = submission_of(issued(company, owner))
    earlier = clock.now() - timedelta(minutes=1)
    later = clock.now() + timedelta(minutes=4)
    Submission.objects.update(
        state=State.WAITING,
        changed_at=earlier,
        not_before=later,
        last_text=stored(CALLS["unreached"]),
    )
    return row


def is_due(row) -> bool:
    row.refresh_from_db()
    return row.not_before is None


def test_once_ksef_answers_what_waited_for_the_connection_is_due(cut_off):
    Contact.objects.create(environment="simulator", answered_at=clock.now())
    assert waiting.contact_back() == 1
    assert is_due(cut_off)


def test_an_answer_from_before_the_break_releases_nothing(cut_off):
    before = clock.now() - timedelta(hours=1)
    Contact.objects.create(environment="simulator", answered_at=before)
    assert waiting.contact_back() == 0


def test_while_ksef_is_silent_one_company_tries_each_twenty_seconds(cut_off):
    now = clock.now()
    row = Contact.objects.create(environment="simulator", failing_since=now, failed_at=now)
    assert waiting.contact_back() == 0
    Contact.objects.filter(pk=row.pk).update(failed_at=now - waiting.PROBE)
    assert waiting.contact_back() == 1
    assert is_due(cut_off)


@pytest.mark.parametrize("text", ["", "KSeF ogranicza", stored(CALLS["limit"])])
def test_what_waits_for_another_reason_goes_on_waiting(cut_off, text):
    Submission.objects.update(last_text=text)
    Contact.objects.create(environment="simulator", answered_at=clock.now())
    assert waiting.contact_back() == 0


def test_without_a_network_a_row_waits_in_the_words_that_free_it(connected, owner, settings):
    settings.KSEF_SIMULATOR_URL = "http://127.0.0.1:9"
    row = submission_of(issued(connected, owner))
    drain_all(rounds=1)
    earlier, later = clock.now() - timedelta(minutes=1), clock.now() + timedelta(minutes=4)
    Submission.objects.update(changed_at=earlier, not_before=later)
    Contact.objects.update(answered_at=clock.now(), failing_since=None)
    assert waiting.contact_back() == 1
    assert is_due(row)


def test_a_retry_after_is_obeyed_though_ksef_answers(connected, owner, simulator):
    fault(simulator, "too_many", "session_open", retry_after=4000)
    row = submission_of(issued(connected, owner))
    drain_all(rounds=1)
    Submission.objects.update(changed_at=clock.now() - timedelta(minutes=1))
    Contact.objects.update(answered_at=clock.now(), failing_since=None)
    assert waiting.contact_back() == 0
    assert not is_due(row)


def test_a_fault_without_a_time_is_tried_again_within_a_minute():
    error = KsefLater("503", http_status=503)
    assert waiting.pause_after(error, tries=20) < timedelta(minutes=1)
    told = KsefLater("503", http_status=503, retry_after=4000)
    assert waiting.pause_after(told, tries=1) == timedelta(seconds=4000)


# --- The receipt ------------------------------------------------------------------------------


def test_a_receipt_comes_by_its_link_and_costs_no_call(connected, owner, simulator):
    document = issued(connected, owner)
    work()
    assert type(document).objects.get(pk=document.pk).upo.content
    assert "upo_link" not in submission_of(document).facts
    assert calls("sessionMisc") == 0


def test_a_receipt_that_ksef_keeps_no_more_is_told_and_not_asked_for_again(
    connected, owner, simulator
):
    fault(simulator, "drop_before", "upo_download", count=-1)
    fault(simulator, "gone", "upo_by_invoice", count=-1)
    document = issued(connected, owner)
    work()
    assert upo_problem(document).startswith("KSeF nie przechowuje już tego UPO")
    assert Chore.objects.get(kind="upo").done_at


# --- Attachments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "found"),
    [
        (b"<Faktura><Zalacznik><BlokDanych/></Zalacznik></Faktura>", True),
        (b"<f:Faktura><f:Zalacznik></f:Zalacznik></f:Faktura>", True),
        (b"<Faktura><P_7>&lt;Zalacznik></P_7></Faktura>", False),
        (b"<Faktura><ZalacznikInny/></Faktura>", False),
    ],
)
def test_an_attachment_is_seen_in_the_bytes(company, owner, xml, found):
    document = issued(company, owner)
    DocumentXml.objects.filter(document=document).update(content=xml)
    assert deliver.has_attachment(submission_of(document).pk) is found


def test_a_lone_invoice_with_an_attachment_leaves_in_a_package(
    connected, owner, simulator, monkeypatch
):
    monkeypatch.setattr(deliver, "has_attachment", lambda pk: True)
    document = issued(connected, owner)
    work()
    assert submission_of(document).session.kind == "batch"
    assert len(accepted(simulator, document)) == 1
