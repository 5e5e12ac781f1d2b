"""Verification links printed as QR codes (KOD I)."""

import base64
from datetime import date


def sha256_b64url(sha256_hex: str) -> str:
    """The hash of the issued file as base64url without padding, from its 64 hex digits.

    ValueError if these are not 32 bytes in hex.
    """
    digest = bytes.fromhex(sha256_hex)
    if len(digest) != 32:
        raise ValueError("a SHA-256 has 64 hex digits")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def kod1(*, base_url: str, seller_nip: str, issued_on: date, sha256_hex: str) -> str:
    """The link of KOD I: `{base_url}/invoice/{NIP}/{P_1 as DD-MM-YYYY}/{hash}`.

    `base_url` is the environment's verification host without `/invoice`; `sha256_hex` is the
    hash of the exact bytes that KSeF gets.
    """
    day = f"{issued_on:%d-%m-%Y}"
    return f"{base_url.rstrip('/')}/invoice/{seller_nip}/{day}/{sha256_b64url(sha256_hex)}"
