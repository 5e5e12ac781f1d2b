"""The register: verdicts written down, duplicates found, KSeF numbers given."""

import sqlite3
from datetime import date

from simulator import clock, corrections, examination, numbers
from simulator.examination import Outcome
from simulator.invoice_file import Facts
from simulator.store import Row, dump

INVOICE_TEXTS = {
    100: "Faktura przyjęta do dalszego przetwarzania",
    150: "Trwa przetwarzanie",
    200: "Sukces",
    405: "Przetwarzanie anulowane z powodu błędu sesji",
    410: "Nieprawidłowy zakres uprawnień",
    415: "Brak możliwości wysyłania faktury z załącznikiem",
    430: "Błąd weryfikacji pliku faktury",
    435: "Błąd odszyfrowania pliku",
    440: "Duplikat faktury",
    450: "Błąd weryfikacji semantyki dokumentu faktury",
    500: "Nieznany błąd (500)",
    550: "Operacja została anulowana przez system",
}


def record(db: sqlite3.Connection, row: Row | dict, outcome: Outcome) -> None:
    """Write a verdict down; what passed the examination may still be a duplicate."""
    extensions = None
    if outcome.code == 200:
        original = _original(db, outcome.facts)
        if original:
            outcome.code, outcome.details, extensions = _duplicate(row, original)
        elif corrections.taken(db, row):
            outcome.code, outcome.details = 450, [corrections.ALREADY]
    mode = _mode(row, outcome.issued_on)
    db.execute(
        "UPDATE invoices SET code = ?, details = ?, extensions = ?, xml = ?, encrypted = NULL, "
        "invoice_number = ?, mode = ? WHERE number = ?",
        (
            outcome.code,
            dump(outcome.details),
            extensions,
            outcome.xml,
            outcome.number,
            mode,
            row["number"],
        ),
    )
    if outcome.code == 200:
        _accept(db, row, outcome.facts)


def _mode(row: Row, issued_on: date | None) -> str | None:
    """Offline when declared so, or when P_1 lies before the Warsaw day of sending."""
    if issued_on is None:
        return "Offline" if row["offline"] else None
    sent_on = clock.warsaw_day(clock.parse(row["sent_at"]))
    return "Offline" if row["offline"] or issued_on < sent_on else "Online"


def _original(db: sqlite3.Connection, facts: Facts) -> Row | None:
    """The accepted invoice of the same seller, kind and number."""
    return db.execute(
        "SELECT * FROM invoices WHERE seller = ? AND kind = ? AND invoice_number = ? "
        "AND ksef_number IS NOT NULL",
        (facts.seller, facts.kind, facts.number),
    ).fetchone()


def _duplicate(row: Row, original: Row) -> tuple[int, list[str], str | None]:
    if "plain_duplicate" in examination.forced_by(row["forced"]):
        return 440, [], None
    number, session = original["ksef_number"], original["session"]
    detail = (
        f"Duplikat faktury. Faktura o numerze KSeF: {number} została już prawidłowo przesłana "
        f"do systemu w sesji: {session}"
    )
    extensions = {"originalSessionReferenceNumber": session, "originalKsefNumber": number}
    return 440, [detail], dump(extensions)


def _accept(db: sqlite3.Connection, row: Row, facts: Facts) -> None:
    number = numbers.ksef_number(facts.seller, clock.warsaw_day(clock.parse(row["sent_at"])))
    db.execute(
        "UPDATE invoices SET ksef_number = ?, seller = ?, kind = ?, issued_on = ?, meta = ?, "
        "acquired_at = due_at WHERE number = ?",
        (
            number,
            facts.seller,
            facts.kind,
            facts.issued_on.isoformat(),
            dump(facts.meta | {"attachment": facts.has_attachment}),
            row["number"],
        ),
    )
