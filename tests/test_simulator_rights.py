"""Permissions: owners, grants, tokens with few rights, test data."""

import re

import pytest

from simulator import tokens
from simulator.routes import ROUTES
from simulator.web import Identifier
from tests import openapi_support
from tests.simulator_signing import PESEL, enveloped, key, person, request_xml, self_signed
from tests.simulator_support import FORM, NIP, OTHER_NIP, Sender, b64

OWNER = Identifier("Nip", NIP)


def with_rights(sim, *permissions):
    """A caller whose token has just these permissions."""
    _, token = tokens.make(sim.world.store, OWNER, OWNER, "token testowy", list(permissions))
    sender = Sender(sim.request)
    sender.login(token)
    return sender


def by_signature(sim, subject, expect=200):
    """A caller with a self-signed certificate of this subject, in the context NIP."""
    sender = Sender(sim.request)
    challenge = sender.call("POST", "/auth/challenge", token=None, expect=200).json["challenge"]
    data = enveloped(request_xml(challenge), key(), self_signed(key(), subject))
    headers = {"Content-Type": "application/xml"}
    path = "/auth/xades-signature"
    begun = sender.call("POST", path, token=None, data=data, headers=headers, expect=202).json
    final = sender.poll(begun)["status"]["code"]
    assert final == expect
    if final == 200:
        sender.redeem(begun)
    return sender


def post(sender, path, body, expect=200):
    return sender.call("POST", f"/testdata/{path}", token=None, json=body, expect=expect)


def add_person(sim, **changes):
    body = {"nip": NIP, "pesel": PESEL, "isBailiff": False, "description": "Osoba testowa"}
    sender = Sender(sim.request)
    post(sender, "person", body | changes)
    return sender


def grant_body(*permissions, holder=PESEL):
    return {
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "authorizedIdentifier": {"type": "Pesel", "value": holder},
        "permissions": [{"permissionType": p, "description": "z testu"} for p in permissions],
    }


def own(sender):
    answer = sender.call("POST", "/permissions/query/personal/grants", json={}, expect=200).json
    return {item["permissionScope"] for item in answer["permissions"]}, answer["ownerPermissions"]


ENCRYPTION = {"encryptedSymmetricKey": b64(bytes(256)), "initializationVector": b64(bytes(16))}


@pytest.mark.parametrize(
    ("held", "method", "path", "body"),
    [
        ("InvoiceRead", "POST", "/sessions/online", {"formCode": FORM, "encryption": ENCRYPTION}),
        ("InvoiceRead", "GET", "/sessions?sessionType=Online", None),
        ("InvoiceWrite", "POST", "/invoices/query/metadata", {}),
        ("InvoiceWrite", "GET", "/invoices/ksef/5265877635-20250826-0100001AF629-AF", None),
    ],
)
def test_the_wrong_permission_is_403_and_says_which_is_missing(sim, held, method, path, body):
    answer = with_rights(sim, held).call(method, path, json=body, expect=403).json
    assert answer["reasonCode"] == "missing-permissions"
    assert answer["security"]["presentPermissions"] == [held]


def test_without_introspection_the_sessions_of_others_are_hidden(sim):
    add_person(sim)
    post(Sender(sim.request), "permissions", grant_body("InvoiceWrite", holder="44051401359"))
    session = sim.sender().open()
    other = by_signature(sim, person("PNOPL-44051401359"))
    listed = other.call("GET", "/sessions?sessionType=Online", expect=200).json["sessions"]
    answer = other.call("GET", f"/sessions/{session}", expect=403).json
    assert (listed, answer["reasonCode"]) == ([], "insufficient-resource-access")


def test_introspection_shows_the_sessions_of_others(sim):
    post(Sender(sim.request), "permissions", grant_body("Introspection"))
    session = sim.sender().open()
    other = by_signature(sim, person(f"PNOPL-{PESEL}"))
    assert other.call("GET", f"/sessions/{session}", expect=200).json["invoiceCount"] == 0


def test_a_person_created_with_a_nip_is_its_owner(sim):
    add_person(sim)
    granted, owned = own(by_signature(sim, person(f"PNOPL-{PESEL}")))
    assert granted == set()
    assert "CredentialsManage" in owned
    assert "EnforcementOperations" not in owned


