"""Ordered faults: what, for which operation, how many times, from when, how likely."""

import json
import random
import threading
from dataclasses import dataclass
from typing import Any

from simulator import clock
from simulator.store import Row, Store, dump, insert

# Kinds that the dispatcher acts on before the operation, after it, and kinds that the
# operation itself asks for.
BEFORE = (
    "outage",
    "drop_before",
    "error_before",
    "too_many",
    "latency",
    "gone",
    "rotate_keys",
    "html",
    "garbage",
)
AFTER = ("timeout_after", "drop_after", "error_after")
INSIDE = (
    "session_unavailable",
    "session_expired",
    "slow_status",
    "slow_upo",
    "verdict",
    "plain_duplicate",
    "session_verdict",
    "shown_status",
    "slow_login",
    "login_verdict",
    "slow_enrolment",
    "enrolment_verdict",
    "operation_verdict",
    "token_failed",
)
KINDS = BEFORE + AFTER + INSIDE
CONTROL, FILE = "control", "file"


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
    """The list of ordered faults; kept over restarts, those of a script read anew."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._dice: dict[int, random.Random] = {}
        self._any = self._store.row("SELECT 1 FROM faults LIMIT 1") is not None

    def add(
        self, kind: str, operation: str, count: int, params: dict[str, Any], source: str = CONTROL
    ) -> Fault:
        """Order a fault; `count` -1 means until reset, `at` and `until` count from now."""
        begin = clock.epoch()
        with self._store.write() as db:
            insert(
                db,
                "faults",
                kind=kind,
                operation=operation,
                remaining=count,
                params=dump(params),
                source=source,
                begins=begin + params["at"] if "at" in params else None,
                ends=begin + params["until"] if "until" in params else None,
            )
            row = db.execute("SELECT * FROM faults ORDER BY id DESC LIMIT 1").fetchone()
        self._any = True
        return _fault(row)

    def list(self) -> list[Fault]:
        """All faults still to strike."""
        return [_fault(row) for row in self._store.rows("SELECT * FROM faults ORDER BY id")]

    def take(self, kind: str, operation: str) -> Fault | None:
        """The oldest fault of this kind for this operation that strikes now, used up by one."""
        if not self._any:
            return None
        for row in self._store.rows(
            "SELECT * FROM faults WHERE kind = ? AND operation IN (?, '*') AND remaining <> 0 "
            "ORDER BY id",
            kind,
            operation,
        ):
            if _in_time(row) and self._strikes(row) and self._use(row["id"]):
                return _fault(row)
        return None

    def _strikes(self, row: Row) -> bool:
        """Whether the dice say so; the same seed gives the same series of strikes."""
        params = json.loads(row["params"])
        if "probability" not in params:
            return True
        with self._lock:
            dice = self._dice.setdefault(row["id"], random.Random(params.get("seed", row["id"])))  # noqa: S311
            return dice.random() < params["probability"]

    def _use(self, fault_id: int) -> bool:
        with self._store.write() as db:
            used = db.execute(
                "UPDATE faults SET remaining = remaining - (remaining > 0) "
                "WHERE id = ? AND remaining <> 0",
                (fault_id,),
            )
            db.execute("DELETE FROM faults WHERE id = ? AND remaining = 0", (fault_id,))
        return used.rowcount == 1

    def waiting(self, operation: str) -> bool:
        """Whether anything is ordered for this operation."""
        question = "SELECT 1 FROM faults WHERE operation IN (?, '*') AND remaining <> 0 LIMIT 1"
        return self._any and self._store.row(question, operation) is not None

    def remove(self, fault_id: int | None = None, source: str | None = None) -> None:
        """Forget one fault, those of a source, or all."""
        with self._store.write() as db:
            db.execute(
                "DELETE FROM faults WHERE id = COALESCE(?, id) AND source = COALESCE(?, source)",
                (fault_id, source),
            )
        self._any = self._store.row("SELECT 1 FROM faults LIMIT 1") is not None


def _in_time(row: Row) -> bool:
    now = clock.epoch()
    begun = row["begins"] is None or row["begins"] <= now
    return begun and (row["ends"] is None or now < row["ends"])


def _fault(row: Row) -> Fault:
    params = json.loads(row["params"])
    return Fault(row["id"], row["kind"], row["operation"], row["remaining"], params)
