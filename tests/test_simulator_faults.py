"""The control interface: ordered faults, key rotation, what tests may look at."""

import pytest

from simulator import faults
from simulator.faults import ConnectionDropped
from tests.simulator_support import QUICK, Box, fa3, sha

SEND = "invoice_send"


def order(sim, kind, **params):
    answer = sim.request("POST", "/control/faults", json={"kind": kind, **params})
    assert answer.status == 201, answer.body
    return answer.json


def send(sender, session, data=None):
    body = sender.send_body(data or fa3())
    return sender.call("POST", f"/sessions/online/{session}/invoices", json=body)


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def sent(sim):
    return sim.request("GET", "/control/invoices").json["invoices"]


def test_without_the_option_there_is_no_control_interface(tmp_path):
    closed = Box(tmp_path)
    assert closed.request("GET", "/control/faults").status == 404
    closed.world.close()


def test_a_page_of_another_origin_orders_nothing(sim):
    headers = {"Origin": "https://example.com"}
    assert sim.request("POST", "/control/reset", headers=headers).status == 403


@pytest.mark.parametrize("kind", ["timeout_after", "drop_after"])
def test_an_accepted_invoice_whose_answer_never_comes_is_there(sim, sender, session, kind):
    order(sim, kind, operation=SEND, seconds=0)
    with pytest.raises(ConnectionDropped):
        send(sender, session)
    assert [(item["code"], item["sha256"]) for item in sent(sim)] == [(200, sha(fa3()))]


def test_an_invoice_dropped_before_it_arrived_is_not_there(sim, sender, session):
    order(sim, "drop_before", operation=SEND)
    with pytest.raises(ConnectionDropped):
        send(sender, session)
    assert sent(sim) == []


@pytest.mark.parametrize(("kind", "kept"), [("error_before", 0), ("error_after", 1)])
def test_a_5xx_comes_before_or_after_the_invoice_was_taken(sim, sender, session, kind, kept):
    order(sim, kind, operation=SEND, status=502)
    assert send(sender, session).status == 502
    assert len(sent(sim)) == kept


def test_429_comes_with_any_wait(sim, sender, session):
    order(sim, "too_many", operation=SEND, retry_after=4711)
    answer = send(sender, session)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "4711")


def test_a_fault_strikes_as_often_as_ordered(sim, sender, session):
    order(sim, "error_before", operation=SEND, count=2)
    assert [send(sender, session).status for _ in range(3)] == [500, 500, 202]


def test_a_fault_strikes_only_its_operation(sim, sender, session):
    order(sim, "error_before", operation=SEND)
    sender.call("GET", f"/sessions/{session}", expect=200)
    assert len(sim.request("GET", "/control/faults").json["faults"]) == 1


def test_a_refused_request_uses_no_fault_of_afterwards(sim, sender, session):
    order(sim, "error_after", operation=SEND)
    assert code(send(sender, "x" * 36)) == 21173
    assert send(sender, session).status == 500


def test_an_outage_is_503_for_everything_until_reset(sim, sender, session):
    order(sim, "outage")
    assert [sender.call("GET", f"/sessions/{session}").status for _ in range(3)] == [503] * 3
    assert sim.request("GET", "/v2/nothing").status == 503
    assert sim.request("GET", "/health").status == 200
    sim.request("DELETE", "/control/faults")
    sender.call("GET", f"/sessions/{session}", expect=200)


def test_a_slow_status_stays_at_150(sim, sender, session):
    order(sim, "slow_status", operation=SEND, seconds=3600)
    path = f"/sessions/{session}/invoices/{send(sender, session).json['referenceNumber']}"
    assert sender.call("GET", path, expect=200).json["status"]["code"] == 150


def test_a_slow_upo_holds_back_upo_and_session(sim, sender, session):
    order(sim, "slow_upo", operation=SEND, seconds=3600)
    final = sender.issue(session, fa3())
    upo = f"/sessions/{session}/invoices/{final['referenceNumber']}/upo"
    sender.call("POST", f"/sessions/online/{session}/close", expect=204)
    status = sender.call("GET", f"/sessions/{session}", expect=200).json["status"]
    assert (final["status"]["code"], code(sender.call("GET", upo))) == (200, 21178)
    assert status["code"] == 170


