"""Interactive sessions: opened, used again while that saves requests, closed by nobody's user.

A session has one user at a time, by its lease: so two workers never close what the other uses.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from auth_ksef.api import ksef_api
from auth_ksef.client import (
    SESSION_ENCRYPTION,
    KsefError,
    KsefRefused,
    SessionKey,
    with_fresh_key,
)
from auth_ksef.errors import NoCredential
from auth_ksef.login import Access, access_get
from invoices.models import KsefSession, Submission
from invoices.services.delivery_states import LostRace, State
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

log = logging.getLogger(__name__)

# The session ended or is not to be used now (21184); the invoice was not taken.
SESSION_GONE = frozenset({21155, 21173, 21180, 21184})
# A session about to end by itself is not begun to be used.
SPARE = timedelta(minutes=10)
ONLINE = KsefSession.Kind.ONLINE


def session_get(company: Company, access: Access) -> KsefSession:
    """A session to send in, leased: the one that is open already, or a new one.

    Raises KsefError as the opening does.
    """
    for session in _open_sessions(company, access)[:3]:
        if session_lease(session):
            return session
    return session_open(company, access)


def _open_sessions(company: Company, access: Access):
    """What may be used again; one with an unknown invoice must be closed to find the truth."""
    now = clock.now()
    unknown = Submission.objects.filter(session=OuterRef("pk"), state=State.UNKNOWN)
    return (
        KsefSession.objects.filter(
            company=company,
            environment=company.environment,
            credential=access.credential,
            kind=ONLINE,
            close_asked_at=None,
            last_code=None,
            used_at__gt=now - idle_time(),
            valid_until__gt=now + SPARE,
        )
        .exclude(Exists(unknown))
        .order_by("-used_at")
    )


def idle_time() -> timedelta:
    """How long a session stays open after the last sending in it."""
    return timedelta(seconds=settings.KSEF_SESSION_IDLE_SECONDS)


def session_open(company: Company, access: Access) -> KsefSession:
    """Opens an interactive session and stores its reference and key before anything is sent.

    A session whose opening got no answer is harmless: nothing can be sent in it, KSeF drops it.
    """
    api = ksef_api(company.environment, company)
    made: list[SessionKey] = []

    def opened(public_key):
        made.append(SessionKey.new(public_key))
        return api.session_open(access=access.token, key=made[-1])

    answer = with_fresh_key(api.public_keys, SESSION_ENCRYPTION, clock.now(), opened)
    return KsefSession.objects.create(
        company=company,
        environment=company.environment,
        credential=access.credential,
        reference=answer.reference_number,
        key=made[-1].to_secret(),
        valid_until=answer.valid_until,
        lease_until=_lease_end(),
    )


def session_access(session: KsefSession) -> Access:
    """Who opened the session; once that credential is retired, what the company uses now.

    Raises NoCredential and KsefError as `access_get` does.
    """
    try:
        return access_get(company=session.company, credential=session.credential)
    except NoCredential:
        if session.environment != session.company.environment:
            raise
        return access_get(company=session.company)


def session_lease(session: KsefSession) -> bool:
    """Takes the session for this process until its lease ends; False if somebody has it."""
    free = Q(lease_until=None) | Q(lease_until__lte=clock.now())
    return _lease(session, KsefSession.objects.filter(free, pk=session.pk))


def session_prolong(session: KsefSession) -> None:
    """Makes the lease last longer. Raises LostRace when another process has the session."""
    ours = KsefSession.objects.filter(pk=session.pk, lease_until=session.lease_until)
    if not _lease(session, ours):
        raise LostRace(f"{session.reference}: no longer ours")


def session_release(session: KsefSession, **facts: object) -> None:
    """Gives the session back, with facts about it, if it is still ours."""
    ours = KsefSession.objects.filter(pk=session.pk, lease_until=session.lease_until)
    ours.update(lease_until=None, **facts)
    session.lease_until = None


def _lease(session: KsefSession, rows) -> bool:
    until = _lease_end()
    if not rows.update(lease_until=until):
        return False
    session.refresh_from_db()
    return True


def _lease_end() -> datetime:
    return clock.now() + timedelta(seconds=settings.KSEF_LEASE_SECONDS)


def session_close(session: KsefSession, access: Access) -> None:
    """Asks KSeF to close an interactive session that nobody uses now.

    When it is in use or KSeF does not answer, the sweeper asks again.
    """
    if session.kind != ONLINE or not session_lease(session):
        return
    facts = {}
    try:
        api = ksef_api(session.environment, session.company)
        api.session_close(access=access.token, session=session.reference)
        facts = {"close_asked_at": clock.now()}
    except KsefError as error:
        log.info("closing %s: %s", session.reference, type(error).__name__)
        if isinstance(error, KsefRefused) and error.code in SESSION_GONE:
            facts = {"close_asked_at": clock.now()}
    finally:
        session_release(session, **facts)


def sessions_idle() -> list[KsefSession]:
    """Open interactive sessions that nobody uses and that are not worth keeping."""
    now = clock.now()
    rows = KsefSession.objects.filter(
        Q(lease_until=None) | Q(lease_until__lte=now),
        Q(used_at__lte=now - idle_time()) | Q(last_code__isnull=False),
        kind=ONLINE,
        close_asked_at=None,
        valid_until__gt=now,
        environment=F("company__environment"),
    )
    busy = Submission.objects.filter(session=OuterRef("pk"), state=State.SESSION_OPENED)
    return list(rows.exclude(Exists(busy)).select_related("company", "credential")[:20])
