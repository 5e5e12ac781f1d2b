"""Request limits: sliding windows per group, context and address (OpenAPI x-rate-limits)."""

import math
import threading
from collections import deque

from simulator import clock
from simulator.errors import TooMany
from simulator.settings import Settings

# Requests per second, minute and hour; -1 means no limit.
GROUPS: dict[str, tuple[int, int, int]] = {
    "onlineSession": (10, 30, 120),
    "onlineSessionClose": (20, 60, 240),
    "batchSession": (10, 20, 60),
    "batchSessionClose": (20, 40, 120),
    "invoiceSend": (10, 30, 180),
    "invoiceStatus": (30, 120, 1200),
    "sessionList": (5, 10, 60),
    "sessionInvoiceList": (10, 20, 200),
    "sessionMisc": (10, 120, 1200),
    "invoiceMetadata": (8, 16, 20),
    "invoiceExport": (8, 16, 20),
    "invoiceExportStatus": (10, 60, 600),
    "invoiceDownload": (8, 16, 64),
    "collectiveIdentifier": (20, 120, 240),
    "other": (10, 30, 120),
    "anonymous": (60, -1, -1),
    "global": (75, -1, -1),
}
NAMES = ("perSecond", "perMinute", "perHour")
WINDOWS = ((1, "sekundę"), (60, "minutę"), (3600, "godzinę"))


class Limiter:
    """Counts requests in memory; a restart forgets them, as a new address would."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._times: dict[tuple[str, str, str], deque[float]] = {}

    def effective(self, group: str, context: str = "") -> tuple[int, int, int]:
        """The limits in force: those set for the context, those set for the group, or the
        published ones times the multiplier."""
        for_context = self._settings["context_limits"].get(context, {})
        override = for_context.get(group) or self._settings["limits"].get(group)
        if override:
            return tuple(override[name] for name in NAMES)
        factor = self._settings["limits_multiplier"]
        return tuple(-1 if n < 0 else max(1, int(n * factor)) for n in GROUPS[group])

    def count(self, group: str, context: str, ip: str) -> None:
        """Count one request; raises TooMany (429) when a window is full."""
        limits = self.effective(group, context)
        now = clock.epoch()
        with self._lock:
            times = self._times.setdefault((group, context, ip), deque())
            self._forget(times, now)
            for (window, name), limit in zip(WINDOWS, limits, strict=True):
                if limit >= 0 and (wait := _wait(times, now, window, limit)) > 0:
                    raise _too_many(limit, name, math.ceil(wait))
            times.append(now)

    def override(self, context: str, limits: dict[str, dict[str, int]] | None) -> None:
        """Limits of one context by group; None brings the usual ones back."""
        others = {k: v for k, v in self._settings["context_limits"].items() if k != context}
        self._settings.change({"context_limits": others | ({context: limits} if limits else {})})
        self.forget()

    def forget(self) -> None:
        """Empty all windows."""
        with self._lock:
            self._times.clear()

    @staticmethod
    def _forget(times: deque[float], now: float) -> None:
        # Times ahead of us come from a test clock that was set back.
        while times and (times[0] <= now - WINDOWS[-1][0] or times[-1] > now):
            if times[-1] > now:
                times.pop()
            else:
                times.popleft()


def _wait(times: deque[float], now: float, window: int, limit: int) -> float:
    """Seconds until one more request fits into the window; 0 when it fits now."""
    if limit == 0:
        return window
    if len(times) < limit:
        return 0
    return times[-limit] + window - now


def _too_many(limit: int, name: str, seconds: int) -> TooMany:
    detail = f"Przekroczono limit {limit} żądań na {name}. Spróbuj ponownie po {seconds} sekundach."
    return TooMany(detail, max(1, seconds))
