"""What a program says about advances and rebates: read, refused where it makes no sense."""

import re
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from invoices.api_shapes import refuse_unknown
from invoices.fa3.rates import RATES
from invoices.fa3.rebates import Rebate
from invoices.forms.advances import other_advance
from invoices.services.advances_settle import OtherAdvance
from invoices.services.rebate import MOST, Cut, buyer_row, documents_named, rebatable_list
from ksefapp.accounts.models import Company
from ksefapp.api.errors import field_error

MOST_BODY, MOST_ADVANCES, MOST_GOODS, MOST_RATES = 400_000, 100, 100, 14
WAYS = ("percent", "net", "gross")
_AMOUNT = re.compile(r"^[0-9]{1,16}([.][0-9]{1,2})?$", re.ASCII)
_RATE = re.compile(r"^[0-9]{1,6}([.][0-9]{1,6})?$", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

AMOUNT_IN = {"type": "string", "pattern": _AMOUNT.pattern, "description": "1234.56"}
IDS_IN = {"type": "array", "items": {"type": "string", "format": "uuid"}}
RATE_IN = {"type": "string", "enum": list(RATES), "description": "P_12"}
SETTLEMENT_IN = {
    "type": "object",
    "properties": {
        "advances": IDS_IN
        | {"maxItems": MOST_ADVANCES, "description": "Documents of kind ZAL, of one buyer."},
        "other_advances": {
            "type": "array",
            "maxItems": MOST_ADVANCES,
            "description": "Advances that another program issued.",
            "items": {
                "type": "object",
                "properties": {
                    "number": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 256,
                        "description": "KSeF number, or the number of one outside KSeF.",
                    },
                    "rates": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": MOST_RATES,
                        "items": {
                            "type": "object",
                            "properties": {"rate": RATE_IN, "net": AMOUNT_IN, "vat": AMOUNT_IN},
                            "required": ["rate", "net"],
                            "additionalProperties": False,
                        },
                    },
                },
                "required": ["number", "rates"],
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
NEXT_IN = {
    "type": "object",
    "properties": {"payment": AMOUNT_IN | {"description": "Left out: all that is left."}},
    "additionalProperties": False,
}
PARTS_IN = {
    "type": "array",
    "minItems": 1,
    "maxItems": MOST_RATES,
    "items": {
        "type": "object",
        "properties": {"rate": RATE_IN, "amount": AMOUNT_IN},
        "required": ["rate", "amount"],
        "additionalProperties": False,
    },
}
REBATE_IN = {
    "type": "object",
    "description": "Either documents, or buyer with from and to; one of percent, net, gross.",
    "properties": {
        "documents": IDS_IN | {"minItems": 1, "maxItems": MOST},
        "buyer": {"type": "string", "minLength": 1, "maxLength": 60, "description": "NIP or id"},
        "from": {"type": "string", "format": "date", "description": "First day of issue"},
        "to": {"type": "string", "format": "date"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "default": "PLN"},
        "percent": AMOUNT_IN | {"description": "Of the net in each rate, up to 100."},
        "net": PARTS_IN,
        "gross": PARTS_IN,
        "reason": {"type": "string", "minLength": 1, "maxLength": 256},
        "period": {"type": "string", "minLength": 1, "maxLength": 256},
        "goods": {
            "type": "array",
            "maxItems": MOST_GOODS,
            "items": {"type": "string", "minLength": 1, "maxLength": 512},
            "description": "Names, where only some supplies are cheaper.",
        },
        "exchange_rate": {"type": "string", "pattern": _RATE.pattern},
        "before_rebates": {
            "type": "boolean",
            "default": False,
            "description": "percent: of what the invoices came to before earlier rebates on them.",
        },
    },
    "required": ["reason", "period"],
    "additionalProperties": False,
}


def ids_read(given: object, name: str, most: int = MOST_ADVANCES) -> list[UUID]:
    """Ids without repetition."""
    if not isinstance(given, list) or len(given) > most:
        raise field_error(name, _("oczekiwano listy identyfikatorów"))
    return list(dict.fromkeys(_uuid(each, name) for each in given))


def _uuid(given: object, name: str) -> UUID:
    try:
        return UUID(given if isinstance(given, str) else "")
    except ValueError:
        raise field_error(name, _("oczekiwano listy identyfikatorów")) from None


def amount_read(given: object, name: str, pattern: re.Pattern = _AMOUNT) -> Decimal:
    """A decimal text."""
    if not isinstance(given, str) or not pattern.fullmatch(given):
        raise field_error(name, _("kwota jako tekst, na przykład 1234.56"))
    return Decimal(given)


def others_read(given: object) -> list[OtherAdvance]:
    """Advances of another program."""
    return [_other(each) for each in _objects(given, "other_advances", MOST_ADVANCES)]


def _other(given: dict) -> OtherAdvance:
    refuse_unknown(given, {"number", "rates"})
    number = text_read(given, "number", 256)
    parts = []
    for part in _objects(given.get("rates"), "rates", MOST_RATES):
        refuse_unknown(part, {"rate", "net", "vat"})
        vat = amount_read(part["vat"], "vat") if "vat" in part else Decimal(0)
        parts.append((_rate(part), amount_read(part.get("net"), "net"), vat))
    if not parts:
        raise field_error("rates", _("wymagane"))
    return other_advance(number, parts)


def _rate(part: dict) -> str:
    code = part.get("rate")
    if not isinstance(code, str) or code not in RATES:
        raise field_error("rate", _("jedna z: %(known)s") % {"known": ", ".join(RATES)})
    return code


def _objects(given: object, name: str, most: int) -> list[dict]:
    is_list = isinstance(given, list) and len(given) <= most
    if not is_list or not all(isinstance(each, dict) for each in given):
        raise field_error(name, _("oczekiwano listy obiektów"))
    return given


def text_read(body: dict, name: str, most: int) -> str:
    """A text that must be there."""
    given = body.get(name)
    if not isinstance(given, str) or not given.strip() or len(given) > most:
        raise field_error(name, _("oczekiwano tekstu do %(most)d znaków") % {"most": most})
    return " ".join(given.split())


def rebate_read(body: dict, company: Company) -> dict:
    """Keywords of `rebate_start`."""
    refuse_unknown(body, set(REBATE_IN["properties"]))
    goods = body.get("goods", [])
    if not isinstance(goods, list) or len(goods) > MOST_GOODS:
        raise field_error("goods", _("oczekiwano listy nazw"))
    names = tuple(text_read({"goods": each}, "goods", 512) for each in goods)
    rate = body.get("exchange_rate")
    rate = None if rate is None else amount_read(rate, "exchange_rate", _RATE)
    rebate = Rebate(
        text_read(body, "reason", 256), text_read(body, "period", 256), names, rate or None
    )
    before = body.get("before_rebates", False)
    if not isinstance(before, bool):
        raise field_error("before_rebates", _("oczekiwano true albo false"))
    found = {"cut": _cut(body), "rebate": rebate, "before_rebates": before}
    return found | {"documents": _documents(body, company)}


def _cut(body: dict) -> Cut:
    ways = [way for way in WAYS if way in body]
    if len(ways) != 1:
        raise field_error("percent", _("podaj jedno z: %(known)s") % {"known": ", ".join(WAYS)})
    if ways == ["percent"]:
        percent = amount_read(body["percent"], "percent")
        if not 0 < percent <= 100:
            raise field_error("percent", _("Wpisz liczbę od 0 do 100."))
        return Cut("percent", percent)
    parts = _objects(body[ways[0]], ways[0], MOST_RATES)
    for part in parts:
        refuse_unknown(part, {"rate", "amount"})
    read = tuple((_rate(part), amount_read(part.get("amount"), "amount")) for part in parts)
    return Cut(ways[0], amounts=read)


def _documents(body: dict, company: Company):
    if "documents" in body:
        if {"buyer", "from", "to"} & set(body):
            raise field_error("documents", _("podaj dokumenty albo nabywcę z okresem"))
        ids = ids_read(body["documents"], "documents", MOST)
        found = documents_named(company, ids)
        if not ids or found.count() < len(ids):
            text = _("tylko faktury tej firmy z numerem KSeF albo wystawione poza KSeF")
            raise field_error("documents", text)
        return found
    buyer = buyer_row(company, text_read(body, "buyer", 60))
    if buyer is None:
        raise field_error("buyer", _("nie ma faktur tego nabywcy"))
    currency = body.get("currency", "PLN")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise field_error("currency", _("kod waluty z trzech liter"))
    since, until = _day(body, "from"), _day(body, "to")
    return rebatable_list(company, buyer=buyer, since=since, until=until, currency=currency)


def _day(body: dict, name: str) -> date:
    given = body.get(name)
    try:
        if isinstance(given, str) and _DAY.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise field_error(name, _("data RRRR-MM-DD"))
