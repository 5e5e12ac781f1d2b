"""Rules KO and AD: corrections, advances and their settlement."""

from collections.abc import Iterator

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rules.amounts import GROSZ, compared, differ
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice
from ksefapp.lib import money


def check(invoice: Invoice) -> Iterator[Problem]:
    yield from _state_before(invoice)
    if invoice.is_correction:
        yield from _references(invoice)
        yield from _effect(invoice)
        yield from _parties(invoice)
    if invoice.kind == "ZAL":
        yield from _advance(invoice)
    if invoice.kind in {"ZAL", "KOR_ZAL"}:
        yield from _order(invoice)
    yield from _settled_advances(invoice)


def _state_before(invoice: Invoice) -> Iterator[Problem]:
    if invoice.is_correction:
        return
    for path, field in (
        ("Fa/FaWiersz", "StanPrzed"),
        ("Fa/Zamowienie/ZamowienieWiersz", "StanPrzedZ"),
    ):
        for where, line in invoice.numbered(path):
            if trees.text(line, field):
                yield found("KO-14", f"{where}/{field}")


def _references(invoice: Invoice) -> Iterator[Problem]:
    references = invoice.numbered("Fa/DaneFaKorygowanej")
    if not references:
        yield found("KO-01", "Fa/DaneFaKorygowanej")
    for path, reference in references:
        is_inside = trees.text(reference, "NrKSeF") == "1"
        is_outside = trees.text(reference, "NrKSeFN") == "1"
        has_number = bool(trees.text(reference, "NrKSeFFaKorygowanej"))
        if is_inside == is_outside or is_inside != has_number:
            yield found("KO-02", path)
    if not invoice.has("Fa/PrzyczynaKorekty"):
        yield found("KO-08", "Fa/PrzyczynaKorekty")
    if invoice.kind != "KOR" and not invoice.has("Fa/P_15ZK"):
        yield found("KO-13", "Fa/P_15ZK")


def _effect(invoice: Invoice) -> Iterator[Problem]:
    amounts = [invoice.due, *invoice.nets.values(), *invoice.vats.values()]
    changes_amounts = any(amount for amount in amounts if amount is not None)
    changes_data = any(
        invoice.has(f"Fa/{name}")
        for name in ("Podmiot1K", "Podmiot2K", "NrFaKorygowany", "FaWiersz", "Zamowienie")
    )
    if not changes_amounts and not changes_data:
        yield found("KO-07", "Fa")


def _parties(invoice: Invoice) -> Iterator[Problem]:
    if invoice.has("Fa/Podmiot1K") and _same_party(invoice, "Fa/Podmiot1K", "Podmiot1"):
        yield found("KO-11", "Fa/Podmiot1K")
    buyers = [invoice.tree.get("Podmiot2"), *invoice.groups("Podmiot3")]
    keys = {trees.text(buyer, "IDNabywcy") for buyer in buyers if isinstance(buyer, dict)}
    for path, former in invoice.numbered("Fa/Podmiot2K"):
        if _same_party(invoice, path, "Podmiot2"):
            yield found("KO-11", path)
        key = trees.text(former, "IDNabywcy")
        if key and key not in keys:
            yield found("KO-12", f"{path}/IDNabywcy")


def _same_party(invoice: Invoice, former: str, present: str) -> bool:
    return all(
        trees.get(invoice.tree, f"{former}/{part}") == trees.get(invoice.tree, f"{present}/{part}")
        for part in ("DaneIdentyfikacyjne", "Adres")
    )


def _advance(invoice: Invoice) -> Iterator[Problem]:
    if not invoice.has("Fa/Zamowienie"):
        yield found("AD-01", "Fa/Zamowienie")
    if invoice.lines:
        yield found("AD-02", "Fa/FaWiersz")
    parts = [line_reader.number(each, "P_15Z") for each in invoice.groups("Fa/ZaliczkaCzesciowa")]
    received = money.total(part for part in parts if part is not None)
    if parts and invoice.due is not None and differ(invoice.due, received):
        yield compared("AD-09", "Fa/ZaliczkaCzesciowa", invoice.due, received)
    paid, issued = invoice.text("Fa/Platnosc/DataZaplaty"), invoice.text("Fa/P_1")
    if paid and paid != issued and not parts and not invoice.has("Fa/P_6"):
        yield found("AD-05", "Fa/P_6")


def _order(invoice: Invoice) -> Iterator[Problem]:
    """The order's value against its lines; in a correction those after it count."""
    path = "Fa/Zamowienie/WartoscZamowienia"
    stated = invoice.number(path)
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
        yield compared("AD-03", path, stated, money.total(known))


def _settled_advances(invoice: Invoice) -> Iterator[Problem]:
    settled = invoice.numbered("Fa/FakturaZaliczkowa")
    if invoice.kind == "ROZ" and not settled and not invoice.has("Fa/ZaliczkaCzesciowa"):
        yield found("AD-06", "Fa/FakturaZaliczkowa")
    for path, advance in settled:
        in_ksef = bool(trees.text(advance, "NrKSeFFaZaliczkowej"))
        outside = bool(trees.text(advance, "NrKSeFZN"))
        if in_ksef == outside or outside != bool(trees.text(advance, "NrFaZaliczkowej")):
            yield found("AD-07", path)
