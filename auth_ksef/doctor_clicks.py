"""The next steps that mend a failed check, in Polish and English, with the page where each is done.

Places of Aplikacja Podatnika are named only where the application's own instructions name them;
everything else is a page of ours or a person to ask.
"""

from dataclasses import dataclass

from auth_ksef.messages import Pair

TOKEN, CERTIFICATE, SIGNATURE = "token", "certificate", "signature"
EVERY = (TOKEN, CERTIFICATE, SIGNATURE)


@dataclass(frozen=True)
class Click:
    """One next step; `page` names our address where it is done, `kinds` with what one logs in.

    `outside`: it is done in Aplikacja Podatnika, which knows nothing of the simulator.
    """

    pair: Pair
    page: str = ""
    kinds: tuple[str, ...] = EVERY
    outside: bool = False


# With these facts: {label} {nip} {number} {said} {right} {address} {seconds} {environment}
# {simulator}.
CLICKS: dict[str, Click] = {
    "again": Click(("Sprawdź ponownie za kilka minut.", "Check again in a few minutes.")),
    "not-to-blame": Click(
        (
            "To nie znaczy, że token lub certyfikat jest zły. Niczego w nim nie zmieniaj.",
            "This does not mean that the token or certificate is wrong. Change nothing about it.",
        )
    ),
    "simulator": Click(
        (
            "Symulator powinien działać pod adresem {simulator}. Uruchamia go bin/demo.",
            "The simulator should run at {simulator}. bin/demo starts it.",
        )
    ),
    "seed": Click(
        (
            "W symulatorze nowy token i certyfikaty ze wszystkimi uprawnieniami tworzy polecenie "
            "python -m simulator seed --data KATALOG --nip {nip}.",
            "In the simulator a new token and certificates with all permissions are made by "
            "python -m simulator seed --data FOLDER --nip {nip}.",
        ),
        "connection-add",
    ),
    "new-token": Click(
        (
            "Nowy token tworzysz w Aplikacji Podatnika: Tokeny, Generuj token, zaznacz "
            "„wystawianie faktur”, „przeglądanie faktur” i „przeglądanie historii sesji”. Potem "
            "dodaj go tutaj, a poprzedni wycofaj.",
            "A new token is made in Aplikacja Podatnika: Tokeny, Generuj token, tick “wystawianie "
            "faktur”, “przeglądanie faktur” and “przeglądanie historii sesji”. Then add it here "
            "and withdraw the old one.",
        ),
        "connection-add",
        (TOKEN,),
        outside=True,
    ),
    "own-nip": Click(
        (
            "Zanim go utworzysz, sprawdź w Aplikacji Podatnika, że pracujesz w firmie NIP {nip}: "
            "token działa tylko w firmie, w której powstał.",
            "Before you make it, check in Aplikacja Podatnika that you work in the company NIP "
            "{nip}: a token works only in the company it was made in.",
        ),
        kinds=(TOKEN,),
        outside=True,
    ),
    "fixed": Click(
        (
            "Uprawnień tokena nie da się zmienić: potrzebny jest nowy.",
            "The permissions of a token cannot be changed: a new one is needed.",
        ),
        kinds=(TOKEN,),
    ),
    "new-certificate": Click(
        (
            "Nowy certyfikat pobierasz w Aplikacji Podatnika: Certyfikaty, Wnioskuj o certyfikat. "
            "Wybierz typ „uwierzytelnianie” i wczytaj oba pliki tutaj.",
            "A new certificate is fetched in Aplikacja Podatnika: Certyfikaty, Wnioskuj o "
            "certyfikat. Choose the type “uwierzytelnianie” and upload both files here.",
        ),
        "connection-add",
        (CERTIFICATE,),
        outside=True,
    ),
    "sign": Click(
        (
            "Zaloguj się raz podpisem lub pieczęcią i poproś stąd o oba certyfikaty.",
            "Log in once by a signature or seal and ask for both certificates from here.",
        ),
        "connection-ways",
        (TOKEN, CERTIFICATE),
    ),
    "sign-again": Click(
        (
            "Zaloguj się podpisem jeszcze raz: nowe wyzwanie, ten sam podpis.",
            "Log in by a signature once more: a new challenge, the same signature.",
        ),
        "connection-ways",
        (SIGNATURE,),
    ),
    "certificates": Click(
        (
            "Stan certyfikatu, odnowienie i unieważnienie są w centrum certyfikatów.",
            "The state of the certificate, its renewal and revocation are in the centre of "
            "certificates.",
        ),
        "connection-certificates",
        (CERTIFICATE,),
    ),
    "tokens": Click(
        (
            "Lista tokenów firmy pokazuje, czy ten jest aktywny.",
            "The company's list of tokens shows whether this one is active.",
        ),
        "connection-tokens",
        (TOKEN,),
    ),
    "grant": Click(
        (
            "Właściciel firmy albo osoba zarządzająca uprawnieniami nadaje je w Aplikacji "
            "Podatnika: Uprawnienia, Nadaj uprawnienie, Osoba, {label}, zaznacz „{right}”.",
            "The company's owner, or whoever manages its permissions, grants them in Aplikacja "
            "Podatnika: Uprawnienia, Nadaj uprawnienie, Osoba, {label}, tick “{right}”.",
        ),
        kinds=(CERTIFICATE, SIGNATURE),
        outside=True,
    ),
    "grant-here": Click(
        (
            "Kto zarządza uprawnieniami i jest zalogowany tutaj, nada je na stronie uprawnień.",
            "Whoever manages permissions and is logged in here grants them on the page of "
            "permissions.",
        ),
        "connection-rights",
        (CERTIFICATE, SIGNATURE),
    ),
    "zaw-fa": Click(
        (
            "Osoba zgłoszona na ZAW-FA tylko zarządza uprawnieniami. To może nadać sobie sama.",
            "A person named on ZAW-FA only manages permissions. This one they can grant to "
            "themselves.",
        ),
        kinds=(CERTIFICATE, SIGNATURE),
    ),
    "logins": Click(
        (
            "Zobacz, jakie logowania są teraz otwarte.",
            "See which logins are open.",
        ),
        "connection-logins",
    ),
    "ministry": Click(
        (
            "Odblokuje to tylko Ministerstwo Finansów: zgłoś sprawę jego formularzem "
            "zgłoszeniowym. Nowy token ani certyfikat nie pomoże.",
            "Only the Ministry of Finance can unblock it: report it through its contact form. A "
            "new token or certificate does not help.",
        )
    ),
    "other-person": Click(
        (
            "Połącz firmę poświadczeniem innej osoby, która ma w niej uprawnienia.",
            "Connect the company with the credential of another person who has permissions in it.",
        ),
        "connection-add",
    ),
    "environment": Click(
        (
            "Sprawdź środowisko firmy: każde ma własne tokeny i certyfikaty.",
            "Check the company's environment: each has its own tokens and certificates.",
        ),
        "environment",
    ),
    "ntp": Click(
        (
            "Administrator serwera włącza synchronizację czasu (NTP). Od zegara zależą terminy.",
            "The server's administrator turns on time synchronisation (NTP). Deadlines rest on "
            "the clock.",
        )
    ),
    "test-clock": Click(
        (
            "Administrator serwera usuwa ustawienie KSEF_TEST_CLOCK.",
            "The server's administrator removes the setting KSEF_TEST_CLOCK.",
        )
    ),
    "address": Click(
        (
            "Zaloguj się podpisem od nowa i dopisz adres tego serwera albo nie podawaj żadnego "
            "adresu.",
            "Log in by a signature anew and add this server's address, or name no address.",
        ),
        "connection-ways",
        (SIGNATURE,),
    ),
    "address-changed": Click(
        (
            "Administrator serwera sprawdza, czy ruch do KSeF wychodzi jednym, stałym adresem.",
            "The server's administrator checks that calls to KSeF leave from one fixed address.",
        )
    ),
    "consent": Click(
        (
            "Ta osoba loguje się tutaj i przy dodawaniu certyfikatu zaznacza zgodę na użycie w "
            "tle.",
            "That person logs in here and ticks the consent to background use when adding the "
            "certificate.",
        ),
        "connection-add",
    ),
    "own-credential": Click(
        (
            "Dodaj certyfikat firmy albo osoby, która w niej pracuje.",
            "Add a certificate of the company, or of a person who works in it.",
        ),
        "connection-add",
    ),
    "quota": Click(
        (
            "Zobacz, ile zapytań zostało i kiedy wyjdzie następne.",
            "See how many calls are left and when the next one may leave.",
        ),
        "connection-quota",
    ),
    "tell-us": Click(
        (
            "Jeśli to się powtarza, przekaż administratorowi numer i treść odpowiedzi KSeF.",
            "If it happens again, give the administrator the number and the words of KSeF.",
        )
    ),
}
