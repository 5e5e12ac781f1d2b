"""The number KSeF gives an invoice: `NIP-RRRRMMDD-12 hex-CRC`, 35 characters.

KSeF 1.0 numbers have one more dash among the hexadecimal digits; they are read, too.
"""

import re
from dataclasses import dataclass
from datetime import date

_FORM = re.compile(
    r"(?P<nip>[1-9](?:[0-9][1-9]|[1-9][0-9])[0-9]{7}|M[0-9]{9}|[A-Z]{3}[0-9]{7})"
    r"-(?P<day>[0-9]{8})-(?P<technical>[0-9A-F]{6}-?[0-9A-F]{6})-(?P<crc>[0-9A-F]{2})"
)
_POLYNOMIAL = 0x07


@dataclass(frozen=True)
class KsefNumber:
    """The parts of a number; `received_on` is the Warsaw date on which KSeF took it."""

    text: str
    nip: str
    received_on: date
    technical: str
    crc: str


def crc8(data: bytes) -> int:
    """CRC-8 with polynomial 0x07 and initial value 0, as KSeF numbers use it."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ _POLYNOMIAL if crc & 0x80 else crc << 1
            crc &= 0xFF
    return crc


def parse(text: str) -> KsefNumber | None:
    """The parts, None if the form or the date is wrong; the checksum is not looked at."""
    match = _FORM.fullmatch(text)
    if not match:
        return None
    day = match["day"]
    try:
        received_on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None
    return KsefNumber(text, match["nip"], received_on, match["technical"], match["crc"])


def has_checksum(text: str) -> bool:
    """Whether the last two digits are the CRC-8 of the first 32 characters.

    Use it on what a person types. Official examples exist that fail it, so on imported
    documents it may only warn.
    """
    number = parse(text)
    if number is None or len(text) != 35:
        return False
    return f"{crc8(text[:32].encode()):02X}" == number.crc


def is_valid(text: str) -> bool:
    """Form, date and checksum all right."""
    return has_checksum(text)
