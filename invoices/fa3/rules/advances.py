"""Rules AD: advances, the orders they are paid for, and their settlement."""

from collections.abc import Iterator
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rules.amounts import GROSZ, compared, differ
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice
from ksefapp.lib import money

ORDER_VALUE = "Fa/Zamowienie/WartoscZamowienia"


def check(invoice: Invoice) -> Iterator[Problem]:
    if invoice.kind == "ZAL":
        yield from _advance(invoice)
    if invoice.kind == "KOR_ZAL" and any(invoice.nets.values()):
        yield from _order_missing(invoice)
    if invoice.kind in {"ZAL", "KOR_ZAL"}:
        yield from _order(invoice)
    if invoice.kind == "ROZ":
        yield from _settlement(invoice)
    yield from _references(invoice)


def _order_missing(invoice: Invoice) -> Iterator[Problem]:
    if not invoice.has("Fa/Zamowienie"):
        yield found("AD-01", "Fa/Zamowienie")


def _advance(invoice: Invoice) -> Iterator[Problem]:
    yield from _order_missing(invoice)
    if invoice.lines:
        yield found("AD-02", "Fa/FaWiersz")
    received = _received(invoice)
    if received is not None and invoice.due is not None and differ(invoice.due, received):
        yield compared("AD-09", "Fa/ZaliczkaCzesciowa", invoice.due, received)
    ordered = invoice.number(ORDER_VALUE)
    if ordered is not None and invoice.due is not None and invoice.due > ordered:
        yield compared("AD-10", "Fa/P_15", invoice.due, ordered)
    paid, issued = invoice.text("Fa/Platnosc/DataZaplaty"), invoice.text("Fa/P_1")
    if paid and paid != issued and received is None and not invoice.has("Fa/P_6"):
        yield found("AD-05", "Fa/P_6")


def _received(invoice: Invoice) -> Decimal | None:
    """The sum of the advances received one by one, None where there are none."""
    parts = [line_reader.number(each, "P_15Z") for each in invoice.groups("Fa/ZaliczkaCzesciowa")]
    return money.total(part for part in parts if part is not None) if parts else None


def _order(invoice: Invoice) -> Iterator[Problem]:
    """The order's value against its lines; in a correction those after it count."""
    stated = invoice.number(ORDER_VALUE)
    lines = [
        line
        for line in invoice.groups("Fa/Zamowienie/ZamowienieWiersz")
        if not trees.text(line, "StanPrzedZ")
    ]
    parts = [
        line_reader.number(line, field) for line in lines for field in ("P_11NettoZ", "P_11VatZ")
    ]
    known = [part for part in parts if part is not None]
    if stated is not None and known and differ(stated, money.total(known), GROSZ * len(lines)):
        yield compared("AD-03", ORDER_VALUE, stated, money.total(known))


def _settlement(invoice: Invoice) -> Iterator[Problem]:
    """The lines show the whole order, the totals only what is left to pay."""
    received = _received(invoice)
    has_advances = invoice.has("Fa/FakturaZaliczkowa")
    if not has_advances and received is None:
        yield found("AD-06", "Fa/FakturaZaliczkowa")
    if received is not None and invoice.due is not None and received > invoice.due:
        yield compared("AD-09a", "Fa/ZaliczkaCzesciowa", invoice.due, received)
    whole = totals.gross_of_lines(invoice.lines)
    if has_advances and whole and invoice.due is not None and invoice.due >= whole:
        yield compared("AD-08", "Fa/P_15", invoice.due, whole)


def _references(invoice: Invoice) -> Iterator[Problem]:
    for path, advance in invoice.numbered("Fa/FakturaZaliczkowa"):
        in_ksef = bool(trees.text(advance, "NrKSeFFaZaliczkowej"))
        outside = bool(trees.text(advance, "NrKSeFZN"))
        if in_ksef == outside or outside != bool(trees.text(advance, "NrFaZaliczkowej")):
            yield found("AD-07", path)
