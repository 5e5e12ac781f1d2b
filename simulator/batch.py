"""Batch sessions: opened, their parts uploaded to pre-signed addresses, closed."""

import hashlib
import os
import secrets
from pathlib import Path

from werkzeug import Response

from simulator import clock, jwts, numbers, packages, sessions, shapes
from simulator.errors import Invalid, Problem, unauthorized
from simulator.store import Row, Store, insert
from simulator.web import Call, empty, json_response

UPLOAD = "part_upload"
MAX_PARTS = 50
# 100 MB before encryption; AES-CBC with PKCS#7 adds up to one block.
MAX_PART = 100_000_000 + 16
BLOB = {"x-ms-blob-type": "BlockBlob"}
OPEN = shapes.record(
    {
        "formCode": sessions.FORM_CODE,
        "encryption": sessions.ENCRYPTION,
        "batchFile": shapes.record(
            {
                "fileSize": shapes.integer(1, 5_000_000_000),
                "fileHash": shapes.sha256,
                "fileParts": shapes.array(
                    shapes.record(
                        {
                            "ordinalNumber": shapes.integer(1, 2**31 - 1),
                            "fileSize": shapes.integer(1, 2**63 - 1),
                            "fileHash": shapes.sha256,
                        }
                    )
                ),
            },
            {"compressionType": shapes.choice("Zip", "TarGz")},
        ),
    },
    {"offlineMode": shapes.flag},
)


def open_batch(call: Call) -> Response:
    """POST /sessions/batch."""
    body = shapes.json_body(call.request, OPEN)
    file = body["batchFile"]
    parts = _checked(file["fileParts"])
    opened = sessions.new(call, body, sessions.BATCH)
    seconds = call.world.settings["part_upload_seconds"] * len(parts)
    with call.store.write() as db:
        insert(db, "sessions", **opened)
        insert(
            db,
            "packages",
            session=opened["reference"],
            offline=bool(body["offlineMode"]),
            compression=file["compressionType"] or "Zip",
            size=file["fileSize"],
            hash=file["fileHash"],
            upload_until=clock.later(seconds),
        )
        for part in parts:
            insert(
                db,
                "parts",
                session=opened["reference"],
                ordinal=part["ordinalNumber"],
                size=part["fileSize"],
                hash=part["fileHash"],
            )
    requests = [_upload_request(call, opened["reference"], part, seconds) for part in parts]
    answer = {"referenceNumber": opened["reference"], "partUploadRequests": requests}
    return json_response(answer, 201)


def _checked(parts: list[dict]) -> list[dict]:
    if not parts:
        raise shapes.wrong("batchFile.fileParts", "wymagana jest co najmniej jedna część.")
    if len(parts) > MAX_PARTS:
        raise Invalid(21161, f"Maksymalna liczba części pakietu to {MAX_PARTS}.")
    for part in parts:
        if part["fileSize"] > MAX_PART:
            number = part["ordinalNumber"]
            raise Invalid(21157, f"Rozmiar części '{number}' przekracza dozwolone 100 MB.")
    if sorted(part["ordinalNumber"] for part in parts) != [*range(1, len(parts) + 1)]:
        raise shapes.wrong("batchFile.fileParts", "numery części muszą być kolejne, od 1.")
    return parts


def _upload_request(call: Call, session: str, part: dict, seconds: float) -> dict:
    """OpenAPI PartUploadRequest."""
    number = part["ordinalNumber"]
    signature = jwts.issue(call.store, "upload", f"{session}/{number}", seconds)["token"]
    return {
        "ordinalNumber": number,
        "method": "PUT",
        "url": f"{call.world.storage_url}/storage/batch/{session}/{number}?sig={signature}",
        "headers": BLOB,
    }


def upload(call: Call, session: str, number: int) -> Response:
    """PUT to a pre-signed address: one encrypted part, as it is; a second PUT replaces it."""
    _admit_upload(call, f"{session}/{number}")
    row = call.store.row(
        "SELECT parts.*, sessions.code FROM parts JOIN sessions ON reference = session "
        "WHERE session = ? AND ordinal = ?",
        session,
        number,
    )
    if row is None or row["code"] != 100:
        raise _closed()
    target = packages.folder(call.store, session) / str(number)
    begun, size, digest = _received(call, target)
    try:
        with call.store.write() as db:
            # Asked again under the lock: the session may have been closed during the upload.
            done = db.execute(
                "UPDATE parts SET received_size = ?, received_hash = ? "
                "WHERE session = ? AND ordinal = ? "
                "AND session IN (SELECT reference FROM sessions WHERE code = 100)",
                (size, digest, session, number),
            )
            if done.rowcount != 1:
                raise _closed()
            os.replace(begun, target)
    finally:
        begun.unlink(missing_ok=True)
    return empty(201)