@pytest.mark.parametrize("verdict", [405, 500, 550])
def test_any_verdict_can_be_ordered(sim, sender, session, verdict):
    order(sim, "verdict", operation=SEND, code=verdict)
    assert sender.issue(session, fa3())["status"]["code"] == verdict


def test_a_duplicate_can_be_had_without_extensions(sim, sender, session):
    sender.issue(session, fa3())
    order(sim, "plain_duplicate", operation=SEND)
    status = sender.issue(session, fa3())["status"]
    assert (status["code"], status["extensions"]) == (440, None)


def test_a_session_can_be_unavailable_for_a_while(sim, sender, session):
    order(sim, "session_unavailable", operation=SEND)
    assert code(send(sender, session)) == 21184
    assert send(sender, session).status == 202


def test_a_session_can_expire_under_the_hands(sim, sender, session):
    order(sim, "session_expired", operation=SEND)
    assert code(send(sender, session)) == 21180


def test_a_session_can_be_ended_from_outside(sim, sender, session):
    assert sim.request("POST", f"/control/sessions/{session}/expire").status == 204
    assert code(send(sender, session)) == 21180


def test_rotated_keys_are_refused_at_once(sim, sender):
    key, old = sender.key("SymmetricKeyEncryption")
    sim.request("POST", "/control/keys/rotate")
    _, new = sender.key("SymmetricKeyEncryption")
    sender.key = lambda usage: (key, old)
    with pytest.raises(AssertionError, match="21470"):
        sender.open()
    assert new != old


def test_access_tokens_can_be_made_short(sim, sender):
    sim.request("POST", "/control/settings", json={"access_token_seconds": 0})
    fresh = sender.call("POST", "/auth/token/refresh", token=sender.refresh, expect=200)
    sender.call("GET", "/rate-limits", token=fresh.json["accessToken"]["token"], expect=401)


def test_tests_can_count_and_read_what_was_accepted(sim, sender, session):
    number = sender.issue(session, fa3())["ksefNumber"]
    listed = sent(sim)
    assert [(item["ksefNumber"], item["session"]) for item in listed] == [(number, session)]
    assert sim.request("GET", f"/control/invoices/{number}").body == fa3()
    assert sim.request("GET", "/control/requests").json[SEND] == 1


def test_reset_brings_everything_back(sim):
    order(sim, "outage")
    sim.request("POST", "/control/reset")
    assert sim.request("GET", "/control/faults").json == {"faults": []}
    assert sim.world.settings["processing_seconds"] != QUICK["processing_seconds"]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "other"},
        {"kind": "error_before", "operation": "misspelt"},
        {"kind": "slow_status"},
        {"kind": "verdict", "code": 299},
        {"kind": "latency", "seconds": "long"},
        {"kind": "error_before", "count": -2},
        [],
    ],
)
def test_an_order_that_makes_no_sense_is_400(sim, body):
    assert sim.request("POST", "/control/faults", json=body).status == 400


@pytest.mark.parametrize("body", [{"unknown": 1}, {"limits": {"x": 1}}, {"session_seconds": -1}, 1])
def test_a_setting_that_makes_no_sense_is_400(sim, body):
    assert sim.request("POST", "/control/settings", json=body).status == 400


def test_faults_survive_a_restart(sim):
    order(sim, "outage")
    assert [fault.kind for fault in faults.Faults(sim.world.store).list()] == ["outage"]


def test_the_availability_feed_says_what_was_ordered(sim):
    message = {
        "id": "K/2026/AWR/01",
        "eventId": 1,
        "category": "FAILURE",
        "type": "FAILURE_START",
        "title": "Awaria",
        "text": "Awaria symulatora",
        "start": "2026-11-21T10:00:00+00:00",
        "end": None,
        "version": 1,
        "published": "2026-11-21T10:05:00+00:00",
    }
    body = {"status": "FAILURE", "messages": [message]}
    assert sim.request("POST", "/control/latarnia", json=body).status == 204
    assert sim.request("GET", "/latarnia/status").json == body
    assert sim.request("GET", "/latarnia/messages").json == [message]


def test_the_availability_feed_is_quiet_by_default(sim):
    assert sim.request("GET", "/latarnia/status").json == {"status": "AVAILABLE", "messages": []}
