"""Issuing offline, and the deadline that each waiting invoice carries."""

from datetime import date

import pytest

from invoices.models import Attempt, Document, Kod2, Submission
from invoices.services import deadlines
from invoices.services.deadlines import deadlines_recompute, is_late
from invoices.services.delivery_states import State
from invoices.services.issue_checks import IssueRefused
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from offline import journal
from offline.models import CompanyMode
from tests.invoice_support import content
from tests.offline_support import (
    FRIDAY,
    announced,
    at,
    certified,
    failure,
    issue,
    row_of,
    waiting,
)

__all__ = ["at"]
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
pytestmark = pytest.mark.django_db


def rules_of(caught) -> set[str]:
    return {problem.rule for problem in caught.value.problems}


def no_nip(company) -> dict:
    tree = content(company)
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = {"BrakID": "1", "Nazwa": "Jan Kowalski"}
    return tree


def abroad(company) -> dict:
    tree = content(company)
    tree["Podmiot2"]["Adres"] = {"KodKraju": "DE", "AdresL1": "Hauptstr. 1, Berlin"}
    return tree


def test_offline24_carries_its_deadline_and_the_law(company, owner, at):
    at(FRIDAY)
    row = row_of(issue(company, owner, mode="offline24"))
    assert (row.mode, row.deadline_on, row.state) == ("offline24", MONDAY, State.QUEUED)
    assert "106nda" in row.deadline_basis


def test_kod_ii_is_signed_at_the_issue(company, owner, at):
    at(FRIDAY)
    certified(company, owner)
    document = issue(company, owner, mode="offline24", accept=())
    assert Kod2.objects.get().document == document


def test_a_missing_certificate_is_a_warning_for_a_domestic_buyer(company, owner, at):
    at(FRIDAY)
    with pytest.raises(IssueRefused) as refusal:
        issue(company, owner, mode="offline24", accept=())
    assert [(p.rule, p.severity) for p in refusal.value.problems] == [("APP-kod2", "warn")]
    assert issue(company, owner, mode="offline24").number.startswith("FV/1/")


def test_it_blocks_for_a_buyer_who_must_get_the_invoice_outside_ksef(company, owner, at):
    at(FRIDAY)
    with pytest.raises(IssueRefused) as refusal:
        issue(company, owner, mode="offline24", tree=no_nip(company))
    assert [(p.rule, p.severity) for p in refusal.value.problems] == [("APP-kod2", "block")]
    assert not Document.objects.exists()


def test_online_and_backdated_invoices_need_no_certificate(company, owner, at):
    at(FRIDAY)
    issue(company, owner, mode="online", accept=(), tree=no_nip(company))
    document = issue(company, owner, accept=("DT-02",), P_1="2026-11-19")
    assert row_of(document).mode == "offline24"


def test_the_duty_to_hand_over_is_stored(company, owner, at):
    at(FRIDAY)
    assert issue(company, owner, tree=no_nip(company)).hand_over_why == "no_nip"
    assert issue(company, owner).hand_over_why == ""


def test_a_polish_nip_with_a_foreign_address_is_asked_for_its_seat(company, owner, at):
    at(FRIDAY)
    with pytest.raises(IssueRefused) as refusal:
        issue(company, owner, tree=abroad(company))
    assert "APP-seat" in rules_of(refusal)
    here = issue(company, owner, tree=abroad(company), options={"buyer_without_seat": "no"})
    gone = issue(company, owner, tree=abroad(company), options={"buyer_without_seat": "yes"})
    assert (here.hand_over_why, gone.hand_over_why) == ("", "marked")


@pytest.mark.parametrize("mode", ["awaria", "niedost", "calkowita"])
def test_an_outage_mode_needs_an_announced_outage(company, owner, at, mode):
    at(FRIDAY)
    with pytest.raises(IssueRefused) as refusal:
        issue(company, owner, mode=mode)
    assert "APP-mode" in rules_of(refusal)


def test_in_a_failure_the_deadline_is_open_and_rests_on_the_outage(company, owner, at):
    at(FRIDAY)
    outage = failure(company, owner, "2026-11-20 18:00")
    row = row_of(issue(company, owner, mode="awaria"))
    assert (row.deadline_on, row.deadline_open) == (None, True)
    assert row.deadline_rests_on == [outage.pk]


def test_offline24_during_a_failure_is_confirmed_first(company, owner, at):
    at(FRIDAY)
    failure(company, owner, "2026-11-20 18:00")
    with pytest.raises(IssueRefused) as refusal:
        issue(company, owner, mode="offline24")
    assert rules_of(refusal) == {"APP-outage"}
    document = issue(company, owner, mode="offline24", accept=("APP-outage", "APP-kod2"))
    assert row_of(document).deadline_open  # the law counts it as one of art. 106nf all the same


