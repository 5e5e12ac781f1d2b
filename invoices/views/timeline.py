"""What the page says about an invoice's way to KSeF: one sentence, four stations, the history."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auth_ksef.messages import chosen
from invoices.models import Document, Submission, Upo
from invoices.services.corrections import no_number
from invoices.services.delivery_states import NEVER_SENT, WITHOUT_KOD2, State
from invoices.services.evidence import UNDECIDED
from invoices.services.originals import hopeless
from invoices.services.technical import can_be_corrected
from invoices.services.upo import upo_problem
from ksefapp.lib import clock
from ksefapp.ui.formats import datetime_pl, local, plural, time_pl


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
        State.OUTSIDE: _outside,
    }
    return words[row.state](document, row)


_IN_DAYS = (
    gettext_lazy("w poniedziałek"),
    gettext_lazy("we wtorek"),
    gettext_lazy("w środę"),
    gettext_lazy("w czwartek"),
    gettext_lazy("w piątek"),
    gettext_lazy("w sobotę"),
    gettext_lazy("w niedzielę"),
)


def _queued(document, row) -> Sentence:
    if row.waits_for is not None and not row.waits_for.ksef_number:
        return _waiting(document, row)
    return Sentence(
        "now", _("Faktura czeka w kolejce."), _("Wyślemy ją za chwilę. Nie musisz nic robić.")
    )


def _sending(document, row) -> Sentence:
    return Sentence("now", _("Wysyłamy fakturę do KSeF."), _("Nie musisz nic robić."))


def _sent(document, row) -> Sentence:
    text = _("Faktura jest w KSeF. Czekamy na numer.")
    more = _("KSeF sprawdza fakturę. Zwykle trwa to do minuty. Nie musisz nic robić.")
    waited = clock.now() - (row.sent_at or row.changed_at)
    if waited > timedelta(minutes=settings.KSEF_SLOW_VERDICT_MINUTES):
        more = _(
            "KSeF sprawdza ją wyjątkowo długo, od %(when)s. Pytamy dalej. Nie wystawiaj jej "
            "ponownie."
        ) % {"when": _moment(row.sent_at or row.changed_at)}
    if row.last_text:  # KSeF could not be asked, e.g. for want of a right
        more = _("Nie udało się zapytać o numer: %(why)s. Zapytamy znowu.") % {
            "why": row.said.rstrip(".")
        }
    return Sentence("now", text, more)


def _accepted(document, row) -> Sentence:
    day = _IN_DAYS[local(document.ksef_number_at).weekday()]
    facts = {"day": day, "when": datetime_pl(document.ksef_number_at, seconds=True)}
    text = _("KSeF przyjął fakturę %(day)s %(when)s.") % facts
    problem = upo_problem(document)
    more = _("UPO: %(why)s.") % {"why": problem.rstrip(".")} if problem else ""
    return Sentence("ok", text, more or _("Nie musisz nic robić."))


def _waiting(document, row) -> Sentence:
    original = row.waits_for
    if original is not None and not original.ksef_number:
        text = _("Korekta czeka na numer KSeF faktury %(number)s.") % {"number": original.number}
        if hopeless().filter(pk=original.pk).exists():
            return Sentence("bad", text, chosen(no_number(original)))
        return Sentence("warn", text, _("Wyślemy ją zaraz po nim. Nie musisz nic robić."))
    more = []
    if row.last_text:
        more.append(_("Powód: %(why)s.") % {"why": row.said.rstrip(".")})
    if row.not_before:
        more.append(_("Spróbujemy znowu o %(time)s.") % {"time": time_pl(row.not_before, True)})
    if row.mode != Submission.Mode.ONLINE:
        more.append(_("Wyślemy ten sam plik, gdy KSeF odpowie, także po terminie."))
    else:
        more.append(_("Jeśli nie wyjdzie do północy, przejdzie w tryb offline24."))
    return Sentence("warn", _("Faktura czeka na wysłanie do KSeF."), " ".join(more))


def _outside(document, row) -> Sentence:
    """Valid, handed over by the seller, never sent: art. 106ng, 106ga ust. 2 pkt 4, 145m."""
    why = row.said or _("awaria całkowita (art. 106ng)")
    more = _("Powód: %(why)s. Przekaż ją nabywcy poza KSeF.") % {"why": why.rstrip(".")}
    return Sentence("ok", _("Faktura jest ważna poza KSeF. Nie wyślemy jej."), more)


def _unknown(document, row) -> Sentence:
    text = _("Nie wiemy jeszcze, czy KSeF przyjął fakturę. Nie wystawiaj jej ponownie.")
    more = _("Faktura wyszła, odpowiedź nie przyszła. Pytamy KSeF, aż się dowiemy.")
    if row.last_code == UNDECIDED:
        more = _("KSeF dostał plik i nie mówi, czy go przyjął (500). Pytamy, aż rozstrzygnie.")
    return Sentence("unknown", text, more)


NO_RIGHT = 410  # KSeF's verdict on an invoice in the name of somebody who did not allow it


def _refused(document, row) -> Sentence:
    code = f" ({row.last_code})" if row.last_code else ""
    text = _("KSeF odrzucił fakturę: %(why)s") % {"why": f"{row.said}{code}"}
    original = row.facts.get("original_ksef_number")
    if original and original not in text:
        text += " " + _("Ten numer ma już dokument %(number)s.") % {"number": original}
    more = _("Popraw i wyślij ponownie. Numer zostaje, odrzucona wersja nie ma skutków.")
    if document.seller_nip != document.company.nip and row.last_code == NO_RIGHT:
        more = _(
            "Dostawca musi w KSeF nadać Twojej firmie (NIP %(nip)s) uprawnienie podmiotowe do "
            "samofakturowania. Potem wyślij ponownie."
        ) % {"nip": document.company.nip}
    if row.mode not in WITHOUT_KOD2:
        return Sentence("bad", text, _refused_offline(document))
    if original:
        more = _("Sprawdź tamten dokument. Jeśli to inna faktura, popraw numer i wyślij ponownie.")
    return Sentence("bad", text, more)


def _refused_offline(document) -> str:
    """A refused offline invoice counts as not sent: its deadline runs on (OFF-14)."""
    if can_be_corrected(document):
        return _("Wyślij korektę techniczną: tę samą fakturę w nowym pliku. Termin biegnie dalej.")
    return _(
        "To sprawa uprawnień, nie pliku: nadaj je w KSeF, potem wyślij tę fakturę ponownie z tą "
        "samą datą. Termin biegnie dalej."
    )


def _withdrawn(document, row) -> Sentence:
    replaced = getattr(document, "replaced_by", None)
    more = _("Zastępuje ją nowa wersja z tym samym numerem.") if replaced else ""
    return Sentence("bad", _("Faktura jest wycofana."), more)


def stations(document: Document, upo: Upo | None) -> list[dict]:
    """Wystawiona, Wysłana, Numer KSeF, UPO; of what stays outside KSeF nothing after the first."""
    row = document.submission
    if row.mode in NEVER_SENT:
        return [_issued(document), {"label": _("Poza KSeF"), "state": "done", "detail": ""}]
    trouble = {
        State.UNKNOWN: "unknown",
        State.REFUSED: "bad",
        State.WITHDRAWN: "bad",
        State.WAITING: "waiting",
    }
    numbered = bool(document.ksef_number)
    return [
        _issued(document),
        {
            "label": _("Wysłana") if row.sent_at else _("Wysłanie"),
            "state": "done" if row.sent_at else trouble.get(row.state, "now"),
            "detail": _sending_detail(row),
        },
        {
            "label": _("Numer KSeF"),
            "state": _number_state(document, row, trouble),
            "detail": _moment(document.ksef_number_at) if numbered else "",
        },
        {
            "label": "UPO",
            "state": "done" if upo else ("now" if numbered else "todo"),
            "detail": _moment(upo.fetched_at) if upo else _("po numerze"),
        },
    ]


def _issued(document: Document) -> dict:
    detail = f"{_moment(document.issued_at)}, {document.issued_by}"
    return {"label": _("Wystawiona"), "state": "done", "detail": detail}


def _moment(at) -> str:
    """`16:09:23` today, with its date on another day."""
    today = local(at).date() == clock.today()
    return time_pl(at, True) if today else datetime_pl(at, seconds=True)


def _sending_detail(row: Submission) -> str:
    if row.sent_at:
        return _moment(row.sent_at)
    if row.state == State.WAITING and row.not_before:
        return _("następna próba %(time)s") % {"time": _moment(row.not_before)}
    return ""


def _number_state(document: Document, row: Submission, trouble: dict) -> str:
    if document.ksef_number:
        return "done"
    if not row.sent_at:
        return "todo"
    return trouble.get(row.state, "now")


def history(document: Document, upo: Upo | None) -> list[dict]:
    """Newest first; failed tries are grey, they are not the user's errors."""
    entries = [_entry(attempt) for attempt in document.submission.attempts.all()]
    waits = _("Faktura jest wystawiona i czeka w kolejce.")
    stays = document.submission.mode in NEVER_SENT
    entries.append(
        {
            "at": document.issued_at,
            "text": _("Faktura jest wystawiona.") if stays else waits,
            "detail": "",
            "who": str(document.issued_by),
            "kind": "",
        }
    )
    if upo:
        text = _("UPO pobrane.")
        entries.append({"at": upo.fetched_at, "text": text, "detail": "", "who": "", "kind": "ok"})
    return _gathered(sorted(entries, key=lambda entry: entry["at"], reverse=True))


