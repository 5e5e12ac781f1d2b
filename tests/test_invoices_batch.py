"""Batch sessions against a running simulator: whatever breaks, one number for each invoice."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest

from auth_ksef.client import KsefRefused
from auth_ksef.credentials import credential_retire, token_add
from invoices.models import HandOver, KsefSession, SessionUpo, Submission, Upo
from invoices.services import batch, batch_follow, verdicts
from invoices.services.acceptance import accept_many
from invoices.services.bulk import claim_many
from invoices.services.delivery_states import State
from invoices.services.packaging import _root
from invoices.services.planning import Dispatch
from invoices.services.sweep import drain_all
from invoices.services.verdicts import accept
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from tests.invoice_support import accepted, control, fault, issued, received, submission_of, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MANY = 5


@pytest.fixture
def many(connected, owner, settings, tmp_path):
    """As many invoices as make a package."""
    settings.KSEF_BATCH_FROM, settings.KSEF_DATA_DIR = MANY, tmp_path
    return [issued(connected, owner) for _ in range(MANY)]


def all_have_one_number(simulator, documents) -> bool:
    """Each document was taken once, and we know its number."""
    for document in documents:
        document.refresh_from_db()
    numbers = [[row["ksefNumber"] for row in accepted(simulator, one)] for one in documents]
    return numbers == [[document.ksef_number] for document in documents]


def test_many_invoices_leave_in_one_package(many, simulator):
    work()
    assert all_have_one_number(simulator, many)
    session = KsefSession.objects.get()
    assert (session.kind, session.final_code, session.accepted) == ("batch", 200, MANY)


def test_the_package_is_gone_when_the_session_is_settled(many, simulator):
    work()
    assert list(_root().iterdir()) == []
    assert KsefSession.objects.get().upload == f'{{"rows": {MANY}}}'


def test_one_page_of_the_collective_upo_is_the_receipt_of_all(many, simulator):
    work()
    page = SessionUpo.objects.get()
    assert Upo.objects.filter(page=page).count() == MANY
    found = [reloaded(one) for one in many]
    assert all(one.ksef_number.encode() in one.upo.xml for one in found)


def reloaded(document):
    return type(document).objects.get(pk=document.pk)


def test_a_row_is_sent_at_the_opening_which_is_what_counts(many, simulator):
    drain_all(rounds=1)
    session = KsefSession.objects.get()
    assert {row.sent_at for row in Submission.objects.all()} == {session.opened_at}


# --- What breaks on the way -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_before", "error_after"])
@pytest.mark.parametrize("operation", ["batch_open", "part_upload", "batch_close"])
def test_a_lost_answer_costs_no_invoice_and_sends_none_twice(many, simulator, kind, operation):
    fault(simulator, kind, operation)
    work(rounds=8)
    assert all_have_one_number(simulator, many)
    assert all(len(received(simulator, one)) == 1 for one in many)


@pytest.mark.parametrize("operation", ["session_status", "invoice_list"])
def test_a_question_without_answer_is_put_again(many, simulator, operation):
    fault(simulator, "error_before", operation, count=2)
    work(rounds=8)
    assert all_have_one_number(simulator, many)


def test_while_the_closing_has_no_answer_nobody_knows(many, simulator):
    fault(simulator, "drop_after", "batch_close")
    drain_all(rounds=1)
    assert {row.state for row in Submission.objects.all()} == {State.UNKNOWN}


def test_retry_after_is_obeyed_at_the_opening(many, simulator):
    fault(simulator, "too_many", "batch_open", retry_after=4000)
    drain_all(rounds=1)
    row = submission_of(many[0])
    assert row.state == State.WAITING
    assert row.not_before - clock.now() > timedelta(seconds=3900)


def test_a_ksef_that_stays_silent_is_asked_more_and_more_seldom(many, simulator):
    fault(simulator, "drop_before", "batch_open", count=-1)
    drain_all(rounds=1)
    Submission.objects.update(not_before=None, tries=5)
    drain_all(rounds=1)
    assert submission_of(many[0]).not_before - clock.now() > timedelta(seconds=50)


@pytest.mark.parametrize("code", [405, 415, 420, 430, 435, 500])
def test_a_package_that_failed_as_a_whole_goes_again(many, simulator, code):
    fault(simulator, "session_verdict", "batch_close", code=code)
    work(rounds=10)
    assert all_have_one_number(simulator, many)
    first = KsefSession.objects.order_by("opened_at").first()
    assert (first.kind, first.final_code) == ("batch", code)


def test_what_waits_after_a_failed_package_says_why(many, simulator):
    fault(simulator, "session_verdict", "batch_close", code=430)
    drain_all(rounds=1)
    row = submission_of(many[0])
    assert (row.state, row.last_code) == (State.WAITING, 430)
    assert row.said.startswith("KSeF nie przyjął paczki (430")


def test_after_a_failed_package_small_groups_go_one_by_one(many, simulator):
    fault(simulator, "session_verdict", "batch_close", code=430)
    work(rounds=6)
    assert KsefSession.objects.filter(kind="batch").count() == 1
    assert KsefSession.objects.filter(kind="online").exists()


def test_a_refused_invoice_in_a_package_holds_no_other(many, simulator):
    fault(simulator, "verdict", "batch_invoice", code=450)
    work()
    states = sorted(row.state for row in Submission.objects.all())
    assert states == [State.ACCEPTED] * (MANY - 1) + [State.REFUSED]


def test_a_rotated_key_is_fetched_again(many, simulator):
    control(simulator, "POST", "/keys/rotate")
    work()
    assert all_have_one_number(simulator, many)


def test_a_full_disk_makes_the_invoices_wait_with_a_reason(many, simulator, monkeypatch):
    def full(*args, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batch, "package_make", full)
    drain_all(rounds=1)
    rows = list(Submission.objects.all())
    assert {row.state for row in rows} == {State.WAITING}
    assert "brakuje miejsca" in rows[0].said
    monkeypatch.undo()
    work()


def test_without_a_credential_a_package_waits_and_says_why(company, owner, simulator, settings):
    settings.KSEF_BATCH_FROM = 2
    documents = [issued(company, owner) for _ in range(2)]
    drain_all(rounds=1)
    row = submission_of(documents[0])
    assert row.state == State.WAITING
    assert row.last_text


# --- Killed -----------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here: nothing after this line runs."""


