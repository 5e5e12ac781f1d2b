"""What the control interface may change: speeds, lifetimes, limits; kept over restarts."""

import json
import threading
from typing import Any

from simulator.store import Store, dump

DEFAULTS: dict[str, Any] = {
    "authentication_seconds": 0.2,
    # What the issuer of a certificate not from KSeF takes to say that it is still good.
    "certificate_check_seconds": 0,
    "enrollment_seconds": 0.5,
    "operation_seconds": 0.5,
    "token_seconds": 0.5,
    "processing_seconds": 0.6,
    "closing_seconds": 0.5,
    "storage_seconds": 0.2,
    "access_token_seconds": 900,
    "refresh_token_seconds": 7 * 24 * 3600,
    "authentication_token_seconds": 3600,
    "challenge_seconds": 600,
    "session_seconds": 12 * 3600,
    "part_upload_seconds": 20 * 60,
    "batch_max_invoices": 10_000,
    "export_seconds": 0.5,
    "export_max_invoices": 10_000,
    "upo_page_size": 10_000,
    # 0 refuses such signatures: KSeF may or may not take them.
    "trusted_profile": 1,
    "personal_signature": 1,
    "limits_multiplier": 1,
    "limits": {},
    "context_limits": {},
    "session_limits": {},
    "latarnia_status": None,
    "latarnia_messages": [],
}


class Settings:
    """Settings of the running simulator; a copy in memory over the table."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._values = dict(DEFAULTS)
        for row in store.rows("SELECT name, value FROM settings"):
            if row["name"] in DEFAULTS:
                self._values[row["name"]] = json.loads(row["value"])

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def all(self) -> dict[str, Any]:
        """All settings with their present values."""
        return dict(self._values)

    def change(self, values: dict[str, Any]) -> None:
        """Set some; names must be known."""
        with self._lock, self._store.write() as db:
            for name, value in values.items():
                db.execute("REPLACE INTO settings VALUES (?, ?)", (name, dump(value)))
            self._values = self._values | values

    def reset(self) -> None:
        """Back to the defaults."""
        with self._lock, self._store.write() as db:
            db.execute("DELETE FROM settings")
            self._values = dict(DEFAULTS)
