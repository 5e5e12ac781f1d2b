"""Operations on permissions take their time, end badly when ordered, and are kept 30 days."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator import clock, operations
from simulator.world import World
from tests.grants_support import grant, here, outcome, owner, person_body, pesel, verdict


@pytest.fixture
def company(sim):
    return owner(sim)


def begin(company, body=None):
    body = body or person_body("InvoiceRead")
    return company.call("POST", "/permissions/persons/grants", json=body, expect=202).json


def order(sim, **fault):
    answer = sim.request("POST", "/control/faults", json=fault)
    assert answer.status == 201, answer.body


def state(company, begun):
    path = f"/permissions/operations/{begun['referenceNumber']}"
    return company.call("GET", path, expect=200).json["status"]


def test_a_grant_counts_only_when_its_operation_is_done(sim, company):
    sim.world.settings.change({"operation_seconds": 0.4})
    begun = begin(company)
    assert state(company, begun)["code"] == 100
    assert verdict(sim, pesel()) == 415
    assert outcome(company, begun) == 200
    assert verdict(sim, pesel()) == 200


def test_a_grant_counts_although_nobody_asked_for_its_operation(sim, company):
    begin(company)
    assert verdict(sim, pesel()) == 200


@pytest.mark.parametrize("code", sorted(set(operations.TEXTS) - {100, 200}))
def test_every_refusal_can_be_ordered_and_changes_nothing(sim, company, code):
    order(sim, kind="operation_verdict", operation="grant_persons", code=code)
    begun = begin(company)
    found = state(company, begun)
    assert (found["code"], found["description"]) == (code, operations.TEXTS[code])
    assert bool(found["details"]) == (code == 550)
    assert here(company) == []
    assert grant(company, "persons", person_body("InvoiceRead")) == 200


def test_a_slow_operation_can_be_ordered(sim, company):
    order(sim, kind="slow_status", operation="grant_persons", seconds=3600)
    assert state(company, begin(company))["code"] == 100


def test_an_ordered_code_must_be_one_of_an_operation(sim):
    fault = {"kind": "operation_verdict", "operation": "grant_persons", "code": 200}
    assert sim.request("POST", "/control/faults", json=fault).status == 400


def test_the_status_is_gone_after_thirty_days(sim, company, monkeypatch):
    begun = begin(company)
    monkeypatch.setattr(clock, "offset", lambda: 30 * 24 * 3600)
    late = owner(sim)
    late.call("GET", f"/permissions/operations/{begun['referenceNumber']}", expect=410)


def test_an_unknown_operation_is_21405(company):
    answer = company.call("GET", f"/permissions/operations/{'0' * 36}", expect=400).json
    assert answer["exception"]["exceptionDetailList"][0]["exceptionCode"] == 21405


def test_an_operation_survives_a_restart(sim, company):
    sim.world.settings.change({"operation_seconds": 3600})
    begun = begin(company)
    with sim.world.store.write() as db:
        db.execute("UPDATE operations SET due_at = ?", (clock.stamp(clock.now()),))
    other = World(sim.folder)
    operations.settle(other.store)
    other.close()
    assert state(company, begun)["code"] == 200


def test_an_operation_is_carried_out_once_whoever_asks(sim, company):
    sim.world.settings.change({"operation_seconds": 3600})
    begun = begin(company)
    with sim.world.store.write() as db:
        db.execute("UPDATE operations SET due_at = ?", (clock.stamp(clock.now()),))
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(operations.settle, sim.world.store) for _ in range(16)]:
            done.result()
    assert state(company, begun)["code"] == 200
    assert len(here(company)) == 1


def test_what_happened_after_a_lost_answer_is_seen_in_the_list(sim, company):
    order(sim, kind="error_after", operation="grant_persons", status=503)
    path = "/permissions/persons/grants"
    assert company.call("POST", path, json=person_body("InvoiceRead")).status == 503
    assert here(company)[0]["authorizedIdentifier"] == pesel()
