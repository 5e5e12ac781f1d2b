"""The list of VAT taxpayers (art. 96b, MF's API 1.6.0): by NIP, and whether an account is on it.

A search counts against 100 a day and address, a check of an account against 5,000.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from auth_ksef.client import answers
from invoices.registers.door import Door, Reply
from ksefapp.lib import bank, nip

STATUSES = frozenset({"Czynny", "Zwolniony", "Niezarejestrowany"})
MOST_AT_ONCE = 30
# Codes of MF: the daily limit, and the two that say that the data are being renewed.
LIMIT, UPDATING = "WL-191", frozenset({"WL-195", "WL-196"})
_ACCOUNT = re.compile(r"[0-9]{26}")


@dataclass(frozen=True)
class Subject:
    """One taxpayer's entry; texts as the list has them, "" where it has none."""

    nip: str
    name: str
    status: str  # one of STATUSES
    regon: str
    krs: str
    address: str
    accounts: tuple[str, ...]  # NRB, 26 digits; masks of virtual accounts too
    has_virtual_accounts: bool


@dataclass(frozen=True)
class KnownSubject:
    """What the list says about a NIP; no `subject`: no entry, which is not "no such company"."""

    subject: Subject | None
    request_id: str


@dataclass(frozen=True)
class KnownAccount:
    """Whether the list has the account with this NIP: an account of another taxpayer is "NIE"."""

    is_assigned: bool
    request_id: str


def subject_of(door: Door, number: str, *, on: date) -> KnownSubject:
    """GET /api/search/nip: the entry of a NIP on a day not after today. Raises Unknown."""
    if not nip.is_valid(number):
        raise door.unknown("refused")
    result = _result(door, f"/api/search/nip/{number}", on)
    try:
        given = result.get("subject")
        subject = None if given is None else _subject(answers.mapping(given))
        known = KnownSubject(subject, answers.text(result, "requestId"))
    except answers.Malformed:
        raise door.unknown("strange") from None
    if "subject" not in result or (subject and subject.nip != number):
        raise door.unknown("strange")
    return known


def subjects_of(door: Door, numbers: Sequence[str], *, on: date) -> dict[str, KnownSubject]:
    """GET /api/search/nips: up to 30 NIPs in one call, by NIP. Raises Unknown."""
    asked = list(dict.fromkeys(numbers))
    if not asked or len(asked) > MOST_AT_ONCE or not all(map(nip.is_valid, asked)):
        raise door.unknown("refused")
    result = _result(door, f"/api/search/nips/{','.join(asked)}", on)
    try:
        said = answers.text(result, "requestId")
        found = {subject.nip: subject for subject in map(_subject, _entries(result))}
    except answers.Malformed:
        raise door.unknown("strange") from None
    if not set(found) <= set(asked):
        raise door.unknown("strange")
    return {number: KnownSubject(found.get(number), said) for number in asked}


def account_of(door: Door, number: str, account: str, *, on: date) -> KnownAccount:
    """GET /api/check/nip/…/bank-account: TAK or NIE, virtual accounts too. Raises Unknown."""
    if not nip.is_valid(number) or not bank.is_nrb(account):
        raise door.unknown("refused")
    digits = bank.clean(account).removeprefix("PL")
    result = _result(door, f"/api/check/nip/{number}/bank-account/{digits}", on)
    try:
        said = answers.text(result, "accountAssigned")
        request_id = answers.text(result, "requestId")
    except answers.Malformed:
        raise door.unknown("strange") from None
    if said not in ("TAK", "NIE"):
        raise door.unknown("strange")
    return KnownAccount(said == "TAK", request_id[:100])


def _result(door: Door, path: str, on: date) -> dict:
    reply = door.ask("GET", path, query={"date": on.isoformat()})
    if reply.status == 200 and isinstance(reply.data.get("result"), dict):
        return reply.data["result"]
    raise door.unknown(_why(reply))


def _why(reply: Reply) -> str:
    code = reply.data.get("code") if isinstance(reply.data, dict) else None
    if code == LIMIT:
        return "limit"
    if isinstance(code, str) and code in UPDATING:
        return "busy"
    is_ours = reply.status == 400 and isinstance(code, str) and code.startswith("WL-1")
    return "refused" if is_ours else "silent" if reply.status >= 500 else "strange"


def _entries(result: dict) -> list[dict]:
    """Both shapes of a list: `subjects`, or `entries` with `subjects` of each identifier."""
    if "entries" not in result:
        return answers.rows(result, "subjects")
    entries = answers.rows(result, "entries")
    return [subject for entry in entries for subject in answers.rows(entry, "subjects")]


def _subject(data: dict) -> Subject:
    status = answers.text(data, "statusVat")
    if status not in STATUSES:
        raise answers.Malformed("statusVat")
    accounts = [text for text in answers.texts(data, "accountNumbers") if _ACCOUNT.fullmatch(text)]
    working = answers.optional_text(data, "workingAddress")
    return Subject(
        nip=answers.text(data, "nip"),
        name=answers.text(data, "name"),
        status=status,
        regon=answers.optional_text(data, "regon") or "",
        krs=answers.optional_text(data, "krs") or "",
        address=working or answers.optional_text(data, "residenceAddress") or "",
        accounts=tuple(accounts),
        has_virtual_accounts=data.get("hasVirtualAccounts") is True,
    )
