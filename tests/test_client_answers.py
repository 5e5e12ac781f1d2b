"""No answer, however hostile, leaves the client as anything but a value or its three errors."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_ksef.client import GRANTS, LISTS, KsefError, KsefLater, KsefUnknown
from tests.client_support import (
    ACCESS,
    CHALLENGE,
    GRANT,
    INVOICE,
    LATER,
    LOGIN,
    NOW,
    NUMBER,
    SERIAL,
    SESSION,
    Ksef,
    b64,
    key_row,
    reply,
)
from tests.test_client_errors import EVERY, WITH_EFFECT

EVERY = {
    **EVERY,
    "metadata": lambda api: api.metadata(access=ACCESS, subject_type="Subject1", date_from=NOW),
    "context_limits": lambda api: api.context_limits(access=ACCESS),
    "session_invoices_failed": lambda api: api.session_invoices_failed(
        access=ACCESS, session=SESSION
    ),
}
STATUS = {"code": 200, "description": "Sukces"}
TOKEN = {"token": "t.o.k", "validUntil": LATER}
INVOICE_ROW = {
    "ordinalNumber": 1,
    "invoiceNumber": "FV/1",
    "ksefNumber": NUMBER,
    "referenceNumber": INVOICE,
    "invoiceHash": b64(bytes(32)),
    "acquisitionDate": LATER,
    "invoicingDate": LATER,
    "status": {**STATUS, "details": ["a"], "extensions": {"originalKsefNumber": NUMBER}},
}
COUNTS = {"totalInvoiceCount": 1, "successfulInvoiceCount": 1, "failedInvoiceCount": 0}
DATES = {"dateCreated": LATER, "dateUpdated": LATER, "validUntil": LATER}
METADATA_ROW = {
    "ksefNumber": NUMBER,
    "invoiceNumber": "FV/1",
    "invoiceHash": b64(bytes(32)),
    "issueDate": "2026-11-21",
    "invoicingDate": LATER,
    "acquisitionDate": LATER,
    "permanentStorageDate": LATER,
    "invoicingMode": "Online",
    "invoiceType": "Vat",
    "seller": {"nip": "5265877635"},
    "grossAmount": 12.30,
}
TOKEN_ROW = {
    "referenceNumber": SESSION,
    "authorIdentifier": {"type": "Pesel", "value": "90010112345"},
    "contextIdentifier": {"type": "Nip", "value": "5265877635"},
    "description": "Odczyt faktur",
    "requestedPermissions": ["InvoiceRead"],
    "dateCreated": LATER,
    "lastUseDate": None,
    "status": "Active",
    "statusDetails": None,
}
LOGIN_ROW = {
    "startDate": LATER,
    "authenticationMethod": "QualifiedSeal",
    "authenticationMethodInfo": {
        "category": "XadesSignature",
        "code": "xades.qualified-seal",
        "displayName": "Pieczęć kwalifikowana",
    },
    "status": STATUS,
    "refreshTokenValidUntil": LATER,
    "referenceNumber": LOGIN,
    "isCurrent": True,
}
GRANT_ROW = {
    "id": GRANT,
    "authorizedIdentifier": {"type": "Pesel", "value": "90010112345"},
    "permissionScope": "InvoiceWrite",
    "authorizationScope": "SelfInvoicing",
    "role": "VatGroupUnit",
    "description": "Biuro rachunkowe",
    "subjectPersonDetails": {"firstName": "Anna", "lastName": "Nowak", "idDocument": None},
    "startDate": LATER,
    "canDelegate": True,
}
STARTED_OPERATION = {"referenceNumber": SESSION}
GOOD = {
    **{asked.route.name: {asked.rows: [GRANT_ROW], "hasMore": False} for asked in LISTS.values()},
    **{route.name: STARTED_OPERATION for route in GRANTS.values()},
    "grant_revoke": STARTED_OPERATION,
    "authorization_revoke": STARTED_OPERATION,
    "operation_status": {"status": STATUS},
    "attachment_status": {"isAttachmentAllowed": True, "revokedDate": None},
    "certificate_limits": {
        "canRequest": True,
        "enrollment": {"remaining": 5, "limit": 12},
        "certificate": {"remaining": 6, "limit": 6},
    },
    "enrollment_data": {
        "commonName": "Anna Nowak",
        "countryName": "PL",
        "givenName": ["Anna", "Maria"],
        "surname": "Nowak",
        "serialNumber": "PNOPL-90010112345",
        "organizationName": None,
    },
    "enroll": {"referenceNumber": SESSION, "timestamp": LATER},
    "enrollment_status": {
        "requestDate": LATER,
        "status": STATUS,
        "certificateSerialNumber": SERIAL,
    },
    "certificates_retrieve": {
        "certificates": [
            {
                "certificate": b64(b"der"),
                "certificateName": "Podpis",
                "certificateSerialNumber": SERIAL,
                "certificateType": "Authentication",
            }
        ]
    },
    "token_create": {"referenceNumber": SESSION, "token": "20261121-EC|nip-1|secret"},
    "tokens_list": {"continuationToken": None, "tokens": [TOKEN_ROW]},
    "token_status": TOKEN_ROW,
    "logins_list": {"continuationToken": None, "items": [LOGIN_ROW]},
    "public_keys": [key_row()],
    "challenge": {
        "challenge": CHALLENGE,
        "timestampMs": 1,
        "timestamp": LATER,
        "clientIp": "1.1.1.1",
    },
    "xades_login": {"referenceNumber": LOGIN, "authenticationToken": TOKEN},
    "login_status": {
        "startDate": LATER,
        "authenticationMethodInfo": {"code": "token"},
        "status": STATUS,
    },
    "redeem": {"accessToken": TOKEN, "refreshToken": TOKEN},
    "refresh": {"accessToken": TOKEN},
    "session_open": {"referenceNumber": SESSION, "validUntil": LATER},
    "invoice_send": {"referenceNumber": INVOICE},
    "batch_open": {
        "referenceNumber": SESSION,
        "partUploadRequests": [
            {
                "ordinalNumber": 1,
                "method": "PUT",
                "url": "https://storage.invalid/part?sig=abc",
                "headers": {"x-ms-blob-type": "BlockBlob", "x-none": None},
            }
        ],
    },
    "certificates_query": {
        "hasMore": False,
        "certificates": [
            {
                "certificateSerialNumber": "0123456789ABCDEF",
                "name": "KOD II",
                "type": "Offline",
                "status": "Active",
                "validFrom": LATER,
                "validTo": LATER,
            }
        ],
    },
    "session_status": {
        "status": STATUS,
        **DATES,
        "upo": {"pages": [{"referenceNumber": SESSION, "downloadUrl": "https://x.invalid"}]},
        "invoiceCount": 1,
    },
    "session_list": {
        "continuationToken": "next",
        "sessions": [{"referenceNumber": SESSION, "status": STATUS, **DATES, **COUNTS}],
    },
    "session_invoices": {"continuationToken": None, "invoices": [INVOICE_ROW]},
    "session_invoices_failed": {"invoices": [INVOICE_ROW]},
    "invoice_status": INVOICE_ROW,
    "own_permissions": {
        "permissions": [{"permissionScope": "InvoiceRead", "permissionState": "Active"}],
        "hasMore": False,
    },
    "metadata": {"hasMore": False, "isTruncated": False, "invoices": [METADATA_ROW]},
    "rate_limits": {"invoiceSend": {"perSecond": 10}},
    "context_limits": {"onlineSession": {}},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = sorted(GOOD)


def ask(name: str, answer) -> object:
    """The call's value, or None when it failed in one of the three ways."""
    try:
        return EVERY[name](Ksef(answer).api)
    except KsefError:
        return None


