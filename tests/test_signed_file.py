"""A signed file read before it leaves: what is stopped, what is only named."""

import functools
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_ksef.client import Context, build_auth_request
from auth_ksef.signed_file import SignedFileError, check_signed, read_signed
from auth_ksef.signed_messages import ADVICE, STOPPED
from ksefapp.lib import clock
from tests import signing_program as program

CHALLENGE = "20261122-CR-20F5EE4000-DA48AE4124-46"
NIP = program.NIP


def request(challenge=CHALLENGE, nip=NIP, **options):
    return build_auth_request(challenge, Context("Nip", nip), **options)


def read(data):
    return read_signed(data, now=clock.now())


def codes(signed):
    return [code for code, _facts in signed.advice]


def refused(data):
    with pytest.raises(SignedFileError) as caught:
        read(data)
    return caught.value.code


@pytest.mark.parametrize(("form", "transforms"), program.LISTED)
def test_each_transform_that_ksef_lists_is_evaluated(form, transforms):
    data = program.signed(request(), program.identity(), form, transforms)
    signed = read(data)
    assert (signed.form, signed.advice) == (form, ())
    assert (signed.challenge, signed.context_value) == (CHALLENGE, NIP)


@pytest.mark.parametrize("name", sorted(program.RSA_METHODS))
def test_each_rsa_algorithm_that_ksef_lists_is_evaluated(name):
    assert codes(read(program.signed(request(), program.identity(), algorithm=name))) == []


@pytest.mark.parametrize("name", sorted(program.EC_METHODS))
def test_each_ecdsa_algorithm_that_ksef_lists_is_evaluated(name):
    who = program.identity(key=program.EC)
    assert codes(read(program.signed(request(), who, algorithm=name))) == []


@pytest.mark.parametrize("name", sorted(program.DIGESTS))
def test_each_digest_that_ksef_lists_is_evaluated(name):
    assert codes(read(program.signed(request(), program.identity(), digest=name))) == []


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [("person", program.PESEL), ("seal", NIP), ("foreign", ""), ("trusted", "5252955037")],
)
def test_the_signer_is_described(kind, identifier):
    who = program.identity(kind)
    signer = read(program.signed(request(), who)).signer
    assert signer.kind == {"foreign": "person"}.get(kind, kind)
    assert (signer.identifier, signer.fingerprint) == (identifier, who.fingerprint)


def test_a_certificate_of_a_trusted_profile_is_not_taken_for_the_persons():
    signed = read(program.signed(request(), program.identity("trusted")))
    assert codes(signed) == ["trusted"]


def test_a_certificate_without_a_number_wants_the_fingerprint():
    foreign = program.identity("foreign")
    assert codes(read(program.signed(request(), foreign))) == ["no-identifier"]
    by_print = request(subject_type="certificateFingerprint")
    assert codes(read(program.signed(by_print, foreign))) == []


def test_an_expired_certificate_is_named_and_not_stopped():
    who = program.identity(start=-30, end=-2)
    assert codes(read(program.signed(request(), who))) == ["expired"]
    early = program.identity(start=5, end=9)
    assert codes(read(program.signed(request(), early))) == ["early"]


def test_a_changed_document_is_named_and_not_stopped():
    data = program.signed(request(), program.identity())
    changed = data.replace(b"certificateSubject", b"certificateFingerprint")
    assert codes(read(changed)) == ["digest"]


def test_a_wrong_value_is_named_and_not_stopped():
    mine, other = program.identity(), program.identity("seal", key=program.EC)
    data = program.signed(request(), mine)
    der = [who.certificate.public_bytes(Encoding.DER) for who in (mine, other)]
    import base64

    old, new = (base64.b64encode(one) for one in der)
    assert "value" in codes(read(data.replace(old, new)))


