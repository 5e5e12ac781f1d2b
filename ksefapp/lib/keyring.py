"""Encryption of secrets at rest: AES-256-GCM under one of several keys, the newest first.

A sealed value is `k1.<key id>.<base64url of nonce and ciphertext>`; the key id is the start
of the key's SHA-256, so that a value says which key it needs without revealing it.
"""

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "k1"
KEY_ID_LENGTH = 8


class KeyMissing(Exception):
    """A value is sealed under a key that this process does not have; `.key_id` names it."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no key {key_id} in the keyring")
        self.key_id = key_id


class SealBroken(Exception):
    """A sealed value was changed, cut, or moved to another field."""


def key_new() -> str:
    """A new random 256-bit key as base64url text."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def key_id_of(sealed: str) -> str:
    """The id of the key that a sealed value needs. Raises SealBroken for anything else."""
    parts = sealed.split(".")
    if len(parts) != 3 or parts[0] != PREFIX:
        raise SealBroken("not a sealed value")
    return parts[1]


class Keyring:
    """Several keys; the first one encrypts, all of them decrypt."""

    def __init__(self, keys: list[str]) -> None:
        decoded = [_decode(key) for key in keys if key.strip()]
        if not decoded:
            raise ValueError("a keyring needs at least one key")
        self._keys = {hashlib.sha256(key).hexdigest()[:KEY_ID_LENGTH]: key for key in decoded}
        self._newest = next(iter(self._keys))

    @property
    def ids(self) -> list[str]:
        """Key ids, the encrypting one first."""
        return list(self._keys)

    def seal(self, text: str, *, purpose: str) -> str:
        """Encrypts text; `purpose` (the field's name) must be the same when it is opened."""
        nonce = os.urandom(12)
        box = AESGCM(self._keys[self._newest]).encrypt(nonce, text.encode(), purpose.encode())
        return f"{PREFIX}.{self._newest}.{base64.urlsafe_b64encode(nonce + box).decode()}"

    def open(self, sealed: str, *, purpose: str) -> str:
        """Decrypts. Raises KeyMissing or SealBroken."""
        key_id = key_id_of(sealed)
        if key_id not in self._keys:
            raise KeyMissing(key_id)
        try:
            box = base64.urlsafe_b64decode(sealed.rpartition(".")[2])
            plain = AESGCM(self._keys[key_id]).decrypt(box[:12], box[12:], purpose.encode())
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SealBroken("the sealed value does not open") from error
        return plain.decode()


def _decode(key: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key.strip())
    except (binascii.Error, ValueError) as error:
        raise ValueError("a key is 32 bytes as base64url") from error
    if len(raw) != 32:
        raise ValueError("a key is 32 bytes as base64url")
    return raw
