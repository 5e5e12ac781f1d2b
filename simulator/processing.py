"""Asynchronous processing: what falls due becomes a verdict, a number, a closed session.

Nothing but packages is worked on in the background. Every request that could see a result
first settles what is due, so that a killed and restarted simulator goes on where it stood.
"""

import sqlite3

from simulator import clock, examination, numbers, packages, session_limits
from simulator.register import record
from simulator.store import dump, insert


def settle(world, awaited: str | None = None) -> None:
    """Bring everything that is due to its end.

    Packages are worked through by a thread of their own; a caller that asks about one
    session (or "*") waits for its package a little, and then sees how far it came.
    """
    now = clock.stamp(clock.now())
    with world.settling:
        _expire_sessions(world, now)
        _settle_invoices(world, now)
        _finish_sessions(world, now)
    if packages.advance(world, now, awaited):
        with world.settling:
            _finish_sessions(world, clock.stamp(clock.now()))


def _expire_sessions(world, now: str) -> None:
    due = "SELECT 1 FROM sessions WHERE code = 100 AND valid_until <= ? LIMIT 1"
    if not world.store.row(due, now):
        return
    with world.store.write() as db:
        db.execute(
            "UPDATE sessions SET code = 170, closed_at = valid_until, due_at = valid_until, "
            "updated_at = valid_until WHERE kind = 'Online' AND code = 100 AND valid_until <= ?",
            (now,),
        )
        cancelled = db.execute(
            "UPDATE sessions SET code = 440, updated_at = valid_until, details = ? "
            "WHERE kind = 'Batch' AND code = 100 AND valid_until <= ? RETURNING reference",
            (dump(["Przekroczono czas wysyłki"]), now),
        ).fetchall()
    for session in cancelled:
        packages.forget_files(world.store, session["reference"])


def _settle_invoices(world, now: str) -> None:
    due = world.store.rows(
        "SELECT invoices.*, sessions.key, sessions.iv, sessions.context, sessions.context_type, "
        "sessions.check_nips FROM invoices JOIN sessions ON sessions.reference = invoices.session "
        "WHERE invoices.code < 200 AND invoices.due_at <= ? ORDER BY invoices.number",
        now,
    )
    for row in due:
        # Only a technical correction may carry an attachment in an interactive session.
        attachable = bool(row["corrected_hash"])
        limits = session_limits.of_session(world.settings, row, session_limits.ONLINE)
        terms = examination.terms_of(
            world.store, row, row["sent_at"], attachable=attachable, limits=limits
        )
        outcome = world.checkers.submit(examination.of_sent, row, terms).result()
        with world.store.write() as db:
            record(db, row, outcome)


def _finish_sessions(world, now: str) -> None:
    ready = (
        "SELECT reference FROM sessions WHERE code IN (150, 170) AND due_at <= ? AND NOT EXISTS "
        "(SELECT 1 FROM packages WHERE session = sessions.reference AND done = 0) AND NOT EXISTS "
        "(SELECT 1 FROM invoices WHERE session = sessions.reference "
        "AND (code < 200 OR upo_at > ?))"
    )
    for session in world.store.rows(ready, now, now):
        with world.store.write() as db:
            _finish(db, session["reference"], world.settings["upo_page_size"])


def _finish(db: sqlite3.Connection, reference: str, page_size: int) -> None:
    sent, good = db.execute(
        "SELECT COUNT(*), COUNT(ksef_number) FROM invoices WHERE session = ?", (reference,)
    ).fetchone()
    code, details = 200, []
    if not sent:
        code, details = 440, ["Nie przesłano faktur"]
    elif not good:
        code = 445
    done = db.execute(
        "UPDATE sessions SET code = ?, details = ?, updated_at = "
        "MAX(due_at, COALESCE((SELECT MAX(due_at) FROM invoices WHERE session = ?), due_at)) "
        "WHERE reference = ? AND code IN (150, 170)",
        (code, dump(details), reference, reference),
    )
    if done.rowcount == 1 and code == 200:
        _add_pages(db, reference, good, page_size)


def _add_pages(db: sqlite3.Connection, session: str, documents: int, size: int) -> None:
    """The pages of the collective UPO; each is written out when somebody first asks for it."""
    starts = range(1, documents + 1, size)
    for page, first in enumerate(starts, start=1):
        insert(
            db,
            "upos",
            reference=numbers.reference("UP", clock.warsaw_day(clock.now())),
            session=session,
            page=page,
            pages=len(starts),
            first=first,
            last=min(first + size - 1, documents),
            xml=b"",
            hash="",
        )
