"""The door to KSeF: one client per process and environment, and the addresses around it."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.db.models import F

from auth_ksef import quota
from auth_ksef.client import (
    Environment,
    Gate,
    Heard,
    KsefApi,
    KsefLater,
    LighthouseApi,
    Route,
)
from auth_ksef.client import environment as environment_named
from auth_ksef.client.routes import RATE_LIMITS
from auth_ksef.contact import contact_record
from auth_ksef.models import SystemWarning
from auth_ksef.quota_limits import limits_try
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

WARNING_LENGTH = SystemWarning._meta.get_field("text").max_length

BUSY_SECONDS = 5

log = logging.getLogger(__name__)
_doors: dict[tuple, KsefApi] = {}
_lock = threading.Lock()


class ClockShifted(KsefLater):
    """A test clock is set and the environment is a real one: nothing is sent until it is gone.

    A kind of "later", so that work waits instead of being taken for refused by KSeF.
    """


def ksef_api(environment: str, company: Company | None = None, *, urgency: str = "") -> KsefApi:
    """The client of an environment ("simulator", "test", …). Raises ClockShifted.

    For a company each of its calls passes the budget (`quota.gate`) and may raise QuotaFull, a
    kind of KsefLater, before anything leaves; `urgency` (SEND, STATUS, UPO, FETCH) is needed
    only where the route does not tell. Without a company only the calls count that KSeF counts
    by address (keys, logins).
    """
    if environment != "simulator" and clock.is_shifted():
        raise ClockShifted(f"KSEF_TEST_CLOCK is set, so nothing is sent to {environment}")
    return _door(environment).watched(_gate(environment, company, urgency))


def lighthouse_api(environment: str) -> LighthouseApi | None:
    """Latarnia of an environment, new connections each time; None where there is none (demo)."""
    base = _address(environment).lighthouse
    return LighthouseApi(base, timeout=settings.KSEF_TIMEOUT_SECONDS) if base else None


def qr_base(environment: str) -> str:
    """The address before `/invoice/…` and `/certificate/…` in the QR codes, no closing slash."""
    return _address(environment).qr


def warning_record(*, environment: str, text: str) -> None:
    """Counts an `X-System-Warning`; never fails the call that carried it."""
    try:
        # Its own savepoint: a failure here must not spoil a transaction of the caller.
        with transaction.atomic():
            _warning_count(environment, text[:WARNING_LENGTH])
    except DatabaseError:
        log.exception("A system warning of KSeF could not be recorded")


def _address(environment: str) -> Environment:
    found = environment_named(environment, simulator_base=settings.KSEF_SIMULATOR_URL)
    elsewhere = {
        "production": settings.KSEF_LATARNIA_PRODUCTION_URL,
        "test": settings.KSEF_LATARNIA_TEST_URL,
    }
    return replace(found, lighthouse=elsewhere.get(environment) or found.lighthouse)


def _door(environment: str) -> KsefApi:
    base = _address(environment).api
    # Connections must not cross a fork, so a worker's child opens its own.
    key = (os.getpid(), environment, base)
    with _lock:
        if key not in _doors:
            _doors[key] = KsefApi(
                base, on_warning=_recorder(environment), timeout=settings.KSEF_TIMEOUT_SECONDS
            )
        return _doors[key]


def _gate(environment: str, company: Company | None, urgency: str) -> Gate:
    def watch(route: Route, bearer: str | None) -> Callable[[Heard], None]:
        if company is None and route.group not in quota.PER_ADDRESS:
            return lambda heard: contact_record(environment, heard)
        try:
            return _counted(environment, company, route, urgency)
        except quota.QuotaFull:
            # The call that asks for the limits must not wait for itself, and the tokens of a
            # login that is under way open nothing else.
            if route == RATE_LIMITS or route.group in quota.PER_ADDRESS or not bearer:
                raise
            if not limits_try(company, environment, ksef_api(environment, company), bearer):
                raise
        return _counted(environment, company, route, urgency)

    return watch


def _counted(
    environment: str, company: Company | None, route: Route, urgency: str
) -> Callable[[Heard], None]:
    try:
        return quota.gate(company, environment, route, urgency)
    except OperationalError:
        # Not the unknown that a caller would have to assume of any other error.
        problem = f"{route.name}: our own database is busy, nothing was sent"
    raise KsefLater(problem, operation=route.name, retry_after=BUSY_SECONDS)


def _recorder(environment: str) -> Callable[[str], None]:
    return lambda text: warning_record(environment=environment, text=text)


def _warning_count(environment: str, text: str) -> None:
    rows = SystemWarning.objects.filter(environment=environment, text=text)
    seen = {"times": F("times") + 1, "last_at": clock.now()}
    if rows.update(**seen):
        return
    try:
        with transaction.atomic():
            SystemWarning.objects.create(environment=environment, text=text)
    except IntegrityError:  # another process was first
        rows.update(**seen)
