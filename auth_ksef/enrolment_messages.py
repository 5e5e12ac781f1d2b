"""Why a certificate is not asked for or not stored, in Polish and English, with the next step."""

from auth_ksef.messages import Pair

MESSAGES: dict[str, Pair] = {
    "open": (
        "Taki wniosek o certyfikat już trwa. Poczekaj na jego koniec, KSeF liczy każdy wniosek.",
        "Such a request for a certificate is under way. Wait for its end, KSeF counts each one.",
    ),
    "done": (
        "Ten certyfikat już jest, znajdziesz go na stronie „Certyfikaty”. Drugiego wniosku nie "
        "wysyłamy, bo KSeF liczy każdy.",
        "This certificate is there already, see the page “Certificates”. We send no second "
        "request, because KSeF counts each one.",
    ),
    "requests": (
        "KSeF nie przyjmie już wniosku: limit wniosków tej osoby lub firmy jest wykorzystany "
        "({limit}). Zwiększa go Ministerstwo Finansów, przez formularz zgłoszeniowy.",
        "KSeF takes no more requests: this person's or company's limit is used up ({limit}). The "
        "Ministry of Finance raises it, through its contact form.",
    ),
    "certificates": (
        "KSeF nie wyda więcej certyfikatów: działających jest już tyle, ile wolno ({limit}). "
        "Unieważnij któryś, a potem zawnioskuj jeszcze raz.",
        "KSeF issues no more certificates: as many are in force as are allowed ({limit}). Revoke "
        "one, then ask again.",
    ),
    "not-allowed": (
        "KSeF nie pozwala teraz wnioskować o certyfikat. Potrzebne jest logowanie podpisem albo "
        "certyfikatem KSeF, nie tokenem.",
        "KSeF allows no request for a certificate now. A login by signature or by a KSeF "
        "certificate is needed, not by a token.",
    ),
    "data": (
        "KSeF podał dane, z których nie umiemy zrobić wniosku ({field}). Pobierz certyfikat w "
        "Aplikacji Podatnika i wczytaj go tutaj.",
        "KSeF gave data that we cannot put into a request ({field}). Get the certificate in the "
        "Taxpayer App and upload it here.",
    ),
    "subject": (
        "KSeF podaje inny numer PESEL lub NIP niż na obecnym certyfikacie. Zaloguj się podpisem i "
        "zawnioskuj o nowe certyfikaty.",
        "KSeF gives another PESEL or NIP than the present certificate has. Log in by signature "
        "and ask for new certificates.",
    ),
    "strange": (
        "KSeF wydał certyfikat, który nie zgadza się z wnioskiem ({what}). Nie używamy go. "
        "Unieważnij go w KSeF i zawnioskuj jeszcze raz.",
        "KSeF issued a certificate that does not match the request ({what}). We do not use it. "
        "Revoke it in KSeF and ask again.",
    ),
    "abandoned": (
        "Nie wiadomo, czy KSeF dostał ten wniosek. Na polecenie osoby wysłano nowy.",
        "Whether KSeF got this request is not known. A new one was sent at a person's word.",
    ),
    "searching": (
        "Nie wiemy, czy KSeF dostał wniosek. Szukamy certyfikatu na liście KSeF i nie wysyłamy "
        "drugiego wniosku, bo każdy liczy się do limitu.",
        "We do not know whether KSeF got the request. We look for the certificate in KSeF's list "
        "and send no second request, because each one counts.",
    ),
    "waiting": (
        "Poprzedni wniosek tej samej osoby lub firmy czeka na wyjaśnienie. Ten wyślemy zaraz po "
        "nim.",
        "The previous request of the same person or company is not settled yet. This one follows.",
    ),
    "no-consent": (
        "Do odnowienia potrzebna jest zgoda tej osoby na użycie jej certyfikatu w tle.",
        "The renewal needs this person's consent to background use of the certificate.",
    ),
    "no-login": (
        "Nie ma ważnego certyfikatu do logowania (typ 1) tej samej osoby lub firmy. Zaloguj się "
        "podpisem i zawnioskuj o nowe certyfikaty.",
        "There is no valid certificate for logging in (type 1) of the same person or company. "
        "Log in by signature and ask for new certificates.",
    ),
    "foreign": (
        "To nie jest certyfikat wydany przez KSeF. Odnów go u jego wystawcy i wczytaj nowy.",
        "This certificate was not issued by KSeF. Renew it with its issuer and upload the new one.",
    ),
    "refused-thrice": (
        "KSeF odmówił odnowienia trzy razy. Zaloguj się podpisem i zawnioskuj o nowy certyfikat.",
        "KSeF refused the renewal three times. Log in by signature and ask for a new certificate.",
    ),
}

# What does not match, for "strange".
STRANGE: dict[str, Pair] = {
    "key": ("inny klucz", "another key"),
    "subject": ("inne dane właściciela", "another subject"),
    "kind": ("inny rodzaj", "another type"),
    "serial": ("inny numer", "another serial number"),
    "dates": ("inny okres ważności", "another validity"),
    "file": ("plik nie jest certyfikatem", "the file is no certificate"),
}
