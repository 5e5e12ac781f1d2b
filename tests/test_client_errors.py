"""Which of the three failures a lost, late or negative answer is, for calls with and without
effect."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from auth_ksef.client import (
    GRANTS,
    LISTS,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    PackageFacts,
    PartFacts,
    SessionKey,
)
from auth_ksef.client import routes as r
from auth_ksef.client.auth import _public_key
from auth_ksef.client.errors import explain, retry_after_seconds
from tests.client_support import (
    ACCESS,
    GRANT,
    INVOICE,
    LOGIN,
    NUMBER,
    SERIAL,
    SESSION,
    STARTED,
    Ksef,
    key_row,
    problem,
    reply,
)

KEY = SessionKey.new(_public_key(key_row()))
SEALED = KEY.seal(b"<Faktura/>")
PARTS = [PartFacts(1, 16, "00" * 32)]
WITH_EFFECT = {
    "batch_open": lambda api: api.batch_open(
        access=ACCESS, key=KEY, package=PackageFacts(10, "00" * 32), parts=PARTS
    ),
    "batch_close": lambda api: api.batch_close(access=ACCESS, session=SESSION),
    "redeem": lambda api: api.redeem(STARTED),
    "session_open": lambda api: api.session_open(access=ACCESS, key=KEY),
    "invoice_send": lambda api: api.invoice_send(access=ACCESS, session=SESSION, invoice=SEALED),
    "session_close": lambda api: api.session_close(access=ACCESS, session=SESSION),
    "enroll": lambda api: api.enroll(
        access=ACCESS, name="Podpis", type="Authentication", csr=b"csr"
    ),
    "token_create": lambda api: api.token_create(
        access=ACCESS, permissions=["InvoiceRead"], description="Odczyt"
    ),
    "grant_revoke": lambda api: api.grant_revoke(access=ACCESS, id=GRANT),
    "authorization_revoke": lambda api: api.authorization_revoke(access=ACCESS, id=GRANT),
    **{
        route.name: lambda api, kind=kind: api.grant(kind=kind, access=ACCESS, body={})
        for kind, route in GRANTS.items()
    },
}
WITHOUT_EFFECT = {
    "public_keys": lambda api: api.public_keys(),
    "challenge": lambda api: api.challenge(),
    "xades_login": lambda api: api.xades_login(b"<AuthTokenRequest/>"),
    "login_status": lambda api: api.login_status(STARTED),
    "refresh": lambda api: api.refresh(ACCESS),
    "invoice_status": lambda api: api.invoice_status(
        access=ACCESS, session=SESSION, invoice=INVOICE
    ),
    "session_invoices": lambda api: api.session_invoices(access=ACCESS, session=SESSION),
    "session_status": lambda api: api.session_status(access=ACCESS, session=SESSION),
    "session_list": lambda api: api.session_list(access=ACCESS),
    "certificates_query": lambda api: api.certificates_query(access=ACCESS),
    "own_permissions": lambda api: api.own_permissions(access=ACCESS),
    "certificate_limits": lambda api: api.certificate_limits(access=ACCESS),
    "enrollment_data": lambda api: api.enrollment_data(access=ACCESS),
    "enrollment_status": lambda api: api.enrollment_status(access=ACCESS, reference=LOGIN),
    "certificates_retrieve": lambda api: api.certificates_retrieve(access=ACCESS, serials=[SERIAL]),
    "certificate_revoke": lambda api: api.certificate_revoke(access=ACCESS, serial=SERIAL),
    "tokens_list": lambda api: api.tokens_list(access=ACCESS),
    "token_status": lambda api: api.token_status(access=ACCESS, reference=LOGIN),
    "token_revoke": lambda api: api.token_revoke(access=ACCESS, reference=LOGIN),
    "logins_list": lambda api: api.logins_list(access=ACCESS),
    "login_revoke": lambda api: api.login_revoke(access=ACCESS, reference=LOGIN),
    "login_revoke_current": lambda api: api.login_revoke_current(token=ACCESS),
    "operation_status": lambda api: api.operation_status(access=ACCESS, reference=LOGIN),
    "attachment_status": lambda api: api.attachment_status(access=ACCESS),
    **{
        asked.route.name: lambda api, kind=kind: api.grants_list(kind=kind, access=ACCESS)
        for kind, asked in LISTS.items()
    },
    "rate_limits": lambda api: api.rate_limits(access=ACCESS),
    "upo": lambda api: api.upo(access=ACCESS, session=SESSION, invoice=INVOICE),
    "invoice_by_number": lambda api: api.invoice_by_number(access=ACCESS, ksef_number=NUMBER),
}
EVERY = {**WITH_EFFECT, **WITHOUT_EFFECT}
LOST = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.CloseError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
]
NOT_SENT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("busy"),
    httpx.ProxyError("no"),
    httpx.UnsupportedProtocol("gopher"),
]
HTML = reply(b"<html>maintenance</html>", 502, {"content-type": "text/html"})


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("failure", NOT_SENT, ids=lambda item: type(item).__name__)
def test_without_a_connection_every_call_may_be_made_later(name, failure):
    with pytest.raises(KsefLater, match="nothing was sent"):
        EVERY[name](Ksef(failure).api)


@pytest.mark.parametrize("name", WITH_EFFECT)
@pytest.mark.parametrize("failure", LOST, ids=lambda item: type(item).__name__)
def test_a_lost_answer_to_a_call_with_effect_is_unknown(name, failure):
    with pytest.raises(KsefUnknown):
        WITH_EFFECT[name](Ksef(failure).api)


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
@pytest.mark.parametrize("failure", LOST, ids=lambda item: type(item).__name__)
def test_a_lost_answer_to_a_question_may_be_asked_for_later(name, failure):
    with pytest.raises(KsefLater):
        WITHOUT_EFFECT[name](Ksef(failure).api)


@pytest.mark.parametrize("name", WITH_EFFECT)
@pytest.mark.parametrize("status", [301, 302, 307, 408, 425, 500, 502, 503, 504, 599])
def test_a_gateways_answer_to_a_call_with_effect_is_unknown(name, status):
    with pytest.raises(KsefUnknown) as caught:
        WITH_EFFECT[name](Ksef(reply(b"<html/>", status, {"location": "/elsewhere"})).api)
    assert caught.value.http_status == status


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 504])
def test_a_gateways_answer_to_a_question_means_later(name, status):
    with pytest.raises(KsefLater):
        WITHOUT_EFFECT[name](Ksef(reply(b"<html/>", status)).api)


@pytest.mark.parametrize("name", EVERY)
def test_too_many_requests_means_later_with_the_seconds_as_given(name):
    ksef = Ksef(reply({"title": "Too Many Requests"}, 429, {"retry-after": "4711"}))
    with pytest.raises(KsefLater) as caught:
        EVERY[name](ksef.api)
    assert (caught.value.retry_after, caught.value.http_status) == (4711, 429)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refusal_is_refused_with_its_code(name, status):
    with pytest.raises(KsefRefused) as caught:
        EVERY[name](Ksef(problem(status, code=21405)).api)
    error = caught.value
    assert (error.http_status, error.code, error.operation) == (status, 21405, name)
    assert "Opis błędu" in str(error)
    assert "szczegół" in error.details


@pytest.mark.parametrize("name", EVERY)
def test_an_expired_token_is_refused_with_401_so_that_callers_refresh(name):
    with pytest.raises(KsefRefused) as caught:
        EVERY[name](Ksef(reply(b"", 401)).api)
    assert caught.value.http_status == 401


@pytest.mark.parametrize("name", WITH_EFFECT)
def test_a_4xx_that_explains_nothing_is_some_gateways_and_leaves_us_unknowing(name):
    with pytest.raises(KsefUnknown):
        WITH_EFFECT[name](Ksef(reply(b"<html>404</html>", 404)).api)


def test_a_503_keeps_its_retry_after():
    with pytest.raises(KsefUnknown) as caught:
        WITH_EFFECT["invoice_send"](Ksef(reply(b"", 503, {"retry-after": "90"})).api)
    assert caught.value.retry_after == 90


def test_a_rotated_key_shows_as_its_code():
    with pytest.raises(KsefRefused) as caught:
        WITH_EFFECT["session_open"](Ksef(problem(400, code=21470)).api)
    assert caught.value.code == 21470


def test_a_forbidden_call_tells_the_reason():
    body = problem(403, reasonCode="missing-permissions", security={"requiredAnyOf": ["x"]})
    with pytest.raises(KsefRefused) as caught:
        WITH_EFFECT["session_open"](Ksef(body).api)
    assert caught.value.reason_code == "missing-permissions"


def test_the_old_error_format_is_read_too():
    body = {
        "exception": {
            "exceptionDetailList": [
                {"exceptionCode": 21180, "exceptionDescription": "Status sesji", "details": ["a"]}
            ],
            "serviceCode": "00-1",
        }
    }
    with pytest.raises(KsefRefused) as caught:
        WITH_EFFECT["invoice_send"](Ksef(reply(body, 400)).api)
    assert (caught.value.code, caught.value.details) == (21180, ("a",))
    assert "Status sesji" in str(caught.value)


def test_the_old_form_of_a_429_is_read_too():
    body = {"status": {"code": 429, "description": "Too Many Requests", "details": ["Limit 20"]}}
    with pytest.raises(KsefLater, match="Too Many Requests") as caught:
        WITH_EFFECT["invoice_send"](Ksef(reply(body, 429, {"retry-after": "30"})).api)
    assert caught.value.details == ("Limit 20",)


def test_the_start_of_the_answer_is_kept_and_no_more():
    raw = json.dumps({"title": "x" * 100_000}).encode()
    with pytest.raises(KsefRefused) as caught:
        WITH_EFFECT["session_open"](Ksef(reply(raw, 400)).api)
    assert caught.value.raw == raw[: 64 * 1024]


def test_a_token_echoed_by_the_server_gets_into_no_error():
    ksef = Ksef(problem(400, detail=f"Bad header: Bearer {ACCESS}"))
    with pytest.raises(KsefRefused) as caught:
        WITH_EFFECT["session_open"](ksef.api)
    assert ACCESS not in str(caught.value)
    assert ACCESS.encode() not in caught.value.raw


@pytest.mark.parametrize("failure", [*LOST, *NOT_SENT], ids=lambda item: type(item).__name__)
def test_an_error_drags_no_request_along(failure):
    with pytest.raises((KsefLater, KsefUnknown)) as caught:
        WITH_EFFECT["session_open"](Ksef(failure).api)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("token", ["", "two\nlines", "zażółć", "with space", "x" * 20_000, None])
def test_a_token_that_fits_no_header_is_refused_unsent(token):
    ksef = Ksef(reply({}))
    with pytest.raises(KsefRefused, match="nothing was sent"):
        ksef.api.refresh(token)
    assert ksef.requests == []


@pytest.mark.parametrize("reference", ["", "..", "a/b", "a?b", "ą", "x" * 65, "a\n"])
def test_a_reference_that_fits_no_path_is_refused_unsent(reference):
    ksef = Ksef(reply({}))
    with pytest.raises(KsefRefused, match="nothing was sent"):
        ksef.api.session_close(access=ACCESS, session=reference)
    assert ksef.requests == []


NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        ("86400", 86400),
        (" 7 ", 7),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 5000, None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value, seconds):
    assert retry_after_seconds(value, NOW) == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"errors": 5, "exception": [], "status": {"details": 1}}',
        b'{"errors": [{"code": true, "description": 7, "details": {}}]}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b'{"errors": [{"code": "21470"}]}',
    ],
)
def test_an_error_body_of_any_shape_is_read_without_a_fall(body):
    assert explain(body).code is None


def test_texts_of_errors_hold_nothing_that_a_database_refuses():
    said = explain(rb'{"detail": "a\u0000b\ud800c"}').message
    assert said == "a b?c"


def test_every_call_with_effect_is_one_of_those_tested_here():
    assert {route.name for route in r.ALL if route.effect} == set(WITH_EFFECT)
