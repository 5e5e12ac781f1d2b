"""How texts with a pattern are written, in words and with an example: by element name."""

FORMS: dict[str, tuple[str, str]] = {
    "NIP": ("wpisz 10 cyfr, bez kresek i prefiksu", "enter 10 digits, no dashes, no prefix"),
    "IDWew": (
        "wpisz NIP, kreskę i 5 cyfr, na przykład 5265877635-00017",
        "enter the NIP, a dash and 5 digits, for example 5265877635-00017",
    ),
    "NrVatUE": (
        "wpisz do 12 cyfr i wielkich liter, bez spacji i bez kodu kraju",
        "enter up to 12 digits and capital letters, no blanks, no country code",
    ),
    "Email": (
        "wpisz adres e-mail, na przykład biuro@example.pl",
        "enter an e-mail address, for example office@example.com",
    ),
    "NrKSeFFaKorygowanej": (
        "wpisz numer KSeF, na przykład 5265877635-20250826-0100001AF629-AF",
        "enter a KSeF number, for example 5265877635-20250826-0100001AF629-AF",
    ),
    "SWIFT": (
        "wpisz 8 albo 11 wielkich liter i cyfr, na przykład BREXPLPW",
        "enter 8 or 11 capital letters and digits, for example BREXPLPW",
    ),
    "LinkDoPlatnosci": (
        "wpisz adres zaczynający się od https://, z parametrem IPKSeF",
        "enter an address that starts with https:// and has the parameter IPKSeF",
    ),
    "IPKSeF": (
        "wpisz 3 cyfry i 10 cyfr lub liter bez polskich znaków",
        "enter 3 digits and 10 digits or letters",
    ),
    "KRS": ("wpisz 10 cyfr", "enter 10 digits"),
    "REGON": ("wpisz 9 albo 14 cyfr", "enter 9 or 14 digits"),
}
FORMS["EmailPU"] = FORMS["Email"]
FORMS["NrKSeFFaZaliczkowej"] = FORMS["NrKSeFFaKorygowanej"]
