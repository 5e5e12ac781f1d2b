"""Why a change of rights was not made, and what a person does next. Pairs, as in messages.py."""

from auth_ksef.client import KsefRefused
from auth_ksef.client.status import Status
from auth_ksef.errors import LoginRefused
from auth_ksef.messages import Pair, Refusal, filled

MANAGE: Pair = (
    "Zaloguj się podpisem albo certyfikatem osoby, która ma w tej firmie zarządzanie "
    "uprawnieniami: właściciela albo osoby z ZAW-FA. Token ma to prawo tylko wtedy, gdy "
    "zaznaczono je przy jego tworzeniu.",
    "Log in by a signature or certificate of a person who may manage rights in this company: "
    "the owner, or the person named in ZAW-FA. A token has this right only if it was ticked when "
    "the token was made.",
)

# PermissionsOperationStatusResponse of the OpenAPI: what it means, and the next step.
OPERATION: dict[int, Pair] = {
    400: (
        "KSeF nie wykonał tej zmiany (400). Odśwież listę: uprawnienie może już być nadane albo "
        "już odebrane. Jeśli nie jest, złóż zmianę jeszcze raz.",
        "KSeF did not make this change (400). Refresh the list: the right may be there already, "
        "or gone already. If it is not, ask for the change again.",
    ),
    410: (
        "KSeF nie przyjął identyfikatorów: są niezgodne albo nie łączy ich wymagana relacja "
        "(410). Sprawdź NIP, PESEL lub odcisk i firmę, której uprawnienie ma dotyczyć.",
        "KSeF did not accept the identifiers: they do not match, or lack the relation that is "
        "needed (410). Check the NIP, PESEL or fingerprint and the company that the right is for.",
    ),
    420: (
        "To, czym się logujemy, nie ma prawa zmieniać uprawnień (420). " + MANAGE[0],
        "What we log in with may not change rights (420). " + MANAGE[1],
    ),
    430: (
        "Firma nie ma w KSeF roli, której wymaga to uprawnienie (430), na przykład grupy VAT, "
        "samorządu albo organu egzekucyjnego. Rolę nadaje urząd skarbowy.",
        "The company lacks the role in KSeF that this right needs (430), such as a VAT group, a "
        "local government unit or an enforcement authority. The tax office gives roles.",
    ),
    440: (
        "KSeF nie pozwala na to między tymi identyfikatorami (440). Nie można nadać uprawnienia "
        "samej firmie, a przekazać pracownikowi można tylko to, co klient pozwolił przekazywać.",
        "KSeF does not allow this between these identifiers (440). A company cannot be given a "
        "right to itself, and staff can be given only what the client lets the office pass on.",
    ),
    450: (
        "Tego uprawnienia KSeF nie nadaje takiemu identyfikatorowi (450). Wybierz inny rodzaj: "
        "NIP, PESEL albo odcisk certyfikatu.",
        "KSeF does not give this right to such an identifier (450). Choose another kind: NIP, "
        "PESEL or a certificate's fingerprint.",
    ),
    500: (
        "W KSeF wystąpił błąd (500). Odśwież listę i jeśli zmiany nie ma, złóż ją jeszcze raz.",
        "An error occurred in KSeF (500). Refresh the list; if the change is not there, ask again.",
    ),
    550: (
        "KSeF przerwał tę zmianę z własnych przyczyn (550). Złóż ją jeszcze raz za kilka minut.",
        "KSeF stopped this change for reasons of its own (550). Ask for it again in some minutes.",
    ),
}
UNKNOWN_CODE: Pair = (
    "KSeF odmówił tej zmiany ({code}): {said}. Odśwież listę uprawnień, zanim złożysz ją ponownie.",
    "KSeF refused this change ({code}): {said}. Refresh the list of rights before asking again.",
)

