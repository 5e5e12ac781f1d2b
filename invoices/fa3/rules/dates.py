"""Rules DT: dates of issue, supply, payment and creation."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from invoices.fa3 import tree as trees
from invoices.fa3.facades import day
from invoices.fa3.problems import Problem
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice

_EARLIEST = timedelta(days=60)
_CLOCKS_DIFFER = timedelta(minutes=5)


def check(invoice: Invoice) -> Iterator[Problem]:
    yield from _issue(invoice)
    yield from _supply(invoice)
    yield from _common(invoice)
    yield from _period(invoice)
    yield from _timeliness(invoice)
    yield from _creation(invoice)
    yield from _due(invoice)


def _issue(invoice: Invoice) -> Iterator[Problem]:
    issued = invoice.day("Fa/P_1")
    if issued is None:
        return
    if issued > invoice.today:
        yield found("DT-01", "Fa/P_1", day=issued)
    elif issued < invoice.sending_on:
        yield found("DT-02", "Fa/P_1", day=issued)


def _supply(invoice: Invoice) -> Iterator[Problem]:
    if not invoice.has("Fa/P_6"):
        return
    if invoice.text("Fa/P_6") == invoice.text("Fa/P_1"):
        yield found("DT-06", "Fa/P_6")
    if invoice.has("Fa/OkresFa"):
        yield found("DT-07", "Fa/OkresFa")
    if any("P_6A" in line for line in invoice.groups("Fa/FaWiersz")):
        yield found("DT-07a", "Fa/P_6")


def _common(invoice: Invoice) -> Iterator[Problem]:
    """One date for all lines belongs to the invoice: P_6 instead of P_6A."""
    lines = invoice.groups("Fa/FaWiersz")
    supplied = {trees.text(line, "P_6A") for line in lines}
    is_common = len(lines) > 1 and len(supplied) == 1 and "" not in supplied
    if is_common and not invoice.has("Fa/P_6") and not invoice.is_correction:
        yield found("DT-07b", "Fa/FaWiersz[0]/P_6A")


def _period(invoice: Invoice) -> Iterator[Problem]:
    start, end = invoice.day("Fa/OkresFa/P_6_Od"), invoice.day("Fa/OkresFa/P_6_Do")
    if start and end and start > end:
        yield found("DT-08", "Fa/OkresFa/P_6_Od")


def _timeliness(invoice: Invoice) -> Iterator[Problem]:
    """Art. 106i(1), (2) and (7); exempt supplies and corrections have other terms."""
    if invoice.is_correction or "zw" in invoice.rates:
        return
    issued, supplied = invoice.day("Fa/P_1"), invoice.day("Fa/P_6")
    done = supplied or invoice.day("Fa/OkresFa/P_6_Do")
    if issued and done and issued > _fifteenth_after(done):
        yield found("DT-09", "Fa/P_1", limit=_fifteenth_after(done))
    if issued and supplied and supplied - issued > _EARLIEST:
        yield found("DT-10", "Fa/P_1")


def _fifteenth_after(moment: date) -> date:
    year, month = (moment.year, moment.month + 1) if moment.month < 12 else (moment.year + 1, 1)
    return date(year, month, 15)


def _creation(invoice: Invoice) -> Iterator[Problem]:
    path = "Naglowek/DataWytworzeniaFa"
    try:
        created = datetime.fromisoformat(invoice.text(path))
    except ValueError:
        return
    is_ahead = created.tzinfo and invoice.now and created > invoice.now + _CLOCKS_DIFFER
    if created.tzinfo is None or is_ahead:
        yield found("DT-11", path)


def _due(invoice: Invoice) -> Iterator[Problem]:
    issued = invoice.day("Fa/P_1")
    for path, term in invoice.numbered("Fa/Platnosc/TerminPlatnosci"):
        due = day(term, "Termin")
        if issued and due and due < issued:
            yield found("DT-12", f"{path}/Termin")
