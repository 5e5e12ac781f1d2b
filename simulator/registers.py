"""Public registers beside KSeF: VAT white list, VIES and NBP, with a few companies of their own.

Shapes and errors as the three services document them; nothing here is true about anybody. A
NIP that is not below has no entry, as an exempt sole trader often has none.
"""

import hashlib
from datetime import date, timedelta
from functools import lru_cache

import holidays
from werkzeug import Response

from simulator import clock, shapes
from simulator.web import Call, json_response

ACCOUNTS = {
    "5265877635": ["61109010140000071219812874"],
    "9990582186": ["27114020040000300201355387"],
}
# NIP → name, status, REGON, KRS, address. The prefix 999 belongs to no tax office.
COMPANIES: dict[str, tuple[str, str, str, str | None, str]] = {
    "5265877635": (
        "STOLARNIA WIERZBA SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ",
        "Czynny",
        "123456785",
        "0000123456",
        "LEŚNA 14, 05-500 PIASECZNO",
    ),
    "9990582186": (
        "HOTEL NAD RZEKĄ SPÓŁKA Z OGRANICZONĄ ODPOWIEDZIALNOŚCIĄ",
        "Czynny",
        "220000005",
        "0000654321",
        "NADBRZEŻNA 2, 05-500 PIASECZNO",
    ),
    "9994122174": (
        "KAWIARNIA POD LIPĄ ANNA KOWALCZYK",
        "Czynny",
        "330000002",
        None,
        "RYNKOWA 8, 05-500 PIASECZNO",
    ),
    "9992332186": (
        "ARCHITEKCI KRZYWA I WSPÓLNICY SPÓŁKA JAWNA",
        "Czynny",
        "440000001",
        "0000222333",
        "POLNA 17/4, 05-500 PIASECZNO",
    ),
    "9997612186": (
        "PRZEDSZKOLE ZIELONY GROSZEK",
        "Zwolniony",
        "550000009",
        None,
        "OGRODOWA 31, 05-500 PIASECZNO",
    ),
    "9991111017": ("DAWNY SKLEP", "Niezarejestrowany", "660000006", None, ""),
}
MOST_NIPS = 30
# Numbers that the Commission's test service answers with these errors.
VIES_ERRORS = {
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}
VIES_COUNTRIES = (
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
)
# Average rates around which the formula moves, in 1/10,000 PLN; B is the weekly table.
TABLES = {
    "A": {
        "EUR": 43000,
        "USD": 37000,
        "GBP": 49000,
        "CHF": 46000,
        "CZK": 1750,
        "SEK": 3900,
        "NOK": 3600,
        "DKK": 5760,
        "HUF": 110,
        "UAH": 890,
    },
    "B": {"AED": 10100, "GEL": 13600, "RSD": 367},
}
FIRST_TABLE, LONGEST_SPAN, NOON = date(2002, 1, 2), 93, 12


def whitelist_search(call: Call, nip: str) -> Response:
    """GET /api/search/nip/{nip}?date=: `subject`, null without an entry."""
    if refusal := _refusal(call, [nip]):
        return refusal
    return _result(call, {"subject": _subject(nip)})


def whitelist_many(call: Call, nips: str) -> Response:
    """GET /api/search/nips/{up to 30, comma}?date=: `entries`, each with its `subjects`."""
    asked = nips.split(",")
    if len(asked) > MOST_NIPS:
        return _wl_error("WL-130", "Przekroczono maksymalną liczbę argumentów.")
    if refusal := _refusal(call, asked):
        return refusal
    found = {nip: _subject(nip) for nip in asked}
    entries = [{"identifier": nip, "subjects": [s] if s else []} for nip, s in found.items()]
    return _result(call, {"entries": entries})


def whitelist_check(call: Call, nip: str, account: str) -> Response:
    """GET /api/check/nip/{nip}/bank-account/{nrb}?date=: TAK, or NIE, also for unknown NIPs."""
    if refusal := _refusal(call, [nip]):
        return refusal
    if len(account) != 26 or not account.isdecimal():
        return _wl_error("WL-109", "Pole 'numer konta' ma nieprawidłową długość.")
    is_assigned = account in ACCOUNTS.get(nip, ())
    return _result(call, {"accountAssigned": "TAK" if is_assigned else "NIE"})


def vies_check(call: Call) -> Response:
    """POST /check-vat-number: valid for the companies here and numbers that end with 100."""
    shape = {"countryCode": shapes.text(0, 10), "vatNumber": shapes.text(0, 40)}
    more = {"requesterMemberStateCode": shapes.text(0, 10), "requesterNumber": shapes.text(0, 40)}
    asked = shapes.json_body(call.request, shapes.record(shape, more))
    country, number = asked["countryCode"], asked["vatNumber"]
    error = VIES_ERRORS.get(number[-3:])
    if country not in VIES_COUNTRIES.split() or not number.isalnum():
        error = "INVALID_INPUT"
    if error:
        body = {"actionSucceed": False, "errorWrappers": [{"error": error}]}
        return json_response(body, 400 if error.startswith("INVALID") else 500)
    is_valid = number.endswith("100") or (country == "PL" and number in COMPANIES)
    said = asked["requesterNumber"] in COMPANIES and asked["requesterMemberStateCode"] == "PL"
    return json_response(
        {
            "countryCode": country,
            "vatNumber": number,
            "requestDate": clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "valid": is_valid,
            "requestIdentifier": _proof(call, "WAPI")[:24] if said and is_valid else "",
            "name": _vies_name(country) if is_valid else "---",
            "address": "HAUPTSTRASSE 1, 10115 BERLIN" if is_valid and country == "AT" else "---",
            "traderNameMatch": "NOT_PROCESSED",
        }
    )