def killed(*args, **named):
    raise Killed


def die_at(monkeypatch, place: str) -> None:
    """Works until the process is killed there, then starts a new one whose leases ran out."""
    monkeypatch.setattr(place, killed)
    with pytest.raises(Killed):
        drain_all(rounds=3)
    monkeypatch.undo()
    monkeypatch.setattr("auth_ksef.api._doors", {})
    past = clock.now() - timedelta(seconds=1)
    Submission.objects.exclude(lease_until=None).update(lease_until=past)
    KsefSession.objects.exclude(lease_until=None).update(lease_until=past)


STEPS = [
    "invoices.services.batch.package_make",
    "invoices.services.batch._opening",
    "invoices.services.batch._store_opened",
    "invoices.services.batch.package_upload",
    "invoices.services.uploading._uploaded",
    "invoices.services.uploading.state_save",
    "invoices.services.batch._close",
    "invoices.services.batch._close_now",
    "invoices.services.batch.mark_closed",
    "invoices.services.batch_follow.counts",
    "invoices.services.batch_follow._settled",
    "invoices.services.batch_follow._name",
    "invoices.services.batch_follow.accept_many",
    "invoices.services.acceptance._order",
    "invoices.services.batch_follow._free",
    "invoices.services.batch_follow._remembered",
]


@pytest.mark.parametrize("place", STEPS)
def test_whoever_is_killed_there_loses_nothing_and_sends_nothing_twice(
    many, simulator, monkeypatch, settings, place
):
    settings.KSEF_SIMULATOR_URL = simulator.url
    die_at(monkeypatch, place)
    work(rounds=8)
    assert all_have_one_number(simulator, many)
    assert all(len(received(simulator, one)) == 1 for one in many)


def test_a_killed_upload_goes_on_in_the_same_session(many, simulator, monkeypatch):
    die_at(monkeypatch, "invoices.services.batch._close")
    work()
    assert KsefSession.objects.count() == 1


def test_what_another_worker_took_never_leaves_in_our_package(many, simulator, monkeypatch):
    make = batch._opening

    def slow(*args):
        answer = make(*args)
        Submission.objects.filter(document=many[0]).update(state=State.QUEUED, lease_until=None)
        return answer

    monkeypatch.setattr(batch, "_opening", slow)
    drain_all(rounds=1)
    assert not KsefSession.objects.exists()
    assert list(_root().iterdir()) == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_does_not_abandon_what_was_uploaded(many, simulator, monkeypatch, status):
    def refused(*args, **named):
        raise KsefRefused("no", http_status=status, operation="batch_close")

    monkeypatch.setattr(batch, "_close_now", refused)
    drain_all(rounds=1)
    monkeypatch.undo()
    work()
    assert KsefSession.objects.count() == 1
    assert all_have_one_number(simulator, many)


