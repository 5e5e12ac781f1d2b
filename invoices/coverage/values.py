"""A valid text for any leaf of the schema, made of a serial number so that it can be found."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from invoices.fa3.nodes import Facets
from ksefapp.lib import nip

_FIRST_DAY = date(2026, 1, 1)
_DAYS = 3_000
_NUMBERS = {"decimal", "integer", "nonNegativeInteger", "positiveInteger", "int", "long", "byte"}


class NoValue(LookupError):
    """None of our texts fits a type of the schema; the message says which."""


def value_of(facets: Facets, fixed: str | None, serial: int, name: str = "") -> str:
    """A text that the schema accepts; another serial number gives another text where it can.

    `name` is put into free texts to make them readable. Raises NoValue.
    """
    if fixed is not None:
        return fixed
    if facets.enumeration:
        return facets.values[serial % len(facets.values)]
    for candidate in _candidates(facets, serial, name):
        if _fits(candidate, facets):
            return candidate
    raise NoValue(f"no text at hand for {facets}")


def _candidates(facets: Facets, serial: int, name: str) -> list[str]:
    if facets.base in _BY_BASE:
        return [_BY_BASE[facets.base](serial)]
    if facets.base in _NUMBERS:
        return _numbers(serial)
    if facets.patterns:
        return [make(serial) for make in _PATTERNED]
    return _words(facets, serial, name)


def _words(facets: Facets, serial: int, name: str) -> list[str]:
    """Markup and Polish letters are in it, because these are what breaks on the way."""
    longest = facets.max_length or 60
    code = f"Z{serial:04d}"
    words = f'{code} {name} ąż & <b> "ś"'
    return [words[:longest].rstrip(), _account(serial), code.ljust(facets.min_length or 0, "Z")]


def _numbers(serial: int) -> list[str]:
    return [
        f"{1000 + serial}.{10 + serial % 90}",
        f"{serial % 100}.{1000 + serial % 9000}",
        str(1000 + serial),
        str(serial % 100 + 1),
        "1",
    ]


def _day(serial: int) -> date:
    return _FIRST_DAY + timedelta(days=serial % _DAYS)


def _moment(serial: int) -> str:
    moment = datetime.fromisoformat("2026-01-01T10:00:00+00:00") + timedelta(minutes=serial)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _nip(serial: int) -> str:
    """Serial numbers a hundred apart, so that the check digit can be had in between."""
    found = (f"{5_200_000_000 + serial * 100 + more}" for more in range(100))
    return next(number for number in found if nip.is_valid(number))


def _account(serial: int) -> str:
    return f"61109010140000{serial:012d}"


_BY_BASE: dict[str, Callable[[int], str]] = {
    "date": lambda serial: _day(serial).isoformat(),
    "dateTime": _moment,
    "time": lambda serial: f"{serial % 24:02d}:{serial % 60:02d}:00",
    "boolean": lambda serial: "true",
}
_PATTERNED: tuple[Callable[[int], str], ...] = (
    _nip,
    lambda serial: f"{_nip(serial)}-{serial:05d}",
    lambda serial: f"{_nip(serial)}-20260102-{serial:06X}-{serial + 9:06X}-{serial % 256:02X}",
    lambda serial: f"https://bank.example.pl/p?a=1&IPKSeF=123{serial:010d}",
    lambda serial: f"123{serial:010d}",
    lambda serial: f"z{serial}@example.pl",
    lambda serial: f"Z{serial:04d}",
    lambda serial: f"BREXPLPW{serial % 1000:03d}",
    lambda serial: f"{serial:010d}",
    lambda serial: f"{serial:09d}",
)


def _fits(text: str, facets: Facets) -> bool:
    if any(not re.fullmatch(pattern, text) for pattern in facets.patterns):
        return False
    if not (facets.min_length or 0) <= len(text) <= (facets.max_length or len(text)):
        return False
    return facets.base not in _NUMBERS or _number_fits(text, facets)


def _number_fits(text: str, facets: Facets) -> bool:
    whole, _, fraction = text.partition(".")
    if fraction and (facets.base != "decimal" or len(fraction) > (facets.fraction_digits or 99)):
        return False
    if len(whole + fraction) > (facets.total_digits or 99):
        return False
    low, high = facets.min_inclusive or facets.min_exclusive, facets.max_inclusive
    return (low is None or Decimal(text) >= Decimal(low)) and (
        high is None or Decimal(text) <= Decimal(high)
    )
