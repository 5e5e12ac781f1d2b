"""Technical corrections: what may replace a refused offline invoice, and when."""

import sqlite3

from simulator import shapes
from simulator.errors import Invalid
from simulator.store import Row
from simulator.web import Call

# A missing right is nothing technical: the same document would be refused again.
NOT_TECHNICAL = (410,)
ALREADY = "Faktura posiada już przetworzoną prawidłowo korektę techniczną."


def check(call: Call, body: dict) -> None:
    """Refuse a correction that KSeF would not take: 21166, 21167 or 21405."""
    corrected = body["hashOfCorrectedInvoice"]
    if corrected is None:
        return
    if not body["offlineMode"]:
        raise shapes.wrong("offlineMode", "korekta techniczna dotyczy tylko trybu offline.")
    if corrected == body["invoiceHash"]:
        raise shapes.wrong("hashOfCorrectedInvoice", "faktura nie może poprawiać samej siebie.")
    context = call.who.context
    rows = call.store.rows(
        "SELECT invoices.hash, invoices.code, invoices.offline, invoices.mode, corrected_hash "
        "FROM invoices JOIN sessions ON sessions.reference = session "
        "WHERE (hash = ? OR corrected_hash = ?) AND context_type = ? AND context = ?",
        corrected,
        corrected,
        context.type,
        context.value,
    )
    _check_originals([row for row in rows if row["hash"] == corrected])
    if any(row["corrected_hash"] == corrected and row["code"] == 200 for row in rows):
        raise Invalid(21166, ALREADY)


def _check_originals(originals: list[Row]) -> None:
    if not originals:
        raise shapes.wrong("hashOfCorrectedInvoice", "nie znaleziono faktury o tym skrócie.")
    if any(row["code"] <= 200 for row in originals):
        raise Invalid(
            21167, "Nie można wysłać korekty technicznej do prawidłowo przetworzonej faktury."
        )
    technical = [row for row in originals if row["code"] not in NOT_TECHNICAL]
    if not technical:
        raise Invalid(21167, "Korekta techniczna nie dotyczy braku uprawnień.")
    if not any(row["offline"] or row["mode"] == "Offline" for row in technical):
        raise Invalid(21167, "Korekta techniczna dotyczy tylko faktur wystawionych offline.")


def taken(db: sqlite3.Connection, row: Row | dict) -> bool:
    """Whether another correction of the same invoice of this context was accepted meanwhile."""
    if not row["corrected_hash"]:
        return False
    found = db.execute(
        "SELECT 1 FROM invoices JOIN sessions ON sessions.reference = session "
        "WHERE corrected_hash = ? AND invoices.code = 200 AND number <> ? "
        "AND (context_type, context) = (SELECT context_type, context FROM sessions "
        "WHERE reference = ?)",
        (row["corrected_hash"], row["number"], row["session"]),
    )
    return found.fetchone() is not None
