"""Identifiers that KSeF makes: reference numbers, KSeF numbers, NIP and CRC-8."""

import base64
import binascii
import re
import secrets
from datetime import date

NIP = re.compile(r"[1-9]((\d[1-9])|([1-9]\d))\d{7}")
KSEF_NUMBER = re.compile(
    r"([1-9](\d[1-9]|[1-9]\d)\d{7})-(20[2-9]\d|2[1-9]\d{2}|[3-9]\d{3})(0[1-9]|1[0-2])"
    r"(0[1-9]|[12]\d|3[01])-([0-9A-F]{6})-?([0-9A-F]{6})-([0-9A-F]{2})"
)
_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


def crc8(data: bytes) -> int:
    """CRC-8 with the polynomial 0x07 and the initial value 0x00."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1) ^ 0x07 if value & 0x80 else value << 1
            value &= 0xFF
    return value


def ksef_number(nip: str, day: date) -> str:
    """A new KSeF number of 35 characters; `day` is the Warsaw day of acceptance."""
    body = f"{nip}-{day:%Y%m%d}-01{secrets.token_hex(5).upper()}"
    return f"{body}-{crc8(body.encode()):02X}"


def is_ksef_number(text: str) -> bool:
    """Whether the text has the form of a KSeF number and its checksum is right."""
    if not KSEF_NUMBER.fullmatch(text):
        return False
    body, check = text[:-3], text[-2:]
    return f"{crc8(body.encode()):02X}" == check


def reference(kind: str, day: date) -> str:
    """A new reference number of 36 characters; `kind` is two letters such as SO, EE, AU."""
    first, second = secrets.token_hex(5).upper(), secrets.token_hex(5).upper()
    body = f"{day:%Y%m%d}-{kind}-{first}-{second}"
    return f"{body}-{crc8(body.encode()):02X}"


def nip_is_valid(nip: str) -> bool:
    """Whether the text has the form of a NIP and its checksum is right."""
    if not NIP.fullmatch(nip):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(nip, _NIP_WEIGHTS, strict=False))
    return total % 11 == int(nip[9])


def to_base64(data: bytes) -> str:
    """Base64 of the standard alphabet, padded."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Bytes of strict Base64; ValueError for anything else."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not Base64") from error


def to_base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Bytes of Base64url without padding, in its one canonical form; else ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not Base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not Base64url") from error
    if to_base64url(data) != text:
        raise ValueError("not canonical Base64url")
    return data