def nbp_rates(call: Call, table: str, code: str, first: str, last: str) -> Response:
    """GET /api/exchangerates/rates/{a|b}/{code}/{start}/{end}/: by a formula, on working days."""
    table, code = table.upper(), code.upper()
    begin, end = _day(first), _day(last)
    if begin is None or end is None or begin > end or (end - begin).days > LONGEST_SPAN:
        return Response("400 BadRequest - Błędny zakres dat", 400, content_type="text/plain")
    base = TABLES.get(table, {}).get(code)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)] if base else []
    rates = [
        {"no": _number(table, day), "effectiveDate": day.isoformat(), "mid": _mid(base, day)}
        for day in days
        if _is_published(table, day)
    ]
    if not rates:
        return Response("404 NotFound - Not Found - Brak danych", 404, content_type="text/plain")
    return json_response({"table": table, "currency": code.lower(), "code": code, "rates": rates})


def mid_text(table: str, code: str, day: date) -> str:
    """The rate that the formula gives for that day, as a text."""
    return str(_mid(TABLES[table][code], day))


def _subject(nip: str) -> dict | None:
    if nip not in COMPANIES:
        return None
    name, status, regon, krs, address = COMPANIES[nip]
    empty = dict.fromkeys(
        (
            "pesel",
            "residenceAddress",
            "registrationDenialBasis",
            "registrationDenialDate",
            "restorationBasis",
            "restorationDate",
            "removalBasis",
            "removalDate",
        )
    )
    lists = {name: [] for name in ("representatives", "authorizedClerks", "partners")}
    return (
        empty
        | lists
        | {
            "name": name,
            "nip": nip,
            "statusVat": status,
            "regon": regon,
            "krs": krs,
            "workingAddress": address or None,
            "registrationLegalDate": "2004-05-01",
            "accountNumbers": ACCOUNTS.get(nip, []),
            "hasVirtualAccounts": False,
        }
    )


def _refusal(call: Call, nips: list[str]) -> Response | None:
    day = _day(call.request.args.get("date", ""))
    if day is None:
        return _wl_error("WL-102", "Pole 'data' ma nieprawidłowy format.")
    if day > clock.warsaw_day(clock.now()):
        return _wl_error("WL-103", "Pole 'data' nie może być datą przyszłą.")
    if not all(len(nip) == 10 and nip.isdecimal() for nip in nips):
        return _wl_error("WL-113", "Pole 'NIP' ma nieprawidłową długość.")
    if not all(_has_checksum(nip) for nip in nips):
        return _wl_error("WL-115", "Nieprawidłowy NIP.")
    return None


def _has_checksum(nip: str) -> bool:
    weighted = zip((6, 5, 7, 2, 3, 4, 5, 6, 7), nip, strict=False)
    return sum(weight * int(digit) for weight, digit in weighted) % 11 == int(nip[9])


def _wl_error(code: str, message: str) -> Response:
    return json_response({"code": code, "message": message}, 400)


def _result(call: Call, found: dict) -> Response:
    now = clock.now().astimezone(clock.WARSAW)
    proof = {
        "requestId": _proof(call, "WL"),
        "requestDateTime": now.strftime("%d-%m-%Y %H:%M:%S"),
    }
    return json_response({"result": found | proof})


def _proof(call: Call, prefix: str) -> str:
    """A request id: another one for every call."""
    seen = f"{call.request.path}{clock.stamp(clock.now())}{sum(call.world.requests.values())}"
    return f"{prefix}{hashlib.sha256(seen.encode()).hexdigest()[:20].upper()}"


def _vies_name(country: str) -> str:
    """Germany and Spain disclose no names."""
    return "---" if country in ("DE", "ES") else f"SIMULATED COMPANY {country}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _mid(base: int, day: date) -> float:
    """Up and down by at most three percent, in steps of 1/10,000 PLN (1/1,000,000 for pennies)."""
    swing = (day.toordinal() * 37) % 61 - 30
    return round(base * (1000 + swing) / 10**7, 4 if base > 1000 else 6)


@lru_cache(maxsize=256)
def _tables_of(table: str, year: int) -> tuple[date, ...]:
    """The days of a year on which the table appears."""
    free = holidays.country_holidays("PL", years=year)
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    usual = (day for day in days if day.year == year and day.weekday() < 5 and day not in free)
    return tuple(day for day in usual if table == "A" or day.weekday() == 2)


def _is_published(table: str, day: date) -> bool:
    now = clock.now().astimezone(clock.WARSAW)
    is_out = day < now.date() or (day == now.date() and now.hour >= NOON)
    return is_out and day >= FIRST_TABLE and day in _tables_of(table, day.year)


def _number(table: str, day: date) -> str:
    return f"{_tables_of(table, day.year).index(day) + 1:03}/{table}/NBP/{day.year}"
