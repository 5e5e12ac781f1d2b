"""Bodies that nobody should send: each is a 4xx that says why."""

import json

import pytest
from django.http import HttpResponse

from ksefapp import middleware
from ksefapp.api.body import MOST_JSON, MOST_XML
from tests.api_support import API, code_of
from tests.cast import program_of

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">&b;</Faktura>"""

NOT_JSON = {
    "nothing": b"",
    "no JSON": b"{",
    "a text": b"to nie JSON",
    "not UTF-8": '{"content": "ł"}'.encode("iso-8859-2"),
    "UTF-16": '{"content": {}}'.encode("utf-16"),
    "a BOM": b'\xef\xbb\xbf{"content": {}}',
    "a list": b"[]",
    "null": b"null",
    "NaN": b'{"content": {"Fa": NaN}}',
    "Infinity": b'{"content": {"Fa": -Infinity}}',
    "a huge number": b'{"content": {"Fa": ' + b"9" * 5000 + b"}}",
    "two of one name": b'{"content": {}, "content": {}}',
    "two of one name inside": b'{"content": {"Fa": {"P_2": "1", "P_2": "2"}}}',
    "NUL in a text": b'{"content": {"Fa": {"P_2": "a\\u0000b"}}}',
    "NUL in a name": b'{"content": {"a\\u0000": "b"}}',
    "half a surrogate pair": b'{"content": {"Fa": {"P_2": "\\ud800"}}}',
    "deep lists": b'{"content": ' + b"[" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "50 levels": b'{"content":' + b'{"a":' * 50 + b"1" + b"}" * 51,
}
WRONG_TYPES = [None, 1, "Fa", [], True, 1.5]
WRONG_TREES = [
    {"Fa": 1},
    {"Fa": None},
    {"Fa": []},
    {"Fa": {"P_15": 100}},
    {"Fa": {"P_15": 1e308}},
    {"Fa": {"FaWiersz": {"P_7": "x"}}},
    {"Fa": {"FaWiersz": ["x"]}},
    {"Fa": {"P_2": {"#": "x"}}},
    {"Fa": {"P_2": "\x07"}},
    {"Naglowek": {"KodFormularza": {"@nic": "x", "#": "FA"}}},
    {"@xmlns": "urn:x"},
    {"#": "x"},
    {"": ""},
    {"Fa/P_2": "x"},
]
NOT_XML = {
    "nothing": b"",
    "no XML": b"<Faktura",
    "a bomb": BOMB,
    "UTF-16": '<?xml version="1.0" encoding="UTF-16"?><Faktura/>'.encode("utf-16"),
    "not UTF-8": b"<Faktura>\xb3</Faktura>",
    "deep": b"<a>" * 10_000,
    "JSON": b'{"content": {}}',
}


@pytest.fixture
def send(owner, company):
    program = program_of(owner, company)

    def send(data: bytes, kind: str = "application/json", **headers):
        url = f"{API}/companies/{company.nip}/drafts/"
        # The test client sends no Content-Type with an empty body by itself.
        return program.generic("POST", url, data, headers=headers, CONTENT_TYPE=kind)

    return send


@pytest.mark.parametrize("data", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json_is_400(data, send):
    response = send(data)
    assert response.status_code == 400
    assert code_of(response) == "invalid_json"


@pytest.mark.parametrize("value", WRONG_TYPES, ids=repr)
def test_content_of_another_type_is_400(value, send):
    response = send(json.dumps({"content": value}).encode())
    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["content"]


@pytest.mark.parametrize("tree", WRONG_TREES, ids=repr)
def test_a_tree_of_another_shape_is_422(tree, send):
    response = send(json.dumps({"content": tree}).encode())
    assert response.status_code == 422
    assert response.json()["error"]["problems"]


@pytest.mark.parametrize("data", NOT_XML.values(), ids=NOT_XML)
def test_what_is_no_xml_is_400(data, send):
    response = send(data, "application/xml")
    assert response.status_code == 400
    assert code_of(response) == "invalid_xml"


def test_other_xml_is_422(send):
    response = send(b"<faktura/>", "application/xml")
    assert response.status_code == 422
    assert response.json()["error"]["problems"][0]["rule"] == "TF-05"


def test_an_element_that_fa3_lacks_is_named(send):
    data = b'<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"><Nic/></Faktura>'
    response = send(data, "text/xml; charset=UTF-8")
    assert response.status_code == 422
    assert response.json()["error"]["problems"][0]["path"] == "Nic"


@pytest.mark.parametrize(
    ("kind", "most"), [("application/json", MOST_JSON), ("application/xml", MOST_XML)]
)
def test_a_body_past_its_limit_is_413(kind, most, send):
    assert code_of(send(b" " * (most + 1), kind)) == "too_large"


def test_a_huge_body_is_413_even_with_an_idempotency_key(send):
    response = send(b" " * 12_000_001, "application/json", **{"Idempotency-Key": "duza"})
    assert response.status_code == 413


def test_a_body_without_length_is_411(send):
    response = send(b"", **{"Transfer-Encoding": "chunked"})
    assert response.status_code == 411
    assert code_of(response) == "length_required"


def test_of_an_endless_body_only_so_much_is_read(rf, monkeypatch):
    monkeypatch.setattr(middleware, "MOST_DISCARDED", 1000)
    request = rf.post("/", b"x" * 5000, content_type="text/plain")
    middleware.BodyReadToEnd(lambda _request: HttpResponse())(request)
    assert len(request.read()) == 4000


def test_a_body_left_by_a_view_is_taken_in(rf):
    request = rf.post("/", b"x" * 200_000, content_type="text/plain")
    middleware.BodyReadToEnd(lambda _request: HttpResponse())(request)
    assert request.read() == b""
