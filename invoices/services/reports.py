"""Totals of a company's sales per month and per contractor, counted by the database.

A document counts in the month of its P_1, a correction too. Withdrawn ones and pro formas never
count. What stayed outside KSeF counts and is told apart. Amounts stay in their currencies; of
foreign ones the VAT in PLN is added up as the invoices say it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, Count, F, Max, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth

from invoices.models import Document
from invoices.services.delivery_states import State
from invoices.services.payments import CENT, payment_filter, with_rest
from ksefapp.accounts.models import Company
from ksefapp.lib import clock, money

PLN = "PLN"
FIRST_YEAR, LAST_YEAR = 1990, 2050  # dates of FA(3)
IS_OUTSIDE = Case(When(submission__state=State.OUTSIDE, then=Value(True)), default=Value(False))
NAMED = Case(When(buyer_id="", then=F("buyer_name")), default=F("buyer_id"))


@dataclass(frozen=True)
class Period:
    """Whole months of one year, both ends included."""

    year: int
    first_month: int = 1
    last_month: int = 12

    @property
    def first(self) -> date:
        return date(self.year, self.first_month, 1)

    @property
    def last(self) -> date:
        later = date(self.year + self.last_month // 12, self.last_month % 12 + 1, 1)
        return later - timedelta(days=1)

    @property
    def months(self) -> range:
        return range(self.first_month, self.last_month + 1)


@dataclass(frozen=True)
class Sums:
    """Documents added up in one currency. `vat_pln` is None where none of them says it."""

    count: int = 0
    net: Decimal = money.ZERO
    vat: Decimal = money.ZERO
    gross: Decimal = money.ZERO
    vat_pln: Decimal | None = None

    def __add__(self, other: "Sums") -> "Sums":
        said = [each for each in (self.vat_pln, other.vat_pln) if each is not None]
        return Sums(
            self.count + other.count,
            self.net + other.net,
            self.vat + other.vat,
            self.gross + other.gross,
            money.total(said) if said else None,
        )


@dataclass(frozen=True)
class MonthRow:
    """One month in one currency, and what of it stayed outside KSeF."""

    month: date
    currency: str
    sums: Sums
    outside: Sums


@dataclass(frozen=True)
class BuyerRow:
    """One buyer in one currency. `share` of the currency's net, in percent, None where it is
    nothing; `due` is what these very documents still owe."""

    key: str
    name: str
    contractor: int | None
    currency: str
    sums: Sums
    share: Decimal | None
    due: Decimal


@dataclass(frozen=True)
class Due:
    """What all documents of the company owe today, in one currency."""

    currency: str
    count: int = 0
    unpaid: Decimal = money.ZERO
    overdue_count: int = 0
    overdue: Decimal = money.ZERO
    to_give_back: Decimal = money.ZERO


def years(company: Company) -> list[int]:
    """The years that hold documents, newest first, and the present one."""
    dates = _counted(company).order_by().dates("issued_on", "year")
    return sorted({day.year for day in dates} | {clock.today().year}, reverse=True)


def month_totals(company: Company, period: Period) -> list[MonthRow]:
    """A row for each month and currency that has documents, by month, PLN first."""
    rows = _counted(company, period).annotate(month=TruncMonth("issued_on"), outside=IS_OUTSIDE)
    found: dict[tuple[date, str], dict[bool, Sums]] = {}
    for row in _summed(rows, "month", "currency", "outside"):
        found.setdefault((row["month"], row["currency"]), {})[row["outside"]] = _sums(row)
    rows = [
        MonthRow(month, currency, _of(sums, False) + _of(sums, True), _of(sums, True))
        for (month, currency), sums in found.items()
    ]
    return sorted(rows, key=lambda row: (row.month, _order(row.currency)))


def buyer_totals(company: Company, period: Period) -> list[BuyerRow]:
    """Buyers by currency (PLN first) and net, the greatest first; one NIP is one buyer."""
    rows = list(_summed(_counted(company, period).annotate(key=NAMED), "key", "currency"))
    whole = totals_by(rows)
    due = _due_by_buyer(company, period)
    found = [_buyer(row, whole[row["currency"]], due) for row in rows]
    return sorted(found, key=lambda row: (_order(row.currency), -row.sums.net, row.name))


def totals_by(rows: Iterable[dict]) -> dict[str, Sums]:
    """Sums of all rows of each currency."""
    found: dict[str, Sums] = {}
    for row in rows:
        found[row["currency"]] = found.get(row["currency"], Sums()) + _sums(row)
    return found


def whole_of(rows: Iterable[MonthRow]) -> dict[str, tuple[Sums, Sums]]:
    """(all, outside KSeF) of the months together, by currency, PLN first."""
    found: dict[str, tuple[Sums, Sums]] = {}
    for row in rows:
        sums, outside = found.get(row.currency, (Sums(), Sums()))
        found[row.currency] = (sums + row.sums, outside + row.outside)
    return dict(sorted(found.items(), key=lambda pair: _order(pair[0])))


def receivables(company: Company) -> list[Due]:
    """What is to be paid today whenever it was issued, by currency, PLN first."""
    # Added up here: in the database the rest of each document would be computed for every sum.
    rows = with_rest(_counted(company)).exclude(rest__range=(-CENT, CENT))
    found: dict[str, Due] = {}
    for currency, rest, due_on in rows.values_list("currency", "rest", "pays_by").iterator():
        now = found.get(currency) or Due(currency)
        found[currency] = _with(now, _amount(rest), due_on)
    return sorted(found.values(), key=lambda row: _order(row.currency))


def _with(now: Due, rest: Decimal, due_on: date | None) -> Due:
    if rest < 0:
        return replace(now, to_give_back=now.to_give_back - rest)
    now = replace(now, count=now.count + 1, unpaid=now.unpaid + rest)
    if due_on is None or due_on >= clock.today():
        return now
    return replace(now, overdue_count=now.overdue_count + 1, overdue=now.overdue + rest)


def _counted(company: Company, period: Period | None = None) -> QuerySet[Document]:
    # What the company billed itself (art. 106d) is no sale of its own.
    rows = Document.objects.filter(
        company=company,
        environment=company.environment,
        seller_nip=company.nip,
        withdrawn_at=None,
    ).order_by()
    return rows.filter(issued_on__range=(period.first, period.last)) if period else rows


def _summed(rows: QuerySet, *by: str) -> QuerySet:
    return rows.values(*by).annotate(
        count=Count("pk"),
        # Under other names: an aggregate may not be called as a column it adds up.
        sum_net=Sum("net"),
        sum_vat=Sum("vat"),
        sum_gross=Sum("gross"),
        sum_vat_pln=Sum("vat_pln"),
        name=Max("buyer_name"),
        of_contractor=Max("contractor"),
    )


def _sums(row: dict) -> Sums:
    vat_pln = row["sum_vat_pln"]
    return Sums(
        count=row["count"],
        net=_amount(row["sum_net"]),
        vat=_amount(row["sum_vat"]),
        gross=_amount(row["sum_gross"]),
        vat_pln=None if vat_pln is None else _amount(vat_pln),
    )


def _of(sums: dict[bool, Sums], is_outside: bool) -> Sums:
    return sums.get(is_outside, Sums())


def _buyer(row: dict, whole: Sums, due: dict) -> BuyerRow:
    sums = _sums(row)
    has_share = whole.net > 0
    return BuyerRow(
        key=row["key"],
        name=row["name"],
        contractor=row["of_contractor"],
        currency=row["currency"],
        sums=sums,
        share=money.round_half_up(money.share(sums.net, Decimal(100), whole.net), 1)
        if has_share
        else None,
        due=due.get((row["key"], row["currency"]), money.ZERO),
    )


def _due_by_buyer(company: Company, period: Period) -> dict[tuple[str, str], Decimal]:
    rows = with_rest(_counted(company, period)).filter(payment_filter("unpaid"))
    rows = rows.annotate(key=NAMED).values("key", "currency").annotate(due=Sum("rest"))
    return {(row["key"], row["currency"]): _amount(row["due"]) for row in rows}


def _amount(value: Decimal | None) -> Decimal:
    """To the grosz: SQLite adds in binary."""
    return money.round_half_up(Decimal(value or 0))


def _order(currency: str) -> tuple[bool, str]:
    return currency != PLN, currency