def _closed() -> Problem:
    return Problem(403, "Pod ten adres nie można już zapisywać.")


def _admit_upload(call: Call, address: str) -> None:
    headers = call.request.headers
    if "Authorization" in headers:
        # Whoever sends an access token to a storage host gives it away.
        call.world.note(f"{UPLOAD}_with_token")
        raise unauthorized("Do adresu części paczki nie wysyła się tokenu dostępowego.")
    try:
        signed = jwts.read(call.store, call.request.args.get("sig", ""), "upload")["sub"]
    except Problem as error:
        raise Problem(403, "Podpis adresu jest nieprawidłowy albo adres wygasł.") from error
    if signed != address:
        raise Problem(403, "Podpis adresu jest nieprawidłowy.")
    for name, value in BLOB.items():
        if headers.get(name) != value:
            raise Problem(400, f"Brak wymaganego nagłówka {name}: {value}.")
    if call.request.content_length is None:
        raise Problem(411, "Wymagany jest nagłówek Content-Length.")


def _received(call: Call, target: Path) -> tuple[Path, int, str]:
    """Write the body to a file of its own, never more of it in memory than a block."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    digest, size = hashlib.sha256(), 0
    try:
        with open(begun, "wb") as file:
            while block := call.request.stream.read(1 << 18):
                size += len(block)
                if size > MAX_PART:
                    raise Problem(413, f"Część paczki przekracza {MAX_PART} bajtów.")
                digest.update(block)
                file.write(block)
        if not size:
            raise Problem(400, "Część paczki jest pusta.")
    except BaseException:
        begun.unlink(missing_ok=True)
        raise
    return begun, size, numbers.to_base64(digest.digest())


def close(call: Call, referenceNumber: str) -> Response:
    """POST /sessions/batch/{referenceNumber}/close."""
    row = sessions.own(call, referenceNumber, sessions.BATCH)
    if row["code"] == 440 and not row["closed_at"]:
        raise Invalid(21208, "Sesja anulowana, przekroczony czas wysyłki.")
    if row["code"] != 100:
        raise _not_open(row)
    _check_parts(call.store, referenceNumber)
    delay, upo_delay, verdict = _ordered(call)
    now = clock.stamp(clock.now())
    with call.store.write() as db:
        done = db.execute(
            "UPDATE sessions SET code = 150, closed_at = ?, updated_at = ?, due_at = ? "
            "WHERE reference = ? AND code = 100",
            (now, now, clock.later(delay), referenceNumber),
        )
        db.execute(
            "UPDATE packages SET upo_delay = ?, verdict = ? WHERE session = ?",
            (upo_delay, verdict, referenceNumber),
        )
    if done.rowcount != 1:
        raise _not_open(sessions.own(call, referenceNumber))
    return empty()


def _not_open(row: Row) -> Invalid:
    return Invalid(21180, f"Status sesji {row['code']} uniemożliwia jej zamknięcie.")


def _check_parts(store: Store, session: str) -> None:
    for part in store.rows("SELECT * FROM parts WHERE session = ? ORDER BY ordinal", session):
        number = part["ordinal"]
        if part["received_size"] is None:
            raise Invalid(21205, f"Nie przesłano zadeklarowanej '{number}' części pliku.")
        if part["received_size"] != part["size"]:
            raise Invalid(
                21157,
                f"Zadeklarowany rozmiar części '{number}' nie zgadza się z rzeczywistym.",
            )


def _ordered(call: Call) -> tuple[float, float, int | None]:
    """Seconds until processing begins, seconds until the UPO, a verdict that was ordered."""
    faults, operation = call.world.faults, "batch_close"
    delay = call.world.settings["closing_seconds"]
    if slow := faults.take("slow_status", operation):
        delay = slow.params["seconds"]
    late = faults.take("slow_upo", operation)
    forced = faults.take("session_verdict", operation)
    return delay, late.params["seconds"] if late else 0, forced and forced.params["code"]
