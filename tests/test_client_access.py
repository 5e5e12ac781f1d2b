"""Certificates, tokens, logins and permissions: what leaves and what is made of the answers."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from auth_ksef.client import (
    GRANTS,
    KEY_COMPROMISE,
    LISTS,
    Context,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    TokenMade,
    build_auth_request,
)
from tests.client_support import (
    ACCESS,
    CHALLENGE,
    GRANT,
    LATER,
    LOGIN,
    SERIAL,
    SESSION,
    Ksef,
    b64,
    problem,
    reply,
)
from tests.test_client_answers import GOOD, GRANT_ROW, LOGIN_ROW, TOKEN_ROW

NIP = Context("Nip", "5265877635")


def sent(ksef: Ksef, number: int = 0) -> dict:
    return json.loads(ksef.requests[number].content)


def test_a_request_for_a_certificate_carries_the_csr_in_base64_and_its_day_in_utc():
    ksef = Ksef(reply(GOOD["enroll"], 202))
    day = datetime(2027, 1, 1, tzinfo=ZoneInfo("Europe/Warsaw"))
    made = ksef.api.enroll(
        access=ACCESS, name="Wystawianie", type="Offline", csr=b"\x30\x82", valid_from=day
    )
    assert made.reference == SESSION
    assert sent(ksef) == {
        "certificateName": "Wystawianie",
        "certificateType": "Offline",
        "csr": b64(b"\x30\x82"),
        "validFrom": "2026-12-31T23:00:00+00:00",
    }


def test_a_certificate_wanted_at_once_names_no_day():
    ksef = Ksef(reply(GOOD["enroll"], 202))
    ksef.api.enroll(access=ACCESS, name="Login", type="Authentication", csr=b"0")
    assert "validFrom" not in sent(ksef)


def test_the_data_of_the_csr_come_to_the_letter_without_what_is_empty():
    given = {
        "commonName": " Anna  Nowak ",
        "countryName": "PL",
        "givenName": ["Anna", "Maria"],
        "surname": "Nowak",
        "organizationName": None,
        "organizationIdentifier": "",
        "somethingNew": "x",
    }
    assert Ksef(reply(given)).api.enrollment_data(access=ACCESS) == {
        "commonName": " Anna  Nowak ",
        "countryName": "PL",
        "givenName": ["Anna", "Maria"],
        "surname": "Nowak",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"commonName": None},
        {"countryName": 7},
        {"surname": ["Nowak"]},
        {"givenName": ["Anna", 3]},
        {"givenName": ["A"] * 11},
        {"surname": "N" * 2001},
    ],
)
def test_data_that_no_csr_can_repeat_are_no_answer(change):
    ksef = Ksef(reply({**GOOD["enrollment_data"], **change}))
    with pytest.raises(KsefLater):
        ksef.api.enrollment_data(access=ACCESS)


def test_a_request_under_way_has_no_serial_number_yet():
    status = {"code": 100, "description": "Wniosek przyjęty"}
    ksef = Ksef(reply({"requestDate": LATER, "status": status, "certificateSerialNumber": None}))
    found = ksef.api.enrollment_status(access=ACCESS, reference=SESSION)
    assert (found.code, found.serial) == (100, None)
    assert found.requested_at.isoformat() == LATER


def test_a_request_older_than_30_days_is_refused_with_410():
    with pytest.raises(KsefRefused) as caught:
        Ksef(problem(410)).api.enrollment_status(access=ACCESS, reference=SESSION)
    assert caught.value.http_status == 410


def test_certificates_are_asked_for_in_upper_case_and_come_as_bytes():
    ksef = Ksef(reply(GOOD["certificates_retrieve"]))
    (file,) = ksef.api.certificates_retrieve(access=ACCESS, serials=[SERIAL.lower()])
    assert sent(ksef) == {"certificateSerialNumbers": [SERIAL]}
    assert (file.serial, file.name, file.der) == (SERIAL, "Podpis", b"der")
    assert "der" not in repr(file)


def test_a_certificate_nobody_asked_for_is_no_answer():
    ksef = Ksef(reply(GOOD["certificates_retrieve"]))
    with pytest.raises(KsefLater):
        ksef.api.certificates_retrieve(access=ACCESS, serials=["F" * 16])


@pytest.mark.parametrize("content", ["", b64(b"0" * 17_000), "?"])
def test_a_file_that_can_be_no_certificate_is_no_answer(content):
    row = {**GOOD["certificates_retrieve"]["certificates"][0], "certificate": content}
    with pytest.raises(KsefLater):
        Ksef(reply({"certificates": [row]})).api.certificates_retrieve(
            access=ACCESS, serials=[SERIAL]
        )


@pytest.mark.parametrize("count", [0, 11])
def test_only_one_to_ten_certificates_are_retrieved_at_once(count):
    ksef = Ksef(reply({}))
    with pytest.raises(ValueError, match="From 1 to 10"):
        ksef.api.certificates_retrieve(access=ACCESS, serials=[SERIAL] * count)
    assert ksef.requests == []


def test_a_revocation_names_its_reason():
    ksef = Ksef(reply(b"", 204))
    ksef.api.certificate_revoke(access=ACCESS, serial=SERIAL, reason=KEY_COMPROMISE)
    assert ksef.requests[0].url.path == f"/v2/certificates/{SERIAL}/revoke"
    assert sent(ksef) == {"revocationReason": "KeyCompromise"}


def test_limits_of_certificates_are_read_by_name():
    found = Ksef(reply(GOOD["certificate_limits"])).api.certificate_limits(access=ACCESS)
    assert (found.can_request, found.requests_left, found.requests_limit) == (True, 5, 12)
    assert (found.certificates_left, found.certificates_limit) == (6, 6)


def test_a_new_tokens_text_shows_in_no_repr():
    ksef = Ksef(reply(GOOD["token_create"], 202))
    made = ksef.api.token_create(
        access=ACCESS, permissions=("InvoiceRead", "InvoiceWrite"), description="Magazyn"
    )
    assert sent(ksef) == {"permissions": ["InvoiceRead", "InvoiceWrite"], "description": "Magazyn"}
    assert made == TokenMade(SESSION, "20261121-EC|nip-1|secret")
    assert "secret" not in repr(made)


def test_a_token_in_a_broken_answer_shows_in_no_error():
    broken = {"referenceNumber": "../x", "token": "20261121-EC|nip-1|secret"}
    with pytest.raises(KsefUnknown) as caught:
        Ksef(reply(broken, 202)).api.token_create(access=ACCESS, permissions=[], description="x")
    assert "secret" not in str(caught.value)
    assert caught.value.raw == b""


def test_all_pages_of_tokens_are_gathered_by_the_continuation_token():
    first = {"continuationToken": "next", "tokens": [TOKEN_ROW]}
    ksef = Ksef(reply(first), reply(GOOD["tokens_list"]))
    rows = ksef.api.tokens_list(access=ACCESS, status=["Active", "Pending"])
    assert [row.author for row in rows] == [("Pesel", "90010112345")] * 2
    tokens = [request.headers.get("x-continuation-token") for request in ksef.requests]
    assert tokens == [None, "next"]
    assert ksef.requests[1].url.params.get_list("status") == ["Active", "Pending"]


@pytest.mark.parametrize("name", ["tokens_list", "logins_list"])
def test_a_list_by_continuation_that_never_ends_is_given_up(name):
    ksef = Ksef(reply({**GOOD[name], "continuationToken": "next"}))
    with pytest.raises(KsefLater, match="does not end"):
        getattr(ksef.api, name)(access=ACCESS)
    assert len(ksef.requests) == 20


def test_a_page_longer_than_asked_for_is_no_answer():
    ksef = Ksef(reply({"continuationToken": None, "tokens": [TOKEN_ROW] * 101}))
    with pytest.raises(KsefLater):
        ksef.api.tokens_list(access=ACCESS)


def test_a_login_says_how_it_was_made_and_whether_it_is_this_one():
    other = {**LOGIN_ROW, "isCurrent": None, "refreshTokenValidUntil": None}
    ksef = Ksef(reply({"items": [LOGIN_ROW, other]}))
    this, that = ksef.api.logins_list(access=ACCESS)
    assert (this.method, this.method_name) == ("xades.qualified-seal", "Pieczęć kwalifikowana")
    assert (this.code, this.reference, this.is_current) == (200, LOGIN, True)
    assert (that.is_current, that.refresh_until) == (False, None)


def test_logging_out_goes_with_whichever_token_is_at_hand():
    ksef = Ksef(reply(b"", 204))
    ksef.api.login_revoke_current(token="refresh.token")
    request = ksef.requests[0]
    assert (request.method, request.url.path) == ("DELETE", "/v2/auth/sessions/current")
    assert request.headers["Authorization"] == "Bearer refresh.token"


@pytest.mark.parametrize("kind", GRANTS)
def test_a_grant_goes_to_the_place_of_its_kind(kind):
    ksef = Ksef(reply(GOOD["grant_persons"], 202))
    assert ksef.api.grant(kind=kind, access=ACCESS, body={"description": "Biuro"}) == SESSION
    assert ksef.requests[0].url.path == "/v2" + GRANTS[kind].path
    assert sent(ksef) == {"description": "Biuro"}


@pytest.mark.parametrize(
    ("name", "part"), [("grant_revoke", "common"), ("authorization_revoke", "authorizations")]
)
def test_a_withdrawal_names_the_row_and_returns_its_operation(name, part):
    ksef = Ksef(reply(GOOD[name], 202))
    assert getattr(ksef.api, name)(access=ACCESS, id=GRANT) == SESSION
    assert ksef.requests[0].method == "DELETE"
    assert ksef.requests[0].url.path == f"/v2/permissions/{part}/grants/{GRANT}"


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        ("persons-here", "PermissionsInCurrentContext"),
        ("persons-granted", "PermissionsGrantedInCurrentContext"),
        ("authorizations-granted", "Granted"),
        ("authorizations-received", "Received"),
        ("subunits", None),
    ],
)
def test_a_list_asks_its_own_question_beside_the_filters(kind, question):
    asked = LISTS[kind]
    ksef = Ksef(reply(GOOD[asked.route.name]))
    ksef.api.grants_list(kind=kind, access=ACCESS, filters={"permissionState": "Active"})
    wanted = {"permissionState": "Active"} | ({"queryType": question} if question else {})
    assert sent(ksef) == wanted


def test_roles_are_asked_for_without_a_body():
    ksef = Ksef(reply(GOOD["roles"]))
    (row,) = ksef.api.grants_list(kind="roles", access=ACCESS)
    assert row["role"] == "VatGroupUnit"
    assert (ksef.requests[0].method, ksef.requests[0].content) == ("GET", b"")


def test_pages_of_grants_are_counted_to_the_last():
    name = LISTS["persons-here"].route.name
    ksef = Ksef(reply({**GOOD[name], "hasMore": True}), reply(GOOD[name]))
    assert len(ksef.api.grants_list(kind="persons-here", access=ACCESS)) == 2
    assert [request.url.params["pageOffset"] for request in ksef.requests] == ["0", "1"]


@pytest.mark.parametrize(
    "change", [{"id": None}, {"id": "../x"}, {"permissionScope": ""}, {"startDate": "soon"}]
)
def test_a_grant_without_id_scope_or_start_is_no_answer(change):
    ksef = Ksef(reply({"permissions": [{**GRANT_ROW, **change}], "hasMore": False}))
    with pytest.raises(KsefLater):
        ksef.api.grants_list(kind="persons-here", access=ACCESS)


def test_what_no_grant_has_is_left_out_of_its_row():
    deep = {"a": {"b": {"c": {"d": {"e": 1}}}}}
    row = {**GRANT_ROW, "description": "x" * 9000, "deep": deep, "huge": 10**30}
    ksef = Ksef(reply({"permissions": [row], "hasMore": False}))
    (found,) = ksef.api.grants_list(kind="persons-here", access=ACCESS)
    assert len(found["description"]) == 2000
    assert (found["deep"], found["huge"]) == ({"a": {"b": {"c": None}}}, None)
    assert found["subjectPersonDetails"] == GRANT_ROW["subjectPersonDetails"]
    assert found["canDelegate"] is True


def test_an_operation_that_failed_is_a_status_not_an_error():
    status = {"code": 420, "description": "Brak uprawnień", "details": ["a"]}
    found = Ksef(reply({"status": status})).api.operation_status(access=ACCESS, reference=SESSION)
    assert (found.code, found.details) == (420, ("a",))


def test_the_consent_to_attachments_says_when_it_ended():
    ksef = Ksef(reply({"isAttachmentAllowed": False, "revokedDate": LATER}))
    found = ksef.api.attachment_status(access=ACCESS)
    assert (found.allowed, found.revoked_at.isoformat()) == (False, LATER)


def test_allowed_addresses_stand_in_the_schemas_order():
    given = ["10.0.0.0/8", "1.2.3.4-1.2.3.9", "5.6.7.8", "1.2.3.4"]
    root = etree.fromstring(build_auth_request(CHALLENGE, NIP, allowed_ips=given))
    policy = root[-1]
    assert [etree.QName(item).localname for item in root][-1] == "AuthorizationPolicy"
    assert [(etree.QName(item).localname, item.text) for item in policy[0]] == [
        ("Ip4Address", "5.6.7.8"),
        ("Ip4Address", "1.2.3.4"),
        ("Ip4Range", "1.2.3.4-1.2.3.9"),
        ("Ip4Mask", "10.0.0.0/8"),
    ]


@pytest.mark.parametrize(
    "given",
    [
        ["1.2.3"],
        ["1.2.3.256"],
        ["1.2.3.4/33"],
        ["1.2.3.4\n"],
        ["::1"],
        ["01.2.3.4"],
        ["1.2.3.4", "<x/>"],
        [f"1.2.3.{number}" for number in range(11)],
    ],
)
def test_addresses_that_the_schema_does_not_take_are_refused(given):
    with pytest.raises(KsefRefused, match="nothing was sent"):
        build_auth_request(CHALLENGE, NIP, allowed_ips=given)
