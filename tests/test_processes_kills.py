"""Whatever dies, every issued invoice ends with exactly one KSeF number."""

import os
import signal

import pytest

from tests.house_support import assert_one_number_each, children, house, until

pytestmark = [pytest.mark.slow, pytest.mark.servers]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One house for the tests of this file."""
    with house(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture
def home(running):
    """The house with nothing ordered at the simulator."""
    running.control("POST", "/reset")
    return running


def test_an_invoice_gets_its_number_from_the_running_house(home):
    rows = home.settled(home.issue(1))
    assert_one_number_each(home, rows)


def test_a_worker_killed_between_send_and_commit_leaves_one_number(home):
    home.fault("timeout_after", seconds=60)
    ids = home.issue(3)
    until(lambda: home.at_ksef(home.rows(ids)), "KSeF has taken one invoice")
    home.await_new("worker", home.kill("worker"))
    rows = home.settled(ids)
    assert_one_number_each(home, rows)
    assert home.calls("invoice_send") == 3


def test_a_worker_killed_before_the_invoice_left_leaves_one_number(home):
    home.fault("latency", seconds=4)
    ids = home.issue(2)
    until(lambda: any(row["state"] == "session_opened" for row in home.rows(ids)), "one is leaving")
    home.await_new("worker", home.kill("worker"))
    assert_one_number_each(home, home.settled(ids))


def test_an_answer_lost_after_acceptance_is_found_again_by_its_hash(home):
    home.fault("drop_after")
    rows = home.settled(home.issue(1))
    assert_one_number_each(home, rows)
    assert {"send unknown", "reconcile ok"} <= set(rows[0]["attempts"])
    assert home.calls("invoice_send") == 1


def test_an_error_before_acceptance_is_reconciled_then_sent_again(home):
    home.fault("error_before", status=500)
    rows = home.settled(home.issue(1))
    assert_one_number_each(home, rows)
    assert "reconcile absent" in rows[0]["attempts"]
    assert home.calls("invoice_send") == 2


def test_wait_of_a_429_is_obeyed(home):
    home.fault("too_many", retry_after=6)
    ids = home.issue(1)
    until(lambda: home.rows(ids)[0]["state"] == "waiting", "KSeF asks to wait")
    rows = home.settled(ids)
    assert home.calls("invoice_send") == 2
    assert_one_number_each(home, rows)


def test_a_broker_that_loses_all_its_messages_costs_nothing(home):
    home.kill("worker")
    ids = home.issue(4)
    assert home.broker_wipe()
    assert_one_number_each(home, home.settled(ids))


def test_two_workers_that_drain_at_once_send_nothing_twice(home):
    home.control("POST", "/settings", {"limits_multiplier": 1000})
    others = [home.helper() for _ in range(2)]
    ids = home.issue(20)
    for other in others:
        other.ask("drain")
    rows = home.settled(ids)
    for other in others:
        other.answer()
        other.close()
    assert_one_number_each(home, rows)
    assert len(home.at_ksef(rows)) == 20


def test_any_single_process_of_the_worker_may_be_killed(home):
    """One of a forking pool would die with the pool's lock, and the worker would hang."""
    for _ in range(3):
        leader = home.pids()["worker"]
        for pid in [*children(leader), leader]:
            os.kill(pid, signal.SIGKILL)
            assert_one_number_each(home, home.settled(home.issue(1), seconds=40))
