"""Contexts other than a NIP, the addresses a login allows, and links signed in a context."""

import pytest

from simulator.holder import fingerprint
from tests.simulator_enrolling import issued, new_key
from tests.simulator_signing import PESEL, begin, key, login, owner_of, person, self_signed
from tests.simulator_support import NIP, Sender
from tests.test_simulator_pages import link, page

UNIT = f"{NIP}-12346"
UNION = f"{NIP}-DE123456789"
DESCRIPTION = "Uprawnienie próbne"
NAMES = {"firstName": "Anna", "lastName": "Nowak"}


@pytest.fixture(autouse=True)
def quick(sim):
    sim.world.settings.change({"enrollment_seconds": 0, "operation_seconds": 0})


@pytest.fixture
def owner(sim):
    return owner_of(sim.request)


def anna():
    return key(), self_signed(key(), person(f"PNOPL-{PESEL}"))


def foreigner():
    return key(), self_signed(key(), person("DE-1"))


def settled(owner, path, body):
    """A grant whose operation came to its good end."""
    reference = owner.call("POST", path, json=body, expect=202).json["referenceNumber"]
    path = f"/permissions/operations/{reference}"
    done = owner.wait(lambda: owner.call("GET", path, expect=200).json, 100)
    assert done["status"]["code"] == 200, done


def final(sim, who, **options):
    sender, begun = begin(sim.request, *who, **options)
    return sender.poll(begun.json)["status"]["code"]


def granted_in_nip(sim, holder, *permissions):
    body = {
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "authorizedIdentifier": holder,
        "permissions": [
            {"permissionType": name, "description": DESCRIPTION} for name in permissions
        ],
    }
    Sender(sim.request).call("POST", "/testdata/permissions", token=None, json=body, expect=200)


def unit_administrator(owner):
    body = {
        "subjectIdentifier": {"type": "Pesel", "value": PESEL},
        "contextIdentifier": {"type": "InternalId", "value": UNIT},
        "description": DESCRIPTION,
        "subunitName": "Oddział w Łodzi",
        "subjectDetails": {"subjectDetailsType": "PersonByIdentifier", "personById": NAMES},
    }
    settled(owner, "/permissions/subunits/grants", body)


def union_administrator(owner, who):
    entity = {"fullName": "Muster GmbH", "address": "Berlin, Musterstrasse 1"}
    body = {
        "subjectIdentifier": {"type": "Fingerprint", "value": fingerprint(who[1])},
        "contextIdentifier": {"type": "NipVatUe", "value": UNION},
        "description": DESCRIPTION,
        "euEntityName": "Muster GmbH",
        "subjectDetails": {"subjectDetailsType": "EntityByFingerprint", "entityByFp": entity},
        "euEntityDetails": entity,
    }
    settled(owner, "/permissions/eu-entities/administration/grants", body)


def test_a_unit_lets_its_administrator_in(sim, owner):
    unit = f"<InternalId>{UNIT}</InternalId>"
    assert final(sim, anna(), context=unit) == 415
    unit_administrator(owner)
    assert final(sim, anna(), context=unit) == 200


def test_an_administrator_of_a_unit_has_no_rights_in_the_company(sim, owner):
    unit_administrator(owner)
    assert final(sim, anna()) == 415


def test_a_union_company_lets_the_granted_fingerprint_in(sim, owner):
    who, union = foreigner(), f"<NipVatUe>{UNION}</NipVatUe>"
    assert final(sim, who, context=union, by="certificateFingerprint") == 415
    union_administrator(owner, who)
    assert final(sim, who, context=union, by="certificateFingerprint") == 200


def test_a_blocked_unit_does_not_block_its_company(sim, owner):
    unit_administrator(owner)
    body = {"contextIdentifier": {"type": "InternalId", "value": UNIT}}
    owner.call("POST", "/testdata/context/block", token=None, json=body, expect=200)
    assert final(sim, anna(), context=f"<InternalId>{UNIT}</InternalId>") == 480
    assert final(sim, (key(), self_signed(key()))) == 200


@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        ("<Ip4Address>127.0.0.1</Ip4Address>", 200),
        ("<Ip4Address>127.0.0.2</Ip4Address>", 403),
        ("<Ip4Range>127.0.0.0-127.0.0.9</Ip4Range>", 200),
        ("<Ip4Range>10.0.0.1-10.0.0.9</Ip4Range>", 403),
        ("<Ip4Mask>127.0.0.0/8</Ip4Mask>", 200),
        ("<Ip4Mask>10.0.0.0/8</Ip4Mask>", 403),
        ("<Ip4Address>10.0.0.1</Ip4Address><Ip4Mask>127.0.0.0/8</Ip4Mask>", 200),
    ],
)
def test_tokens_work_only_from_the_allowed_addresses(sim, allowed, status):
    policy = f"<AuthorizationPolicy><AllowedIps>{allowed}</AllowedIps></AuthorizationPolicy>"
    sender, begun = begin(sim.request, key(), self_signed(key()), policy=policy)
    bearer = begun.json["authenticationToken"]["token"]
    path = f"/auth/{begun.json['referenceNumber']}"
    answer = sender.call("GET", path, token=bearer, expect=status)
    assert answer.json.get("reasonCode") == ("ip-not-allowed" if status == 403 else None)


def offline_certificate(sim, *permissions):
    """Somebody's own Offline certificate, with these permissions at the seller."""
    granted_in_nip(sim, {"type": "Pesel", "value": PESEL}, *permissions)
    private, accountant = new_key(), login(sim.request, *anna())
    made = issued(accountant, private, certificateType="Offline")
    return accountant, private, f"{made.serial_number:016X}"


def test_a_link_signed_by_a_person_who_may_issue_for_the_seller_is_confirmed(sim):
    _, private, serial = offline_certificate(sim, "InvoiceWrite")
    status, text = page(sim, link(sim, private, serial))
    assert (status, "jest potwierdzony" in text) == (200, True)


def test_a_link_signed_by_a_person_who_may_only_read_is_not_confirmed(sim):
    _, private, serial = offline_certificate(sim, "InvoiceRead")
    status, text = page(sim, link(sim, private, serial))
    assert (status, "nie ma uprawnień do wystawiania" in text) == (404, True)


def test_a_link_dies_with_the_right_to_issue(sim):
    _, private, serial = offline_certificate(sim, "InvoiceWrite")
    body = {
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "authorizedIdentifier": {"type": "Pesel", "value": PESEL},
    }
    path = "/testdata/permissions/revoke"
    Sender(sim.request).call("POST", path, token=None, json=body, expect=200)
    assert page(sim, link(sim, private, serial))[0] == 404


def test_a_link_dies_with_the_certificate(sim):
    accountant, private, serial = offline_certificate(sim, "InvoiceWrite")
    accountant.call("POST", f"/certificates/{serial}/revoke", json={}, expect=204)
    status, text = page(sim, link(sim, private, serial))
    assert (status, "odwołany" in text) == (404, True)


def test_a_company_cannot_revoke_the_certificate_of_its_accountant(sim, owner):
    _, _, serial = offline_certificate(sim, "InvoiceWrite")
    answer = owner.call("POST", f"/certificates/{serial}/revoke", json={}, expect=400)
    assert answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"] == 25008