def test_a_bailiff_has_enforcement_operations(sim):
    add_person(sim, isBailiff=True)
    _, owned = own(by_signature(sim, person(f"PNOPL-{PESEL}")))
    assert "EnforcementOperations" in owned


def test_a_removed_person_logs_in_no_more(sim):
    sender = add_person(sim)
    post(sender, "person/remove", {"nip": NIP})
    by_signature(sim, person(f"PNOPL-{PESEL}"), expect=415)


def test_a_deceased_person_fails_with_470(sim):
    add_person(sim, isDeceased=True)
    by_signature(sim, person(f"PNOPL-{PESEL}"), expect=470)


def test_granted_permissions_count_until_they_are_revoked(sim):
    sender = Sender(sim.request)
    body = grant_body("InvoiceRead", "InvoiceWrite")
    post(sender, "permissions", body)
    granted, owned = own(by_signature(sim, person(f"PNOPL-{PESEL}")))
    assert (granted, owned) == ({"InvoiceRead", "InvoiceWrite"}, [])
    del body["permissions"]
    post(sender, "permissions/revoke", body)
    by_signature(sim, person(f"PNOPL-{PESEL}"), expect=415)


def test_an_access_token_keeps_the_permissions_it_was_made_with(sim):
    sender = Sender(sim.request)
    body = grant_body("Introspection")
    post(sender, "permissions", body)
    other = by_signature(sim, person(f"PNOPL-{PESEL}"))
    del body["permissions"]
    post(sender, "permissions/revoke", body)
    other.call("GET", "/sessions?sessionType=Online", expect=200)
    other.call("POST", "/auth/token/refresh", token=other.refresh, expect=400)


def test_an_owner_makes_a_token_that_logs_in(sim):
    add_person(sim)
    owner = by_signature(sim, person(f"PNOPL-{PESEL}"))
    body = {"permissions": ["InvoiceRead"], "description": "tylko odczyt"}
    made = owner.call("POST", "/tokens", json=body, expect=202).json
    sender = Sender(sim.request)
    sender.login(made["token"])
    assert own(sender) == ({"InvoiceRead"}, None)
    listed = owner.call("GET", "/tokens?description=odczyt", expect=200).json["tokens"]
    assert [item["referenceNumber"] for item in listed] == [made["referenceNumber"]]


def test_a_token_may_not_have_more_than_its_author(sim):
    post(Sender(sim.request), "permissions", grant_body("InvoiceRead"))
    other = by_signature(sim, person(f"PNOPL-{PESEL}"))
    body = {"permissions": ["InvoiceWrite"], "description": "za dużo"}
    answer = other.call("POST", "/tokens", json=body, expect=400).json
    assert answer["exception"]["exceptionDetailList"][0]["exceptionCode"] == 26001


def test_the_same_person_twice_is_30001(sim):
    sender = add_person(sim)
    body = {"nip": NIP, "pesel": PESEL, "isBailiff": False, "description": "Osoba testowa"}
    answer = post(sender, "person", body, expect=400).json
    assert answer["exception"]["exceptionDetailList"][0]["exceptionCode"] == 30001


def test_a_subject_is_created_with_subunits_and_removed_with_them(sim):
    sender = Sender(sim.request)
    body = {"subjectNip": OTHER_NIP, "subjectType": "VatGroup", "description": "Grupa VAT"}
    body["subunits"] = [{"subjectNip": "7980332920", "description": "członek"}]
    post(sender, "subject", body)
    post(sender, "subject", body, expect=400)
    post(sender, "subject/remove", {"subjectNip": OTHER_NIP})
    post(sender, "subject", body)


def test_limits_of_context_and_subject_are_shown(sim):
    sender = sim.sender()
    context = sender.call("GET", "/limits/context", expect=200).json
    assert context["onlineSession"]["maxInvoices"] == 10_000
    assert sender.call("GET", "/limits/subject", expect=200).json["certificate"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.api], ids=lambda r: r.name)
def test_every_operation_asks_for_the_rights_of_the_openapi(route):
    if reason := openapi_support.unavailable():
        pytest.skip(reason)
    path = re.sub(r"<(\w+)>", r"{\1}", route.path)
    operation = openapi_support.operation(route.method, path)
    assert sorted(route.permissions) == sorted(operation.get("x-required-permissions", []))
    assert bool(route.tokens) == bool(operation.get("security"))