def paths(value, path=()):
    """Every place inside a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


def replaced(value, path, new):
    """The value with another one put at the path."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("name", NAMES)
def test_a_good_answer_becomes_a_value(name):
    assert ask(name, reply(GOOD[name])) is not None


@given(name=st.sampled_from(NAMES), answer=JSON)
@settings(max_examples=300, deadline=None)
def test_any_json_becomes_a_value_or_one_of_three_errors(name, answer):
    ask(name, reply(json.dumps(answer).encode()))


@given(data=st.data(), name=st.sampled_from(NAMES))
@settings(max_examples=400, deadline=None)
def test_one_wrong_field_becomes_a_value_or_one_of_three_errors(data, name):
    path = data.draw(st.sampled_from(list(paths(GOOD[name]))))
    answer = replaced(GOOD[name], path, data.draw(JSON))
    ask(name, reply(json.dumps(answer).encode()))


@given(
    name=st.sampled_from(sorted(EVERY)), body=st.binary(max_size=200), status=st.integers(200, 599)
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_with_any_status_become_a_value_or_one_of_three_errors(name, body, status):
    ask(name, reply(body, status))


BROKEN = {
    "not JSON": b"{",
    "not UTF-8": b'{"referenceNumber": "\xff"}',
    "deep": b"[" * 200_000,
    "deep and closed": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a huge number": b'{"referenceNumber": ' + b"9" * 10_000 + b"}",
    "not a number": b'{"referenceNumber": NaN}',
    "empty": b"",
    "a list": b"[]",
    "a page": b"<html>login to the hotel's network</html>",
    "a path": b'{"referenceNumber": "../../x", "validUntil": "2026-11-21T00:00:00Z"}',
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize(
    "name", ["session_open", "invoice_send", "redeem", "batch_open", "enroll", "grant_persons"]
)
def test_an_answer_without_sense_to_a_call_with_effect_is_unknown(name, what):
    with pytest.raises(KsefUnknown):
        WITH_EFFECT[name](Ksef(reply(BROKEN[what], 202)).api)


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("name", ["challenge", "session_status", "session_invoices", "tokens_list"])
def test_an_answer_without_sense_to_a_question_means_later(name, what):
    with pytest.raises(KsefLater):
        EVERY[name](Ksef(reply(BROKEN[what])).api)


@pytest.mark.parametrize(
    "change",
    [
        {"continuationToken": 7},
        {"continuationToken": "two\nlines"},
        {"invoices": None},
        {"invoices": [INVOICE_ROW, "?"]},
        {"invoices": [{**INVOICE_ROW, "invoiceHash": "AAAA"}]},
        {"invoices": [{**INVOICE_ROW, "invoiceHash": None}]},
        {"invoices": [{**INVOICE_ROW, "ksefNumber": "../1"}]},
    ],
)
def test_a_broken_list_never_passes_for_a_complete_one(change):
    answer = {**GOOD["session_invoices"], **change}
    with pytest.raises(KsefLater):
        EVERY["session_invoices"](Ksef(reply(answer)).api)


def test_amounts_never_become_floats():
    row = EVERY["metadata"](Ksef(reply(GOOD["metadata"])).api).items[0]
    assert row.raw["grossAmount"] == "12.3"


def test_rows_kept_as_they_came_hold_nothing_that_a_database_refuses():
    strange = {"a\x00b": ["x\ud800", {"y": "line\nline"}], "plain": "żółć\u00a0a"}
    body = json.dumps({**GOOD["invoice_status"], "strange": strange}).encode()
    raw = EVERY["invoice_status"](Ksef(reply(body)).api).raw
    assert raw["strange"] == {"a b": ["x?", {"y": "line line"}], "plain": "żółć\u00a0a"}


def test_a_list_of_permissions_that_never_ends_is_given_up():
    ksef = Ksef(reply({"permissions": [], "hasMore": True}))
    with pytest.raises(KsefLater):
        EVERY["own_permissions"](ksef.api)
    assert len(ksef.requests) == 20
