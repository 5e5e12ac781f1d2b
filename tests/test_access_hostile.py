"""Files and answers that somebody made to harm: refused or harmless, never an error of ours."""

import base64
import re
from datetime import UTC, datetime

import pytest

from auth_ksef.client import Context
from auth_ksef.client.xades import build_auth_request
from auth_ksef.csr import EC, CsrRefused, csr_make, key_make
from auth_ksef.signed_file import MAX_SIZE, SignedFileError, read_signed
from tests import signing_program as program

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHALLENGE = "20261122-CR-20F5EE4000-DA48AE4124-46"
REQUEST = build_auth_request(CHALLENGE, Context("Nip", "5265877635"), "certificateSubject", ())
FOREIGN = build_auth_request(CHALLENGE, Context("Nip", "8225900795"), "certificateSubject", ())


def signed(form="enveloped") -> str:
    return program.signed(REQUEST, program.identity(), form=form).decode()


def bare(data: bytes) -> str:
    return re.sub(r"^<\?xml.*?\?>\s*", "", data.decode())


def wrapped(text: str, inner: str) -> bytes:
    """The signed file with one more object in its signature."""
    end = text.rindex("</ds:Signature>")
    return f"{text[:end]}<ds:Object>{inner}</ds:Object>{text[end:]}".encode()


def code_of(data: bytes) -> str:
    with pytest.raises(SignedFileError) as caught:
        read_signed(data, now=NOW)
    return caught.value.code


@pytest.mark.parametrize("form", ["enveloped", "enveloping"])
def test_a_second_request_for_another_company_is_stopped(form):
    assert code_of(wrapped(signed(form), bare(FOREIGN))) == "requests"


@pytest.mark.parametrize("form", ["enveloped", "enveloping"])
def test_a_second_request_in_base64_is_stopped_too(form):
    hidden = base64.b64encode(FOREIGN).decode()
    assert code_of(wrapped(signed(form), hidden)) == "requests"


def test_the_same_request_twice_is_no_wrapping():
    assert read_signed(wrapped(signed(), bare(REQUEST)), now=NOW).context_value == "5265877635"


LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
HOSTILE = {
    "entities": LAUGHS.encode(),
    "utf-16": LAUGHS.encode("utf-16"),
    "utf-16 named": f'<?xml version="1.0" encoding="UTF-16"?>{LAUGHS}'.encode("utf-16-le"),
    "utf-7 named": b'<?xml version="1.0" encoding="UTF-7"?><a/>',
    "deep": b"<a>" * 5000 + b"</a>" * 5000,
    "wide": b"<a>" + b"<b/>" * 30_000 + b"</a>",
    "big": b"<a>" + b"x" * MAX_SIZE + b"</a>",
    "attributes": b"<a " + b" ".join(b'b%d="1"' % n for n in range(5000)) + b"/>",
    "external": b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_before_it_harms(name):
    assert code_of(HOSTILE[name]) in ("not-xml", "too-big")


@pytest.mark.parametrize(
    "data",
    [
        {"commonName": "Anna", "countryName": "Łódź"},
        {"commonName": "Anna", "countryName": "PL", "serialNumber": "ż" * 3000},
        {"commonName": "Anna", "countryName": "PL", "pseudonym": "x"},
        {"commonName": "", "countryName": "PL"},
    ],
)
def test_data_that_fit_no_request_are_refused_as_such(data):
    try:
        made = csr_make(data, key_make(EC))
    except CsrRefused:
        return
    assert made[:1] == b"0"
