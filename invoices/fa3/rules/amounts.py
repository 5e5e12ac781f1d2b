"""Rules AM: whether the amounts agree with one another.

Rounding has more than one legal way and old systems have their own, so nearly all of this
only warns. Differences of one grosz are no finding: the official examples have them.
"""

from collections.abc import Iterator
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3.lines import Line
from invoices.fa3.problems import Problem
from invoices.fa3.rates import MARGIN, NET_FIELDS, OSS_NET, RATES, vat_field_of
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice
from invoices.fa3.totals import vat_in_gross, vat_on_net
from ksefapp.lib import money

GROSZ = Decimal("0.01")
_SIMPLIFIED_LIMIT = {"PLN": Decimal(450), "EUR": Decimal(100)}
_SIMPLIFIED_NOT_FOR = frozenset({"0 WDT", "np I", "np II"})


def check(invoice: Invoice) -> Iterator[Problem]:
    yield from _due(invoice)
    yield from _vat(invoice)
    yield from _lines(invoice)
    yield from _methods(invoice)
    yield from _sums(invoice)
    yield from _rates(invoice)
    yield from _basic_invoice(invoice)
    yield from _simplified(invoice)
    yield from _settlement(invoice)


def differ(first: Decimal, second: Decimal, tolerance: Decimal = GROSZ) -> bool:
    """Whether two amounts differ by more than the tolerance."""
    return abs(first - second) > tolerance


def compared(rule: str, path: str, stated: Decimal, expected: Decimal) -> Problem:
    """A finding that quotes what stands there and what should."""
    return found(rule, path, stated=stated, expected=expected)


def _due(invoice: Invoice) -> Iterator[Problem]:
    if invoice.due is None or invoice.kind == "UPR" or invoice.has_margin or not invoice.nets:
        return
    expected = money.total([*invoice.nets.values(), *invoice.vats.values()])
    if differ(invoice.due, expected, GROSZ * len(invoice.nets)):
        yield compared("AM-01", "Fa/P_15", invoice.due, expected)


def _vat(invoice: Invoice) -> Iterator[Problem]:
    per_line = [line for line in invoice.lines if line.vat is not None]
    tolerance = max(GROSZ, GROSZ / 2 * len(per_line))
    for net_field, net in invoice.nets.items():
        vat_field = vat_field_of(net_field)
        vat = invoice.vats.get(vat_field or "")
        percents = _percents(invoice, net_field)
        if vat is None or not percents:
            continue
        expected = [
            each(amount, percent)
            for percent in percents
            for each, amount in (
                (vat_on_net, net),
                (vat_in_gross, net + vat),
            )
        ]
        if all(differ(vat, each, tolerance) for each in expected):
            # What was paid in advance contains the tax (art. 106f ust. 1 pkt 3).
            is_advance = invoice.kind == "ZAL"
            rule = "AD-04" if is_advance else "AM-02"
            yield compared(rule, f"Fa/{vat_field}", vat, expected[is_advance])


def _percents(invoice: Invoice, net_field: str) -> list[Decimal]:
    """The rates one total may stand for; none when two of them are mixed in it or it is OSS."""
    codes = [code for code, rate in RATES.items() if rate.net_field == net_field]
    used = [code for code in codes if code in invoice.rates]
    if len(used) > 1 or net_field == OSS_NET:
        return []
    return [Decimal(code) for code in used or codes if RATES[code].percent is not None]


def _lines(invoice: Invoice) -> Iterator[Problem]:
    for line in invoice.lines:
        for field, value, price in (
            ("P_11", line.net, line.net_price),
            ("P_11A", line.gross, line.gross_price),
        ):
            if value is None or price is None or line.quantity is None:
                continue
            # The law does not say whether P_10 is per unit or for the line: both are in use.
            per_unit = money.times(line.quantity, price - line.discount)
            for_line = money.times(line.quantity, price) - line.discount
            tolerance = _tolerance(line.quantity, price)
            if all(
                differ(value, money.round_half_up(each), tolerance) for each in (per_unit, for_line)
            ):
                yield compared("AM-03", f"{line.path}/{field}", value, per_unit)


def _tolerance(quantity: Decimal, price: Decimal) -> Decimal:
    """A unit price is often rounded itself: half its last place, for each piece."""
    places = max(2, -price.as_tuple().exponent)
    return max(GROSZ, abs(quantity) * Decimal(1).scaleb(-places) / 2)


def _methods(invoice: Invoice) -> Iterator[Problem]:
    lines = [line for line in invoice.lines if not line.is_margin]
    for line in lines:
        if (line.net is not None and line.gross is not None) or (
            line.net_price is not None and line.gross_price is not None
        ):
            yield found("AM-06", line.path)
            return
    is_net = any(line.net is not None for line in lines)
    if is_net and any(line.gross is not None for line in lines):
        yield found("AM-06", "Fa/FaWiersz")


