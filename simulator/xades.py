"""XAdES signatures verified: what exactly was signed, and with which certificate."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from simulator import auth_request, numbers, xades_policy
from simulator.errors import Invalid
from simulator.xades_policy import DS, NS, bad, one

MAX_SIZE = 2_000_000
# The XPath transforms take time with the square of this; signatures with all their
# timestamps and revocation values have some hundreds of elements and attributes.
MAX_NODES = 5_000
_SIGNATURE = f"{{{DS}}}Signature"
_ID_NAMES = ("Id", "ID", "id")


@dataclass(frozen=True)
class Signed:
    """The AuthTokenRequest and the properties that the signature covers, and its certificate."""

    request: etree._Element
    certificate: x509.Certificate
    properties: etree._Element


def verify(data: bytes) -> Signed:
    """Verify an enveloped or enveloping signature; raises 400 9101, 9102, 9103, 9105, 21115."""
    root = _parse(data)
    signatures = list(root.iter(_SIGNATURE))
    if not signatures:
        raise Invalid(9102)
    if len(signatures) > 1:
        raise Invalid(9103)
    signature = signatures[0]
    ids = _unique_ids(root)
    xades_policy.check(signature)
    request = _covered_request(root, signature, ids)
    properties = _covered_properties(signature, ids)
    certificate = _signing_certificate(signature, properties)
    _check_key(signature, certificate)
    _compute(root, signature, certificate)
    return Signed(request, certificate, properties)


def _parse(data: bytes) -> etree._Element:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(21217) from error
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid(9101, "Dokument nie jest poprawnym XML.") from error
    document = root.getroottree().docinfo
    if document.doctype:
        raise Invalid(9101, "Deklaracja DTD jest niedozwolona.")
    if (document.encoding or "utf-8").lower() != "utf-8":
        raise Invalid(21217)
    if sum(1 + len(node.attrib) + len(node.nsmap) for node in root.iter(etree.Element)) > MAX_NODES:
        raise Invalid(9101, "Dokument jest zbyt złożony.")
    return root


def _unique_ids(root: etree._Element) -> dict[str, etree._Element]:
    """All elements by their Id; one name twice would let a reference mean another element."""
    found: dict[str, etree._Element] = {}
    for node in root.iter(etree.Element):
        for name in _ID_NAMES:
            value = node.get(name)
            if value is None:
                continue
            if value in found:
                raise bad("Identyfikatory elementów powtarzają się.")
            found[value] = node
    return found


def _covered_request(
    root: etree._Element, signature: etree._Element, ids: dict[str, etree._Element]
) -> etree._Element:
    """The request, taken from the very place that a reference covers."""
    if auth_request.is_root(root) and signature.getparent() is root:
        return _enveloped(root, signature)
    if signature is root:
        return _enveloping(signature, ids)
    if any(auth_request.is_root(node) for node in root.iter(etree.Element)):
        raise bad("Podpis w formacie zewnętrznym (detached) nie jest akceptowany.")
    raise Invalid(9101, "Brak elementu AuthTokenRequest.")


def _enveloped(root: etree._Element, signature: etree._Element) -> etree._Element:
    whole = [node for node in xades_policy.references(signature) if node.get("URI") == ""]
    removing = {xades_policy.ENVELOPED, xades_policy.XPATH, xades_policy.FILTER2}
    for reference in whole:
        used = set(xades_policy.transforms(reference))
        if used & removing and used <= removing | xades_policy.C14N:
            return root
    raise bad("Podpis nie obejmuje całego dokumentu.")


def _enveloping(signature: etree._Element, ids: dict[str, etree._Element]) -> etree._Element:
    for reference in xades_policy.references(signature):
        target = ids.get(reference.get("URI", "")[1:])
        if target is None or target.tag != f"{{{DS}}}Object" or target.getparent() is not signature:
            continue
        used = xades_policy.transforms(reference)
        if xades_policy.BASE64 in used and set(used) <= {xades_policy.BASE64}:
            return _decoded(target)
        inner = [node for node in target if isinstance(node.tag, str)]
        if set(used) <= xades_policy.C14N and len(inner) == 1 and auth_request.is_root(inner[0]):
            return inner[0]
    raise bad("Podpis nie obejmuje dokumentu AuthTokenRequest.")


def _decoded(holder: etree._Element) -> etree._Element:
    """A request that was signed as Base64 inside ds:Object."""
    if len(holder):
        raise bad("Obiekt Base64 może zawierać tylko tekst.")
    try:
        data = numbers.from_base64("".join((holder.text or "").split()))
    except ValueError as error:
        raise Invalid(9101, "Nieprawidłowa zawartość Base64.") from error
    root = _parse(data)
    if not auth_request.is_root(root):
        raise Invalid(9101, "Brak elementu AuthTokenRequest.")
    return root


def _covered_properties(
    signature: etree._Element, ids: dict[str, etree._Element]
) -> etree._Element:
    """XAdES SignedProperties of this signature, which a reference must cover."""
    qualifying = one(signature, "ds:Object/xades:QualifyingProperties")
    own = signature.get("Id")
    if own is None or qualifying.get("Target") != f"#{own}":
        raise bad("QualifyingProperties nie wskazuje podpisu.")
    properties = one(qualifying, "xades:SignedProperties")
    for reference in xades_policy.references(signature):
        used = set(xades_policy.transforms(reference))
        covered = ids.get(reference.get("URI", "")[1:]) is properties
        if covered and used <= xades_policy.C14N:
            return properties
    raise bad("Podpis nie obejmuje SignedProperties.")


def _signing_certificate(signature: etree._Element, properties: etree._Element) -> x509.Certificate:
    """The certificate of KeyInfo that SignedProperties names by its digest."""
    signed = one(properties, "xades:SignedSignatureProperties")
    _check_time(one(signed, "xades:SigningTime").text)
    named = [*signed.findall("xades:SigningCertificate/xades:Cert", NS)]
    named += signed.findall("xades:SigningCertificateV2/xades:Cert", NS)
    if not named:
        raise bad("Brak SigningCertificate.")
    for der in _certificates(signature):
        if _has_digest(named[0], der):
            certificate = _load(der)
            _check_issuer(named[0], certificate)
            return certificate
    raise bad("Skrót w SigningCertificate nie zgadza się z certyfikatem.")


def _check_time(text: str | None) -> None:
    try:
        datetime.fromisoformat((text or "").strip())
    except ValueError as error:
        raise bad("Nieprawidłowy SigningTime.") from error


def _certificates(signature: etree._Element) -> list[bytes]:
    nodes = signature.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS)
    if not 0 < len(nodes) <= 10:
        raise Invalid(21115, "Brak certyfikatu w podpisie.")
    try:
        return [numbers.from_base64("".join((node.text or "").split())) for node in nodes]
    except ValueError as error:
        raise Invalid(21115, "Certyfikat nie jest poprawnie zakodowany.") from error


def _has_digest(cert: etree._Element, der: bytes) -> bool:
    digest = one(cert, "xades:CertDigest")
    name = xades_policy.DIGESTS.get(xades_policy.algorithm(digest, "ds:DigestMethod"))
    if name is None:
        raise bad("Niedozwolony algorytm skrótu certyfikatu.")
    stated = "".join((one(digest, "ds:DigestValue").text or "").split())
    return stated == numbers.to_base64(hashlib.new(name, der).digest())


def _load(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
        certificate.subject.rfc4514_string()
        return certificate
    except Exception as error:
        # The library raises its own and Python's errors alike for a broken certificate.
        raise Invalid(21115, "Certyfikatu nie można odczytać.") from error


def _check_issuer(cert: etree._Element, certificate: x509.Certificate) -> None:
    serial = cert.find("xades:IssuerSerial/ds:X509SerialNumber", NS)
    if serial is not None and (serial.text or "").strip() != str(certificate.serial_number):
        raise bad("Numer seryjny w SigningCertificate nie zgadza się z certyfikatem.")


def _check_key(signature: etree._Element, certificate: x509.Certificate) -> None:
    """The key's kind and size, and the fixed length of an ECDSA value (R||S)."""
    key, method = certificate.public_key(), xades_policy.method(signature)
    if isinstance(key, rsa.RSAPublicKey):
        fits, large = method in xades_policy.RSA_METHODS, key.key_size >= 2048
    elif isinstance(key, ec.EllipticCurvePublicKey):
        fits, large = method in xades_policy.EC_METHODS, key.key_size >= 256
        value = _value(signature)
        if len(value) != 2 * ((key.key_size + 7) // 8):
            raise bad("Wartość podpisu ECDSA nie ma postaci R || S.")
    else:
        raise Invalid(21115, "Nieobsługiwany rodzaj klucza.")
    if not fits:
        raise bad("Algorytm podpisu nie pasuje do klucza.")
    if not large:
        raise Invalid(21115, "Klucz jest za krótki.")


def _value(signature: etree._Element) -> bytes:
    text = one(signature, "ds:SignatureValue").text or ""
    try:
        return numbers.from_base64("".join(text.split()))
    except ValueError as error:
        raise bad("Nieprawidłowa wartość podpisu.") from error


def _compute(
    root: etree._Element, signature: etree._Element, certificate: x509.Certificate
) -> None:
    """Digests and signature value; the key comes from us, so KeyInfo is never followed."""
    xmlsec.tree.add_ids(root, list(_ID_NAMES))
    context = xmlsec.SignatureContext()
    public = certificate.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    context.key = xmlsec.Key.from_memory(public, xmlsec.KeyFormat.PEM, None)
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise bad("Podpis jest nieprawidłowy.") from error
