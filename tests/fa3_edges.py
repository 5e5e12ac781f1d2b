"""The first and last texts that the schema still accepts for a leaf, and the first it does not."""

from datetime import date, timedelta
from decimal import Decimal

from invoices.fa3.nodes import Facets
from tests.fa3_support import INTEGERS

WIDE = "漢🧾ą"  # one, two and one UTF-16 units; the schema counts characters
LONG = 40


def inside(facets: Facets, fixed: str | None = None) -> list[str]:
    """Every enumerated value, or the texts at the limits of length, digits, size and time."""
    if fixed is not None:
        return [fixed]
    if facets.enumeration:
        return list(facets.values)
    if facets.base in {"date", "dateTime"}:
        return [facets.min_inclusive, facets.max_inclusive]
    if facets.base in INTEGERS or facets.base == "decimal":
        return _numbers(facets)
    return [] if facets.patterns else _words(facets)


def outside(facets: Facets, fixed: str | None = None) -> list[str]:
    """Texts that are one step too far."""
    if fixed is not None:
        return [f"{fixed}x"]
    if facets.enumeration:
        return [facets.values[0] + "x"] + ([""] if facets.min_length != 0 else [])
    if facets.base in {"date", "dateTime"}:
        return [_moved(facets.min_inclusive, -1), _moved(facets.max_inclusive, 1), "2026-02-30"]
    if facets.base in INTEGERS or facets.base == "decimal":
        return _bad_numbers(facets)
    return [] if facets.patterns else _bad_words(facets)


def _words(facets: Facets) -> list[str]:
    low, high = facets.min_length or 0, facets.max_length or LONG
    return [(WIDE * (length // 3 + 1))[:length] for length in {low, low + 1, high - 1, high}]


def _bad_words(facets: Facets) -> list[str]:
    low, high = facets.min_length or 0, facets.max_length
    shorter = [(WIDE * low)[: low - 1]] if low else []
    return shorter + ([(WIDE * high)[: high + 1]] if high else [])


def _numbers(facets: Facets) -> list[str]:
    if facets.max_inclusive is not None:
        return [facets.min_inclusive, facets.max_inclusive, "99." + "9" * facets.fraction_digits]
    whole = (facets.total_digits or 30) - (facets.fraction_digits or 0)
    most = "9" * min(whole, _most_whole(facets))
    if facets.base != "decimal":
        return ["1", most]
    fraction = "9" * facets.fraction_digits
    return ["0", f"0.{fraction}", f"{most}.{fraction}", f"-{most}.{fraction}", f"{most}.0"]


def _most_whole(facets: Facets) -> int:
    """How many digits the patterns of FA(3) allow before the point."""
    written = "".join(facets.patterns).partition(r"\d{0,")[2].partition("}")[0]
    return int(written) + 1 if written else 30


def _bad_numbers(facets: Facets) -> list[str]:
    if facets.max_inclusive is not None:
        over = Decimal(facets.max_inclusive) + Decimal("0.01")
        return ["-0.01", str(over), "1." + "1" * (facets.fraction_digits + 1)]
    if facets.base != "decimal":
        return [
            "1.5",
            "x",
            *(["0", "9" * (facets.total_digits + 1)] if facets.total_digits else []),
        ]
    return [
        "0." + "1" * (facets.fraction_digits + 1),
        "9" * (_most_whole(facets) + 1),
        "1,5",
        "1 000",
    ]


def _moved(moment: str, days: int) -> str:
    day = date.fromisoformat(moment[:10]) + timedelta(days=days)
    return day.isoformat() + moment[10:]
