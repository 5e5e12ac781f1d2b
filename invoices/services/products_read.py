"""What a product's row and a price list may say: rate, codes, prices."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from invoices.fa3 import schema
from invoices.fa3.rates import RATES
from invoices.models import PriceList, Product
from invoices.services import register_values as values
from invoices.services.contractors_read import CURRENCIES
from ksefapp.accounts.models import Company

LINE = "Fa/FaWiersz"
GTU = values.values_at(f"{LINE}/GTU")
CURRENCY_WRONG = gettext_noop("Wybierz walutę: trzy litery, jak EUR.")
NAME_MISSING = gettext_noop("Wpisz nazwę, jaka ma stać na fakturze.")
_ZERO = {"0": "0 KR", "0%": "0 KR", "np": "np I"}


def rate(text: str) -> str:
    """A value of P_12: `23%`, `23,00`, `0,23`, `zw.`; 23 for an empty text."""
    short = text.lower().replace("%", "").strip(" .") or "23"
    short = re.sub(r"^(\d+)[.,]0+$", r"\1", short)
    if fraction := re.fullmatch(r"0[.,](\d\d?)", short):  # 23% as a spreadsheet counts it
        short = f"{int(fraction[1].ljust(2, '0'))}"
    known = {code.lower(): code for code in RATES} | _ZERO
    if short not in known:
        raise values.Wrong(_("Wybierz stawkę: 23, 8, 5, zw, np I i tak dalej."))
    return known[short]


def gtu(text: str) -> str:
    """`GTU_05`, `gtu 5` and `5` are the same."""
    digits = text.upper().removeprefix("GTU").strip(" _-")
    code = f"GTU_{int(digits):02d}" if digits.isascii() and digits.isdigit() else text
    if code not in ("", *GTU()):
        raise values.Wrong(_("Wybierz GTU od 01 do 13 albo zostaw puste."))
    return code


def _code(name: str) -> values.Reader:
    return values.line(schema.node(f"{LINE}/{name}").facets.max_length or 50)


READERS: dict[str, values.Reader] = {
    "name": values.line(512, required=NAME_MISSING),
    "symbol": values.line(50),
    "unit": values.line(256),
    "price": values.price,
    "is_gross": values.tick,
    "currency": values.one_of(CURRENCIES, CURRENCY_WRONG, empty="PLN"),
    "rate": rate,
    "gtin": _code("GTIN"),
    "pkwiu": _code("PKWiU"),
    "cn": _code("CN"),
    "pkob": _code("PKOB"),
    "gtu": gtu,
    "annex_15": values.tick,
}
NAMES = tuple(READERS)
LIST_READERS: dict[str, values.Reader] = {
    "name": values.line(100, required=gettext_noop("Wpisz nazwę cennika.")),
    "currency": values.one_of(CURRENCIES, CURRENCY_WRONG, empty="PLN"),
    "is_gross": values.tick,
}


def product_read(
    given: Mapping[str, object],
    company: Company,
    *,
    row: Product | None = None,
    owners: Mapping[str, int] | None = None,
) -> values.Found:
    """The columns of a product; its symbol is the company's only one.

    `owners` are the keys of the company's products by symbol, where many rows are read.
    """
    found = values.read(given, READERS)
    symbol = found.values.get("symbol")
    if not symbol:
        return found
    if owners is None:
        owners = dict(
            Product.objects.filter(company=company, symbol=symbol).values_list("symbol", "pk")
        )
    if owners.get(symbol, row.pk if row else None) != (row.pk if row else None):
        found.errors["symbol"] = _("Ten symbol ma już inny produkt.")
    return found


def price_list_read(
    given: Mapping[str, object], company: Company, *, row: PriceList | None = None
) -> values.Found:
    """The columns of a price list; its name is the company's only one."""
    found = values.read(given, LIST_READERS)
    others = PriceList.objects.filter(company=company, name=found.values.get("name"))
    if others.exclude(pk=row.pk if row else None).exists():
        found.errors["name"] = _("Cennik o tej nazwie już jest.")
    return found
