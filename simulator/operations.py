"""Asynchronous operations on permissions: begun, carried out when due, asked about."""

import json
import sqlite3

from werkzeug import Response

from simulator import clock, grants, grants_rules, numbers, shapes
from simulator.errors import Invalid, Problem
from simulator.store import Row, Store, dump, insert
from simulator.web import Call, Identifier, json_response

BEGUN, DONE = 100, 200
# OpenAPI PermissionsOperationStatusResponse.
TEXTS = {
    BEGUN: "Operacja przyjęta do realizacji",
    DONE: "Operacja zakończona sukcesem",
    400: "Operacja zakończona niepowodzeniem",
    410: "Podane identyfikatory są niezgodne lub pozostają w niewłaściwej relacji",
    420: "Użyte poświadczenia nie mają uprawnień do wykonania tej operacji",
    430: "Kontekst identyfikatora nie odpowiada wymaganej roli lub uprawnieniom",
    440: "Operacja niedozwolona dla wskazanych powiązań identyfikatorów",
    450: "Operacja niedozwolona dla wskazanego identyfikatora lub jego typu",
    500: "Nieznany błąd",
    550: "Operacja została anulowana przez system",
}
DETAILS = {
    550: [
        "Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie później."
    ]
}
STATUS_DAYS = 30


def begin(call: Call, kind: str, body: dict) -> Response:
    """Take the order of a checked request; `kind` is the operation's name in the routes."""
    now = clock.now()
    faults, who = call.world.faults, call.who
    slow, forced = faults.take("slow_status", kind), faults.take("operation_verdict", kind)
    seconds = slow.params["seconds"] if slow else call.world.settings["operation_seconds"]
    reference = numbers.reference("PO", clock.warsaw_day(now))
    with call.store.write() as db:
        insert(
            db,
            "operations",
            reference=reference,
            kind=kind,
            context_type=who.context.type,
            context=who.context.value,
            author_type=who.subject.type,
            author=who.subject.value,
            held=dump(sorted(who.permissions)),
            body=dump(body),
            requested_at=clock.stamp(now),
            due_at=clock.later(seconds),
            forced=forced.params["code"] if forced else None,
            code=BEGUN,
        )
    return json_response({"referenceNumber": reference}, 202)


def settle(store: Store) -> None:
    """Carry out what is due, in the order in which it fell due."""
    now = clock.stamp(clock.now())
    for row in store.rows(
        "SELECT * FROM operations WHERE code = ? AND due_at <= ? ORDER BY due_at, rowid", BEGUN, now
    ):
        with store.write() as db:
            _carry_out(db, store, row)


def _carry_out(db: sqlite3.Connection, store: Store, row: Row) -> None:
    # Another request may have come first: under the write lock the state is certain.
    claimed = db.execute(
        "UPDATE operations SET code = ? WHERE reference = ? AND code = ?",
        (DONE, row["reference"], BEGUN),
    )
    if claimed.rowcount != 1:
        return
    code = row["forced"] or _change(db, store, row)
    db.execute("UPDATE operations SET code = ? WHERE reference = ?", (code, row["reference"]))


def _change(db: sqlite3.Connection, store: Store, row: Row) -> int:
    """Change the grants as the operation says; gives its final code."""
    order = grants_rules.Order(
        kind=row["kind"],
        context=Identifier(row["context_type"], row["context"]),
        author=Identifier(row["author_type"], row["author"]),
        held=frozenset(json.loads(row["held"])),
        body=json.loads(row["body"]),
    )
    try:
        made, ended = grants_rules.changes(store, order)
    except grants_rules.NotAllowed as refused:
        return refused.code
    if ended:
        db.execute("DELETE FROM grants WHERE id = ?", (ended,))
        return DONE
    return DONE if grants.add(db, made) else 400


def status(call: Call, referenceNumber: str) -> Response:
    """GET /permissions/operations/{referenceNumber}."""
    shapes.reference(referenceNumber)
    row = call.store.row("SELECT * FROM operations WHERE reference = ?", referenceNumber)
    if row is None or (row["context_type"], row["context"]) != (
        call.who.context.type,
        call.who.context.value,
    ):
        raise Invalid(
            21405, f"Operacja o numerze referencyjnym {referenceNumber} nie została znaleziona."
        )
    if (clock.now() - clock.parse(row["requested_at"])).days >= STATUS_DAYS:
        raise Problem(410, "Okres dostępności operacji minął.")
    code = row["code"]
    answer = {"code": code, "description": TEXTS[code], "details": DETAILS.get(code)}
    return json_response({"status": answer})
