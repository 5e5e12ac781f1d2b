"""Faults that the control interface orders: what, for which operation, how many times."""

import json
from dataclasses import dataclass
from typing import Any

from simulator.store import Row, Store, dump, insert

# Kinds that the dispatcher acts on before the operation, after it, and kinds that the
# operation itself asks for.
BEFORE = ("outage", "drop_before", "error_before", "too_many", "latency")
AFTER = ("timeout_after", "drop_after", "error_after")
INSIDE = (
    "session_unavailable",
    "session_expired",
    "slow_status",
    "slow_upo",
    "verdict",
    "plain_duplicate",
    "session_verdict",
)
KINDS = BEFORE + AFTER + INSIDE


class ConnectionDropped(Exception):
    """The answer is withheld: the server closes the connection without a word."""


@dataclass(frozen=True)
class Fault:
    """One order, as it strikes."""

    id: int
    kind: str
    operation: str
    remaining: int
    params: dict[str, Any]

    def json(self) -> dict[str, Any]:
        """The shape of the control interface; remaining -1 means until reset."""
        return {
            "id": self.id,
            "kind": self.kind,
            "operation": self.operation,
            "remaining": self.remaining,
            **self.params,
        }


class Faults:
    """The list of ordered faults; kept over restarts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, kind: str, operation: str, count: int, params: dict[str, Any]) -> Fault:
        """Order a fault; `count` -1 means until reset."""
        with self._store.write() as db:
            insert(
                db,
                "faults",
                kind=kind,
                operation=operation,
                remaining=count,
                params=dump(params),
            )
            row = db.execute("SELECT * FROM faults ORDER BY id DESC LIMIT 1").fetchone()
        return _fault(row)

    def list(self) -> list[Fault]:
        """All faults still to strike."""
        return [_fault(row) for row in self._store.rows("SELECT * FROM faults ORDER BY id")]

    def take(self, kind: str, operation: str) -> Fault | None:
        """The oldest fault of this kind for this operation, used up by one."""
        question = (
            "SELECT * FROM faults WHERE kind = ? AND operation IN (?, '*') AND remaining <> 0 "
            "ORDER BY id LIMIT 1"
        )
        if self._store.row(question, kind, operation) is None:
            return None
        with self._store.write() as db:
            row = db.execute(question, (kind, operation)).fetchone()
            if row is None:
                return None
            db.execute(
                "UPDATE faults SET remaining = remaining - 1 WHERE id = ? AND remaining > 0",
                (row["id"],),
            )
            db.execute("DELETE FROM faults WHERE id = ? AND remaining = 0", (row["id"],))
        return _fault(row)

    def waiting(self, operation: str) -> bool:
        """Whether anything is ordered for this operation."""
        question = "SELECT 1 FROM faults WHERE operation IN (?, '*') AND remaining <> 0 LIMIT 1"
        return self._store.row(question, operation) is not None

    def remove(self, fault_id: int | None = None) -> None:
        """Forget one fault, or all."""
        with self._store.write() as db:
            if fault_id is None:
                db.execute("DELETE FROM faults")
            else:
                db.execute("DELETE FROM faults WHERE id = ?", (fault_id,))


def _fault(row: Row) -> Fault:
    params = json.loads(row["params"])
    return Fault(row["id"], row["kind"], row["operation"], row["remaining"], params)
