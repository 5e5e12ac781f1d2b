"""Logins that take minutes, end badly by order, or stand before a blocked context."""

import pytest

from tests.simulator_enrolling import issued, new_key
from tests.simulator_signing import begin, key, owner_of, person, self_signed
from tests.simulator_support import NIP, OTHER_NIP, Sender

NIP_CONTEXT = {"contextIdentifier": {"type": "Nip", "value": NIP}}
PESEL = "90010112345"


@pytest.fixture
def later(monkeypatch, tmp_path):
    """Moves the simulator's clock so many seconds on."""
    file = tmp_path / "clock"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    return lambda seconds: file.write_text(str(seconds))


def order(sim, kind, operation="auth_xades", **more):
    body = {"kind": kind, "operation": operation} | more
    return sim.request("POST", "/control/faults", json=body)


def started(sim):
    return begin(sim.request, key(), self_signed(key()))


def shown(sender, begun):
    bearer = begun.json["authenticationToken"]["token"]
    path = f"/auth/{begun.json['referenceNumber']}"
    return sender.call("GET", path, token=bearer, expect=200).json["status"]


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def redeemed(sender, begun):
    bearer = begun.json["authenticationToken"]["token"]
    return sender.call("POST", "/auth/token/redeem", token=bearer)


def test_the_next_login_can_be_ordered_to_take_minutes(sim, later):
    order(sim, "slow_login", seconds=240)
    sender, begun = started(sim)
    assert shown(sender, begun)["code"] == 100
    later(200)
    assert shown(sender, begun)["code"] == 100
    later(241)
    assert shown(sender, begun)["code"] == 200


def test_only_the_ordered_number_of_logins_is_slow(sim):
    order(sim, "slow_login", seconds=240)
    started(sim)
    assert shown(*started(sim))["code"] == 200


def test_all_logins_can_take_minutes(sim, later):
    sim.request("POST", "/control/settings", json={"authentication_seconds": 180})
    sender, begun = started(sim)
    assert shown(sender, begun)["code"] == 100
    later(181)
    assert shown(sender, begun)["code"] == 200


def test_certificates_of_other_issuers_can_take_longer_than_those_of_ksef(sim):
    sim.world.settings.change({"enrollment_seconds": 0, "certificate_check_seconds": 180})
    owner, private = owner_quickly(sim), new_key()
    assert shown(*started(sim))["code"] == 100
    assert shown(*begin(sim.request, private, issued(owner, private)))["code"] == 200


def owner_quickly(sim):
    order(sim, "slow_login", seconds=0)
    return owner_of(sim.request)


def test_tokens_of_a_login_in_progress_cannot_be_had(sim):
    order(sim, "slow_login", seconds=240)
    assert code(redeemed(*started(sim))) == 21301


@pytest.mark.parametrize("wanted", [415, 425, 450, 460, 470, 480, 500, 550])
def test_the_next_login_can_be_ordered_to_end_with_any_status(sim, wanted):
    order(sim, "login_verdict", code=wanted)
    sender, begun = started(sim)
    assert shown(sender, begun)["code"] == wanted
    assert code(redeemed(sender, begun)) == 21301
    assert shown(*started(sim))["code"] == 200


def test_an_ordered_end_may_bring_its_own_reason(sim):
    order(sim, "login_verdict", code=460, body="Certyfikat zawieszony")
    assert shown(*started(sim))["details"] == ["Certyfikat zawieszony"]


def test_an_order_for_the_other_way_in_does_not_count(sim):
    order(sim, "login_verdict", "auth_token", code=500)
    assert shown(*started(sim))["code"] == 200


@pytest.mark.parametrize("wanted", [100, 200, 440])
def test_other_codes_cannot_be_ordered(sim, wanted):
    assert order(sim, "login_verdict", code=wanted).status == 400


def test_a_blocked_context_ends_every_login_with_480(sim):
    anyone = Sender(sim.request)
    anyone.call("POST", "/testdata/context/block", token=None, json=NIP_CONTEXT, expect=200)
    assert shown(*started(sim))["code"] == 480
    anyone.call("POST", "/testdata/context/unblock", token=None, json=NIP_CONTEXT, expect=200)
    assert shown(*started(sim))["code"] == 200


def test_another_context_stays_open(sim):
    body = {"contextIdentifier": {"type": "Nip", "value": OTHER_NIP}}
    Sender(sim.request).call("POST", "/testdata/context/block", token=None, json=body, expect=200)
    assert shown(*started(sim))["code"] == 200


def test_a_block_without_a_context_is_21405(sim):
    answer = Sender(sim.request).call("POST", "/testdata/context/block", token=None, json={})
    assert code(answer) == 21405


def test_the_dead_get_no_further_tokens(sim):
    owner = owner_of(sim.request)
    body = {"nip": NIP, "pesel": PESEL, "isBailiff": False, "description": "Osoba próbna"}
    dead = body | {"isDeceased": True}
    owner.call("POST", "/testdata/person", token=None, json=dead, expect=200)
    assert code(owner.call("POST", "/auth/token/refresh", token=owner.refresh)) == 21308
    sender, begun = begin(sim.request, key(), self_signed(key(), person(f"PNOPL-{PESEL}")))
    assert shown(sender, begun)["code"] == 470
