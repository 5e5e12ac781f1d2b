"""What people read when a certificate or key file cannot be used: the fact, then the next step."""

MESSAGES = {
    "wrong_password": (
        "To hasło nie otwiera klucza. Podaj hasło ustawione przy pobieraniu pliku.",
        "This password does not open the key. Enter the one set when the file was downloaded.",
    ),
    "password_needed": (
        "Ten klucz jest zaszyfrowany. Podaj hasło ustawione przy pobieraniu pliku.",
        "This key is encrypted. Enter the password set when the file was downloaded.",
    ),
    "key_mismatch": (
        "Ten klucz nie należy do tego certyfikatu. Wybierz pliki .crt i .key pobrane razem.",
        "This key does not belong to this certificate. Choose the .crt and .key files that were"
        " downloaded together.",
    ),
    "expired": (
        "Ten certyfikat wygasł {day}. Pobierz nowy w Aplikacji Podatnika KSeF i wgraj go tutaj.",
        "This certificate expired on {day}. Get a new one in the KSeF Taxpayer App and upload it"
        " here.",
    ),
    "not_yet_valid": (
        "Ten certyfikat zacznie działać {day}. Do tego dnia używaj poprzedniego.",
        "This certificate starts working on {day}. Use the previous one until then.",
    ),
    "wrong_kind": (
        "Ten certyfikat służy do KODU II. Do logowania potrzebny jest drugi, typu"
        " „uwierzytelnianie”.",
        "This certificate is for KOD II. Logging in needs the other one, of the type"
        " “authentication”.",
    ),
    "wrong_kind_for_kod2": (
        "Ten certyfikat służy do logowania. Do KODU II potrzebny jest drugi, typu „offline”.",
        "This certificate is for logging in. KOD II needs the other one, of the type “offline”.",
    ),
    "unknown_kind": (
        "Nie wiemy, do czego służy ten certyfikat. Do KODU II potrzebny jest certyfikat KSeF typu"
        " „offline”.",
        "We do not know what this certificate is for. KOD II needs a KSeF certificate of the type"
        " “offline”.",
    ),
    "not_a_key": (
        "W tym pliku nie ma klucza prywatnego. Wybierz plik .key pobrany razem z certyfikatem.",
        "There is no private key in this file. Choose the .key file downloaded together with the"
        " certificate.",
    ),
    "not_a_certificate": (
        "W tym pliku nie ma certyfikatu. Wybierz plik .crt pobrany razem z kluczem.",
        "There is no certificate in this file. Choose the .crt file downloaded together with the"
        " key.",
    ),
    "too_big": (
        "Ten plik jest za duży jak na certyfikat lub klucz. Wybierz plik .crt, .key albo .p12.",
        "This file is too big for a certificate or a key. Choose a .crt, .key or .p12 file.",
    ),
    "unsupported_algorithm": (
        "Nie obsługujemy klucza tego rodzaju lub zaszyfrowanego w ten sposób. Potrzebny jest klucz"
        " RSA (co najmniej 2048 bitów) albo EC P-256, na przykład z Aplikacji Podatnika KSeF.",
        "We do not support a key of this kind or encrypted in this way. An RSA key (2048 bits or"
        " more) or an EC P-256 key is needed, for example from the KSeF Taxpayer App.",
    ),
}


def message(text: str, language: str, **values: str) -> str:
    """The text in "pl" or "en" with its values filled in."""
    polish, english = MESSAGES[text]
    return (polish if language == "pl" else english).format(**values)
