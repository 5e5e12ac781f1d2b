"""Requests for certificates: exactly KSeF's data, in a form that KSeF takes."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from auth_ksef import csr
from simulator import certificate_requests
from simulator.errors import Invalid

PERSON = {
    "commonName": "Anna Maria Nowak",
    "countryName": "PL",
    "givenName": ["Anna", "Maria"],
    "surname": "Nowak",
    "serialNumber": "PNOPL-90010112345",
}
SEAL = {
    "commonName": "Sosna i Syn",
    "countryName": "PL",
    "organizationName": "Sosna i Syn",
    "organizationIdentifier": "VATPL-5265877635",
    "uniqueIdentifier": "abc-1",
}
KEY = csr.key_make(csr.EC)
# What may stand in a name: letters of any language, no controls, no lone surrogates.
WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=120)


def made(data, key=KEY):
    return x509.load_der_x509_csr(csr.csr_make(data, key))


def values(request, oid):
    return [item.value for item in request.subject.get_attributes_for_oid(oid)]


def test_a_key_is_ec_p256_or_rsa_2048():
    assert isinstance(KEY.curve, ec.SECP256R1)
    other = csr.key_make(csr.RSA)
    assert isinstance(other, rsa.RSAPrivateKey)
    assert other.key_size == 2048


def test_a_key_survives_its_pem():
    again = load_pem_private_key(csr.key_pem(KEY).encode(), password=None)
    assert again.public_key() == KEY.public_key()


@pytest.mark.parametrize("data", [PERSON, SEAL], ids=["person", "seal"])
@pytest.mark.parametrize("algorithm", [csr.EC, csr.RSA])
def test_the_request_is_signed_with_its_key_and_says_the_data(data, algorithm):
    key = csr.key_make(algorithm)
    request = made(data, key)
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    assert csr.is_subject(request.subject, data)


def test_each_given_name_is_an_attribute():
    assert values(made(PERSON), NameOID.GIVEN_NAME) == ["Anna", "Maria"]


def test_every_field_of_ksef_has_its_oid():
    everything = dict.fromkeys(csr.OIDS, "x") | {"countryName": "PL"}
    found = {item.oid.dotted_string for item in made(everything).subject}
    assert found == {f"2.5.4.{number}" for number in (3, 4, 5, 6, 10, 42, 45, 97)}


def test_a_field_that_we_do_not_know_is_refused():
    with pytest.raises(csr.CsrRefused, match="title"):
        csr.csr_make(PERSON | {"title": "dr"}, KEY)


def test_another_subject_is_told_apart():
    subject = made(PERSON).subject
    assert not csr.is_subject(subject, PERSON | {"surname": "Nowak-Kos"})
    assert not csr.is_subject(subject, {k: v for k, v in PERSON.items() if k != "surname"})
    assert not csr.is_subject(subject, PERSON | {"uniqueIdentifier": "1"})


@given(
    name=WORDS,
    names=st.lists(WORDS, min_size=1, max_size=4),
    surname=WORDS,
    number=st.from_regex(r"(PNOPL|PESEL|TINPL|NIP)-[0-9]{10,11}", fullmatch=True),
)
def test_whatever_ksef_says_the_simulator_takes_the_request(name, names, surname, number):
    data = PERSON | {"commonName": name, "givenName": names, "surname": surname}
    data["serialNumber"] = number
    expected = data | {"givenName": " ".join(names)}
    request = certificate_requests.read(csr.csr_make(data, KEY), expected)
    assert csr.is_subject(request.subject, data)


def test_the_simulator_refuses_other_data():
    with pytest.raises(Invalid):
        certificate_requests.read(csr.csr_make(SEAL, KEY), SEAL | {"commonName": "Inna"})
