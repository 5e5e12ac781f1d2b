"""The control interface: orders faults, changes speeds, shows what was accepted.

Not part of KSeF and off unless the program was started with `--control`. It listens where
the API listens and asks for no password; what a browser sends from another origin is refused.
"""

from werkzeug import Response

from simulator import clock, keys, limits, numbers, processing, register, shapes
from simulator.errors import Problem
from simulator.faults import KINDS
from simulator.settings import DEFAULTS
from simulator.web import Call, empty, json_response

_SECONDS = shapes.integer(0, 7 * 24 * 3600)
FAULT = shapes.record(
    {"kind": shapes.choice(*KINDS)},
    {
        "operation": shapes.text(1, 64),
        "count": shapes.integer(-1, 1_000_000),
        "seconds": shapes.number,
        "status": shapes.integer(500, 599),
        "retry_after": _SECONDS,
        "code": shapes.integer(200, 599),
    },
)
NEEDS_SECONDS = ("latency", "slow_status", "slow_upo")
CODES = {
    "verdict": register.INVOICE_TEXTS,
    "session_verdict": (405, 415, 420, 430, 435, 440, 445, 500),
}
LIMIT = shapes.record(
    {name: shapes.integer(-1, 10**9) for name in ("perSecond", "perMinute", "perHour")}
)
STATUSES = ("AVAILABLE", "MAINTENANCE", "FAILURE", "TOTAL_FAILURE")
MESSAGE = shapes.record(
    {
        "id": shapes.text(1, 64),
        "eventId": shapes.integer(0, 10**9),
        "category": shapes.choice("FAILURE", "TOTAL_FAILURE", "MAINTENANCE"),
        "type": shapes.choice("FAILURE_START", "FAILURE_END", "MAINTENANCE_ANNOUNCEMENT"),
        "title": shapes.text(),
        "text": shapes.text(),
        "start": shapes.stamped,
        "version": shapes.integer(1, 10**6),
        "published": shapes.stamped,
    },
    {"end": shapes.stamped},
)


def faults(call: Call) -> Response:
    """GET /control/faults."""
    return json_response({"faults": [fault.json() for fault in call.world.faults.list()]})


def fault_add(call: Call) -> Response:
    """POST /control/faults: kind, operation (default all), count (default 1, -1 until reset)."""
    body = shapes.json_body(call.request, FAULT)
    kind = body["kind"]
    if kind in NEEDS_SECONDS and body["seconds"] is None:
        raise shapes.wrong("seconds", "pole jest wymagane.")
    codes = CODES.get(kind)
    if codes and body["code"] is None:
        raise shapes.wrong("code", "pole jest wymagane.")
    if codes and body["code"] not in codes:
        raise shapes.wrong("code", "to nie jest kod tego statusu.")
    count = body["count"]
    if count is None:
        count = -1 if kind == "outage" else 1
    names = ("seconds", "status", "retry_after", "code")
    params = {name: body[name] for name in names if body[name] is not None}
    operation = "*" if kind == "outage" else body["operation"] or "*"
    # A misspelt name would be a fault that never strikes, and a test that proves nothing.
    if operation != "*" and operation not in call.world.operations:
        raise shapes.wrong("operation", "nieznana operacja.")
    fault = call.world.faults.add(kind, operation, count, params)
    return json_response(fault.json(), 201)


def faults_clear(call: Call) -> Response:
    """DELETE /control/faults."""
    call.world.faults.remove()
    return empty()


def fault_remove(call: Call, number: int) -> Response:
    """DELETE /control/faults/{id}."""
    call.world.faults.remove(number)
    return empty()


def settings(call: Call) -> Response:
    """GET /control/settings."""
    return json_response(call.world.settings.all())


def settings_change(call: Call) -> Response:
    """POST /control/settings: any of the names that GET shows."""
    body = shapes.json_body(call.request, shapes.anything)
    if not isinstance(body, dict):
        raise shapes.wrong("$", "wymagany jest obiekt.")
    changes = {name: _setting(name, value) for name, value in body.items()}
    call.world.settings.change(changes)
    if "limits" in changes or "limits_multiplier" in changes:
        call.world.limiter.forget()
    return json_response(call.world.settings.all())


