"""The rule table, and problems made from it."""

import tomllib
from functools import cache
from pathlib import Path

from invoices.fa3.problems import Problem, Severity


@cache
def table() -> dict[str, dict[str, str]]:
    """Rule id → {"severity", "pl", "en"}; variants of a rule end with a letter."""
    return tomllib.loads((Path(__file__).parent / "table.toml").read_text(encoding="utf-8"))


def found(rule: str, path: str, *, severity: Severity | None = None, **values) -> Problem:
    """The problem of a rule at a path; `values` fill the text, `severity` may differ by case."""
    row = table()[rule]
    return Problem(
        path=path,
        rule=rule.rstrip("abcd"),
        severity=severity or row["severity"],
        pl=row["pl"].format(**values),
        en=row["en"].format(**values),
    )
