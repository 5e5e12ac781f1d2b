"""What the tests of auth_ksef share: keys, certificates, a mocked KSeF and its answers."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from auth_ksef.client import KsefApi, LoginStarted

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = "2026-11-21T13:00:00+00:00"
SESSION = "20261121-SO-2D0C3F5000-A1B2C3D4E5-01"
INVOICE = "20261121-EE-2D0C3F5000-A1B2C3D4E5-02"
LOGIN = "20261121-AU-2D0C3F5000-A1B2C3D4E5-03"
NUMBER = "5265877635-20261121-0123456789AB-CD"
GRANT = "0c9a2b1e-4c1f-4b8e-9a58-0f4b6f3f9c11"
SERIAL = "0123456789ABCDEF"
CHALLENGE = "20261121-CR-20F5EE4000-DA48AE4124-46"
PERSON = ((NameOID.COMMON_NAME, "Jan Kowalski"), (NameOID.SERIAL_NUMBER, "TINPL-5265877635"))
ACCESS = "access.token.of-tests"
STARTED = LoginStarted(LOGIN, "authentication.token", NOW)


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


def usage(*, login: bool = False, offline: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(login, offline, False, False, False, False, False, False, False)


def certificate(
    key,
    *,
    key_usage: x509.KeyUsage | None = None,
    valid_from: datetime = NOW - timedelta(days=1),
    valid_to: datetime = NOW + timedelta(days=700),
    serial: int = 0x0123456789ABCDEF,
    subject: tuple = (
        (NameOID.COMMON_NAME, "Jan Kowalski"),
        (NameOID.SERIAL_NUMBER, "TINPL-5265877635"),
    ),
) -> x509.Certificate:
    """A self-signed certificate for the key."""
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
    )
    if key_usage is not None:
        builder = builder.add_extension(key_usage, critical=True)
    return builder.sign(key, hashes.SHA256())


def key_row(key=None, **changes) -> dict:
    """A PublicKeyCertificate as KSeF publishes it."""
    key = key or rsa_key()
    der = certificate(key).public_bytes(Encoding.DER)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    row = {
        "certificate": b64(der),
        "certificateId": b64(hashlib.sha256(der).digest()),
        "publicKeyId": b64(hashlib.sha256(public).digest()),
        "validFrom": "2026-01-01T00:00:00+00:00",
        "validTo": "2028-01-01T00:00:00+00:00",
        "usage": ["KsefTokenEncryption", "SymmetricKeyEncryption"],
    }
    return {**row, **changes}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Ksef:
    """A mocked KSeF: answers every request with what it was given and remembers the requests."""

    def __init__(self, *replies, **options):
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.api = KsefApi("https://ksef.invalid/v2", http=http, **options)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply


def reply(body=None, status: int = 200, headers: dict | None = None) -> httpx.Response:
    """An answer: JSON from a structure, or bytes as they are."""
    if isinstance(body, bytes):
        return httpx.Response(status, content=body, headers=headers)
    return httpx.Response(status, json=body, headers=headers)


def problem(status: int, *, code: int | None = None, **fields) -> httpx.Response:
    """A problem-details answer as the OpenAPI file has it."""
    body = {"title": "Error", "status": status, "detail": "Opis", "traceId": "1", **fields}
    if code is not None:
        body["errors"] = [{"code": code, "description": "Opis błędu", "details": ["szczegół"]}]
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})
