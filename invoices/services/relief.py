"""The ledger of the 10,000 PLN relief: what a month holds, and that it is lost for good.

The counter is read and the invoice stored in one transaction that holds the company's row, so
two people who issue at the same moment never both fit into what only one of them fits into.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from auth_ksef.messages import Pair, Refusal
from invoices import relief_rules
from invoices.models import Document, ReliefEntry, ReliefLoss, Submission
from invoices.relief_rules import LIMIT, Month
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock, money
from ksefapp.lib.months import first_day

GROSS = "relief_pln"  # in Submission.facts: what the invoice took of the limit
RELIEF = Submission.Outside.RELIEF
LONGEST_NOTE = 200
MOST = Decimal(10) ** 12


class ReliefRefused(Refusal):
    """The ledger was left as it was; the two sentences say why."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(pair)


NO_AMOUNT: Pair = (
    "Wpisz kwotę brutto w złotych, z najwyżej dwoma miejscami po przecinku.",
    "Enter a gross amount in PLN with at most two decimal places.",
)
OUT_OF_TIME: Pair = (
    "Ulga obejmuje tylko faktury wystawione od 1 kwietnia 2026 do jej końca.",
    "The relief covers only invoices issued from 1 April 2026 until its end.",
)
BELOW_ZERO: Pair = (
    "Wpisy tego miesiąca byłyby poniżej zera. Cofnąć można tylko to, co wpisano.",
    "The month's entries would be below zero. Only what was entered can be taken back.",
)
OVER: Pair = (
    "Z tą kwotą miesiąc przekracza 10 000,00 zł. Jeśli tak było, ulga przepadła: zapisz to.",
    "With this amount the month exceeds 10,000.00 PLN. If so, the relief is lost: record that.",
)
LOST: Pair = ("Utrata ulgi jest już zapisana.", "The loss of the relief is recorded already.")
LATER: Pair = ("Ten dzień jeszcze nie nadszedł.", "That day is still to come.")


def until() -> date:
    """The last day of issue that the relief covers."""
    return settings.KSEF_RELIEF_UNTIL


def is_open(day: date) -> bool:
    """Whether what is issued that day may use the relief at all (art. 145m ust. 1)."""
    return relief_rules.is_open(day, until=until())


def loss_of(company: Company) -> ReliefLoss | None:
    """Since when the company has no relief any more, in its present environment."""
    rows = ReliefLoss.objects.filter(company=company, environment=company.environment)
    return rows.select_related("document", "by").first()


def is_usable(company: Company) -> bool:
    """Whether the company may issue under the relief today, as far as its limit allows."""
    return is_open(clock.today()) and loss_of(company) is None


def month_get(company: Company, day: date) -> Month:
    """The month of that day, in the company's present environment. Two queries."""
    first = first_day(day)
    rows = _issued(company).filter(issued_on__year=first.year, issued_on__month=first.month)
    facts = rows.values_list("submission__facts", flat=True)
    entered = _entries(company).filter(month=first).aggregate(sum=Sum("amount"))["sum"]
    return Month(first, money.total(map(_amount, facts)), entered or money.ZERO)


def months_list(company: Company) -> list[Month]:
    """Every month that holds anything, and the present one while the relief runs; newest first."""
    issued: dict[date, Decimal] = {}
    rows = _issued(company).annotate(first=TruncMonth("issued_on")).order_by()
    for first, facts in rows.values_list("first", "submission__facts"):
        issued[first] = issued.get(first, money.ZERO) + _amount(facts)
    sums = _entries(company).order_by().values_list("month").annotate(sum=Sum("amount"))
    entered = dict(sums)
    today = clock.today()
    firsts = set(issued) | set(entered) | ({first_day(today)} if is_open(today) else set())
    return [
        Month(first, issued.get(first, money.ZERO), entered.get(first, money.ZERO))
        for first in sorted(firsts, reverse=True)
    ]


def _issued(company: Company):
    return Document.objects.filter(
        company=company,
        environment=company.environment,
        submission__mode=Submission.Mode.OUTSIDE,
        submission__outside_why=RELIEF,
        withdrawn_at=None,
    )


def _entries(company: Company):
    return ReliefEntry.objects.filter(company=company, environment=company.environment)


def _amount(facts: dict) -> Decimal:
    return relief_rules.counted(money.parse(facts.get(GROSS)) or money.ZERO)


def entry_list(company: Company):
    """Sales of other programs as people entered them, the newest month first."""
    return _entries(company).select_related("by")


@contextmanager
def _ledger(company: Company) -> Iterator[None]:
    """Until its end nobody else changes the ledger, or issues what counts in it."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        yield


def entry_add(
    *, company: Company, month: date, amount: Decimal, by: User, note: str = ""
) -> ReliefEntry:
    """Counts sales that another program issued outside KSeF under the relief. Atomic.

    `amount` in PLN with VAT; a negative one takes back what was entered by mistake. Raises
    ReliefRefused: no amount, out of the relief's time, below zero, or over the limit.
    """
    with _ledger(company):
        month = first_day(month)
        now = month_get(company, month)
        _refuse_entry(now, amount)
        row = ReliefEntry.objects.create(
            company=company,
            environment=company.environment,
            month=month,
            amount=amount,
            note=note[:LONGEST_NOTE],
            by=by,
        )
        audit(
            "relief.entry", company=company, user=by, subject=f"{month:%Y-%m}", amount=str(amount)
        )
    return row


def _refuse_entry(now: Month, amount: Decimal) -> None:
    is_money = amount.is_finite() and amount == round(amount, 2) and 0 < abs(amount) < MOST
    if not is_money:
        raise ReliefRefused(NO_AMOUNT)
    is_covered = first_day(relief_rules.FIRST_DAY) <= now.first <= first_day(until())
    if not is_covered or now.first > clock.today():
        raise ReliefRefused(OUT_OF_TIME)
    if now.entered + amount < 0:
        raise ReliefRefused(BELOW_ZERO)
    if amount > 0 and now.used + amount > LIMIT:
        raise ReliefRefused(OVER)


def loss_declare(*, company: Company, lost_on: date, by: User) -> ReliefLoss:
    """A person knows that the limit was passed elsewhere. Raises ReliefRefused; never undone."""
    with _ledger(company):
        if lost_on > clock.today():
            raise ReliefRefused(LATER)
        if not is_open(lost_on):
            raise ReliefRefused(OUT_OF_TIME)
        if loss_of(company):
            raise ReliefRefused(LOST)
        return _lose(company, lost_on, ReliefLoss.Why.DECLARED, by)


def loss_by(document: Document, by: User) -> ReliefLoss:
    """The invoice that would have passed the limit went to KSeF. In the issuing transaction."""
    company = document.company
    return loss_of(company) or _lose(
        company, document.issued_on, ReliefLoss.Why.LIMIT, by, document
    )


def _lose(
    company: Company, lost_on: date, why: str, by: User, document: Document | None = None
) -> ReliefLoss:
    row = ReliefLoss.objects.create(
        company=company,
        environment=company.environment,
        lost_on=lost_on,
        why=why,
        document=document,
        by=by,
    )
    audit("relief.loss", company=company, user=by, subject=lost_on.isoformat(), reason=why)
    return row
