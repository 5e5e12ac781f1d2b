"""Three lanes of time as numbers for an SVG: what was announced, what we saw, how we worked.

Pure. Positions are per cent of the width, because a strict policy allows attributes only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ksefapp.lib import clock
from offline.calendar import is_business_day

DAYS = 14
AHEAD = 3  # announced maintenance is drawn at most so many days before it comes
THINNEST = 0.5
LETTER = 0.95  # per cent that a letter of a label needs, and a little air


@dataclass(frozen=True)
class Span:
    """Something that lasted; `end` None while it does."""

    start: datetime
    end: datetime | None
    kind: str
    label: str


@dataclass(frozen=True)
class Window:
    """Whole Warsaw days, the last one included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first instant."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return _midnight(self.last + timedelta(days=1))

    def at(self, instant: datetime) -> float:
        """Where the instant is, in per cent, held inside the window."""
        share = (instant - self.begin) / (self.end - self.begin) * 100
        return min(max(share, 0.0), 100.0)


def window(last: date) -> Window:
    """The days up to `last`, as many as one reads at a glance."""
    return Window(last - timedelta(days=DAYS - 1), last)


def last_day(today: date, spans: Iterable[Span]) -> date:
    """Today, or the day of announced maintenance that comes in a few days."""
    coming = [clock.warsaw(span.start).date() for span in spans]
    limit = today + timedelta(days=AHEAD)
    return max([today, *(day for day in coming if today < day <= limit)])


def bars(spans: Iterable[Span], frame: Window, now: datetime) -> list[dict]:
    """What of the spans is seen: {"x", "width", "kind", "label", "span", "anchor", "at"}.

    A label that would run into the one before is left out: the table below says it.
    """
    found: list[dict] = []
    free_from = -1.0
    for span in sorted(spans, key=lambda span: span.start):
        end = span.end or max(now, span.start)
        if end < frame.begin or span.start >= frame.end:
            continue
        x = frame.at(span.start)
        width = max(frame.at(end) - x, THINNEST)
        length = (len(span.label) + 1) * LETTER
        at_end = x > 100 - length
        label = span.label if min(x, 100 - length) >= free_from else ""
        free_from = x + length if label else free_from
        found.append(
            {
                **{"x": _per_cent(min(x, 100 - width)), "width": _per_cent(width)},
                **{"kind": span.kind, "label": label, "span": span},
                **{
                    "anchor": "end" if at_end else "start",
                    "at": "100%" if at_end else _per_cent(x),
                },
            }
        )
    return found


def days(frame: Window, *, saturday: bool) -> list[dict]:
    """The days: {"x", "width", "middle", "date", "free"}."""
    found = []
    day = frame.first
    while day <= frame.last:
        x, after = frame.at(_midnight(day)), frame.at(_midnight(day + timedelta(days=1)))
        found.append(
            {
                **{"x": _per_cent(x), "width": _per_cent(after - x), "date": day},
                **{"middle": _per_cent((x + after) / 2)},
                "free": not is_business_day(day, saturday=saturday),
            }
        )
        day += timedelta(days=1)
    return found


def mark(frame: Window, now: datetime) -> str | None:
    """Where now is; None outside the window."""
    return _per_cent(frame.at(now)) if frame.begin <= now < frame.end else None


def _per_cent(value: float) -> str:
    return f"{value:.2f}%"


def _midnight(day: date) -> datetime:
    # In UTC, because Python subtracts two times of one zone by their faces, not as instants.
    return datetime.combine(day, time(), tzinfo=clock.WARSAW).astimezone(UTC)
