"""What other programs write into their files where we keep a code: names of countries and so on."""

import re
from functools import cache

from invoices.fa3 import registry
from invoices.forms.csv_lines import folded
from invoices.services import register_values as values
from invoices.services.contractors_read import METHODS

METHOD = "Fa/Platnosc/FormaPlatnosci"
SEATS = {"yes": values.YES, "no": values.NO - {""}}
LANGUAGES = {"polski": "pl", "polish": "pl", "angielski": "en", "english": "en"}
METHODS_TOO = {"przelew bankowy": "6", "transfer": "6", "karta płatnicza": "2", "blik": "7"}
COUNTRIES = {
    "PL": "polska|poland|polen",
    "AT": "austria",
    "BE": "belgia|belgium",
    "BG": "bułgaria|bulgaria",
    "CH": "szwajcaria|switzerland",
    "CN": "chiny|china",
    "CY": "cypr|cyprus",
    "CZ": "czechy|republika czeska|czechia|czech republic",
    "DE": "niemcy|germany|deutschland",
    "DK": "dania|denmark",
    "EE": "estonia",
    "ES": "hiszpania|spain",
    "FI": "finlandia|finland",
    "FR": "francja|france",
    "GB": "wielka brytania|united kingdom|great britain|anglia|uk",
    "GR": "grecja|greece|el",
    "HR": "chorwacja|croatia",
    "HU": "węgry|hungary",
    "IE": "irlandia|ireland",
    "IT": "włochy|italy|italia",
    "LT": "litwa|lithuania",
    "LU": "luksemburg|luxembourg",
    "LV": "łotwa|latvia",
    "MT": "malta",
    "NL": "holandia|niderlandy|netherlands|the netherlands",
    "NO": "norwegia|norway",
    "PT": "portugalia|portugal",
    "RO": "rumunia|romania",
    "SE": "szwecja|sweden",
    "SI": "słowenia|slovenia",
    "SK": "słowacja|slovakia",
    "TR": "turcja|turkey",
    "UA": "ukraina|ukraine",
    "US": "stany zjednoczone|united states|usa",
}
_SHORTENED = re.compile(r"[0-9]+([.,][0-9]+)?E\+[0-9]+")
# A number in one of these is a text of digits; Excel shortens what it takes for an amount.
DIGITS = frozenset({"nip", "eu", "other", "gtin", "client_number", "symbol", "phone"})


def coded(name: str, text: str) -> str:
    """The code that a cell of this column means, or the text as it is."""
    if name == "country":
        return _countries().get(folded(text), text)
    if name == "payment_method":
        return _methods().get(folded(text), text)
    if name == "language":
        return LANGUAGES.get(text.lower(), text)
    if name == "without_seat":
        return next((code for code, said in SEATS.items() if text.lower() in said), text)
    return text


def is_shortened(name: str, text: str) -> bool:
    """Whether Excel made `5,26025E+09` of a number: its last digits are lost."""
    return name in DIGITS and bool(_SHORTENED.fullmatch(text))


@cache
def _countries() -> dict[str, str]:
    return {folded(word): code for code, words in COUNTRIES.items() for word in words.split("|")}


@cache
def _methods() -> dict[str, str]:
    named = {
        folded(registry.value_label(METHOD, code, language)): code
        for code in METHODS()
        for language in ("pl", "en")
    }
    return named | {folded(word): code for word, code in METHODS_TOO.items()}