def _gathered(entries: list[dict]) -> list[dict]:
    """The same failure many times in a row is one entry, with how often and since when."""
    found = []
    for _same, group in groupby(entries, key=lambda entry: (entry["text"], entry["kind"])):
        tries = list(group)
        if len(tries) > 1 and tries[0]["kind"] == "failed":
            since = datetime_pl(tries[-1]["at"], seconds=True)
            many = plural(len(tries), _("raz,razy,razy"))
            said = _("To samo %(many)s, pierwszy raz %(since)s.") % {"many": many, "since": since}
            tries = [tries[0] | {"who": said}]
        found += tries
    return found


def _entry(attempt) -> dict:
    kinds = {"ok": "ok", "refused": "bad", "unknown": "unknown", "leaving": "half"}
    if attempt.step == "mode":
        kinds[attempt.outcome] = ""
    code = _("kod %(code)s") % {"code": attempt.code} if attempt.code else ""
    return {
        "at": attempt.at,
        "text": _what_happened(attempt.step, attempt.outcome),
        "detail": ", ".join(filter(None, [attempt.said, code, _reference(attempt)])),
        "who": "",
        "kind": kinds.get(attempt.outcome, "failed"),
    }


def _reference(attempt) -> str:
    if attempt.invoice_reference:
        return _("numer referencyjny %(number)s") % {"number": attempt.invoice_reference}
    if attempt.session_reference:
        return _("sesja %(number)s") % {"number": attempt.session_reference}
    return ""


