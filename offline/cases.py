"""Deadline cases in JSON: read, computed, compared. Pure.

A case: {"id", "p1", "mode", "events": [{"category", "start", "end", "published"}], "expected",
"expected_if_saturday_counts"}. A `p1` that is a day stands, in the outage modes, for
its first instant that an event of the mode's category covers, else for 00:00 in Warsaw. An
instant without an offset is Warsaw's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ksefapp.lib import clock
from offline.deadlines import AWARIA, MODES, TOTAL, UNAVAILABLE, Deadline, deadline
from offline.events import FAILURE, MAINTENANCE, TOTAL_FAILURE, Event

CATEGORY = {AWARIA: FAILURE, UNAVAILABLE: MAINTENANCE, TOTAL: TOTAL_FAILURE}
COUNTED, STRICT = "expected", "expected_if_saturday_counts"


@dataclass(frozen=True)
class Computed:
    """What a case comes to under each reading of Saturdays, and what its file expects."""

    name: str
    plain: Deadline
    strict: Deadline
    expected: str | None
    expected_strict: str | None

    @property
    def differs(self) -> bool:
        """Whether the file expects another date."""
        return self.expected is not None and str(self.plain) != self.expected

    @property
    def differs_strictly(self) -> bool:
        """The same where Saturdays count."""
        return self.expected_strict is not None and str(self.strict) != self.expected_strict


def case_compute(case: object, name: str) -> Computed:
    """One case, worked out. Raises ValueError naming what cannot be read."""
    if not isinstance(case, Mapping):
        raise ValueError("a case is a JSON object")
    mode = case.get("mode")
    if mode not in MODES:
        raise ValueError(f"mode: {mode!r} is none of {', '.join(MODES)}")
    events = events_read(case.get("events"))
    issued_on, issued_at = _issue(case.get("p1"), mode, events)
    facts = {"issued_on": issued_on, "issued_at": issued_at, "mode": mode, "events": events}
    return Computed(
        str(case.get("id", name)),
        deadline(**facts),
        deadline(**facts, saturday=True),
        _expected(case, COUNTED),
        _expected(case, STRICT),
    )


def events_read(rows: object) -> list[Event]:
    """The events of a case; each has its own id, or its number as one."""
    if rows is None:
        return []
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise ValueError("events: not a list")
    return [_event(row, number) for number, row in enumerate(rows, start=1)]


def _event(row: object, number: int) -> Event:
    if not isinstance(row, Mapping):
        raise ValueError(f"event {number}: not a JSON object")
    try:
        start = _instant(row.get("start"))
        end, published = (
            _instant(row[name]) if row.get(name) else None for name in ("end", "published")
        )
        return Event(str(row.get("category")), start, end, published, row.get("id", number))
    except ValueError as error:
        raise ValueError(f"event {number}: {error}") from error


def _issue(p1: object, mode: str, events: Sequence[Event]) -> tuple[date, datetime]:
    try:
        instant = _instant(p1)
    except ValueError as error:
        raise ValueError(f"p1: {error}") from error
    day = clock.warsaw(instant).date()
    return (day, _first_covered(day, mode, events)) if _is_day(str(p1)) else (day, instant)


def _first_covered(day: date, mode: str, events: Sequence[Event]) -> datetime:
    begins, ends = _midnight(day), _midnight(day + timedelta(days=1))
    fitting = [event for event in events if event.category == CATEGORY.get(mode)]
    found = [
        max(event.start, begins)
        for event in fitting
        if event.start < ends and (event.end is None or event.end >= begins)
    ]
    return min(found, default=begins)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=clock.WARSAW)


def _is_day(text: str) -> bool:
    return "T" not in text and " " not in text.strip()


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no date and no instant")
    try:
        if _is_day(value):
            return _midnight(date.fromisoformat(value.strip()))
        read = datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError(f"{value!r} is no date and no instant (ISO 8601)") from error
    return read if read.tzinfo else read.replace(tzinfo=clock.WARSAW)


def _expected(case: Mapping, name: str) -> str | None:
    value = case.get(name)
    return None if value is None else str(value).strip()
