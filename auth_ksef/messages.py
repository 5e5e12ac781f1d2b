"""Sentences for a person, by code, in Polish and English.

Kept as pairs and not through gettext: they are also stored with an attempt and given by the
API, where nobody's language is active.
"""

from collections.abc import Mapping

from django.utils.translation import get_language

from auth_ksef.login_messages import LOGIN as LOGIN  # asked for beside the rest
from auth_ksef.login_messages import Pair

# Why a credential is not stored, besides what `keyfile_messages` says about files. The field
# of the form stands before the colon.
ADDING: dict[str, Pair] = {
    "token:empty": ("Wklej token skopiowany z KSeF.", "Paste the token copied from KSeF."),
    "token:shape": (
        "To nie wygląda na token KSeF. Skopiuj go w całości, bez spacji i znaków końca wiersza.",
        "This does not look like a KSeF token. Copy all of it, without spaces or line breaks.",
    ),
    "token:nip": (
        "Ten token jest dla NIP {given}, a firma ma NIP {nip}. Token działa tylko w firmie, "
        "dla której go utworzono.",
        "This token is for NIP {given}, the company has NIP {nip}. A token works only in the "
        "company it was made for.",
    ),
    "token:known": (
        "Ten token jest już zapisany w tej firmie.",
        "This token is already stored for this company.",
    ),
    "certificate:known": (
        "Ten certyfikat jest już zapisany w tej firmie.",
        "This certificate is already stored for this company.",
    ),
    "key:missing": (
        "Brakuje pliku klucza (.key). Przeglądarka zapisała go razem z wnioskiem o certyfikat.",
        "The key file (.key) is missing. The browser saved it when the certificate was requested.",
    ),
}

# Why nothing can be used to log in or to sign.
NOTHING_USABLE: dict[str, Pair] = {
    "none": (
        "Firma nie jest połączona z KSeF ({environment}). Dodaj certyfikat albo token na stronie "
        "„Połączenie z KSeF”.",
        "The company is not connected to KSeF ({environment}). Add a certificate or a token on "
        "the page “Connection to KSeF”.",
    ),
    "environment": (
        "Zapisane poświadczenie jest ze środowiska {other}, a firma pracuje w {environment}. "
        "Każde środowisko ma własne tokeny i certyfikaty.",
        "The stored credential is from {other}, but the company works in {environment}. Each "
        "environment has its own tokens and certificates.",
    ),
    "expired": (
        "Certyfikat „{label}” wygasł {day}. Wczytaj nowy na stronie „Połączenie z KSeF”.",
        "The certificate “{label}” expired on {day}. Upload a new one on the page “Connection to "
        "KSeF”.",
    ),
    "early": (
        "Certyfikat „{label}” będzie ważny dopiero od {day}.",
        "The certificate “{label}” will not be valid before {day}.",
    ),
    "consent": (
        "Certyfikat „{label}” należy do osoby, która nie zgodziła się na użycie go w tle.",
        "The certificate “{label}” belongs to a person who has not agreed to its use in the "
        "background.",
    ),
    "member": (
        "Certyfikat „{label}” należy do osoby, która nie pracuje już w tej firmie.",
        "The certificate “{label}” belongs to a person who no longer works in this company.",
    ),
    "ended": (
        "Poświadczenie „{label}” zostało wycofane z tej firmy.",
        "The credential “{label}” was withdrawn from this company.",
    ),
    "other-use": (
        "Zapisany certyfikat służy do KODU II. Do logowania potrzebny jest drugi, typu "
        "„uwierzytelnianie”.",
        "The stored certificate is for KOD II. Logging in needs another one, of the type "
        "“uwierzytelnianie” (authentication).",
    ),
    "signature-over": (
        "Logowanie podpisem już się skończyło. Zaloguj się podpisem jeszcze raz.",
        "The login by a signature has ended. Log in by a signature once more.",
    ),
    "status": (
        "KSeF podaje, że certyfikat „{label}” jest {status}. Potrzebny jest inny certyfikat do "
        "logowania.",
        "KSeF says that the certificate “{label}” is {status_en}. Another certificate for logging "
        "in is needed.",
    ),
    "none-kod2": (
        "Firma nie ma certyfikatu typu „offline”, którym podpisuje się KOD II.",
        "The company has no certificate of the type “offline”, which signs KOD II.",
    ),
}

