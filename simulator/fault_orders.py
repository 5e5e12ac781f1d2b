"""Orders for faults, checked: from the control interface one by one, from a file as a script."""

import logging
import os
import threading
from pathlib import Path
from typing import Any

from simulator import authentication, enrolments, faults, operations, register, sessions, shapes
from simulator.errors import Invalid
from simulator.faults import Fault

log = logging.getLogger("simulator")

_SECONDS = shapes.integer(0, 7 * 24 * 3600)
_MOMENT = shapes.number_between(0, 10**9)
FAULT = shapes.record(
    {"kind": shapes.choice(*faults.KINDS)},
    {
        "operation": shapes.text(1, 64),
        "count": shapes.integer(-1, 1_000_000),
        "seconds": shapes.number_between(0, 10**9),
        "status": shapes.integer(200, 599),
        "retry_after": _SECONDS,
        "code": shapes.integer(100, 599),
        "body": shapes.text(0, 100_000),
        "at": _MOMENT,
        "until": _MOMENT,
        "probability": shapes.number_between(0, 1),
        "seed": shapes.integer(0, 2**63 - 1),
    },
)
SCRIPT = shapes.array(FAULT, 10_000)
NEEDS_SECONDS = ("latency", "slow_status", "slow_upo", "slow_login", "slow_enrolment")
ERRORS = ("outage", "error_before", "error_after")
CODES = {
    "verdict": set(register.INVOICE_TEXTS) - {100, 150, 200},
    "session_verdict": set(sessions.TEXTS[sessions.BATCH]) - {100, 150, 200},
    "login_verdict": set(authentication.ORDERED),
    "enrolment_verdict": set(enrolments.FORCED),
    "operation_verdict": set(operations.TEXTS) - {operations.BEGUN, operations.DONE},
    "shown_status": {code for texts in sessions.TEXTS.values() for code in texts}
    | set(register.INVOICE_TEXTS),
}


def add(world, body: dict[str, Any], source: str = faults.CONTROL) -> Fault:
    """Order one fault of the shape FAULT; 400 21405 says what is wrong with it."""
    kind, operation = body["kind"], body["operation"]
    _check(kind, body)
    # A misspelt name would be a fault that never strikes, and a test that proves nothing.
    if operation not in (None, "*") and operation not in world.operations:
        raise shapes.wrong("operation", "nieznana operacja.")
    count = body["count"]
    if count is None:
        # What has an end or depends on dice is meant to last.
        lasts = kind == "outage" or body["until"] is not None or body["probability"] is not None
        count = -1 if lasts else 1
    apart = ("kind", "operation", "count")
    params = {name: v for name, v in body.items() if v is not None and name not in apart}
    everywhere = kind == "outage" or operation is None
    return world.faults.add(kind, "*" if everywhere else operation, count, params, source)


def _check(kind: str, body: dict[str, Any]) -> None:
    if kind in NEEDS_SECONDS and body["seconds"] is None:
        raise shapes.wrong("seconds", "pole jest wymagane.")
    if kind in CODES and body["code"] not in CODES[kind]:
        raise shapes.wrong("code", "wymagany jest kod tego statusu.")
    if kind in ERRORS and not 500 <= (body["status"] or 500) <= 599:
        raise shapes.wrong("status", "wymagany jest kod 500-599.")


class Script:
    """A file of faults, read again when it changes; its own faults go with it."""

    def __init__(self, world, path: Path) -> None:
        self._world, self._path = world, path
        self._lock = threading.Lock()
        self._seen: tuple | None = None

    def load(self) -> None:
        """Take the file as it is; ValueError when it is no script."""
        with self._lock:
            self._seen = self._state()
            self._replace()

    def refresh(self) -> None:
        """Read the file again if it changed; a broken one leaves everything as it was."""
        if self._state() == self._seen:
            return
        with self._lock:
            state = self._state()
            if state == self._seen:
                return
            self._seen = state
            try:
                self._replace()
            except (OSError, ValueError) as error:
                log.warning("faults: %s", error)

    def _state(self) -> tuple | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _replace(self) -> None:
        try:
            orders = SCRIPT(shapes.parse_json(self._path.read_bytes()), "faults")
            for body in orders:
                _check(body["kind"], body)
                if body["operation"] not in (None, "*", *self._world.operations):
                    raise shapes.wrong("operation", f"nieznana operacja {body['operation']}.")
        except Invalid as invalid:
            raise ValueError(f"{self._path}: {' '.join(invalid.details)}") from invalid
        self._world.faults.remove(source=faults.FILE)
        for body in orders:
            add(self._world, body, faults.FILE)
