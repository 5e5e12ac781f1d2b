"""Sprawdź połączenie: a walk from the challenge to one harmless call for each need.

Each step is stored as a code with facts; `doctor_words` says what it means and what mends it. The
walk logs in anew, because an old access token stays good after the rights behind it are gone. It
costs at most eight calls that KSeF counts for the company, and none of them changes anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from auth_ksef.acting import signed_access
from auth_ksef.api import ClockShifted, ksef_api
from auth_ksef.choosing import credential_check, credential_for
from auth_ksef.client import KsefApi, KsefError, KsefLater, KsefRefused
from auth_ksef.connection import RECOMMENDED, REQUIRED, effective_permissions
from auth_ksef.errors import LoginRefused, NoCredential, QuotaFull, words_of
from auth_ksef.login import access_get
from auth_ksef.models import ConnectionCheck, Credential, SignedLogin, TokenCache
from auth_ksef.quota import FETCH
from auth_ksef.quota_limits import limits_learn
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

SKEW_LIMIT = 60
LOOK_BACK = timedelta(days=1)
FEWEST = 10  # OpenAPI: the smallest page of sessions and of metadata
OK, WARN, FAILED, SKIPPED = "ok", "warn", "failed", "skipped"
SEVERITY = {FAILED: "bad", WARN: "warn"}
# A step of this walk that fails ends it: nothing behind it can be asked.
GATES = ("answer", "clock", "login", "refresh", "permissions")
STEPS = (*GATES, "limits", "sending", "upo", "reading", "certificates", "grants", "token")
# Any of these rights opens the call of the step (OpenAPI, "Wymagane jedno z uprawnień"); the
# first is the one to ask for.
OPENED_BY = {
    "sending": ("InvoiceWrite", "Introspection", "EnforcementOperations"),
    "upo": ("InvoiceWrite", "Introspection", "EnforcementOperations"),
    "reading": ("InvoiceRead",),
    "grants": ("CredentialsManage", "CredentialsRead"),
}
# Rights that the application works without.
OPTIONAL = ("certificates", "grants")


class _Skip(Exception):
    """There is nothing to ask for this step; the text is the code that says why."""


@dataclass
class Walk:
    """What was found so far, step by step."""

    company: Company
    person: User | None
    credential: Credential | None = None
    signed: SignedLogin | None = None
    skew: int | None = None
    access: str = field(default="", repr=False)
    rights: set[str] = field(default_factory=set)
    session: str = ""
    steps: list[dict] = field(default_factory=list)
    findings: list[dict] = field(default_factory=list)

    def note(self, step: str, state: str, code: str = "", **facts: object) -> None:
        """Adds a step; one that did not go well is a finding too."""
        self.steps.append({"step": step, "state": state, "code": code, **facts})
        if state in SEVERITY:
            finding = {"code": code, "severity": SEVERITY[state], **facts}
            self.findings.append(finding)

    @property
    def api(self) -> KsefApi:
        """The door; reading waits for what is more urgent. Raises ClockShifted."""
        return ksef_api(self.company.environment, self.company, urgency=FETCH)


def connection_check(
    *,
    company: Company,
    checked_by: User | None,
    credential: Credential | None = None,
    signed: SignedLogin | None = None,
) -> ConnectionCheck:
    """Asks KSeF with the given credential or login, or with what the company has, and stores it.

    Raises NoCredential when there is nothing to ask with. Calls KSeF, so never inside a
    transaction.
    """
    if signed is None:
        credential = _usable(company, credential, checked_by)
    walk = Walk(company, checked_by, credential, signed)
    _go(walk)
    return _stored(walk)


def _usable(company: Company, credential: Credential | None, person: User | None) -> Credential:
    if credential is None:
        return credential_for(company, acting=person)
    credential_check(credential, company, acting=person)
    return credential


def _go(walk: Walk) -> None:
    done = 0
    for name in GATES:
        if not _tried(walk, name, _GATE_CALLS[name]):
            break
        done += 1
    if done == len(GATES):
        for name in STEPS[done:]:
            # Whoever did not answer one question is not asked six more.
            if not _asked(walk, name):
                break
    seen = {step["step"] for step in walk.steps}
    walk.steps += [
        {"step": name, "state": SKIPPED, "code": "not-reached"}
        for name in STEPS
        if name not in seen
    ]


def _tried(walk: Walk, name: str, call: Callable[[Walk], None]) -> bool:
    """Whether the walk may go on; the failure is noted."""
    try:
        call(walk)
    except _Skip as reason:
        walk.note(name, SKIPPED, str(reason))
    except (KsefError, NoCredential) as error:
        walk.note(name, FAILED, **_facts(name, error))
        return False
    return True


def _asked(walk: Walk, name: str) -> bool:
    """Whether KSeF answered, or did not have to."""
    opened_by = OPENED_BY.get(name)
    if opened_by and not walk.rights.intersection(opened_by):
        code = "no-right-optional" if name in OPTIONAL else "no-right"
        walk.note(name, SKIPPED, code, rights=list(opened_by))
        return True
    try:
        walk.note(name, OK, **(_NEED_CALLS[name](walk) or {}))
    except _Skip as reason:
        walk.note(name, SKIPPED, str(reason))
    except QuotaFull as error:
        # Invoices go first: what the check would spend is left to them.
        walk.note(name, SKIPPED, "quota-full", pl=error.pl, en=error.en)
    except KsefRefused as error:
        walk.note(name, WARN if name in OPTIONAL else FAILED, **_facts(name, error))
    except KsefError as error:
        walk.note(name, WARN, **_facts(name, error))
        return False
    return True


# --- The way in -------------------------------------------------------------------------------
def _answer(walk: Walk) -> None:
    """Half of the answer's way counts when the clocks are compared."""
    api = walk.api
    before = clock.now()
    challenge = api.challenge()
    ours = before + (clock.now() - before) / 2
    walk.skew = round((ours - challenge.timestamp).total_seconds())
    walk.note("answer", OK, address=challenge.client_ip or "")


