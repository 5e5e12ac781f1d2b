"""From texts of a person, a file or a program to the columns of a register, with what is wrong.

One reading for the form, CSV and the API, so that all three refuse the same things in the same
words. Nothing is written here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from invoices.fa3 import schema
from ksefapp.lib import money

UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST = 5_000
YES = frozenset({"1", "tak", "t", "yes", "y", "true", "prawda", "x", "on"})
NO = frozenset({"", "0", "nie", "n", "no", "false", "fałsz", "falsz"})


class Wrong(ValueError):
    """A value that a column does not take; the message is a sentence for people."""


@dataclass
class Found:
    """What a row says: values by column, errors and warnings by column."""

    values: dict[str, object] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)


Reader = Callable[[str], object]


def read(given: Mapping[str, object], readers: Mapping[str, Reader]) -> Found:
    """Every column that has a reader; what is not given is read as an empty text."""
    found = Found()
    for name, reader in readers.items():
        try:
            found.values[name] = reader(plain(given.get(name)))
        except Wrong as wrong:
            found.errors[name] = str(wrong)
    return found


def plain(value: object) -> str:
    """A value of a form or of JSON as one line of text. Raises Wrong for lists and objects."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if not isinstance(value, str | int | Decimal):
        raise Wrong(_("Wpisz tekst."))
    return " ".join(UNSTORABLE.sub(" ", str(value)[:LONGEST]).split())


def line(most: int, *, required: str = "") -> Reader:
    """One line of at most so many characters; `required` is said where it is empty."""

    def reader(text: str) -> str:
        if required and not text:
            raise Wrong(_(required))
        if len(text) > most:
            raise Wrong(_("Najwyżej %(most)d znaków.") % {"most": most})
        return text

    return reader


def one_of(values: Callable[[], tuple[str, ...]], text_wrong: str, *, empty: str = "") -> Reader:
    """One of some codes, in capitals or not; an empty text stands for `empty`."""

    def reader(text: str) -> str:
        listed = _by_lower(values())
        if text.lower() not in {"", *listed}:
            raise Wrong(_(text_wrong))
        return listed.get(text.lower(), empty)

    return reader


@cache
def _by_lower(values: tuple[str, ...]) -> dict[str, str]:
    return {value.lower(): value for value in values}


def values_at(path: str) -> Callable[[], tuple[str, ...]]:
    """The codes that the schema has at a path of FA(3)."""
    return lambda: schema.node(path).facets.values


def tick(text: str) -> bool:
    """`tak`, `1`, `x` are yes; `nie`, `0` and nothing are no."""
    if text.lower() in YES | NO:
        return text.lower() in YES
    raise Wrong(_("Wpisz „tak” albo „nie”."))


def days(text: str) -> int | None:
    """Days of credit, 0 to 3650; None for an empty text."""
    short = text.lower().removesuffix("dni").strip()
    if not short:
        return None
    if not re.fullmatch("[0-9]{1,4}", short) or int(short) > 3650:
        raise Wrong(_("Wpisz samą liczbę dni, na przykład 14."))
    return int(short)


def price(text: str) -> Decimal | None:
    """A price with at most 14 digits before and 8 after the point; None for an empty text."""
    short = re.sub(r"\s*(zł|pln|eur|usd|gbp|chf|czk)\.?$", "", text, flags=re.IGNORECASE)
    if not short:
        return None
    number = money.from_input(short)
    if number is None:
        raise Wrong(_("Wpisz samą liczbę, na przykład 1234,50."))
    if number != money.round_half_up(number, 8):
        raise Wrong(_("Cena ma najwyżej 8 miejsc po przecinku."))
    if not 0 <= number < 10**14:
        raise Wrong(_("Cena jest liczbą od 0, najwyżej 14 cyfr przed przecinkiem."))
    return number


def email(text: str) -> str:
    """One address of at most 254 characters, or none."""
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise Wrong(_("Wpisz jeden adres e-mail, na przykład biuro@firma.pl.")) from None
    return line(254)(text)


def shown(value: object) -> str:
    """How a column stands in a file or a box: decimal comma, `tak`, nothing for no."""
    if value is True:
        return "tak"
    if isinstance(value, Decimal):
        return money.plain(value, 8, 2).replace(".", ",")
    return "" if value is None or value is False else str(value)
