"""The simulator's only clock: UTC instants, Warsaw days, and the test offset."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")
FORMAT = "%Y-%m-%dT%H:%M:%S.%f+00:00"

_seen: tuple[tuple | None, float] = (None, 0.0)


def offset() -> float:
    """Seconds to add to the system's clock, from the file that KSEF_TEST_CLOCK names."""
    global _seen
    path = os.environ.get("KSEF_TEST_CLOCK")
    if not path:
        return 0.0
    try:
        state = os.stat(path)
    except OSError:
        return 0.0
    key = (path, state.st_mtime_ns, state.st_size, state.st_ino)
    if _seen[0] != key:
        _seen = (key, _read(path))
    return _seen[1]


def _read(path: str) -> float:
    try:
        with open(path, encoding="ascii") as file:
            return float(file.read(64).strip() or 0)
    except (OSError, ValueError):
        return 0.0


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC) + timedelta(seconds=offset())


def epoch() -> float:
    """The present instant in seconds since 1970."""
    return now().timestamp()


def monotonic() -> float:
    """Seconds that never run backwards, for measuring waits."""
    return time.monotonic()


def stamp(moment: datetime) -> str:
    """RFC 3339 text in UTC; always of one length, so that texts sort as instants do."""
    return moment.astimezone(UTC).strftime(FORMAT)


def parse(text: str) -> datetime:
    """The instant of a text made by `stamp`."""
    return datetime.fromisoformat(text)


def later(seconds: float) -> str:
    """The stamp of the instant so many seconds from now."""
    return stamp(now() + timedelta(seconds=seconds))


def warsaw_day(moment: datetime) -> date:
    """The calendar day in Poland at that instant; legal dates are days of Europe/Warsaw."""
    return moment.astimezone(WARSAW).date()


def midnight(day: date) -> datetime:
    """The instant at which that day begins in Poland."""
    return datetime(day.year, day.month, day.day, tzinfo=WARSAW)
