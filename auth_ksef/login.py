"""Access tokens: from the cache, by refresh, or by a full login, one process at a time.

`TokenCache` holds the tokens of one credential in one company. Whoever must renew them takes
the row's lease by a conditional UPDATE and prolongs it before each call; the others wait for
the result. A process that dies leaves a lease that runs out by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from auth_ksef.api import ksef_api
from auth_ksef.choosing import credential_check, credential_for
from auth_ksef.client import (
    TOKEN_ENCRYPTION,
    Challenge,
    Context,
    KsefApi,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    LoginStarted,
    LoginStatus,
    PublicKey,
    Tokens,
    sign_auth_request,
    with_fresh_key,
)
from auth_ksef.contact import address_record
from auth_ksef.errors import LoginRefused
from auth_ksef.farewell import cache_farewell, tokens_farewell
from auth_ksef.models import Credential, TokenCache
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.lib.keyring import KeyMissing, SealBroken

SPARE = timedelta(seconds=60)  # a token with less left is renewed before it is used
WAIT_SECONDS = 10  # for another process that is renewing
WAIT_STEP = 0.2
POLL_SECONDS = 15  # for KSeF's verdict on a login
POLL_STEPS = (0.2, 0.4, 0.8, 1.5, 2.5)
LEASE_MARGIN = 15
# Codes of a login's status that judge nothing: KSeF failed (500) or gave up (550).
NO_VERDICT = (500, 550)

T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """A bearer token that is good for at least a minute, and the credential that earned it."""

    token: str = field(repr=False)
    credential: Credential


class LeaseLost(KsefLater):
    """Another process took the renewal over; its result will serve."""


@dataclass
class _Lease:
    """The right to renew the tokens of one cache row, until `until`."""

    row: int
    until: datetime | None = None
    waiting: LoginStarted | None = None  # what KSeF has not judged; the next process asks on

    def take(self) -> bool:
        """Whether the lease is now ours; whoever changed one row has it."""
        now = clock.now()
        # One that ends later than any could is left over from a clock that was put back.
        free = Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * _span())
        return self._move(TokenCache.objects.filter(free, pk=self.row))

    def call(self, function: Callable[..., T], *arguments: object, **named: object) -> T:
        """Prolongs the lease and makes one call to KSeF under it. Raises LeaseLost."""
        if not self._move(TokenCache.objects.filter(pk=self.row, lease_until=self.until)):
            raise LeaseLost("login: another process took it over", retry_after=1)
        return function(*arguments, **named)

    def end(self, **tokens: object) -> bool:
        """Gives the lease back and stores the tokens, if it is still ours."""
        rows = TokenCache.objects.filter(pk=self.row, lease_until=self.until)
        return bool(rows.update(lease_until=None, **_waiting_facts(self.waiting), **tokens))

    def _move(self, rows) -> bool:
        until = clock.now() + _span()
        # Durable: the others must see the lease before we talk to KSeF, and nobody may call
        # KSeF inside a transaction at all.
        with transaction.atomic(durable=True):
            moved = rows.update(lease_until=until)
        if moved:
            self.until = until
        return bool(moved)


def access_get(
    *,
    company: Company,
    credential: Credential | None = None,
    acting: User | None = None,
    fresh: bool = False,
) -> Access:
    """An access token for the company in its present environment.

    Without `credential` the best one is chosen; `acting` is the person at the screen, whose own
    credential may then be used without consent to background use. `fresh` logs in anew.
    Raises NoCredential, LoginRefused, KsefLater (also when another process does not finish in
    time), KsefRefused. Calls KSeF, so never inside a transaction.
    """
    if credential is None:
        credential = credential_for(company, acting=acting)
    else:
        credential_check(credential, company, acting=acting)
    if fresh:
        _end_old(TokenCache.objects.filter(credential=credential, company=company))
    row, _ = TokenCache.objects.get_or_create(credential=credential, company=company)
    try:
        return Access(_cached(row) or _awaited(row), credential)
    except TokenCache.DoesNotExist:
        raise LeaseLost("login: the credential was withdrawn meanwhile", retry_after=1) from None


def _end_old(rows: QuerySet[TokenCache]) -> None:
    """A login that KSeF has still to judge is as good as a new one, which would wait as long."""
    try:
        if any(_waiting(row) for row in rows):
            return
    except (KeyMissing, SealBroken):
        pass  # a row that no key opens goes too
    with transaction.atomic():
        # The old login would live on in KSeF for days with nobody to use it.
        cache_farewell(rows)


def access_forget(company: Company, credential: Credential) -> None:
    """After a 401: the next `access_get` renews the token."""
    TokenCache.objects.filter(credential=credential, company=company).update(access="")


def _span() -> timedelta:
    return timedelta(seconds=settings.KSEF_TIMEOUT_SECONDS + LEASE_MARGIN)


def _cached(row: TokenCache) -> str:
    good = row.access and row.access_until and row.access_until > clock.now() + SPARE
    return row.access if good else ""


def _awaited(row: TokenCache) -> str:
    """The token that we renew, or that the process renews which holds the lease."""
    end = clock.monotonic() + WAIT_SECONDS
    lease = _Lease(row.pk)
    while not lease.take():
        if clock.monotonic() >= end:
            raise KsefLater("login: another process is still logging in", retry_after=5)
        sleep(WAIT_STEP)
        row.refresh_from_db()
        if token := _cached(row):
            return token
    return _renewed(lease)


def _renewed(lease: _Lease) -> str:
    tokens: dict = {}
    try:
        # Read under the lease: the one who had it before may have left a good token.
        row = TokenCache.objects.select_related("credential", "company").get(pk=lease.row)
        if token := _cached(row):
            return token
        tokens = _refreshed(row, lease) or _logged_in(row, lease)
    except KsefUnknown as error:
        # Only the redeem can end so. No invoice hangs on it: a new login settles it.
        raise KsefLater(str(error), operation=error.operation) from None
    finally:
        kept = lease.end(**tokens)
    if not kept:  # forgotten or withdrawn meanwhile: nobody may use this login, so it ends
        tokens_farewell(row, tokens)
        raise LeaseLost("login: the credential was changed meanwhile", retry_after=1)
    return tokens["access"]


def _refreshed(row: TokenCache, lease: _Lease) -> dict:
    """New access by the refresh token; empty when KSeF no longer takes it."""
    if not row.refresh or not row.refresh_until or row.refresh_until <= clock.now() + SPARE:
        return {}
    api = ksef_api(row.credential.environment, row.company)
    try:
        access = lease.call(api.refresh, row.refresh)
    except KsefRefused:
        return {}
    return {"access": access.token, "access_until": access.valid_until}


def _logged_in(row: TokenCache, lease: _Lease) -> dict:
    try:
        reference, tokens = _login(row, lease)
    except LoginRefused:
        raise
    except KsefRefused as error:
        raise LoginRefused.by(error) from None
    return {
        "access": tokens.access,
        "access_until": tokens.access_valid_until,
        "refresh": tokens.refresh,
        "refresh_until": tokens.refresh_valid_until,
        "reference": reference,
        "logged_in_at": clock.now(),
    }


def _login(row: TokenCache, lease: _Lease) -> tuple[str, Tokens]:
    """The reference of the login in KSeF's list, and its tokens."""
    api = ksef_api(row.credential.environment, row.company)
    context = Context("Nip", row.company.nip)
    by = _by_token if row.credential.kind == Credential.Kind.TOKEN else _by_certificate
    started = _waiting(row) or by(api, row.credential, context, lease)
    _await_verdict(api, started, lease)
    return started.reference_number, lease.call(api.redeem, started)


