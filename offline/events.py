"""An announced outage of KSeF as the law sees it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from ksefapp.lib import clock

FAILURE = "FAILURE"  # awaria, art. 106nf
MAINTENANCE = "MAINTENANCE"  # niedostępność, art. 106nh
TOTAL_FAILURE = "TOTAL_FAILURE"  # awaria całkowita, art. 106ng
CATEGORIES = (FAILURE, MAINTENANCE, TOTAL_FAILURE)


@dataclass(frozen=True)
class Event:
    """One outage: aware instants, `end` None while it lasts, `published` None when not told.

    Raises ValueError for another category, a naive instant, and an end before the start.
    """

    category: str
    start: datetime
    end: datetime | None = None
    published: datetime | None = None
    id: int | str = ""

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES:
            raise ValueError(f"unknown category {self.category!r}")
        instants = (self.start, self.end, self.published)
        if any(instant is not None and instant.utcoffset() is None for instant in instants):
            raise ValueError("an instant without a time zone")
        if self.end is not None and self.end < self.start:
            raise ValueError("the outage ends before it starts")

    @property
    def announced(self) -> datetime:
        """When it was announced; its start where that is not told (LAT-07)."""
        return self.published or self.start

    @property
    def announced_on(self) -> date:
        """The Warsaw day of the announcement."""
        return clock.warsaw(self.announced).date()

    @property
    def ended_on(self) -> date | None:
        """The Warsaw day of its end, from which deadlines are counted."""
        return clock.warsaw(self.end).date() if self.end else None

    def covers(self, instant: datetime) -> bool:
        """Whether it lasted at the instant, the very end included."""
        return self.start <= instant and (self.end is None or instant <= self.end)

    def in_force(self, instant: datetime) -> bool:
        """Whether it had been announced by the instant and was not over yet (LAT-06)."""
        return max(self.start, self.announced) <= instant and not self.over(instant)

    def over(self, instant: datetime) -> bool:
        """Whether it had ended by the instant."""
        return self.end is not None and self.end <= instant
