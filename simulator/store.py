"""The simulator's memory: one SQLite file that survives restart and SIGKILL."""

import json
import os
import queue
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS encryption_keys (
    id TEXT PRIMARY KEY, usage TEXT NOT NULL, private BLOB NOT NULL, certificate BLOB NOT NULL,
    valid_from TEXT NOT NULL, valid_to TEXT NOT NULL, retired_at TEXT);
CREATE TABLE IF NOT EXISTS subjects (
    nip TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT,
    created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS persons (
    nip TEXT PRIMARY KEY, pesel TEXT NOT NULL, description TEXT NOT NULL,
    bailiff INTEGER NOT NULL, deceased INTEGER NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL,
    context_type TEXT NOT NULL, context TEXT NOT NULL,
    given_in_type TEXT NOT NULL, given_in TEXT NOT NULL,
    holder_type TEXT NOT NULL, holder TEXT NOT NULL, permission TEXT NOT NULL,
    target_type TEXT NOT NULL DEFAULT '', target TEXT NOT NULL DEFAULT '',
    delegable INTEGER NOT NULL DEFAULT 0,
    author_type TEXT NOT NULL, author TEXT, description TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}', granted_at TEXT NOT NULL,
    UNIQUE (kind, context_type, context, given_in_type, given_in, holder_type, holder,
        permission, target_type, target, delegable));
