"""Reading the certificate and key files that people upload.

The Taxpayer App gives two files: `.crt` (PEM certificate) and `.key` (PEM, encrypted PKCS#8).
Read besides: DER, Base64 without its frame, unencrypted PKCS#8, PKCS#1, SEC1, PKCS#12. A
password is never judged before use: whatever opens the key is right.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from auth_ksef.client.errors import clean
from auth_ksef.keyfile_cost import INTEGER, OCTET_STRING, SEQUENCE, elements, is_too_costly
from auth_ksef.keyfile_messages import message
from ksefapp.lib import clock

MAX_SIZE = 100 * 1024
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
PESEL = re.compile(r"(?:PNOPL|PESEL).*?(\d{11})")
NIP = re.compile(r"(?:TINPL|NIP).*?(\d{10})")
SEAL_NIP = re.compile(r"VATPL.*?(\d{10})")

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class KeyFileError(Exception):
    """A file that cannot be used; `code` is a key of `keyfile_messages.MESSAGES`.

    `message("pl")` or `message("en")` tells a person what is wrong and what to do next.
    """

    def __init__(self, code: str, *, text: str | None = None, **values: str):
        super().__init__(code)
        self.code = code
        self._text = text or code
        self._values = values

    def message(self, language: str = "pl") -> str:
        """What happened and the next step, in Polish or English."""
        return message(self._text, language, **self._values)


@dataclass(frozen=True)
class CertificateInfo:
    """What a certificate says; moments in UTC.

    `kind` is "authentication", "offline" or "unknown"; `serial` upper-case hex, 16 digits for
    KSeF's own; `fingerprint` the SHA-256 of the DER in 64 upper-case hex digits.
    """

    kind: str
    common_name: str
    nip: str | None
    pesel: str | None
    serial: str
    valid_from: datetime
    valid_to: datetime
    fingerprint: str
    issuer: str
    algorithm: str
    certificate: x509.Certificate = field(repr=False)


def read_certificate(data: bytes) -> CertificateInfo:
    """The certificate in a PEM or DER file; of a chain, the one that is no authority.

    Raises KeyFileError: too_big, not_a_certificate, unsupported_algorithm.
    """
    _check_size(data)
    blocks = [block for label, block in _pem_blocks(data) if label == b"CERTIFICATE"]
    load = x509.load_pem_x509_certificate if blocks else x509.load_der_x509_certificate
    found = [_certificate(load, block) for block in blocks or [_der(data)]]
    return min(found, key=lambda item: _is_authority(item.certificate))


def read_key(data: bytes, password: str | None) -> PrivateKey:
    """The private key in a PEM or DER file; the password is used only if the key needs one.

    Raises KeyFileError: too_big, not_a_key, password_needed, wrong_password,
    unsupported_algorithm.
    """
    _check_size(data)
    blocks = [block for label, block in _pem_blocks(data) if label.endswith(b"PRIVATE KEY")]
    if blocks:
        return _usable(_pem_key(blocks[0], password))
    if b"-----BEGIN" in data:
        raise KeyFileError("not_a_key")
    return _usable(_der_key(_der(data), password))


def read_pkcs12(data: bytes, password: str | None) -> tuple[CertificateInfo, PrivateKey]:
    """Certificate and key of a PKCS#12 file (.p12, .pfx).

    Raises KeyFileError as `read_certificate` and `read_key` do.
    """
    _check_size(data)
    if not is_pkcs12(data):
        raise KeyFileError("not_a_key")
    _check_cost(data)
    bundle = _opened(password, lambda secret: pkcs12.load_pkcs12(data, secret))
    if bundle.key is None:
        raise KeyFileError("not_a_key")
    if bundle.cert is None:
        raise KeyFileError("not_a_certificate")
    return _described(bundle.cert.certificate), _usable(bundle.key)


def is_pkcs12(data: bytes) -> bool:
    """Whether the file has the outer form of PKCS#12 (SEQUENCE of version 3 and content)."""
    try:
        ((tag, content),) = elements(data)
        inner = elements(content)
    except ValueError:
        return False
    return tag == SEQUENCE and inner[:1] == [(INTEGER, b"\x03")]


def check_pair(
    certificate: CertificateInfo, key: PrivateKey, *, now: datetime, expected_kind: str | None
) -> None:
    """Raises KeyFileError unless key and certificate belong together, are of that kind, valid now.

    Login takes everything but an offline certificate (qualified ones have other key usages);
    KOD II takes nothing but an offline one. Codes: key_mismatch, wrong_kind, expired,
    not_yet_valid.
    """
    if key.public_key() != certificate.certificate.public_key():
        raise KeyFileError("key_mismatch")
    if expected_kind == "authentication" and certificate.kind == "offline":
        raise KeyFileError("wrong_kind")
    if expected_kind == "offline" and certificate.kind != "offline":
        text = "wrong_kind_for_kod2" if certificate.kind == "authentication" else "unknown_kind"
        raise KeyFileError("wrong_kind", text=text)
    if now > certificate.valid_to:
        raise KeyFileError("expired", day=_day(certificate.valid_to))
    if now < certificate.valid_from:
        raise KeyFileError("not_yet_valid", day=_day(certificate.valid_from))


