"""Sub-units, members of groups, roles, and entities of the EU in the simulator."""

import pytest
from hypothesis import given as holds
from hypothesis import strategies

from simulator import subunits
from tests.grants_support import (
    ANNA,
    BY_ID,
    BY_PRINT,
    CLIENT,
    EVA,
    OFFICE,
    attempt,
    caller,
    given,
    grant,
    here,
    nip,
    owner,
    person_body,
    pesel,
    query,
    revoke,
    stranger,
    verdict,
)
from tests.simulator_support import NIP, Sender

UNIT = f"{NIP}-1234{subunits.check_digit(f'{NIP}-1234')}"
FOREIGN = f"{NIP}-DE123456789"
FIRM = {"fullName": "Muster GmbH", "address": "Hauptstrasse 1, Berlin"}


@pytest.fixture
def company(sim):
    return owner(sim)


def post(sim, path, body):
    assert sim.request("POST", f"/v2/testdata/{path}", json=body).status == 200


def group(sim, kind="VatGroup"):
    members = [{"subjectNip": value, "description": "członek grupy"} for value in (CLIENT, OFFICE)]
    body = {"subjectNip": NIP, "subjectType": kind, "description": "Podmiot nadrzędny"}
    post(sim, "subject", body | {"subunits": members})


def admin_body(kind="InternalId", value=UNIT, to=None):
    return {
        "subjectIdentifier": to or pesel(),
        "contextIdentifier": {"type": kind, "value": value},
        "description": "administrator jednostki",
        "subunitName": "Oddział Gdańsk",
        "subjectDetails": BY_ID,
    }


def eu_body(holder, value=FOREIGN):
    return {
        "subjectIdentifier": holder,
        "contextIdentifier": {"type": "NipVatUe", "value": value},
        "description": "administrator unijny",
        "euEntityName": "Muster GmbH",
        "subjectDetails": {"subjectDetailsType": "EntityByFingerprint", "entityByFp": FIRM},
        "euEntityDetails": FIRM,
    }


def representative_body(*permissions, to):
    return {
        "subjectIdentifier": to,
        "permissions": list(permissions),
        "description": "reprezentant unijny",
        "subjectDetails": BY_PRINT,
    }


def roles(sender):
    answer = sender.call("GET", "/permissions/query/entities/roles", expect=200).json["roles"]
    return {item["role"] for item in answer}


def test_the_checksum_is_that_of_the_openapi():
    assert subunits.check_digit("6824515772-1234") == 3
    assert subunits.is_internal_id("6824515772-12343")


@holds(strategies.integers(0, 9))
def test_only_one_last_digit_fits(digit):
    assert subunits.is_internal_id(f"6824515772-1234{digit}") == (digit == 3)


def test_an_administrator_of_a_sub_unit_logs_in_there_and_grants(sim, company):
    assert grant(company, "subunits", admin_body()) == 200
    assert verdict(sim, pesel()) == 415
    anna = caller(sim, pesel(), UNIT, "InternalId")
    assert grant(anna, "persons", person_body("InvoiceWrite", to=pesel(EVA))) == 200
    assert verdict(sim, pesel(EVA), UNIT, "InternalId") == 200
    found = {item["authorizedIdentifier"]["value"]: item for item in here(anna)}
    assert found[ANNA]["contextIdentifier"] == {"type": "InternalId", "value": UNIT}
    assert found[EVA]["contextIdentifier"] is None


def test_the_company_sees_the_administrators_of_its_sub_units(company):
    grant(company, "subunits", admin_body())
    (item,) = query(company, "subunits/grants")
    assert item["subunitIdentifier"] == {"type": "InternalId", "value": UNIT}
    assert (item["subunitName"], item["permissionScope"]) == ("Oddział Gdańsk", "CredentialsManage")
    assert given(company)[0]["contextIdentifier"] == item["subunitIdentifier"]
    other = {"subunitIdentifier": {"type": "Nip", "value": CLIENT}}
    assert query(company, "subunits/grants", other) == []


def test_an_administrator_of_a_sub_unit_is_revoked_by_the_company(sim, company):
    grant(company, "subunits", admin_body())
    (item,) = query(company, "subunits/grants")
    assert revoke(company, item["id"]) == 200
    assert verdict(sim, pesel(), UNIT, "InternalId") == 415


def test_an_identifier_with_a_wrong_checksum_is_21405(company):
    wrong = UNIT[:-1] + str((int(UNIT[-1]) + 1) % 10)
    body = admin_body(value=wrong)
    company.call("POST", "/permissions/subunits/grants", json=body, expect=400)


def test_a_token_of_a_sub_unit_logs_in_there(sim, company):
    grant(company, "subunits", admin_body())
    anna = caller(sim, pesel(), UNIT, "InternalId")
    body = {"permissions": ["CredentialsManage"], "description": "token oddziału"}
    token = anna.call("POST", "/tokens", json=body, expect=202).json["token"]
    user = Sender(sim.request)
    there = {"contextIdentifier": {"type": "InternalId", "value": UNIT}}
    assert user.poll(user.begin(token, **there))["status"]["code"] == 200
    assert user.poll(user.begin(token))["status"]["code"] == 450


def test_a_sub_unit_of_another_company_is_410(company):
    other = f"{OFFICE}-1234{subunits.check_digit(f'{OFFICE}-1234')}"
    assert grant(company, "subunits", admin_body(value=other)) == 410


def test_members_of_a_group_are_administered_by_the_group_only(sim, company):
    assert grant(company, "subunits", admin_body("Nip", CLIENT)) == 430
    group(sim)
    assert grant(company, "subunits", admin_body("Nip", "1111111111")) == 410
    assert grant(company, "subunits", admin_body("Nip", CLIENT)) == 200
    assert verdict(sim, pesel(), CLIENT) == 200