def test_what_became_offline_since_it_was_planned_leaves_in_another_package(
    many, simulator, monkeypatch
):
    def late(pks):
        claim = claim_many(pks)
        Submission.objects.filter(document=many[0]).update(mode="offline24")
        return claim

    monkeypatch.setattr(batch, "claim_many", late)
    batch.batch_send(many[0].company, Dispatch(True, False, tuple(pks())))
    assert submission_of(many[0]).state == State.QUEUED
    assert submission_of(many[1]).session.kind == "batch"


def pks():
    return Submission.objects.values_list("pk", flat=True)


def test_a_package_that_was_lost_waits_until_ksef_cancels_the_session(
    many, simulator, monkeypatch, tmp_path
):
    die_at(monkeypatch, "invoices.services.batch.package_upload")
    for place in _root().iterdir():
        shutil.rmtree(place)
    drain_all(rounds=2)
    assert {row.state for row in Submission.objects.all()} == {State.SESSION_OPENED}


@pytest.mark.parametrize("fails", ["batch_close", "session_status"])
def test_a_credential_that_is_retired_meanwhile_strands_no_package(
    many, connected, owner, simulator, fails
):
    fault(simulator, "error_before", fails)
    drain_all(rounds=1)
    credential_retire(credential=KsefSession.objects.get().credential, retired_by=owner)
    token_add(company=connected, token=simulator.token, added_by=owner)
    work(rounds=8)
    assert all_have_one_number(simulator, many)


# --- Many verdicts at once --------------------------------------------------------------------


def test_one_verdict_that_nobody_foresaw_holds_up_no_other(many, simulator, monkeypatch):
    broken = many[0].pk

    def breaking(row, *args, **named):
        if row.document_id == broken:
            raise ZeroDivisionError
        return accept(row, *args, **named)

    monkeypatch.setattr(verdicts, "accept", breaking)
    monkeypatch.setattr(batch_follow, "accept_many", lambda pairs: 1 / 0)
    work()
    states = [submission_of(document).state for document in many]
    assert states == [State.SENT] + [State.ACCEPTED] * (MANY - 1)


def facts_of(document) -> tuple:
    """All that an acceptance leaves behind."""
    document = reloaded(document)
    row = document.submission
    return (
        (row.state, row.last_code, row.last_text, row.ksef_mode, row.not_before, row.lease_until),
        (document.ksef_number, document.ksef_number_at),
        [(one.step, one.outcome, one.code) for one in row.attempts.all()],
        sorted(document.chores.values_list("kind", "language", "done_at", "tries")),
        list(
            AuditEntry.objects.filter(
                subject=document.number, action="invoice.accepted"
            ).values_list("company", "user", "details")
        ),
    )


NUMBER = "5265877635-20261121-0100001234AB-5F"


def accepted_status(mode: str):
    return SimpleNamespace(
        ksef_number=NUMBER, acquisition_date=clock.now(), invoicing_mode=mode, reference_number="R"
    )


@pytest.mark.parametrize("mode", ["Online", "Offline"])
def test_many_acceptances_leave_what_one_leaves(company, owner, mode):
    one, many_of_them = issued(company, owner, number="A/1"), issued(company, owner, number="A/1x")
    found, left = accepted_status(mode), []
    for document in (one, many_of_them):
        Submission.objects.filter(document=document).update(state=State.SENT)
        row = Submission.objects.select_related("document__company").get(document=document)
        if document == one:
            accept(row, ksef_number=NUMBER, at=found.acquisition_date, ksef_mode=mode)
        else:
            accept_many([(row, found)])
        left.append(facts_of(document))
        type(document).objects.filter(pk=document.pk).update(ksef_number=None)
    assert left[0] == left[1]


def test_an_old_paper_with_another_hash_is_an_alarm_among_many_too(company, owner):
    refused, document = issued(company, owner), issued(company, owner)
    HandOver.objects.create(document=refused, what="invoice", how="print", xml_sha256="00")
    type(document).objects.filter(pk=document.pk).update(replaces=refused)
    Submission.objects.filter(document=document).update(state=State.SENT)
    row = Submission.objects.select_related("document__company").get(document=document)
    accept_many([(row, accepted_status("Online"))])
    assert Notice.objects.filter(key=f"paper:{document.pk}", kind="bad").exists()


def test_a_row_that_was_moved_meanwhile_is_not_accepted(company, owner):
    document = issued(company, owner)
    row = Submission.objects.select_related("document__company").get(document=document)
    row.state = State.SENT
    accept_many([(row, accepted_status("Online"))])
    assert reloaded(document).ksef_number is None
