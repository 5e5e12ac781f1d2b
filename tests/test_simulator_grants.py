"""Permissions granted, listed and revoked through the API of the simulator."""

import json

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as holds
from hypothesis import strategies as st

from tests.grants_support import (
    ANNA,
    BY_ID,
    BY_PRINT,
    CLIENT,
    EVA,
    FIRM,
    OFFICE,
    attempt,
    authorization_body,
    caller,
    entity_body,
    given,
    grant,
    here,
    nip,
    outcome,
    owner,
    person_body,
    pesel,
    query,
    refreshed,
    revoke,
    stranger,
    verdict,
)
from tests.simulator_support import NIP, fa3


def post(sim, path, body):
    assert sim.request("POST", f"/v2/testdata/{path}", json=body).status == 200


def indirect_body(*permissions, target=None, to=None):
    body = person_body(*permissions, to=to or pesel(EVA))
    return body if target is None else body | {"targetIdentifier": target}


@pytest.fixture
def company(sim):
    return owner(sim)


@pytest.fixture
def office(sim):
    return owner(sim, OFFICE)


def scopes(items):
    return {item["permissionScope"] for item in items}


def test_an_accountant_with_a_grant_logs_in_and_issues(sim, company):
    assert verdict(sim, pesel()) == 415
    assert grant(company, "persons", person_body("InvoiceWrite", "InvoiceRead")) == 200
    anna = caller(sim, pesel())
    session = anna.open()
    assert anna.issue(session, fa3("A/1"))["status"]["code"] == 200


def test_a_fingerprint_in_lower_case_is_the_same_certificate(sim, company):
    private, certificate, print_ = stranger()
    lower = print_ | {"value": print_["value"].lower()}
    assert grant(company, "persons", person_body("InvoiceRead", to=lower)) == 200
    assert attempt(sim, (private, certificate), by="certificateFingerprint")[2] == 200


def test_what_a_person_was_given_stands_in_the_list_with_her_name(company):
    grant(company, "persons", person_body("InvoiceWrite"))
    (item,) = here(company)
    assert item["authorizedIdentifier"] == pesel()
    assert item["authorIdentifier"] == nip()
    assert item["subjectPersonDetails"]["lastName"] == "Nowak"
    assert (item["permissionScope"], item["permissionState"]) == ("InvoiceWrite", "Active")
    assert (item["canDelegate"], item["contextIdentifier"]) == (False, None)


def test_a_foreign_person_is_listed_with_the_document_that_names_her(company):
    to = stranger()[2]
    grant(company, "persons", person_body("InvoiceRead", to=to))
    (item,) = here(company)
    assert item["subjectPersonDetails"]["birthDate"] == "1980-01-31"
    assert item["subjectPersonDetails"]["idDocument"]["country"] == "DE"


def test_a_withdrawn_grant_counts_at_the_next_refresh(sim, company):
    grant(company, "persons", person_body("InvoiceWrite"))
    anna = caller(sim, pesel())
    (item,) = here(company)
    assert revoke(company, item["id"]) == 200
    anna.open()
    assert refreshed(anna) is None
    assert verdict(sim, pesel()) == 415
    assert here(company) == []


def test_a_grant_made_later_comes_with_the_refreshed_token(sim, company):
    grant(company, "persons", person_body("InvoiceRead"))
    anna = caller(sim, pesel())
    grant(company, "persons", person_body("Introspection"))
    path = "/sessions?sessionType=Online"
    anna.call("GET", path, expect=403)
    refreshed(anna).call("GET", path, expect=200)


def test_only_an_administrator_grants(sim, company):
    grant(company, "persons", person_body("InvoiceWrite"))
    anna = caller(sim, pesel())
    answer = anna.call(
        "POST", "/permissions/persons/grants", json=person_body("InvoiceRead"), expect=403
    )
    assert answer.json["security"]["requiredAnyOfPermissions"] == ["CredentialsManage"]


