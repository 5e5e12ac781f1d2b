"""Exports of invoices: asked for, packed and encrypted, fetched from pre-signed addresses."""

import json
from collections.abc import Iterator
from concurrent.futures import wait
from datetime import timedelta

from werkzeug import Response

from simulator import clock, export_package, jwts, keys, metadata, numbers, processing, shapes
from simulator.errors import Invalid, Problem, unauthorized
from simulator.sessions import ENCRYPTION, symmetric_key
from simulator.store import Row, dump, insert
from simulator.web import Call, json_response

MAX_RUNNING = 10
PATIENCE = 1.0
KEPT = timedelta(days=7)
PACKAGE_KEPT = timedelta(days=3)
LINK_SECONDS = 24 * 3600
TEXTS = {
    100: "Eksport faktur w toku",
    200: "Eksport faktur zakończony sukcesem",
    210: "Eksport faktur wygasł i nie jest już dostępny do pobrania",
    415: "Błąd odszyfrowania dostarczonego klucza",
    420: "Zakres filtrowania wykracza poza dostępny zakres danych",
    500: "Nieznany błąd (500)",
    550: "Operacja została anulowana przez system",
}
EXPORT = shapes.record(
    {"encryption": ENCRYPTION, "filters": shapes.anything},
    {"onlyMetadata": shapes.flag, "compressionType": shapes.choice("Zip", "TarGz")},
)


def start(call: Call) -> Response:
    """POST /invoices/exports."""
    body = shapes.json_body(call.request, EXPORT)
    filters = metadata.FILTERS(body["filters"], "filters")
    now, who = clock.now(), call.who
    code, details = _judged(filters, now)
    encryption = body["encryption"]
    chosen = keys.chosen(call.store, keys.SYMMETRIC, encryption["publicKeyId"])
    key = symmetric_key(chosen, encryption["encryptedSymmetricKey"])
    row = {
        "reference": numbers.reference("EH", clock.warsaw_day(now)),
        "context_type": who.context.type,
        "context": who.context.value,
        "subject": who.subject.value,
        # As it came, because a shape that was read once can be read again.
        "filters": json.dumps(body["filters"]),
        "only_metadata": bool(body["onlyMetadata"]),
        "compression": body["compressionType"] or "Zip",
        "key": key,
        "iv": encryption["initializationVector"],
        "requested_at": clock.stamp(now),
        "due_at": clock.later(call.world.settings["export_seconds"]),
        "code": code if key else 415,
        "details": dump(details if key else []),
    }
    settle(call)
    _enter(call, row)
    return json_response({"referenceNumber": row["reference"]}, 201)


def _enter(call: Call, row: dict) -> None:
    with call.store.write() as db:
        (running,) = db.execute(
            "SELECT COUNT(*) FROM exports WHERE code = 100 AND context = ? AND subject = ?",
            (row["context"], row["subject"]),
        ).fetchone()
        if running >= MAX_RUNNING:
            raise Invalid(
                21182,
                "Dla uwierzytelnionego podmiotu w bieżącym kontekście osiągnięto maksymalny limit "
                f"{MAX_RUNNING} równoczesnych eksportów faktur. Spróbuj ponownie później.",
            )
        insert(db, "exports", **row)


def _judged(filters: dict, now) -> tuple[int, list[str]]:
    """100, or 420 for a range that has not begun; other faults of the range are refused."""
    try:
        metadata.span(filters["dateRange"], now)
    except Invalid as invalid:
        if invalid.code != 21183:
            raise
        return 420, invalid.details
    return 100, []


def settle(call: Call, awaited: str | None = None) -> None:
    """Start what is due; wait a little for the one that is asked about."""
    world = call.world
    processing.settle(world)
    due = world.store.rows(
        "SELECT reference FROM exports WHERE code = 100 AND due_at <= ?", clock.stamp(clock.now())
    )
    for row in due:
        job = world.background(row["reference"], export_package.make, row["reference"])
        if job and row["reference"] == awaited:
            wait([job], PATIENCE)


def status(call: Call, referenceNumber: str) -> Response:
    """GET /invoices/exports/{referenceNumber}; 410 after seven days."""
    shapes.reference(referenceNumber)
    settle(call, referenceNumber)
    row = call.store.row(
        "SELECT * FROM exports WHERE reference = ? AND context_type = ? AND context = ?",
        referenceNumber,
        call.who.context.type,
        call.who.context.value,
    )
    if row is None:
        raise Invalid(21175)
    now = clock.now()
    if clock.parse(row["requested_at"]) + KEPT <= now:
        raise Problem(410, "Status eksportu nie jest już dostępny.")
    expires = row["completed_at"] and clock.parse(row["completed_at"]) + PACKAGE_KEPT
    code = row["code"]
    if code == 200 and expires <= now:
        code = 210
    info = {"code": code, "description": TEXTS[code], "details": json.loads(row["details"]) or None}
    return json_response(
        {
            "status": info,
            "completedDate": row["completed_at"],
            "packageExpirationDate": clock.stamp(expires) if row["code"] == 200 else None,
            "package": _package(call, row) if code == 200 else None,
        }
    )


def _package(call: Call, row: Row) -> dict:
    """OpenAPI InvoicePackage."""
    made = json.loads(row["package"])
    parts = [_part(call, row["reference"], part) for part in made.pop("parts")]
    return made | {"parts": parts, "compressionType": row["compression"]}


def _part(call: Call, reference: str, part: dict) -> dict:
    address = f"{reference}/{part['ordinalNumber']}"
    issued = jwts.issue(call.store, "export", address, LINK_SECONDS)
    url = f"{call.world.storage_url}/storage/exports/{address}?sig={issued['token']}"
    return part | {"method": "GET", "url": url, "expirationDate": issued["validUntil"]}


def download(call: Call, reference: str, number: int) -> Response:
    """GET of a pre-signed address: one encrypted part."""
    if "Authorization" in call.request.headers:
        call.world.note("export_download_with_token")
        raise unauthorized("Do adresu części paczki nie wysyła się tokenu dostępowego.")
    try:
        signed = jwts.read(call.store, call.request.args.get("sig", ""), "export")["sub"]
    except Problem as error:
        raise Problem(403, "Podpis adresu jest nieprawidłowy albo adres wygasł.") from error
    row = call.store.row("SELECT * FROM exports WHERE reference = ? AND code = 200", reference)
    if signed != f"{reference}/{number}" or row is None:
        raise Problem(403, "Podpis adresu jest nieprawidłowy.")
    part = json.loads(row["package"])["parts"][number - 1]
    path = export_package.folder(call.store, reference) / str(number)
    response = Response(_blocks(path), 200, content_type="application/octet-stream")
    response.content_length = part["encryptedPartSize"]
    response.headers["x-ms-meta-hash"] = part["encryptedPartHash"]
    return response


def _blocks(path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while block := file.read(1 << 18):
            yield block
