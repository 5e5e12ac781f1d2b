"""Registers as tables: out as CSV, in with a plan that is shown first and then done at once.

A column that the file lacks changes nothing; an empty cell of a column that it has empties the
field. What cannot be taken is refused row by row, with the reason, and can be had back as CSV.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from django.db import transaction
from django.db.models import Model
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from invoices.forms.csv_lines import SheetRefused, folded, rows_of, safe, unsafe
from invoices.services import register_values as values
from invoices.services.register_words import is_shortened
from ksefapp.accounts.models import Company, User

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
REASON = gettext_noop("Powód odrzucenia")
SHORTENED = gettext_noop(
    "%(columns)s: Excel skrócił tę liczbę (E+) i zgubił jej końcówkę. Ustaw w nim kolumnę jako "
    "tekst, wpisz numer jeszcze raz i zapisz plik."
)


@dataclass(frozen=True)
class Column:
    """A column of a file: its heading in both languages, and what else people call it."""

    pl: str
    en: str
    words: str = ""

    @property
    def heading(self) -> str:
        return self.en if (get_language() or "pl").startswith("en") else self.pl


@dataclass
class Entry:
    """One row of a file and what it would do; `number` is its place in the file, from 1."""

    number: int
    cells: list[str]
    title: str = ""
    state: str = SAME
    row: Model | None = None
    values: dict[str, object] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)  # columns, by their headings
    reasons: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, *reasons: str) -> None:
        self.state = REFUSED
        self.reasons += reasons


@dataclass
class Plan:
    """What a file would do to a register."""

    heads: list[str]
    entries: list[Entry]
    ignored: list[str]  # headings that nobody knows

    def of(self, state: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.state == state]

    @property
    def counts(self) -> dict[str, int]:
        return {state: len(self.of(state)) for state in (NEW, CHANGED, SAME, REFUSED)}


class Register(Protocol):
    """One kind of rows as a table of one company."""

    columns: Mapping[str, Column]
    needed: Sequence[str]  # one of them must be there, else a file is none of this kind

    def rows(self) -> Iterable[Model]: ...

    def texts(self, row: Model) -> dict[str, str]: ...

    def plan(self, entry: Entry, given: Mapping[str, str]) -> None: ...

    def write(self, entries: Sequence[Entry], by: User) -> None: ...


# --- Out -----------------------------------------------------------------------------------------
def table_out(register: Register) -> bytes:
    """All rows as CSV: UTF-8 with BOM, semicolons, as Excel opens it in Poland."""
    names = list(register.columns)
    heads = [register.columns[name].heading for name in names]
    texts = (register.texts(row) for row in register.rows())
    return csv_bytes(heads, ([text.get(name, "") for name in names] for text in texts))


def refused_out(plan: Plan) -> bytes:
    """The refused rows as they came, with the reason in a column of its own."""
    width = len(plan.heads)
    rows = (
        [*(entry.cells + [""] * width)[:width], " ".join(entry.reasons)]
        for entry in plan.of(REFUSED)
    )
    return csv_bytes([*plan.heads, _(REASON)], rows)


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file for spreadsheets; no cell of it is run as a formula."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(head) for head in heads])
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
    return "\ufeff".encode() + target.getvalue().encode("utf-8", "replace")


# --- In ------------------------------------------------------------------------------------------
def plan_of(text: str, register: Register) -> Plan:
    """What the table in a text would do; nothing is written. Raises SheetRefused."""
    rows = rows_of(text.replace("\0", ""))
    names = _names(rows[0], register)
    if not set(register.needed) & set(names):
        told = ", ".join(f"„{register.columns[name].heading}”" for name in register.needed)
        text = _("Pierwszy wiersz musi nazywać kolumny, wśród nich jedną z: %(needed)s.")
        raise SheetRefused(text % {"needed": told})
    entries = []
    for number, cells in enumerate(rows[1:], 2):
        entry = Entry(number, cells)
        _plan_entry(register, entry, names)
        entries.append(entry)
    pairs = zip(rows[0], names, strict=True)
    reason = folded(_(REASON)), folded(REASON)  # a refused file that comes back mended
    ignored = [head for head, name in pairs if not name and head and folded(head) not in reason]
    heads = [head for head in rows[0] if folded(head) not in reason]
    return Plan(heads, entries, ignored)


def _plan_entry(register: Register, entry: Entry, names: list[str]) -> None:
    pairs = zip(names, entry.cells, strict=False)
    try:
        given = {name: values.plain(unsafe(cell.strip())) for name, cell in pairs if name}
    except values.Wrong as wrong:
        entry.refuse(str(wrong))
        return
    if shortened := [name for name, text in given.items() if is_shortened(name, text)]:
        heads = ", ".join(register.columns[name].heading for name in shortened)
        entry.title = given.get("name", "")
        entry.refuse(_(SHORTENED) % {"columns": heads})
        return
    register.plan(entry, given)


def _names(heads: list[str], register: Register) -> list[str]:
    """The column of each heading, "" for none; of two with one name the first counts."""
    known = _known(tuple(register.columns.items()))
    found = [known.get(folded(head), "") for head in heads]
    return [name if name not in found[:at] else "" for at, name in enumerate(found)]


@cache
def _known(columns: tuple[tuple[str, Column], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, column in columns:
        for word in (column.pl, column.en, name, *column.words.split("|")):
            found.setdefault(folded(word), name)
    found.pop("", None)
    return found


def refuse_errors(entry: Entry, found: values.Found, columns: Mapping[str, Column]) -> bool:
    """Whether the row was refused for what stands in it; each reason names its column."""
    identity = {"id_kind": _("Numer"), "id_number": _("Numer"), "id_country": _("Kraj numeru")}
    heads = identity | {name: column.heading for name, column in columns.items()}
    entry.refuse(*(f"{heads[name]}: {text}" for name, text in found.errors.items()))
    if not found.errors:
        entry.state = SAME
    return bool(found.errors)


@transaction.atomic
def plan_do(text: str, register: Register, company: Company, by: User) -> Plan:
    """Does what the table says, all at once, as the register is now. Raises SheetRefused."""
    Company.objects.select_for_update().get(pk=company.pk)  # two imports do not make twins
    plan = plan_of(text, register)
    register.write([*plan.of(NEW), *plan.of(CHANGED)], by)
    return plan
