"""Pages for people and supervisors: QR verification, health, the availability feed."""

import re
from datetime import datetime

from werkzeug import Response

from simulator import certificates, clock, html, numbers, processing
from simulator.store import Row
from simulator.web import Call, json_response


def health(call: Call) -> Response:
    """GET /health for supervisors."""
    call.store.row("SELECT 1")
    return json_response({"status": "ok"})


def home(call: Call) -> Response:
    """GET /: says what this is."""
    text = (
        "Ten program udaje API KSeF 2 na tym komputerze. "
        "API jest pod ścieżką /v2, strony kodów QR pod /invoice i /certificate."
    )
    return html.page("Symulator KSeF", html.paragraph(text))


def invoice(call: Call, nip: str, day: str, digest: str) -> Response:
    """GET /invoice/{NIP}/{DD-MM-YYYY}/{SHA-256 base64url}: the page behind KOD I."""
    issued_on, hashed = _day(day), _digest(digest)
    if not numbers.NIP.fullmatch(nip) or issued_on is None or hashed is None:
        return html.page(
            "Nieprawidłowy link",
            html.paragraph("Ten link nie ma postaci linku weryfikującego fakturę."),
            404,
        )
    processing.settle(call.world)
    row = call.store.row(
        "SELECT * FROM invoices WHERE ksef_number IS NOT NULL AND seller = ? AND issued_on = ? "
        "AND ? IN (hash, corrected_hash)",
        nip,
        issued_on,
        hashed,
    )
    if row is None:
        text = (
            "W symulatorze nie ma (jeszcze) faktury o takim NIP, dacie wystawienia i skrócie "
            "pliku. Faktura wystawiona w trybie offline mogła nie zostać jeszcze przesłana."
        )
        return html.page("Nie znaleziono faktury", html.paragraph(text), 404)
    return html.page("Faktura jest w symulatorze KSeF", _invoice_body(row, hashed))


def _day(text: str) -> str | None:
    if not re.fullmatch(r"\d{2}-\d{2}-\d{4}", text):
        return None
    try:
        return datetime.strptime(text, "%d-%m-%Y").replace(tzinfo=clock.WARSAW).date().isoformat()
    except ValueError:
        return None


def _digest(text: str) -> str | None:
    try:
        data = numbers.from_base64url(text)
    except ValueError:
        return None
    return numbers.to_base64(data) if len(data) == 32 else None


def _invoice_body(row: Row, hashed: str) -> str:
    facts = html.facts(
        [
            ("Numer KSeF", row["ksef_number"]),
            ("Numer faktury", row["invoice_number"]),
            ("NIP sprzedawcy", row["seller"]),
            ("Data wystawienia", row["issued_on"]),
            ("Data nadania numeru KSeF", _local(row["acquired_at"])),
            ("Tryb", row["mode"]),
            ("Skrót SHA-256 pliku", row["hash"]),
        ]
    )
    if hashed == row["hash"]:
        return facts
    return html.paragraph("Pierwotna faktura została technicznie poprawiona.") + facts


def _local(stamp: str) -> str:
    return clock.parse(stamp).astimezone(clock.WARSAW).strftime("%Y-%m-%d %H:%M:%S")


def certificate(
    call: Call, kind: str, context: str, nip: str, serial: str, digest: str, signature: str
) -> Response:
    """GET /certificate/…: the page behind KOD II."""
    if not numbers.NIP.fullmatch(nip) or _digest(digest) is None:
        text = "Ten link nie ma postaci linku weryfikującego wystawcę."
        return html.page("Nieprawidłowy link", html.paragraph(text), 404)
    processing.settle(call.world)
    hosts = {call.world.public_url.split("://", 1)[-1], call.request.host}
    path = f"/certificate/{kind}/{context}/{nip}/{serial}/{digest}"
    parts = certificates.Link(kind, context, nip, serial, digest, signature)
    problems = certificates.link_problems(call.store, parts, [host + path for host in hosts])
    facts = html.facts(
        [
            ("Kontekst", f"{kind} {context}"),
            ("NIP sprzedawcy", nip),
            ("Numer seryjny certyfikatu", serial),
            ("Skrót faktury", digest),
            ("Faktura w KSeF", _presence(call, nip, digest)),
        ]
    )
    if problems:
        reasons = "".join(html.paragraph(reason) for reason in problems)
        return html.page("Certyfikat wystawcy nie został potwierdzony", reasons + facts, 404)
    return html.page("Certyfikat wystawcy jest potwierdzony", facts)


def _presence(call: Call, nip: str, digest: str) -> str:
    """What the register knows of the invoice that the code stands on."""
    row = call.store.row(
        "SELECT ksef_number FROM invoices WHERE ksef_number IS NOT NULL AND seller = ? "
        "AND ? IN (hash, corrected_hash)",
        nip,
        _digest(digest),
    )
    return row["ksef_number"] if row else "nie została jeszcze przesłana"
