"""How KSeF refuses a login, by code: of its status, of an error (9101 …), or the word of a 403.

Each sentence says what happened and what to do next. `{number}` is KSeF's code in brackets.
"""

Pair = tuple[str, str]

LOGIN: dict[int | str, Pair] = {
    401: (
        "KSeF nie czeka już na to logowanie{number}: jego czas minął. Zacznij logowanie od nowa.",
        "KSeF no longer waits for this login{number}: its time is over. Start the login again.",
    ),
    410: (
        "KSeF nie pamięta już tego logowania{number}: przechowuje je 7 dni. Zacznij od nowa.",
        "KSeF no longer remembers this login{number}: it keeps them for 7 days. Start again.",
    ),
    415: (
        "KSeF rozpoznał to poświadczenie, ale nie ma ono w tej firmie żadnych uprawnień{number}. "
        "Nadaje je właściciel albo osoba, która zarządza uprawnieniami firmy; pierwszą osobę w "
        "spółce bez pieczęci zgłasza się na druku ZAW-FA.",
        "KSeF recognised this credential, but it has no permissions in this company{number}. The "
        "owner grants them, or the person who manages the company's permissions; the first person "
        "of a company without a seal is reported on the form ZAW-FA.",
    ),
    425: (
        "Logowanie unieważniono w KSeF{number}. Jeśli to nie Twoja decyzja, sprawdź, kto zarządza "
        "uprawnieniami firmy.",
        "The login was revoked in KSeF{number}. If that was not you, check who manages the "
        "company's permissions.",
    ),
    450: (
        "KSeF nie przyjął tokena{number}. Token mógł zostać unieważniony, jest z innego "
        "środowiska albo innej firmy. Utwórz nowy i wklej go tutaj.",
        "KSeF did not accept the token{number}. It may have been revoked, or be from another "
        "environment or company. Make a new one and paste it here.",
    ),
    460: (
        "KSeF nie przyjął certyfikatu{number}. Mógł wygasnąć, zostać unieważniony albo pochodzić "
        "z innego środowiska.",
        "KSeF did not accept the certificate{number}. It may have expired, been revoked, or be "
        "from another environment.",
    ),
    470: (
        "KSeF odrzucił logowanie: to metoda osoby, która według rejestrów nie żyje{number}. "
        "Potrzebne jest poświadczenie innej osoby.",
        "KSeF refused the login: by the registers its holder is deceased{number}. Another "
        "person's credential is needed.",
    ),
    480: (
        "KSeF zablokował logowanie do tej firmy, bo podejrzewa incydent bezpieczeństwa{number}. "
        "Odblokuje je tylko Ministerstwo Finansów, przez formularz zgłoszeniowy.",
        "KSeF has blocked logging in to this company on suspicion of a security incident{number}. "
        "Only the Ministry of Finance can unblock it, through its contact form.",
    ),
    500: (
        "W KSeF wystąpił błąd, który niczego nie mówi o Tobie ani o podpisie{number}. Poczekaj "
        "kilka minut i zaloguj się jeszcze raz.",
        "KSeF had an error that says nothing about you or the signature{number}. Wait some "
        "minutes and log in once more.",
    ),
    550: (
        "KSeF sam przerwał to logowanie{number}. Zaloguj się jeszcze raz.",
        "KSeF itself broke this login off{number}. Log in once more.",
    ),
    9101: (
        "KSeF nie umie odczytać tego dokumentu{number}. Pobierz plik jeszcze raz i podpisz go bez "
        "żadnych zmian, w formacie XAdES.",
        "KSeF cannot read this document{number}. Download the file again and sign it without any "
        "change, in the XAdES format.",
    ),
    9102: (
        "KSeF nie znalazł w pliku podpisu{number}. Wczytaj plik, który powstał po podpisaniu, w "
        "formacie XAdES otoczonym albo otaczającym.",
        "KSeF found no signature in the file{number}. Upload the file that signing made, in an "
        "enveloped or enveloping XAdES format.",
    ),
    9103: (
        "W pliku jest więcej podpisów, niż KSeF przyjmuje{number}. Podpisz świeżo pobrany plik, "
        "jeden raz.",
        "The file holds more signatures than KSeF takes{number}. Sign a newly downloaded file, "
        "once.",
    ),
    9104: (
        "KSeF nie przyjął podpisu w tym pliku{number}: {said}. Podpisz świeżo pobrany plik jeszcze "
        "raz.",
        "KSeF did not accept the signature in this file{number}: {said}. Sign a newly downloaded "
        "file once more.",
    ),
    9105: (
        "Według KSeF podpis jest nieprawidłowy{number}. Nie otwieraj i nie zapisuj pliku po "
        "podpisaniu; w programie wybierz XAdES otoczony i skrót SHA-256.",
        "By KSeF the signature is not valid{number}. Do not open or save the file after signing; "
        "choose an enveloped XAdES and SHA-256 in the program.",
    ),
    21111: (
        "KSeF nie przyjął wyzwania{number}: wygasło po 10 minutach albo było już użyte. Naciśnij "
        "„Nowe wyzwanie”, pobierz nowy plik i podpisz go.",
        "KSeF did not accept the challenge{number}: it ended after 10 minutes or was used already. "
        "Press “New challenge”, download the new file and sign it.",
    ),
    21115: (
        "KSeF nie przyjął certyfikatu podpisu{number}. Do logowania nadaje się podpis osoby z "
        "numerem PESEL lub NIP, pieczęć firmy z NIP albo certyfikat KSeF typu „uwierzytelnianie”; "
        "mógł też wygasnąć albo zostać unieważniony.",
        "KSeF did not accept the signing certificate{number}. Logging in takes a person's "
        "signature with PESEL or NIP, a company's seal with NIP, or a KSeF certificate of the type "
        "“uwierzytelnianie”; it may also have expired or been revoked.",
    ),
    21117: (
        "Tym identyfikatorem nie można zalogować się w takim kontekście{number}. Zacznij od nowa i "
        "wybierz kontekst „NIP firmy”.",
        "This identifier cannot log in to a context of that type{number}. Start again and choose "
        "the context “NIP of the company”.",
    ),
    21217: (
        "Plik nie jest zapisany w UTF-8{number}. Pobierz go jeszcze raz i podpisz bez zmian.",
        "The file is not written in UTF-8{number}. Download it again and sign it unchanged.",
    ),
    21401: (
        "Podpisany dokument różni się od pobranego{number}. Pobierz plik jeszcze raz i podpisz go "
        "bez zmian.",
        "The signed document differs from the one downloaded{number}. Download the file again and "
        "sign it unchanged.",
    ),
    21406: (
        "Certyfikat nie pasuje do sposobu logowania{number}. Gdy nie ma w nim numeru PESEL ani "
        "NIP, zacznij od nowa i wybierz „po odcisku certyfikatu”; odcisk trzeba najpierw zgłosić.",
        "The certificate does not fit the way of logging in{number}. If it holds no PESEL and no "
        "NIP, start again and choose “by the certificate's fingerprint”; the fingerprint must have "
        "been reported first.",
    ),
    "ip-not-allowed": (
        "KSeF nie pozwala logować się z adresu tego serwera. Zmień listę dozwolonych adresów IP.",
        "KSeF does not allow logins from this server's address. Change the list of allowed IPs.",
    ),
    "other": ("KSeF odmówił logowania: {said}.", "KSeF refused the login: {said}."),
}
# Error codes that mean the same as a status: rights, not authenticated, deceased.
LOGIN |= {21301: LOGIN[415], 21304: LOGIN[410], 21308: LOGIN[470]}
LOGIN |= {"security-service-blocked": LOGIN[480]}
