"""Rules LG, PY and TF: what must be said, payment, texts and form."""

import re
from collections.abc import Iterator
from decimal import Decimal

from invoices.fa3 import characters, schema
from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rules.amounts import compared
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice
from ksefapp.lib import money

CASH_LIMIT = Decimal(15_000)
SIZE_LIMIT, SIZE_LIMIT_WITH_ATTACHMENT = 1_000_000, 3_000_000
_KSEF_NUMBER = re.compile(r"[0-9]{10}-20[0-9]{6}-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}")
_BROKEN = re.compile(r"\S[ ]*[\t\r\n]\s*\S")
_CASH, _TRANSFER = "1", "6"
_PART, _LAST_PART = "1", "2"  # ZnacznikZaplatyCzesciowej
_NUMBERED = (("Fa/FaWiersz", "NrWierszaFa"), ("Fa/Zamowienie/ZamowienieWiersz", "NrWierszaZam"))


def check(invoice: Invoice) -> Iterator[Problem]:
    yield from _form(invoice)
    yield from _lines(invoice)
    yield from _line_numbers(invoice)
    yield from _payment(invoice)
    yield from _texts(invoice)
    yield from _number(invoice)
    yield from _tables(invoice)


def check_size(size: int, has_attachment: bool) -> Iterator[Problem]:
    """TF-03: the size of the finished file in bytes."""
    limit = SIZE_LIMIT_WITH_ATTACHMENT if has_attachment else SIZE_LIMIT
    if size > limit:
        yield found("TF-03", "", size=size, limit=limit)


def _form(invoice: Invoice) -> Iterator[Problem]:
    code = schema.node("Naglowek/KodFormularza")
    expected = {a.key: a.fixed for a in code.attributes} | {trees.TEXT: code.facets.values[0]}
    given = trees.get(invoice.tree, code.path)
    if given is not None and given != expected:
        yield found("TF-05", code.path)
    variant = invoice.text("Naglowek/WariantFormularza")
    if variant and variant not in schema.node("Naglowek/WariantFormularza").facets.values:
        yield found("TF-05", "Naglowek/WariantFormularza")


def _lines(invoice: Invoice) -> Iterator[Problem]:
    """A correction may leave out whatever it does not change."""
    if invoice.is_correction:
        return
    entries = trees.items(invoice.tree, "Fa/FaWiersz")
    # An attachment is there for exactly these: measures, quantities, unit prices.
    has_attachment = invoice.has("Zalacznik")
    for line, entry in zip(invoice.lines, entries, strict=True):
        entry = entry if isinstance(entry, dict) else {}
        if not trees.text(entry, "P_7"):
            yield found("LG-01", f"{line.path}/P_7")
        if invoice.kind == "UPR" or line.is_margin:
            continue
        missing = _missing_measure(entry)
        if missing and not has_attachment:
            yield found("LG-02", f"{line.path}/{missing}")
        if _needs_rate(invoice) and not line.rate and not trees.text(entry, "P_12_XII"):
            yield found("LG-03", f"{line.path}/P_12")


def _needs_rate(invoice: Invoice) -> bool:
    """An exempt supplier may leave the rate out (art. 106e(4)(3))."""
    is_exempt = invoice.text("Fa/Adnotacje/Zwolnienie/P_19") == "1"
    return invoice.kind in {"VAT", "ROZ"} and not is_exempt


def _missing_measure(entry: trees.Tree) -> str | None:
    """The first missing field of quantity, unit and price; a gross price is a price."""
    for name in ("P_8A", "P_8B"):
        if not trees.text(entry, name):
            return name
    has_price = trees.text(entry, "P_9A") or trees.text(entry, "P_9B")
    return None if has_price else "P_9A"


def _line_numbers(invoice: Invoice) -> Iterator[Problem]:
    """LG-05 and LG-06. States before and after a correction share a number."""
    used: set[str] = set()
    for items, field in _NUMBERED:
        numbers = [
            (path, trees.text(line, field).lstrip("0")) for path, line in invoice.numbered(items)
        ]
        seen = {number for _, number in numbers}
        used |= seen
        if invoice.is_correction:
            continue
        if len(seen) < len(numbers):
            yield found("LG-06", f"{_first_repeated(numbers)}/{field}")
        elif [number for _, number in numbers] != [str(n + 1) for n in range(len(numbers))]:
            yield found("LG-06a", f"{numbers[0][0]}/{field}")
    for path, note in invoice.numbered("Fa/DodatkowyOpis"):
        number = trees.text(note, "NrWiersza").lstrip("0")
        if number and number not in used:
            yield found("LG-05", f"{path}/NrWiersza", number=number)


