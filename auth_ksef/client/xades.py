"""The signed login request: AuthTokenRequest 2.1 with an enveloped XAdES-BES signature."""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import CanonicalizationMethod, SignatureConstructionMethod, SignatureMethod, XMLSigner

from auth_ksef.client.auth import CONTEXT_TYPES, Challenge, Context
from auth_ksef.client.errors import KsefRefused

NAMESPACE = "http://ksef.mf.gov.pl/auth/token/2.1"
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SUBJECT_TYPES = ("certificateSubject", "certificateFingerprint")
CONTEXT_VALUE = re.compile(r"[0-9A-Z+*-]{1,40}")
OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])"
IP4 = rf"({OCTET}\.){{3}}{OCTET}"
# schemat_auth_v2-1.xsd, AllowedIps: in this order, at most ten of each.
ALLOWED_IPS = {
    "Ip4Address": re.compile(IP4),
    "Ip4Range": re.compile(f"{IP4}-{IP4}"),
    "Ip4Mask": re.compile(rf"{IP4}/(0|[1-9]|[12][0-9]|3[0-2])"),
}
MOST_IPS = 10
EC_METHODS = {
    "secp256r1": SignatureMethod.ECDSA_SHA256,
    "secp384r1": SignatureMethod.ECDSA_SHA384,
    "secp521r1": SignatureMethod.ECDSA_SHA512,
}

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def build_auth_request(
    challenge: Challenge | str,
    context: Context,
    subject_type: str = "certificateSubject",
    allowed_ips: Sequence[str] = (),
) -> bytes:
    """AuthTokenRequest 2.1 without a signature, to be signed here or by an outside program.

    `allowed_ips` binds the access token to IPv4 addresses ("1.2.3.4"), ranges
    ("1.2.3.4-1.2.3.9") and masks ("1.2.3.0/24"), at most ten of each; empty is any address.
    Raises KsefRefused for a context, subject type or address that KSeF does not know.
    """
    return _serialized(_auth_request(challenge, context, subject_type, allowed_ips))


def sign_auth_request(
    *,
    challenge: Challenge | str,
    context: Context,
    certificate: x509.Certificate,
    private_key: PrivateKey,
    subject_type: str = "certificateSubject",
    allowed_ips: Sequence[str] = (),
    now: datetime,
) -> bytes:
    """AuthTokenRequest 2.1 signed for `xades_login`; RSA from 2048 bits, or EC (R||S value).

    `now` becomes SigningTime; the challenge's own timestamp spares us a wrong clock. Raises
    KsefRefused for a key that KSeF does not accept.
    """
    root = _auth_request(challenge, context, subject_type, allowed_ips)
    signer = _Signer(_method(private_key), certificate, now)
    return _serialized(signer.sign(root, key=private_key, cert=[certificate]))


def _auth_request(
    challenge: Challenge | str, context: Context, subject_type: str, allowed_ips: Sequence[str]
):
    known = context.type in CONTEXT_TYPES and CONTEXT_VALUE.fullmatch(context.value)
    if not known or subject_type not in SUBJECT_TYPES:
        raise KsefRefused("The login context is malformed, nothing was sent")
    text = challenge.challenge if isinstance(challenge, Challenge) else challenge
    root = etree.Element(_tag("AuthTokenRequest", NAMESPACE), nsmap={None: NAMESPACE})
    _add(root, "Challenge", NAMESPACE, text)
    _add(_add(root, "ContextIdentifier", NAMESPACE), context.type, NAMESPACE, context.value)
    _add(root, "SubjectIdentifierType", NAMESPACE, subject_type)
    if allowed_ips:
        policy = _add(root, "AuthorizationPolicy", NAMESPACE)
        _add_ips(_add(policy, "AllowedIps", NAMESPACE), allowed_ips)
    return root


def _add_ips(parent, allowed_ips: Sequence[str]) -> None:
    sorted_out = {
        name: [text for text in allowed_ips if pattern.fullmatch(text)]
        for name, pattern in ALLOWED_IPS.items()
    }
    known = [text for texts in sorted_out.values() for text in texts]
    if len(known) < len(allowed_ips) or max(map(len, sorted_out.values())) > MOST_IPS:
        raise KsefRefused("The allowed addresses are malformed or too many, nothing was sent")
    for name, texts in sorted_out.items():
        for text in texts:
            _add(parent, name, NAMESPACE, text)


def _method(key: PrivateKey) -> SignatureMethod:
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return SignatureMethod.RSA_SHA256
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in EC_METHODS:
        return EC_METHODS[key.curve.name]
    raise KsefRefused("KSeF accepts RSA keys from 2048 bits and EC keys on P-256 and above")


class _Signer(XMLSigner):
    """signxml's signer with qualifying properties of our own making.

    signxml's XAdES class takes the signing time from the system's clock and references the
    properties without a transform, whose digest then depends on the surrounding namespaces.
    """

    def __init__(self, method: SignatureMethod, certificate: x509.Certificate, now: datetime):
        super().__init__(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=method,
            digest_algorithm="sha256",
            c14n_algorithm=EXCLUSIVE,
        )
        self._certificate = certificate
        self._now = now
        self.signature_annotators.append(self._qualify)

    def _qualify(self, sig_root, signing_settings) -> None:
        sig_root.set("Id", "Signature")
        properties = _qualifying_properties(sig_root, self._certificate, self._now)
        _reference(sig_root.find(_tag("SignedInfo", DS)), properties)


def _qualifying_properties(signature, certificate: x509.Certificate, now: datetime):
    holder = etree.SubElement(
        _add(signature, "Object", DS), _tag("QualifyingProperties", XADES), nsmap={"xades": XADES}
    )
    holder.set("Target", "#Signature")
    signed = _add(holder, "SignedProperties", XADES)
    signed.set("Id", "SignedProperties")
    about = _add(signed, "SignedSignatureProperties", XADES)
    _add(about, "SigningTime", XADES, now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _signing_certificate(_add(about, "SigningCertificate", XADES), certificate)
    return signed


def _signing_certificate(parent, certificate: x509.Certificate) -> None:
    cert = _add(parent, "Cert", XADES)
    _digest(_add(cert, "CertDigest", XADES), certificate.public_bytes(Encoding.DER))
    issuer = _add(cert, "IssuerSerial", XADES)
    _add(issuer, "X509IssuerName", DS, certificate.issuer.rfc4514_string())
    _add(issuer, "X509SerialNumber", DS, str(certificate.serial_number))


def _reference(signed_info, properties) -> None:
    reference = _add(signed_info, "Reference", DS)
    reference.set("URI", "#SignedProperties")
    reference.set("Type", SIGNED_PROPERTIES)
    transform = _add(_add(reference, "Transforms", DS), "Transform", DS)
    transform.set("Algorithm", EXCLUSIVE.value)
    _digest(reference, etree.tostring(properties, method="c14n", exclusive=True))


def _digest(parent, data: bytes) -> None:
    _add(parent, "DigestMethod", DS).set("Algorithm", SHA256)
    _add(parent, "DigestValue", DS, base64.b64encode(hashlib.sha256(data).digest()).decode())


def _tag(name: str, namespace: str) -> str:
    return f"{{{namespace}}}{name}"


def _add(parent, name: str, namespace: str, text: str | None = None):
    child = etree.SubElement(parent, _tag(name, namespace))
    child.text = text
    return child


def _serialized(root) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
