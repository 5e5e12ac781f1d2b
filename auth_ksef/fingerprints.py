"""The fingerprint by which KSeF knows a certificate: SHA-256 of its DER form, as hex."""

import base64
import binascii
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from auth_ksef.keyfiles import MAX_SIZE, KeyFileError, is_pkcs12, read_pkcs12
from auth_ksef.signed_file import SignedFileError, signer_in
from auth_ksef.signer import Signer, signer_of

LOADERS: tuple[Callable[[bytes], list[x509.Certificate]], ...] = (
    x509.load_pem_x509_certificates,
    lambda data: [x509.load_der_x509_certificate(data)],
    pkcs7.load_pem_pkcs7_certificates,
    pkcs7.load_der_pkcs7_certificates,
)


def fingerprint_read(data: bytes, password: str | None = None) -> Signer:
    """The certificate in a PEM, DER, PKCS#7 or PKCS#12 file, or in a file signed as XAdES.

    Of a chain it is the one that signs. Raises KeyFileError: too_big, not_a_certificate,
    password_needed, wrong_password.
    """
    if len(data) > MAX_SIZE:
        raise KeyFileError("too_big")
    if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return _of_signature(data)
    if is_pkcs12(data):
        info, _key = read_pkcs12(data, password or None)
        return signer_of(info.certificate)
    return _signer(_leaf(_loaded(data)))


def _of_signature(data: bytes) -> Signer:
    try:
        signer = signer_in(data)
    except SignedFileError:
        raise KeyFileError("not_a_certificate") from None
    if signer is None:
        raise KeyFileError("not_a_certificate")
    return signer


def _signer(certificate: x509.Certificate) -> Signer:
    try:
        return signer_of(certificate)
    except Exception:
        # Names and dates are decoded only when asked for, and may be broken in many ways.
        raise KeyFileError("not_a_certificate") from None


def _loaded(data: bytes) -> list[x509.Certificate]:
    for load in LOADERS:
        for form in (data, _plain(data)):
            try:
                found = load(form)
            except Exception:  # noqa: S112 each format complains in its own way
                continue
            if found:
                return found
    raise KeyFileError("not_a_certificate")


def _plain(data: bytes) -> bytes:
    """What stands in Base64 without a PEM frame."""
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except binascii.Error:
        return b""


def _leaf(chain: list[x509.Certificate]) -> x509.Certificate:
    """The certificate that issued none of the others."""
    issuers = {one.issuer for one in chain if one.issuer != one.subject}
    return next((one for one in chain if one.subject not in issuers), chain[0])
