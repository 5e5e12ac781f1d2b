"""Latarnia: what the availability feed says, by its messages and the clock."""

import pytest

MESSAGE = {
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
HOUR, DAY = 3600, 86400


@pytest.fixture
def at(monkeypatch, tmp_path):
    """Sets the clock so many seconds ahead of now."""
    file = tmp_path / "clock"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    return lambda seconds: file.write_text(str(seconds))


def feed(sim, messages=(), **more):
    body = {"messages": list(messages)} | more
    assert sim.request("POST", "/control/latarnia", json=body).status == 204


def change(sim, action, **more):
    answer = sim.request("POST", "/control/outages", json={"action": action, **more})
    assert answer.status == 201, answer.body
    return answer.json


def status(sim):
    return sim.request("GET", "/latarnia/status").json


def messages(sim):
    return sim.request("GET", "/latarnia/messages").json


def word(sim):
    return status(sim)["status"]


def test_it_is_quiet_by_default(sim):
    assert status(sim) == {"status": "AVAILABLE", "messages": []}


def test_it_says_what_was_ordered(sim):
    feed(sim, [MESSAGE], status="FAILURE")
    assert status(sim) == {"status": "FAILURE", "messages": [MESSAGE]}
    assert messages(sim) == [MESSAGE]


def test_a_forced_status_stands_over_the_messages(sim):
    feed(sim, [MESSAGE], status="AVAILABLE")
    assert (word(sim), len(status(sim)["messages"])) == ("AVAILABLE", 1)


@pytest.mark.parametrize("category", ["FAILURE", "TOTAL_FAILURE"])
def test_an_outage_begins_and_ends(sim, category):
    begun = change(sim, "start", category=category)
    assert (word(sim), begun["type"], begun["end"]) == (category, "FAILURE_START", None)
    ended = change(sim, "end")
    assert (word(sim), ended["type"], ended["eventId"]) == (
        "AVAILABLE",
        "FAILURE_END",
        begun["eventId"],
    )
    assert ended["end"] >= ended["start"] == begun["start"]
    assert [message["id"] for message in messages(sim)] == [begun["id"], ended["id"]]


def test_the_gravest_outage_gives_the_status(sim):
    for category in ("TOTAL_FAILURE", "MAINTENANCE", "FAILURE"):
        change(sim, "start", category=category)
    assert word(sim) == "TOTAL_FAILURE"


def test_maintenance_is_announced_before_it_begins(sim, at):
    change(sim, "start", category="MAINTENANCE", start=HOUR, end=2 * HOUR)
    announced = (word(sim), len(status(sim)["messages"]))
    at(HOUR + 60)
    during = word(sim)
    at(2 * HOUR + 60)
    assert (announced, during, word(sim)) == (("AVAILABLE", 1), "MAINTENANCE", "AVAILABLE")


def test_a_message_is_shown_from_its_publication(sim, at):
    change(sim, "start", category="FAILURE", start=HOUR, published=2 * HOUR)
    at(HOUR + 60)
    before = (word(sim), messages(sim))
    at(2 * HOUR + 60)
    assert (before, word(sim), len(messages(sim))) == (("AVAILABLE", []), "FAILURE", 1)


def test_an_amendment_is_a_new_version_of_the_same_message(sim):
    first = change(sim, "start", category="FAILURE")
    second = change(sim, "amend", event=first["eventId"], end=HOUR, text="Do godziny")
    assert (second["id"], second["version"], second["text"]) == (first["id"], 2, "Do godziny")
    assert messages(sim) == [second]
    assert sim.request("GET", "/control/outages").json["messages"] == [first, second]


def test_maintenance_ends_earlier_by_an_amendment(sim, at):
    first = change(sim, "start", category="MAINTENANCE", end=5 * HOUR)
    second = change(sim, "end", end=0)
    assert (second["type"], second["version"], word(sim)) == (first["type"], 2, "AVAILABLE")


def test_the_end_of_what_is_over_can_be_amended(sim, at):
    change(sim, "start", category="FAILURE")
    ended = change(sim, "end")
    amended = change(sim, "amend", end=HOUR)
    assert (amended["id"], amended["type"], amended["version"]) == (ended["id"], "FAILURE_END", 2)
    assert word(sim) == "FAILURE"
    at(HOUR + 60)
    assert word(sim) == "AVAILABLE"


def test_messages_are_shown_for_thirty_days_after_the_event(sim, at):
    change(sim, "start", category="FAILURE")
    change(sim, "end")
    change(sim, "start", category="MAINTENANCE", start=29 * DAY, end=29 * DAY + HOUR)
    at(29 * DAY)
    month = len(messages(sim))
    at(31 * DAY)
    assert (month, [m["category"] for m in messages(sim)]) == (3, ["MAINTENANCE"])


def test_an_outage_that_goes_on_is_never_forgotten(sim, at):
    change(sim, "start", category="FAILURE")
    at(60 * DAY)
    assert (word(sim), len(messages(sim))) == ("FAILURE", 1)


def test_numbers_of_messages_and_events_go_on(sim):
    made = [change(sim, "start", category=category) for category in ("FAILURE", "MAINTENANCE")]
    made.append(change(sim, "start", category="TOTAL_FAILURE"))
    assert [m["id"][7:] for m in made] == ["AWR/01", "NI/01", "AWR/02"]
    assert [m["eventId"] for m in made] == [1000, 1001, 1002]


def test_a_script_may_count_from_now(sim, at):
    feed(sim, [MESSAGE | {"start": HOUR, "published": HOUR}])
    assert messages(sim) == []
    at(HOUR + 60)
    assert word(sim) == "FAILURE"


@pytest.mark.parametrize(
    "body",
    [
        {"action": "other"},
        {"action": "start"},
        {"action": "start", "category": "OTHER"},
        {"action": "start", "category": "FAILURE", "start": "yesterday"},
        {"action": "end"},
        {"action": "amend", "event": 1},
        [],
    ],
)
def test_an_order_that_makes_no_sense_is_400(sim, body):
    assert sim.request("POST", "/control/outages", json=body).status == 400


@pytest.mark.parametrize("operation", ["latarnia_status", "latarnia_messages"])
@pytest.mark.parametrize("kind", ["html", "garbage", "error_before"])
def test_the_feed_itself_can_fail(sim, operation, kind):
    body = {"kind": kind, "operation": operation, "status": 502}
    assert sim.request("POST", "/control/faults", json=body).status == 201
    path = operation.replace("_", "/")
    assert [sim.request("GET", f"/{path}").status for _ in range(2)] == [502, 200]
