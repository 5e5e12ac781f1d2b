"""Rules FX: foreign currencies and exchange rates."""

from collections.abc import Iterator
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rates import PLN_VAT_FIELDS, RATES
from invoices.fa3.rules.amounts import GROSZ, compared, differ
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice
from ksefapp.lib import money

_OBSOLETE = {"HRK": 2023, "BGN": 2026}  # first year in which the country had the euro


def check(invoice: Invoice) -> Iterator[Problem]:
    if invoice.currency == "PLN":
        yield from _superfluous(invoice)
    elif invoice.currency:
        yield from _vat_in_zloty(invoice)
        yield from _rate_missing(invoice)
        yield from _obsolete(invoice)
    yield from _advance_rate(invoice)
    yield from _agreed_rate(invoice)


def _superfluous(invoice: Invoice) -> Iterator[Problem]:
    for field in (*PLN_VAT_FIELDS, "KursWalutyZ", "KursWalutyZK"):
        if invoice.has(f"Fa/{field}"):
            yield found("FX-02", f"Fa/{field}")
    for path, line in invoice.numbered("Fa/FaWiersz"):
        if trees.text(line, "KursWaluty"):
            yield found("FX-02", f"{path}/KursWaluty")
    for path, advance in invoice.numbered("Fa/ZaliczkaCzesciowa"):
        if trees.text(advance, "KursWalutyZW"):
            yield found("FX-02", f"{path}/KursWalutyZW")


def _vat_in_zloty(invoice: Invoice) -> Iterator[Problem]:
    for field in PLN_VAT_FIELDS:
        vat = invoice.vats.get(field[:-1])
        stated = invoice.number(f"Fa/{field}")
        if vat and stated is None:
            yield found("FX-01", f"Fa/{field}")
        if vat is None or stated is None:
            continue
        rate, count = _rate_of(invoice, field)
        if rate is not None:
            expected = money.round_half_up(money.times(vat, rate))
            if differ(stated, expected, GROSZ * count):
                yield compared("FX-04", f"Fa/{field}", stated, expected)


def _rate_missing(invoice: Invoice) -> Iterator[Problem]:
    """The rate that VAT was converted at: the law wants the amount only, buyers want the rate."""
    converted = next((f for f in PLN_VAT_FIELDS if invoice.number(f"Fa/{f}")), None)
    is_advance = invoice.kind in {"ZAL", "KOR_ZAL"}
    has_rate = (
        invoice.has("Fa/KursWalutyZ")
        or any(trees.text(line, "KursWaluty") for line in invoice.groups("Fa/FaWiersz"))
        or any(trees.text(part, "KursWalutyZW") for part in invoice.groups("Fa/ZaliczkaCzesciowa"))
    )
    if converted and not has_rate:
        yield found("FX-05a", "Fa/KursWalutyZ" if is_advance else "Fa/FaWiersz[0]/KursWaluty")


def _rate_of(invoice: Invoice, field: str) -> tuple[Decimal | None, int]:
    """(exchange rate, number of lines) of one total; None where the lines have several rates."""
    net_field = field[:-1].replace("P_14_", "P_13_")
    codes = {code for code, rate in RATES.items() if rate.net_field == net_field}
    rates = [
        line_reader.number(line, "KursWaluty")
        for line in invoice.groups("Fa/FaWiersz")
        if trees.text(line, "P_12") in codes
    ]
    return (rates[0], len(rates)) if rates and len(set(rates)) == 1 else (None, 0)


def _obsolete(invoice: Invoice) -> Iterator[Problem]:
    first_year = _OBSOLETE.get(invoice.currency)
    issued = invoice.day("Fa/P_1")
    if first_year and issued and issued.year >= first_year:
        yield found("FX-08", "Fa/KodWaluty", currency=invoice.currency)


def _advance_rate(invoice: Invoice) -> Iterator[Problem]:
    """Published invoices have it on other kinds, too, and KSeF takes them: a warning only."""
    is_foreign = invoice.currency != "PLN"
    if is_foreign and invoice.has("Fa/KursWalutyZ") and invoice.kind not in {"ZAL", "KOR_ZAL"}:
        yield found("FX-05", "Fa/KursWalutyZ")


def _agreed_rate(invoice: Invoice) -> Iterator[Problem]:
    base = "Fa/WarunkiTransakcji"
    currency = invoice.text(f"{base}/WalutaUmowna")
    if currency == "PLN" or (invoice.has(f"{base}/KursUmowny") and not currency):
        yield found("FX-07", f"{base}/WalutaUmowna")
