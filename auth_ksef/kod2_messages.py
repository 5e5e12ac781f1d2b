"""Why KOD II cannot be signed, in Polish and English, with the next step."""

from auth_ksef.messages import Pair

MESSAGES: dict[str, Pair] = {
    "none": (
        "Firma nie ma certyfikatu KSeF typu „offline” (typ 2), którym podpisuje się KOD II. Bez "
        "niego nie wolno niczego wydrukować ani wydać. Wczytaj go na stronie „Połączenie z KSeF”.",
        "The company has no KSeF certificate of the type “offline” (type 2), which signs KOD II. "
        "Without it nothing may be printed or handed out. Upload one on the page “Connection to "
        "KSeF”.",
    ),
    "environment": (
        "Certyfikat do KODU II jest ze środowiska {other}, a faktura z {environment}. Wczytaj "
        "certyfikat „offline” z tego środowiska na stronie „Połączenie z KSeF”.",
        "The certificate for KOD II is from {other}, the invoice from {environment}. Upload an "
        "“offline” certificate of this environment on the page “Connection to KSeF”.",
    ),
    "person": (
        "Certyfikat „{label}” należy do osoby, która tej faktury nie wystawiła. Osobistym kluczem "
        "podpisuje się tylko własne faktury. Wczytaj certyfikat „offline” firmy albo osoby, która "
        "wystawiła fakturę.",
        "The certificate “{label}” belongs to a person who did not issue this invoice. A personal "
        "key signs only that person's invoices. Upload an “offline” certificate of the company or "
        "of the person who issued it.",
    ),
    "left": (
        "Fakturę wystawiła osoba, która nie pracuje już w tej firmie ({name}), a jej certyfikat "
        "odszedł razem z nią. Podpisze ją tylko certyfikat „offline” firmy: wczytaj go na stronie "
        "„Połączenie z KSeF”. Wysyłce do KSeF to nie przeszkadza.",
        "The invoice was issued by a person who no longer works in this company ({name}), and "
        "that person's certificate left too. Only the company's “offline” certificate can sign "
        "it: upload one on the page “Connection to KSeF”. Sending to KSeF is not affected.",
    ),
    "member": (
        "Certyfikat „{label}” należy do osoby, która nie pracuje już w tej firmie. Wczytaj "
        "certyfikat „offline” firmy na stronie „Połączenie z KSeF”.",
        "The certificate “{label}” belongs to a person who no longer works in this company. "
        "Upload the company's “offline” certificate on the page “Connection to KSeF”.",
    ),
    "consent": (
        "Certyfikat „{label}” należy do osoby, która nie zgodziła się na użycie go w tle. Niech "
        "ta osoba otworzy fakturę i przygotuje wydruk sama albo wyrazi zgodę na stronie "
        "„Połączenie z KSeF”.",
        "The certificate “{label}” belongs to a person who has not agreed to its use in the "
        "background. That person can open the invoice and make the print, or agree on the page "
        "“Connection to KSeF”.",
    ),
    "wrong_type": (
        "Certyfikat „{label}” służy do uwierzytelniania (typ 1). KOD II podpisuje się tylko "
        "certyfikatem typu „offline” (typ 2). Wczytaj go na stronie „Połączenie z KSeF”.",
        "The certificate “{label}” is for authentication (type 1). KOD II is signed only with a "
        "certificate of the type “offline” (type 2). Upload one on the page “Connection to KSeF”.",
    ),
    "expired": (
        "Certyfikat „{label}” do KODU II wygasł {day}. Wczytaj nowy na stronie „Połączenie z "
        "KSeF”.",
        "The certificate “{label}” for KOD II expired on {day}. Upload a new one on the page "
        "“Connection to KSeF”.",
    ),
    "early": (
        "Certyfikat „{label}” do KODU II będzie ważny dopiero od {day}. Do tego dnia potrzebny "
        "jest inny certyfikat „offline”.",
        "The certificate “{label}” for KOD II is not valid before {day}. Until then another "
        "“offline” certificate is needed.",
    ),
    "status": (
        "KSeF podaje, że certyfikat „{label}” jest {status}. Wczytaj nowy certyfikat „offline” na "
        "stronie „Połączenie z KSeF”.",
        "KSeF says that the certificate “{label}” is {status_en}. Upload a new “offline” "
        "certificate on the page “Connection to KSeF”.",
    ),
    "foreign": (
        "Certyfikat „{label}” ({serial}) nie jest certyfikatem KSeF tej firmy. Wczytaj certyfikat "
        "„offline” pobrany z KSeF dla NIP {nip}.",
        "The certificate “{label}” ({serial}) is not a KSeF certificate of this company. Upload "
        "the “offline” certificate downloaded from KSeF for NIP {nip}.",
    ),
    "key": (
        "Klucz certyfikatu „{label}” nie pasuje do niego albo nie daje się odczytać. Wczytaj "
        "certyfikat razem z jego kluczem jeszcze raz.",
        "The key of the certificate “{label}” does not belong to it or cannot be read. Upload the "
        "certificate with its key again.",
    ),
    "algorithm": (
        "Certyfikat „{label}” ma klucz {algorithm}. KOD II podpisuje się kluczem RSA od 2048 "
        "bitów albo EC P-256. Pobierz z KSeF nowy certyfikat „offline”.",
        "The certificate “{label}” has a key {algorithm}. KOD II is signed with RSA of at least "
        "2048 bits or EC P-256. Get a new “offline” certificate from KSeF.",
    ),
    "dense": (
        "Klucz certyfikatu „{label}” jest tak długi, że KOD II nie byłby czytelny na wydruku. "
        "Pobierz z KSeF certyfikat „offline” z kluczem EC P-256.",
        "The key of the certificate “{label}” is so long that KOD II could not be read from "
        "paper. Get an “offline” certificate with an EC P-256 key from KSeF.",
    ),
    "unverified": (
        "Podpis KODU II zrobiony certyfikatem „{label}” nie przeszedł naszego sprawdzenia, więc "
        "go nie drukujemy. Wczytaj certyfikat razem z kluczem jeszcze raz.",
        "The signature of KOD II made with the certificate “{label}” failed our own check, so it "
        "is not printed. Upload the certificate with its key again.",
    ),
}

STATUSES: dict[str, Pair] = {
    "Blocked": ("zablokowany", "blocked"),
    "Revoked": ("unieważniony", "revoked"),
    "Expired": ("wygasły", "expired"),
}