# What became of any other call, where KSeF itself said nothing about it.
CALLS: dict[str, Pair] = {
    "unreached": (
        "nie mamy teraz połączenia z KSeF albo KSeF nie jest gotowy",
        "KSeF cannot be reached at present, or is not ready",
    ),
    "no-answer": (
        "KSeF nie odpowiedział albo odpowiedź się urwała",
        "KSeF did not answer, or its answer broke off",
    ),
    "limit": (
        "KSeF ogranicza teraz liczbę zapytań (429)",
        "KSeF is limiting the number of calls at present (429)",
    ),
    "quota": (
        "czekamy, bo KSeF ogranicza liczbę zapytań ({group}); następne {when}",
        "waiting, because KSeF limits the number of calls ({group}); the next one {when}",
    ),
    "fault": ("KSeF nie może teraz tego zrobić: {said}", "KSeF cannot do this at present: {said}"),
}

# Groups of calls that KSeF limits together (OpenAPI, x-rate-limits).
GROUPS: dict[str, Pair] = {
    "onlineSession": ("otwieranie sesji", "opening sessions"),
    "onlineSessionClose": ("zamykanie sesji", "closing sessions"),
    "batchSession": ("otwieranie paczek", "opening batches"),
    "batchSessionClose": ("zamykanie paczek", "closing batches"),
    "invoiceSend": ("wysyłanie faktur", "sending invoices"),
    "invoiceStatus": ("stan faktury", "status of an invoice"),
    "sessionList": ("lista sesji", "list of sessions"),
    "sessionInvoiceList": ("faktury w sesji", "invoices of a session"),
    "sessionMisc": ("stan sesji i UPO", "status of a session and UPO"),
    "invoiceMetadata": ("wyszukiwanie faktur", "searching invoices"),
    "invoiceExport": ("zamawianie paczek faktur", "ordering packages of invoices"),
    "invoiceExportStatus": ("stan zamówionych paczek", "status of ordered packages"),
    "invoiceDownload": ("pobieranie faktur", "fetching invoices"),
    "collectiveIdentifier": ("identyfikatory zbiorcze", "collective identifiers"),
    "other": ("uprawnienia, certyfikaty, limity", "permissions, certificates, limits"),
    "anonymous": ("logowanie", "logging in"),
    "global": ("wszystkie zapytania razem", "all calls together"),
}

# Parts the sentences of a stored pair; no text that people or KSeF write contains it.
BETWEEN = "\x1f"


def filled(pair: Pair, facts: Mapping[str, object]) -> Pair:
    """Both sentences with the facts put in."""
    polish, english = pair
    return polish.format_map(facts), english.format_map(facts)


def stored(pair: Pair) -> str:
    """Both sentences as one text of at most 1000 characters, for `told`.

    Workers write down what happened; who will read it, and in which language, is not known yet.
    """
    polish, english = (text.replace(BETWEEN, " ") for text in pair)
    return polish[:1000] if polish == english else f"{polish[:499]}{BETWEEN}{english[:499]}"


def told(text: str, language: str | None = None) -> str:
    """The sentence of a stored text in that language, or in the one that is active."""
    polish, _, english = text.partition(BETWEEN)
    return chosen((polish, english or polish), language)


def chosen(pair: Pair, language: str | None = None) -> str:
    """The sentence in that language, or in the one that is active; Polish unless English."""
    language = language or get_language() or "pl"
    return pair[language.startswith("en")]


class Refusal(Exception):
    """Something was not done; two sentences say why, and what to do next: `.pl`, `.en`."""

    def __init__(self, pair: Pair) -> None:
        self.pl, self.en = pair
        super().__init__(self.en)

    def message(self, language: str | None = None) -> str:
        """The sentence for a person."""
        return chosen((self.pl, self.en), language)
