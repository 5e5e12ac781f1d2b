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

from auth_ksef.client import LISTS, PUBLISHED, Heard, KsefError, Route
from auth_ksef.contact import contact_get, contact_record
from auth_ksef.errors import QuotaFull
from auth_ksef.models import QuotaBlock, QuotaCall, QuotaLimit
from auth_ksef.windows import HOUR, MARGIN, WINDOWS, Limits, free_at, lessened
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

SEND, STATUS, UPO, FETCH = "send", "status", "upo", "fetch"
NONE: Limits = (None, None, None)
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
# Lists that somebody looks at, in the group that a login before a send needs too.
LOOKED_AT = frozenset(asked.route.name for asked in LISTS.values()) | {
    "tokens_list",
    "logins_list",
    "attachment_status",
}
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

    def calls(self, group: str) -> QuerySet:
        """The calls that KSeF counts in a group: all of the address in "global"."""
        rows = QuotaCall.objects.filter(environment=self.environment)
        if group != "global":
            rows = rows.filter(company=self.payer(group), group=group)
        return self._here(rows)

    def blocks(self, *groups: str) -> list[QuotaBlock]:
        """The blocks of the groups that still count: running, or of another program lately."""
        now = clock.now()
        counts = Q(until__gt=now) | Q(foreign=True, seen_at__gt=now - HOUR)
        whose = Q(company=self.company) | Q(company=None)
        rows = QuotaBlock.objects.filter(counts, whose, environment=self.environment)
        return list(self._here(rows.filter(group__in=groups, seen_at__lte=now + AHEAD)))

    def limits(self, *groups: str) -> dict[str, Limits]:
        """Effective limits: learned ones, else published ones, else none.

        What one company learned of its address holds for all of them there.
        """
        whose = Q(company=self.company) | Q(group__in=PER_ADDRESS)
        rows = QuotaLimit.objects.filter(whose, environment=self.environment, group__in=groups)
        columns = ("group", "per_second", "per_minute", "per_hour")
        learned = rows.order_by("learned_at").values_list(*columns)
        known = {group: tuple(limits) for group, *limits in learned}
        return {group: known.get(group) or PUBLISHED.get(group, NONE) for group in groups}

    def payer(self, group: str) -> Company | None:
        """Whose count it is; the groups of an address have no company."""
        return None if group in PER_ADDRESS else self.company

    def _here(self, rows: QuerySet) -> QuerySet:
        # Calls and blocks of another address count elsewhere at KSeF.
        return rows.filter(address__in=["", self.address]) if self.address else rows


def spender_of(company: Company | None, environment: str) -> Spender:
    """The spender at the address where KSeF last saw us."""
    known = contact_get(environment)
    return Spender(company, environment, known.address if known else "")


def urgency_of(route: Route) -> str:
    """What kind of work a call is, where its caller does not say otherwise."""
    if route.name in UPO_ROUTES:
        return UPO
    if route.name in LOOKED_AT:
        return FETCH
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
        spender = spender_of(company, environment)
        now = _admitted(spender, route, urgency)
        row = QuotaCall.objects.create(
            company=spender.payer(route.group),
            environment=environment,
            address=spender.address,
            group=route.group,
            at=now,
        )
    return lambda heard: _heard(spender, row, heard)


def halvings(blocks: list[QuotaBlock], group: str) -> int:
    """How often another program was met in this group within the last hour, at most 3."""
    since = clock.now() - HOUR
    met = [row for row in blocks if row.group == group and row.foreign and row.seen_at > since]
    return min(MOST_HALVINGS, len(met))


def blocked_until(blocks: list[QuotaBlock], group: str, now: datetime) -> datetime | None:
    """The end of KSeF's own block of a group; None when there is none."""
    return max(
        (row.until for row in blocks if row.group == group and row.until > now), default=None
    )


def quota_forget() -> int:
    """Deletes calls that no window counts any more, and blocks that ended a day ago."""
    now = clock.now()
    ahead = now + timedelta(days=1)
    calls, _ = QuotaCall.objects.filter(Q(at__lt=now - 2 * HOUR) | Q(at__gt=ahead)).delete()
    old = Q(until__lt=now - timedelta(days=1), seen_at__lt=now - timedelta(days=1))
    blocks, _ = QuotaBlock.objects.filter(old | Q(seen_at__gt=ahead)).delete()
    return calls + blocks


def _admitted(spender: Spender, route: Route, urgency: str) -> datetime:
    """This moment, if the call may leave now; raises QuotaFull."""
    groups, now = (route.group, "global"), clock.now()
    blocks, limits = spender.blocks(*groups), spender.limits(*groups)
    for group in groups:
        kept = RESERVES.get(group, {}).get(urgency, 0)
        allowed = lessened(limits[group], kept, halvings(blocks, group))
        until = blocked_until(blocks, group, now) or call_free_at(spender, group, allowed, now)
        if until > now:
            raise QuotaFull(route.name, group, until, now)
    return now


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


def _heard(spender: Spender, row: QuotaCall, heard: Heard) -> None:
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
    contact_record(spender.environment, heard)


def _block(spender: Spender, group: str, error: KsefError, now: datetime) -> None:
    wait = DEFAULT_BLOCK if error.retry_after is None else timedelta(seconds=error.retry_after)
    echo = blocked_until(spender.blocks(group), group, now) is not None
    QuotaBlock.objects.create(
        company=spender.payer(group),
        environment=spender.environment,
        address=spender.address,
        group=group,
        until=now + wait,
        seen_at=now,
        # Calls that left together all get a 429; only the first one says something new.
        foreign=not echo and not _own_doing(spender, group, now),
    )


def _own_doing(spender: Spender, group: str, now: datetime) -> bool:
    """Whether our own calls alone fill a window, if KSeF saw them closer together than we."""
    limits = spender.limits(group, "global")
    return any(_is_overfull(spender, name, limits[name], now) for name in limits)


def _is_overfull(spender: Spender, group: str, limits: Limits, now: datetime) -> bool:
    calls = spender.calls(group).filter(at__lte=now + AHEAD)
    return any(
        limit is not None and calls.filter(at__gt=now - window - JITTER).count() > limit
        for window, limit in zip(WINDOWS, limits, strict=True)
    )