def _setting(name: str, value):
    if name not in DEFAULTS or name == "context_limits":
        raise shapes.wrong(name, "nieznane ustawienie.")
    if name == "limits":
        if not isinstance(value, dict) or set(value) - set(limits.GROUPS):
            raise shapes.wrong(name, "wymagany jest obiekt z grupami limitów.")
        return {group: LIMIT(given, group) for group, given in value.items()}
    if name == "latarnia_status":
        return shapes.choice(*STATUSES)(value, name)
    if name == "latarnia_messages":
        return shapes.array(MESSAGE)(value, name)
    given = shapes.number(value, name)
    if not 0 <= given <= 10**9:
        raise shapes.wrong(name, "wartość musi być w zakresie 0-1000000000.")
    return given


def reset(call: Call) -> Response:
    """POST /control/reset: no faults, default settings, empty limit windows."""
    call.world.faults.remove()
    call.world.settings.reset()
    call.world.limiter.forget()
    call.world.requests.clear()
    return empty()


def keys_rotate(call: Call) -> Response:
    """POST /control/keys/rotate: new encryption keys, the old ones refused at once (21470)."""
    rotated = {usage: keys.rotate(call.store, usage) for usage in (keys.TOKEN, keys.SYMMETRIC)}
    return json_response(rotated)


def session_expire(call: Call, reference: str) -> Response:
    """POST /control/sessions/{reference}/expire: as if its 12 hours were over."""
    with call.store.write() as db:
        done = db.execute(
            "UPDATE sessions SET valid_until = ? WHERE reference = ? AND code = 100",
            (clock.stamp(clock.now()), reference),
        )
    if done.rowcount != 1:
        raise Problem(404, "Nie ma takiej otwartej sesji.")
    return empty()


def certificate_status(call: Call, serial: str) -> Response:
    """POST /control/certificates/{serial}: set Active, Blocked or Revoked."""
    shape = shapes.record({"status": shapes.choice("Active", "Blocked", "Revoked")})
    status = shapes.json_body(call.request, shape)["status"]
    with call.store.write() as db:
        done = db.execute("UPDATE certificates SET status = ? WHERE serial = ?", (status, serial))
    if done.rowcount != 1:
        raise Problem(404, "Nie ma takiego certyfikatu.")
    return empty()


def latarnia(call: Call) -> Response:
    """POST /control/latarnia: what the availability feed says."""
    shape = shapes.record({"status": shapes.choice(*STATUSES)}, {"messages": shapes.array(MESSAGE)})
    body = shapes.json_body(call.request, shape)
    call.world.settings.change(
        {"latarnia_status": body["status"], "latarnia_messages": body["messages"] or []}
    )
    return empty()


def requests(call: Call) -> Response:
    """GET /control/requests: how often each operation was called since the start."""
    return json_response(dict(call.world.requests))


def invoices(call: Call) -> Response:
    """GET /control/invoices: everything that was sent, with its fate."""
    processing.settle(call.world, "*")
    rows = call.store.rows(
        "SELECT ksef_number, invoice_number, seller, hash, session, reference, code, mode, "
        "sent_at FROM invoices ORDER BY number"
    )
    return json_response(
        {
            "invoices": [
                {
                    "ksefNumber": row["ksef_number"],
                    "invoiceNumber": row["invoice_number"],
                    "seller": row["seller"],
                    "sha256": row["hash"],
                    "session": row["session"],
                    "reference": row["reference"],
                    "code": row["code"],
                    "mode": row["mode"],
                    "sentAt": row["sent_at"],
                }
                for row in rows
            ]
        }
    )


def invoice(call: Call, ksef_number: str) -> Response:
    """GET /control/invoices/{ksefNumber}: the accepted bytes."""
    processing.settle(call.world)
    row = call.store.row("SELECT xml FROM invoices WHERE ksef_number = ?", ksef_number)
    if row is None or not numbers.is_ksef_number(ksef_number):
        raise Problem(404, "Nie ma takiej faktury.")
    return Response(row["xml"], 200, content_type="application/xml; charset=utf-8")
