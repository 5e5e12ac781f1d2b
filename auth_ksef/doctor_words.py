"""What each failure of the walk means and the clicks that mend it, in Polish and English.

Pairs, not gettext: the API gives them too. Facts of the sentences: see `doctor_clicks`.
"""

from dataclasses import dataclass

from auth_ksef.messages import Pair


@dataclass(frozen=True)
class Words:
    """What happened, and the names of CLICKS in the order in which to try them."""

    what: Pair
    clicks: tuple[str, ...] = ()


_NEW = ("new-token", "own-nip", "new-certificate", "sign", "sign-again")
_GRANT = ("fixed", "new-token", "own-nip", "grant", "grant-here", "zaw-fa")
_WAIT = ("not-to-blame", "again")

WORDS: dict[str, Words] = {
    # --- The login's status, GET /auth/{referenceNumber} --------------------------------------
    "100": Words(
        (
            "KSeF przyjął logowanie i jeszcze go nie rozstrzygnął. Przy podpisie zaufanym i "
            "certyfikatach kwalifikowanych trwa to czasem minuty.",
            "KSeF took the login and has not decided yet. With podpis zaufany and qualified "
            "certificates this sometimes takes minutes.",
        ),
        _WAIT,
    ),
    "410": Words(
        (
            "KSeF już tego nie przechowuje: stan logowania trzyma 7 dni, wniosku o certyfikat i "
            "operacji na uprawnieniach 30 dni.",
            "KSeF no longer keeps this: it keeps the state of a login for 7 days, that of a "
            "certificate request or an operation on permissions for 30 days.",
        ),
        ("again", "sign-again"),
    ),
    "415": Words(
        (
            "KSeF rozpoznał „{label}”, ale w firmie NIP {nip} nie ma ono żadnych uprawnień"
            "{number}.",
            "KSeF recognised “{label}”, but it has no permissions in the company NIP {nip}"
            "{number}.",
        ),
        _GRANT,
    ),
    "425": Words(
        (
            "Ktoś zakończył to logowanie w KSeF{number}. Jeśli to nie była decyzja nikogo od Was, "
            "sprawdź, kto zarządza uprawnieniami firmy.",
            "Somebody ended this login in KSeF{number}. If it was nobody of yours, check who "
            "manages the company's permissions.",
        ),
        ("again", "logins", "sign-again"),
    ),
    "450": Words(
        (
            "KSeF nie przyjął tokena{number}. Mógł zostać unieważniony, pochodzi z innego "
            "środowiska albo z innej firmy.",
            "KSeF did not accept the token{number}. It may have been revoked, or be from another "
            "environment or company.",
        ),
        ("tokens", "environment", "new-token", "own-nip"),
    ),
    "450:revoked": Words(
        (
            "Ten token unieważniono w KSeF{number}. Działać już nie będzie.",
            "This token was revoked in KSeF{number}. It will not work again.",
        ),
        ("tokens", "new-token", "own-nip"),
    ),
    "450:inactive": Words(
        (
            "Ten token nie jest aktywny{number}: KSeF go jeszcze nie uruchomił albo już "
            "wyłączył, na przykład gdy jego autor stracił uprawnienia.",
            "This token is not active{number}: KSeF has not started it yet, or has ended it, for "
            "example when its author lost the permissions.",
        ),
        ("tokens", "again", "new-token", "own-nip"),
    ),
    "450:context": Words(
        (
            "Ten token jest z innej firmy niż NIP {nip}{number}. Token działa tylko w firmie, w "
            "której go utworzono.",
            "This token is of another company than NIP {nip}{number}. A token works only in the "
            "company it was made in.",
        ),
        ("new-token", "own-nip"),
    ),
    "450:time": Words(
        (
            "KSeF uznał czas logowania za nieprawidłowy{number}.",
            "KSeF took the time of the login for wrong{number}.",
        ),
        ("ntp", "again"),
    ),
    "450:ours": Words(
        (
            "KSeF nie odczytał tego, co zaszyfrowaliśmy{number}. To nie wina tokena.",
            "KSeF could not read what we encrypted{number}. The token is not to blame.",
        ),
        ("again", "tell-us"),
    ),
    "460": Words(
        (
            "KSeF nie przyjął certyfikatu{number}. Mógł wygasnąć, zostać unieważniony albo "
            "pochodzić z innego środowiska.",
            "KSeF did not accept the certificate{number}. It may have expired, been revoked, or "
            "be from another environment.",
        ),
        ("certificates", "environment", *_NEW),
    ),
    "460:invalid": Words(
        (
            "Certyfikat „{label}” jest poza okresem ważności{number}: wygasł albo jeszcze się nie "
            "zaczął.",
            "The certificate “{label}” is outside its time{number}: it has expired or has not "
            "begun.",
        ),
        ("certificates", *_NEW),
    ),
    "460:revoked": Words(
        (
            "Certyfikat „{label}” unieważniono{number}. Unieważnienia nie da się cofnąć.",
            "The certificate “{label}” was revoked{number}. That cannot be undone.",
        ),
        ("certificates", *_NEW),
    ),
    "460:suspended": Words(
        (
            "Certyfikat „{label}” jest zawieszony albo zablokowany{number}. Pyta się o to jego "
            "wystawcę.",
            "The certificate “{label}” is suspended or blocked{number}. Ask whoever issued it.",
        ),
        ("certificates", *_NEW),
    ),
    "460:chain": Words(
        (
            "KSeF nie uznaje wystawcy tego certyfikatu w środowisku {environment}{number}. Tak "
            "kończy się użycie certyfikatu z innego środowiska.",
            "KSeF does not accept the issuer of this certificate in {environment}{number}. That "
            "is what becomes of a certificate of another environment.",
        ),
        ("environment", *_NEW),
    ),
    "470": Words(
        (
            "Według rejestrów osoba, której jest to poświadczenie, nie żyje{number}.",
            "By the registers, the person whose credential this is has died{number}.",
        ),
        ("other-person",),
    ),
    "480": Words(
        (
            "KSeF zablokował logowanie do firmy NIP {nip}, bo podejrzewa incydent bezpieczeństwa"
            "{number}.",
            "KSeF has blocked logging in to the company NIP {nip} on suspicion of a security "
            "incident{number}.",
        ),
        ("ministry", "logins"),
    ),
    "500": Words(
        (
            "W KSeF zdarzył się błąd, którego KSeF nie wyjaśnia{number}.",
            "An error happened in KSeF that it does not explain{number}.",
        ),
        (*_WAIT, "tell-us"),
    ),
    "550": Words(
        (
            "KSeF sam przerwał tę operację{number}. Nic się nie stało, trzeba ją powtórzyć.",
            "KSeF itself broke the operation off{number}. Nothing happened, it must be repeated.",
        ),
        _WAIT,
    ),
    # --- Errors of calls ----------------------------------------------------------------------
    "challenge": Words(
        (
            "Wyzwanie straciło ważność{number}: jest dobre 10 minut i tylko raz.",
            "The challenge is no longer good{number}: it lives 10 minutes and serves once.",
        ),
        ("again", "sign-again"),
    ),
    "signature": Words(
        (
            "KSeF nie przyjął podpisanego dokumentu{number}: {said}",
            "KSeF did not take the signed document{number}: {said}",
        ),
        ("sign-again", "tell-us"),
    ),
    "identifier": Words(
        (
            "Certyfikat nie wskazuje nikogo, komu KSeF pozwala działać w firmie NIP {nip}"
            "{number}: brak w nim NIP albo PESEL, albo podpisano dla innej firmy.",
            "The certificate names nobody whom KSeF lets act in the company NIP {nip}{number}: it "
            "lacks a NIP or PESEL, or another company was signed for.",
        ),
        ("grant", "sign-again", "new-certificate"),
    ),
    "401": Words(
        (
            "KSeF nie uznaje już tego logowania{number}: wygasło albo ktoś je zakończył.",
            "KSeF no longer accepts this login{number}: it has run out, or somebody ended it.",
        ),
        ("again", "logins", "sign-again"),
    ),
    "403": Words(
        ("KSeF odmówił dostępu{number}: {said}", "KSeF refused access{number}: {said}"),
        ("grant", "grant-here", "fixed", "new-token"),
    ),
    "403:missing-permissions": Words(
        (
            "W firmie NIP {nip} brakuje uprawnienia do tej czynności{number}.",
            "A permission for this is missing in the company NIP {nip}{number}.",
        ),
        _GRANT,
    ),
    "403:ip-not-allowed": Words(
        (
            "Przy logowaniu wskazano adresy IP, a {address}, którym łączy się ten serwer, nie jest "
            "jednym z nich{number}.",
            "The login named IP addresses, and {address}, from which this server calls, is none "
            "of them{number}.",
        ),
        ("address", "address-changed"),
    ),
    "403:insufficient-resource-access": Words(
        (
            "To, o co pytamy, należy w KSeF do kogoś innego{number}, na przykład do sesji innej "
            "osoby.",
            "What we ask for belongs to somebody else in KSeF{number}, for example to another "
            "person's session.",
        ),
        ("grant", "fixed", "new-token"),
    ),
    "403:auth-method-not-allowed": Words(
        (
            "Tej czynności KSeF nie pozwala po takim logowaniu{number}: po tokenie nie da się "
            "wnioskować o certyfikat.",
            "KSeF does not allow this after such a login{number}: after a token no certificate "
            "can be asked for.",
        ),
        ("sign",),
    ),
    "403:security-service-blocked": Words(
        (
            "Zapytanie zatrzymały zabezpieczenia KSeF{number}.",
            "KSeF's security stopped the call{number}.",
        ),
        ("ministry", "address-changed"),
    ),
    "403:context-type-not-allowed": Words(
        (
            "Tej czynności nie wykonuje się w kontekście, w którym nas zalogowano{number}. Do "
            "faktur firmy służy kontekst jej NIP.",
            "This is not done in the context that we are logged in to{number}. Invoices of a "
            "company need the context of its NIP.",
        ),
        ("sign-again", "tell-us"),
    ),
    "429": Words(
        (
            "KSeF ogranicza teraz liczbę zapytań (429). To samo minie.",
            "KSeF is limiting the number of calls at present (429). It passes by itself.",
        ),
        ("quota", "again"),
    ),
    "quota-full": Words(
        (
            "Czekamy, żeby nie przekroczyć limitu zapytań KSeF. Faktury mają pierwszeństwo.",
            "We wait, so as not to pass KSeF's limit of calls. Invoices go first.",
        ),
        ("quota", "again"),
    ),
    "refused": Words(
        ("KSeF odmówił odpowiedzi{number}: {said}", "KSeF refused to answer{number}: {said}"),
        ("tell-us",),
    ),
    "no-answer": Words(
        (
            "KSeF nie odpowiada nam albo odpowiada z błędem.",
            "KSeF does not answer us, or answers with an error.",
        ),
        ("simulator", *_WAIT),
    ),
    # --- Before anything is sent --------------------------------------------------------------
    "clock-shifted": Words(
        (
            "Zegar aplikacji jest przesunięty (KSEF_TEST_CLOCK), więc nic nie wysyłamy.",
            "The application's clock is shifted (KSEF_TEST_CLOCK), so nothing is sent.",
        ),
        ("test-clock",),
    ),
    "clock-fast": Words(
        (
            "Zegar tego serwera spieszy się o {seconds} s względem KSeF.",
            "This server's clock is {seconds} s ahead of KSeF's.",
        ),
        ("ntp",),
    ),
    "clock-slow": Words(
        (
            "Zegar tego serwera spóźnia się o {seconds} s względem KSeF.",
            "This server's clock is {seconds} s behind KSeF's.",
        ),
        ("ntp",),
    ),
    "local:none": Words(("{said}", "{said}"), ("own-credential", "sign")),
    "local:environment": Words(("{said}", "{said}"), ("environment", "own-credential")),
    "local:other-use": Words(("{said}", "{said}"), ("new-certificate", "sign")),
    "local:expired": Words(("{said}", "{said}"), ("certificates", *_NEW)),
    "local:early": Words(("{said}", "{said}"), ("own-credential",)),
    "local:consent": Words(("{said}", "{said}"), ("consent", "own-credential")),
    "local:member": Words(("{said}", "{said}"), ("own-credential",)),
    "local:ended": Words(("{said}", "{said}"), ("own-credential",)),
    "local:signature-over": Words(("{said}", "{said}"), ("sign-again",)),
    # --- What is missing although the login works ---------------------------------------------
    "missing-permission": Words(("", ""), _GRANT),
    "no-introspection": Words(
        (
            "Bez tego prawa nie przejrzymy listy sesji. Gdy połączenie zerwie się podczas wysyłki, "
            "faktura może pozostać w stanie „nie wiemy”, aż odnajdziemy ją wśród przyjętych.",
            "Without this permission we cannot read the list of sessions. If the connection "
            "breaks while sending, the invoice may stay in “we do not know” until we find it "
            "among the accepted ones.",
        ),
        _GRANT,
    ),
    "no-right": Words(
        (
            "Nie pytaliśmy: bez uprawnienia „{right}” KSeF i tak odmówi.",
            "Not asked: without the permission “{right}” KSeF would refuse anyway.",
        ),
        _GRANT,
    ),
    "no-right-optional": Words(
        (
            "To poświadczenie tego nie może. Do faktur nie jest to potrzebne.",
            "This credential may not do that. Invoices do not need it.",
        )
    ),
    "no-session": Words(
        (
            "Nie ma jeszcze żadnej sesji, o którą można zapytać.",
            "There is no session yet that could be asked about.",
        )
    ),
    "token-asks-for-none": Words(
        (
            "Po zalogowaniu tokenem KSeF nie wydaje certyfikatów. Wystarczy jeden podpis.",
            "After a login by token KSeF issues no certificates. One signature is enough.",
        ),
        ("sign",),
    ),
    "not-ours": Words(
        (
            "Dotyczy tylko tokenów, których numer referencyjny znamy.",
            "Only for tokens whose reference number we know.",
        )
    ),
    "signed-before": Words(
        (
            "Zalogowano podpisem wcześniej; sprawdzamy, czy to logowanie jeszcze działa.",
            "Logged in by a signature before; we check whether that login still works.",
        )
    ),
}

