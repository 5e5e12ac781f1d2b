"""Sessions: the interactive ones opened and closed, all of them described and listed."""

import json

from werkzeug import Response

from simulator import clock, crypto, jwts, keys, numbers, pages_of, processing, shapes
from simulator.errors import Invalid, forbidden
from simulator.store import Row, dump, insert
from simulator.web import Call, empty, json_response

FORM = {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"}
ONLINE, BATCH = "Online", "Batch"
TEXTS = {
    ONLINE: {
        100: "Sesja interaktywna otwarta",
        170: "Sesja interaktywna zamknięta",
        200: "Sesja interaktywna przetworzona pomyślnie",
        415: "Błąd odszyfrowania dostarczonego klucza",
        440: "Sesja anulowana",
        445: "Błąd weryfikacji, brak poprawnych faktur",
        500: "Nieznany błąd (500)",
    },
    BATCH: {
        100: "Sesja wsadowa rozpoczęta",
        150: "Trwa przetwarzanie",
        200: "Sesja wsadowa przetworzona pomyślnie",
        405: "Błąd weryfikacji poprawności dostarczonych elementów paczki",
        415: "Błąd odszyfrowania dostarczonego klucza",
        420: "Przekroczony limit faktur w sesji",
        430: "Błąd dekompresji pierwotnego archiwum",
        435: "Błąd odszyfrowania zaszyfrowanych części archiwum",
        440: "Sesja anulowana",
        445: "Błąd weryfikacji, brak poprawnych faktur",
        500: "Nieznany błąd (500)",
    },
}
GROUPS = {
    "InProgress": (100, 150, 170),
    "Succeeded": (200,),
    "Failed": (405, 415, 420, 430, 435, 445, 500),
    "Cancelled": (440,),
}
FORM_CODE = shapes.record(
    {"systemCode": shapes.text(), "schemaVersion": shapes.text(), "value": shapes.text()}
)
ENCRYPTION = shapes.record(
    {
        "encryptedSymmetricKey": shapes.base64(1, 4096),
        "initializationVector": shapes.base64(16, 16),
    },
    {"publicKeyId": shapes.base64(32, 32)},
)
OPEN = shapes.record({"formCode": FORM_CODE, "encryption": ENCRYPTION})
COUNTS = (
    "(SELECT COUNT(*) FROM invoices WHERE session = sessions.reference) AS sent, "
    "(SELECT COUNT(*) FROM invoices WHERE session = sessions.reference AND code = 200) AS good, "
    "(SELECT COUNT(*) FROM invoices WHERE session = sessions.reference AND code > 200) AS bad"
)
LINK_SECONDS = 3 * 24 * 3600


def open_online(call: Call) -> Response:
    """POST /sessions/online."""
    body = shapes.json_body(call.request, OPEN)
    opened = new(call, body, ONLINE)
    # A key that does not decrypt is found out only after the session was opened.
    opened["code"] = 100 if opened["key"] else 415
    with call.store.write() as db:
        insert(db, "sessions", **opened)
    answer = {"referenceNumber": opened["reference"], "validUntil": opened["valid_until"]}
    return json_response(answer, 201)


def new(call: Call, body: dict, kind: str) -> dict:
    """The row of a new session of the caller; 21405 for another form, 21470 for an old key."""
    if body["formCode"] != FORM:
        raise Invalid(21405, "Wskazany kod formularza nie jest wspierany.")
    encryption = body["encryption"]
    chosen = keys.chosen(call.store, keys.SYMMETRIC, encryption["publicKeyId"])
    now, who = clock.now(), call.who
    feature = call.request.headers.get("X-KSeF-Feature", "")
    return {
        "reference": numbers.reference("SO" if kind == ONLINE else "SB", clock.warsaw_day(now)),
        "kind": kind,
        "authentication": who.authentication,
        "context_type": who.context.type,
        "context": who.context.value,
        "subject_type": who.subject.type,
        "subject": who.subject.value,
        "form": dump(FORM),
        "key": symmetric_key(chosen, encryption["encryptedSymmetricKey"]),
        "iv": encryption["initializationVector"],
        "check_nips": "subject-identifier-validation" in feature,
        "opened_at": clock.stamp(now),
        "updated_at": clock.stamp(now),
        "valid_until": clock.later(call.world.settings["session_seconds"]),
        "code": 100,
        "details": dump([]),
    }


def symmetric_key(chosen: Row, encrypted: bytes) -> bytes | None:
    """The AES key of 32 bytes, or None when it does not decrypt or has another length."""
    try:
        key = crypto.unwrap(chosen["private"], encrypted)
    except ValueError:
        return None
    return key if len(key) == 32 else None


def own(call: Call, reference: str, kind: str | None = None) -> Row:
    """The session (of a kind) in the caller's context; 400 21173 when there is none."""
    shapes.reference(reference)
    processing.settle(call.world, reference)
    who = call.who
    row = call.store.row(
        f"SELECT *, {COUNTS} FROM sessions "  # noqa: S608
        "WHERE reference = ? AND context_type = ? AND context = ?",
        reference,
        who.context.type,
        who.context.value,
    )
    if row is None or kind not in (None, row["kind"]):
        raise Invalid(21173, f"Sesja o numerze referencyjnym {reference} nie została znaleziona.")
    return row


def readable(call: Call, reference: str) -> Row:
    """The session, when the caller opened it or may see those of others; 403 otherwise."""
    row = own(call, reference)
    who = call.who
    mine = (row["subject_type"], row["subject"]) == (who.subject.type, who.subject.value)
    if not mine and not who.may("Introspection", "EnforcementOperations"):
        raise forbidden("insufficient-resource-access")
    return row


def close_online(call: Call, referenceNumber: str) -> Response:
    """POST /sessions/online/{referenceNumber}/close."""
    row = own(call, referenceNumber, ONLINE)
    now = clock.stamp(clock.now())
    with call.store.write() as db:
        done = db.execute(
            "UPDATE sessions SET code = 170, closed_at = ?, updated_at = ?, due_at = ? "
            "WHERE reference = ? AND code = 100",
            (now, now, clock.later(call.world.settings["closing_seconds"]), referenceNumber),
        )
    if done.rowcount != 1:
        raise Invalid(21180, f"Status sesji {row['code']} uniemożliwia jej zamknięcie.")
    return empty()


def status_info(row: Row | dict) -> dict:
    """OpenAPI StatusInfo of a session."""
    code, details = row["code"], json.loads(row["details"])
    text = TEXTS[row["kind"]].get(code, f"Nieznany błąd ({code})")
    return {"code": code, "description": text, "details": details or None}


def status(call: Call, referenceNumber: str) -> Response:
    """GET /sessions/{referenceNumber}."""
    row = shown(call, "session_status", readable(call, referenceNumber))
    return json_response(
        {
            "status": status_info(row),
            "dateCreated": row["opened_at"],
            "dateUpdated": row["updated_at"],
            "validUntil": row["valid_until"],
            "upo": _upo(call, row),
            "invoiceCount": row["sent"],
            "successfulInvoiceCount": row["good"],
            "failedInvoiceCount": row["bad"],
        }
    )


def shown(call: Call, operation: str, row: Row) -> Row | dict:
    """The row, or for as long as it is ordered, the row with another code."""
    fault = call.world.faults.take("shown_status", operation)
    return dict(row) | {"code": fault.params["code"]} if fault else row


def _upo(call: Call, row: Row | dict) -> dict | None:
    pages = call.store.rows(
        "SELECT reference FROM upos WHERE session = ? AND page IS NOT NULL ORDER BY page",
        row["reference"],
    )
    if row["code"] != 200:
        return None
    return {
        "pages": [
            {
                "referenceNumber": page["reference"],
                "downloadUrl": link["url"],
                "downloadUrlExpirationDate": link["until"],
            }
            for page in pages
            for link in [download_link(call, page["reference"])]
        ]
    }


def download_link(call: Call, reference: str) -> dict[str, str]:
    """A link that needs no token: its own signature says what it opens and until when."""
    issued = jwts.issue(call.store, "download", reference, LINK_SECONDS)
    url = f"{call.world.storage_url}/download/upo/{issued['token']}"
    return {"url": url, "until": issued["validUntil"]}


def listing(call: Call) -> Response:
    """GET /sessions."""
    request = call.request
    kinds = shapes.query_choices(request, "sessionType", (ONLINE, BATCH))
    if not kinds:
        raise shapes.wrong("sessionType", "pole jest wymagane.")
    size = shapes.query_integer(request, "pageSize", 10, 1000, 10)
    where, values = _filters(call)
    begin = pages_of.start(request)
    processing.settle(call.world)
    rows = call.store.rows(
        f"SELECT *, {COUNTS} FROM sessions WHERE kind = ? AND {' AND '.join(where)} "  # noqa: S608
        "ORDER BY opened_at DESC, reference LIMIT ? OFFSET ?",
        kinds[0],
        *values,
        size + 1,
        begin,
    )
    token = pages_of.token(begin + size) if len(rows) > size else None
    items = [_list_item(row) for row in rows[:size]]
    return json_response({"continuationToken": token, "sessions": items})


def _filters(call: Call) -> tuple[list[str], list]:
    request, who = call.request, call.who
    where = ["context_type = ?", "context = ?"]
    values: list = [who.context.type, who.context.value]
    if not who.may("Introspection", "EnforcementOperations"):
        where += ["subject_type = ?", "subject = ?"]
        values += [who.subject.type, who.subject.value]
    for name, column in (("Created", "opened_at"), ("Closed", "closed_at"), ("Modified", "updated_at")):  # fmt: skip  # noqa: E501
        for end, sign in (("From", ">="), ("To", "<=")):
            moment = shapes.query_instant(request, f"date{name}{end}")
            if moment:
                where.append(f"{column} {sign} ?")
                values.append(clock.stamp(moment))
    if "referenceNumber" in request.args:
        where.append("reference = ?")
        values.append(shapes.reference(request.args["referenceNumber"]))
    statuses = shapes.query_choices(request, "statuses", GROUPS)
    if statuses:
        codes = [code for name in statuses for code in GROUPS[name]]
        where.append(f"code IN ({', '.join('?' * len(codes))})")
        values += codes
    return where, values


def _list_item(row: Row) -> dict:
    return {
        "referenceNumber": row["reference"],
        "status": status_info(row),
        "dateCreated": row["opened_at"],
        "dateUpdated": row["updated_at"],
        "validUntil": row["valid_until"],
        "totalInvoiceCount": row["sent"],
        "successfulInvoiceCount": row["good"],
        "failedInvoiceCount": row["bad"],
    }
