"""Decryption and hashes as KSeF does them: RSA-OAEP, AES-256-CBC with PKCS#7, SHA-256."""

import hashlib

from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator.numbers import to_base64

OAEP = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def sha256(data: bytes) -> str:
    """SHA-256 in Base64, the form of all hashes in the API."""
    return to_base64(hashlib.sha256(data).digest())


def sha256_hex(text: str) -> str:
    """SHA-256 of a text in hex; tokens are stored only as this."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def unwrap(private_der: bytes, data: bytes) -> bytes:
    """RSAES-OAEP with SHA-256 and MGF1-SHA-256; ValueError when it does not decrypt."""
    key = serialization.load_der_private_key(private_der, None)
    return key.decrypt(data, OAEP)


def decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-256-CBC with PKCS#7 padding; ValueError when length or padding is wrong."""
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def private_der(key) -> bytes:
    """PKCS#8 DER, unencrypted, for the simulator's own store."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_der(key) -> bytes:
    """SubjectPublicKeyInfo in DER."""
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