# Codes of errors that mean the same as a status or have words of their own.
ERROR_CODES = {
    21115: "460",
    21301: "415",
    21308: "470",
    21304: "401",
    21111: "challenge",
    21117: "identifier",
    21406: "identifier",
    9101: "signature",
    9102: "signature",
    9103: "signature",
    9105: "signature",
}
# KSeF's explanations of 450 and 460 (OpenAPI, AuthenticationOperationStatusResponse). Its texts
# may change any day, so they only choose better words: without them the code alone has some.
DETAILS: dict[int, tuple[tuple[str, str], ...]] = {
    450: (
        ("token unieważniony", "450:revoked"),
        ("token nieaktywny", "450:inactive"),
        ("nie może być użyty w kontekście", "450:context"),
        ("nieprawidłowy czas", "450:time"),
        ("wyzwanie", "challenge"),
        ("szyfrowanie", "450:ours"),
        ("kodowanie", "450:ours"),
    ),
    460: (
        ("odwołany", "460:revoked"),
        ("zawieszony", "460:suspended"),
        ("łańcuch", "460:chain"),
        ("nieważny", "460:invalid"),
    ),
}


def words_key(step: dict) -> str:
    """Which words a stored step has: the most exact that is known. Every step has some."""
    code = step.get("code", "")
    if code == "clock-skew":
        return "clock-fast" if step.get("seconds", 0) > 0 else "clock-slow"
    wanted = (*_by_ksef(step), code)
    return next((key for key in wanted if key in WORDS), "refused")


def _by_ksef(step: dict) -> list[str]:
    """By KSeF's reason, explanation, number and HTTP status, in this order."""
    number, reason, http = (step.get(name) for name in ("ksef_code", "reason", "http"))
    known = ERROR_CODES.get(number, str(number)) if isinstance(number, int) else ""
    told = " ".join(step.get("details") or []).casefold()
    base = int(known) if known.isdecimal() else 0
    exact = [key for words, key in DETAILS.get(base, ()) if words in told]
    return [f"403:{reason}", *exact[:1], known, str(http)]
