"""What the page says about an invoice's way to KSeF: one sentence, four stations, the history."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from invoices.models import Document, Submission, Upo
from invoices.services.delivery_states import State
from ksefapp.ui.formats import datetime_pl, time_pl, weekday_date


@dataclass(frozen=True)
class Sentence:
    """The state in words: `kind` is ok, now, warn, unknown or bad; `more` answers "and now?"."""

    kind: str
    text: str
    more: str


def delivery_sentence(document: Document) -> Sentence:
    """What it is, why, what we do by ourselves, what you may do."""
    row = document.submission
    words = {
        State.QUEUED: _queued,
        State.CLAIMED: _sending,
        State.SESSION_OPENED: _sending,
        State.SENT: _sent,
        State.ACCEPTED: _accepted,
        State.WAITING: _waiting,
        State.UNKNOWN: _unknown,
        State.REFUSED: _refused,
        State.WITHDRAWN: _withdrawn,
    }
    return words[row.state](document, row)


def _queued(document, row) -> Sentence:
    return Sentence(
        "now", _("Faktura czeka w kolejce."), _("Wyślemy ją za chwilę. Nie musisz nic robić.")
    )


def _sending(document, row) -> Sentence:
    return Sentence("now", _("Wysyłamy fakturę do KSeF."), _("Nie musisz nic robić."))


def _sent(document, row) -> Sentence:
    more = _("KSeF sprawdza fakturę. Zwykle trwa to do minuty. Nie musisz nic robić.")
    return Sentence("now", _("Faktura jest w KSeF. Czekamy na numer."), more)


def _accepted(document, row) -> Sentence:
    when = weekday_date(document.ksef_number_at)
    text = _("KSeF przyjął fakturę: %(when)s.") % {"when": when}
    return Sentence("ok", text, _("Numer jest nadany. Nie musisz nic robić."))


def _waiting(document, row) -> Sentence:
    text = _("Faktura czeka na wysłanie.")
    more = _("Powód: %(why)s") % {"why": row.said} if row.last_text else ""
    if row.not_before:
        again = _("Spróbujemy znowu o %(time)s.") % {"time": time_pl(row.not_before, "1")}
        more = f"{more.rstrip('.')}. {again}" if more else again
    return Sentence("warn", text, more)


def _unknown(document, row) -> Sentence:
    text = _("Nie wiemy jeszcze, czy KSeF przyjął fakturę. Nie wystawiaj jej ponownie.")
    more = _("Faktura wyszła, odpowiedź nie przyszła. Pytamy KSeF, aż się dowiemy.")
    return Sentence("unknown", text, more)


def _refused(document, row) -> Sentence:
    code = f" ({row.last_code})" if row.last_code else ""
    text = _("KSeF odrzucił fakturę: %(why)s") % {"why": f"{row.said}{code}"}
    if original := row.facts.get("original_ksef_number"):
        text += " " + _("Ten numer ma już dokument %(number)s.") % {"number": original}
    more = _("Popraw i wyślij ponownie. Numer zostaje, odrzucona wersja nie ma skutków.")
    return Sentence("bad", text, more)


def _withdrawn(document, row) -> Sentence:
    replaced = getattr(document, "replaced_by", None)
    more = _("Zastępuje ją nowa wersja z tym samym numerem.") if replaced else ""
    return Sentence("bad", _("Faktura jest wycofana."), more)


def stations(document: Document, upo: Upo | None) -> list[dict]:
    """Wystawiona, Wysłana, Numer KSeF, UPO."""
    row = document.submission
    trouble = {State.UNKNOWN: "unknown", State.REFUSED: "bad", State.WAITING: "waiting"}
    issued = f"{datetime_pl(document.issued_at)}, {document.issued_by}"
    sent = datetime_pl(row.sent_at) if row.sent_at else ""
    return [
        {"label": _("Wystawiona"), "state": "done", "detail": issued},
        {
            "label": _("Wysłana"),
            "state": "done" if row.sent_at else trouble.get(row.state, "now"),
            "detail": sent,
        },
        {
            "label": _("Numer KSeF"),
            "state": _number_state(document, row, trouble),
            "detail": datetime_pl(document.ksef_number_at) if document.ksef_number else "",
        },
        {
            "label": "UPO",
            "state": "done" if upo else ("now" if document.ksef_number else "todo"),
            "detail": datetime_pl(upo.fetched_at) if upo else _("po numerze"),
        },
    ]


def _number_state(document: Document, row: Submission, trouble: dict) -> str:
    if document.ksef_number:
        return "done"
    if not row.sent_at:
        return "todo"
    return trouble.get(row.state, "now")


def history(document: Document, upo: Upo | None) -> list[dict]:
    """Newest first; failed tries are grey, they are not the user's errors."""
    entries = [_entry(attempt) for attempt in document.submission.attempts.all()]
    entries.append(
        {
            "at": document.issued_at,
            "text": _("Wystawiona"),
            "detail": f"SHA-256 {document.sha256[:12]}…",
            "who": str(document.issued_by),
            "kind": "",
        }
    )
    if upo:
        entries.append(
            {"at": upo.fetched_at, "text": _("UPO pobrane"), "detail": "", "who": "", "kind": "ok"}
        )
    return sorted(entries, key=lambda entry: entry["at"], reverse=True)


def _entry(attempt) -> dict:
    words = {
        ("send", "leaving"): _("Wysyłamy"),
        ("send", "ok"): _("Wysłana"),
        ("send", "unknown"): _("Brak odpowiedzi na wysłanie"),
        ("send", "later"): _("Jeszcze niewysłana"),
        ("send", "refused"): _("KSeF odmówił"),
        ("status", "ok"): _("Numer KSeF nadany"),
        ("status", "refused"): _("KSeF odrzucił fakturę"),
        ("status", "later"): _("Jeszcze bez odpowiedzi"),
        ("status", "unknown"): _("KSeF nie rozstrzygnął"),
        ("reconcile", "ok"): _("Znaleziona w KSeF"),
        ("reconcile", "absent"): _("KSeF jej nie ma, wyślemy ponownie"),
        ("reconcile", "pending"): _("Sprawdzamy w KSeF"),
        ("mode", "offline24"): _("Tryb offline24: dzień wystawienia minął"),
        ("sweep", "unknown"): _("Wysyłka przerwana, sprawdzamy w KSeF"),
        ("sweep", "later"): _("Wysyłka przerwana, wróciła do kolejki"),
        ("login", "later"): _("Nie udało się zalogować do KSeF"),
        ("open", "later"): _("KSeF nie otworzył sesji"),
    }
    kinds = {"ok": "ok", "refused": "bad", "unknown": "unknown", "leaving": "half"}
    code = _("kod %(code)s") % {"code": attempt.code} if attempt.code else ""
    reference = attempt.invoice_reference or attempt.session_reference
    detail = ", ".join(filter(None, [attempt.said, code, reference]))
    return {
        "at": attempt.at,
        "text": words.get((attempt.step, attempt.outcome), f"{attempt.step}: {attempt.outcome}"),
        "detail": detail,
        "who": "",
        "kind": kinds.get(attempt.outcome, "failed"),
    }
