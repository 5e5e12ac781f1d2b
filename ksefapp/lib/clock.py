"""The one clock. All time in the house comes from here; a lint bans the others.

`KSEF_TEST_CLOCK` names a file whose text is the number of seconds to add to the system's
clock, read at each call, so that web, workers and beat move together with the simulator.
"""

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")


def is_shifted() -> bool:
    """Whether a test clock is set; companies outside the simulator refuse to work then."""
    return bool(os.environ.get("KSEF_TEST_CLOCK"))


def offset() -> timedelta:
    """What the test clock adds; zero without one or while its file is missing or empty."""
    path = os.environ.get("KSEF_TEST_CLOCK")
    if not path:
        return timedelta()
    try:
        text = Path(path).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return timedelta()
    return timedelta(seconds=float(text or 0))


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC) + offset()


def today() -> date:
    """The legal day: the date in Europe/Warsaw."""
    return warsaw(now()).date()


def warsaw(instant: datetime) -> datetime:
    """The instant on a Warsaw clock; the legal date of anything is its `.date()`."""
    return instant.astimezone(WARSAW)


def monotonic() -> float:
    """Seconds that never go back, for measuring how long something took."""
    return time.monotonic()
