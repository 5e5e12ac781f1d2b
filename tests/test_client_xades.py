"""The signed login request, verified with another library than the one that signs."""

import base64
import hashlib

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from lxml import etree

from auth_ksef.client import Context, KsefRefused, build_auth_request, sign_auth_request
from tests.client_support import CHALLENGE, NOW, certificate, ec_key, rsa_key

NIP = Context("Nip", "5265877635")
SPACES = {
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
    "auth": "http://ksef.mf.gov.pl/auth/token/2.1",
}
KEYS = {
    "RSA": lambda: rsa_key(),
    "P-256": lambda: ec_key(),
    "P-384": lambda: ec_key(ec.SECP384R1),
    "P-521": lambda: ec_key(ec.SECP521R1),
}


def signed(key, **changes) -> bytes:
    values = {"challenge": CHALLENGE, "context": NIP, "now": NOW, **changes}
    return sign_auth_request(certificate=certificate(key), private_key=key, **values)


def verify(xml: bytes) -> None:
    """Raises unless xmlsec finds both references and the signature value right."""
    root = etree.fromstring(xml)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    der = base64.b64decode(root.findtext(".//ds:X509Certificate", namespaces=SPACES))
    context.key = xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatCertDer)
    context.verify(root.find("ds:Signature", SPACES))


@pytest.mark.parametrize("kind", KEYS)
def test_another_library_accepts_the_signature(kind):
    verify(signed(KEYS[kind]()))


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
@pytest.mark.parametrize(
    ("old", "new"), [(b"5265877635<", b"1111111111<"), (b"2026-11-21T12:00", b"2026-11-21T13:00")]
)
def test_a_changed_context_or_time_breaks_the_signature(kind, old, new):
    xml = signed(KEYS[kind]())
    assert old in xml
    with pytest.raises(xmlsec.Error):
        verify(xml.replace(old, new))


def test_an_ec_signature_is_r_and_s_of_fixed_width():
    root = etree.fromstring(signed(ec_key()))
    value = root.findtext(".//ds:SignatureValue", namespaces=SPACES)
    assert len(base64.b64decode(value)) == 64


def test_the_signature_is_enveloped_and_names_what_it_signs():
    signature = etree.fromstring(signed(rsa_key())).find("ds:Signature", SPACES)
    children = [etree.QName(child).localname for child in signature]
    assert children == ["SignedInfo", "SignatureValue", "KeyInfo", "Object"]
    uris = [item.get("URI") for item in signature.findall(".//ds:Reference", SPACES)]
    assert uris == ["", "#SignedProperties"]
    properties = signature.find(".//ds:Reference[@URI='#SignedProperties']", SPACES)
    assert properties.get("Type") == "http://uri.etsi.org/01903#SignedProperties"


def test_every_transform_is_on_ksefs_list():
    algorithms = [
        item.get("Algorithm")
        for item in etree.fromstring(signed(rsa_key())).iterfind(".//ds:Transform", SPACES)
    ]
    exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
    assert algorithms == [enveloped, exclusive, exclusive]


def test_the_signed_properties_carry_the_given_time_and_the_certificates_digest():
    key = rsa_key()
    root = etree.fromstring(signed(key))
    assert root.findtext(".//xades:SigningTime", namespaces=SPACES) == "2026-11-21T12:00:00Z"
    digest = root.findtext(".//xades:CertDigest/ds:DigestValue", namespaces=SPACES)
    der = base64.b64decode(root.findtext(".//ds:X509Certificate", namespaces=SPACES))
    assert base64.b64decode(digest) == hashlib.sha256(der).digest()
    serial = root.findtext(".//xades:IssuerSerial/ds:X509SerialNumber", namespaces=SPACES)
    assert int(serial) == certificate(key).serial_number


def test_the_certificate_goes_along_without_a_bare_key():
    root = etree.fromstring(signed(ec_key()))
    der = base64.b64decode(root.findtext(".//ds:X509Certificate", namespaces=SPACES))
    assert x509.load_der_x509_certificate(der).public_key() == ec_key().public_key()
    assert root.find(".//ds:KeyValue", SPACES) is None


@pytest.mark.parametrize(
    ("context", "subject_type"),
    [
        (NIP, "certificateSubject"),
        (Context("InternalId", "5265877635-00017"), "certificateSubject"),
        (Context("NipVatUe", "5265877635-DE123456789"), "certificateFingerprint"),
    ],
)
def test_the_request_says_challenge_context_and_subject_in_the_schemas_order(context, subject_type):
    root = etree.fromstring(build_auth_request(CHALLENGE, context, subject_type))
    found = [(etree.QName(item).localname, item.text) for item in root.iter()]
    assert found == [
        ("AuthTokenRequest", None),
        ("Challenge", CHALLENGE),
        ("ContextIdentifier", None),
        (context.type, context.value),
        ("SubjectIdentifierType", subject_type),
    ]
    assert etree.QName(root).namespace == SPACES["auth"]


def test_no_two_documents_are_mixed_when_one_key_signs_twice():
    first, second = signed(rsa_key()), signed(rsa_key(), context=Context("Nip", "1111111111"))
    verify(first)
    verify(second)
    assert first != second


@pytest.mark.parametrize(
    "context", [Context("Regon", "1"), Context("Nip", "526<587>"), Context("Nip", "")]
)
def test_a_context_unknown_to_ksef_is_refused_before_signing(context):
    with pytest.raises(KsefRefused):
        signed(rsa_key(), context=context)


@pytest.mark.parametrize(
    "key", [rsa_key(1024), ec_key(ec.SECP256K1), dsa.generate_private_key(1024)]
)
def test_a_key_that_ksef_does_not_take_is_refused(key):
    with pytest.raises(KsefRefused):
        sign_auth_request(
            challenge=CHALLENGE,
            context=NIP,
            certificate=certificate(rsa_key()),
            private_key=key,
            now=NOW,
        )