def test_who_only_administers_sub_units_grants_nothing_else(sim, company):
    grant(company, "persons", person_body("SubunitManage"))
    anna = caller(sim, pesel())
    assert grant(anna, "subunits", admin_body(to=pesel(EVA))) == 200
    anna.call("POST", "/permissions/persons/grants", json=person_body("InvoiceRead"), expect=403)
    ids = {item["permissionScope"]: item["id"] for item in here(anna)}
    assert revoke(anna, ids["SubunitManage"]) == 420
    assert revoke(anna, query(anna, "subunits/grants")[0]["id"]) == 200


@pytest.mark.parametrize(
    ("kind", "own", "member"),
    [
        ("VatGroup", "VatGroupUnit", "VatGroupSubUnit"),
        ("JST", "LocalGovernmentUnit", "LocalGovernmentSubUnit"),
    ],
)
def test_roles_of_a_group_and_of_its_members(sim, company, kind, own, member):
    group(sim, kind)
    assert roles(company) == {own}
    assert roles(owner(sim, CLIENT)) == {member}
    body = {"subordinateEntityIdentifier": nip(CLIENT)}
    found = query(company, "subordinate-entities/roles", name="roles")
    assert {item["role"] for item in found} == {member}
    assert len(found) == 2
    assert len(query(company, "subordinate-entities/roles", body, name="roles")) == 1


def test_an_ordinary_company_has_no_roles_and_no_members(company):
    assert roles(company) == set()
    assert query(company, "subordinate-entities/roles", name="roles") == []


def test_bailiffs_and_authorities_have_their_roles(sim, company):
    person = {"nip": NIP, "pesel": ANNA, "isBailiff": True, "description": "Komornik"}
    post(sim, "person", person | {"createdDate": "2026-02-01T10:00:00Z"})
    authority = {"subjectNip": NIP, "subjectType": "EnforcementAuthority", "description": "Organ"}
    post(sim, "subject", authority)
    answer = company.call("GET", "/permissions/query/entities/roles", expect=200).json["roles"]
    assert [item["role"] for item in answer] == ["EnforcementAuthority", "CourtBailiff"]
    assert answer[1]["startDate"].startswith("2026-02-01T10:00:00")


def enter(sim, signed_by):
    """The caller by fingerprint in the context of the EU entity."""
    context = f"<NipVatUe>{FOREIGN}</NipVatUe>"
    sender, begun, code = attempt(sim, signed_by, context, "certificateFingerprint")
    if code == 200:
        sender.redeem(begun)
    return sender, code


def test_an_administrator_of_an_eu_entity_works_in_the_joint_context(sim, company):
    private, certificate, holder = stranger()
    assert enter(sim, (private, certificate))[1] == 415
    assert grant(company, "eu-entities/administration", eu_body(holder)) == 200
    admin, code = enter(sim, (private, certificate))
    assert code == 200
    scopes = {item["permissionScope"] for item in query(admin, "personal/grants")}
    assert scopes == {"VatUeManage", "InvoiceWrite", "InvoiceRead", "Introspection"}


def test_no_token_is_made_in_the_context_of_an_eu_entity(sim, company):
    private, certificate, holder = stranger()
    grant(company, "eu-entities/administration", eu_body(holder))
    admin, _ = enter(sim, (private, certificate))
    body = {"permissions": ["InvoiceRead"], "description": "token unijny"}
    answer = admin.call("POST", "/tokens", json=body, expect=400).json
    assert answer["exception"]["exceptionDetailList"][0]["exceptionCode"] == 26002


def test_the_administrator_of_an_eu_entity_makes_representatives(sim, company):
    private, certificate, holder = stranger()
    grant(company, "eu-entities/administration", eu_body(holder))
    admin, _ = enter(sim, (private, certificate))
    other_key, other, other_print = stranger()
    body = representative_body("InvoiceRead", to=other_print)
    assert grant(admin, "eu-entities", body) == 200
    assert enter(sim, (other_key, other))[1] == 200
    body = {"authorizedFingerprintIdentifier": other_print["value"].lower()}
    (item,) = query(admin, "eu-entities/grants", body)
    assert (item["euEntityName"], item["vatUeIdentifier"]) == ("Muster GmbH", "DE123456789")
    assert item["subjectPersonDetails"]["lastName"] == "Smith"
    assert revoke(admin, item["id"]) == 200
    assert enter(sim, (other_key, other))[1] == 415


def test_the_polish_company_sees_the_administrators_of_its_eu_entities(company):
    grant(company, "eu-entities/administration", eu_body(stranger()[2]))
    found = query(company, "eu-entities/grants", {"vatUeIdentifier": "DE123456789"})
    assert len(found) == 4
    assert found[0]["euEntityDetails"] == FIRM
    assert found[0]["subjectEntityDetails"]["subjectDetailsType"] == "EntityByFingerprint"
    assert len(query(company, "eu-entities/grants", {"permissionTypes": ["VatUeManage"]})) == 1
    assert query(company, "eu-entities/grants", {"vatUeIdentifier": "ATU12345678"}) == []


def test_an_eu_entity_of_another_company_is_410(company):
    body = eu_body(stranger()[2], f"{OFFICE}-DE123456789")
    assert grant(company, "eu-entities/administration", body) == 410


def test_an_impossible_vat_number_is_21405(company):
    body = eu_body(stranger()[2], f"{NIP}-DE12345")
    path = "/permissions/eu-entities/administration/grants"
    company.call("POST", path, json=body, expect=400)
