"""How a problem is said beside a box: about what people type, not about XML."""

from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from invoices.fa3 import registry, schema
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.forms.fields import BOXES, BUYER
from ksefapp.lib import money


def at_box(problem: Problem, text: str | None) -> str:
    """The message without the name of the box; `text` is what stands in it."""
    if problem.rule == "XSD-date":
        return _("Nie rozumiem tej daty. Wpisz ją na przykład tak: 23.11.2026.")
    if problem.rule in ("AM-13", "XSD-number"):
        return _about_number(problem, money.from_input(text))
    is_missing = problem.rule == "XSD-missing" and _is_box(problem.path)
    is_blank = problem.rule == "XSD-attribute" and text is not None and not text.strip()
    if is_missing or is_blank or problem.rule == "XSD-empty":
        return _("Uzupełnij to pole.")
    language = get_language() or "pl"
    message = problem.message(language)
    short = message.removeprefix(f"{registry.label(trees.plain(problem.path), language)}: ")
    return short[:1].upper() + short[1:]


def _is_box(path: str) -> bool:
    """Whether a path is drawn as one box: in the head, a payment, rows of an attached table."""
    one_box = {box.path for box in BOXES.values()} | {"Fa/P_15"}
    return path in one_box or path.endswith(("/Wiersz", "/Wiersz[0]"))


def _about_number(problem: Problem, number: Decimal | None) -> str:
    places = schema.node(trees.plain(problem.path)).facets.fraction_digits
    if number is None:
        return _("Nie rozumiem tej liczby. Wpisz ją na przykład tak: 1 234,56.")
    if places is not None and -number.as_tuple().exponent > places:
        return _("Najwyżej %(places)d miejsc po przecinku.") % {"places": places}
    return _("Ta liczba jest za długa.")


def without_repetition(problems: list[Problem]) -> list[Problem]:
    """Of the buyer's identifier, what is said at its own box is enough."""
    own = any(p.path.startswith(f"{BUYER}/") and p.severity == "block" for p in problems)
    return [p for p in problems if not own or p.path != BUYER]


def label(problem: Problem, language: str) -> str:
    """Where a problem is, in words; "" for the invoice as a whole."""
    return ": ".join(registry.breadcrumb(problem.path, language)) if problem.path else ""
