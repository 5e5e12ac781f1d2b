"""NIP, the Polish tax number, and the internal identifiers (IDWew) built on it."""

import re

# As in the XSD (etd:TNrNIP): no leading 0, second and third digit not both 0.
_FORM = re.compile(r"[1-9](?:[0-9][1-9]|[1-9][0-9])[0-9]{7}")
_INTERNAL = re.compile(r"([0-9]{10})-([0-9]{5})")
_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


def clean(text: str) -> str:
    """What a person typed, without blanks, dashes and a leading PL."""
    return re.sub(r"[\s\-\u2010-\u2015]", "", text).upper().removeprefix("PL")


def has_form(nip: str) -> bool:
    """Whether the text looks like a NIP to the FA(3) schema; the checksum is not looked at."""
    return bool(_FORM.fullmatch(nip))


def has_checksum(nip: str) -> bool:
    """Whether ten digits end with the right control digit (weighted sum modulo 11)."""
    if not re.fullmatch(r"[0-9]{10}", nip):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, nip, strict=False))
    return total % 11 == int(nip[9])


def is_valid(nip: str) -> bool:
    """Form and checksum both right."""
    return has_form(nip) and has_checksum(nip)


def nip_of_internal_id(text: str) -> str | None:
    """The NIP inside an IDWew (`NIP-NNNNN`), None if the text has another form."""
    match = _INTERNAL.fullmatch(text)
    return match[1] if match and has_form(match[1]) else None


def has_internal_check_digit(text: str) -> bool:
    """Whether the last digit of an IDWew is the sum of the others × 1, 3, 1, 3… modulo 10."""
    match = _INTERNAL.fullmatch(text)
    if not match:
        return False
    digits = match[1] + match[2]
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:14]))
    return total % 10 == int(digits[14])
