"""Internal identifiers of sub-units: `{nip}-{5 digits}`, the last of them a checksum."""

import re

INTERNAL_ID = re.compile(r"[1-9]((\d[1-9])|([1-9]\d))\d{7}-\d{5}")


def check_digit(text: str) -> int:
    """The last digit of an internal identifier, from the fourteen before it (OpenAPI)."""
    digits = [int(sign) for sign in text if sign.isdigit()][:14]
    return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10


def is_internal_id(text: str) -> bool:
    """Whether the text has the form of an internal identifier and its checksum is right."""
    return bool(INTERNAL_ID.fullmatch(text)) and check_digit(text) == int(text[-1])


def nip_of(identifier: str) -> str:
    """The NIP that an InternalId or a NipVatUe begins with."""
    return identifier.partition("-")[0]


def vat_ue_of(identifier: str) -> str:
    """The VAT number of the EU entity in a NipVatUe."""
    return identifier.partition("-")[2]