def _what_happened(step: str, outcome: str) -> str:
    sentences = {
        ("send", "leaving"): _("Wysyłamy fakturę do KSeF."),
        ("send", "ok"): _("Faktura jest w KSeF. Czekamy na numer."),
        ("send", "unknown"): _("Faktura wyszła, ale KSeF nie potwierdził odbioru."),
        ("send", "later"): _("Nie udało się wysłać faktury."),
        ("send", "refused"): _("KSeF nie przyjął faktury."),
        ("status", "ok"): _("KSeF nadał fakturze numer."),
        ("status", "refused"): _("KSeF odrzucił fakturę."),
        ("status", "later"): _("Pytamy o numer, KSeF jeszcze go nie podał."),
        ("status", "unknown"): _("KSeF nie rozstrzygnął, czy przyjął fakturę."),
        ("status", "hidden"): _("KSeF nie pokazuje już tej faktury. Szukamy jej inaczej."),
        ("reconcile", "hidden"): _("KSeF nie pokazuje sesji. Szukamy faktury w naszej sprzedaży."),
        ("reconcile", "unseen"): _("W naszej sprzedaży w KSeF jeszcze jej nie ma."),
        ("reconcile", "undecided"): _("KSeF ma plik, ale nie rozstrzygnął, czy go przyjął."),
        ("person", "same"): _("To ta sama faktura, którą KSeF już ma. Nasza wersja jest wycofana."),
        ("reconcile", "ok"): _("Znaleźliśmy fakturę w KSeF."),
        ("reconcile", "absent"): _("KSeF jej nie ma. Wyślemy ją ponownie."),
        ("reconcile", "pending"): _("Sprawdzamy, czy KSeF ma tę fakturę."),
        ("reconcile", "later"): _("Nie udało się sprawdzić, czy KSeF ma tę fakturę."),
        ("mode", "offline24"): _("Dzień wystawienia minął. Faktura przeszła w tryb offline24."),
        ("mode", "issued_offline24"): _("Faktura jest wystawiona w trybie offline24."),
        ("mode", "issued_niedost"): _("Faktura jest wystawiona w trybie niedostępności."),
        ("mode", "issued_awaria"): _("Faktura jest wystawiona w trybie awarii."),
        ("mode", "by_hand"): _("Faktura przeszła na offline24."),
        ("mode", "booked"): _("KSeF przyjął fakturę jako offline."),
        ("mode", "booked_online"): _("KSeF przyjął fakturę jako online."),
        ("mode", "deadline"): _("Termin wysłania sprawdzony na nowo."),
        ("mode", "back"): _("Faktura wraca do wysłania."),
        ("mode", "outside"): _("Faktura jest poza KSeF: nie wyślemy jej."),
        ("sweep", "unknown"): _("Wysyłka się urwała. Sprawdzamy, czy KSeF ma tę fakturę."),
        ("sweep", "later"): _("Wysyłka się urwała. Faktura wróciła do kolejki."),
        ("login", "later"): _("Nie udało się zalogować do KSeF."),
        ("open", "later"): _("KSeF nie otworzył sesji wysyłki."),
        ("package", "later"): _("Nie udało się przygotować paczki faktur."),
    }
    return sentences.get((step, outcome), f"{step}: {outcome}")