def test_an_administrator_grants_to_others_and_is_named_as_the_author(sim, company):
    grant(company, "persons", person_body("CredentialsManage"))
    anna = caller(sim, pesel())
    assert grant(anna, "persons", person_body("InvoiceRead", to=pesel(EVA))) == 200
    assert [item["authorizedIdentifier"]["value"] for item in given(anna)] == [EVA]
    assert [item["authorizedIdentifier"]["value"] for item in given(company)] == [ANNA]
    assert len(here(company)) == 2
    assert here(company, authorIdentifier=pesel())[0]["authorizedIdentifier"] == pesel(EVA)


def test_who_lost_the_right_to_grant_is_refused_with_420(sim, company):
    grant(company, "persons", person_body("CredentialsManage"))
    anna = caller(sim, pesel())
    revoke(company, here(company)[0]["id"])
    assert grant(anna, "persons", person_body("InvoiceRead", to=pesel(EVA))) == 420


def test_the_same_grant_twice_fails_and_a_wider_one_adds_what_is_missing(company):
    assert grant(company, "persons", person_body("InvoiceRead")) == 200
    assert grant(company, "persons", person_body("InvoiceRead")) == 400
    assert grant(company, "persons", person_body("InvoiceRead", "InvoiceWrite")) == 200
    assert len(here(company)) == 2


def test_enforcement_is_for_bailiffs_and_enforcement_authorities_only(sim, company):
    body = person_body("EnforcementOperations")
    assert grant(company, "persons", body) == 430
    authority = {"subjectNip": NIP, "subjectType": "EnforcementAuthority", "description": "Organ"}
    post(sim, "subject", authority)
    assert grant(company, "persons", body) == 200


def test_nobody_grants_to_the_company_itself(company):
    assert grant(company, "persons", person_body("InvoiceRead", to=nip())) == 440
    assert grant(company, "entities", entity_body("InvoiceRead", to=NIP)) == 440


@pytest.mark.parametrize(
    "wrong",
    [
        {"permissions": []},
        {"permissions": ["InvoiceRead", "InvoiceRead"]},
        {"permissions": ["VatUeManage"]},
        {"description": "krót"},
        {"subjectDetails": None},
        {"subjectDetails": BY_PRINT},
        {"subjectDetails": {"subjectDetailsType": "PersonByIdentifier"}},
        {"subjectDetails": BY_ID | {"personById": {"firstName": "A", "lastName": "Nowak"}}},
        {"subjectIdentifier": {"type": "Pesel", "value": NIP}},
        {"subjectIdentifier": {"type": "Fingerprint", "value": "A" * 63 + "X"}},
        {"subjectIdentifier": {"type": "PeppolId", "value": "PPL123456"}},
    ],
)
def test_a_body_of_another_shape_is_21405(company, wrong):
    body = person_body("InvoiceRead") | wrong
    answer = company.call("POST", "/permissions/persons/grants", json=body, expect=400).json
    assert answer["exception"]["exceptionDetailList"][0]["exceptionCode"] == 21405


def test_an_office_works_for_its_client_and_sees_what_it_was_given(sim, company, office):
    assert grant(company, "entities", entity_body("InvoiceWrite", "InvoiceRead")) == 200
    there = caller(sim, nip(OFFICE))
    assert there.issue(there.open(), fa3("O/1"))["status"]["code"] == 200
    received = query(office, "entities/grants")
    assert {item["contextIdentifier"]["value"] for item in received} == {NIP}
    assert scopes(received) == {"InvoiceWrite", "InvoiceRead"}
    assert query(office, "entities/grants", {"contextIdentifier": nip(CLIENT)}) == []
    (first, _) = here(company)
    assert first["subjectEntityDetails"]["fullName"] == FIRM["fullName"]


