"""What a contractor's row may say: numbers, countries, defaults of its invoices."""

import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from invoices.models import Contractor, PriceList
from invoices.render import tongues
from invoices.services import register_values as values
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import nip as nips

BUYER = "Podmiot2/DaneIdentyfikacyjne"
METHODS = values.values_at("Fa/Platnosc/FormaPlatnosci")
CURRENCIES = values.values_at("Fa/KodWaluty")
COUNTRIES = values.values_at("Podmiot2/Adres/KodKraju")
EU_COUNTRIES = values.values_at(f"{BUYER}/KodUE")
_EU_AS_KNOWN = {"GR": "EL", "GB": "XI", "UK": "XI"}  # as people know them, as VIES does
_HOMES = {"EL": "GR"}  # of a number's prefix the country of an address
_EU_NUMBER = re.compile(r"[A-Z0-9+*]{1,12}")

NO_COUNTRY = gettext_noop("Wybierz kraj z listy: dwie litery, na przykład DE.")

READERS: dict[str, values.Reader] = {
    "name": values.line(512, required=gettext_noop("Wpisz nazwę albo imię i nazwisko.")),
    "short_name": values.line(60),
    "country": values.one_of(COUNTRIES, NO_COUNTRY, empty="PL"),
    "address_l1": values.line(512),
    "address_l2": values.line(512),
    "email": values.email,
    "phone": values.line(16),
    "client_number": values.line(256),
    "without_seat": values.one_of(
        lambda: ("yes", "no"), gettext_noop("Zaznacz jedną z odpowiedzi: ma albo nie ma.")
    ),
    "jst": values.tick,
    "gv": values.tick,
    "is_supplier": values.tick,
    "payment_days": values.days,
    "payment_method": values.one_of(METHODS, gettext_noop("Wybierz sposób zapłaty z listy.")),
    "currency": values.one_of(CURRENCIES, gettext_noop("Wybierz walutę: trzy litery, jak EUR.")),
    "language": values.one_of(
        lambda: tongues.LANGUAGES, gettext_noop("Język wydruku to pl, en albo pl-en.")
    ),
    "mail_when_numbered": values.tick,
    "note": values.line(1000),
}
IDENTITY = ("id_kind", "id_country", "id_number")
NAMES = (*IDENTITY, *READERS, "price_list")
IDS = frozenset(Contractor.IdKind.values)


def contractor_read(
    given: Mapping[str, object], company: Company, *, lists: Sequence[PriceList] | None = None
) -> values.Found:
    """The columns of a contractor; `price_list` is a key or a name of one of the company's.

    `lists` are the company's price lists, where many rows are read.

    A wrong checksum of a NIP is an error on production, elsewhere a warning (rule ID-02).
    """
    found = values.read(given, READERS)
    _read_identity(given, found, company)
    _read_price_list(given, found, company, lists)
    if found.values.get("mail_when_numbered") and not found.values.get("email"):
        found.errors.setdefault("email", _("Wpisz adres, na który mają iść faktury."))
    return found


def _read_identity(given: Mapping[str, object], found: values.Found, company: Company) -> None:
    texts = {name: _text(given, name, found) for name in IDENTITY}
    kind = texts["id_kind"].lower() or ("nip" if texts["id_number"] else "none")
    if kind not in IDS:
        found.errors["id_kind"] = _("Wybierz, kim jest kontrahent.")
        return
    country, number = _READ_ID[kind](texts["id_country"].upper(), texts["id_number"], found)
    found.values |= {"id_kind": kind, "id_country": country, "id_number": number}
    if kind == "nip" and number and "id_number" not in found.errors:
        _check_sum(number, found, company)
    if kind == "eu" and country and not given.get("country"):  # who does not say lives there
        found.values["country"] = _HOMES.get(country, country)


def _text(given: Mapping[str, object], name: str, found: values.Found) -> str:
    try:
        return values.plain(given.get(name))
    except values.Wrong as wrong:
        found.errors[name] = str(wrong)
        return ""


def _check_sum(number: str, found: values.Found, company: Company) -> None:
    if nips.has_checksum(number):
        return
    text = _("Ostatnia cyfra NIP nie zgadza się z resztą. Sprawdź go z kontrahentem.")
    is_real = company.environment == Environment.PRODUCTION
    (found.errors if is_real else found.warnings)["id_number"] = text


def _nip(country: str, number: str, found: values.Found) -> tuple[str, str]:
    short = nips.clean(number)
    if not nips.has_form(short):
        found.errors["id_number"] = _("NIP ma 10 cyfr. Wpisz go z kreskami albo bez.")
    return "", short[:50]


def _eu(country: str, number: str, found: values.Found) -> tuple[str, str]:
    """Country as VIES has it, number without it; `DE 811…` typed as one is taken apart."""
    short = re.sub(r"[\s.-]+", "", number).upper()
    if not country and short[:2].isalpha():
        country = short[:2]
    known = _EU_AS_KNOWN.get(country, country)
    if known != country and short.startswith(country):  # GR123456789 is EL and 123456789
        short = known + short.removeprefix(country)
    country = known
    # The first two of eleven French characters are a key that may be letters.
    if country and short.startswith(country) and not (country == "FR" and len(short) == 11):
        short = short.removeprefix(country)
    if country == "PL":
        found.errors["id_country"] = _("Polską firmę wpisz z numerem NIP.")
    elif country not in EU_COUNTRIES():
        found.errors["id_country"] = _("Wybierz kraj UE. Grecja to EL, Irlandia Północna XI.")
    if not _EU_NUMBER.fullmatch(short):
        found.errors["id_number"] = _("Wpisz numer VAT-UE bez kodu kraju, najwyżej 12 znaków.")
    return country[:2], short[:50]


def _other(country: str, number: str, found: values.Found) -> tuple[str, str]:
    if country and country not in COUNTRIES():
        found.errors["id_country"] = _(NO_COUNTRY)
    if not number or len(number) > 50:
        found.errors["id_number"] = _("Wpisz numer, najwyżej 50 znaków.")
    elif country in ("", "PL") and nips.is_valid(nips.clean(number)):
        found.errors["id_number"] = _("To jest polski NIP. Wybierz „Firma z NIP”.")
    return country[:2], number[:50]


def _none(country: str, number: str, found: values.Found) -> tuple[str, str]:
    return "", ""


_READ_ID = {"nip": _nip, "eu": _eu, "other": _other, "none": _none}


def _read_price_list(
    given: Mapping[str, object],
    found: values.Found,
    company: Company,
    lists: Sequence[PriceList] | None,
) -> None:
    text = _text(given, "price_list", found)
    found.values["price_list"] = None
    if not text:
        return
    known = PriceList.objects.filter(company=company) if lists is None else lists
    meant = (row for row in known if text == str(row.pk) or text.lower() == row.name.lower())
    found.values["price_list"] = next(meant, None)
    if found.values["price_list"] is None:
        found.errors["price_list"] = _("Nie ma takiego cennika. Wybierz jeden z listy.")
