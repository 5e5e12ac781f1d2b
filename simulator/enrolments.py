"""Requests for KSeF certificates (OpenAPI "Certyfikaty", /certificates/enrollments).

A request belongs to the subject that logged in, not to the context it logged in to.
"""

import json
import sqlite3
from datetime import datetime, timedelta

from cryptography import x509
from werkzeug import Response

from simulator import (
    certificate_limits,
    certificate_requests,
    certificates,
    clock,
    numbers,
    permissions,
    shapes,
)
from simulator.errors import Invalid, Problem
from simulator.store import Row, Store, dump, insert
from simulator.web import Call, Identifier, json_response

OPERATION = "certificate_enroll"
TEXTS = {
    100: "Wniosek przyjęty do realizacji",
    200: "Wniosek obsłużony (certyfikat wygenerowany)",
    400: "Wniosek odrzucony",
    500: "Nieznany błąd",
    550: "Operacja została anulowana przez system",
}
TAKEN = "Klucz publiczny został już certyfikowany przez inny podmiot."
FULL = "Osiągnięto dopuszczalny limit posiadanych certyfikatów."
CANCELLED = "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie"
FORCED = {400: [TAKEN], 500: [], 550: [CANCELLED]}
STATUS_DAYS = timedelta(days=30)
NAME = r"[a-zA-Z0-9_\- ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]+"
ENROLL = shapes.record(
    {
        "certificateName": shapes.text(5, 100, NAME),
        "certificateType": shapes.choice(certificates.AUTHENTICATION, certificates.OFFLINE),
        "csr": shapes.base64(1, 20_000),
    },
    {"validFrom": shapes.instant},
)


def limits(call: Call) -> Response:
    """GET /certificates/limits."""
    settle(call.store)
    subject = call.who.subject
    most_requests, most_held = certificate_limits.effective(call.store, subject)
    with call.store.write() as db:
        requests = max(most_requests - certificate_limits.requested(db, subject), 0)
        held = max(most_held - certificate_limits.held(db, subject), 0)
    return json_response(
        {
            "canRequest": bool(requests and held and _data(call)),
            "enrollment": {"remaining": requests, "limit": most_requests},
            "certificate": {"remaining": held, "limit": most_held},
        }
    )


def data(call: Call) -> Response:
    """GET /certificates/enrollments/data: what the subject of the request must be."""
    found = _data(call)
    if not found:
        raise Invalid(25001)
    return json_response(found)


def _data(call: Call) -> dict[str, str]:
    """Names from the certificate of the login; none after a login with a token."""
    row = call.store.row(
        "SELECT names FROM authentications WHERE reference = ?", call.who.authentication
    )
    return json.loads(row["names"])


def enroll(call: Call) -> Response:
    """POST /certificates/enrollments."""
    expected = _data(call)
    if not expected:
        raise Invalid(25002)
    body = shapes.json_body(call.request, ENROLL)
    request = certificate_requests.read(body["csr"], expected)
    settle(call.store)
    now = clock.now()
    row = _row(call, body, request, now)
    fate = _fate(call, now)
    with call.store.write() as db:
        _check_limits(call, db)
        insert(db, "enrolments", **row, **fate)
    answer = {"referenceNumber": row["reference"], "timestamp": row["requested_at"]}
    return json_response(answer, 202)


def _check_limits(call: Call, db: sqlite3.Connection) -> None:
    subject = call.who.subject
    most_requests, most_held = certificate_limits.effective(call.store, subject)
    if certificate_limits.requested(db, subject) >= most_requests:
        raise Invalid(25006)
    if certificate_limits.held(db, subject) >= most_held:
        raise Invalid(25007)


