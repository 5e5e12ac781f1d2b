"""A signed AuthTokenRequest that a person brings back from another program, read as advice.

KSeF judges signatures, not we. What is stopped here cannot succeed there: no XAdES signature, a
detached one, a challenge that is not ours, another context. All else is named and goes out.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from lxml import etree

from auth_ksef.client.errors import clean
from auth_ksef.signed_check import DIGESTS, DS, NS, evaluate
from auth_ksef.signer import TRUSTED_DATA, Signer, signer_of
from ksefapp.lib.xml import XmlRefused, parse_untrusted

MAX_SIZE = 2_000_000  # archival signatures with all their revocation lists stay far below
MAX_NODES = 20_000
REQUEST = "AuthTokenRequest"
CONTEXTS = ("Nip", "InternalId", "NipVatUe", "PeppolId")
SIGNATURE, OBJECT = f"{{{DS}}}Signature", f"{{{DS}}}Object"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
# What other formats begin with, so that the refusal can name them.
FORMATS = ((b"%PDF", "format-pdf"), (b"PK\x03\x04", "format-zip"))
CADES = (b"\x30\x80", b"\x30\x82", b"\x30\x83", b"-----BEGIN PKCS7", b"-----BEGIN CMS")
CERTIFICATES = "ds:KeyInfo/ds:X509Data/ds:X509Certificate"
MAX_CERTIFICATES = 20


class SignedFileError(ValueError):
    """A file that KSeF could not accept for this login; `code` is a key of `signed_messages`."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True)
class SignedFile:
    """What the file says.

    `form` is enveloped or enveloping; `advice` lists (code, facts): what KSeF may object to and
    what could not be evaluated here. `signer` is None where no certificate could be read.
    """

    form: str
    challenge: str
    context_type: str
    context_value: str
    subject_type: str
    sha256: str
    signer: Signer | None
    transforms: tuple[str, ...]
    method: str
    advice: tuple[tuple[str, dict[str, str]], ...] = field(default=())


def read_signed(data: bytes, *, now: datetime) -> SignedFile:
    """Reads an uploaded file; `now` judges the certificate's dates.

    Raises SignedFileError: not-xml, format-…, too-big, unsigned, no-signature, detached,
    no-request, requests.
    """
    root = _parsed(data)
    request, signature, form = _parts(root)
    checked = evaluate(signature, request, form)
    certificate = _certificate(signature)
    signer = _signer(signature, certificate)
    facts = _request_facts(request)
    if any(_request_facts(other) != facts for other in _requests(root)):
        raise SignedFileError("requests")
    several = [("several", {})] if len(list(root.iter(SIGNATURE))) > 1 else []
    advice = [*several, *checked.advice(certificate), *_of_signer(signer, facts, now)]
    return SignedFile(
        form=form,
        sha256=hashlib.sha256(data).hexdigest(),
        signer=signer,
        transforms=checked.transforms,
        method=checked.method,
        advice=tuple(advice),
        **facts,
    )


def signer_in(data: bytes) -> Signer | None:
    """Who signed any XML file, whatever it says; None without a certificate that can be read.

    Raises SignedFileError for what is no XML with a signature.
    """
    signature = next(_parsed(data).iter(SIGNATURE), None)
    if signature is None:
        raise SignedFileError("no-signature")
    return _signer(signature, _certificate(signature))


def check_signed(signed: SignedFile, *, challenge: str, context_type: str, value: str) -> None:
    """Raises SignedFileError unless the file is of this challenge and this context."""
    if (signed.context_type, signed.context_value) != (context_type, value):
        raise SignedFileError("context", given=signed.context_value or "–", wanted=value)
    if signed.challenge != challenge:
        raise SignedFileError("challenge")


def _parsed(data: bytes) -> etree._Element:
    if len(data) > MAX_SIZE:
        raise SignedFileError("too-big")
    for mark, code in FORMATS:
        if data.startswith(mark):
            raise SignedFileError(code)
    if data.startswith(CADES):
        raise SignedFileError("format-cades")
    try:
        root = parse_untrusted(data, max_bytes=MAX_SIZE, allow_bom=True, allow_instructions=True)
    except XmlRefused as error:
        raise SignedFileError("not-xml", pl=error.pl, en=error.en) from None
    if sum(1 for _ in root.iter()) > MAX_NODES:
        raise SignedFileError("too-big")
    return root


def _parts(root: etree._Element) -> tuple[etree._Element, etree._Element, str]:
    """The request, its signature, and the form of the two."""
    signature = next(root.iter(SIGNATURE), None)
    if signature is None:
        raise SignedFileError("unsigned" if _is_request(root) else "no-signature")
    if root.tag == SIGNATURE:
        inside = _enveloped_in_object(root)
        if inside is None:
            raise SignedFileError("detached")
        return inside, root, "enveloping"
    if not _is_request(root):
        known = any(_is_request(node) for node in root.iter(etree.Element))
        raise SignedFileError("detached" if known else "no-request")
    if _points_outside(signature):
        raise SignedFileError("detached")
    return root, signature, "enveloped"


