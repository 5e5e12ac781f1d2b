"""Who a right of KSeF is given to: NIP, PESEL, fingerprint, and the identifiers of contexts. Pure.

What a person typed is cleaned first; a wrong one is told before KSeF is asked.
"""

import re
from collections.abc import Callable
from datetime import date

from auth_ksef.messages import Pair, Refusal
from ksefapp.lib import nip as nips

NIP, PESEL, FINGERPRINT = "Nip", "Pesel", "Fingerprint"

_PESEL_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
_CENTURIES = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}
# OpenAPI, VatUeIdentifier: the number of each member state, Northern Ireland included.
_VAT_UE = re.compile(
    r"ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}"
    r"|ES(?:[A-Z]\d{8}|\d{8}[A-Z]|[A-Z]\d{7}[A-Z])|FI\d{8}|FR[A-Z0-9]{2}\d{9}|HR\d{11}|HU\d{8}"
    r"|IE(?:\d{7}[A-Z]{2}|\d[A-Z0-9+*]\d{5}[A-Z])|IT\d{11}|LT(?:\d{9}|\d{12})|LU\d{8}|LV\d{11}"
    r"|MT\d{8}|NL[A-Z0-9+*]{12}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}"
    r"|XI(?:\d{9}|\d{12}|(?:GD|HA)\d{3})",
    re.ASCII,
)

WRONG: dict[str, Pair] = {
    "nip-form": (
        "NIP ma 10 cyfr. Wpisz go z kreskami albo bez.",
        "A NIP has 10 digits. Type it with or without dashes.",
    ),
    "nip-check": (
        "Ostatnia cyfra NIP nie zgadza się z resztą. Sprawdź go.",
        "The last digit of the NIP does not agree with the others. Check it.",
    ),
    "pesel-form": (
        "PESEL ma 11 cyfr i zaczyna się datą urodzenia.",
        "A PESEL has 11 digits and begins with the date of birth.",
    ),
    "pesel-check": (
        "Ostatnia cyfra PESEL nie zgadza się z resztą. Sprawdź go.",
        "The last digit of the PESEL does not agree with the others. Check it.",
    ),
    "fingerprint-form": (
        "Odcisk SHA-256 ma 64 znaki: cyfry i litery od A do F.",
        "A SHA-256 fingerprint has 64 characters: digits and letters from A to F.",
    ),
    "internal-form": (
        "Identyfikator wewnętrzny to NIP, kreska i 5 cyfr, na przykład 5265877635-12345.",
        "An internal identifier is a NIP, a dash and 5 digits, for example 5265877635-12345.",
    ),
    "internal-check": (
        "Ostatnia cyfra identyfikatora wewnętrznego nie zgadza się z resztą. Sprawdź go.",
        "The last digit of the internal identifier does not agree with the others. Check it.",
    ),
    "vat-ue-form": (
        "Wpisz numer VAT UE z kodem kraju, na przykład DE123456789.",
        "Type the EU VAT number with its country code, for example DE123456789.",
    ),
}


class IdentifierWrong(Refusal):
    """What was typed cannot be this identifier; `.code` is a key of WRONG."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(WRONG[code])


def nip_read(text: str) -> str:
    """The ten digits. Raises IdentifierWrong."""
    found = nips.clean(text)
    if not nips.has_form(found):
        raise IdentifierWrong("nip-form")
    if not nips.has_checksum(found):
        raise IdentifierWrong("nip-check")
    return found


def pesel_read(text: str) -> str:
    """The eleven digits. Raises IdentifierWrong."""
    found = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]{11}", found) or pesel_birthday(found) is None:
        raise IdentifierWrong("pesel-form")
    total = sum(
        weight * int(digit) for weight, digit in zip(_PESEL_WEIGHTS, found[:10], strict=True)
    )
    if (10 - total % 10) % 10 != int(found[10]):
        raise IdentifierWrong("pesel-check")
    return found


def pesel_birthday(pesel: str) -> date | None:
    """The day of birth in the first six digits; the month carries the century."""
    century, month = divmod(int(pesel[2:4]), 20)
    try:
        return date(_CENTURIES[century] + int(pesel[:2]), month, int(pesel[4:6]))
    except ValueError:
        return None


def fingerprint_read(text: str) -> str:
    """64 hex digits in upper case, however they were typed. Raises IdentifierWrong."""
    found = re.sub(r"[\s:\-]", "", text).upper()
    if not re.fullmatch(r"[0-9A-F]{64}", found):
        raise IdentifierWrong("fingerprint-form")
    return found


def internal_id_read(text: str) -> str:
    """An internal identifier `NIP-NNNNN`. Raises IdentifierWrong."""
    found = re.sub(r"\s", "", text)
    if nips.nip_of_internal_id(found) is None:
        raise IdentifierWrong("internal-form")
    if not nips.has_internal_check_digit(found):
        raise IdentifierWrong("internal-check")
    return found


def vat_ue_read(text: str) -> str:
    """A VAT number of the European Union with its country code. Raises IdentifierWrong."""
    found = re.sub(r"[\s\-.]", "", text).upper()
    if not _VAT_UE.fullmatch(found):
        raise IdentifierWrong("vat-ue-form")
    return found


READERS: dict[str, Callable[[str], str]] = {
    NIP: nip_read,
    PESEL: pesel_read,
    FINGERPRINT: fingerprint_read,
    "InternalId": internal_id_read,
}
