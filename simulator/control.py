"""The control interface: orders faults, changes speeds, shows what was accepted.

Not part of KSeF and off unless the program was started with `--control`. It listens where
the API listens and asks for no password; what a browser sends from another origin is refused.
"""

from werkzeug import Response

from simulator import (
    clock,
    fault_orders,
    grants,
    keys,
    limits,
    numbers,
    permissions,
    processing,
    shapes,
)
from simulator import latarnia as feed
from simulator.errors import Problem
from simulator.settings import DEFAULTS
from simulator.web import Call, Identifier, empty, json_response

COUNTS = ("batch_max_invoices", "upo_page_size", "export_max_invoices")
LIMIT = shapes.record(
    {name: shapes.integer(-1, 10**9) for name in ("perSecond", "perMinute", "perHour")}
)


def faults(call: Call) -> Response:
    """GET /control/faults."""
    return json_response({"faults": [fault.json() for fault in call.world.faults.list()]})


def fault_add(call: Call) -> Response:
    """POST /control/faults: kind, operation (default all), count (default 1, -1 until reset)."""
    body = shapes.json_body(call.request, fault_orders.FAULT)
    return json_response(fault_orders.add(call.world, body).json(), 201)


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
    if name not in DEFAULTS or name in ("context_limits", "session_limits"):
        raise shapes.wrong(name, "nieznane ustawienie.")
    if name == "limits":
        if not isinstance(value, dict) or set(value) - set(limits.GROUPS):
            raise shapes.wrong(name, "wymagany jest obiekt z grupami limitów.")
        return {group: LIMIT(given, group) for group, given in value.items()}
    if name == "latarnia_status":
        return None if value is None else shapes.choice(*feed.STATUSES)(value, name)
    if name == "latarnia_messages":
        return feed.MESSAGES(value, name)
    if name in COUNTS:
        return shapes.integer(1, 10**6)(value, name)
    return shapes.number_between(0, 10**9)(value, name)


def reset(call: Call) -> Response:
    """POST /control/reset: no faults, default settings, empty limit windows."""
    call.world.faults.remove()
    call.world.settings.reset()
    call.world.limiter.forget()
    call.world.requests.clear()
    return empty()


def keys_rotate(call: Call) -> Response:
    """POST /control/keys/rotate: new encryption keys, the old ones refused at once (21470)."""
    return json_response(keys.rotate_all(call.store))


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


AUTHORIZATION = shapes.record(
    {"seller": shapes.text(10, 10, numbers.NIP.pattern), "nip": shapes.text(10, 10)},
    {"revoked": shapes.flag},
)


def authorization(call: Call) -> Response:
    """POST /control/authorizations: the seller lets the NIP bill itself, or no more."""
    body = shapes.json_body(call.request, AUTHORIZATION)
    seller, billed = Identifier("Nip", body["seller"]), Identifier("Nip", body["nip"])
    made = grants.Grant(
        permissions.AUTHORIZATION,
        seller,
        billed,
        permissions.SELF_INVOICING,
        "Samofakturowanie z symulatora",
        author=seller,
    )
    with call.store.write() as db:
        if body["revoked"]:
            db.execute(
                "DELETE FROM grants WHERE (kind, context, holder, permission) = (?, ?, ?, ?)",
                (made.kind, seller.value, billed.value, made.permission),
            )
        else:
            grants.add(db, [made])
    return empty()


def latarnia(call: Call) -> Response:
    """POST /control/latarnia: the whole feed; without a status it follows the messages."""
    feed.replace(call.world, shapes.json_body(call.request, feed.FEED))
    return empty()


def outages(call: Call) -> Response:
    """GET /control/outages: every message in every version."""
    return json_response({"messages": call.world.settings["latarnia_messages"]})


def outage_change(call: Call) -> Response:
    """POST /control/outages: `action` start, end or amend; gives the message it made."""
    body = shapes.json_body(call.request, shapes.anything)
    return json_response(feed.change(call.world, body)[-1], 201)


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
