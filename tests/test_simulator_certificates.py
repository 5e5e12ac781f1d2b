"""Certificates as their holder sees them: listed, fetched, revoked, expired."""

import base64

import pytest
from cryptography import x509

from tests.simulator_signing import owner_of
from tests.simulator_support import OTHER_NIP

REVOKED = {"revocationReason": "KeyCompromise"}


@pytest.fixture
def owner(sim):
    return owner_of(sim.request)


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def listed(sender, query="", **wanted):
    answer = sender.call("POST", f"/certificates/query{query}", json=wanted, expect=200)
    return answer.json["certificates"]


def serials(sender, **wanted):
    return [item["certificateSerialNumber"] for item in listed(sender, **wanted)]


def revoke(sender, serial):
    return sender.call("POST", f"/certificates/{serial}/revoke", json=REVOKED)


def move_clock(monkeypatch, tmp_path, seconds):
    file = tmp_path / "clock"
    file.write_text(str(seconds))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))


def test_a_company_sees_its_certificates(sender):
    found = listed(sender)
    kinds = sorted(item["type"] for item in found)
    assert kinds == ["Authentication", "Authentication", "Offline", "Offline"]
    assert {item["status"] for item in found} == {"Active"}


def test_a_company_sees_no_certificate_of_another(sim, sender):
    stranger = sim.sender(OTHER_NIP)
    assert set(serials(sender)).isdisjoint(serials(stranger))


def test_the_list_can_be_narrowed(sender):
    offline = serials(sender, type="Offline")
    assert serials(sender, certificateSerialNumber=offline[0]) == offline[:1]
    assert len(offline) == 2
    assert serials(sender, status="Revoked") == []
    assert serials(sender, name="symulator") == serials(sender)
    assert serials(sender, expiresAfter="2099-01-01T00:00:00Z") == []


def test_the_list_needs_no_body(sender):
    assert sender.call("POST", "/certificates/query", expect=200).json["hasMore"] is False


def test_the_bytes_of_a_certificate_can_be_fetched(sender):
    serial = serials(sender)[0]
    body = {"certificateSerialNumbers": [serial, "0" * 16]}
    (item,) = sender.call("POST", "/certificates/retrieve", json=body, expect=200).json[
        "certificates"
    ]
    certificate = x509.load_der_x509_certificate(base64.b64decode(item["certificate"]))
    assert (f"{certificate.serial_number:016X}", item["certificateSerialNumber"]) == (serial,) * 2


@pytest.mark.parametrize("numbers", [[], ["x"], ["0" * 16] * 11])
def test_a_wrong_list_of_numbers_is_21405(sender, numbers):
    body = {"certificateSerialNumbers": numbers}
    assert code(sender.call("POST", "/certificates/retrieve", json=body)) == 21405


@pytest.mark.parametrize("status", ["Blocked", "Revoked"])
def test_the_list_says_what_became_of_a_certificate(sim, sender, status):
    serial = serials(sender, type="Offline")[0]
    sim.request("POST", f"/control/certificates/{serial}", json={"status": status})
    assert serials(sender, status=status) == [serial]


def test_an_owner_revokes_a_certificate_once(owner):
    serial = serials(owner, type="Offline")[0]
    assert revoke(owner, serial).status == 204
    assert serials(owner, status="Revoked") == [serial]
    assert code(revoke(owner, serial)) == 25009


def test_a_token_does_not_revoke(sender):
    answer = revoke(sender, serials(sender)[0])
    assert (answer.status, answer.json["reasonCode"]) == (403, "auth-method-not-allowed")


def test_a_strange_certificate_cannot_be_revoked(sim, owner):
    assert code(revoke(owner, "0" * 16)) == 25008
    assert code(revoke(owner, serials(sim.sender(OTHER_NIP))[0])) == 25008


def test_a_certificate_expires(sim, monkeypatch, tmp_path):
    move_clock(monkeypatch, tmp_path, 731 * 86400)
    assert {item["status"] for item in listed(sim.sender())} == {"Expired"}


def test_validity_can_be_shortened_but_not_prolonged(owner):
    serial = serials(owner, type="Offline")[0]
    path, long_ago, late = f"/testdata/certificates/{serial}", "2020-01-01", "2099-01-01"
    owner.call("PUT", path, json={"validTo": f"{long_ago}T00:00:00Z"}, expect=200)
    assert serials(owner, status="Expired") == [serial]
    assert code(owner.call("PUT", path, json={"validTo": f"{late}T00:00:00Z"})) == 21405
