"""The budget of calls: no call leaves that KSeF would answer with 429.

KSeF counts calls per context (company), address and group of operations in sliding windows,
and all calls of an address together. The same count is kept here, in rows that all processes
share: `gate` writes one for each call that may leave. Looking and writing happen under one
lock (SQLite: the transaction itself; PostgreSQL: an advisory lock for each environment), so
that many workers never spend the same place twice.

Groups that several kinds of work share keep a part free for the more urgent kind. A
`Retry-After` is obeyed as given, however long. A 429 that our own count cannot explain means
that another program spends the same quota: the group's limits are halved for an hour.
"""

import logging
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from auth_ksef.client import PUBLISHED, Heard, KsefError, Route
from auth_ksef.contact import contact_get, contact_record
from auth_ksef.errors import QuotaFull
from auth_ksef.models import Contact, QuotaBlock, QuotaCall, QuotaLimit
from auth_ksef.windows import HOUR, MARGIN, WINDOWS, Limits, free_at, lessened
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

SEND, STATUS, UPO, FETCH = "send", "status", "upo", "fetch"
PER_ADDRESS = ("anonymous", "global")
# What an urgency leaves of a shared group to those above it. Sending takes whatever there is,
# because the law counts its days. Questions about sent invoices leave a tenth of all calls of
# the address to it; a UPO can wait for minutes and fetching for hours, so they leave more. In
# sessionMisc the urgent one is the state of a session, beside downloads of UPO; in the groups
# of reading it is the search for an invoice whose fate is unknown.
RESERVES: dict[str, dict[str, float]] = {
    "global": {STATUS: 0.1, UPO: 0.25, FETCH: 0.5},
    "sessionMisc": {UPO: 0.25, FETCH: 0.5},
    "invoiceMetadata": {FETCH: 0.25},
    "invoiceDownload": {FETCH: 0.25},
    "other": {FETCH: 0.25},
}
SENDING = frozenset(
    {"onlineSession", "onlineSessionClose", "batchSession", "batchSessionClose", "invoiceSend"}
    | {"anonymous", "other"}
)
UPO_ROUTES = frozenset({"upo", "upo_by_number", "session_upo"})
# For a 429 without a readable Retry-After.
DEFAULT_BLOCK = timedelta(seconds=60)
# Calls that arrived together although they left apart are our own doing.
JITTER = timedelta(seconds=2)
MOST_HALVINGS = 3
# Rows further ahead come from a test clock that was put back.
AHEAD = timedelta(seconds=5)
LOCK = 0x4B53

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spender:
    """Whose calls are counted together: a company in an environment, at our address there."""

    company: Company | None
    environment: str
    address: str = ""

    def rows(self, group: str, model=QuotaCall) -> QuerySet:
        """The rows of a group; those of another address count elsewhere at KSeF."""
        company = None if group in PER_ADDRESS else self.company
        found = model.objects.filter(environment=self.environment, company=company, group=group)
        return self._here(found)

    def calls(self, group: str) -> QuerySet:
        """The calls that KSeF counts in a group: all of the address in "global"."""
        if group != "global":
            return self.rows(group)
        return self._here(QuotaCall.objects.filter(environment=self.environment))

    def blocks(self, group: str) -> QuerySet:
        """The blocks of a group."""
        return self.rows(group, QuotaBlock)

    def _here(self, rows: QuerySet) -> QuerySet:
        return rows.filter(address__in=["", self.address]) if self.address else rows


def urgency_of(route: Route) -> str:
    """What kind of work a call is, where its caller does not say otherwise."""
    if route.name in UPO_ROUTES:
        return UPO
    return SEND if route.group in SENDING else STATUS


def gate(
    company: Company | None, environment: str, route: Route, urgency: str = ""
) -> Callable[[Heard], None]:
    """Counts one call that is about to leave; the result is to be told how it went.

    Raises QuotaFull when it must wait. Never inside a transaction.
    """
    urgency = urgency or urgency_of(route)
    with transaction.atomic(durable=True):
        _alone(environment)
        known, now = contact_get(environment), clock.now()
        spender = Spender(company, environment, known.address if known else "")
        for group in (route.group, "global"):
            until = _free(spender, group, urgency, now)
            if until > now:
                raise QuotaFull(route.name, group, until, now)
        row = QuotaCall.objects.create(
            company=None if route.group in PER_ADDRESS else company,
            environment=environment,
            address=spender.address,
            group=route.group,
            at=now,
        )
    return lambda heard: _heard(spender, row, heard, known)


