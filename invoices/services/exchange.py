"""The rate of exchange by law: the last NBP table before the day that counts (art. 31a)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.models import DocumentProof, RegisterAnswer
from invoices.registers import Unknown, nbp, unknown
from invoices.services import lookups
from ksefapp.accounts.models import Company
from ksefapp.lib import clock, money
from offline.calendar import is_business_day

NBP = RegisterAnswer.Source.NBP


@dataclass(frozen=True)
class Rate:
    """PLN for one unit of a currency, from the NBP table that holds for `day`."""

    currency: str
    mid: Decimal
    table: str  # 225/A/NBP/2026
    effective_on: date
    day: date  # the tax point or day of issue: the table is from before it


def rate_for(
    company: Company, currency: str, tax_point: date | None, issued_on: date | None
) -> Rate:
    """The rate for VAT: from the last working day before the tax point, or before an earlier issue.

    Art. 31a ust. 1 and 2; without a tax point the day of issue counts. Raises Unknown, also
    while the table is not out yet.
    """
    return rate_of(rate_answer(company, currency, day_of(tax_point, issued_on)))


def rate_answer(company: Company, currency: str, day: date) -> RegisterAnswer:
    """The kept answer of NBP with the rate from before a day, else a new one. Raises Unknown."""
    kept = lookups.known_on(company.environment, NBP, currency, day)
    if kept:
        return kept
    due = working_day_before(day)
    if due > clock.today():
        raise Unknown("too-early", unknown.NBP)
    return lookups.ask_register(company, NBP, currency, day, _asking(currency, day, due))


def rate_kept(environment: str, currency: str, day: date) -> Rate | None:
    """The rate for that day where NBP was asked before; asks nobody."""
    row = lookups.known_on(environment, NBP, currency, day)
    return rate_of(row) if row else None


def day_of(tax_point: date | None, issued_on: date | None) -> date:
    """The day before which the rate is taken: the earlier of the two (art. 31a ust. 1, 2)."""
    return min(day for day in (tax_point, issued_on, issued_on or clock.today()) if day)


def rate_day(tree: trees.Tree) -> date:
    """The same of an invoice: P_6 or the end of its period as tax point, P_1 as day of issue.

    P_6A of the lines counts where all say the same day.
    """
    supplied = facades.day(tree, "Fa/P_6") or facades.day(tree, "Fa/OkresFa/P_6_Do")
    lines = {facades.day(line, "P_6A") for line in trees.groups(tree, "Fa/FaWiersz")}
    if supplied is None and len(lines) == 1:
        supplied = lines.pop()
    return day_of(supplied, facades.day(tree, "Fa/P_1"))


def working_day_before(day: date) -> date:
    """The last working day before a day."""
    day -= timedelta(days=1)
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day


def _asking(currency: str, day: date, due: date):
    def ask(door):
        known = nbp.rate_before(door, currency, day)
        # Today's table A is not out yet: yesterday's must not pass for it.
        if due == clock.today() and known.effective_on < due and "/A/" in known.table:
            raise door.unknown("too-early")
        return known

    return ask


def rate_of(row: RegisterAnswer | DocumentProof) -> Rate:
    """The rate that a kept answer of NBP holds."""
    said = row.answer
    mid, effective = money.parse(said["mid"]), date.fromisoformat(said["effective_on"])
    return Rate(said["currency"], mid, said["table"], effective, row.day)