def test_staff_work_for_the_client_who_lets_the_office_pass_on(sim, company, office):
    grant(company, "entities", entity_body("InvoiceWrite", delegate=True))
    assert grant(office, "indirect", indirect_body("InvoiceWrite", target=nip())) == 200
    eva = caller(sim, pesel(EVA))
    assert eva.issue(eva.open(), fa3("E/1"))["status"]["code"] == 200


def test_without_a_client_who_lets_pass_on_an_indirect_grant_is_440(company, office):
    body = indirect_body("InvoiceWrite", target=nip())
    assert grant(office, "indirect", body) == 440
    grant(company, "entities", entity_body("InvoiceWrite"))
    assert grant(office, "indirect", body) == 440


def test_a_grant_for_all_clients_reaches_those_who_let_pass_on(sim, company, office):
    grant(office, "indirect", indirect_body("InvoiceRead"))
    assert verdict(sim, pesel(EVA)) == 415
    grant(company, "entities", entity_body("InvoiceRead", delegate=True))
    assert verdict(sim, pesel(EVA)) == 200
    assert verdict(sim, pesel(EVA), CLIENT) == 415


def test_what_the_client_withdraws_leaves_the_staff_inactive(sim, company, office):
    grant(company, "entities", entity_body("InvoiceWrite", delegate=True))
    all_clients = {"type": "AllPartners"}
    grant(office, "indirect", indirect_body("InvoiceWrite", target=nip()))
    grant(office, "indirect", indirect_body("InvoiceWrite", target=all_clients, to=pesel()))
    revoke(company, here(company)[0]["id"])
    assert verdict(sim, pesel(EVA)) == verdict(sim, pesel()) == 415
    (inactive,) = here(office, permissionState="Inactive")
    assert inactive["targetIdentifier"] == nip()
    (general,) = here(office, targetIdentifier=all_clients)
    assert general["targetIdentifier"] == {"type": "AllPartners", "value": None}


def test_the_client_does_not_see_the_staff_of_the_office(company, office):
    grant(company, "entities", entity_body("InvoiceWrite", delegate=True))
    grant(office, "indirect", indirect_body("InvoiceWrite", target=nip()))
    assert [item["authorizedIdentifier"] for item in here(company)] == [nip(OFFICE)]
    assert [item["authorizedIdentifier"] for item in here(office)] == [pesel(EVA)]


def test_all_partners_has_no_value(office):
    target = {"type": "AllPartners", "value": NIP}
    body = indirect_body("InvoiceWrite", target=target)
    office.call("POST", "/permissions/indirect/grants", json=body, expect=400)


def test_lists_come_in_numbered_pages(company):
    for n in range(12):
        to = pesel(f"900101{n:05d}")
        grant(company, "persons", person_body("InvoiceRead", to=to))
    body = {"queryType": "PermissionsInCurrentContext"}
    path = "/permissions/query/persons/grants?pageSize=10&pageOffset="
    first = company.call("POST", f"{path}0", json=body, expect=200).json
    second = company.call("POST", f"{path}1", json=body, expect=200).json
    assert (len(first["permissions"]), first["hasMore"]) == (10, True)
    assert (len(second["permissions"]), second["hasMore"]) == (2, False)
    starts = [item["startDate"] for item in first["permissions"] + second["permissions"]]
    assert starts == sorted(starts, reverse=True)


def test_lists_are_filtered_by_person_and_permission(company):
    grant(company, "persons", person_body("InvoiceRead", "InvoiceWrite"))
    grant(company, "persons", person_body("InvoiceRead", to=pesel(EVA)))
    assert len(here(company, permissionTypes=["InvoiceRead"])) == 2
    assert len(here(company, authorizedIdentifier=pesel())) == 2
    assert here(company, permissionTypes=["Introspection"]) == []


def test_what_the_tax_office_registered_has_the_system_as_author(sim, company):
    item = {"permissionType": "CredentialsManage", "description": "z ZAW-FA"}
    context = {"contextIdentifier": nip(), "authorizedIdentifier": pesel(), "permissions": [item]}
    post(sim, "permissions", context)
    (found,) = here(company, authorIdentifier={"type": "System"})
    assert found["authorIdentifier"] == {"type": "System", "value": None}
    assert given(company) == []


