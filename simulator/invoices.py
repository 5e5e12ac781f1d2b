"""Invoices of a session: sent, their statuses, downloads (OpenAPI "Wysyłka", "Status")."""

import json
from datetime import timedelta

from werkzeug import Response

from simulator import (
    clock,
    corrections,
    crypto,
    numbers,
    pages_of,
    processing,
    register,
    session_limits,
    sessions,
    shapes,
)
from simulator.errors import Invalid
from simulator.store import Row, dump, insert
from simulator.web import Call, json_response, xml_response

OPERATION = "invoice_send"
SEND = shapes.record(
    {
        "invoiceHash": shapes.sha256,
        "invoiceSize": shapes.integer(1, 10**9),
        "encryptedInvoiceHash": shapes.sha256,
        "encryptedInvoiceSize": shapes.integer(1, 10**9),
        "encryptedInvoiceContent": shapes.base64(1, 3_500_000),
    },
    {"offlineMode": shapes.flag, "hashOfCorrectedInvoice": shapes.sha256},
)
# A page of a thousand invoices must not bring their files into memory.
LISTED = (
    "ordinal, invoice_number, ksef_number, reference, hash, file_name, acquired_at, sent_at, "
    "stored_at, upo_at, begin_at, mode, code, details, extensions"
)


def send(call: Call, referenceNumber: str) -> Response:
    """POST /sessions/online/{referenceNumber}/invoices."""
    body = shapes.json_body(call.request, SEND)
    session = sessions.own(call, referenceNumber, sessions.ONLINE)
    session = _struck(call, session)
    content = body["encryptedInvoiceContent"]
    if len(content) != body["encryptedInvoiceSize"]:
        raise Invalid(21402, "Długość treści nie zgadza się z rozmiarem pliku.")
    if crypto.sha256(content) != body["encryptedInvoiceHash"]:
        raise Invalid(21403, "Skrót treści nie zgadza się ze skrótem pliku.")
    corrections.check(call, body)
    reference = _store(call, session, body)
    return json_response({"referenceNumber": reference}, 202)


def _struck(call: Call, session: Row) -> Row:
    """The session after the faults that were ordered for sending."""
    reference = session["reference"]
    if call.world.faults.take("session_unavailable", OPERATION):
        raise Invalid(
            21184,
            f"Trwają prace serwisowe i sesja {reference} jest tymczasowo niedostępna. Spróbuj "
            "ponownie później lub otwórz nową sesję, aby wysłać kolejne faktury.",
        )
    if call.world.faults.take("session_expired", OPERATION):
        expire(call, reference)
        session = sessions.own(call, reference)
    return session


def expire(call: Call, reference: str) -> None:
    """End a session as its 12 hours would."""
    with call.store.write() as db:
        db.execute(
            "UPDATE sessions SET valid_until = ? WHERE reference = ? AND code = 100",
            (clock.stamp(clock.now()), reference),
        )


def _store(call: Call, session: Row, body: dict) -> str:
    reference = session["reference"]
    now = clock.now()
    invoice = numbers.reference("EE", clock.warsaw_day(now))
    timing = _timing(call)
    with call.store.write() as db:
        # The state is read again under the write lock: a close may have come between.
        code = db.execute("SELECT code FROM sessions WHERE reference = ?", (reference,)).fetchone()[
            "code"
        ]
        if code != 100:
            raise Invalid(21180, f"Status sesji {code} uniemożliwia wysyłkę faktur.")
        (sent,) = db.execute(
            "SELECT COUNT(*) FROM invoices WHERE session = ?", (reference,)
        ).fetchone()
        most = session_limits.of_session(call.world.settings, session, session_limits.ONLINE)[
            "maxInvoices"
        ]
        if sent >= most:
            raise Invalid(
                21155,
                f"Sesja o numerze referencyjnym {reference} osiągnęła dozwolony limit liczby "
                f"faktur {most}.",
            )
        insert(
            db,
            "invoices",
            reference=invoice,
            session=reference,
            ordinal=sent + 1,
            sent_at=clock.stamp(now),
            hash=body["invoiceHash"],
            size=body["invoiceSize"],
            encrypted=body["encryptedInvoiceContent"],
            offline=bool(body["offlineMode"]),
            corrected_hash=body["hashOfCorrectedInvoice"],
            code=100,
            details=dump([]),
            **timing,
        )
        db.execute(
            "UPDATE sessions SET updated_at = ? WHERE reference = ?",
            (clock.stamp(now), reference),
        )
    return invoice


def _timing(call: Call) -> dict:
    """When processing begins and ends, when the UPO comes, and a verdict if one was ordered."""
    faults = call.world.faults
    seconds = call.world.settings["processing_seconds"]
    begin = min(seconds / 3, 0.2)
    slow = faults.take("slow_status", OPERATION)
    if slow:
        seconds = slow.params["seconds"]
    late = faults.take("slow_upo", OPERATION)
    forced = faults.take("verdict", OPERATION) or faults.take("plain_duplicate", OPERATION)
    now, stored = clock.now(), call.world.settings["storage_seconds"]
    due = now + timedelta(seconds=seconds)
    return {
        "begin_at": clock.stamp(now + timedelta(seconds=begin)),
        "due_at": clock.stamp(due),
        "stored_at": clock.stamp(due + timedelta(seconds=stored)),
        "upo_at": clock.stamp(due + timedelta(seconds=late.params["seconds"] if late else 0)),
        "forced": dump(forced.params | {forced.kind: True}) if forced else None,
    }