def test_an_invoice_of_a_total_failure_is_outside_from_the_start(company, owner, at):
    at(FRIDAY)
    failure(company, owner, "2026-11-20 18:00", category="TOTAL_FAILURE")
    with pytest.raises(IssueRefused) as refusal:
        issue(company, owner, mode="offline24")
    assert "APP-total" in rules_of(refusal)
    row = row_of(issue(company, owner, mode="calkowita", accept=()))
    assert (row.state, row.deadline_on) == (State.OUTSIDE, None)
    assert "106ng" in Attempt.objects.get(submission=row).text


def test_the_end_of_an_outage_gives_the_open_deadline_its_day(company, owner, at):
    at("2026-11-13 10:00")
    announced("1", "2026-11-13 09:00")
    document = issue(company, owner, mode="awaria")
    at("2026-11-14 07:00")
    announced("1", "2026-11-13 09:00", "2026-11-14 06:00")
    assert deadlines_recompute() == 1
    row = row_of(document)
    assert (row.deadline_on, row.deadline_open) == (TUESDAY, False)
    assert row.journal_revision == journal.revision()
    assert "24.11.2026" in Notice.objects.get().pl


@pytest.mark.parametrize(
    ("p_1", "deadline", "is_open"),
    [("2026-11-26", None, True), ("2026-11-25", date(2026, 11, 26), False)],
)
def test_a_backdated_invoice_waits_since_its_p_1(company, owner, at, p_1, deadline, is_open):
    at("2026-11-27 10:00")
    announced("1", "2026-11-27 09:00")
    row = row_of(issue(company, owner, accept=("DT-02", "APP-kod2"), P_1=p_1))
    assert (row.mode, row.deadline_on, row.deadline_open) == ("offline24", deadline, is_open)


def test_one_that_nobody_foresaw_keeps_no_other_deadline_old(company, owner, at, monkeypatch):
    at("2026-11-13 10:00")
    announced("1", "2026-11-13 09:00")
    broken, document = (issue(company, owner, mode="awaria") for _ in range(2))
    real = deadlines._recompute
    monkeypatch.setattr(
        deadlines,
        "_recompute",
        lambda row, said: 1 / 0 if row.document == broken else real(row, said),
    )
    at("2026-11-14 07:00")
    announced("1", "2026-11-13 09:00", "2026-11-14 06:00")
    assert deadlines_recompute() == 1
    assert row_of(document).deadline_on == TUESDAY


