"""Consent to send invoices with attachments: given and withdrawn through /testdata."""

from datetime import timedelta

from werkzeug import Response

from simulator import clock, shapes
from simulator.store import Store
from simulator.testdata import NIP
from simulator.web import Call, empty, json_response

GRANT = shapes.record({"nip": NIP})
REVOKE = shapes.record({"nip": NIP}, {"expectedEndDate": shapes.day})


def allowed(store: Store, nip: str) -> bool:
    """Whether this taxpayer may send attachments now."""
    row = store.row("SELECT until FROM attachments WHERE nip = ?", nip)
    return row is not None and (row["until"] is None or row["until"] > clock.stamp(clock.now()))


def grant(call: Call) -> Response:
    """POST /testdata/attachment."""
    nip = shapes.json_body(call.request, GRANT)["nip"]
    with call.store.write() as db:
        db.execute("REPLACE INTO attachments VALUES (?, NULL)", (nip,))
    return empty(200)


def revoke(call: Call) -> Response:
    """POST /testdata/attachment/revoke: at once, or after the day of `expectedEndDate`."""
    body = shapes.json_body(call.request, REVOKE)
    until = clock.stamp(clock.now())
    if body["expectedEndDate"]:
        until = clock.stamp(clock.midnight(body["expectedEndDate"] + timedelta(days=1)))
    with call.store.write() as db:
        db.execute("UPDATE attachments SET until = ? WHERE nip = ?", (until, body["nip"]))
    return empty(200)


def status(call: Call) -> Response:
    """GET /permissions/attachments/status."""
    nip = call.who.context.value
    row = call.store.row("SELECT until FROM attachments WHERE nip = ?", nip)
    return json_response(
        {
            "isAttachmentAllowed": allowed(call.store, nip),
            "revokedDate": row["until"] if row else None,
        }
    )