def status(call: Call, referenceNumber: str, invoiceReferenceNumber: str) -> Response:
    """GET /sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}."""
    row = find(call, referenceNumber, invoiceReferenceNumber)
    other = sessions.shown(call, "invoice_status", row)
    if other is not row and other["code"] != 200:
        other |= {"ksef_number": None, "acquired_at": None, "extensions": None}
    return json_response(describe(call, other))


def find(call: Call, session: str, invoice: str) -> Row:
    """One invoice of a readable session; 400 21405 when it is not there."""
    shapes.reference(invoice, "invoiceReferenceNumber")
    sessions.readable(call, session)
    row = call.store.row(
        "SELECT * FROM invoices WHERE session = ? AND reference = ?", session, invoice
    )
    if row is None:
        raise Invalid(
            21405, f"Faktura o numerze referencyjnym {invoice} nie została znaleziona w sesji."
        )
    return row


def listing(call: Call, referenceNumber: str) -> Response:
    """GET /sessions/{referenceNumber}/invoices."""
    return _list(call, referenceNumber, "")


def failed(call: Call, referenceNumber: str) -> Response:
    """GET /sessions/{referenceNumber}/invoices/failed."""
    return _list(call, referenceNumber, "AND code > 200")


def _list(call: Call, session: str, condition: str) -> Response:
    size = shapes.query_integer(call.request, "pageSize", 10, 1000, 10)
    begin = pages_of.start(call.request)
    sessions.readable(call, session)
    rows = call.store.rows(
        f"SELECT {LISTED} FROM invoices WHERE session = ? {condition} "  # noqa: S608
        "ORDER BY ordinal LIMIT ? OFFSET ?",
        session,
        size + 1,
        begin,
    )
    token = pages_of.token(begin + size) if len(rows) > size else None
    items = [describe(call, row) for row in rows[:size]]
    return json_response({"continuationToken": token, "invoices": items})


def describe(call: Call, row: Row | dict) -> dict:
    """OpenAPI SessionInvoiceStatusResponse."""
    now = clock.stamp(clock.now())
    done = row["code"] == 200
    link = {"url": None, "until": None}
    if done and row["upo_at"] <= now:
        link = sessions.download_link(call, row["reference"])
    return {
        "ordinalNumber": row["ordinal"],
        "invoiceNumber": row["invoice_number"],
        "ksefNumber": row["ksef_number"],
        "referenceNumber": row["reference"],
        "invoiceHash": row["hash"],
        "invoiceFileName": row["file_name"],
        "acquisitionDate": row["acquired_at"],
        "invoicingDate": row["sent_at"],
        "permanentStorageDate": row["stored_at"] if done and row["stored_at"] <= now else None,
        "upoDownloadUrl": link["url"],
        "upoDownloadUrlExpirationDate": link["until"],
        "invoicingMode": row["mode"],
        "status": status_info(row, now),
    }


def status_info(row: Row | dict, now: str) -> dict:
    """OpenAPI InvoiceStatusInfo; 100, then 150, then the verdict."""
    code = row["code"]
    if code < 200:
        code = 150 if row["begin_at"] <= now else 100
    return {
        "code": code,
        "description": register.INVOICE_TEXTS.get(code, f"Nieznany błąd ({code})"),
        "details": json.loads(row["details"]) or None,
        "extensions": json.loads(row["extensions"]) if row["extensions"] else None,
    }


def download(call: Call, ksefNumber: str) -> Response:
    """GET /invoices/ksef/{ksefNumber}."""
    shapes.text(35, 36, numbers.KSEF_NUMBER.pattern)(ksefNumber, "ksefNumber")
    processing.settle(call.world)
    row = call.store.row("SELECT * FROM invoices WHERE ksef_number = ?", ksefNumber)
    if row is None or not _concerns(row, call):
        raise Invalid(21164, f"Faktura o numerze KSeF {ksefNumber} nie została znaleziona.")
    if row["stored_at"] > clock.stamp(clock.now()):
        raise Invalid(
            21165,
            f"Faktura o numerze KSeF {ksefNumber} została przetworzona, ale nie jest jeszcze "
            "dostępna do pobrania. Spróbuj ponownie później.",
        )
    return xml_response(row["xml"], row["hash"])


def _concerns(row: Row, call: Call) -> bool:
    """Whether the context is a party to the invoice."""
    meta = json.loads(row["meta"])
    parties = [meta["buyer"], *meta["third"]]
    nips = {row["seller"], *(party["identifier"]["value"] for party in parties)}
    if meta["authorized"]:
        nips.add(meta["authorized"]["nip"])
    return call.who.context.value in nips
