"""The effective limits of a company, as `GET /rate-limits` tells them: asked, kept, renewed.

They differ between environments, may be raised for one company or lowered for a while.
"""

import logging
import re
from datetime import datetime, timedelta

from django.db.models import Min

from auth_ksef.client import PUBLISHED, KsefApi, KsefError
from auth_ksef.models import QuotaBlock, QuotaCall, QuotaLimit
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

RENEW_AFTER = timedelta(days=1)
PAUSE_SECONDS = 60  # between two attempts that failed
MOST_AT_ONCE = 20
MOST_GROUPS = 50
GROUP_NAME = re.compile(r"[A-Za-z]{1,24}")
WINDOW_NAMES = ("perSecond", "perMinute", "perHour")
LARGEST = 2**31 - 1

log = logging.getLogger(__name__)
_failed: dict[tuple[int, str], float] = {}


def limits_learn(*, company: Company, environment: str, api: KsefApi, access: str) -> int:
    """Asks KSeF for the limits and keeps them; returns how many groups. Raises KsefError."""
    given = api.rate_limits(access=access)
    named = {name: row for name, row in given.items() if GROUP_NAME.fullmatch(name)}
    rows = [
        QuotaLimit(
            company=company,
            environment=environment,
            group=name,
            learned_at=clock.now(),
            **dict(zip(("per_second", "per_minute", "per_hour"), read(name, row), strict=True)),
        )
        for name, row in list(named.items())[:MOST_GROUPS]
        if isinstance(row, dict)
    ]
    QuotaLimit.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "environment", "group"],
        update_fields=["per_second", "per_minute", "per_hour", "learned_at"],
    )
    return len(rows)


def read(group: str, given: dict) -> tuple[int | None, int | None, int | None]:
    """Calls in a second, a minute and an hour: -1 is no limit, nonsense is the published one.

    Nothing at all is read as one call: KSeF blocks by 429, and a limit of none would never be
    asked about again.
    """
    published = PUBLISHED.get(group, (None, None, None))
    return tuple(
        _bound(given.get(name), fallback)
        for name, fallback in zip(WINDOW_NAMES, published, strict=True)
    )


def limits_due(company: Company, environment: str) -> bool:
    """Whether the limits should be asked for: never learned, a day old, or doubted since.

    What casts doubt is a 429 that our own count does not explain.
    """
    rows = QuotaLimit.objects.filter(company=company, environment=environment)
    oldest = rows.aggregate(oldest=Min("learned_at"))["oldest"]
    if oldest is None or not _recent(oldest):
        return True
    blocks = QuotaBlock.objects.filter(company=company, environment=environment, foreign=True)
    return blocks.filter(seen_at__gt=oldest).exists()


def limits_try(company: Company, environment: str, api: KsefApi, access: str) -> bool:
    """Learns the limits when they are due, unless that failed in the last minute.

    Whether they were learned; a failure is no failure of the call that wanted to leave.
    """
    key, now = (company.pk, environment), clock.monotonic()
    lately = now - _failed.get(key, -PAUSE_SECONDS) < PAUSE_SECONDS
    if lately or not limits_due(company, environment):
        return False
    try:
        return bool(limits_learn(company=company, environment=environment, api=api, access=access))
    except KsefError as error:
        _failed[key] = now
        log.info("the limits of company %s could not be learned: %s", company.pk, error)
        return False


def companies_to_ask() -> list[Company]:
    """Companies that called KSeF within the hour and whose limits are due, at most 20."""
    lately = QuotaCall.objects.filter(at__gt=clock.now() - timedelta(hours=1)).exclude(company=None)
    rows = Company.objects.filter(pk__in=lately.values("company"))
    due = [company for company in rows if limits_due(company, company.environment)]
    return due[:MOST_AT_ONCE]


def _recent(moment: datetime) -> bool:
    return clock.now() - RENEW_AFTER < moment <= clock.now() + timedelta(minutes=5)


def _bound(given: object, published: int | None) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int) or given < -1:
        return published
    return None if given == -1 or given > LARGEST else max(1, given)
