"""Logins to KSeF that are alive: listed, ended one by one or all, and our own with its copies.

KSeF lists the logins of one subject in one company. To end one means that its refresh token
dies; an access token that it gave lives on for its minutes.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError, KsefRefused, LoginRow
from auth_ksef.farewell import cache_farewell, farewell_say, signed_farewell
from auth_ksef.identities import Identity
from auth_ksef.models import KsefSnapshot, LoginFarewell, SignedLogin, TokenCache
from auth_ksef.snapshots import snapshot_failed, snapshot_store
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

LOGINS = KsefSnapshot.Kind.LOGINS


@dataclass(frozen=True)
class LoggedOut:
    """What became of logging out: whether KSeF confirmed it, and how long access still lives."""

    confirmed: bool
    access_until: datetime | None


@dataclass(frozen=True)
class EndedAll:
    """How many logins KSeF ended, and what stopped us before the last, if anything did."""

    count: int
    problem: Exception | None = None


def logins_refresh(identity: Identity) -> KsefSnapshot:
    """Asks KSeF for the list and stores it. Raises NoCredential, KsefError, after storing that.

    Logs in first where the identity is not logged in, so the list has that login too.
    """
    try:
        return snapshot_store(identity, LOGINS, [_stored(row) for row in _listed(identity)])
    except Exception as error:
        snapshot_failed(identity, LOGINS, error)
        raise


def login_end(identity: Identity, reference: str) -> None:
    """Ends one login in KSeF; if it is one of ours, our copies go too.

    Raises NoCredential, KsefError; after KsefUnknown it may be repeated.
    """
    api = ksef_api(identity.environment, identity.company)
    api.login_revoke(access=identity.access(), reference=reference)
    _ended(identity, [reference])


def logins_end_all(identity: Identity) -> EndedAll:
    """Ends every login that KSeF lists now, ours last. Raises NoCredential, KsefError by the list.

    The same access token serves to the end: it outlives its own login by some minutes.
    """
    access, api = identity.access(), ksef_api(identity.environment, identity.company)
    rows = api.logins_list(access=access)
    count, problem = 0, None
    for row in sorted(rows, key=lambda row: row.is_current):
        try:
            api.login_revoke(access=access, reference=row.reference)
        except KsefRefused as error:
            problem = error  # that one; the others may still be ended
        except KsefError as error:
            problem = error
            break
        else:
            count += 1
            _ended(identity, [row.reference])
    return EndedAll(count, problem)


def logout(identity: Identity) -> LoggedOut | None:
    """Ends our own login: our copies at once, KSeF's part now or as soon as it answers.

    None where we were not logged in.
    """
    with transaction.atomic():
        made = _forgotten(identity)
        if made:
            _audit("login.leave", identity, reference=made[0].reference)
    if not made:
        return None
    return LoggedOut(farewell_say(made[0]), made[0].access_until)


def own_references(company: Company) -> set[str]:
    """References of the logins whose tokens this program holds for the company."""
    caches = TokenCache.objects.filter(company=company).exclude(reference="")
    signed = SignedLogin.objects.filter(company=company, state=SignedLogin.State.DONE)
    return {
        *caches.values_list("reference", flat=True),
        *signed.values_list("reference", flat=True),
    }


def _forgotten(identity: Identity) -> list[LoginFarewell]:
    if identity.login:
        return signed_farewell(SignedLogin.objects.filter(pk=identity.login.pk))
    rows = TokenCache.objects.filter(credential=identity.credential, company=identity.company)
    return cache_farewell(rows)


def _listed(identity: Identity) -> tuple[LoginRow, ...]:
    access = identity.access()
    return ksef_api(identity.environment, identity.company).logins_list(access=access)


def _ended(identity: Identity, references: list[str]) -> None:
    """KSeF ended these: what we hold of them is worth nothing, and the stored list says so."""
    with transaction.atomic():
        caches = TokenCache.objects.filter(company=identity.company, reference__in=references)
        caches.delete()
        signed = SignedLogin.objects.filter(company=identity.company, reference__in=references)
        signed.filter(state=SignedLogin.State.DONE).update(
            state=SignedLogin.State.ENDED, access="", refresh="", finished_at=clock.now()
        )
        _mark(identity, references)
        for reference in references:
            _audit("login.end", identity, reference=reference)


def _mark(identity: Identity, references: list[str]) -> None:
    rows = KsefSnapshot.objects.select_for_update().filter(
        company=identity.company, environment=identity.environment, kind=LOGINS
    )
    for row in rows:
        for login in row.rows:
            if login["reference"] in references:
                login["ended_at"] = clock.now().isoformat()
        row.save(update_fields=["rows"])


def _stored(row: LoginRow) -> dict:
    return {
        "reference": row.reference,
        "started_at": row.started_at.isoformat(),
        "method": row.method,
        "method_name": row.method_name,
        "refresh_until": row.refresh_until.isoformat() if row.refresh_until else None,
        "current": row.is_current,
    }


def _audit(action: str, identity: Identity, **details: object) -> None:
    audit(
        action,
        company=identity.company,
        user=identity.person,
        subject=identity.label,
        environment=identity.environment,
        **details,
    )