def limits_of(company: Company | None, environment: str, group: str) -> Limits:
    """The effective limits of a group: learned ones, else published ones, else none."""
    row = QuotaLimit.objects.filter(company=company, environment=environment, group=group).first()
    if row is not None:
        return row.per_second, row.per_minute, row.per_hour
    return PUBLISHED.get(group, (None, None, None))


def halvings(spender: Spender, group: str, now: datetime) -> int:
    """How often another program was met in this group within the last hour, at most 3."""
    met = spender.blocks(group).filter(foreign=True, seen_at__gt=now - HOUR)
    return min(MOST_HALVINGS, met.filter(seen_at__lte=now + AHEAD).count())


def blocked_until(spender: Spender, group: str, now: datetime) -> datetime | None:
    """The end of KSeF's own block of a group; None when there is none."""
    active = spender.blocks(group).filter(until__gt=now, seen_at__lte=now + AHEAD)
    return active.order_by("-until").values_list("until", flat=True).first()


def quota_forget() -> int:
    """Deletes calls that no window counts any more, and blocks that ended a day ago."""
    now = clock.now()
    ahead = now + timedelta(days=1)
    calls, _ = QuotaCall.objects.filter(Q(at__lt=now - 2 * HOUR) | Q(at__gt=ahead)).delete()
    old = Q(until__lt=now - timedelta(days=1), seen_at__lt=now - timedelta(days=1))
    blocks, _ = QuotaBlock.objects.filter(old | Q(seen_at__gt=ahead)).delete()
    return calls + blocks


def _free(spender: Spender, group: str, urgency: str, now: datetime) -> datetime:
    """When a call may leave, as far as this group is concerned."""
    if until := blocked_until(spender, group, now):
        return until
    kept = RESERVES.get(group, {}).get(urgency, 0)
    limits = limits_of(spender.company, spender.environment, group)
    limits = lessened(limits, kept, halvings(spender, group, now))
    return call_free_at(spender, group, limits, now)


def call_free_at(spender: Spender, group: str, limits: Limits, now: datetime) -> datetime:
    """When one more call fits into the windows of a group."""
    rows = spender.calls(group).filter(at__lte=now + AHEAD)
    newest = rows.order_by("-at").values_list("at", flat=True)

    def nth(count: int, since: datetime) -> datetime | None:
        found = newest.filter(at__gt=since)[count - 1 : count]
        return next(iter(found), None)

    return free_at(limits, nth, now)


def _alone(environment: str) -> None:
    """Waits until nobody else counts in this environment, until the transaction ends.

    On SQLite the transaction began IMMEDIATE, so it is alone already.
    """
    if connection.vendor != "postgresql":
        return
    key = zlib.crc32(environment.encode()) - 2**31
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, key])


def _heard(spender: Spender, row: QuotaCall, heard: Heard, known: Contact | None) -> None:
    """What became of a counted call."""
    now = clock.now()
    rows = QuotaCall.objects.filter(pk=row.pk)
    if not heard.sent:
        rows.delete()
    elif now - row.at > MARGIN:
        # KSeF counted it somewhere between the two moments; the later one is safe.
        rows.update(at=now)
    if heard.error is not None and heard.error.http_status == 429:
        _block(spender, row.group, heard.error, now)
    contact_record(spender.environment, heard, known)


def _block(spender: Spender, group: str, error: KsefError, now: datetime) -> None:
    wait = DEFAULT_BLOCK if error.retry_after is None else timedelta(seconds=error.retry_after)
    known = blocked_until(spender, group, now)
    QuotaBlock.objects.create(
        company=None if group in PER_ADDRESS else spender.company,
        environment=spender.environment,
        address=spender.address,
        group=group,
        until=now + wait,
        seen_at=now,
        # Calls that left together all get a 429; only the first one says something new.
        foreign=known is None and not _own_doing(spender, group, now),
    )


def _own_doing(spender: Spender, group: str, now: datetime) -> bool:
    """Whether our own calls alone fill a window, if KSeF saw them closer together than we."""
    return any(_overfull(spender, name, now) for name in (group, "global"))


def _overfull(spender: Spender, group: str, now: datetime) -> bool:
    limits = limits_of(spender.company, spender.environment, group)
    calls = spender.calls(group).filter(at__lte=now + AHEAD)
    return any(
        limit is not None and calls.filter(at__gt=now - window - JITTER).count() > limit
        for window, limit in zip(WINDOWS, limits, strict=True)
    )
