"""The day ends before an online invoice was sent; and people are warned while there is time."""

from datetime import date

import pytest

from auth_ksef.kod2 import Kod2Refused
from invoices.models import Attempt, Kod2, Submission
from invoices.services import midnight
from invoices.services.deadlines import deadlines_recompute
from invoices.services.delivery_states import IllegalMove, State
from invoices.services.midnight import booked_offline, midnight_turn, mode_turn, near_midnight
from invoices.services.warnings import deadline_warnings
from ksefapp.notify.models import Notice
from tests.invoice_support import content
from tests.offline_support import FRIDAY, announced, at, certified, issue, row_of, waiting

__all__ = ["at"]
MONDAY = date(2026, 11, 23)
pytestmark = pytest.mark.django_db


def notices(prefix: str = "") -> list[str]:
    rows = Notice.objects.filter(key__startswith=prefix, over=False)
    return sorted(rows.values_list("key", flat=True))


def test_what_waits_online_at_midnight_becomes_offline24(company, owner, at):
    at("2026-11-20 23:50")
    document = issue(company, owner, mode="online")
    assert midnight_turn() == 0
    at("2026-11-21 00:00")
    assert midnight_turn() == 1
    row = row_of(document)
    assert (row.mode, row.deadline_on, row.state) == ("offline24", MONDAY, State.QUEUED)
    assert "ust. 16" in Attempt.objects.get(outcome="offline24").said
    assert midnight_turn() == 0


def test_one_that_nobody_foresaw_keeps_no_other_from_its_mode(company, owner, at, monkeypatch):
    at("2026-11-20 23:50")
    documents = [issue(company, owner, mode="online") for _ in range(2)]
    broken, real = row_of(documents[0]).pk, midnight.deadline_set

    def breaking(row, *rest):
        return 1 / 0 if row.pk == broken else real(row, *rest)

    monkeypatch.setattr(midnight, "deadline_set", breaking)
    at("2026-11-21 00:00")
    assert midnight_turn() == 1
    assert [row_of(one).mode for one in documents] == ["online", "offline24"]


def test_utc_midnight_is_not_the_end_of_the_day(company, owner, at):
    at("2026-11-20 00:30")  # 23:30 UTC of the day before
    document = issue(company, owner, mode="online")
    assert document.issued_on == date(2026, 11, 20)
    assert midnight_turn() == 0


@pytest.mark.parametrize("state", ["claimed", "session_opened", "sent", "accepted"])
def test_what_is_with_ksef_or_on_its_way_is_left_to_ksef(company, owner, at, state):
    at("2026-11-20 23:50")
    document = issue(company, owner, mode="online")
    Submission.objects.update(state=state)
    at("2026-11-21 00:01")
    assert midnight_turn() == 0
    assert row_of(document).mode == "online"


def test_what_is_unknown_keeps_its_mode_and_gets_the_deadline_it_would_have(company, owner, at):
    at("2026-11-20 23:50")
    document = issue(company, owner, mode="online")
    Submission.objects.update(state="unknown")
    at("2026-11-21 00:01")
    midnight_turn()
    midnight_turn()
    row = row_of(document)
    assert (row.mode, row.state, row.deadline_on) == ("online", "unknown", MONDAY)
    assert Attempt.objects.filter(step="mode", outcome="deadline").count() == 1


def test_one_notice_says_how_many_and_what_may_not_be_handed_out(company, owner, at):
    at("2026-11-20 23:50")
    for _ in range(3):
        issue(company, owner, mode="online")
    at("2026-11-21 00:01")
    assert midnight_turn() == 3
    notice = Notice.objects.get()
    assert notice.key == "midnight:2026-11-21"
    assert "offline24: 3." in notice.pl
    assert "Bez KODU II" in notice.pl


def test_kod_ii_is_made_at_midnight_where_it_can_be(company, owner, at):
    at("2026-11-20 23:50")
    certified(company, owner)
    document = issue(company, owner, mode="online")
    at("2026-11-21 00:01")
    midnight_turn()
    assert Kod2.objects.get().document == document
    assert "Bez KODU II" not in Notice.objects.get().pl


def test_a_buyer_who_must_get_a_paper_without_kod_ii_is_an_alarm(company, owner, at):
    at("2026-11-20 23:50")
    tree = content(company)
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = {"BrakID": "1", "Nazwa": "Jan Kowalski"}
    document = issue(company, owner, mode="online", tree=tree)
    waiting(document)
    at("2026-11-21 00:01")
    midnight_turn()
    assert notices("kod2") == ["kod2-missing"]
    certified(company, owner)
    midnight_turn()
    assert notices("kod2") == []


def test_a_total_failure_before_midnight_ends_the_duty_at_midnight(company, owner, at):
    at("2026-11-20 20:00")
    document = issue(company, owner, mode="online")
    at("2026-11-20 21:00")
    announced("1", "2026-11-20 21:00", category="TOTAL_FAILURE")
    at("2026-11-21 00:01")
    midnight_turn()
    assert row_of(document).state == State.OUTSIDE


def test_a_person_turns_a_waiting_invoice_to_offline24_for_a_paper(company, owner, at):
    at(FRIDAY)
    certified(company, owner)
    document = issue(company, owner, mode="online")
    waiting(document)
    mode_turn(document=document, user=owner)
    row = row_of(document)
    assert (row.mode, row.deadline_on) == ("offline24", MONDAY)
    assert Kod2.objects.filter(document=document).exists()


