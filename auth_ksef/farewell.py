"""Saying goodbye to KSeF: our copies of the tokens go at once, the login when KSeF hears of it.

The refresh token moves from where it served into a row of its own, in the same transaction in
which a credential is withdrawn or a person logs out; the sweep tells KSeF, again and again until
it answers or the login has run out by itself.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError, KsefRefused
from auth_ksef.models import LoginFarewell, SignedLogin, TokenCache
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.lib.keyring import KeyMissing, SealBroken

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=7)  # where KSeF did not say until when
KEPT = timedelta(days=1)  # the page tells of it so long
MOST_PER_SWEEP = 5


def cache_farewell(rows: QuerySet[TokenCache]) -> list[LoginFarewell]:
    """Forgets what these rows hold, in the caller's transaction; the logins end in KSeF later."""
    made = []
    # The rows go even when their tokens cannot be read: a lost key must not stop a withdrawal.
    for pk in rows.values_list("pk", flat=True):
        made += filter(None, [_of_cache(pk)])
    rows.delete()
    return made


def signed_farewell(rows: QuerySet[SignedLogin]) -> list[LoginFarewell]:
    """The same for logins by signature."""
    made = []
    for pk in rows.filter(state=SignedLogin.State.DONE).values_list("pk", flat=True):
        made += filter(None, [_of_signed(pk)])
    ended = {"state": SignedLogin.State.ENDED, "access": "", "refresh": ""}
    rows.filter(state=SignedLogin.State.DONE).update(**ended, finished_at=clock.now())
    return made


def tokens_farewell(row: TokenCache, tokens: dict) -> LoginFarewell | None:
    """For a login that nobody may use any more: its credential went while it was under way.

    Without a refresh token the login is an older one, and whoever forgot it said goodbye.
    """
    if "refresh" not in tokens:
        return None
    held, credential = TokenCache(company=row.company, **tokens), row.credential
    return _made(held, credential.environment, str(credential), credential.owner_user)


def farewell_say(row: LoginFarewell) -> bool:
    """Tells KSeF now, outside any transaction; False when it did not answer and will be asked."""
    if not _claimed(row.pk):
        return False
    row.refresh_from_db()
    try:
        api = ksef_api(row.environment, row.company)
        api.login_revoke_current(token=row.token)
    except KsefRefused as error:
        # 401: it is over already. Another refusal would be the same tomorrow.
        log.info("a login could not be ended in KSeF: %s", error.code or error.http_status)
        return _over(row, confirmed=error.http_status == 401)
    except KsefError as error:
        log.info("a login could not be ended in KSeF now: %s", type(error).__name__)
        pause = min(max(AGAIN, clock.now() - row.made_at), LONGEST_PAUSE)
        LoginFarewell.objects.filter(pk=row.pk).update(
            next_at=clock.now() + pause, claimed_until=None
        )
        return False
    return _over(row, confirmed=True)


def farewells_sweep() -> int:
    """Says the goodbyes that are due and forgets those long over; returns how many were due."""
    now = clock.now()
    LoginFarewell.objects.filter(next_at=None, made_at__lt=now - KEPT).delete()
    gone = LoginFarewell.objects.filter(until__lte=now).exclude(next_at=None)
    gone.update(next_at=None, token="", claimed_until=None)
    due = _due().values_list("pk", flat=True)[:MOST_PER_SWEEP]
    rows = LoginFarewell.objects.filter(pk__in=list(due)).select_related("company")
    found = list(rows.defer("token"))
    for row in found:
        _said(row)
    return len(found)


def farewell_list(company: Company, person: User, *, company_too: bool) -> QuerySet[LoginFarewell]:
    """Those of which the page still has something to say, the person's own or all."""
    whose = Q(person=person) | Q(person=None) if company_too else Q(person=person)
    now = clock.now()
    still = Q(access_until__gt=now) | Q(next_at__isnull=False)
    rows = LoginFarewell.objects.filter(whose, still, company=company)
    return rows.filter(environment=company.environment).defer("token")


def _said(row: LoginFarewell) -> None:
    """One that no key opens any more is over: nobody can say it, and others wait behind it."""
    try:
        farewell_say(row)
    except (KeyMissing, SealBroken):
        log.warning("a login could not be ended in KSeF: its token cannot be read")
        _over(row, confirmed=False)


def _due() -> QuerySet[LoginFarewell]:
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return LoginFarewell.objects.filter(free, next_at__lte=now).order_by("next_at")


def _claimed(pk: int) -> bool:
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    rows = LoginFarewell.objects.filter(free, pk=pk, next_at__isnull=False)
    with transaction.atomic(durable=True):
        until = now + timedelta(seconds=settings.KSEF_TIMEOUT_SECONDS + 15)
        return bool(rows.update(claimed_until=until))


def _over(row: LoginFarewell, *, confirmed: bool) -> bool:
    LoginFarewell.objects.filter(pk=row.pk).update(
        token="",
        next_at=None,
        claimed_until=None,
        revoked_at=clock.now() if confirmed else None,
    )
    return confirmed


def _of_cache(pk: int) -> LoginFarewell | None:
    try:
        rows = TokenCache.objects.select_for_update(of=("self",)).defer("credential__secret")
        row = rows.select_related("company", "credential__owner_user").get(pk=pk)
    except (KeyMissing, SealBroken, TokenCache.DoesNotExist):
        return None
    credential = row.credential
    return _made(row, credential.environment, str(credential), credential.owner_user)


def _of_signed(pk: int) -> LoginFarewell | None:
    try:
        rows = SignedLogin.objects.select_for_update(of=("self",))
        row = rows.select_related("company", "person").get(pk=pk)
    except (KeyMissing, SealBroken, SignedLogin.DoesNotExist):
        return None
    return _made(row, row.environment, row.signer, row.person)


def _made(
    row: TokenCache | SignedLogin, environment: str, label: str, person: User | None
) -> LoginFarewell | None:
    now = clock.now()
    token, until = row.refresh, row.refresh_until
    if not token:
        token, until = row.access, row.access_until
    until = until or now + REFRESH_LIFE
    if not token or until <= now:
        return None
    return LoginFarewell.objects.create(
        company=row.company,
        environment=environment,
        label=label[:500],
        person=person,
        reference=row.reference,
        token=token,
        until=until,
        access_until=row.access_until if row.access else None,
        next_at=now,
    )