WORK: dict[str, Pair] = {
    "unknown": (
        "Nie wiemy jeszcze, czy KSeF dostał tę zmianę. Sprawdzamy na liście uprawnień. Nie "
        "składaj jej ponownie.",
        "We do not know yet whether KSeF got this change. We are checking the list of rights. Do "
        "not ask for it again.",
    ),
    "unread": (
        "Nie wiemy, czy KSeF dostał tę zmianę, i nie możemy odczytać listy: {said}. Sprawdź w "
        "Aplikacji Podatnika albo odśwież listę, a potem zamknij tę sprawę.",
        "We do not know whether KSeF got this change, and cannot read the list: {said}. Look in "
        "the Taxpayer App or refresh the list, then close this matter.",
    ),
    "absent": (
        "Na liście KSeF nie ma tej zmiany, choć minęła godzina. Nie dotarła. Możesz złożyć ją "
        "jeszcze raz.",
        "KSeF's list does not show this change although an hour has passed. It did not arrive. "
        "You may ask for it again.",
    ),
    "found": (
        "Odpowiedź KSeF nie dotarła, ale lista uprawnień pokazuje, że zmiana jest zrobiona.",
        "KSeF's answer did not arrive, but the list of rights shows that the change was made.",
    ),
    "closed": (
        "Zamknięte ręcznie: nie wiemy, czy KSeF zrobił tę zmianę.",
        "Closed by hand: we do not know whether KSeF made this change.",
    ),
    "role": (
        "Osoba, która o to poprosiła, nie ma już prawa zmieniać uprawnień tej firmy.",
        "The person who asked for it may no longer change rights of this company.",
    ),
    "environment": (
        "Firma zmieniła środowisko KSeF, zanim zmiana wyszła. Złóż ją jeszcze raz.",
        "The company changed its KSeF environment before the change left. Ask for it again.",
    ),
    "late": (
        "Przez dobę nie udało się wysłać tej zmiany: {said}. Nic nie wyszło do KSeF. Złóż ją "
        "jeszcze raz.",
        "This change could not be sent for a day: {said}. Nothing left for KSeF. Ask for it again.",
    ),
    "waits": ("Jeszcze nie wysłane: {said}.", "Not sent yet: {said}."),
    "told": (
        "Zmiana uprawnień w KSeF nie doszła do skutku. Zobacz powód i następny krok.",
        "A change of rights in KSeF did not take effect. See the reason and the next step.",
    ),
    "refused": ("KSeF odmówił: {said}.", "KSeF refused: {said}."),
}

# Why rights cannot be looked at or changed at this moment.
NOT_NOW: dict[str, Pair] = {
    "none-own": (
        "Nie masz w tej firmie własnego certyfikatu ani logowania podpisem, więc nie możemy "
        "zapytać KSeF o Twoje uprawnienia. Dodaj certyfikat jako „Moje własne” albo zaloguj się "
        "podpisem.",
        "You have no certificate of your own in this company and no login by a signature, so we "
        "cannot ask KSeF about your rights. Add a certificate as your own, or log in by a "
        "signature.",
    ),
    "read": (
        "To, czym się logujemy, nie może przeglądać uprawnień tej firmy. " + MANAGE[0],
        "What we log in with may not read the rights of this company. " + MANAGE[1],
    ),
    "fault": (
        "Nie udało się odczytać tej listy: błąd jest po naszej stronie, a jego opis w dzienniku "
        "programu. Spróbuj jeszcze raz.",
        "This list could not be read: the fault is ours, and the log of the program describes "
        "it. Try again.",
    ),
    "wrong-role": (
        "Tę listę widzi tylko osoba, która nadaje uprawnienia w KSeF.",
        "Only a person who grants rights in KSeF may see this list.",
    ),
}


class RightsNotNow(Refusal):
    """Rights cannot be asked about now; `.code` is a key of NOT_NOW."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(NOT_NOW[code])


def status_words(status: Status) -> Pair:
    """The verdict of an operation, with what KSeF added in its own words."""
    pair = OPERATION.get(status.code)
    said = "; ".join(filter(None, (status.description, *status.details))).rstrip(".")
    if pair is None:
        return filled(UNKNOWN_CODE, {"code": status.code, "said": said})
    added = "; ".join(status.details).rstrip(".")
    if not added:
        return pair
    return f"{pair[0]} KSeF podaje: {added}.", f"{pair[1]} KSeF says: {added}."


def refused_words(error: KsefRefused) -> Pair:
    """Why KSeF did not take the request at all."""
    if isinstance(error, LoginRefused):
        return error.pl, error.en
    if lacks_rights(error):
        return OPERATION[420]
    said = "; ".join([str(error).removeprefix(f"{error.operation}: "), *error.details]).rstrip(".")
    return filled(WORK["refused"], {"said": said})


def lacks_rights(error: KsefRefused) -> bool:
    """Whether another way in may be allowed what this one is not."""
    return error.http_status == 403
