"""Lines as a spreadsheet has them: CSV out and in, and what is pasted from a table."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from invoices.fa3 import registry
from invoices.fa3 import tree as trees
from invoices.forms.controls import values_of
from invoices.forms.line_form import MAIN, NUMBERS, RATE_NAMES, element_of, label
from invoices.forms.lines import (
    BOX_NAMES,
    ELEMENT_BOXES,
    ELEMENTS,
    LINE_BOXES,
    LINES,
    PRICES,
    entries,
)
from ksefapp.lib import money

MOST_ROWS = 10_000
MOST_BYTES = 8_000_000
MOST_COLUMNS = 100
MOST_PROBLEMS = 20
DANGEROUS = re.compile(r"'*[=+\-@\t\r＝＋－＠]")  # a spreadsheet would take it for a formula
KEPT_TEXT = re.compile(r'="([^"]*)"')  # how people keep the zeros of a number in Excel
SAID_SEPARATOR = re.compile(r'\s*"?sep=([;,\t|])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)
CODE = re.compile(r"\((\w+)\)\s*$")
UNITS_OF_MONEY = re.compile(r"\s*(zł|pln|%)\.?$", re.IGNORECASE)
BOX_OF = {box.path: name for name, box in LINE_BOXES.items()}
# What people call the columns of their own sheets, besides the labels of the form.
SYNONYMS = {
    "name": "nazwa|towar|usługa|produkt|opis|nazwa towaru|nazwa usługi|name|description|item",
    "quantity": "ilość|liczba|szt|sztuk|qty|quantity",
    "unit": "jm|jednostka|jednostka miary|miara|unit",
    "price": "cena|cena netto|cena jednostkowa|cena jednostkowa netto|cena jedn|price|unit price",
    "P_9B": "cena brutto|cena jednostkowa brutto|gross price",
    "rate": "stawka|vat|stawka vat|stawka podatku|vat rate|rate|tax",
    "P_10": "rabat|opust|upust|discount",
    "P_11": "netto|wartość netto|net|net value",
    "P_11A": "brutto|wartość brutto|gross|gross value",
    "P_11Vat": "kwota vat|wartość vat|podatek|vat amount",
    "Indeks": "indeks|kod|kod towaru|symbol|sku|index|code",
    "GTIN": "gtin|ean|kod ean|barcode",
}


class SheetRefused(ValueError):
    """The text is no table that we can read; the message is for people."""


@dataclass(frozen=True)
class Sheet:
    """A table as it came: all rows, whether the first one names the columns, a box per column."""

    rows: list[list[str]]
    has_header: bool
    columns: list[str]

    @property
    def body(self) -> list[list[str]]:
        return self.rows[1:] if self.has_header else self.rows


# --- Out -----------------------------------------------------------------------------------------
def csv_of(tree: dict) -> bytes:
    """The lines as CSV: UTF-8 with BOM, semicolons, decimal commas, as Excel opens it in Poland.

    A text that a spreadsheet would run as a formula gets an apostrophe in front; reading the
    file takes it away again.
    """
    found = entries(tree)
    used = [name for name in ELEMENTS if any(name in entry for entry in found)]
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    language = get_language() or "pl"
    writer.writerow([f"{registry.label(f'{LINES}/{name}', language)} ({name})" for name in used])
    for entry in found:
        writer.writerow([safe(_shown(entry, name)) for name in used])
    return "\ufeff".encode() + target.getvalue().encode("utf-8", "replace")


def _shown(entry: dict, element: str) -> str:
    return ELEMENT_BOXES[element].show(trees.text(entry, element))


def safe(text: str) -> str:
    """A cell that no spreadsheet runs as a formula; `unsafe` gives the text back."""
    is_formula = DANGEROUS.match(text) and money.from_input(text) is None
    return f"'{text}" if is_formula else text


def unsafe(text: str) -> str:
    """A cell as it was before `safe`."""
    if kept := KEPT_TEXT.fullmatch(text):
        return kept[1]
    return text[1:] if text.startswith("'") and DANGEROUS.match(text) else text


# --- In ------------------------------------------------------------------------------------------
def decoded(data: bytes) -> str:
    """Text of a file: UTF-8 or UTF-16 by its mark, UTF-8, else Windows-1250."""
    if len(data) > MOST_BYTES:
        raise SheetRefused(_("Plik jest za duży: najwięcej 8 MB."))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1250", "replace")


def sheet_of(text: str, *, start: str = "name", order: Iterable[str] = MAIN) -> Sheet:
    """The table in a text: cells divided by tabs, semicolons or commas.

    Without headings the columns are those of the grid from `start` on. Raises SheetRefused.
    """
    rows = rows_of(text.replace("\0", ""))
    found = [box_of_heading(cell) for cell in rows[0]]
    named = sum(bool(box) for box in found)
    has_numbers = any(money.from_input(cell) is not None for cell in rows[0])
    width = max(map(len, rows))
    if named and not has_numbers and named * 2 >= sum(bool(cell.strip()) for cell in rows[0]):
        return Sheet(rows, True, _once([*found, *[""] * (width - len(found))]))
    names = list(order)
    names = names[names.index(start) if start in names else 0 :]
    return Sheet(rows, False, [*names, *[""] * width][:width])


def _once(boxes: list[str]) -> list[str]:
    """No box is filled from two columns: the first one has it."""
    return [box if box not in boxes[:at] else "" for at, box in enumerate(boxes)]


def rows_of(text: str) -> list[list[str]]:
    """The rows of a table that have any text. Raises SheetRefused."""
    text, sign = _delimited(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    rows = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) > MOST_ROWS + 1:
                raise SheetRefused(_("Za dużo wierszy: najwięcej 10 000."))
            if len(row) > MOST_COLUMNS:
                told = {"row": reader.line_num, "most": MOST_COLUMNS}
                raise SheetRefused(_("Wiersz %(row)d ma ponad %(most)d kolumn.") % told)
    except csv.Error as error:
        told = {"row": reader.line_num}
        raise SheetRefused(_("Wiersza %(row)d nie da się odczytać.") % told) from error
    if not rows:
        raise SheetRefused(_("Tu nie ma żadnego wiersza."))
    return rows


def _delimited(text: str) -> tuple[str, str]:
    """The table and what divides its cells; Excel may say so in a line of its own, `sep=;`."""
    if said := SAID_SEPARATOR.match(text):
        return text[said.end() :], said[1]
    return text, _delimiter(text)


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return next((sign for sign in ("\t", ";", ",") if sign in first), ";")


def box_of_heading(text: str) -> str:
    """The box that a heading means, "" for none: `Stawka VAT`, `Cena netto`, `(P_7)`."""
    code = CODE.search(text)
    if code and code[1] in ELEMENTS:
        return BOX_OF.get(code[1], code[1])
    return _headings().get(folded(text), "")


@cache
def _headings() -> dict[str, str]:
    found = {folded(word): box for box, words in SYNONYMS.items() for word in words.split("|")}
    for element in ELEMENTS:
        if element == "NrWierszaFa":
            continue  # the numbers of another list are not those of this invoice
        for text in (element, *(registry.label(f"{LINES}/{element}", la) for la in ("pl", "en"))):
            found.setdefault(folded(text), BOX_OF.get(element, element))
    return found


def folded(text: str) -> str:
    """Letters and digits only, without case and accents: how headings are compared."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l"))
    return "".join(c for c in plain if c.isalnum())