def _row(
    call: Call, body: dict, request: x509.CertificateSigningRequest, now: datetime
) -> dict[str, object]:
    return {
        "reference": numbers.reference("CE", clock.warsaw_day(now)),
        "owner_type": call.who.subject.type,
        "owner": call.who.subject.value,
        "name": body["certificateName"],
        "kind": body["certificateType"],
        "csr": body["csr"],
        "key_digest": certificate_requests.key_digest(request),
        "valid_from": clock.stamp(body["validFrom"]) if body["validFrom"] else None,
        "requested_at": clock.stamp(now),
        "code": 100,
        "details": "[]",
    }


def _fate(call: Call, now: datetime) -> dict[str, object]:
    """When the request will be dealt with, and how if that was ordered."""
    slow = call.world.faults.take("slow_enrolment", OPERATION)
    forced = call.world.faults.take("enrolment_verdict", OPERATION)
    seconds = slow.params["seconds"] if slow else call.world.settings["enrollment_seconds"]
    return {
        "due_at": clock.stamp(now + timedelta(seconds=seconds)),
        "forced": forced.params["code"] if forced else None,
    }


def status(call: Call, referenceNumber: str) -> Response:
    """GET /certificates/enrollments/{referenceNumber}; for 30 days."""
    shapes.reference(referenceNumber)
    settle(call.store)
    row = call.store.row("SELECT * FROM enrolments WHERE reference = ?", referenceNumber)
    owners = permissions.aliases(call.store, call.who.subject)
    if row is None or (row["owner_type"], row["owner"]) not in owners:
        raise Invalid(25005)
    if clock.now() - clock.parse(row["requested_at"]) >= STATUS_DAYS:
        raise Problem(410, "Okres dostępności wniosku certyfikacyjnego minął.")
    return json_response(
        {
            "requestDate": row["requested_at"],
            "status": {
                "code": row["code"],
                "description": TEXTS[row["code"]],
                "details": json.loads(row["details"]) or None,
            },
            "certificateSerialNumber": row["serial"],
        }
    )


def settle(store: Store) -> None:
    """Deal with every request whose time has come, in their order."""
    due = "SELECT * FROM enrolments WHERE code = 100 AND due_at <= ? ORDER BY due_at, requested_at"
    for row in store.rows(due, clock.stamp(clock.now())):
        with store.write() as db:
            # Two readers may settle at once; the second finds nothing left to do.
            again = "SELECT 1 FROM enrolments WHERE code = 100 AND reference = ?"
            if db.execute(again, (row["reference"],)).fetchone():
                _decide(store, db, row)


def _decide(store: Store, db: sqlite3.Connection, row: Row) -> None:
    owner = Identifier(row["owner_type"], row["owner"])
    refusal = _refusal(store, db, row, owner)
    code, details = refusal or (200, [])
    serial = None if refusal else _issue(store, db, row, owner)
    db.execute(
        "UPDATE enrolments SET code = ?, details = ?, serial = ? WHERE reference = ?",
        (code, dump(details), serial, row["reference"]),
    )


def _refusal(
    store: Store, db: sqlite3.Connection, row: Row, owner: Identifier
) -> tuple[int, list[str]] | None:
    if row["forced"]:
        return row["forced"], FORCED[row["forced"]]
    other = db.execute(
        "SELECT 1 FROM enrolments WHERE key_digest = ? AND code = 200 "
        "AND (owner_type, owner) <> (?, ?)",
        (row["key_digest"], owner.type, owner.value),
    ).fetchone()
    if other:
        return 400, [TAKEN]
    if certificate_limits.held(db, owner) >= certificate_limits.effective(store, owner)[1]:
        return 400, [FULL]
    return None


def _issue(store: Store, db: sqlite3.Connection, row: Row, owner: Identifier) -> str:
    """The certificate, valid from the wanted day, but never from before it was issued."""
    request = x509.load_der_x509_csr(row["csr"])
    start = clock.parse(max(row["valid_from"] or "", row["due_at"])).replace(microsecond=0)
    certificate = certificates.sign(
        store, row["kind"], request.subject, request.public_key(), start
    )
    return certificates.enter(
        db, certificate, row["kind"], owner, name=row["name"], requested_at=row["requested_at"]
    )