def test_without_a_certificate_a_person_does_not_turn_it(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="online")
    with pytest.raises(Kod2Refused):
        mode_turn(document=document, user=owner)
    assert row_of(document).mode == "online"


@pytest.mark.parametrize("state", ["claimed", "session_opened", "sent", "unknown", "accepted"])
def test_only_what_waits_is_turned_by_a_person(company, owner, at, state):
    at(FRIDAY)
    certified(company, owner)
    document = issue(company, owner, mode="online")
    Submission.objects.update(state=state)
    with pytest.raises(IllegalMove):
        mode_turn(document=document, user=owner)


def test_what_ksef_booked_as_offline_is_offline24_here(company, owner, at):
    at("2026-11-20 23:59")
    row = row_of(issue(company, owner, mode="online"))
    booked_offline(row, "Offline")
    assert (row_of(row.document).mode, row_of(row.document).deadline_on) == ("offline24", MONDAY)


def test_what_ksef_booked_as_online_keeps_our_mode(company, owner, at):
    at(FRIDAY)
    row = row_of(issue(company, owner, mode="offline24"))
    booked_offline(row, "Online")
    assert row_of(row.document).mode == "offline24"
    assert Attempt.objects.filter(outcome="booked_online").exists()


def test_the_same_mode_is_no_news(company, owner, at):
    at(FRIDAY)
    row = row_of(issue(company, owner, mode="online"))
    booked_offline(row, "Online")
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("moment", "near"),
    [("2026-11-20 23:29", False), ("2026-11-20 23:30", True), ("2026-11-21 00:00", False)],
)
def test_the_form_warns_near_midnight(at, moment, near):
    at(moment)
    assert near_midnight() is near


# From Friday 19:02 to the midnight after Monday there are 76 h 58 min.
@pytest.mark.parametrize(
    ("moment", "stage"),
    [
        ("2026-11-22 09:30", None),
        ("2026-11-22 09:32", "1"),
        ("2026-11-23 08:36", "1"),
        ("2026-11-23 08:38", "2"),
        ("2026-11-23 19:59", "2"),
        ("2026-11-23 20:00", "4"),
        ("2026-11-23 23:59", "4"),
        ("2026-11-24 00:00", "5"),
    ],
)
def test_stages_of_warning(company, owner, at, moment, stage):
    at(FRIDAY)
    waiting(issue(company, owner, mode="offline24"))
    at(moment)
    deadline_warnings()
    assert notices("deadline:") == ([f"deadline:2026-11-23:{stage}"] if stage else [])


def test_95_percent_of_a_long_time_comes_before_the_last_evening(company, owner, at):
    at("2026-11-13 10:00")
    announced("1", "2026-11-13 09:00")
    document = issue(company, owner, mode="awaria")
    at("2026-11-14 07:00")
    announced("1", "2026-11-13 09:00", "2026-11-14 06:00")
    deadlines_recompute()
    waiting(document)
    at("2026-11-24 12:00")
    deadline_warnings()
    assert notices("deadline:") == ["deadline:2026-11-24:3"]


def test_each_stage_is_told_once_for_all_invoices_of_a_company(company, owner, at):
    at(FRIDAY)
    for _ in range(3):
        waiting(issue(company, owner, mode="offline24"))
    at("2026-11-23 20:00")
    assert deadline_warnings() == 3
    assert deadline_warnings() == 0
    assert Notice.objects.count() == 1
    assert "numeru KSeF: 3." in Notice.objects.get().pl


def test_a_higher_stage_takes_the_place_of_the_lower(company, owner, at):
    at(FRIDAY)
    waiting(issue(company, owner, mode="offline24"))
    for moment in ("2026-11-22 10:00", "2026-11-23 12:00", "2026-11-24 08:00"):
        at(moment)
        deadline_warnings()
    assert notices("deadline:") == ["deadline:2026-11-23:5"]
    assert Notice.objects.get(over=False).kind == "bad"


def test_the_warning_ends_when_everything_has_its_number(company, owner, at):
    at(FRIDAY)
    waiting(issue(company, owner, mode="offline24"))
    at("2026-11-23 20:00")
    deadline_warnings()
    Submission.objects.update(state="accepted")
    deadline_warnings()
    assert notices("deadline:") == []


def test_what_was_sent_in_time_and_waits_for_its_number_is_not_late(company, owner, at):
    at(FRIDAY)
    document = issue(company, owner, mode="offline24")
    at("2026-11-23 23:58")
    Submission.objects.update(state="sent", sent_at=row_of(document).document.issued_at)
    at("2026-11-24 00:10")
    assert deadline_warnings() == 0


def test_refused_ones_are_named_for_a_decision(company, owner, at):
    at(FRIDAY)
    issue(company, owner, mode="offline24")
    Submission.objects.update(state="refused")
    at("2026-11-23 20:00")
    deadline_warnings()
    assert "odrzucił z nich 1" in Notice.objects.get().pl


def test_what_was_issued_a_moment_ago_is_not_warned_of(company, owner, at):
    at("2026-11-24 09:00")
    issue(company, owner, accept=("DT-02",), P_1="2026-11-20")
    assert deadline_warnings() == 0
    at("2026-11-24 09:05")
    assert deadline_warnings() == 1