def _waiting(row: TokenCache) -> LoginStarted | None:
    """The login that an earlier try began and that KSeF had not judged; its token lives on."""
    if not row.waiting or not row.waiting_until or row.waiting_until <= clock.now() + SPARE:
        return None
    return LoginStarted(row.waiting_reference, row.waiting, row.waiting_until)


def _waiting_facts(started: LoginStarted | None) -> dict:
    if started is None:
        return {"waiting": "", "waiting_reference": "", "waiting_until": None}
    return {
        "waiting": started.authentication_token,
        "waiting_reference": started.reference_number,
        "waiting_until": started.valid_until,
    }


def _by_token(
    api: KsefApi, credential: Credential, context: Context, lease: _Lease
) -> LoginStarted:
    unspent = [_challenge(api, credential.environment, lease)]

    def started(key: PublicKey) -> LoginStarted:
        challenge = unspent.pop() if unspent else _challenge(api, credential.environment, lease)
        return lease.call(
            api.token_login, challenge=challenge, context=context, token=credential.secret, key=key
        )

    # KSeF's own time chooses the key, so that our wrong clock cannot.
    now = unspent[0].timestamp
    return with_fresh_key(lambda: lease.call(api.public_keys), TOKEN_ENCRYPTION, now, started)


def _by_certificate(
    api: KsefApi, credential: Credential, context: Context, lease: _Lease
) -> LoginStarted:
    challenge = _challenge(api, credential.environment, lease)
    signed = sign_auth_request(
        challenge=challenge,
        context=context,
        certificate=x509.load_pem_x509_certificate(credential.certificate_pem.encode()),
        private_key=load_pem_private_key(credential.secret.encode(), password=None),
        now=challenge.timestamp,
    )
    return lease.call(api.xades_login, signed)


def _challenge(api: KsefApi, environment: str, lease: _Lease) -> Challenge:
    challenge = lease.call(api.challenge)
    # KSeF counts calls by address, and only it knows from which one ours arrive.
    address_record(environment, challenge.client_ip)
    return challenge


def _await_verdict(api: KsefApi, started: LoginStarted, lease: _Lease) -> None:
    """Returns when the login is done. Raises LoginRefused, or KsefLater after POLL_SECONDS.

    A new login would wait as long again, so this one is kept for the next try.
    """
    end = clock.monotonic() + POLL_SECONDS
    steps = iter(POLL_STEPS)
    lease.waiting = started
    while (status := _status(api, started, lease)).code < 200:
        if clock.monotonic() >= end:
            raise KsefLater("login: KSeF has not decided yet", code=status.code, retry_after=30)
        sleep(next(steps, POLL_STEPS[-1]))
    lease.waiting = None
    said = ", ".join([status.description, *status.details])
    if status.code in NO_VERDICT:
        raise KsefLater(f"login: {said}", code=status.code, details=status.details)
    if status.code != 200:
        raise LoginRefused(said, code=status.code, details=status.details)


def _status(api: KsefApi, started: LoginStarted, lease: _Lease) -> LoginStatus:
    try:
        return lease.call(api.login_status, started)
    except KsefRefused:
        lease.waiting = None  # KSeF answers about it no more: the next try begins anew
        raise
