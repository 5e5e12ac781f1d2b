"""Encryption towards KSeF: tokens and session keys by RSA-OAEP, invoices by AES-256-CBC."""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from auth_ksef.client.errors import KsefLater, KsefRefused

TOKEN_ENCRYPTION = "KsefTokenEncryption"  # noqa: S105 - the name of a usage
SESSION_ENCRYPTION = "SymmetricKeyEncryption"
KEY_NOT_ACCEPTED = 21470
CHUNK = 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True)
class PublicKey:
    """A public key of the Ministry (`PublicKeyCertificate`), fit for RSA-OAEP.

    `id` is publicKeyId (Base64), `usage` holds TOKEN_ENCRYPTION or SESSION_ENCRYPTION, the
    certificate is DER, the moments are UTC.
    """

    id: str
    usage: tuple[str, ...]
    certificate_der: bytes = field(repr=False)
    valid_from: datetime
    valid_to: datetime

    def encrypt(self, secret: bytes) -> bytes:
        """RSAES-OAEP with SHA-256 and MGF1-SHA-256."""
        sha256 = hashes.SHA256()
        oaep = rsa_padding.OAEP(rsa_padding.MGF1(sha256), sha256, label=None)
        return rsa_public_key(self.certificate_der).encrypt(secret, oaep)


def rsa_public_key(certificate_der: bytes) -> rsa.RSAPublicKey:
    """The certificate's RSA key of at least 2048 bits; raises ValueError for anything else."""
    key = x509.load_der_x509_certificate(certificate_der).public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise ValueError("not an RSA key of at least 2048 bits")
    return key


def fit_keys(keys: Iterable[PublicKey], usage: str, now: datetime) -> list[PublicKey]:
    """The keys of that usage that are valid now."""
    return [key for key in keys if usage in key.usage and key.valid_from <= now <= key.valid_to]


def pick_key(keys: Iterable[PublicKey], usage: str, now: datetime) -> PublicKey:
    """The key of that usage valid now, the one published last; KsefLater if there is none."""
    fit = fit_keys(keys, usage, now)
    if not fit:
        raise KsefLater(f"KSeF publishes no valid key for {usage} at this moment")
    return max(fit, key=lambda key: key.valid_from)


def with_fresh_key(
    fetch: Callable[[], list[PublicKey]],
    usage: str,
    now: datetime,
    call: Callable[[PublicKey], T],
    *,
    known: Iterable[PublicKey] = (),
) -> T:
    """Runs call(key); when KSeF no longer accepts the key (21470), once more with fresh keys.

    `fetch` is `KsefApi.public_keys`, `known` the keys remembered from an earlier fetch. The
    call must make everything that depends on the key anew (a new SessionKey). 21470 is given
    before anything takes effect, so the repetition is safe.
    """
    fit = fit_keys(known, usage, now) or fit_keys(fetch(), usage, now)
    try:
        return call(pick_key(fit, usage, now))
    except KsefRefused as error:
        if error.code != KEY_NOT_ACCEPTED:
            raise
    return call(pick_key(fetch(), usage, now))


@dataclass(frozen=True)
class SealedInvoice:
    """An invoice ready to be sent: hashes and content in Base64, sizes in bytes."""

    invoice_hash: str
    invoice_size: int
    encrypted_hash: str
    encrypted_size: int
    content: str = field(repr=False)
    sha256: str


@dataclass(frozen=True)
class SealedFile:
    """What `SessionKey.seal_stream` wrote: size in bytes and SHA-256 in hex, before and after."""

    size: int
    sha256: str
    sealed_size: int
    sealed_sha256: str


@dataclass(frozen=True)
class SessionKey:
    """The symmetric key of one session and its wrapping for KSeF.

    The initialization vector travels only in `encryption.initializationVector` of the session's
    opening; it is not put before the ciphertext, whatever the guide says.
    """

    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    public_key_id: str

    @classmethod
    def new(cls, key: PublicKey) -> "SessionKey":
        """A random AES-256 key and vector, wrapped for that public key."""
        secret = os.urandom(32)
        return cls(secret, os.urandom(16), key.encrypt(secret), key.id)

    def to_secret(self) -> str:
        """The whole as text; the caller stores it encrypted, to go on after a restart."""
        parts = {"key": self.key, "iv": self.iv, "wrapped": self.wrapped}
        encoded = {name: _base64(value) for name, value in parts.items()}
        return json.dumps({**encoded, "public_key_id": self.public_key_id})

    @classmethod
    def from_secret(cls, text: str) -> "SessionKey":
        """The inverse of `to_secret`; ValueError for another text."""
        try:
            parts = json.loads(text)
            decoded = [base64.b64decode(parts[name]) for name in ("key", "iv", "wrapped")]
            return cls(*decoded, public_key_id=parts["public_key_id"])
        except (ValueError, TypeError, KeyError):
            problem = "not a session key"
        raise ValueError(problem)

    def seal(self, xml: bytes) -> SealedInvoice:
        """The invoice encrypted with AES-256-CBC and PKCS#7 (`SendInvoiceRequest`)."""
        padder = padding.PKCS7(128).padder()
        padded = padder.update(xml) + padder.finalize()
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.iv)).encryptor()
        sealed = encryptor.update(padded) + encryptor.finalize()
        digest = hashlib.sha256(xml).digest()
        return SealedInvoice(
            invoice_hash=_base64(digest),
            invoice_size=len(xml),
            encrypted_hash=_base64(hashlib.sha256(sealed).digest()),
            encrypted_size=len(sealed),
            content=_base64(sealed),
            sha256=digest.hex(),
        )

    def seal_stream(self, source: BinaryIO, target: BinaryIO) -> SealedFile:
        """Encrypts what is left of `source` into `target` as `seal` does, in constant memory.

        For a part of a batch package: each part is encrypted by itself, with the same key and
        vector.
        """
        padder = padding.PKCS7(128).padder()
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.iv)).encryptor()
        plain, sealed = _Measured(), _Measured()
        while chunk := source.read(CHUNK):
            plain.add(chunk)
            target.write(sealed.add(encryptor.update(padder.update(chunk))))
        target.write(sealed.add(encryptor.update(padder.finalize()) + encryptor.finalize()))
        return SealedFile(plain.size, plain.sha256(), sealed.size, sealed.sha256())

    def encryption(self) -> dict[str, str]:
        """`EncryptionInfo` for opening a session."""
        return {
            "encryptedSymmetricKey": _base64(self.wrapped),
            "initializationVector": _base64(self.iv),
            "publicKeyId": self.public_key_id,
        }


class _Measured:
    """Size and hash of bytes that pass by."""

    def __init__(self):
        self.size, self._hash = 0, hashlib.sha256()

    def add(self, data: bytes) -> bytes:
        self.size += len(data)
        self._hash.update(data)
        return data

    def sha256(self) -> str:
        return self._hash.hexdigest()


def encrypted_token(token: str, timestamp_ms: int, key: PublicKey) -> str:
    """The token for `POST /auth/ksef-token`: Base64 of OAEP("token|milliseconds")."""
    return _base64(key.encrypt(f"{token}|{timestamp_ms}".encode()))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
