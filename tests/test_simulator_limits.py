"""Sliding windows: counted per group, context and address; 429 in both formats."""

import re

import pytest

from simulator.limits import GROUPS, NAMES
from simulator.own_limits import CHANGEABLE
from simulator.routes import ROUTES
from simulator.seed import seed
from tests import openapi_support
from tests.simulator_support import OTHER_NIP, Sender

PATH = "/sessions?sessionType=Online"


@pytest.fixture
def sender(sim):
    made = sim.sender()
    sim.world.settings.change({"limits_multiplier": 1})
    return made


def freeze(monkeypatch, at):
    monkeypatch.setattr("simulator.limits.clock.epoch", lambda: at)


def statuses(sender, count, path=PATH):
    return [sender.call("GET", path).status for _ in range(count)]


def test_the_published_limits_are_the_effective_ones(sender):
    shown = sender.call("GET", "/rate-limits", expect=200).json
    assert {name: tuple(values.values()) for name, values in shown.items()} == GROUPS
    assert shown["global"] == {"perSecond": 75, "perMinute": -1, "perHour": -1}


def test_the_sixth_list_within_a_second_is_429(sender, monkeypatch):
    freeze(monkeypatch, 1000)
    assert statuses(sender, 6) == [200] * 5 + [429]


def test_windows_slide(sender, monkeypatch):
    for second in range(10):
        freeze(monkeypatch, 1000 + second)
        assert statuses(sender, 1) == [200]
    freeze(monkeypatch, 1059.5)
    answer = sender.call("GET", PATH, expect=429)
    assert answer.headers["Retry-After"] == "1"
    freeze(monkeypatch, 1060)
    assert statuses(sender, 1) == [200]


def test_the_wait_may_be_most_of_an_hour(sender, monkeypatch):
    for number in range(60):
        freeze(monkeypatch, 1000 + number * 6.1)
        assert statuses(sender, 1) == [200]
    freeze(monkeypatch, 1400)
    answer = sender.call("GET", PATH, expect=429)
    assert int(answer.headers["Retry-After"]) == 3200


def test_both_formats_of_429_say_when_to_come_back(sender, monkeypatch):
    freeze(monkeypatch, 1000)
    statuses(sender, 5)
    old = sender.call("GET", PATH, expect=429).json
    headers = {"X-Error-Format": "problem-details"}
    new = sender.call("GET", PATH, headers=headers, expect=429).json
    assert old["status"]["details"] == [new["detail"]]
    assert "5 żądań na sekundę" in new["detail"]


def test_contexts_and_groups_are_counted_apart(sim, sender, monkeypatch):
    other = Sender(sim.request)
    other.login(seed(sim.folder, OTHER_NIP).token, OTHER_NIP)
    freeze(monkeypatch, 1000)
    assert statuses(sender, 6)[-1] == 429
    assert statuses(other, 1) == [200]
    assert statuses(sender, 1, "/rate-limits") == [200]


def test_anonymous_operations_have_60_per_second_and_address(sim, sender, monkeypatch):
    freeze(monkeypatch, 1000)
    path = "/security/public-key-certificates"
    assert statuses(sender, 61, path) == [200] * 60 + [429]
    assert [sender.call("GET", PATH).status for _ in range(3)] == [200] * 3


def test_all_operations_together_have_75_per_second_and_address(sender, monkeypatch):
    freeze(monkeypatch, 1000)
    statuses(sender, 60, "/security/public-key-certificates")
    assert statuses(sender, 10, "/rate-limits") == [200] * 10
    assert statuses(sender, 6) == [200] * 5 + [429]


def test_the_control_interface_changes_limits_for_tests(sim, sender, monkeypatch):
    freeze(monkeypatch, 1000)
    tight = {"perSecond": 1, "perMinute": -1, "perHour": -1}
    sim.request("POST", "/control/settings", json={"limits": {"sessionList": tight}})
    assert statuses(sender, 2) == [200, 429]
    sim.request("POST", "/control/settings", json={"limits": {}, "limits_multiplier": 10})
    assert statuses(sender, 20) == [200] * 20


def test_a_clock_set_back_does_not_lock_anyone_out(sender, monkeypatch):
    freeze(monkeypatch, 10_000)
    statuses(sender, 5)
    freeze(monkeypatch, 1000)
    assert statuses(sender, 1) == [200]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.api], ids=lambda r: r.name)
def test_every_operation_counts_where_the_openapi_says(route):
    if reason := openapi_support.unavailable():
        pytest.skip(reason)
    path = re.sub(r"<(\w+)>", r"{\1}", route.path)
    operation = openapi_support.operation(route.method, path)
    published = tuple(operation["x-rate-limits"].get(name, -1) for name in NAMES)
    assert GROUPS[route.group] == published


def wide(**changes):
    values = {"perSecond": 100, "perMinute": 100, "perHour": 100}
    return {"rateLimits": dict.fromkeys(CHANGEABLE, values) | changes}


def test_testdata_change_the_limits_of_one_context(sim, sender, monkeypatch):
    other = sim.sender(OTHER_NIP)
    sender.call("POST", "/testdata/rate-limits", json=wide(), expect=200)
    freeze(monkeypatch, 1000)
    assert statuses(sender, 20) == [200] * 20
    assert statuses(other, 6)[-1] == 429
    assert sender.call("GET", "/rate-limits").json["sessionList"]["perHour"] == 100


def test_testdata_bring_the_usual_limits_back(sender):
    sender.call("POST", "/testdata/rate-limits", json=wide(), expect=200)
    sender.call("DELETE", "/testdata/rate-limits", expect=200)
    assert sender.call("GET", "/rate-limits").json["sessionList"]["perHour"] == 60


def test_production_limits_hold_whatever_the_multiplier(sim, sender):
    sim.world.settings.change({"limits_multiplier": 1000})
    sender.call("POST", "/testdata/rate-limits/production", expect=200)
    shown = sender.call("GET", "/rate-limits", expect=200).json
    assert shown["invoiceSend"] == {"perSecond": 10, "perMinute": 30, "perHour": 180}


def test_an_incomplete_set_of_limits_is_refused(sender):
    body = wide()
    del body["rateLimits"]["other"]
    assert sender.call("POST", "/testdata/rate-limits", json=body).status == 400
