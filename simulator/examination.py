"""The examination of one invoice file: what KSeF checks before it looks for duplicates."""

import json
import logging
from dataclasses import dataclass, field
from datetime import date

from simulator import attachments, clock, crypto, invoice_file, permissions_issue
from simulator.invoice_file import Facts, Rejection
from simulator.permissions_issue import Issuer
from simulator.session_limits import MEGABYTE
from simulator.store import Row, Store
from simulator.web import Identifier

log = logging.getLogger("simulator")

FORCED_DETAILS = {
    550: ["Przetwarzanie zostało przerwane z przyczyn wewnętrznych systemu. Spróbuj ponownie"]
}


@dataclass(frozen=True)
class Terms:
    """What an invoice is held against: who sent it, how, and the Warsaw day of acceptance."""

    issuer: Issuer
    accepted_on: date
    check_nips: bool
    may_attach: bool
    most_bytes: int = invoice_file.MAX_SIZE
    most_with_attachment: int = invoice_file.MAX_SIZE_WITH_ATTACHMENT


@dataclass
class Outcome:
    """The result of an examination, before duplicates are looked for."""

    code: int = 200
    details: list[str] = field(default_factory=list)
    xml: bytes | None = None
    number: str | None = None
    issued_on: date | None = None
    facts: Facts | None = None


def terms_of(
    store: Store, session: Row, accepted_at: str, *, attachable: bool, limits: dict[str, int]
) -> Terms:
    """The terms of an invoice of a session; attachments need the way and the consent.

    `limits` as session_limits tells them. Nothing above 3 MB is ever read.
    """
    return Terms(
        issuer=permissions_issue.issuer(
            store, Identifier(session["context_type"], session["context"])
        ),
        accepted_on=clock.warsaw_day(clock.parse(accepted_at)),
        check_nips=bool(session["check_nips"]),
        may_attach=attachable and attachments.allowed(store, session["context"]),
        most_bytes=limits["maxInvoiceSizeInMB"] * MEGABYTE,
        most_with_attachment=limits["maxInvoiceWithAttachmentSizeInMB"] * MEGABYTE,
    )


def of_sent(row: Row, terms: Terms) -> Outcome:
    """Decrypt and examine an invoice of an interactive session; touches no state."""
    return _guarded(lambda outcome: _judge(_decrypted(row), terms, outcome), row["forced"])


def of_file(data: bytes, terms: Terms, forced: str | None = None) -> Outcome:
    """Examine an invoice that came in a package; touches no state."""
    return _guarded(lambda outcome: _judge(data, terms, outcome), forced)


def forced_by(text: str | None) -> dict:
    """What the control interface ordered for an invoice."""
    return json.loads(text) if text else {}


def _guarded(examine, forced: str | None) -> Outcome:
    ordered = forced_by(forced)
    if "code" in ordered:
        return Outcome(ordered["code"], FORCED_DETAILS.get(ordered["code"], []))
    outcome = Outcome()
    try:
        examine(outcome)
    except Rejection as rejection:
        outcome.code, outcome.details = rejection.code, rejection.details
    except Exception:
        # One file that we fail on must not stop the processing of all others.
        log.exception("an invoice could not be examined")
        outcome.code, outcome.facts = 500, None
    return outcome


def _judge(data: bytes, terms: Terms, outcome: Outcome) -> None:
    outcome.xml = data
    root = invoice_file.parse(data)
    outcome.number = invoice_file.number_of(root)
    outcome.issued_on = invoice_file.day_of(root)
    invoice_file.validate(root)
    facts = outcome.facts = invoice_file.read(root)
    if facts.issued_on > terms.accepted_on:
        raise Rejection(
            450, ["Data wystawienia faktury (P_1) jest późniejsza niż data przyjęcia do KSeF."]
        )
    if terms.check_nips:
        invoice_file.check_nips(root)
    if not permissions_issue.may_issue(terms.issuer, facts):
        raise Rejection(410, ["Brak uprawnień do wystawienia faktury w imieniu sprzedawcy."])
    _check_attachment(terms, facts, len(data))


def _check_attachment(terms: Terms, facts: Facts, size: int) -> None:
    if facts.has_attachment and not terms.may_attach:
        raise Rejection(
            415,
            ["Faktury z załącznikiem wysyła w sesji wsadowej podmiot, który zgłosił ten zamiar."],
        )
    limit = terms.most_with_attachment if facts.has_attachment else terms.most_bytes
    if size > limit:
        raise Rejection(430, [f"Rozmiar pliku faktury przekracza {limit} bajtów."])


def _decrypted(row: Row) -> bytes:
    try:
        data = crypto.decrypt(row["key"], row["iv"], row["encrypted"])
    except ValueError as error:
        raise Rejection(435, ["Plik niepoprawnie zaszyfrowany"]) from error
    if len(data) != row["size"]:
        raise Rejection(
            430, [f"Rozmiar faktury nie zgadza się z zadeklarowaną wartością: '{row['size']}'."]
        )
    if crypto.sha256(data) != row["hash"]:
        raise Rejection(430, ["Skrót faktury nie zgadza się z zadeklarowaną wartością."])
    return data
