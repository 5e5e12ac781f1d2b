"""What the client asks for: the operations of the OpenAPI file, with the right contents."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from auth_ksef.client import PUBLISHED, Context, KsefRefused, SessionKey, environment, routes
from auth_ksef.client.auth import _public_key
from auth_ksef.client.sessions import feature_headers
from tests import openapi_support
from tests.client_support import (
    ACCESS,
    CHALLENGE,
    INVOICE,
    NOW,
    SESSION,
    STARTED,
    Ksef,
    b64,
    key_row,
    reply,
)
from tests.test_client_answers import GOOD

KEY = SessionKey.new(_public_key(key_row()))


@pytest.fixture
def spec():
    if reason := openapi_support.unavailable():
        pytest.skip(reason)
    return openapi_support.spec()


@pytest.mark.parametrize("route", routes.ALL, ids=lambda route: route.name)
def test_every_route_is_an_operation_of_the_openapi_file(route, spec):
    operation = spec["paths"][route.path][route.method.lower()]
    assert bool(operation.get("security")) is route.auth
    kinds = {kind for code, answer in operation["responses"].items() if code.startswith("2")
             for kind in answer.get("content", {})}  # fmt: skip
    wanted = {"json": {"application/json"}, "xml": {"application/xml"}, "none": set()}
    assert kinds == wanted[route.answer]


@pytest.mark.parametrize("route", routes.ALL, ids=lambda route: route.name)
def test_the_published_limits_are_those_of_the_openapi_file(route, spec):
    given = spec["paths"][route.path][route.method.lower()]["x-rate-limits"]
    found = tuple(given.get(name) for name in ("perSecond", "perMinute", "perHour"))
    assert found == PUBLISHED[route.group]


def sent(ksef: Ksef) -> dict:
    return json.loads(ksef.requests[0].content)


def test_opening_a_session_names_the_schema_and_the_key():
    ksef = Ksef(reply(GOOD["session_open"], 201))
    ksef.api.session_open(access=ACCESS, key=KEY)
    assert sent(ksef) == {
        "formCode": {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"},
        "encryption": {
            "encryptedSymmetricKey": b64(KEY.wrapped),
            "initializationVector": b64(KEY.iv),
            "publicKeyId": KEY.public_key_id,
        },
    }


@pytest.mark.parametrize("offline", [False, True])
def test_the_offline_mode_is_declared_in_the_send(offline):
    ksef, sealed = Ksef(reply(GOOD["invoice_send"], 202)), KEY.seal(b"<Faktura/>")
    ksef.api.invoice_send(access=ACCESS, session=SESSION, invoice=sealed, offline=offline)
    assert sent(ksef) == {
        "invoiceHash": sealed.invoice_hash,
        "invoiceSize": 10,
        "encryptedInvoiceHash": sealed.encrypted_hash,
        "encryptedInvoiceSize": 16,
        "encryptedInvoiceContent": sealed.content,
        "offlineMode": offline,
    }


@pytest.mark.parametrize("digest", ["ab" * 32, b64(b"\xab" * 32)])
def test_a_technical_correction_names_the_rejected_file_in_base64(digest):
    ksef, sealed = Ksef(reply(GOOD["invoice_send"], 202)), KEY.seal(b"<Faktura/>")
    ksef.api.invoice_send(
        access=ACCESS, session=SESSION, invoice=sealed, offline=True, corrects_hash=digest
    )
    assert sent(ksef)["hashOfCorrectedInvoice"] == b64(b"\xab" * 32)


def test_a_token_login_names_context_and_key():
    ksef = Ksef(reply(GOOD["challenge"]), reply(GOOD["xades_login"], 202))
    challenge, key = ksef.api.challenge(), _public_key(key_row())
    context = Context("Nip", "5265877635")
    ksef.api.token_login(challenge=challenge, context=context, token="tajny", key=key)
    body = json.loads(ksef.requests[1].content)
    assert len(body.pop("encryptedToken")) == 344
    assert body == {
        "challenge": CHALLENGE,
        "contextIdentifier": {"type": "Nip", "value": "5265877635"},
        "publicKeyId": key.id,
    }


def test_a_text_too_long_for_a_token_is_refused_unsent():
    ksef = Ksef(reply(GOOD["challenge"]))
    challenge, key = ksef.api.challenge(), _public_key(key_row())
    with pytest.raises(KsefRefused, match="nothing was sent") as caught:
        ksef.api.token_login(
            challenge=challenge, context=Context("Nip", "1"), token="tajny" * 100, key=key
        )
    assert "tajny" not in str(caught.value)
    assert len(ksef.requests) == 1


def test_a_signed_request_goes_as_xml_and_may_ask_for_the_chain_to_be_checked():
    ksef = Ksef(reply(GOOD["xades_login"], 202))
    ksef.api.xades_login(b"<AuthTokenRequest/>", verify_chain=True)
    request = ksef.requests[0]
    assert request.headers["Content-Type"] == "application/xml"
    assert request.url.query == b"verifyCertificateChain=true"
    assert request.content == b"<AuthTokenRequest/>"


def test_the_status_of_a_login_is_asked_with_its_own_token():
    ksef = Ksef(reply(GOOD["login_status"]))
    assert ksef.api.login_status(STARTED).method == "token"
    bearer = ksef.requests[0].headers["Authorization"]
    assert bearer == f"Bearer {STARTED.authentication_token}"


def test_the_next_page_is_asked_for_by_its_token():
    ksef = Ksef(reply(GOOD["session_list"]))
    page = ksef.api.session_list(access=ACCESS)
    ksef.api.session_list(access=ACCESS, continuation=page.continuation)
    tokens = [request.headers.get("x-continuation-token") for request in ksef.requests]
    assert tokens == [None, "next"]


def test_moments_go_out_in_utc_with_their_offset():
    ksef = Ksef(reply(GOOD["metadata"]))
    warsaw = datetime(2026, 11, 21, 13, 0, tzinfo=ZoneInfo("Europe/Warsaw"))
    ksef.api.metadata(access=ACCESS, subject_type="Subject1", date_from=warsaw, date_to=NOW)
    assert sent(ksef)["dateRange"] == {
        "dateType": "PermanentStorage",
        "from": "2026-11-21T12:00:00+00:00",
        "to": "2026-11-21T12:00:00+00:00",
    }


def test_pages_of_permissions_are_gathered_and_an_owners_rights_added():
    row = {"permissionScope": "InvoiceRead", "permissionState": "Active"}
    first = {"permissions": [row], "hasMore": True}
    last = {"permissions": [row], "hasMore": False, "ownerPermissions": ["InvoiceWrite"]}
    ksef = Ksef(reply(first), reply(last))
    owner = {"permissionScope": "InvoiceWrite", "permissionState": "Active", "isOwner": True}
    assert ksef.api.own_permissions(access=ACCESS) == [row, row, owner]
    assert [request.url.params["pageOffset"] for request in ksef.requests] == ["0", "1"]


def test_a_status_keeps_what_a_440_says_of_the_original():
    status = {
        "code": 440,
        "description": "Duplikat faktury",
        "details": ["Duplikat faktury o numerze KSeF …"],
        "extensions": {"originalKsefNumber": "x", "originalSessionReferenceNumber": "y"},
    }
    ksef = Ksef(reply({**GOOD["invoice_status"], "status": status}))
    found = ksef.api.invoice_status(access=ACCESS, session=SESSION, invoice=INVOICE)
    assert (found.status.code, found.status.extensions) == (440, status["extensions"])
    assert found.invoice_hash == "00" * 32
    assert found.raw["status"] == status


@pytest.mark.parametrize(
    ("name", "api", "qr"),
    [
        ("production", "https://api.ksef.mf.gov.pl/v2", "https://qr.ksef.mf.gov.pl"),
        ("demo", "https://api-demo.ksef.mf.gov.pl/v2", "https://qr-demo.ksef.mf.gov.pl"),
        ("test", "https://api-test.ksef.mf.gov.pl/v2", "https://qr-test.ksef.mf.gov.pl"),
        ("simulator", "http://127.0.0.1:8100/v2", "http://127.0.0.1:8100"),
    ],
)
def test_each_environment_has_its_own_addresses(name, api, qr):
    found = environment(name, simulator_base="http://127.0.0.1:8100/")
    assert (found.name, found.api, found.qr) == (name, api, qr)


@pytest.mark.parametrize("name", ["prod", "", "simulator"])
def test_an_environment_that_is_none_is_an_error(name):
    with pytest.raises(ValueError, match="No such"):
        environment(name)


@pytest.mark.parametrize(
    ("base", "checked"),
    [
        ("https://api-test.ksef.mf.gov.pl/v2", True),
        ("https://api.ksef.mf.gov.pl/v2", False),
        ("http://127.0.0.1:8100/v2", False),
    ],
)
def test_only_the_test_environment_is_asked_to_check_identifiers(base, checked):
    assert bool(feature_headers(base)) is checked
