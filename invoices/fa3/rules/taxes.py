"""Rules TX: rates, exemptions, annotations and special procedures."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from invoices.fa3 import tree as trees
from invoices.fa3.facades import day
from invoices.fa3.problems import Problem
from invoices.fa3.rates import OSS_NET
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice

SPLIT_PAYMENT_LIMIT = Decimal(15_000)
NOTES = "Fa/Adnotacje"
_REVERSE_CHARGE_RATES = frozenset({"oo", "np I", "np II"})
_REVERSE_CHARGE_FIELDS = frozenset({"P_13_8", "P_13_9", "P_13_10"})
_MARGIN_KINDS = ("P_PMarzy_2", "P_PMarzy_3_1", "P_PMarzy_3_2", "P_PMarzy_3_3")
_CASH, _CARD = "1", "2"
_ANNEX_15_GTU = frozenset({"GTU_05", "GTU_06"})  # waste; electronics and stretch film
_BUILDING_WORKS = ("41.", "42.", "43.")  # PKWiU, positions 97 to 150 of annex 15
_RECEIPT_MONTHS = 3


def check(invoice: Invoice) -> Iterator[Problem]:
    yield from _exemption(invoice)
    yield from _reverse_charge(invoice)
    yield from _split_payment(invoice)
    yield from _margin(invoice)
    yield from _new_transport(invoice)
    yield from _triangular(invoice)
    yield from _lines(invoice)
    yield from _rates(invoice)
    yield from _markers(invoice)


def _exemption(invoice: Invoice) -> Iterator[Problem]:
    base = f"{NOTES}/Zwolnienie"
    is_exempt = "zw" in invoice.rates or bool(invoice.nets.get("P_13_7"))
    is_marked = invoice.text(f"{base}/P_19") == "1"
    if is_exempt and not is_marked:
        yield found("TX-02", f"{base}/P_19")
    if is_marked:
        given = [name for name in ("P_19A", "P_19B", "P_19C") if invoice.has(f"{base}/{name}")]
        if len(given) != 1:
            yield found("TX-03", base)
        # A correction of data repeats the annotation without any amount.
        if not is_exempt and not invoice.is_correction and not _has_rateless_line(invoice):
            yield found("TX-05", f"{base}/P_19")


def _has_rateless_line(invoice: Invoice) -> bool:
    """An exempt supplier may leave the rate out (art. 106e(4)(3))."""
    return any(not line.rate for line in invoice.lines)


def _reverse_charge(invoice: Invoice) -> Iterator[Problem]:
    is_marked = invoice.text(f"{NOTES}/P_18") == "1"
    has_cause = invoice.rates & _REVERSE_CHARGE_RATES or _REVERSE_CHARGE_FIELDS & set(invoice.nets)
    if is_marked and not has_cause and not invoice.is_correction:
        yield found("TX-07", f"{NOTES}/P_18")
    if is_marked:
        return
    if invoice.nets.get("P_13_10") or "oo" in invoice.rates:
        yield found("TX-08", f"{NOTES}/P_18")
    elif invoice.is_correction:
        return
    elif invoice.nets.get("P_13_9") or "np II" in invoice.rates:
        yield found("TX-08a", f"{NOTES}/P_18")
    elif "np I" in invoice.rates and _is_foreign(invoice):
        # Art. 28b or 28e and the like: only the seller knows whose tax it is.
        yield found("TX-08b", f"{NOTES}/P_18")


def _is_foreign(invoice: Invoice) -> bool:
    """Whether the buyer is identified by a number of another country."""
    base = "Podmiot2/DaneIdentyfikacyjne"
    return invoice.has(f"{base}/NrVatUE") or invoice.has(f"{base}/NrID")


def _split_payment(invoice: Invoice) -> Iterator[Problem]:
    is_marked = invoice.text(f"{NOTES}/P_18A") == "1"
    due = invoice.due_in_zloty
    is_listed = any(line.is_annex_15 for line in invoice.lines)
    has_nip = invoice.has("Podmiot2/DaneIdentyfikacyjne/NIP")
    # "przekracza": exactly 15 000.00 is not over the limit.
    if not is_marked and is_listed and has_nip and due is not None and due > SPLIT_PAYMENT_LIMIT:
        yield found("TX-09", f"{NOTES}/P_18A")
    if not is_marked and has_nip and due is not None and due > SPLIT_PAYMENT_LIMIT:
        yield from _perhaps_listed(invoice)
    method = invoice.text("Fa/Platnosc/FormaPlatnosci")
    if is_marked and method in {_CASH, _CARD}:
        yield found("TX-10", "Fa/Platnosc/FormaPlatnosci")


def _perhaps_listed(invoice: Invoice) -> Iterator[Problem]:
    """Goods and works that annex 15 mostly lists; which of them, only the seller can tell."""
    for path, line in invoice.numbered("Fa/FaWiersz"):
        works = trees.text(line, "PKWiU").startswith(_BUILDING_WORKS)
        is_likely = works or trees.text(line, "GTU") in _ANNEX_15_GTU
        if is_likely and trees.text(line, "P_12_Zal_15") != "1":
            yield found("TX-11", f"{path}/P_12_Zal_15")
            return


def _margin(invoice: Invoice) -> Iterator[Problem]:
    if invoice.text(f"{NOTES}/PMarzy/P_PMarzy") != "1":
        return
    given = [name for name in _MARGIN_KINDS if invoice.has(f"{NOTES}/PMarzy/{name}")]
    if len(given) != 1:
        yield found("TX-12", f"{NOTES}/PMarzy")
    only_margin = invoice.lines and all(line.is_margin for line in invoice.lines)
    if only_margin and invoice.vats:
        yield found("TX-12a", f"Fa/{next(iter(invoice.vats))}")
    for line in invoice.lines:
        if line.is_margin and (line.net is not None or line.net_price is not None):
            yield found("TX-12b", line.path)
            return


def _new_transport(invoice: Invoice) -> Iterator[Problem]:
    base = f"{NOTES}/NoweSrodkiTransportu"
    if invoice.text(f"{base}/P_22") != "1":
        return
    vehicles = invoice.numbered(f"{base}/NowySrodekTransportu")
    if not vehicles:
        yield found("TX-14", base)
    numbers = {trees.text(line, "NrWierszaFa") for line in invoice.groups("Fa/FaWiersz")}
    for path, vehicle in vehicles:
        if trees.text(vehicle, "P_NrWierszaNST") not in numbers:
            yield found("TX-14a", f"{path}/P_NrWierszaNST")
        first_used = day(vehicle, "P_22A")
        supplied = invoice.day("Fa/P_6") or invoice.day("Fa/P_1")
        if first_used and supplied and first_used > supplied:
            yield found("TX-14b", f"{path}/P_22A")


def _triangular(invoice: Invoice) -> Iterator[Problem]:
    if invoice.text(f"{NOTES}/P_23") != "1":
        return
    has_prefix = invoice.text("Podmiot1/PrefiksPodatnika") == "PL"
    if not has_prefix or not invoice.has("Podmiot2/DaneIdentyfikacyjne/NrVatUE"):
        yield found("TX-15", f"{NOTES}/P_23")


def _lines(invoice: Invoice) -> Iterator[Problem]:
    has_oss_total = OSS_NET in invoice.nets
    for path, line in invoice.numbered("Fa/FaWiersz"):
        rate = trees.text(line, "P_12")
        if rate in {"22", "7"} and _is_after_2010(invoice):
            yield found("TX-16", f"{path}/P_12", rate=rate)
        if trees.text(line, "P_12_XII") and (rate or not has_oss_total):
            yield found("TX-17", f"{path}/P_12_XII")


def _is_after_2010(invoice: Invoice) -> bool:
    issued = invoice.day("Fa/P_1")
    return not invoice.is_correction and issued is not None and issued.year > 2010


def _rates(invoice: Invoice) -> Iterator[Problem]:
    order_rates = {
        trees.text(line, "P_12Z") for line in invoice.groups("Fa/Zamowienie/ZamowienieWiersz")
    }
    if invoice.kind == "ZAL" and ("0 WDT" in order_rates or "P_13_6_2" in invoice.nets):
        yield found("TX-18", "Fa/RodzajFaktury")
    if "0 EX" in invoice.rates and invoice.has("Podmiot2/DaneIdentyfikacyjne/NIP"):
        yield found("TX-22", "Podmiot2/DaneIdentyfikacyjne/NIP")
    if "oo" in invoice.rates and _is_foreign(invoice):
        yield found("TX-23", "Podmiot2/DaneIdentyfikacyjne")


def _markers(invoice: Invoice) -> Iterator[Problem]:
    """FP: what it asks of the seller cannot be seen here, so mostly hints."""
    if invoice.text("Fa/FP") != "1":
        return
    if invoice.kind in {"ZAL", "KOR_ZAL", "KOR_ROZ"}:
        yield found("TX-21", "Fa/FP")
    if invoice.has("Podmiot2/DaneIdentyfikacyjne/NIP"):
        yield found("CR-01", "Fa/FP")
    issued, sold = invoice.day("Fa/P_1"), invoice.day("Fa/P_6")
    if issued and sold and not invoice.is_correction and _months(sold, issued) > _RECEIPT_MONTHS:
        yield found("CR-01a", "Fa/FP")


def _months(start: date, end: date) -> int:
    """How many months `end` is after the month of `start` (as art. 106b ust. 3 counts)."""
    return 12 * (end.year - start.year) + end.month - start.month
