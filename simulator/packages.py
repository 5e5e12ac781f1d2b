"""Packages of batch sessions: put together, decrypted, unpacked, examined in slices.

One thread of its own works on them, because a package may take longer than a caller waits.
It goes on after a restart: invoices already recorded are skipped by their place in the archive.
"""

import hashlib
import itertools
import logging
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import wait
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulator import archive, clock, examination, numbers, session_limits
from simulator.archive import Entry
from simulator.examination import Outcome, Terms
from simulator.register import record
from simulator.store import Row, Store, dump, insert

log = logging.getLogger("simulator")

SLICE = 200
SLICE_BYTES = 16_000_000
BLOCK = 1 << 20
MAX_PART = 100_000_000
INVOICE = "batch_invoice"
# Shorter than any client's time-out, long enough for most packages to be finished in it.
PATIENCE = 1.0
FULL_PATIENCE = 30.0


class Failed(Exception):
    """The package as a whole cannot be processed; carries the code of the session."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Stopped(Exception):
    """The simulator ends; the rest is done after the next start."""


def folder(store: Store, session: str) -> Path:
    """Where the parts of a session lie until they are processed."""
    return store.folder / "parts" / session


def advance(world, now: str, awaited: str | None = None) -> bool:
    """Start what is due and wait a little for the session asked about; whether any is done."""
    due = world.store.rows(
        "SELECT session FROM packages JOIN sessions ON reference = session "
        "WHERE done = 0 AND code = 150 AND due_at <= ?",
        now,
    )
    jobs = {row["session"]: world.background(row["session"], _work, row["session"]) for row in due}
    asked = [job for name, job in jobs.items() if job and awaited in (name, "*")]
    wait(asked, FULL_PATIENCE if awaited == "*" else PATIENCE)
    return any(job and job.done() for job in jobs.values())


def _work(world, reference: str) -> None:
    try:
        _process(world, reference)
    except Stopped:
        return
    except Failed as failed:
        _end(world.store, reference, failed.code)
    except Exception:
        log.exception("package of %s", reference)
        _end(world.store, reference, 500)
    forget_files(world.store, reference)


def _end(store: Store, reference: str, code: int | None = None) -> None:
    """Close the package; with a code the session fails, without one its invoices decide."""
    with store.write() as db:
        db.execute("UPDATE packages SET done = 1 WHERE session = ?", (reference,))
        if code:
            details = ["Nie przesłano faktur"] if code == 440 else []
            db.execute(
                "UPDATE sessions SET code = ?, details = ?, updated_at = ? WHERE reference = ?",
                (code, dump(details), clock.stamp(clock.now()), reference),
            )


def _process(world, reference: str) -> None:
    row = world.store.row(
        "SELECT * FROM sessions JOIN packages ON session = reference WHERE reference = ?", reference
    )
    if row["done"]:
        return
    if row["verdict"]:
        raise Failed(row["verdict"])
    if row["key"] is None:
        raise Failed(415)
    package = _put_together(world, row)
    most = session_limits.of_session(world.settings, row, session_limits.BATCH)
    _count(world, package, row["compression"], most["maxInvoices"])
    terms = examination.terms_of(world.store, row, row["opened_at"], attachable=True, limits=most)
    for piece in _slices(_read(world, package, row["compression"]), _recorded(world, reference)):
        _record_slice(world, row, terms, piece)
    _end(world.store, reference)


def _put_together(world, row: Row) -> Path:
    """The package as the taxpayer made it, on disk; Failed 405 or 435."""
    place = folder(world.store, row["session"])
    target = place / "package"
    whole, size = hashlib.sha256(), 0
    parts = world.store.rows(
        "SELECT * FROM parts WHERE session = ? ORDER BY ordinal", row["session"]
    )
    if any(part["received_hash"] != part["hash"] for part in parts):
        raise Failed(405)
    with open(target, "wb") as file:
        for part in parts:
            length = 0
            for block in _decrypted(world, place / str(part["ordinal"]), row):
                length += len(block)
                whole.update(block)
                file.write(block)
            if length > MAX_PART:
                raise Failed(405)
            size += length
    if (size, numbers.to_base64(whole.digest())) != (row["size"], row["hash"]):
        raise Failed(405)
    return target


def _decrypted(world, path: Path, row: Row) -> Iterator[bytes]:
    decryptor = Cipher(algorithms.AES256(row["key"]), modes.CBC(row["iv"])).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        with open(path, "rb") as file:
            while block := file.read(BLOCK):
                _go_on(world)
                yield unpadder.update(decryptor.update(block))
        yield unpadder.update(decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise Failed(435) from error


def _go_on(world) -> None:
    if world.stopping.is_set():
        raise Stopped


def _read(world, package: Path, compression: str) -> Iterator[Entry]:
    try:
        for entry in archive.entries(package, compression):
            _go_on(world)
            yield entry
    except archive.Unreadable as error:
        raise Failed(430) from error


def _count(world, package: Path, compression: str, limit: int) -> None:
    """Read the archive once to its end: nothing of a broken or overfull package is accepted."""
    for number, _ in enumerate(_read(world, package, compression), start=1):
        if number > limit:
            raise Failed(420)


def _recorded(world, session: str) -> int:
    question = "SELECT COUNT(*) AS done FROM invoices WHERE session = ?"
    return world.store.row(question, session)["done"]


def _slices(found: Iterator[Entry], done: int) -> Iterator[list[tuple[int, Entry]]]:
    """Invoices not recorded yet, as many at once as a transaction and memory bear well."""
    piece: list[tuple[int, Entry]] = []
    weight = 0
    for ordinal, entry in itertools.islice(enumerate(found, start=1), done, None):
        piece.append((ordinal, entry))
        weight += entry.size
        if len(piece) >= SLICE or weight >= SLICE_BYTES:
            yield piece
            piece, weight = [], 0
    if piece:
        yield piece


def _record_slice(world, row: Row, terms: Terms, piece: list[tuple[int, Entry]]) -> None:
    orders = [_ordered(world) for _ in piece] if world.faults.waiting(INVOICE) else []
    examined = [
        (ordinal, entry, _examine(entry, terms, order), order)
        for (ordinal, entry), order in itertools.zip_longest(piece, orders)
    ]
    with world.store.write() as db:
        for ordinal, entry, outcome, order in examined:
            invoice = _enter(db, world, row, ordinal, entry, order)
            record(db, invoice, outcome)


def _ordered(world) -> str | None:
    """What the control interface ordered for the next invoice of a package."""
    for kind in ("verdict", "plain_duplicate"):
        if fault := world.faults.take(kind, INVOICE):
            return dump(fault.params | {kind: True})
    return None


def _examine(entry: Entry, terms: Terms, order: str | None) -> Outcome:
    if entry.data is None:
        return Outcome(430, ["Przekroczono maksymalny rozmiar pliku faktury."])
    return examination.of_file(entry.data, terms, order)


def _enter(
    db: sqlite3.Connection, world, row: Row, ordinal: int, entry: Entry, order: str | None
) -> dict:
    now = clock.now()
    stored = now + timedelta(seconds=world.settings["storage_seconds"])
    confirmed = now + timedelta(seconds=row["upo_delay"])
    values = {
        "reference": numbers.reference("EE", clock.warsaw_day(now)),
        "session": row["reference"],
        "ordinal": ordinal,
        # A package counts as received when its session was opened, not when it was uploaded.
        "sent_at": row["opened_at"],
        "begin_at": clock.stamp(now),
        "due_at": clock.stamp(now),
        "stored_at": clock.stamp(stored),
        "upo_at": clock.stamp(confirmed),
        "hash": entry.sha256,
        "size": entry.size,
        "file_name": entry.name,
        "offline": row["offline"],
        "corrected_hash": None,
        "forced": order,
        "code": 150,
        "details": "[]",
    }
    insert(db, "invoices", **values)
    (number,) = db.execute("SELECT last_insert_rowid()").fetchone()
    return values | {"number": number}


def forget_files(store: Store, session: str) -> None:
    """Delete what was uploaded to a session that is over."""
    shutil.rmtree(folder(store, session), ignore_errors=True)