def test_revoking_an_unknown_grant_fails_and_one_of_another_company_is_410(sim, company, office):
    grant(company, "persons", person_body("InvoiceRead"))
    assert revoke(company, "0" * 36) == 400
    assert revoke(office, here(company)[0]["id"]) == 410
    assert len(here(company)) == 1


def test_the_office_cannot_end_what_the_client_gave_it(company, office):
    grant(company, "entities", entity_body("InvoiceRead"))
    assert revoke(office, here(company)[0]["id"]) == 410


def test_personal_grants_of_an_owner_name_who_gave_what(company, office):
    grant(company, "entities", entity_body("InvoiceRead", delegate=True))
    (item,) = query(office, "personal/grants")
    assert item["contextIdentifier"] == nip()
    assert (item["canDelegate"], item["authorizedIdentifier"]) == (True, None)
    assert query(office, "personal/grants", {"contextIdentifier": nip(CLIENT)}) == []


def test_personal_grants_of_staff_name_the_client(sim, company, office):
    grant(company, "entities", entity_body("InvoiceWrite", delegate=True))
    grant(office, "indirect", indirect_body("InvoiceWrite", target=nip()))
    (item,) = query(caller(sim, pesel(EVA)), "personal/grants")
    assert (item["targetIdentifier"], item["permissionState"]) == (nip(), "Active")


def test_an_owner_by_pesel_sees_that_the_grant_is_to_her_company(sim, company):
    body = {"nip": OFFICE, "pesel": ANNA, "isBailiff": False, "description": "Biuro"}
    post(sim, "person", body)
    grant(company, "entities", entity_body("InvoiceRead"))
    anna = caller(sim, pesel(), OFFICE)
    (item,) = query(anna, "personal/grants")
    assert item["authorizedIdentifier"] == nip(OFFICE)
    assert verdict(sim, pesel()) == 200


def test_an_operation_of_another_company_is_not_shown(company, office):
    answer = company.call(
        "POST", "/permissions/persons/grants", json=person_body("InvoiceRead"), expect=202
    )
    reference = answer.json["referenceNumber"]
    office.call("GET", f"/permissions/operations/{reference}", expect=400)
    assert outcome(company, answer.json) == 200


BODIES = {
    "persons/grants": person_body("InvoiceRead"),
    "entities/grants": entity_body("InvoiceRead"),
    "authorizations/grants": authorization_body(),
    "indirect/grants": indirect_body("InvoiceRead", target=nip()),
    "query/persons/grants": {
        "queryType": "PermissionsInCurrentContext",
        "authorIdentifier": nip(),
        "permissionTypes": ["InvoiceRead"],
    },
    "query/authorizations/grants": {"queryType": "Granted", "authorizedIdentifier": nip()},
    "query/subunits/grants": {"subunitIdentifier": nip()},
    "query/eu-entities/grants": {"authorizedFingerprintIdentifier": "A" * 64},
    "query/entities/grants": {"contextIdentifier": nip()},
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


def leaves(value, path=()):
    """The ways to every value inside a body."""
    yield path
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for name, inner in inside:
        yield from leaves(inner, (*path, name))


@pytest.mark.parametrize("path", BODIES)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@holds(data=st.data())
def test_anything_anywhere_in_a_body_is_never_a_500(company, path, data):
    body = json.loads(json.dumps(BODIES[path]))
    *way, last = data.draw(st.sampled_from([way for way in leaves(body) if way]))
    place = body
    for name in way:
        place = place[name]
    place[last] = data.draw(ANYTHING)
    headers = {"Content-Type": "application/json"}
    answer = company.call("POST", f"/permissions/{path}", data=json.dumps(body), headers=headers)
    assert answer.status in (200, 202, 400)