def test_a_transform_that_cannot_be_evaluated_is_named():
    data = program.signed(request(), program.identity())
    strange = b"http://www.w3.org/TR/1999/REC-xslt-19991116"
    data = data.replace(b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", strange)
    signed = read(data)
    assert ("unknown", {"name": strange.decode()}) in signed.advice
    assert ("unlisted", {"name": strange.decode()}) in signed.advice


def test_another_expression_is_never_run():
    data = program.signed(request(), program.identity(), transforms=("xpath", "exclusive"))
    data = data.replace(b"not(ancestor-or-self::ds:Signature)", b"count(//*//*//*) &gt; 1")
    assert "unknown" in codes(read(data))


def test_an_unlisted_algorithm_is_named_and_not_stopped():
    data = program.signed(request(), program.identity())
    data = data.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#hmac-sha256")
    assert codes(read(data)) == ["unlisted"]


def test_a_signature_without_a_certificate_is_named_and_not_stopped():
    data = program.signed(request(), program.identity())
    start, end = data.index(b"<ds:KeyInfo>"), data.index(b"</ds:KeyInfo>")
    data = data[:start] + data[end + len(b"</ds:KeyInfo>") :]
    assert codes(read(data)) == ["no-certificate"]


def test_two_signatures_are_named_and_not_stopped():
    data = program.signed(request(), program.identity())
    start, end = data.index(b"<ds:Signature "), data.index(b"</AuthTokenRequest>")
    twice = data[:end] + data[start:end] + data[end:]
    assert "several" in codes(read(twice))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7 ...", "format-pdf"),
        (b"PK\x03\x04....", "format-zip"),
        (b"0\x82\x0b\xb8....", "format-cades"),
        (b"not xml", "not-xml"),
        (b"", "not-xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "not-xml"),
        (b"<a>" * 100 + b"</a>" * 100, "not-xml"),
        (b"<a/>", "no-signature"),
        (b"<a>" + b"<b/>" * 30_000 + b"</a>", "too-big"),
        (b" " * 2_000_001, "too-big"),
    ],
)
def test_what_is_no_xades_signature_is_stopped_and_named(data, code):
    assert refused(data) == code


def test_the_file_as_it_was_downloaded_is_stopped():
    assert refused(request()) == "unsigned"


def test_a_detached_signature_is_stopped():
    assert refused(program.detached(request(), program.identity())) == "detached"
    whole = program.signed(request(), program.identity(), "enveloping", ())
    start, end = whole.index(b'<ds:Object Id="Doc">'), whole.index(b"</ds:Object>")
    assert refused(whole[:start] + whole[end + 12 :]) == "detached"


def test_a_reference_to_a_file_beside_is_detached():
    data = program.signed(request(), program.identity())
    data = data.replace(b'URI=""', b'URI="AuthTokenRequest.xml"')
    assert refused(data.replace(b'URI="#Props"', b'URI="#Props" Type="' + PROPERTIES + b'"')) == (
        "detached"
    )


PROPERTIES = b"http://uri.etsi.org/01903#SignedProperties"


def test_a_signature_of_something_else_is_stopped():
    other = program.signed(request(), program.identity()).replace(b"AuthTokenRequest", b"Umowa")
    assert refused(other) == "no-request"


def test_another_challenge_or_context_is_stopped():
    signed = read(program.signed(request(), program.identity()))
    check_signed(signed, challenge=CHALLENGE, context_type="Nip", value=NIP)
    with pytest.raises(SignedFileError, match="challenge"):
        check_signed(signed, challenge="another", context_type="Nip", value=NIP)
    with pytest.raises(SignedFileError, match="context"):
        check_signed(signed, challenge=CHALLENGE, context_type="Nip", value="1111111111")
    with pytest.raises(SignedFileError, match="context"):
        check_signed(signed, challenge=CHALLENGE, context_type="InternalId", value=NIP)


def test_dates_are_judged_by_the_given_moment():
    data = program.signed(request(), program.identity())
    signed = read_signed(data, now=clock.now() + timedelta(days=60))
    assert [code for code, _ in signed.advice] == ["expired"]


@functools.cache
def whole(form):
    inside = () if form == "enveloping" else ("enveloped",)
    return program.signed(request(), program.identity(), form, (*inside, "exclusive"))


def said(data):
    """The codes of what is remarked, or of the refusal."""
    try:
        return set(codes(read(data)))
    except SignedFileError as error:
        return {error.code}


@settings(max_examples=300, deadline=None)
@given(
    form=st.sampled_from(["enveloped", "enveloping"]),
    place=st.integers(0, 6000),
    cut=st.integers(0, 40),
    put=st.binary(max_size=12),
)
def test_whatever_is_damaged_is_read_or_refused(form, place, cut, put):
    data = whole(form)
    place %= len(data)
    damaged = data[:place] + put + data[place + cut :]
    assert said(damaged) <= ADVICE.keys() | STOPPED.keys()


def test_what_is_stored_can_be_stored():
    data = program.signed(request(), program.identity())
    signed = read(data.replace(b"exc-c14n#", b"exc-c14n#" + b"x" * 5000))
    assert all(len(facts.get("name", "")) <= 200 for _, facts in signed.advice)
