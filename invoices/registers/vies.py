"""VIES: whether a VAT number of another EU country is valid for intra-Community trade.

POST /check-vat-number of the Commission's REST service. With a requester that is itself in
VIES the answer carries a `requestIdentifier`, the proof of having asked.
"""

import re
from dataclasses import dataclass

from auth_ksef.client import answers
from invoices.registers.door import Door

# As FA(3) and VIES write them: Greece is EL, Northern Ireland XI.
COUNTRIES = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()  # noqa: SIM905
)
NOT_DISCLOSED = "---"
NOT_IN_VIES = "INVALID_REQUESTER_INFO"
_NUMBER = re.compile(r"[0-9A-Z+*]{2,12}")
_REASONS = {
    "INVALID_INPUT": "number",
    NOT_IN_VIES: "refused",
    "SERVICE_UNAVAILABLE": "silent",
    "MS_UNAVAILABLE": "country",
    "TIMEOUT": "country",
    "VAT_BLOCKED": "limit",
    "IP_BLOCKED": "limit",
    "GLOBAL_MAX_CONCURRENT_REQ": "busy",
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": "busy",
    "MS_MAX_CONCURRENT_REQ": "busy",
    "MS_MAX_CONCURRENT_REQ_TIME": "busy",
}


@dataclass(frozen=True)
class KnownVat:
    """Whether the number is valid; name and address "" where the country does not disclose them."""

    is_valid: bool
    name: str
    address: str
    request_id: str  # "" where the requester is not in VIES itself


def check(door: Door, country: str, number: str, *, requester_nip: str) -> KnownVat:
    """Asks about one number, as the Polish taxpayer `requester_nip`. Raises Unknown.

    Whoever is not registered for EU trade is refused as a requester; the same question is then
    asked without one, and its answer has no proof.
    """
    country = "EL" if country == "GR" else country
    if country not in COUNTRIES or not _NUMBER.fullmatch(number):
        raise door.unknown("number")
    asked = {"countryCode": country, "vatNumber": number}
    requester = {"requesterMemberStateCode": "PL", "requesterNumber": requester_nip}
    data = door.ask("POST", "/check-vat-number", body=asked | requester)
    if _error(data.data) == NOT_IN_VIES:
        data = door.ask("POST", "/check-vat-number", body=asked)
    if data.status != 200 or _error(data.data):
        raise door.unknown(_REASONS.get(_error(data.data), "strange"))
    try:
        return _known(data.data, country, number)
    except answers.Malformed:
        raise door.unknown("strange") from None


def _error(data: object) -> str:
    """The error word of an answer, "" where it has none; two shapes are seen."""
    if not isinstance(data, dict):
        return ""
    wrappers = data.get("errorWrappers")
    first = wrappers[0] if isinstance(wrappers, list) and wrappers else {}
    word = first.get("error") if isinstance(first, dict) else None
    word = word or data.get("userError")
    is_said = isinstance(word, str) and word not in ("", "VALID", "INVALID")
    return word if is_said else "ERROR" if data.get("actionSucceed") is False else ""


def _known(data: dict, country: str, number: str) -> KnownVat:
    if (data.get("countryCode", country), data.get("vatNumber", number)) != (country, number):
        raise answers.Malformed("vatNumber")  # somebody else's answer
    return KnownVat(
        is_valid=answers.flag(data, "valid"),
        name=_disclosed(data, "name"),
        address=_disclosed(data, "address"),
        request_id=(answers.optional_text(data, "requestIdentifier") or "")[:100],
    )


def _disclosed(data: dict, name: str) -> str:
    said = " ".join((answers.optional_text(data, name) or "").split())
    return "" if said == NOT_DISCLOSED else said