def boxes_of(sheet: Sheet, mode: str) -> list[str]:
    """The box of each column, where the invoice's way of pricing says which price is `price`."""
    return ["price" if box == PRICES[mode] else box for box in sheet.columns]


def lines_in(sheet: Sheet, mode: str) -> tuple[list[dict[str, str]], list[str]]:
    """(boxes of each row, what cannot be read in words with row and column).

    `mode` is the invoice's way of pricing: it says which price the box `price` is.
    """
    columns = boxes_of(sheet, mode)
    rows, problems = [], []
    for number, cells in enumerate(sheet.rows, 1):
        if number == 1 and sheet.has_header:
            continue
        made = {}
        for box, cell in zip(columns, cells, strict=False):
            if box in BOX_NAMES:
                made[box] = read_cell(box, cell)
                if len(problems) < MOST_PROBLEMS and not _is_readable(box, made[box]):
                    problems.append(_said(number, box, cell))
        rows.append(made)
    return rows, problems


def _said(number: int, box: str, cell: str) -> str:
    told = {"row": number, "column": label(box), "text": cell.strip()[:60]}
    return _("Wiersz %(row)d, kolumna %(column)s: nie rozumiem „%(text)s”.") % told


def read_cell(box: str, text: str) -> str:
    """A cell as its box has it: `1 234,56 zł` and `23%` lose their units, `zw.` its dot."""
    text = unsafe(text)
    element = element_of(box)
    kind = ELEMENTS[element]
    if kind in NUMBERS:
        return UNITS_OF_MONEY.sub("", text.strip())
    if kind == "choice":
        return _choice(element, text)
    if kind == "flag1":
        return "1" if folded(text) in ("1", "tak", "yes", "x", "true", "prawda") else ""
    return trees.collapse(text)


def _choice(element: str, text: str) -> str:
    plain = trees.collapse(text.replace("\u00a0", " "))
    listed = values_of(f"{LINES}/{element}")
    if element == "P_12":
        return _rate(plain, listed)
    digits = re.fullmatch(r"(?:gtu)?[ _-]*(\d{1,2})", plain, re.IGNORECASE)
    if element == "GTU" and digits:
        return f"GTU_{int(digits[1]):02d}"
    return next((value for value in listed if value.lower() == plain.lower()), plain)


def _rate(text: str, listed: tuple[str, ...]) -> str:
    short = text.lower().replace("%", "").strip(" .")
    short = re.sub(r"^(\d+)[.,]0+$", r"\1", short)
    names = {str(name).lower().replace("%", ""): value for value, name in RATE_NAMES.items()}
    known = {value.lower(): value for value in listed} | names | {"0": "0 KR", "np": "np I"}
    return known.get(short, text)


def _is_readable(box: str, text: str) -> bool:
    element = element_of(box)
    if not text:
        return True
    if ELEMENTS[element] in NUMBERS:
        return money.from_input(text) is not None
    return ELEMENTS[element] != "choice" or text in values_of(f"{LINES}/{element}")