CREATE INDEX IF NOT EXISTS grants_context ON grants (context);
CREATE INDEX IF NOT EXISTS grants_given_in ON grants (given_in);
CREATE INDEX IF NOT EXISTS grants_holder ON grants (holder);
CREATE TABLE IF NOT EXISTS operations (
    reference TEXT PRIMARY KEY, kind TEXT NOT NULL,
    context_type TEXT NOT NULL, context TEXT NOT NULL,
    author_type TEXT NOT NULL, author TEXT NOT NULL, held TEXT NOT NULL, body TEXT NOT NULL,
    requested_at TEXT NOT NULL, due_at TEXT NOT NULL, forced INTEGER, code INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS operations_open ON operations (due_at) WHERE code = 100;
CREATE TABLE IF NOT EXISTS tokens (
    reference TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE,
    context_type TEXT NOT NULL, context TEXT NOT NULL,
    author_type TEXT NOT NULL, author TEXT NOT NULL,
    description TEXT NOT NULL, permissions TEXT NOT NULL,
    created_at TEXT NOT NULL, used_at TEXT, revoked_at TEXT);
CREATE TABLE IF NOT EXISTS certificates (
    serial TEXT PRIMARY KEY, kind TEXT NOT NULL, der BLOB NOT NULL,
    holder_type TEXT NOT NULL, holder TEXT NOT NULL, status TEXT NOT NULL,
    valid_from TEXT NOT NULL, valid_to TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS enrolments (
    reference TEXT PRIMARY KEY, owner_type TEXT NOT NULL, owner TEXT NOT NULL,
    name TEXT NOT NULL, kind TEXT NOT NULL, csr BLOB NOT NULL, key_digest TEXT NOT NULL,
    valid_from TEXT, requested_at TEXT NOT NULL, due_at TEXT NOT NULL, forced INTEGER,
    code INTEGER NOT NULL, details TEXT NOT NULL, serial TEXT);
CREATE TABLE IF NOT EXISTS certificate_limits (
    subject_type TEXT NOT NULL, subject TEXT NOT NULL, enrolments INTEGER, certificates INTEGER,
    PRIMARY KEY (subject_type, subject));
CREATE TABLE IF NOT EXISTS blocked_contexts (
    type TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (type, value));
CREATE TABLE IF NOT EXISTS challenges (
    challenge TEXT PRIMARY KEY, timestamp_ms INTEGER NOT NULL, issued_at TEXT NOT NULL,
    used_at TEXT);
CREATE TABLE IF NOT EXISTS authentications (
    reference TEXT PRIMARY KEY, method TEXT NOT NULL,
    context_type TEXT NOT NULL, context TEXT NOT NULL,
    subject_type TEXT NOT NULL, subject TEXT NOT NULL,
    token TEXT, document_hash TEXT, policy TEXT NOT NULL,
    started_at TEXT NOT NULL, ready_at TEXT NOT NULL,
    code INTEGER NOT NULL, description TEXT NOT NULL, details TEXT NOT NULL,
    redeemed_at TEXT, refreshed_at TEXT, refresh_until TEXT, revoked_at TEXT);
CREATE TABLE IF NOT EXISTS sessions (
    reference TEXT PRIMARY KEY, authentication TEXT NOT NULL,
    context_type TEXT NOT NULL, context TEXT NOT NULL,
    subject_type TEXT NOT NULL, subject TEXT NOT NULL,
    form TEXT NOT NULL, key BLOB, iv BLOB NOT NULL, check_nips INTEGER NOT NULL,
    opened_at TEXT NOT NULL, updated_at TEXT NOT NULL, valid_until TEXT NOT NULL,
    closed_at TEXT, due_at TEXT, code INTEGER NOT NULL, details TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS invoices (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE, session TEXT NOT NULL REFERENCES sessions (reference),
    ordinal INTEGER NOT NULL, sent_at TEXT NOT NULL, begin_at TEXT NOT NULL, due_at TEXT NOT NULL,
    hash TEXT NOT NULL, size INTEGER NOT NULL, encrypted BLOB, xml BLOB,
    offline INTEGER NOT NULL, corrected_hash TEXT, forced TEXT,
    code INTEGER NOT NULL, details TEXT NOT NULL, extensions TEXT,
    ksef_number TEXT UNIQUE, invoice_number TEXT, seller TEXT, kind TEXT, issued_on TEXT,
    mode TEXT, acquired_at TEXT, stored_at TEXT, upo_at TEXT, meta TEXT,
    UNIQUE (session, ordinal));
CREATE INDEX IF NOT EXISTS invoices_open ON invoices (due_at) WHERE code < 200;
CREATE INDEX IF NOT EXISTS invoices_hash ON invoices (hash);
CREATE UNIQUE INDEX IF NOT EXISTS invoices_unique ON invoices (seller, kind, invoice_number)
    WHERE ksef_number IS NOT NULL;
CREATE TABLE IF NOT EXISTS upos (
    reference TEXT PRIMARY KEY, session TEXT NOT NULL, invoice TEXT, page INTEGER,
    xml BLOB NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS packages (
    session TEXT PRIMARY KEY REFERENCES sessions (reference), offline INTEGER NOT NULL,
    compression TEXT NOT NULL, size INTEGER NOT NULL, hash TEXT NOT NULL,
    upload_until TEXT NOT NULL, upo_delay REAL NOT NULL DEFAULT 0, verdict INTEGER,
    done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS packages_open ON packages (session) WHERE done = 0;
CREATE TABLE IF NOT EXISTS parts (
    session TEXT NOT NULL REFERENCES packages (session), ordinal INTEGER NOT NULL,
    size INTEGER NOT NULL, hash TEXT NOT NULL, received_size INTEGER, received_hash TEXT,
    PRIMARY KEY (session, ordinal));
CREATE TABLE IF NOT EXISTS exports (
    reference TEXT PRIMARY KEY, context_type TEXT NOT NULL, context TEXT NOT NULL,
    subject TEXT NOT NULL, filters TEXT NOT NULL, only_metadata INTEGER NOT NULL,
    compression TEXT NOT NULL, key BLOB, iv BLOB NOT NULL, requested_at TEXT NOT NULL,
    due_at TEXT NOT NULL, code INTEGER NOT NULL, details TEXT NOT NULL, completed_at TEXT,
    package TEXT);
CREATE TABLE IF NOT EXISTS attachments (nip TEXT PRIMARY KEY, until TEXT);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, operation TEXT NOT NULL,
    remaining INTEGER NOT NULL, params TEXT NOT NULL);
"""

# Columns that came later: a file of an older simulator gets them when it is opened.
ADDED = (
    ("sessions", "kind", "TEXT NOT NULL DEFAULT 'Online'"),
    ("invoices", "file_name", "TEXT"),
    ("certificates", "name", "TEXT NOT NULL DEFAULT 'Certyfikat z symulatora'"),
    ("certificates", "requested_at", "TEXT"),
    ("certificates", "used_at", "TEXT"),
    ("certificates", "reason", "TEXT"),
    ("authentications", "names", "TEXT NOT NULL DEFAULT '{}'"),
    ("faults", "source", "TEXT NOT NULL DEFAULT 'control'"),
    ("faults", "begins", "REAL"),
    ("faults", "ends", "REAL"),
    ("upos", "pages", "INTEGER NOT NULL DEFAULT 1"),
    ("upos", "first", "INTEGER NOT NULL DEFAULT 1"),
    ("upos", "last", "INTEGER"),
    ("tokens", "active_at", "TEXT"),
    ("tokens", "failed", "TEXT"),
    ("tokens", "gone_at", "TEXT"),
)
LATER = """
CREATE INDEX IF NOT EXISTS invoices_codes ON invoices (session, code);
CREATE INDEX IF NOT EXISTS invoices_stored ON invoices (stored_at) WHERE ksef_number IS NOT NULL;
CREATE INDEX IF NOT EXISTS sessions_open ON sessions (code, due_at) WHERE code < 200;
CREATE INDEX IF NOT EXISTS upos_session ON upos (session, page);
CREATE INDEX IF NOT EXISTS upos_invoice ON upos (invoice);
"""
# Tables of older simulators, and how their rows move to where they are kept now.
MOVED = {
    "permissions": "INSERT OR IGNORE INTO grants (id, kind, context_type, context, given_in_type, "
    "given_in, holder_type, holder, permission, author_type, description, granted_at) "
    "SELECT id, 'Person', 'Nip', context, 'Nip', context, holder_type, holder, permission, "
    "'System', description, granted_at FROM permissions",
    "authorizations": "INSERT OR IGNORE INTO grants (id, kind, context_type, context, "
    "given_in_type, given_in, holder_type, holder, permission, author_type, author, description, "
    "granted_at) SELECT lower(hex(randomblob(18))), 'Authorization', 'Nip', seller, 'Nip', "
    "seller, 'Nip', authorized, permission, 'Nip', seller, 'Upoważnienie z symulatora', "
    "strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now') FROM authorizations",
}

Row = sqlite3.Row


class Store:
    """Pooled connections to one database file; writers take the lock at once (IMMEDIATE)."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = self.folder / "simulator.sqlite3"
        self._pool: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        # The file holds private keys, so it must never exist with wider rights.
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        self.path.chmod(0o600)
        with self._borrowed() as db:
            db.executescript(SCHEMA)
        self._bring_up_to_date()

    def _bring_up_to_date(self) -> None:
        with self.write() as db:
            for table, column, kind in ADDED:
                present = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
                if column not in present:
                    db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
            for table, move in MOVED.items():
                if db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                    db.execute(move)
                    db.execute(f"DROP TABLE {table}")
            for statement in LATER.strip().split(";\n"):
                db.execute(statement)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=20, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing that it answered; only a power cut could, and a
        # KSeF for trying out need not wait for the disk twice per invoice.
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA foreign_keys=ON")
        return db

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._pool.get_nowait()
        except queue.Empty:
            db = self._connect()
        try:
            yield db
        finally:
            self._pool.put(db)

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """All rows of a query."""
        with self._borrowed() as db:
            return db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        """The first row of a query, if any."""
        with self._borrowed() as db:
            return db.execute(sql, values).fetchone()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One write transaction; rolled back when the block raises."""
        with self._borrowed() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close idle connections; the last one folds the write-ahead log back."""
        while not self._pool.empty():
            self._pool.get_nowait().close()


def insert(db: sqlite3.Connection, table: str, **values: Any) -> None:
    """Insert one row; table and column names come from our own code only."""
    columns = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))  # noqa: S608


def dump(value: Any) -> str:
    """JSON text for a column."""
    return json.dumps(value, ensure_ascii=False)
