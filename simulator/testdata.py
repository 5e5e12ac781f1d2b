"""Operations under /testdata: subjects, persons, permissions made up for tests."""

import sqlite3
import uuid

from werkzeug import Response

from simulator import clock, numbers, permissions, shapes
from simulator.errors import Invalid
from simulator.store import insert
from simulator.web import Call, empty

NIP = shapes.text(10, 10, numbers.NIP.pattern)
PESEL = shapes.text(11, 11, r"\d{2}(?:0[1-9]|1[0-2]|2[1-9]|3[0-2]|4[1-9]|5[0-2]|6[1-9]|7[0-2]|8[1-9]|9[0-2])\d{7}")  # fmt: skip  # noqa: E501
DESCRIPTION = shapes.text(5, 256)
SUBJECT = shapes.record(
    {
        "subjectNip": NIP,
        "subjectType": shapes.choice("EnforcementAuthority", "VatGroup", "JST"),
        "description": DESCRIPTION,
    },
    {
        "subunits": shapes.array(
            shapes.record({"subjectNip": NIP, "description": DESCRIPTION}), 100
        ),
        "createdDate": shapes.instant,
    },
)
PERSON = shapes.record(
    {"nip": NIP, "pesel": PESEL, "isBailiff": shapes.boolean, "description": DESCRIPTION},
    {"isDeceased": shapes.flag, "createdDate": shapes.instant},
)
_CONTEXT = shapes.identifier("Nip", value=shapes.text(10, 10))
_HOLDER = shapes.identifier("Nip", "Pesel", "Fingerprint", value=shapes.text(10, 64))
GRANT = shapes.record(
    {
        "contextIdentifier": _CONTEXT,
        "authorizedIdentifier": _HOLDER,
        "permissions": shapes.array(
            shapes.record(
                {"description": DESCRIPTION, "permissionType": shapes.choice(*permissions.ALL)}
            ),
            100,
        ),
    }
)
REVOKE = shapes.record({"contextIdentifier": _CONTEXT, "authorizedIdentifier": _HOLDER})
NIP_ONLY = shapes.record({"nip": NIP})
SUBJECT_ONLY = shapes.record({"subjectNip": NIP})


def subject(call: Call) -> Response:
    """POST /testdata/subject."""
    body = shapes.json_body(call.request, SUBJECT)
    now = clock.stamp(clock.now())
    rows = [(body["subjectNip"], body["description"], body["subjectType"], None, now)]
    rows += [
        (unit["subjectNip"], unit["description"], "Subunit", body["subjectNip"], now)
        for unit in body["subunits"] or ()
    ]
    with _unique(), call.store.write() as db:
        # A seeded subject is an ordinary company, which may become any of the kinds.
        db.execute("DELETE FROM subjects WHERE nip = ? AND kind = 'Company'", (body["subjectNip"],))
        db.executemany("INSERT INTO subjects VALUES (?, ?, ?, ?, ?)", rows)
    return empty(200)


def subject_remove(call: Call) -> Response:
    """POST /testdata/subject/remove."""
    nip = shapes.json_body(call.request, SUBJECT_ONLY)["subjectNip"]
    with call.store.write() as db:
        db.execute("DELETE FROM subjects WHERE nip = ? OR parent = ?", (nip, nip))
    return empty(200)


def person(call: Call) -> Response:
    """POST /testdata/person: the owner of a NIP, known by NIP and PESEL."""
    body = shapes.json_body(call.request, PERSON)
    with _unique(), call.store.write() as db:
        insert(
            db,
            "persons",
            nip=body["nip"],
            pesel=body["pesel"],
            description=body["description"],
            bailiff=body["isBailiff"],
            deceased=bool(body["isDeceased"]),
            created_at=clock.stamp(clock.now()),
        )
    return empty(200)


def person_remove(call: Call) -> Response:
    """POST /testdata/person/remove: with all permissions of that person."""
    nip = shapes.json_body(call.request, NIP_ONLY)["nip"]
    with call.store.write() as db:
        db.execute(
            "DELETE FROM permissions WHERE (holder_type = 'Nip' AND holder = ?) OR "
            "(holder_type = 'Pesel' AND holder IN (SELECT pesel FROM persons WHERE nip = ?))",
            (nip, nip),
        )
        db.execute("DELETE FROM persons WHERE nip = ?", (nip,))
    return empty(200)


def grant(call: Call) -> Response:
    """POST /testdata/permissions."""
    body = shapes.json_body(call.request, GRANT)
    holder = body["authorizedIdentifier"]
    now = clock.stamp(clock.now())
    with call.store.write() as db:
        for item in body["permissions"]:
            db.execute(
                "INSERT OR IGNORE INTO permissions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    str(uuid.uuid4()),
                    body["contextIdentifier"]["value"],
                    holder["type"],
                    _normal(holder),
                    item["permissionType"],
                    item["description"],
                    now,
                ),
            )
    return empty(200)


def revoke(call: Call) -> Response:
    """POST /testdata/permissions/revoke: everything the holder has in the context."""
    body = shapes.json_body(call.request, REVOKE)
    holder = body["authorizedIdentifier"]
    with call.store.write() as db:
        db.execute(
            "DELETE FROM permissions WHERE context = ? AND holder_type = ? AND holder = ?",
            (body["contextIdentifier"]["value"], holder["type"], _normal(holder)),
        )
    return empty(200)


def _normal(holder: dict) -> str:
    value = holder["value"]
    return value.upper() if holder["type"] == "Fingerprint" else value


class _unique:
    """Turns a broken uniqueness into KSeF's 30001."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, trace) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            raise Invalid(30001) from error
