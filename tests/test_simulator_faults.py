"""The control interface: ordered faults, key rotation, what tests may look at."""

import json

import pytest

from simulator import fault_orders, faults
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


def move_clock(monkeypatch, tmp_path, seconds):
    file = tmp_path / "clock"
    file.write_text(str(seconds))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))


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


@pytest.mark.parametrize(("kind", "status"), [("outage", 503), ("error_before", 502)])
def test_a_failure_may_say_when_to_come_back(sim, sender, session, kind, status):
    order(sim, kind, status=status, retry_after=90)
    answer = send(sender, session)
    assert (answer.status, answer.headers["Retry-After"]) == (status, "90")


@pytest.mark.parametrize("status", [500, 511, 520, 599])
def test_any_number_of_a_server_error_can_be_ordered(sim, sender, session, status):
    order(sim, "error_before", operation=SEND, status=status)
    headers = {"Authorization": f"Bearer {sender.access}"}
    path = f"/v2/sessions/online/{session}/invoices"
    assert sim.request("POST", path, json={}, headers=headers).status == status


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


def test_a_faults_dice_fall_alike_with_the_same_seed(sim, sender, session):
    def series(seed):
        sim.request("DELETE", "/control/faults")
        order(sim, "error_before", operation="session_status", probability=0.5, seed=seed)
        return [sender.call("GET", f"/sessions/{session}").status for _ in range(30)]

    first = series(7)
    assert set(first) == {200, 500}
    assert (series(7), series(8) == first) == (first, False)


def test_a_fault_strikes_between_its_times(sim, sender, session, monkeypatch, tmp_path):
    order(sim, "error_before", operation="session_status", at=100, until=200)
    seen = []
    for seconds in (0, 150, 160, 250):
        move_clock(monkeypatch, tmp_path, seconds)
        seen.append(sender.call("GET", f"/sessions/{session}").status)
    assert seen == [200, 500, 500, 200]


def test_a_session_can_seem_broken_and_then_be_well(sim, sender):
    session = sender.open()
    sender.issue(session, fa3())
    sender.close(session)
    order(sim, "shown_status", operation="session_status", code=500, count=2)
    codes = [status(sender, session)["code"] for _ in range(3)]
    assert codes == [500, 500, 200]


@pytest.mark.parametrize("shown", [150, 200, 405, 450])
def test_a_code_that_the_other_kind_of_thing_has_can_be_shown_too(sim, sender, session, shown):
    final = sender.issue(session, fa3())
    path = f"/sessions/{session}/invoices/{final['referenceNumber']}"
    for operation in ("session_status", "invoice_status"):
        order(sim, "shown_status", operation=operation, code=shown)
    assert status(sender, session)["code"] == shown
    assert sender.call("GET", path, expect=200).json["status"]["code"] == shown


def test_an_invoice_can_seem_broken_and_then_be_well(sim, sender, session):
    final = sender.issue(session, fa3())
    order(sim, "shown_status", operation="invoice_status", code=500)
    path = f"/sessions/{session}/invoices/{final['referenceNumber']}"
    first, second = (sender.call("GET", path, expect=200).json for _ in range(2))
    assert (first["status"]["code"], first["ksefNumber"]) == (500, None)
    assert second["ksefNumber"] == final["ksefNumber"]


def status(sender, session):
    return sender.call("GET", f"/sessions/{session}", expect=200).json["status"]


@pytest.mark.parametrize("operation", ["session_status", "upo_by_invoice", "invoice_list"])
def test_retention_can_be_over(sim, sender, session, operation):
    final = sender.issue(session, fa3())
    paths = {
        "session_status": f"/v2/sessions/{session}",
        "invoice_list": f"/v2/sessions/{session}/invoices",
        "upo_by_invoice": f"/v2/sessions/{session}/invoices/{final['referenceNumber']}/upo",
    }
    order(sim, "gone", operation=operation)
    headers = {"Authorization": f"Bearer {sender.access}"}
    assert sim.request("GET", paths[operation], headers=headers).status == 410


@pytest.mark.parametrize(
    ("kind", "content"), [("html", "text/html"), ("garbage", "application/json")]
)
def test_something_else_can_answer_in_the_place_of_ksef(sim, sender, session, kind, content):
    order(sim, kind, operation="session_status", status=200)
    headers = {"Authorization": f"Bearer {sender.access}"}
    answer = sim.request("GET", f"/v2/sessions/{session}", headers=headers)
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, content)
    with pytest.raises(ValueError, match="Expecting"):
        _ = answer.json


def test_keys_can_change_just_before_a_session_is_opened(sim, sender):
    order(sim, "rotate_keys", operation="session_open")
    with pytest.raises(AssertionError, match="21470"):
        sender.open()
    sender.open()


def test_a_upo_link_can_fail(sim, sender, session):
    link = sender.issue(session, fa3())["upoDownloadUrl"].removeprefix(sim.world.storage_url)
    order(sim, "error_before", operation="upo_download", status=503)
    assert [sim.request("GET", link).status for _ in range(2)] == [503, 200]


@pytest.fixture
def script(sim, tmp_path):
    """Writes a script of faults and makes the simulator follow it."""
    path = tmp_path / "faults.json"

    def write(*orders, text=None):
        path.write_text(json.dumps(orders) if text is None else text)
        sim.world.script = sim.world.script or fault_orders.Script(sim.world, path)
        return sim.world.script

    return write


def test_a_file_orders_faults_and_is_read_again_when_it_changes(sim, sender, session, script):
    script({"kind": "error_before", "operation": "session_status", "count": -1}).load()
    assert sender.call("GET", f"/sessions/{session}").status == 500
    script({"kind": "latency", "seconds": 0})
    assert sender.call("GET", f"/sessions/{session}").status == 200


def test_a_file_takes_back_only_its_own_faults(sim, sender, script):
    order(sim, "latency", seconds=0, operation="token_list")
    script({"kind": "outage"}).load()
    script()
    sim.request("GET", "/v2/rate-limits")
    listed = sim.request("GET", "/control/faults").json["faults"]
    assert [fault["kind"] for fault in listed] == ["latency"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[" * 100_000, '[{"kind": "other"}]', '[{"kind": "latency"}]']
)
def test_a_file_that_makes_no_sense_is_named_and_changes_nothing(sim, script, text):
    script({"kind": "error_before", "operation": "token_list"}).load()
    with pytest.raises(ValueError, match="faults"):
        script(text=text).load()
    assert [fault.kind for fault in sim.world.faults.list()] == ["error_before"]


def test_a_misspelt_operation_in_a_file_is_named(script):
    with pytest.raises(ValueError, match="misspelt"):
        script({"kind": "error_before", "operation": "misspelt"}).load()
