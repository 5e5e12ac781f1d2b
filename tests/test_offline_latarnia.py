"""Latarnia: when it is asked, what is kept, what becomes an outage, what changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from auth_ksef.client.lighthouse import LighthouseError, LighthouseMessage, LighthouseStatus
from ksefapp.lib import clock
from offline import journal, latarnia
from offline.facts import latarnia_fact
from offline.models import LatarniaMessage, LatarniaState, Outage

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 11, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def message(**changes) -> LighthouseMessage:
    facts = {
        **{"id": "K/2026/AWR/01", "version": 1, "event_id": 1002, "category": "FAILURE"},
        **{"type": "FAILURE_START", "title": "Awaria KSeF", "text": "od godziny 12:00"},
        **{"start": T0, "end": None, "published": T0 + timedelta(minutes=5)},
    }
    facts |= changes
    raw = {name: str(value) for name, value in facts.items()}
    return LighthouseMessage(**facts, raw=raw)


BEGUN = message()
ENDED = message(id="K/2026/AWR/02", type="FAILURE_END", end=T0 + 3 * HOUR, published=T0 + 4 * HOUR)
WINDOW = message(
    **{"id": "K/2026/NI/01", "event_id": 1000, "category": "MAINTENANCE"},
    **{"type": "MAINTENANCE_ANNOUNCEMENT", "start": T0 + 90 * HOUR, "end": T0 + 99 * HOUR},
)


class Feed:
    """A Latarnia that says this; an exception is raised."""

    def __init__(self, *messages, status="AVAILABLE", fails=None):
        self.said, self.word, self.fails, self.asked = messages, status, fails, 0

    def status(self):
        self.asked += 1
        if self.fails:
            raise self.fails
        return LighthouseStatus(self.word, ())

    def messages(self):
        return tuple(self.said)


def poll(*messages, **options) -> LatarniaState:
    """One question, whenever the next one would be due."""
    LatarniaState.objects.update(next_at=clock.now())
    assert latarnia.latarnia_poll("simulator", api=Feed(*messages, **options))
    return LatarniaState.objects.get(environment="simulator")


def known() -> tuple:
    (row,) = journal.newest(Outage.objects.all()).values()
    return row.category, row.start, row.end, row.published


def test_a_beginning_opens_an_outage_by_its_fields_not_its_text():
    poll(BEGUN, status="FAILURE")
    assert known() == ("FAILURE", T0, None, BEGUN.published)


def test_the_end_joins_its_beginning_by_the_event():
    poll(BEGUN)
    poll(BEGUN, ENDED)
    assert Outage.objects.count() == 1
    assert known() == ("FAILURE", T0, T0 + 3 * HOUR, BEGUN.published)


def test_beginning_and_end_may_come_in_one_answer_in_any_order():
    poll(ENDED, BEGUN)
    assert known()[2] == T0 + 3 * HOUR


def test_an_end_alone_makes_a_whole_outage():
    poll(ENDED)
    assert known() == ("FAILURE", T0, T0 + 3 * HOUR, None)


def test_an_end_message_without_its_moment_ends_it_when_it_was_published():
    poll(BEGUN, replace(ENDED, end=None))
    assert known()[2] == ENDED.published


def test_the_same_again_changes_nothing():
    for _ in range(3):
        poll(BEGUN, ENDED)
    assert journal.Outage.objects.get().versions.count() == 1
    assert LatarniaMessage.objects.count() == 2


def test_an_amendment_is_kept_beside_the_first_version():
    poll(BEGUN)
    poll(message(version=2, start=T0 - HOUR, published=T0 + 9 * HOUR))
    assert known()[1] == T0 - HOUR
    assert [row.version for row in LatarniaMessage.objects.all()] == [1, 2]


def test_an_amendment_is_no_new_announcement():
    poll(BEGUN)
    poll(message(version=2, start=T0 - HOUR, published=T0 + 9 * HOUR))
    assert known()[3] == BEGUN.published


def test_an_older_version_never_comes_back():
    poll(message(version=2, start=T0 - HOUR))
    poll(BEGUN)
    assert known()[1] == T0 - HOUR


def test_what_vanishes_from_the_feed_stays():
    poll(BEGUN, ENDED)
    poll()
    assert known()[2] == T0 + 3 * HOUR
    poll(BEGUN)
    assert known()[2] == T0 + 3 * HOUR


def test_a_change_under_the_same_version_number_is_seen_and_kept():
    poll(BEGUN)
    poll(message(end=T0 + HOUR))
    assert known()[2] == T0 + HOUR
    assert "same version" in Outage.objects.get().versions.last().note


def test_a_failure_that_becomes_total_is_announced_as_such_anew():
    poll(BEGUN)
    later = T0 + 5 * HOUR
    poll(message(version=2, category="TOTAL_FAILURE", published=later))
    assert known() == ("TOTAL_FAILURE", T0, None, later)


def test_maintenance_is_kept_days_ahead_and_not_in_force(company):
    poll(WINDOW)
    (event,) = journal.event_list(company)
    assert event.announced == WINDOW.published
    assert not event.in_force(T0 + 89 * HOUR)
    assert event.in_force(T0 + 91 * HOUR)


@pytest.mark.parametrize("change", [{"category": "FLOOD"}, {"type": "FLOOD_START"}])
def test_unknown_words_are_kept_and_make_no_outage(change):
    poll(message(**change))
    assert LatarniaMessage.objects.count() == 1
    assert not Outage.objects.exists()


def test_an_end_before_the_beginning_is_left_out():
    poll(BEGUN)
    poll(BEGUN, replace(ENDED, end=T0 - HOUR))
    assert known()[2] is None


def test_messages_without_an_event_are_each_their_own():
    other = message(id="K/2026/AWR/09", event_id=None, start=T0 + 50 * HOUR)
    poll(message(event_id=None), other)
    assert Outage.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [{"event_id": 2**70}, {"raw": {"title": "a\x00b"}}, {"raw": {"x": float("nan")}}],
    ids=["number", "nul", "nan"],
)
def test_what_no_database_can_hold_is_left_out(changes):
    poll(replace(BEGUN, **changes), WINDOW)
    assert [row.message_id for row in LatarniaMessage.objects.all()] == [WINDOW.id]


# --- UNKNOWN ------------------------------------------------------------------------------------
def test_silence_is_unknown_and_changes_no_outage(company):
    poll(BEGUN, status="FAILURE")
    state = poll(fails=LighthouseError("HTTP 502"))
    assert (state.status, state.failures) == ("UNKNOWN", 1)
    assert len(journal.event_list(company)) == 1
    assert latarnia_fact("simulator", state).works is None


def test_an_unknown_status_is_unknown():
    state = poll(status="FLOODED")
    assert (state.status, state.raw_status) == ("UNKNOWN", "FLOODED")
    assert "FLOODED" in latarnia_fact("simulator", state).pl


def test_an_answer_ends_the_silence():
    poll(fails=LighthouseError("x"))
    state = poll()
    assert (state.status, state.failures, state.failed_text) == ("AVAILABLE", 0, "")


# --- Politeness ---------------------------------------------------------------------------------
def pause_of(state: LatarniaState) -> float:
    return (state.next_at - clock.now()).total_seconds()


def asked_of(environment: str, **options) -> LatarniaState:
    LatarniaState.objects.update(next_at=clock.now())
    latarnia.latarnia_poll(environment, api=Feed(**options))
    return LatarniaState.objects.get(environment=environment)


def test_nobody_asks_before_the_time():
    poll()
    feed = Feed()
    assert not latarnia.latarnia_poll("simulator", api=feed)
    assert feed.asked == 0


def test_a_clock_that_was_put_back_does_not_stop_the_asking():
    poll()
    LatarniaState.objects.update(asked_at=clock.now() + HOUR, next_at=clock.now() + HOUR)
    assert latarnia.latarnia_poll("simulator", api=Feed())


def test_only_one_worker_asks():
    poll()
    LatarniaState.objects.update(next_at=clock.now(), lease_until=clock.now() + HOUR)
    assert not latarnia.latarnia_poll("simulator", api=Feed())


def test_a_dead_workers_lease_ends():
    poll()
    LatarniaState.objects.update(next_at=clock.now(), lease_until=clock.now())
    assert latarnia.latarnia_poll("simulator", api=Feed())


def test_the_usual_pause_is_about_the_setting(settings):
    settings.KSEF_LATARNIA_SECONDS = 100
    assert 75 < pause_of(asked_of("production")) < 125


def test_while_an_outage_is_open_it_is_asked_sooner(settings):
    settings.KSEF_LATARNIA_SECONDS = 100
    latarnia.messages_keep("production", [BEGUN])
    assert 35 < pause_of(asked_of("production")) < 65


def test_failures_make_the_pause_longer_up_to_ten_minutes(settings):
    settings.KSEF_LATARNIA_SECONDS = 100
    failing = {"fails": LighthouseError("x")}
    pauses = [pause_of(asked_of("production", **failing)) for _ in range(9)]
    assert 150 < pauses[0] < 245
    assert 470 < pauses[-1] < 725


def test_a_longer_wait_that_latarnia_asks_for_is_obeyed():
    assert pause_of(asked_of("production", fails=LighthouseError("429", 1800))) > 1795


def test_environments_in_use_are_asked_except_demo(company, other_company):
    company.environment, other_company.environment = "demo", "test"
    company.save()
    other_company.save()
    assert latarnia.environments() == ["test"]


def test_with_a_test_clock_no_real_latarnia_is_asked(monkeypatch, tmp_path):
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(tmp_path / "clock"))
    assert not latarnia.latarnia_poll("production", api=Feed())


def test_what_test_says_is_information_only():
    state = asked_of("test", status="TOTAL_FAILURE")
    fact = latarnia_fact("test", state)
    assert fact.works is False
    assert "tylko informacja" in fact.pl
