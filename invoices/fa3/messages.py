"""Texts for schema findings: short, and saying what to do."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from invoices.fa3 import registry
from invoices.fa3.forms_of_text import FORMS
from invoices.fa3.nodes import Facets, Node
from invoices.fa3.problems import Problem
from invoices.fa3.tree import plain, read_as

_DATES = {"date": "RRRR-MM-DD", "dateTime": "RRRR-MM-DDTgg:mm:ssZ"}
_INTEGERS = {"byte", "int", "integer", "nonNegativeInteger", "positiveInteger"}
_MOST_VALUES, _MOST_NAMED = 20, 8
_EXAMPLES = {"KodKraju": "PL", "KodUE": "DE", "KodWaluty": "EUR", "WalutaUmowna": "EUR"}

LANGUAGES = ("pl", "en")
_OTHER_FORM = ("sprawdź znaki i ich liczbę", "check the characters and their number")

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
        "{name}: pole stoi w złym miejscu; przenieś je tam, gdzie przewiduje je schemat.",
        "{name}: the field is out of place; move it to where the schema has it.",
    ),
    "instead": (
        "XSD-order",
        "{name}: pole stoi w złym miejscu; tutaj powinno stać: {names}.",
        "{name}: the field is out of place; here belongs: {names}.",
    ),
    "excluded": (
        "XSD-excluded",
        "{name}: nie może wystąpić razem z innym wypełnionym polem{names}; zostaw jedno z nich.",
        "{name}: cannot stand together with another field that is filled{names}; keep one.",
    ),
    "attribute": (
        "XSD-attribute",
        "{name}: wpisz jedną z wartości: {values}.",
        "{name}: enter one of the values: {values}.",
    ),
    "attribute_unknown": (
        "XSD-attribute",
        "FA(3) nie ma tu atrybutu {name}; usuń go.",
        "FA(3) has no attribute {name} here; remove it.",
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
        "{name}: wpisz wartość {limits}.",
        "{name}: enter a value {limits}.",
    ),
    "list": (
        "XSD-value",
        "{name}: wybierz wartość z listy{values}.",
        "{name}: choose a value of the list{values}.",
    ),
    "long": (
        "XSD-length",
        "{name}: skróć; najwyżej {limit} znaków, jest {count}.",
        "{name}: shorten; at most {limit} characters, there are {count}.",
    ),
    "short": (
        "XSD-length",
        "{name}: za krótkie; wpisz co najmniej {limit} znaków, jest {count}.",
        "{name}: too short; enter at least {limit} characters, there are {count}.",
    ),
    "digits": (
        "XSD-number",
        "{name}: za dużo cyfr; wpisz najwyżej {whole} przed kropką i {decimals} po kropce.",
        "{name}: too many digits; enter at most {whole} before and {decimals} after the point.",
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
        "{name}: {form}.",
        "{name}: {form}.",
    ),
    "spaced": (
        "XSD-pattern",
        "{name}: usuń spacje i kreski.",
        "{name}: remove blanks and dashes.",
    ),
}


def describe(kind: str, path: str, **details) -> Problem:
    """The problem of a kind at a path; for "value" the kind follows from node and text."""
    if kind == "value":
        kind, details = _value_kind(details["node"], details["text"])
    elif kind == "attribute":
        kind, details = _attribute_kind(details["node"], details["name"])
    rule, pl, en = _TEXTS[kind]
    pl = pl.format(**_in_language(path, "pl", details))
    en = en.format(**_in_language(path, "en", details))
    return Problem(path, rule, "block", _one_stop(pl), _one_stop(en))


def _one_stop(text: str) -> str:
    """A label such as "Lp." at the end brings its own full stop."""
    return text[:-1] if text.endswith("..") else text


def _in_language(path: str, language: str, details: dict) -> dict:
    bare = plain(path)
    filled = {"name": registry.label(bare, language) if bare else "Faktura"}
    for key, value in details.items():
        filled[key] = value[language] if isinstance(value, dict) else value
    if "names" in details:
        filled["names"] = _names(details["names"], details.get("within", bare), language)
        if details.get("in_brackets"):
            filled["names"] = f" ({filled['names']})" if filled["names"] else ""
    return filled


def _names(names: Sequence[str], within: str, language: str) -> str:
    paths = (f"{within}/{name}".lstrip("/") for name in names[:_MOST_NAMED])
    return ", ".join(registry.label(path, language) for path in paths)


def _attribute_kind(node: Node | None, name: str) -> tuple[str, dict]:
    for attribute in node.attributes if node else ():
        if attribute.name == name:
            values = [attribute.fixed] if attribute.fixed else attribute.facets.values
            return "attribute", {"values": ", ".join(values)}
    return "attribute_unknown", {"name": name}


def _value_kind(node: Node, text: str) -> tuple[str, dict]:
    """Which of the facets the text offends, the most telling first."""
    facets = node.facets
    value = read_as(text, facets.white_space)
    if not value.strip() and facets.min_length != 0:
        return "empty", {}
    if node.fixed is not None:
        return "fixed", {"value": node.fixed}
    if facets.enumeration:
        return "list", {"values": {language: _values(node, language) for language in LANGUAGES}}
    return (
        _date_kind(facets, value)
        or _number_kind(facets, value)
        or _length_kind(facets, value)
        or _pattern_kind(node, value)
    )


def _values(node: Node, language: str) -> str:
    """What may be chosen, with the meaning of codes as long as that stays readable."""
    values = node.facets.values
    if len(values) > _MOST_VALUES:
        example = _EXAMPLES.get(node.name)
        word = {"pl": "na przykład", "en": "for example"}[language]
        return f", {word} {example}" if example else ""
    said = (registry.value_label(node.path, value, language) for value in values)
    named = (
        code if word == code or len(values) > _MOST_NAMED else f"{code} ({word})"
        for code, word in zip(values, said, strict=True)
    )
    return ": " + ", ".join(named)


def _pattern_kind(node: Node, value: str) -> tuple[str, dict]:
    bare = re.sub(r"[\s\u00a0-]", "", value)
    if bare != value and all(re.fullmatch(p, bare, re.ASCII) for p in node.facets.patterns):
        return "spaced", {}
    pl, en = FORMS.get(node.name, _OTHER_FORM)
    return "pattern", {"form": {"pl": pl, "en": en}}


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
    if number is not None and _has_too_many_digits(value, facets):
        whole = facets.total_digits - (decimals or 0)
        return "digits", {"whole": whole, "decimals": decimals or 0}
    if decimals == 0:
        return "number", {"digits": {"pl": " całkowitą", "en": " without decimals"}}
    return "number", {
        "digits": {
            "pl": f" (najwyżej {decimals} miejsc po kropce)",
            "en": f" (at most {decimals} decimal places)",
        }
    }


def _has_too_many_digits(value: str, facets: Facets) -> bool:
    """Whether a plain number is only too long: no exponent, plus, blank or leading zero."""
    plain_number = re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", value)
    if not plain_number or facets.total_digits is None:
        return False
    decimals = facets.fraction_digits or 0
    too_long = len(plain_number[1]) > facets.total_digits - decimals
    return too_long or len((plain_number[2] or ".")[1:]) > decimals > 0


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


def _limits(facets: Facets) -> dict[str, str]:
    low, high = facets.min_inclusive, facets.max_inclusive
    if low is None:
        above = facets.min_exclusive
        return {"pl": f"większą niż {above}", "en": f"above {above}"}
    return {"pl": f"od {low} do {high}", "en": f"from {low} to {high}"}


def _length_kind(facets: Facets, value: str) -> tuple[str, dict] | None:
    count = len(value)
    if facets.max_length is not None and count > facets.max_length:
        return "long", {"limit": facets.max_length, "count": count}
    if facets.min_length is not None and count < facets.min_length:
        return "short", {"limit": facets.min_length, "count": count}
    return None
