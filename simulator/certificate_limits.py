"""How many KSeF certificates a subject may ask for and hold (limity/limity.md)."""

import sqlite3

from werkzeug import Response

from simulator import clock, permissions, shapes
from simulator.store import Store
from simulator.web import Call, Identifier, empty, json_response

# Requests ever made, certificates in force at once.
DEFAULTS = {"Nip": (300, 100), "Pesel": (12, 6), "Fingerprint": (12, 6)}
_MOST = shapes.integer(0, 10**6)
OVERRIDE = shapes.record(
    {},
    {
        "subjectIdentifierType": shapes.choice(*DEFAULTS),
        "enrollment": shapes.record({}, {"maxEnrollments": _MOST}),
        "certificate": shapes.record({}, {"maxCertificates": _MOST}),
    },
)


def effective(store: Store, subject: Identifier) -> tuple[int, int]:
    """Most requests and most certificates of this subject."""
    row = store.row(
        "SELECT * FROM certificate_limits WHERE (subject_type, subject) = (?, ?)",
        subject.type,
        subject.value,
    )
    requests, active = DEFAULTS.get(subject.type, (0, 0))
    if row is None:
        return requests, active
    return (
        requests if row["enrolments"] is None else row["enrolments"],
        active if row["certificates"] is None else row["certificates"],
    )


def requested(db: sqlite3.Connection, subject: Identifier) -> int:
    """How many requests the subject has sent."""
    return db.execute(
        "SELECT COUNT(*) FROM enrolments WHERE (owner_type, owner) = (?, ?)",
        (subject.type, subject.value),
    ).fetchone()[0]


def held(db: sqlite3.Connection, subject: Identifier) -> int:
    """How many of the subject's certificates are in force or will be."""
    return db.execute(
        "SELECT COUNT(*) FROM certificates WHERE (holder_type, holder) = (?, ?) "
        "AND status = 'Active' AND valid_to > ?",
        (subject.type, subject.value, clock.stamp(clock.now())),
    ).fetchone()[0]


def override(call: Call) -> Response:
    """POST /testdata/limits/subject/certificate; what is left out returns to its default."""
    body = shapes.json_body(call.request, OVERRIDE)
    subject = _meant(call, body["subjectIdentifierType"])
    values = (
        (body["enrollment"] or {}).get("maxEnrollments"),
        (body["certificate"] or {}).get("maxCertificates"),
    )
    with call.store.write() as db:
        db.execute(
            "REPLACE INTO certificate_limits VALUES (?, ?, ?, ?)",
            (subject.type, subject.value, *values),
        )
    return empty(200)


def _meant(call: Call, kind: str | None) -> Identifier:
    """The caller, under that of its identifiers which the request names."""
    if kind is None or kind == call.who.subject.type:
        return call.who.subject
    for found, value in permissions.aliases(call.store, call.who.subject):
        if found == kind:
            return Identifier(found, value)
    raise shapes.wrong("subjectIdentifierType", "uwierzytelniony podmiot nie ma takiego numeru.")


def restore(call: Call) -> Response:
    """DELETE /testdata/limits/subject/certificate."""
    with call.store.write() as db:
        for kind, value in permissions.aliases(call.store, call.who.subject):
            db.execute(
                "DELETE FROM certificate_limits WHERE (subject_type, subject) = (?, ?)",
                (kind, value),
            )
    return empty(200)


def subject(call: Call) -> Response:
    """GET /limits/subject."""
    requests, active = effective(call.store, call.who.subject)
    return json_response(
        {
            "enrollment": {"maxEnrollments": requests},
            "certificate": {"maxCertificates": active},
        }
    )
