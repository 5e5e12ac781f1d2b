"""Operations under /testdata: subjects, persons, permissions made up for tests."""

import sqlite3

from werkzeug import Response

from simulator import clock, grants, permissions, shapes
from simulator.errors import Invalid
from simulator.grants_shapes import DESCRIPTION, HOLDER, NIP, PESEL
from simulator.store import insert
from simulator.web import Call, Identifier, empty

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
GRANT = shapes.record(
    {
        "contextIdentifier": _CONTEXT,
        "authorizedIdentifier": HOLDER,
        "permissions": shapes.array(
            shapes.record(
                {"description": DESCRIPTION, "permissionType": shapes.choice(*permissions.ALL)}
            ),
            100,
        ),
    }
)
REVOKE = shapes.record({"contextIdentifier": _CONTEXT, "authorizedIdentifier": HOLDER})
BLOCK = shapes.record(
    {"contextIdentifier": shapes.identifier("Nip", "InternalId", "NipVatUe", "PeppolId")}
)
NIP_ONLY = shapes.record({"nip": NIP})
SUBJECT_ONLY = shapes.record({"subjectNip": NIP})


def subject(call: Call) -> Response:
    """POST /testdata/subject."""
    body = shapes.json_body(call.request, SUBJECT)
    now = _created(body)
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


def _created(body: dict) -> str:
    return clock.stamp(body["createdDate"] or clock.now())


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
            created_at=_created(body),
        )
    return empty(200)


def person_remove(call: Call) -> Response:
    """POST /testdata/person/remove: with all permissions of that person."""
    nip = shapes.json_body(call.request, NIP_ONLY)["nip"]
    with call.store.write() as db:
        db.execute(
            "DELETE FROM grants WHERE (holder_type = 'Nip' AND holder = ?) OR "
            "(holder_type = 'Pesel' AND holder IN (SELECT pesel FROM persons WHERE nip = ?))",
            (nip, nip),
        )
        db.execute("DELETE FROM persons WHERE nip = ?", (nip,))
    return empty(200)


def context_block(call: Call) -> Response:
    """POST /testdata/context/block: every login to the context ends with 480."""
    context = shapes.json_body(call.request, BLOCK)["contextIdentifier"]
    with call.store.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO blocked_contexts VALUES (?, ?)",
            (context["type"], context["value"]),
        )
    return empty(200)


def context_unblock(call: Call) -> Response:
    """POST /testdata/context/unblock."""
    context = shapes.json_body(call.request, BLOCK)["contextIdentifier"]
    with call.store.write() as db:
        db.execute(
            "DELETE FROM blocked_contexts WHERE (type, value) = (?, ?)",
            (context["type"], context["value"]),
        )
    return empty(200)


def grant(call: Call) -> Response:
    """POST /testdata/permissions."""
    body = shapes.json_body(call.request, GRANT)
    context, holder = _parties(body)
    made = [
        grants.Grant(
            permissions.PERSON, context, holder, item["permissionType"], item["description"]
        )
        for item in body["permissions"]
    ]
    with call.store.write() as db:
        grants.add(db, made)
    return empty(200)


def revoke(call: Call) -> Response:
    """POST /testdata/permissions/revoke: everything the holder has in the context."""
    context, holder = _parties(shapes.json_body(call.request, REVOKE))
    with call.store.write() as db:
        db.execute(
            "DELETE FROM grants WHERE kind = 'Person' AND context_type = ? AND context = ? "
            "AND holder_type = ? AND holder = ?",
            (context.type, context.value, holder.type, holder.value),
        )
    return empty(200)


def _parties(body: dict) -> tuple[Identifier, Identifier]:
    return (
        Identifier(**body["contextIdentifier"]),
        Identifier(**body["authorizedIdentifier"]),
    )


class _unique:
    """Turns a broken uniqueness into KSeF's 30001."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, trace) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            raise Invalid(30001) from error