def _clock(walk: Walk) -> None:
    if abs(walk.skew) > SKEW_LIMIT:
        walk.note("clock", WARN, "clock-skew", seconds=walk.skew)
    else:
        walk.note("clock", OK, seconds=walk.skew)


def _login(walk: Walk) -> None:
    if walk.signed is not None:
        raise _Skip("signed-before")
    access = access_get(
        company=walk.company, credential=walk.credential, acting=walk.person, fresh=True
    )
    walk.access = access.token
    walk.note("login", OK)


def _refresh(walk: Walk) -> None:
    """The refresh token is what background work lives on between two logins."""
    if walk.signed is not None:
        walk.access = signed_access(walk.signed)
    else:
        row = TokenCache.objects.get(credential=walk.credential, company=walk.company)
        walk.api.refresh(row.refresh)
    walk.note("refresh", OK)


def _rights(walk: Walk) -> None:
    rows = walk.api.own_permissions(access=walk.access)
    is_token = walk.credential is not None and walk.credential.kind == Credential.Kind.TOKEN
    token = walk.access if is_token else ""
    walk.rights = effective_permissions(rows, walk.company.nip, token=token)
    missing = [scope for scope in REQUIRED if scope not in walk.rights]
    for scope in missing:
        walk.note("permissions", FAILED, "missing-permission", permission=scope)
    if RECOMMENDED not in walk.rights:
        walk.note("permissions", WARN, "no-introspection", permission=RECOMMENDED)
    if not missing:
        walk.note("permissions", OK, rights=sorted(walk.rights))


_GATE_CALLS: dict[str, Callable[[Walk], None]] = {
    "answer": _answer,
    "clock": _clock,
    "login": _login,
    "refresh": _refresh,
    "permissions": _rights,
}


# --- One harmless call for each need ----------------------------------------------------------
def _limits(walk: Walk) -> None:
    environment = walk.company.environment
    limits_learn(company=walk.company, environment=environment, api=walk.api, access=walk.access)


def _sending(walk: Walk) -> None:
    """A list of sessions: the nearest thing to sending that leaves no trace."""
    page = walk.api.session_list(access=walk.access, page_size=FEWEST)
    walk.session = page.items[0].reference_number if page.items else ""


def _upo(walk: Walk) -> None:
    if not walk.session:
        raise _Skip("no-session")
    walk.api.session_status(access=walk.access, session=walk.session)


def _reading(walk: Walk) -> None:
    walk.api.metadata(
        access=walk.access,
        subject_type="Subject1",
        date_from=clock.now() - LOOK_BACK,
        page_size=FEWEST,
    )


def _certificates(walk: Walk) -> dict:
    if walk.credential is not None and walk.credential.kind == Credential.Kind.TOKEN:
        raise _Skip("token-asks-for-none")
    limits = walk.api.certificate_limits(access=walk.access)
    return {"left": limits.certificates_left, "can_request": limits.can_request}


def _grants(walk: Walk) -> dict:
    return {"attachments": walk.api.attachment_status(access=walk.access).allowed}


def _token(walk: Walk) -> dict | None:
    if walk.credential is None or not walk.credential.reference:
        raise _Skip("not-ours")
    row = walk.api.token_status(access=walk.access, reference=walk.credential.reference)
    return {"status": row.status}


_NEED_CALLS: dict[str, Callable[[Walk], dict | None]] = {
    "limits": _limits,
    "sending": _sending,
    "upo": _upo,
    "reading": _reading,
    "certificates": _certificates,
    "grants": _grants,
    "token": _token,
}


# --- What is stored ---------------------------------------------------------------------------
def _facts(step: str, error: Exception) -> dict:
    """The code of a finding and what KSeF said; never anything that we sent."""
    facts: dict = {"stage": step}
    if isinstance(error, NoCredential | QuotaFull):
        code = f"local:{error.code}" if isinstance(error, NoCredential) else "quota-full"
        return {"code": code, **facts, "pl": error.pl, "en": error.en}
    if isinstance(error, ClockShifted):
        return {"code": "clock-shifted", **facts}
    facts |= {
        "ksef_code": error.code,
        "http": error.http_status,
        "reason": error.reason_code,
        "details": list(error.details),
    }
    if isinstance(error, LoginRefused):
        return {"code": "login-refused", **facts, "pl": error.pl, "en": error.en}
    if isinstance(error, KsefRefused):
        return {"code": "refused", **facts, "said": words_of(error)[0]}
    waits = error.retry_after if isinstance(error, KsefLater) else None
    return {"code": "no-answer", **facts, "retry_after": waits}


def _stored(walk: Walk) -> ConnectionCheck:
    ok = all(finding["severity"] != "bad" for finding in walk.findings)
    check = ConnectionCheck.objects.create(
        company=walk.company,
        credential=walk.credential,
        signed_login=walk.signed,
        checked_by=walk.person,
        ok=ok,
        permissions=sorted(walk.rights),
        findings=walk.findings,
        clock_skew_seconds=walk.skew,
        steps=walk.steps,
    )
    audit(
        "connection.check",
        company=walk.company,
        user=walk.person,
        subject=walk.credential.label if walk.credential else walk.signed.signer,
        ok=ok,
        findings=[finding["code"] for finding in walk.findings],
    )
    return check
