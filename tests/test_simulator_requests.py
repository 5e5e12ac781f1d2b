"""Bad input: always a clear 4xx in the format that was asked for, never a 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import openapi_support
from tests.simulator_support import FORM, NIP, Sender, b64, box

MODERN = {"X-Error-Format": "problem-details"}
LOGIN = {
    "challenge": "x" * 36,
    "contextIdentifier": {"type": "Nip", "value": NIP},
    "encryptedToken": b64(bytes(256)),
}
ENCRYPTION = {"encryptedSymmetricKey": b64(bytes(256)), "initializationVector": b64(bytes(16))}
OPEN = {"formCode": FORM, "encryption": ENCRYPTION}


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    with box(tmp_path_factory.mktemp("simulator"), limits_multiplier=10**6) as made:
        yield made


@pytest.fixture(scope="module")
def sender(sim):
    return sim.sender()


def raw(sim, data, kind="application/json"):
    headers = {"Content-Type": kind}
    return sim.request("POST", "/v2/auth/ksef-token", data=data, headers=headers)


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def test_the_openapi_file_is_there_and_every_exchange_was_held_against_it():
    if reason := openapi_support.unavailable():
        pytest.skip(reason)
    assert len(openapi_support.spec()["paths"]) == 78


def test_the_check_against_the_openapi_notices_a_wrong_answer():
    if reason := openapi_support.unavailable():
        pytest.skip(reason)
    headers = {"Content-Type": "application/json"}
    with pytest.raises(AssertionError, match="timestampMs"):
        openapi_support.validate_exchange("POST", "/auth/challenge", None, 200, "{}", headers)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,
        b'"' + b'\\"' * 100_000,
    ],
)
def test_what_is_no_json_is_21001(sim, data):
    assert code(raw(sim, data)) == 21001


@pytest.mark.parametrize("data", [b"null", b"[]", b"1", b'"text"', b"{}"])
def test_json_of_another_shape_is_21405(sim, data):
    assert code(raw(sim, data)) == 21405


def test_another_content_type_is_415(sim):
    assert raw(sim, b"{}", "text/plain").status == 415


def test_a_huge_body_is_413(sim):
    assert raw(sim, b" " * 8_000_001).status == 413


@pytest.mark.parametrize("name", LOGIN)
@pytest.mark.parametrize("value", [None, 1, True, [], {}, "", "\ud800", "x" * 8000])
def test_each_field_of_a_login_is_checked(sim, name, value):
    body = json.dumps(LOGIN | {name: value}).encode()
    assert code(raw(sim, body)) == 21405


@pytest.mark.parametrize("value", [{"type": "nip", "value": NIP}, {"type": "Nip"}, {"value": NIP}])
def test_a_context_of_another_shape_is_refused(sim, value):
    body = json.dumps(LOGIN | {"contextIdentifier": value}).encode()
    assert code(raw(sim, body)) == 21405


def test_unknown_fields_are_ignored(sim):
    body = json.dumps(LOGIN | {"extra": [1, 2]}).encode()
    assert code(raw(sim, body)) == 21111


def test_problem_details_come_when_asked_for(sim):
    answer = Sender(sim.request).call(
        "POST", "/auth/ksef-token", token=None, json={}, headers=MODERN, expect=400
    )
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json["errors"][0]["code"] == 21405


def test_the_old_format_comes_without_asking(sim):
    answer = Sender(sim.request).call("POST", "/auth/ksef-token", token=None, json={}, expect=400)
    details = answer.json["exception"]["exceptionDetailList"][0]
    assert (details["exceptionCode"], "challenge" in details["details"][0]) == (21405, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/collective-identifiers"),
        ("GET", "/peppol/query"),
        ("GET", "/nothing"),
    ],
)
def test_what_the_simulator_does_not_do_is_a_404_that_says_so(sender, method, path):
    answer = sender.call(method, path, expect=404).json
    assert answer["detail"] == "Symulator nie realizuje tej operacji."


def test_a_test_warning_comes_back(sender):
    headers = {"X-Test-System-Warning": "[TEST]: uwaga"}
    answer = sender.call("GET", "/rate-limits", headers=headers, expect=200)
    assert answer.headers["X-System-Warning"] == "[TEST]: uwaga"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RANGE = {"dateType": "Issue", "from": "2026-01-01T00:00:00Z"}
PART = {"ordinalNumber": 1, "fileSize": 16, "fileHash": b64(bytes(32))}
FILE = {"fileSize": 16, "fileHash": b64(bytes(32)), "fileParts": [PART]}
PLACES = [
    ("/sessions/batch", OPEN | {"batchFile": FILE, "offlineMode": False}),
    (
        "/invoices/exports",
        {"encryption": ENCRYPTION, "filters": {"subjectType": "Subject1", "dateRange": RANGE}},
    ),
    ("/certificates/query", {"name": "a", "type": "Offline", "expiresAfter": RANGE["from"]}),
    ("/certificates/retrieve", {"certificateSerialNumbers": ["0" * 16]}),
    ("/testdata/attachment/revoke", {"nip": NIP, "expectedEndDate": "2026-01-01"}),
    ("/testdata/rate-limits", {"rateLimits": {}}),
    ("/testdata/context/block", {"contextIdentifier": {"type": "Nip", "value": "1111111111"}}),
    ("/auth/ksef-token", LOGIN),
    ("/sessions/online", OPEN),
    ("/tokens", {"permissions": [], "description": "opis tokena"}),
    ("/permissions/query/personal/grants", {"permissionTypes": []}),
    (
        "/invoices/query/metadata",
        {"subjectType": "Subject1", "dateRange": RANGE},
    ),
    (
        f"/sessions/online/{'x' * 36}/invoices",
        {
            "invoiceHash": b64(bytes(32)),
            "invoiceSize": 1,
            "encryptedInvoiceHash": b64(bytes(32)),
            "encryptedInvoiceSize": 16,
            "encryptedInvoiceContent": b64(bytes(16)),
        },
    ),
]


@pytest.mark.parametrize(("path", "body"), PLACES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_anything_in_any_field_is_never_a_500(sender, path, body, data):
    name = data.draw(st.sampled_from(sorted(body)))
    sent = json.dumps(body | {name: data.draw(JSON)})
    headers = {"Content-Type": "application/json"}
    assert sender.call("POST", path, data=sent, headers=headers).status < 500


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=60), st.sampled_from(["sessions", "auth", "tokens", "invoices/ksef"]))
def test_anything_in_a_path_is_never_a_500(sender, text, place):
    from urllib.parse import quote

    assert sender.call("GET", f"/{place}/{quote(text, safe='')}").status < 500


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize(("path", "shape"), PLACES)
def test_the_edges_of_the_calendar_are_never_a_500(sender, path, shape, moment):
    text = json.dumps(shape).replace("2026-01-01T00:00:00Z", moment)
    text = text.replace('"2026-01-01"', f'"{moment[:10]}"')
    headers = {"Content-Type": "application/json"}
    assert sender.call("POST", path, data=text, headers=headers).status < 500


@pytest.mark.parametrize("path", ["faults", "settings", "latarnia", "outages"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_anything_in_the_control_interface_is_never_a_500(sim, path, data):
    names = ["kind", "operation", "action", "category", "start", "messages", "limits", "at"]
    body = json.dumps(data.draw(st.dictionaries(st.sampled_from(names), JSON) | JSON))
    headers = {"Content-Type": "application/json"}
    answer = sim.request("POST", f"/control/{path}", data=body, headers=headers)
    assert answer.status < 500
