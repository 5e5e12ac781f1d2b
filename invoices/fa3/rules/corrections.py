"""Rules KO: corrections, what they refer to and what they change."""

from collections.abc import Iterator

from invoices.fa3 import tree as trees
from invoices.fa3.lines import Line
from invoices.fa3.problems import Problem
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice
from invoices.fa3.tree import Tree

_NIP = "DaneIdentyfikacyjne/NIP"
_OF_CORRECTIONS = ("PrzyczynaKorekty", "TypKorekty", "DaneFaKorygowanej", "OkresFaKorygowanej")
_OF_CORRECTIONS += ("NrFaKorygowany", "Podmiot1K", "Podmiot2K", "P_15ZK", "KursWalutyZK")
_ROWS = (("Fa/FaWiersz", "StanPrzed"), ("Fa/Zamowienie/ZamowienieWiersz", "StanPrzedZ"))


def check(invoice: Invoice) -> Iterator[Problem]:
    yield from _state_before(invoice)
    if invoice.is_correction:
        yield from _references(invoice)
        yield from _effect(invoice)
        yield from _parties(invoice)
        yield from _collective(invoice)
        yield from _method(invoice)


def _state_before(invoice: Invoice) -> Iterator[Problem]:
    if invoice.is_correction:
        return
    for path, field in _ROWS:
        for where, line in invoice.numbered(path):
            if trees.text(line, field):
                yield found("KO-14", f"{where}/{field}")
    given = next((field for field in _OF_CORRECTIONS if invoice.has(f"Fa/{field}")), None)
    if given:
        yield found("KO-14a", f"Fa/{given}")


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
    for rule, field in (("KO-08", "PrzyczynaKorekty"), ("KO-09", "TypKorekty")):
        if not invoice.has(f"Fa/{field}"):
            yield found(rule, f"Fa/{field}")
    wrong_numbers = {trees.text(reference, "NrFaKorygowanej") for _, reference in references}
    if invoice.text("Fa/NrFaKorygowany") in wrong_numbers - {""}:
        yield found("KO-18", "Fa/NrFaKorygowany")
    if invoice.kind != "KOR" and not invoice.has("Fa/P_15ZK"):
        yield found("KO-13", "Fa/P_15ZK")


def _effect(invoice: Invoice) -> Iterator[Problem]:
    names = ("Podmiot1K", "Podmiot2K", "NrFaKorygowany")
    changes_data = any(invoice.has(f"Fa/{name}") for name in names) or any(
        _rows_differ(invoice.groups(path), mark) for path, mark in _ROWS
    )
    if not _changes_amounts(invoice) and not changes_data:
        yield found("KO-07", "Fa")


def _rows_differ(rows: list[Tree], mark: str) -> bool:
    """Whether the rows say anything else than that all stays as it was."""
    was = [row for row in rows if trees.text(row, mark) == "1"]
    now = [row for row in rows if trees.text(row, mark) != "1"]
    return len(was) != len(now) or any(
        {**before, mark: ""} != {**after, mark: ""} for before, after in zip(was, now, strict=True)
    )


def _changes_amounts(invoice: Invoice) -> bool:
    amounts = [invoice.due, *invoice.nets.values(), *invoice.vats.values()]
    return any(amount for amount in amounts if amount is not None)


def _collective(invoice: Invoice) -> Iterator[Problem]:
    """KO-16 and LG-04: what the amounts are about, when no line says it.

    A rebate of a period names the period and, for a part of its supplies, the goods
    (art. 106j ust. 3); any other correction says what it corrects (art. 106j ust. 2 pkt 5).
    """
    has_detail = invoice.has("Fa/Zamowienie") or any(_has_amount(line) for line in invoice.lines)
    if has_detail or invoice.has("Fa/OkresFaKorygowanej") or not _changes_amounts(invoice):
        return
    if len(invoice.groups("Fa/DaneFaKorygowanej")) > 1:
        yield found("KO-16", "Fa/OkresFaKorygowanej")
    elif not invoice.lines and invoice.kind == "KOR":
        yield found("LG-04", "Fa/FaWiersz")


def _has_amount(line: Line) -> bool:
    return line.net is not None or line.gross is not None


def _method(invoice: Invoice) -> Iterator[Problem]:
    """Lines show states before and after, or differences; a negative state after is neither."""
    if not any(line.is_before for line in invoice.lines):
        return
    for line in invoice.lines:
        amount = line.net if line.net is not None else line.gross
        if amount is not None and amount < 0 and not line.is_before:
            yield found("KO-19", line.path)
            return


def _parties(invoice: Invoice) -> Iterator[Problem]:
    if invoice.has("Fa/Podmiot1K"):
        if _is_same(invoice.tree["Fa"]["Podmiot1K"], invoice.tree.get("Podmiot1")):
            yield found("KO-11", "Fa/Podmiot1K")
        yield from _other_nip(invoice, "Fa/Podmiot1K", [invoice.tree.get("Podmiot1")])
    buyers = [invoice.tree.get("Podmiot2"), *invoice.groups("Podmiot3")]
    former = invoice.numbered("Fa/Podmiot2K")
    for path, party in former:
        linked = _of_key(party, buyers)
        if _is_same(party, linked or invoice.tree.get("Podmiot2")):
            yield found("KO-11", path)
        yield from _other_nip(invoice, path, [linked] if linked else buyers)
        yield from _linked(party, path, buyers, is_only=len(former) == 1)


def _other_nip(invoice: Invoice, path: str, present: list) -> Iterator[Problem]:
    """A NIP cannot be corrected: the invoice goes to zero and a new one is issued."""
    former = invoice.text(f"{path}/{_NIP}")
    numbers = {trees.text(party, _NIP) for party in present if isinstance(party, dict)} - {""}
    if former and numbers and former not in numbers:
        yield found("KO-10", f"{path}/{_NIP}")


def _linked(party: Tree, path: str, buyers: list, *, is_only: bool) -> Iterator[Problem]:
    """Which buyer of now each former one is, said by the same IDNabywcy in both."""
    keys = {trees.text(buyer, "IDNabywcy") for buyer in buyers if isinstance(buyer, dict)}
    key = trees.text(party, "IDNabywcy")
    if key and key not in keys:
        yield found("KO-12", f"{path}/IDNabywcy")
    elif not key and not is_only:
        yield found("KO-12a", f"{path}/IDNabywcy")


def _of_key(former: Tree, buyers: list) -> Tree | None:
    """The buyer of now with the same IDNabywcy, where there is just one."""
    key = trees.text(former, "IDNabywcy")
    found = [each for each in buyers if key and trees.text(each or {}, "IDNabywcy") == key]
    return found[0] if len(found) == 1 else None


def _is_same(former: Tree, present: Tree | None) -> bool:
    return all(
        trees.get(former, part) == trees.get(present or {}, part)
        for part in ("DaneIdentyfikacyjne", "Adres")
    )
