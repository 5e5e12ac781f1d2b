"""KSeF tokens: made once, stored as a digest (OpenAPI /tokens)."""

import json
import secrets

from werkzeug import Response

from simulator import clock, crypto, numbers, pages_of, permissions, shapes
from simulator.errors import Invalid, forbidden
from simulator.store import Row, Store, dump, insert
from simulator.web import Call, Identifier, Principal, empty, json_response

PERMISSIONS = permissions.ALL
PENDING, ACTIVE, REVOKING, REVOKED, NOT_MADE = STATUSES = (
    "Pending",
    "Active",
    "Revoking",
    "Revoked",
    "Failed",
)
FAILED = "Nie udało się aktywować tokena. Wygeneruj nowy token."
CREATE = shapes.record(
    {
        "permissions": shapes.array(shapes.choice(*PERMISSIONS), 20),
        "description": shapes.text(5, 256),
    }
)


def make(
    store: Store,
    context: Identifier,
    author: Identifier,
    description: str,
    granted: list[str],
    *,
    seconds: float = 0,
    failed: bool = False,
) -> tuple[str, str]:
    """A new token, active after so many seconds: its reference and the secret, nowhere stored."""
    now = clock.now()
    reference = numbers.reference("EC", clock.warsaw_day(now))
    token = f"{reference}|{context.type.lower()}-{context.value}|{secrets.token_hex(32)}"
    with store.write() as db:
        insert(
            db,
            "tokens",
            reference=reference,
            digest=crypto.sha256_hex(token),
            context_type=context.type,
            context=context.value,
            author_type=author.type,
            author=author.value,
            description=description,
            permissions=dump(sorted(set(granted))),
            created_at=clock.stamp(now),
            active_at=clock.later(seconds),
            failed=FAILED if failed else None,
        )
    return reference, token


def find(store: Store, token: str) -> Row | None:
    """The token with this secret."""
    return store.row("SELECT * FROM tokens WHERE digest = ?", crypto.sha256_hex(token))


def create(call: Call) -> Response:
    """POST /tokens."""
    who = call.who
    if who.method == "Token":
        raise forbidden("auth-method-not-allowed", authenticationMethodCategory="Token")
    body = shapes.json_body(call.request, CREATE)
    if who.context.type not in ("Nip", "InternalId"):
        raise Invalid(26002, f"Kontekst {who.context.type}; dozwolone: Nip, InternalId.")
    missing = set(body["permissions"]) - who.permissions
    if missing or not body["permissions"]:
        raise Invalid(26001, f"Brakujące uprawnienia: {', '.join(sorted(missing)) or 'brak'}.")
    reference, token = make(
        call.store,
        who.context,
        who.subject,
        body["description"],
        body["permissions"],
        seconds=call.world.settings["token_seconds"],
        failed=call.world.faults.take("token_failed", "token_create") is not None,
    )
    return json_response({"referenceNumber": reference, "token": token}, 202)


def listing(call: Call) -> Response:
    """GET /tokens."""
    request = call.request
    statuses = shapes.query_choices(request, "status", STATUSES)
    author_types = shapes.query_choices(
        request, "authorIdentifierType", ("Nip", "Pesel", "Fingerprint")
    )
    texts = {name: _searched(call, name) for name in ("description", "authorIdentifier")}
    items = [
        item
        for item in map(describe, _visible(call))
        if (not statuses or item["status"] in statuses)
        and (not author_types or item["authorIdentifier"]["type"] in author_types)
        and texts["description"] in item["description"].lower()
        and texts["authorIdentifier"] in item["authorIdentifier"]["value"].lower()
    ]
    size = shapes.query_integer(request, "pageSize", 10, 100, 10)
    page, token = pages_of.cut(request, items, size)
    return json_response({"continuationToken": token, "tokens": page})


def _searched(call: Call, name: str) -> str:
    given = call.request.args.get(name)
    return "" if given is None else shapes.text(3, 256)(given, name).lower()


def status(call: Call, referenceNumber: str) -> Response:
    """GET /tokens/{referenceNumber}."""
    return json_response(describe(_own(call, referenceNumber, _visible(call))))


def revoke(call: Call, referenceNumber: str) -> Response:
    """DELETE /tokens/{referenceNumber}."""
    who = call.who
    manageable = _rows(call) if who.may("CredentialsManage") else _limited(call, who)
    row = _own(call, referenceNumber, manageable)
    with call.store.write() as db:
        db.execute(
            "UPDATE tokens SET revoked_at = ?, gone_at = ? "
            "WHERE reference = ? AND revoked_at IS NULL",
            (
                clock.stamp(clock.now()),
                clock.later(call.world.settings["token_seconds"]),
                row["reference"],
            ),
        )
    return empty()


def state(row: Row) -> str:
    """The token's status now (OpenAPI AuthenticationTokenStatus)."""
    now = clock.stamp(clock.now())
    if row["revoked_at"]:
        return REVOKING if now < (row["gone_at"] or row["revoked_at"]) else REVOKED
    if now < (row["active_at"] or row["created_at"]):
        return PENDING
    return NOT_MADE if row["failed"] else ACTIVE


def describe(row: Row) -> dict:
    """OpenAPI TokenStatusResponse; never with the secret."""
    return {
        "referenceNumber": row["reference"],
        "authorIdentifier": {"type": row["author_type"], "value": row["author"]},
        "contextIdentifier": {"type": row["context_type"], "value": row["context"]},
        "description": row["description"],
        "requestedPermissions": json.loads(row["permissions"]),
        "dateCreated": row["created_at"],
        "lastUseDate": row["used_at"],
        "status": state(row),
        "statusDetails": [row["failed"]] if state(row) == NOT_MADE else None,
    }


def _rows(call: Call) -> list[Row]:
    context = call.who.context
    return call.store.rows(
        "SELECT * FROM tokens WHERE context_type = ? AND context = ? "
        "ORDER BY created_at DESC, reference",
        context.type,
        context.value,
    )


def _limited(call: Call, who: Principal) -> list[Row]:
    if who.token:
        return [row for row in _rows(call) if row["reference"] == who.token]
    authors = permissions.aliases(call.store, who.subject)
    return [row for row in _rows(call) if (row["author_type"], row["author"]) in authors]


def _visible(call: Call) -> list[Row]:
    if call.who.may("CredentialsManage", "CredentialsRead"):
        return _rows(call)
    return _limited(call, call.who)


def _own(call: Call, reference: str, rows: list[Row]) -> Row:
    shapes.reference(reference)
    for row in rows:
        if row["reference"] == reference:
            return row
    raise Invalid(21405, f"Token o numerze referencyjnym {reference} nie został znaleziony.")