def _requests(root: etree._Element) -> Iterator[etree._Element]:
    """Every request in the file: which of several is the signed one, a trick could hide."""
    yield from (node for node in root.iter(etree.Element) if _is_request(node))
    encoded = (_decoded(node.text or "") for node in root.iter(OBJECT) if not len(node))
    yield from (node for node in encoded if node is not None)


def _is_request(node: etree._Element) -> bool:
    return etree.QName(node).localname == REQUEST


def _enveloped_in_object(signature: etree._Element) -> etree._Element | None:
    for holder in signature.findall("ds:Object", NS):
        found = next((node for node in holder.iter(etree.Element) if _is_request(node)), None)
        if found is None and not len(holder):
            found = _decoded(holder.text or "")
        if found is not None:
            return found
    return None


def _decoded(text: str) -> etree._Element | None:
    """A request that stands in ds:Object as Base64."""
    try:
        root = parse_untrusted(
            base64.b64decode("".join(text.split()), validate=True),
            allow_bom=True,
            allow_instructions=True,
        )
    except (binascii.Error, ValueError):
        return None
    return root if _is_request(root) else None


def _points_outside(signature: etree._Element) -> bool:
    """Whether it covers only what lies outside the file, as a detached signature does."""
    rows = signature.findall("ds:SignedInfo/ds:Reference", NS)
    data = [row.get("URI", "") for row in rows if row.get("Type") != SIGNED_PROPERTIES]
    return bool(data) and all(uri and not uri.startswith("#") for uri in data)


def _request_facts(request: etree._Element) -> dict[str, str]:
    children = {etree.QName(node).localname: node for node in request.iterchildren(etree.Element)}
    context = children.get("ContextIdentifier")
    inner = next(context.iterchildren(etree.Element), None) if context is not None else None
    kind = etree.QName(inner).localname if inner is not None else ""
    return {
        "challenge": _text(children.get("Challenge")),
        "context_type": kind if kind in CONTEXTS else "",
        "context_value": _text(inner),
        "subject_type": _text(children.get("SubjectIdentifierType")),
    }


def _text(node: etree._Element | None) -> str:
    return "" if node is None else clean("".join(node.itertext()).strip(), 100)


def _certificate(signature: etree._Element) -> x509.Certificate | None:
    """The signing certificate: the one that the signed properties name, else the first."""
    found = [_der(node.text or "") for node in signature.findall(CERTIFICATES, NS)]
    loaded = [one for one in map(_loaded, found[:MAX_CERTIFICATES]) if one]
    named = _named(signature)
    chosen = (der for der, _ in loaded if named and _digest(der, named[0]) == named[1])
    wanted = next(chosen, loaded[0][0] if loaded else None)
    return next((certificate for der, certificate in loaded if der == wanted), None)


def _der(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()))
    except binascii.Error:
        return b""


def _loaded(der: bytes) -> tuple[bytes, x509.Certificate] | None:
    try:
        return der, x509.load_der_x509_certificate(der)
    except Exception:
        # The library raises its own and Python's errors alike for a broken certificate.
        return None


def _named(signature: etree._Element) -> tuple[str, bytes] | None:
    """Digest method and value of the certificate in SigningCertificate (also V2)."""
    path = (
        ".//*[local-name()='SigningCertificate' or local-name()='SigningCertificateV2']"
        "/*[local-name()='Cert']/*[local-name()='CertDigest']"
    )
    found = signature.xpath(path)
    if not found:
        return None
    method = found[0].find("ds:DigestMethod", NS)
    value = found[0].findtext("ds:DigestValue", default="", namespaces=NS)
    return (method.get("Algorithm", "") if method is not None else ""), _der(value)


def _digest(der: bytes, method: str) -> bytes:
    name = DIGESTS.get(method)
    return hashlib.new(name, der).digest() if name else b""


def _signer(signature: etree._Element, certificate: x509.Certificate | None) -> Signer | None:
    if certificate is None:
        return None
    trusted = any(
        etree.QName(node).namespace == TRUSTED_DATA for node in signature.iter(etree.Element)
    )
    try:
        return signer_of(certificate, is_trusted=trusted)
    except Exception:
        # Names and dates are decoded only when asked for, and may be broken in many ways.
        return None


def _of_signer(
    signer: Signer | None, facts: dict[str, str], now: datetime
) -> list[tuple[str, dict[str, str]]]:
    """What KSeF may object to in the certificate; podpis zaufany is not the person's own."""
    if signer is None:
        return [("no-certificate", {})]
    found = []
    if now > signer.valid_to:
        found.append(("expired", {"day": f"{signer.valid_to:%d.%m.%Y}"}))
    if now < signer.valid_from:
        found.append(("early", {"day": f"{signer.valid_from:%d.%m.%Y}"}))
    if signer.kind == "trusted":
        return [*found, ("trusted", {})]
    if facts["subject_type"] == "certificateSubject" and not signer.identifier:
        found.append(("no-identifier", {}))
    return found
