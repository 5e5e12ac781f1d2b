"""KSeF tokens of the simulator: made, activated, listed, used, revoked, dead with their author."""

import pytest

from tests.grants_support import (
    caller,
    grant,
    here,
    nip,
    owner,
    person_body,
    pesel,
    revoke,
)
from tests.simulator_support import NIP, Sender


@pytest.fixture
def company(sim):
    return owner(sim)


def make(sender, *permissions, description="token z testu"):
    body = {"permissions": list(permissions), "description": description}
    return sender.call("POST", "/tokens", json=body, expect=202).json


def state(sender, made):
    return sender.call("GET", f"/tokens/{made['referenceNumber']}", expect=200).json


def verdict(sim, made):
    """Code and details of a login with the token."""
    sender = Sender(sim.request)
    status = sender.poll(sender.begin(made["token"]))["status"]
    return status["code"], (status["details"] or [None])[0]


def error(answer):
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def test_a_token_that_is_still_pending_does_not_log_in(sim, company):
    sim.world.settings.change({"token_seconds": 3600})
    made = make(company, "InvoiceRead")
    assert state(company, made)["status"] == "Pending"
    assert verdict(sim, made) == (450, "Token nieaktywny")


def test_a_token_becomes_active_after_its_seconds(sim, company):
    sim.world.settings.change({"token_seconds": 0.2})
    made = make(company, "InvoiceRead")
    while state(company, made)["status"] == "Pending":
        pass
    assert state(company, made)["status"] == "Active"
    assert verdict(sim, made) == (200, None)
    assert state(company, made)["lastUseDate"] is None


def test_a_token_that_could_not_be_activated_says_so(sim, company):
    order = {"kind": "token_failed", "operation": "token_create"}
    assert sim.request("POST", "/control/faults", json=order).status == 201
    made = make(company, "InvoiceRead")
    found = state(company, made)
    assert found["status"] == "Failed"
    assert found["statusDetails"]
    assert verdict(sim, made) == (450, "Token nieaktywny")


def test_a_revoked_token_is_first_revoking_then_revoked(sim, company):
    made = make(company, "InvoiceRead")
    sim.world.settings.change({"token_seconds": 3600})
    company.call("DELETE", f"/tokens/{made['referenceNumber']}", expect=204)
    assert state(company, made)["status"] == "Revoking"
    assert verdict(sim, made) == (450, "Token unieważniony")
    with sim.world.store.write() as db:
        db.execute("UPDATE tokens SET gone_at = revoked_at")
    assert state(company, made)["status"] == "Revoked"


def test_a_token_dies_with_the_rights_of_its_author(sim, company):
    grant(company, "persons", person_body("InvoiceRead"))
    made = make(caller(sim, pesel()), "InvoiceRead")
    user = Sender(sim.request)
    user.login(made["token"])
    assert revoke(company, here(company)[0]["id"]) == 200
    assert verdict(sim, made) == (450, "Token nieaktywny")
    user.call("POST", "/auth/token/refresh", token=user.refresh, expect=400)


def test_a_token_makes_no_tokens(sim, company):
    user = Sender(sim.request)
    user.login(make(company, "CredentialsManage", "InvoiceRead")["token"])
    body = {"permissions": ["InvoiceRead"], "description": "token z testu"}
    answer = user.call("POST", "/tokens", json=body, expect=403).json
    assert answer["reasonCode"] == "auth-method-not-allowed"


def test_a_token_of_an_administrator_grants(sim, company):
    user = Sender(sim.request)
    user.login(make(company, "CredentialsManage")["token"])
    assert grant(user, "persons", person_body("InvoiceRead")) == 200
    assert here(user)[0]["authorIdentifier"] == nip()


@pytest.mark.parametrize("description", ["krót", "d" * 257, ""])
def test_a_description_has_five_to_256_signs(company, description):
    body = {"permissions": ["InvoiceRead"], "description": description}
    assert error(company.call("POST", "/tokens", json=body, expect=400)) == 21405


def test_a_token_without_permissions_is_not_made(company):
    body = {"permissions": [], "description": "token z testu"}
    company.call("POST", "/tokens", json=body, expect=400)


def test_tokens_are_listed_by_status_author_and_words(sim, company):
    grant(company, "persons", person_body("InvoiceRead"))
    anna = caller(sim, pesel())
    mine, hers = make(company, "InvoiceRead", description="Biuro"), make(anna, "InvoiceRead")
    company.call("DELETE", f"/tokens/{mine['referenceNumber']}", expect=204)
    read = lambda query: [  # noqa: E731
        item["referenceNumber"]
        for item in company.call("GET", f"/tokens?{query}", expect=200).json["tokens"]
    ]
    assert read("status=Revoked") == [mine["referenceNumber"]]
    assert read("description=BIUR") == [mine["referenceNumber"]]
    assert read("authorIdentifierType=Pesel") == [hers["referenceNumber"]]
    assert read(f"authorIdentifier={NIP[:5]}&description=biuro") == [mine["referenceNumber"]]
    company.call("GET", "/tokens?description=Bi", expect=400)


def test_without_rights_to_see_credentials_only_own_tokens_are_listed(sim, company):
    grant(company, "persons", person_body("InvoiceRead"))
    anna = caller(sim, pesel())
    make(company, "InvoiceRead")
    hers = make(anna, "InvoiceRead")
    listed = anna.call("GET", "/tokens", expect=200).json["tokens"]
    assert [item["referenceNumber"] for item in listed] == [hers["referenceNumber"]]


def test_the_list_goes_on_with_a_continuation_token(company):
    for number in range(12):
        make(company, "InvoiceRead", description=f"strona {number}")
    first = company.call("GET", "/tokens?description=strona&pageSize=10", expect=200).json
    headers = {"x-continuation-token": first["continuationToken"]}
    path = "/tokens?description=strona&pageSize=10"
    second = company.call("GET", path, headers=headers, expect=200).json
    references = {item["referenceNumber"] for item in first["tokens"] + second["tokens"]}
    assert (len(first["tokens"]), len(references)) == (10, 12)
    assert second["continuationToken"] is None


def test_a_token_revokes_itself_but_no_other(sim, company):
    own, other = make(company, "InvoiceRead"), make(company, "InvoiceRead")
    user = Sender(sim.request)
    user.login(own["token"])
    user.call("DELETE", f"/tokens/{other['referenceNumber']}", expect=400)
    user.call("DELETE", f"/tokens/{own['referenceNumber']}", expect=204)
    user.call("POST", "/auth/token/refresh", token=user.refresh, expect=400)
    assert state(company, other)["status"] == "Active"
