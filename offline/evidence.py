"""The journal as a file: everything that was known, entered and decided, version by version.

Times are UTC in ISO 8601. Nothing is left out and nothing is merged: this is evidence.
"""

import csv
import io

from auth_ksef.messages import told
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from offline.models import ModeEntry, OutageVersion
from offline.rows import mode_entry_list, outages_whole

COLUMNS = [
    *["recorded_at", "entry", "outage", "version", "category", "start", "end", "published"],
    *["void", "replaces", "mode", "source", "message_id", "message_version", "title"],
    *["text", "link", "note"],
]
# What spreadsheets take for the beginning of a formula, also in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def journal_facts(company: Company) -> dict:
    """Everything as JSON-serialisable rows, the raw messages of Latarnia included."""
    outages = list(outages_whole(company).order_by("id"))
    versions = [
        _outage_facts(row, outage.replaces_id, number)
        for outage in outages
        for number, row in enumerate(outage.versions.all(), 1)
    ]
    modes = [_mode_facts(row) for row in mode_entry_list(company).order_by("at", "id")]
    return {
        **{"company": company.name, "nip": company.nip, "environment": company.environment},
        "written_at": clock.now().isoformat(),
        "entries": sorted(versions + modes, key=lambda row: row["recorded_at"]),
    }


def _outage_facts(row: OutageVersion, replaces: int | None, number: int) -> dict:
    message = row.message
    return {
        **{"recorded_at": row.at.isoformat(), "entry": "outage", "outage": row.outage_id},
        **{"version": number, "category": row.category, "void": row.void, "replaces": replaces},
        **{"start": _iso(row.start), "end": _iso(row.end), "published": _iso(row.published)},
        **{"title": row.title, "link": row.link, "note": told(row.note, "pl")},
        "source": row.entered_by.email if row.entered_by else "Latarnia",
        "message_id": message.message_id if message else "",
        "message_version": message.version if message else None,
        "received_at": _iso(message.received_at) if message else None,
        "raw": message.raw if message else None,
    }


def _mode_facts(row: ModeEntry) -> dict:
    return {
        **{"recorded_at": row.at.isoformat(), "entry": row.what, "outage": row.outage_id},
        **{"mode": row.mode, "text": told(row.why, "pl")},
        "source": row.by.email if row.by else "",
    }


def journal_csv(company: Company) -> str:
    """The rows for a spreadsheet: UTF-8 with a mark, semicolons, no cell that is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(COLUMNS)
    for row in journal_facts(company)["entries"]:
        writer.writerow([_cell(row.get(name)) for name in COLUMNS])
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _iso(instant) -> str | None:
    return instant.isoformat() if instant else None
