"""Texts for schema findings: short, and saying what to do."""

import re
from decimal import Decimal, InvalidOperation

from invoices.fa3 import registry
from invoices.fa3.nodes import Facets, Node
from invoices.fa3.problems import Problem
from invoices.fa3.tree import plain, read_as

_DATES = {"date": "RRRR-MM-DD", "dateTime": "RRRR-MM-DDTgg:mm:ssZ"}
_INTEGERS = {"byte", "int", "integer", "nonNegativeInteger", "positiveInteger"}
_MOST_VALUES = 20

# Kind → (rule, Polish, English); {name} is the field's label.
_TEXTS = {
    "missing": ("XSD-missing", "Uzupełnij: {name}.", "Fill in: {name}."),
    "choice": (
        "XSD-choice",
        "{name}: uzupełnij jedno z pól: {names}.",
        "{name}: fill in one of: {names}.",
    ),
    "unexpected": (
        "XSD-unexpected",
        "FA(3) nie ma tu pola {name}; usuń je.",
        "FA(3) has no field {name} here; remove it.",
    ),
    "repeated": (
        "XSD-repeated",
        "{name}: za dużo powtórzeń, najwyżej {most}.",
        "{name}: too many, at most {most}.",
    ),
    "misplaced": (
        "XSD-order",
        "{name}: pole stoi w złym miejscu; kolejność ustala schemat.",
        "{name}: the field is out of place; the schema sets the order.",
    ),
    "excluded": (
        "XSD-excluded",
        "{name}: nie może wystąpić razem z innym wypełnionym polem; zostaw jedno z nich.",
        "{name}: cannot stand together with another field that is filled; keep one.",
    ),
    "attribute": (
        "XSD-attribute",
        "{name}: brak atrybutu albo zła wartość.",
        "{name}: the attribute is missing or wrong.",
    ),
    "text": (
        "XSD-text",
        "{name}: tekst między elementami; przenieś go do właściwego pola.",
        "{name}: text between elements; move it into a field.",
    ),
    "empty": (
        "XSD-empty",
        "{name}: puste; wpisz wartość albo usuń pole.",
        "{name}: empty; enter a value or remove the field.",
    ),
    "date": (
        "XSD-date",
        "{name}: wpisz datę w postaci {form}.",
        "{name}: enter a date as {form}.",
    ),
    "range": (
        "XSD-range",
        "{name}: wartość poza zakresem ({limits}).",
        "{name}: out of range ({limits}).",
    ),
    "list": (
        "XSD-value",
        "{name}: wybierz wartość z listy{values}.",
        "{name}: choose a value of the list{values}.",
    ),
    "long": (
        "XSD-length",
        "{name}: za długie; najwyżej {limit} znaków, jest {count}.",
        "{name}: too long; at most {limit} characters, there are {count}.",
    ),
    "short": (
        "XSD-length",
        "{name}: za krótkie; co najmniej {limit} znaków, jest {count}.",
        "{name}: too short; at least {limit} characters, there are {count}.",
    ),
    "number": (
        "XSD-number",
        "{name}: wpisz liczbę{digits}, z kropką dziesiętną, bez spacji.",
        "{name}: enter a number{digits}, with a decimal point, without blanks.",
    ),
    "fixed": (
        "XSD-value",
        "{name}: jedyna dozwolona wartość to {value}.",
        "{name}: the only allowed value is {value}.",
    ),
    "pattern": (
        "XSD-pattern",
        "{name}: nieprawidłowy zapis; sprawdź znaki i ich liczbę.",
        "{name}: wrong form; check the characters and their number.",
    ),
}


def describe(kind: str, path: str, **details) -> Problem:
    """The problem of a kind at a path; for "value" the kind follows from node and text."""
    if kind == "value":
        kind, details = _value_kind(details["node"], details["text"])
    rule, pl, en = _TEXTS[kind]
    pl = pl.format(**_in_language(path, "pl", details))
    en = en.format(**_in_language(path, "en", details))
    return Problem(path, rule, "block", pl, en)


def _in_language(path: str, language: str, details: dict) -> dict:
    bare = plain(path)
    filled = {"name": registry.label(bare, language) if bare else "Faktura"}
    for key, value in details.items():
        filled[key] = value[language] if isinstance(value, dict) else value
    if "names" in details:
        names = (
            registry.label(f"{bare}/{name}".lstrip("/"), language) for name in details["names"][:8]
        )
        filled["names"] = ", ".join(names)
    return filled


def _value_kind(node: Node, text: str) -> tuple[str, dict]:
    """Which of the facets the text offends, the most telling first."""
    facets = node.facets
    value = read_as(text, facets.white_space)
    if not value.strip() and facets.min_length != 0:
        return "empty", {}
    if node.fixed is not None:
        return "fixed", {"value": node.fixed}
    if facets.enumeration:
        few = len(facets.values) <= _MOST_VALUES
        return "list", {"values": ": " + ", ".join(facets.values) if few else ""}
    return (
        _date_kind(facets, value)
        or _number_kind(facets, value)
        or _length_kind(facets, value)
        or ("pattern", {})
    )


def _date_kind(facets: Facets, value: str) -> tuple[str, dict] | None:
    form = _DATES.get(facets.base)
    if form is None:
        return None
    if re.match(r"\d{4}-\d\d-\d\d(\Z|T)", value) and _is_outside(facets, value):
        return "range", {"limits": _limits(facets)}
    return "date", {"form": {"pl": form, "en": form.replace("RRRR", "YYYY").replace("gg", "hh")}}


def _is_outside(facets: Facets, value: str) -> bool:
    low, high = facets.min_inclusive, facets.max_inclusive
    return bool((low and value < low) or (high and value > high))


def _number_kind(facets: Facets, value: str) -> tuple[str, dict] | None:
    if facets.base not in _INTEGERS | {"decimal"}:
        return None
    number = _decimal(value)
    if number is not None and _is_number_outside(facets, number):
        return "range", {"limits": _limits(facets)}
    decimals = facets.fraction_digits if facets.base == "decimal" else 0
    if decimals == 0:
        return "number", {"digits": {"pl": " całkowitą", "en": " without decimals"}}
    return "number", {
        "digits": {
            "pl": f" (najwyżej {decimals} miejsc po kropce)",
            "en": f" (at most {decimals} decimal places)",
        }
    }


def _decimal(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_number_outside(facets: Facets, number: Decimal) -> bool:
    return bool(
        (facets.min_inclusive and number < Decimal(facets.min_inclusive))
        or (facets.max_inclusive and number > Decimal(facets.max_inclusive))
        or (facets.min_exclusive and number <= Decimal(facets.min_exclusive))
    )


def _limits(facets: Facets) -> str:
    low = facets.min_inclusive or (facets.min_exclusive and f"> {facets.min_exclusive}") or ""
    return f"{low}…{facets.max_inclusive or ''}"


def _length_kind(facets: Facets, value: str) -> tuple[str, dict] | None:
    count = len(value)
    if facets.max_length is not None and count > facets.max_length:
        return "long", {"limit": facets.max_length, "count": count}
    if facets.min_length is not None and count < facets.min_length:
        return "short", {"limit": facets.min_length, "count": count}
    return None