def test_a_failure_announced_in_time_extends_offline24(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    at("2026-11-23 12:00")
    announced("1", "2026-11-23 09:00")
    deadlines_recompute()
    assert row_of(document).deadline_open


def test_nothing_is_recomputed_twice(company, owner, at):
    at(FRIDAY)
    issue(company, owner, mode="offline24")
    failure(company, owner, "2026-11-20 19:01", "2026-11-20 19:02")
    deadlines_recompute()
    before = Attempt.objects.count()
    assert deadlines_recompute() == 0
    assert Attempt.objects.count() == before


def test_an_amended_announcement_never_shortens_a_deadline(company, owner, at):
    at("2026-11-13 10:00")
    announced("1", "2026-11-13 09:00")
    document = issue(company, owner, mode="awaria")
    at("2026-11-17 07:00")
    announced("1", "2026-11-13 09:00", "2026-11-16 06:00")
    deadlines_recompute()
    told = row_of(document).deadline_on
    announced("1", "2026-11-13 09:00", "2026-11-14 06:00")
    deadlines_recompute()
    row = row_of(document)
    assert row.deadline_on == told == date(2026, 11, 25)
    assert row.journal_revision == journal.revision()


def test_an_own_entry_that_was_wrong_is_set_right(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    at("2026-11-23 09:05")
    outage = failure(company, owner, "2026-11-23 09:00", "2026-11-23 09:01")
    deadlines_recompute()
    assert row_of(document).deadline_on > MONDAY
    journal.outage_void(outage=outage, by=owner, note="inny system")
    deadlines_recompute()
    assert row_of(document).deadline_on == MONDAY


@pytest.mark.parametrize("state", ["queued", "waiting", "refused"])
def test_a_total_failure_takes_the_duty_away(company, owner, at, state):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    Submission.objects.update(state=state)
    at("2026-11-21 12:00")
    announced("1", "2026-11-21 09:00", category="TOTAL_FAILURE")
    deadlines_recompute()
    row = row_of(document)
    assert (row.state, row.deadline_on) == (State.OUTSIDE, None)
    assert "awaria" in row.said or "awarię" in row.said


def test_a_total_failure_entered_by_mistake_loses_no_invoice(company, owner, at):
    at(FRIDAY)
    document = waiting(issue(company, owner, mode="offline24")).document
    at("2026-11-21 12:00")
    outage = failure(company, owner, "2026-11-21 09:00", category="TOTAL_FAILURE")
    deadlines_recompute()
    assert row_of(document).state == State.OUTSIDE
    journal.outage_void(outage=outage, by=owner, note="pomyłka")
    assert deadlines_recompute() == 1
    row = row_of(document)
    assert (row.state, row.deadline_on) == (State.QUEUED, MONDAY)
    assert Notice.objects.filter(kind="bad", key__startswith="duty-back").exists()
    assert deadlines_recompute() == 0


def test_one_issued_in_a_total_failure_that_was_none_is_told_about(company, owner, at):
    at(FRIDAY)
    outage = failure(company, owner, "2026-11-20 18:00", category="TOTAL_FAILURE")
    document = issue(company, owner, mode="calkowita", accept=())
    journal.outage_void(outage=outage, by=owner, note="pomyłka")
    deadlines_recompute()
    assert row_of(document).state == State.OUTSIDE
    assert "Wystaw je ponownie" in Notice.objects.get(key__startswith="duty-back").pl


def test_the_end_of_a_total_failure_brings_no_duty_back(company, owner, at):
    at(FRIDAY)
    document = waiting(issue(company, owner, mode="offline24")).document
    at("2026-11-21 12:00")
    announced("1", "2026-11-21 09:00", category="TOTAL_FAILURE")
    deadlines_recompute()
    announced("1", "2026-11-21 09:00", "2026-11-21 11:00", category="TOTAL_FAILURE")
    assert deadlines_recompute() == 0
    assert row_of(document).state == State.OUTSIDE


@pytest.mark.parametrize("state", ["unknown", "sent", "claimed"])
def test_what_ksef_may_have_does_not_go_outside(company, owner, at, state):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    Submission.objects.update(state=state)
    at("2026-11-21 12:00")
    announced("1", "2026-11-21 09:00", category="TOTAL_FAILURE")
    deadlines_recompute()
    assert row_of(document).state == state
    waiting(document)
    deadlines_recompute()
    assert row_of(document).state == State.OUTSIDE


def test_an_accepted_invoice_keeps_the_deadline_it_had(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    Submission.objects.update(state="accepted", sent_at=clock.now())
    announced("1", "2026-11-20 19:03")
    assert deadlines_recompute() == 0
    assert row_of(document).deadline_on == MONDAY


def test_late_is_what_was_not_sent_by_the_deadline(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    row = waiting(document)
    at("2026-11-23 23:59")
    assert not is_late(row)
    row.state, row.sent_at = State.SENT, clock.now()
    at("2026-11-24 00:01")
    assert not is_late(row)
    assert is_late(waiting(document))


def ruled(company) -> None:
    """The company's rule switches to an announced outage's mode without asking."""
    CompanyMode.objects.create(company=company, auto_outage=True)


def test_nobody_chose_so_the_companys_rule_does(company, owner, at):
    at(FRIDAY)
    announced("1", "2026-11-20 18:00")
    assert row_of(issue(company, owner)).mode == "online"  # no rule: a person decides
    ruled(company)
    assert row_of(issue(company, owner)).mode == "awaria"
    assert row_of(issue(company, owner, mode="online")).mode == "online"


def test_by_rule_an_invoice_dated_before_the_outage_is_offline24(company, owner, at):
    at(FRIDAY)
    announced("1", "2026-11-20 18:00")
    ruled(company)
    document = issue(company, owner, accept=("DT-02", "APP-kod2"), P_1="2026-11-19")
    assert row_of(document).mode == "offline24"


def test_what_the_rule_cannot_issue_is_an_alarm(company, owner, at):
    at(FRIDAY)
    announced("1", "2026-11-20 18:00")
    ruled(company)
    with pytest.raises(IssueRefused):
        issue(company, owner, tree=no_nip(company))
    notice = Notice.objects.get(key__startswith="issue-blocked")
    assert (notice.kind, "106gb" in notice.pl) == ("bad", True)


def test_what_a_person_chose_is_said_on_the_screen_and_is_no_alarm(company, owner, at):
    at(FRIDAY)
    with pytest.raises(IssueRefused):
        issue(company, owner, mode="offline24", tree=no_nip(company))
    assert not Notice.objects.exists()


@pytest.mark.parametrize("moment", ["2026-10-25 02:30", "2026-03-29 03:30"])
def test_on_a_night_of_changing_clocks_the_day_is_warsaws(company, owner, at, moment):
    at(moment)
    document = issue(company, owner, mode="offline24")
    assert document.issued_on.isoformat() == moment[:10]
    assert row_of(document).deadline_on.weekday() == 0