def encrypt_key(key: PrivateKey, password: str) -> bytes:
    """The key as PEM, encrypted PKCS#8, the form in which the Taxpayer App hands it out."""
    encryption = BestAvailableEncryption(password.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _check_cost(der: bytes) -> None:
    if is_too_costly(der):
        raise KeyFileError("unsupported_algorithm")


def _check_size(data: bytes) -> None:
    if len(data) > MAX_SIZE:
        raise KeyFileError("too_big")


def _pem_blocks(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(found[1], found[0]) for found in PEM_BLOCK.finditer(data)]


def _der(data: bytes) -> bytes:
    """The file itself, or what it holds in Base64 without a PEM frame, as KSeF's API gives it."""
    try:
        return base64.b64decode(b"".join(data.split()), validate=True) or data
    except binascii.Error:
        return data


def _certificate(load: Callable[[bytes], x509.Certificate], data: bytes) -> CertificateInfo:
    try:
        return _described(load(data))
    except UnsupportedAlgorithm:
        raise KeyFileError("unsupported_algorithm") from None
    except (ValueError, TypeError, x509.InvalidVersion):
        raise KeyFileError("not_a_certificate") from None


def _described(certificate: x509.Certificate) -> CertificateInfo:
    subject = certificate.subject
    person = _field(subject, NameOID.SERIAL_NUMBER)
    seal = _field(subject, NameOID.ORGANIZATION_IDENTIFIER)
    return CertificateInfo(
        kind=_kind(certificate),
        common_name=_name(subject),
        nip=_match(NIP, person) or _match(SEAL_NIP, seal),
        pesel=_match(PESEL, person),
        serial=f"{certificate.serial_number:016X}",
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex().upper(),
        issuer=_name(certificate.issuer),
        algorithm=_algorithm(certificate.public_key()),
        certificate=certificate,
    )


def _kind(certificate: x509.Certificate) -> str:
    """KSeF gives a certificate one purpose, told by keyUsage; both or none is not KSeF's."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return "unknown"
    kinds = {(True, False): "authentication", (False, True): "offline"}
    return kinds.get((usage.digital_signature, usage.content_commitment), "unknown")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False


def _name(name: x509.Name) -> str:
    words = [_field(name, oid) for oid in (NameOID.GIVEN_NAME, NameOID.SURNAME)]
    alternatives = (
        _field(name, NameOID.COMMON_NAME),
        " ".join(word for word in words if word),
        _field(name, NameOID.ORGANIZATION_NAME),
    )
    return next((text for text in alternatives if text), clean(name.rfc4514_string()))


def _field(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return clean(str(found[0].value)) if found else ""


def _match(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _algorithm(key) -> str:
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey) and key.key_size >= 2048:
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        name = CURVES.get(key.curve.name)
        if name:
            return f"EC {name}"
    raise KeyFileError("unsupported_algorithm")


def _usable(key) -> PrivateKey:
    _algorithm(key)
    return key


def _pem_key(block: bytes, password: str | None):
    if b"Proc-Type: 4,ENCRYPTED" in block:
        return _opened(password, lambda secret: load_pem_private_key(block, secret))
    if block.startswith(b"-----BEGIN ENCRYPTED"):
        return _der_key(_der(b"".join(block.splitlines()[1:-1])), password)
    return _plain(lambda: load_pem_private_key(block, None))


def _der_key(der: bytes, password: str | None):
    if _is_encrypted(der):
        _check_cost(der)
        return _opened(password, lambda secret: load_der_private_key(der, secret))
    return _plain(lambda: load_der_private_key(der, None))


def _is_encrypted(der: bytes) -> bool:
    """Whether it is EncryptedPrivateKeyInfo (RFC 5958): an algorithm and the ciphertext."""
    try:
        ((_, content),) = elements(der)
        return [tag for tag, _ in elements(content)] == [SEQUENCE, OCTET_STRING]
    except ValueError:
        return False


def _plain(load: Callable[[], object]):
    try:
        return load()
    except UnsupportedAlgorithm:
        raise KeyFileError("unsupported_algorithm") from None
    except (ValueError, TypeError):
        raise KeyFileError("not_a_key") from None


def _opened(password: str | None, load: Callable[[bytes | None], object]):
    """What the password opens; without one, what opens by itself."""
    for secret in _spellings(password) if password else [None]:
        try:
            return load(secret)
        except UnsupportedAlgorithm:
            raise KeyFileError("unsupported_algorithm") from None
        except (ValueError, TypeError):
            continue
    raise KeyFileError("wrong_password" if password else "password_needed")


def _spellings(password: str) -> list[bytes]:
    """Programs differ in the encoding of Polish letters."""
    found = [password.encode("utf-8", "replace")]
    for encoding in ("cp1250", "iso-8859-2"):
        try:
            found.append(password.encode(encoding))
        except UnicodeEncodeError:
            continue
    return list(dict.fromkeys(found))


def _day(moment: datetime) -> str:
    day = clock.warsaw(moment)
    return f"{day.day}.{day.month:02d}.{day.year}"
