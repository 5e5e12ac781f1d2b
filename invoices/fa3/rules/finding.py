"""The rule table, and problems made from it."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from invoices.fa3.problems import Problem, Severity
from ksefapp.lib import money


@cache
def table() -> dict[str, dict[str, str]]:
    """Rule id → {"severity", "pl", "en"}; variants of a rule end with a letter."""
    return tomllib.loads((Path(__file__).parent / "table.toml").read_text(encoding="utf-8"))


def found(rule: str, path: str, *, severity: Severity | None = None, **values) -> Problem:
    """The problem of a rule at a path; `values` fill the text, `severity` may differ by case.

    Amounts (Decimal) and dates are written as each language writes them.
    """
    row = table()[rule]
    return Problem(
        path=path,
        rule=rule.rstrip("abcd"),
        severity=severity or row["severity"],
        pl=row["pl"].format(**_said(values, "pl")),
        en=row["en"].format(**_said(values, "en")),
    )


def _said(values: dict, language: str) -> dict:
    return {name: _word(value, language) for name, value in values.items()}


def _word(value, language: str):
    if isinstance(value, Decimal):
        return money.display(value, language)
    if isinstance(value, date):
        return f"{value.day}.{value:%m.%Y}" if language == "pl" else value.isoformat()
    return value[language] if isinstance(value, dict) else value