def _sums(invoice: Invoice) -> Iterator[Problem]:
    """AM-04 and AM-05: totals against lines; other kinds show lines that are not summed."""
    has_before = any(line.is_before for line in invoice.lines)
    if invoice.kind != "VAT" and not (invoice.kind == "KOR" and has_before):
        return
    for field, net in invoice.nets.items():
        members = [line for line in invoice.lines if line.total_field == field]
        stated, expected = _stated_and_summed(invoice, field, net, members)
        if expected is not None and differ(stated, expected):
            yield compared("AM-05" if has_before else "AM-04", f"Fa/{field}", stated, expected)


def _stated_and_summed(
    invoice: Invoice, field: str, net: Decimal, members: list[Line]
) -> tuple[Decimal, Decimal | None]:
    """Net lines are compared with P_13, gross lines with P_13 + P_14; unclear ones not at all."""
    if members and all(line.net is not None for line in members):
        return net, money.total(line.sign * line.net for line in members)
    if members and all(line.gross is not None for line in members):
        vat = money.ZERO if field == MARGIN else invoice.vats.get(vat_field_of(field) or "")
        return net + (vat or money.ZERO), money.total(line.sign * line.gross for line in members)
    return net, None


def _rates(invoice: Invoice) -> Iterator[Problem]:
    """AM-09: each rate of the lines has its total, and each total but zero its lines."""
    used = {line.total_field for line in invoice.lines}
    if invoice.kind != "VAT" or not used or None in used:
        return
    # Many programs write all totals of their list of rates, the unused ones as 0.00.
    meant = {field for field, amount in invoice.nets.items() if amount != 0}
    astray = used - set(invoice.nets) | meant - used
    if astray:
        first = next(field for field in NET_FIELDS if field in astray)
        yield found("AM-09", f"Fa/{first}")


def _basic_invoice(invoice: Invoice) -> Iterator[Problem]:
    if invoice.kind != "VAT":
        return
    if not invoice.lines:
        yield found("AM-10", "Fa/FaWiersz")
    amounts = {"P_15": invoice.due, **invoice.nets}
    for field, amount in amounts.items():
        if amount is not None and amount < 0:
            yield found("AM-08", f"Fa/{field}")


def _simplified(invoice: Invoice) -> Iterator[Problem]:
    if invoice.kind != "UPR":
        return
    limit = _SIMPLIFIED_LIMIT.get(invoice.currency)
    if invoice.due is not None and limit is not None and invoice.due > limit:
        yield found("AM-11", "Fa/P_15")
    has_foreign = invoice.rates & _SIMPLIFIED_NOT_FOR or OSS_NET in invoice.nets
    if has_foreign or not invoice.has("Podmiot2/DaneIdentyfikacyjne/NIP"):
        yield found("AM-12", "Fa/RodzajFaktury")


def _settlement(invoice: Invoice) -> Iterator[Problem]:
    base = "Fa/Rozliczenie"
    yield from _settlement_sums(invoice)
    to_pay, to_settle = invoice.number(f"{base}/DoZaplaty"), invoice.number(f"{base}/DoRozliczenia")
    if to_pay is not None and to_settle is not None:
        yield found("AM-14a", base)
    elif invoice.due is not None and (to_pay is not None or to_settle is not None):
        charges = _sum(invoice, "Obciazenia", "SumaObciazen")
        expected = invoice.due + charges - _sum(invoice, "Odliczenia", "SumaOdliczen")
        stated = to_pay if to_pay is not None else -to_settle
        if differ(stated, expected):
            field = "DoZaplaty" if to_pay is not None else "DoRozliczenia"
            yield found("AM-14", f"{base}/{field}", expected=expected)


def _settlement_sums(invoice: Invoice) -> Iterator[Problem]:
    for items, total in (("Obciazenia", "SumaObciazen"), ("Odliczenia", "SumaOdliczen")):
        path = f"Fa/Rozliczenie/{total}"
        stated, expected = invoice.number(path), _added(invoice, items)
        if stated is not None and expected is not None and differ(stated, expected):
            yield compared("AM-14b", path, stated, expected)


def _sum(invoice: Invoice, items: str, total: str) -> Decimal:
    stated = invoice.number(f"Fa/Rozliczenie/{total}")
    return stated if stated is not None else _added(invoice, items) or money.ZERO


def _added(invoice: Invoice, items: str) -> Decimal | None:
    """The sum of the items, None where there are none."""
    rows = invoice.groups(f"Fa/Rozliczenie/{items}")
    parts = [line_reader.number(row, "Kwota") for row in rows]
    return money.total(part for part in parts if part is not None) if rows else None