def _first_repeated(numbers: list[tuple[str, str]]) -> str:
    seen = set()
    return next(path for path, number in numbers if number in seen or seen.add(number))


def _payment(invoice: Invoice) -> Iterator[Problem]:
    base = "Fa/Platnosc"
    if invoice.text(f"{base}/Zaplacono") == "1":
        if not invoice.has(f"{base}/DataZaplaty"):
            yield found("PY-01", f"{base}/DataZaplaty")
        if invoice.has(f"{base}/ZnacznikZaplatyCzesciowej"):
            yield found("PY-01", f"{base}/ZnacznikZaplatyCzesciowej")
    if invoice.has(f"{base}/Skonto"):
        for name in ("WarunkiSkonta", "WysokoscSkonta"):
            if not invoice.has(f"{base}/Skonto/{name}"):
                yield found("PY-05", f"{base}/Skonto/{name}")
    yield from _method(invoice, base)
    yield from _partial(invoice, base)


def _method(invoice: Invoice, base: str) -> Iterator[Problem]:
    method = invoice.text(f"{base}/FormaPlatnosci")
    accounts = (f"{base}/RachunekBankowy", f"{base}/RachunekBankowyFaktora")
    if method == _TRANSFER and not any(invoice.has(path) for path in accounts):
        yield found("PY-03", f"{base}/RachunekBankowy")
    due = invoice.due_in_zloty
    is_business = invoice.has("Podmiot2/DaneIdentyfikacyjne/NIP")
    if method == _CASH and is_business and due is not None and due > CASH_LIMIT:
        yield found("PY-06", f"{base}/FormaPlatnosci")


def _partial(invoice: Invoice, base: str) -> Iterator[Problem]:
    parts = [
        line_reader.number(each, "KwotaZaplatyCzesciowej")
        for each in invoice.groups(f"{base}/ZaplataCzesciowa")
    ]
    paid = money.total(part for part in parts if part is not None)
    due = invoice.number("Fa/Rozliczenie/DoZaplaty") or invoice.due
    if parts and due is not None and paid > due:
        yield compared("PY-02", f"{base}/ZaplataCzesciowa", due, paid)
    flag = invoice.text(f"{base}/ZnacznikZaplatyCzesciowej")
    is_whole = due is not None and paid >= due
    if parts and due is not None and flag == _PART and is_whole:
        yield found("PY-07", f"{base}/ZnacznikZaplatyCzesciowej")
    if due is not None and flag == _LAST_PART and not (is_whole and len(parts) > 1):
        yield found("PY-07a", f"{base}/ZnacznikZaplatyCzesciowej")


def _texts(invoice: Invoice) -> Iterator[Problem]:
    """TF-02 and TF-10 for every text, AM-13 for every number, in one pass over the leaves."""
    nodes, is_broken_told = schema.nodes(), False
    for path, text in trees.leaves(invoice.tree):
        if refused := characters.find(text):
            first = refused[0]
            place = {language: first.place(language) for language in ("pl", "en")}
            yield found("TF-02", path, code=first.code, place=place)
        node = nodes.get(trees.plain(path))
        if node is None or not node.is_leaf:
            continue
        facets = node.facets
        if not is_broken_told and facets.white_space == "collapse" and _BROKEN.search(text):
            is_broken_told = True  # one is enough: a table has hundreds of such cells
            yield found("TF-10", path)
        if facets.base != "decimal":
            continue
        if text.strip() and facets.patterns and not _fits(facets.patterns, trees.collapse(text)):
            yield found("AM-13", path, places=facets.fraction_digits)


def _fits(patterns: tuple[str, ...], text: str) -> bool:
    return all(re.fullmatch(pattern, text, re.ASCII) for pattern in patterns)


def _number(invoice: Invoice) -> Iterator[Problem]:
    if _KSEF_NUMBER.search(invoice.text("Fa/P_2")):
        yield found("TF-08", "Fa/P_2")


def _tables(invoice: Invoice) -> Iterator[Problem]:
    for block_path, block in invoice.numbered("Zalacznik/BlokDanych"):
        for number, table in enumerate(trees.groups(block, "Tabela")):
            columns = len(trees.items(table, "TNaglowek/Kol"))
            for row_number, row in enumerate(trees.groups(table, "Wiersz")):
                if len(trees.items(row, "WKom")) > columns:
                    yield found("TF-07", f"{block_path}/Tabela[{number}]/Wiersz[{row_number}]")
            if len(trees.items(table, "Suma/SKom")) > columns:
                yield found("TF-07", f"{block_path}/Tabela[{number}]/Suma")
