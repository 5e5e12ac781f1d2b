"""Sliding windows as KSeF counts them: so many calls in any second, minute and hour. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

# Added to each window: KSeF counts a call when it arrives, we when it leaves. A call that was
# slow is moved to the moment of its answer (see `quota`).
MARGIN = timedelta(milliseconds=200)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
WINDOWS = (SECOND, MINUTE, HOUR)

# Calls allowed in a second, a minute and an hour; None is no limit.
Limits = tuple[int | None, int | None, int | None]
# The n-th newest call after a moment; None when there are fewer.
NthNewest = Callable[[int, datetime], datetime | None]


def free_at(limits: Limits, nth: NthNewest, now: datetime) -> datetime:
    """The first moment, not before now, at which one more call fits into every window."""
    bounds = [(window, n) for window, n in zip(WINDOWS, limits, strict=True) if n is not None]
    if len(bounds) > 1:
        # Most of the time the longest window holds less than the smallest limit: one question.
        fewest, (longest, _) = min(limit for _, limit in bounds), bounds[-1]
        if fewest > 0 and nth(fewest, now - longest - MARGIN) is None:
            return now
    return max((_free_in(window, limit, nth, now) for window, limit in bounds), default=now)


def _free_in(window: timedelta, limit: int, nth: NthNewest, now: datetime) -> datetime:
    if limit < 1:
        return now + window
    span = window + MARGIN
    oldest = nth(limit, now - span)
    return now if oldest is None else max(now, oldest + span)


def lessened(limits: Limits, kept: float, halvings: int) -> Limits:
    """The limits less a share kept for others, and halved so often; at least one call each."""
    return tuple(_lessened(limit, kept, halvings) for limit in limits)


def _lessened(limit: int | None, kept: float, halvings: int) -> int | None:
    if limit is None or limit < 1:
        return limit
    return max(1, (limit - int(limit * kept)) >> halvings)
