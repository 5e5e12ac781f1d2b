"""Sprawdź połączenie: can we log in, may we do what we need, do our clocks agree?

Findings are codes with facts; `findings.py` words them. A check logs in anew, because an old
access token stays good after the rights behind it are gone.
"""

import base64
import json
from dataclasses import dataclass, field

from auth_ksef.api import ClockShifted, ksef_api
from auth_ksef.choosing import credential_check, credential_for
from auth_ksef.client import KsefApi, KsefError, KsefLater, scopes
from auth_ksef.errors import LoginRefused, QuotaFull
from auth_ksef.login import Access, access_get
from auth_ksef.models import ConnectionCheck, Credential
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

REQUIRED = ("InvoiceWrite", "InvoiceRead")
RECOMMENDED = "Introspection"
OWNER = "Owner"
# OpenAPI PersonalPermissionScope.
SCOPES = {
    "CredentialsManage",
    "CredentialsRead",
    "InvoiceWrite",
    "InvoiceRead",
    "Introspection",
    "SubunitManage",
    "EnforcementOperations",
    "VatUeManage",
    "CollectiveIdentifierManage",
}
SKEW_LIMIT = 60
BAD, WARN = "bad", "warn"


@dataclass
class _Seen:
    """What a check found out so far, and how far it came: answer, login, permissions."""

    stage: str = "answer"
    skew: int | None = None
    permissions: list[str] = field(default_factory=list)
    findings: list[dict] = field(default_factory=list)

    def add(self, code: str, severity: str, **facts: object) -> None:
        self.findings.append({"code": code, "severity": severity, **facts})


def connection_check(
    *, company: Company, checked_by: User | None, credential: Credential | None = None
) -> ConnectionCheck:
    """Asks KSeF and stores what was found. Raises NoCredential when there is nothing to ask with.

    Calls KSeF, so never inside a transaction.
    """
    if credential is None:
        credential = credential_for(company, acting=checked_by)
    else:
        credential_check(credential, company, acting=checked_by)
    seen = _Seen()
    try:
        _examine(seen, company, credential, checked_by)
    except KsefError as error:
        _explain(seen, error)
    return _stored(seen, company, credential, checked_by)


def effective_permissions(rows: list[dict], access: Access, nip: str) -> set[str]:
    """What we may do in this company: scopes such as InvoiceWrite.

    `rows` as KsefApi.own_permissions gives them. Left out are rights that another company gave
    to this one, and those that aim at another company. With a token count only the rights that
    it was made with, where the access token names them.
    """
    held = scopes([row for row in rows if _concerns(row, nip)])
    if OWNER in held:
        held |= SCOPES
    if access.credential.kind == Credential.Kind.TOKEN:
        named = _claimed(access.token)
        # Names that we do not know are no ground to tell somebody that a right is missing.
        if named & SCOPES and OWNER not in named:
            held &= named
    return held


def _examine(
    seen: _Seen, company: Company, credential: Credential, checked_by: User | None
) -> None:
    api = ksef_api(company.environment, company)
    seen.skew = _skew(api)
    if abs(seen.skew) > SKEW_LIMIT:
        seen.add("clock-skew", WARN, seconds=seen.skew)
    seen.stage = "login"
    access = access_get(company=company, credential=credential, acting=checked_by, fresh=True)
    seen.stage = "permissions"
    rows = api.own_permissions(access=access.token)
    held = effective_permissions(rows, access, company.nip)
    seen.permissions = sorted(held)
    for permission in REQUIRED:
        if permission not in held:
            seen.add("missing-permission", BAD, permission=permission)
    if RECOMMENDED not in held:
        seen.add("no-introspection", WARN, permission=RECOMMENDED)


def _skew(api: KsefApi) -> int:
    """Seconds by which our clock is ahead of KSeF's; the answer's way counts half."""
    before = clock.now()
    challenge = api.challenge()
    ours = before + (clock.now() - before) / 2
    return round((ours - challenge.timestamp).total_seconds())


def _explain(seen: _Seen, error: KsefError) -> None:
    facts = {"stage": seen.stage, "ksef_code": error.code, "details": list(error.details)}
    if isinstance(error, LoginRefused):
        seen.add("login-refused", BAD, **facts, pl=error.pl, en=error.en)
    elif isinstance(error, ClockShifted):
        seen.add("clock-shifted", BAD, stage=seen.stage)
    elif isinstance(error, QuotaFull):
        seen.add("quota-full", BAD, stage=seen.stage, pl=error.pl, en=error.en)
    elif isinstance(error, KsefLater):
        seen.add("no-answer", BAD, **facts, retry_after=error.retry_after)
    else:
        seen.add("refused", BAD, **facts, said=str(error))


def _stored(
    seen: _Seen, company: Company, credential: Credential, checked_by: User | None
) -> ConnectionCheck:
    ok = all(finding["severity"] != BAD for finding in seen.findings)
    check = ConnectionCheck.objects.create(
        company=company,
        credential=credential,
        checked_by=checked_by,
        ok=ok,
        permissions=seen.permissions,
        findings=seen.findings,
        clock_skew_seconds=seen.skew,
    )
    audit(
        "connection.check",
        company=company,
        user=checked_by,
        subject=credential.label,
        ok=ok,
        findings=[finding["code"] for finding in seen.findings],
    )
    return check


def _concerns(row: dict, nip: str) -> bool:
    """OpenAPI PersonalPermission: a context or target names somebody, unless it is null."""
    return all(_names(row.get(side), nip) for side in ("contextIdentifier", "targetIdentifier"))


def _names(party: object, nip: str) -> bool:
    if not isinstance(party, dict):
        return True
    return party.get("type") == "AllPartners" or party.get("value") == nip


def _claimed(token: str) -> set[str]:
    """The rights in the access token's claim `per`; empty where it has none that we can read.

    The signature is not checked and need not be: the token came from KSeF over TLS, and what it
    says only advises a person.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        named = claims.get("per")
        named = json.loads(named) if isinstance(named, str) else named
        return {name for name in named if isinstance(name, str)}
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return set()
