"""What the page of KSeF's limits shows: what is used up, and when the next call may leave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from auth_ksef.client import routes
from auth_ksef.messages import GROUPS, chosen
from auth_ksef.models import QuotaBlock, QuotaLimit
from auth_ksef.quota import (
    AHEAD,
    Spender,
    blocked_until,
    call_free_at,
    halvings,
    spender_of,
)
from auth_ksef.windows import WINDOWS, Limits, lessened
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.ui.formats import datetime_pl, time_pl

SOON = timedelta(minutes=5)
# The groups of the calls that this application makes, in the order of their names.
SHOWN = [group for group in GROUPS if group == "global" or group in {r.group for r in routes.ALL}]


@dataclass(frozen=True)
class Window:
    """Calls counted in one window and how many KSeF allows; None is no limit."""

    used: int
    limit: int | None

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits."""
        return self.limit is not None and self.used >= self.limit


@dataclass(frozen=True)
class Row:
    """One group of calls: windows of a second, a minute, an hour; `free_at` None means now.

    `blocked`: KSeF itself said to wait; `foreign`: it met another program's calls lately.
    """

    name: str
    windows: tuple[Window, ...]
    free_at: datetime | None
    blocked: bool
    foreign: bool

    @property
    def is_idle(self) -> bool:
        """Whether nothing was called within the hour and nothing waits."""
        return self.free_at is None and not any(window.used for window in self.windows)

    @property
    def when(self) -> str:
        """When the next call may leave, in words."""
        if self.free_at is None:
            return _("od razu")
        moment = clock.warsaw(self.free_at)
        if moment.date() != clock.today():
            return datetime_pl(moment)
        soon = self.free_at - clock.now() < SOON
        return _("o %(time)s") % {"time": time_pl(moment, seconds=soon)}


@dataclass(frozen=True)
class Overview:
    """The page: groups in use, groups not used within the hour, our address as KSeF
    sees it, when the limits were learned."""

    rows: list[Row]
    idle: list[Row]
    address: str
    learned_at: datetime | None


def quota_overview(company: Company) -> Overview:
    """The budget of the company in its present environment."""
    spender = spender_of(company, company.environment)
    blocks, limits = spender.blocks(*SHOWN), spender.limits(*SHOWN)
    now = clock.now()
    rows = [_row(spender, group, limits[group], blocks, now) for group in SHOWN]
    used, idle = ([row for row in rows if row.is_idle is state] for state in (False, True))
    return Overview(used, idle, spender.address, _learned(company))


def _row(
    spender: Spender, group: str, limits: Limits, blocks: list[QuotaBlock], now: datetime
) -> Row:
    met = halvings(blocks, group)
    blocked = blocked_until(blocks, group, now)
    free = blocked or call_free_at(spender, group, lessened(limits, 0, met), now)
    return Row(
        name=_capital(chosen(GROUPS[group])),
        windows=tuple(
            Window(used, limit)
            for used, limit in zip(_used(spender.calls(group), now), limits, strict=True)
        ),
        free_at=free if free > now else None,
        blocked=blocked is not None,
        foreign=bool(met),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _used(calls: QuerySet, now: datetime) -> Iterable[int]:
    names = ("second", "minute", "hour")
    counts = {
        name: Count("pk", filter=Q(at__gt=now - window, at__lte=now + AHEAD))
        for name, window in zip(names, WINDOWS, strict=True)
    }
    found = calls.aggregate(**counts)
    return [found[name] for name in names]


def _learned(company: Company) -> datetime | None:
    rows = QuotaLimit.objects.filter(company=company, environment=company.environment)
    return rows.aggregate(oldest=Min("learned_at"))["oldest"]
