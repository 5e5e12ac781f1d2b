"""Decimal arithmetic of invoices: half away from zero, never float, never an exponent."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

ZERO = Decimal(0)

# FA(3) numbers have 22 digits at most; whatever `parse` lets through multiplies exactly here.
_CONTEXT = Context(prec=200, rounding=ROUND_HALF_UP)
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_LONGEST = 40


def parse(text: str | None) -> Decimal | None:
    """The number of an XML text (`-12.50`), None if it is not a plain decimal number."""
    text = (text or "").strip(" \t\r\n")
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        return None
    return Decimal(text)


def from_input(text: str | None) -> Decimal | None:
    """The number a person typed: `1 234,56`, `1234.56`, `1.234,56`; None if unclear."""
    text = re.sub(r"[\s\u00a0\u202f]", "", text or "").replace("\u2212", "-")
    if "," in text and "." in text:
        text = text.replace(".", "") if text.rindex(",") > text.rindex(".") else ""
    return parse(text.replace(",", "."))


def round_half_up(number: Decimal, places: int = 2) -> Decimal:
    """Rounded half away from zero (VAT Act, art. 106e(11)): 0.005 → 0.01, −0.005 → −0.01."""
    return number.quantize(Decimal(1).scaleb(-places), context=_CONTEXT)


def times(*factors: Decimal) -> Decimal:
    """The exact product; `*` would round to 28 digits."""
    product = Decimal(1)
    for factor in factors:
        product = _CONTEXT.multiply(product, factor)
    return product


def total(numbers: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    result = ZERO
    for number in numbers:
        result = _CONTEXT.add(result, number)
    return result


def share(number: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """number × part / whole, not yet rounded to money."""
    return _CONTEXT.divide(times(number, part), whole)


def plain(number: Decimal, most: int, least: int = 0) -> str:
    """For XML: no exponent, no plus, no superfluous zeros beyond `least` decimal places.

    Rounded half up to `most` places; zero never has a sign.
    """
    text = f"{round_half_up(number, most):f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    text = f"{whole}.{decimals}" if decimals else whole
    return text.removeprefix("-") if not text.strip("-0.") else text


def display(number: Decimal, language: str = "pl", places: int = 2) -> str:
    """For people: `1 234,56` in Polish (no-break spaces), `1,234.56` in English."""
    text = f"{round_half_up(number, places):,f}"
    if language.lower().startswith("en"):
        return text
    return text.translate(str.maketrans({",": "\u00a0", ".": ","}))
