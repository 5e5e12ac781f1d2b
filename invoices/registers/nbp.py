"""Average rates of NBP: the last table before a day (VAT Act, art. 31a ust. 1 and 2)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from auth_ksef.client import answers
from invoices.registers.door import Door
from ksefapp.lib import money

# One call survives the longest row of holidays; table B appears on Wednesdays only.
SPANS = {"a": timedelta(days=14), "b": timedelta(days=30)}
FIRST_TABLE = date(2002, 1, 2)
MOST = Decimal(1000)  # no currency was ever near it
_CURRENCY = re.compile(r"[A-Z]{3}")
_TABLE = re.compile(r"[0-9]{1,3}/([AB])/NBP/[0-9]{4}")


@dataclass(frozen=True)
class KnownRate:
    """PLN for one unit of the currency, with the table that says so."""

    currency: str
    mid: Decimal
    table: str  # 225/A/NBP/2026
    effective_on: date


def rate_before(door: Door, currency: str, day: date) -> KnownRate:
    """The newest rate published on a day strictly before `day`, of table A, else B.

    The rate of the day itself must not be used. Raises Unknown.
    """
    if not _CURRENCY.fullmatch(currency) or currency == "PLN" or day <= FIRST_TABLE:
        raise door.unknown("refused")
    for table in SPANS:
        found = _newest(door, table, currency, day)
        if found:
            return found
    raise door.unknown("no-table")


def _newest(door: Door, table: str, currency: str, day: date) -> KnownRate | None:
    first = max(day - SPANS[table], FIRST_TABLE)
    span = f"{first.isoformat()}/{(day - timedelta(days=1)).isoformat()}"
    reply = door.ask(
        "GET", f"/api/exchangerates/rates/{table}/{currency}/{span}/", query={"format": "json"}
    )
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise door.unknown("silent" if reply.status >= 500 else "strange")
    try:
        rates = _rates(reply.data, table, currency)
    except answers.Malformed:
        raise door.unknown("strange") from None
    if not all(first <= rate.effective_on < day for rate in rates):
        raise door.unknown("strange")
    return max(rates, key=lambda rate: rate.effective_on)


def _rates(data: dict, table: str, currency: str) -> list[KnownRate]:
    rows = answers.rows(data, "rates")
    if not rows or data.get("code") != currency or data.get("table") != table.upper():
        raise answers.Malformed("rates")
    return [_rate(row, table.upper(), currency) for row in rows]


def _rate(row: dict, table: str, currency: str) -> KnownRate:
    number = _TABLE.fullmatch(answers.text(row, "no"))
    # Fractions come as text; a whole number is one, too, but True is none.
    mid = row.get("mid")
    value = money.parse(str(mid)) if isinstance(mid, str | int) and mid is not True else None
    if number is None or number[1] != table or value is None or not 0 < value < MOST:
        raise answers.Malformed("mid")
    try:
        effective_on = date.fromisoformat(answers.text(row, "effectiveDate"))
    except ValueError:
        raise answers.Malformed("effectiveDate") from None
    return KnownRate(currency, value, number[0], effective_on)
