"""Asynchronous processing: what falls due becomes a verdict, a number, a closed session.

Nothing runs in the background. Every request that could see a result first settles what
is due, so that a killed and restarted simulator goes on where it stood.
"""

import json
import logging
import sqlite3
from dataclasses import dataclass, field
from datetime import date

from simulator import clock, crypto, invoice_file, numbers
from simulator.invoice_file import Facts, Rejection
from simulator.store import Row, dump, insert

log = logging.getLogger("simulator")

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
FORCED_DETAILS = {
    550: ["Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie"]
}


@dataclass
class Outcome:
    """The result of an examination, before duplicates are looked for."""

    code: int = 200
    details: list[str] = field(default_factory=list)
    xml: bytes | None = None
    number: str | None = None
    facts: Facts | None = None


def settle(world) -> None:
    """Bring everything that is due to its end."""
    now = clock.stamp(clock.now())
    with world.settling:
        _expire_sessions(world, now)
        _settle_invoices(world, now)
        _finish_sessions(world, now)


def _expire_sessions(world, now: str) -> None:
    due = "SELECT 1 FROM sessions WHERE code = 100 AND valid_until <= ? LIMIT 1"
    if world.store.row(due, now):
        with world.store.write() as db:
            db.execute(
                "UPDATE sessions SET code = 170, closed_at = valid_until, due_at = valid_until, "
                "updated_at = valid_until WHERE code = 100 AND valid_until <= ?",
                (now,),
            )


def _settle_invoices(world, now: str) -> None:
    due = world.store.rows(
        "SELECT invoices.*, sessions.key, sessions.iv, sessions.context, sessions.context_type, "
        "sessions.check_nips FROM invoices JOIN sessions ON sessions.reference = invoices.session "
        "WHERE invoices.code < 200 AND invoices.due_at <= ? ORDER BY invoices.number",
        now,
    )
    for row in due:
        outcome = world.checkers.submit(examine, row).result()
        with world.store.write() as db:
            _record(db, row, outcome)


def examine(row: Row) -> Outcome:
    """Decrypt and check one sent invoice; touches no state."""
    forced = _forced(row)
    if "code" in forced:
        return Outcome(forced["code"], FORCED_DETAILS.get(forced["code"], []))
    outcome = Outcome()
    try:
        _examine(row, outcome)
    except Rejection as rejection:
        outcome.code, outcome.details = rejection.code, rejection.details
    except Exception:
        # One file that we fail on must not stop the processing of all others.
        log.exception("invoice %s", row["reference"])
        outcome.code, outcome.facts = 500, None
    return outcome


def _forced(row: Row) -> dict:
    """What the control interface ordered for this invoice."""
    return json.loads(row["forced"]) if row["forced"] else {}


def _examine(row: Row, outcome: Outcome) -> None:
    data = outcome.xml = _decrypted(row)
    root = invoice_file.parse(data)
    outcome.number = invoice_file.number_of(root)
    invoice_file.validate(root)
    facts = outcome.facts = invoice_file.read(root)
    sent_on = clock.warsaw_day(clock.parse(row["sent_at"]))
    if facts.issued_on > sent_on:
        raise Rejection(
            450, ["Data wystawienia faktury (P_1) jest późniejsza niż data przyjęcia do KSeF."]
        )
    if row["check_nips"]:
        invoice_file.check_nips(root)
    if (row["context_type"], row["context"]) != ("Nip", facts.seller):
        raise Rejection(410, ["Brak uprawnień do wystawienia faktury w imieniu sprzedawcy."])
    _check_attachment(row, facts, len(data))


def _check_attachment(row: Row, facts: Facts, size: int) -> None:
    # Only a technical correction may carry an attachment in an interactive session.
    if facts.has_attachment and not row["corrected_hash"]:
        raise Rejection(415, ["Faktury z załącznikiem wysyła się w sesji wsadowej."])
    limit = invoice_file.MAX_SIZE
    if facts.has_attachment:
        limit = invoice_file.MAX_SIZE_WITH_ATTACHMENT
    if size > limit:
        raise Rejection(430, [f"Rozmiar pliku faktury przekracza {limit} bajtów."])


def _decrypted(row: Row) -> bytes:
    try:
        data = crypto.decrypt(row["key"], row["iv"], row["encrypted"])
    except ValueError as error:
        raise Rejection(435, ["Plik niepoprawnie zaszyfrowany"]) from error
    if len(data) != row["size"]:
        raise Rejection(
            430, [f"Rozmiar faktury nie zgadza się z zadeklarowaną wartością: '{row['size']}'."]
        )
    if crypto.sha256(data) != row["hash"]:
        raise Rejection(430, ["Skrót faktury nie zgadza się z zadeklarowaną wartością."])
    return data


def _record(db: sqlite3.Connection, row: Row, outcome: Outcome) -> None:
    extensions = None
    if outcome.code == 200:
        original = _original(db, outcome.facts)
        if original:
            outcome.code, outcome.details, extensions = _duplicate(row, original)
    mode = _mode(row, outcome.facts.issued_on) if outcome.facts else None
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


def _mode(row: Row, issued_on: date) -> str:
    """Offline when declared so, or when P_1 lies before the Warsaw day of sending."""
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
    if "plain_duplicate" in _forced(row):
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


def _finish_sessions(world, now: str) -> None:
    ready = (
        "SELECT reference FROM sessions WHERE code = 170 AND due_at <= ? AND NOT EXISTS "
        "(SELECT 1 FROM invoices WHERE session = sessions.reference "
        "AND (code < 200 OR upo_at > ?))"
    )
    for session in world.store.rows(ready, now, now):
        with world.store.write() as db:
            _finish(db, session["reference"])


def _finish(db: sqlite3.Connection, reference: str) -> None:
    sent, good = db.execute(
        "SELECT COUNT(*), COUNT(ksef_number) FROM invoices WHERE session = ?", (reference,)
    ).fetchone()
    code, details = 200, []
    if not sent:
        code, details = 440, ["Nie przesłano faktur"]
    elif not good:
        code = 445
    db.execute(
        "UPDATE sessions SET code = ?, details = ?, updated_at = "
        "MAX(due_at, COALESCE((SELECT MAX(due_at) FROM invoices WHERE session = ?), due_at)) "
        "WHERE reference = ? AND code = 170",
        (code, dump(details), reference, reference),
    )
    if code == 200:
        page = numbers.reference("UP", clock.warsaw_day(clock.now()))
        insert(db, "upos", reference=page, session=reference, page=1, xml=b"", hash="")
