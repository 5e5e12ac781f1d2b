"""Authorisations of companies: self-billing and the rest, granted and received."""

import pytest

from tests.grants_support import (
    OFFICE,
    authorization_body,
    grant,
    here,
    nip,
    owner,
    query,
    revoke,
    verdict,
)
from tests.simulator_support import NIP, OTHER_NIP, fa3

PEPPOL = {"type": "PeppolId", "value": "PPL123456"}


@pytest.fixture
def company(sim):
    return owner(sim)


@pytest.fixture
def buyer(sim):
    return owner(sim, OTHER_NIP)


def listed(sender, side, **filters):
    body = {"queryType": side} | filters
    return query(sender, "authorizations/grants", body, name="authorizationGrants")


def self_billed(number):
    return fa3(number, annotations="1")


def test_a_buyer_bills_itself_while_the_seller_lets_it(company, buyer):
    session = buyer.open()
    assert buyer.issue(session, self_billed("S/1"))["status"]["code"] == 410
    assert grant(company, "authorizations", authorization_body(to=nip(OTHER_NIP))) == 200
    assert buyer.issue(session, self_billed("S/2"))["status"]["code"] == 200
    (item,) = listed(company, "Granted")
    assert revoke(company, item["id"], "authorizations") == 200
    assert buyer.issue(session, self_billed("S/3"))["status"]["code"] == 410


def test_an_authorisation_lets_nobody_log_in_to_the_seller(sim, company):
    grant(company, "authorizations", authorization_body(to=nip(OTHER_NIP)))
    assert verdict(sim, nip(OTHER_NIP)) == 415
    assert here(company) == []


def test_both_sides_see_the_authorisation(company, buyer):
    grant(company, "authorizations", authorization_body(to=nip(OTHER_NIP)))
    (item,) = listed(buyer, "Received")
    assert item == listed(company, "Granted")[0]
    assert item["authorizingEntityIdentifier"] == nip()
    assert item["authorizedEntityIdentifier"] == nip(OTHER_NIP)
    assert item["authorizationScope"] == "SelfInvoicing"
    assert item["authorIdentifier"] == nip()
    assert item["subjectEntityDetails"]["subjectDetailsType"] == "EntityByIdentifier"


def test_authorisations_are_filtered_by_company_and_kind(company, buyer):
    grant(company, "authorizations", authorization_body(to=nip(OTHER_NIP)))
    grant(company, "authorizations", authorization_body("TaxRepresentative"))
    kinds = lambda found: [item["authorizationScope"] for item in found]  # noqa: E731
    assert kinds(listed(company, "Granted", authorizedIdentifier=nip(OFFICE))) == [
        "TaxRepresentative"
    ]
    assert kinds(listed(company, "Granted", permissionTypes=["SelfInvoicing"])) == ["SelfInvoicing"]
    assert listed(buyer, "Received", authorizingIdentifier=nip(OFFICE)) == []
    assert listed(company, "Received") == []


@pytest.mark.parametrize(
    ("permission", "to", "code"),
    [
        ("PefInvoicing", PEPPOL, 200),
        ("RRInvoicing", nip(OFFICE), 200),
        ("SelfInvoicing", PEPPOL, 450),
        ("PefInvoicing", nip(OFFICE), 450),
        ("SelfInvoicing", nip(NIP), 440),
    ],
)
def test_only_pef_goes_to_a_peppol_provider_and_nothing_to_oneself(company, permission, to, code):
    assert grant(company, "authorizations", authorization_body(permission, to)) == code


def test_the_same_authorisation_twice_fails(company):
    assert grant(company, "authorizations", authorization_body()) == 200
    assert grant(company, "authorizations", authorization_body()) == 400


def test_an_authorisation_is_revoked_at_its_own_address_only(company):
    grant(company, "authorizations", authorization_body())
    (item,) = listed(company, "Granted")
    assert revoke(company, item["id"]) == 450
    assert revoke(company, item["id"], "authorizations") == 200
    assert listed(company, "Granted") == []


def test_what_the_control_interface_allowed_is_listed_too(sim, company):
    order = {"seller": NIP, "nip": OTHER_NIP}
    assert sim.request("POST", "/control/authorizations", json=order).status == 204
    assert listed(company, "Granted")[0]["authorizedEntityIdentifier"] == nip(OTHER_NIP)
    assert sim.request("POST", "/control/authorizations", json=order | {"revoked": True})
    assert listed(company, "Granted") == []
