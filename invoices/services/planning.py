"""Pure: which due invoices leave together, by which way, in which order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from ksefapp.lib import clock

# From here on a lone online invoice of today goes first: after midnight it would count as
# issued offline (art. 106nda ust. 16).
LAST_CALL = time(23, 30)


@dataclass(frozen=True, slots=True)
class Due:
    """A submission that may leave now.

    `offline` is the offlineMode to declare, `failed_with` the number of invoices of the
    package that failed as a whole with this one in it (0: none did), `failed_in` that session.
    """

    pk: int
    offline: bool
    issued_on: date
    deadline_on: date | None = None
    technical: bool = False
    failed_in: int | None = None
    failed_with: int = 0


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Submissions that leave together: in one batch session, or one by one interactively."""

    batch: bool
    offline: bool
    pks: tuple[int, ...]


def plan(
    due: Iterable[Due],
    *,
    now: datetime,
    batch_from: int,
    most: int,
    has_attachment: Callable[[int], bool],
) -> list[Dispatch]:
    """Divides what is due, each row once, into dispatches in the order in which they leave.

    A batch costs about eight limited calls however many invoices it holds (open, close, the
    session's state a few times, one page of its list), one by one costs two calls for each
    invoice and two for the session: from `batch_from` invoices on a package saves calls. An
    invoice with an attachment goes by batch alone, a technical correction never does.
    `has_attachment` is asked only about rows that would go one by one.
    """
    ordered = sorted(due, key=lambda row: _urgency(row, now))
    dispatches = []
    for offline in (False, True):
        rows = [row for row in ordered if row.offline == offline]
        dispatches += _of_one_mode(rows, offline, batch_from, most, has_attachment)
    place = {row.pk: position for position, row in enumerate(ordered)}
    # Lone ones are quick; a package may hold the sender for a minute.
    return sorted(dispatches, key=lambda one: (_waits(one, now), one.batch, place[one.pks[0]]))


def is_last_call(now: datetime) -> bool:
    """Whether the Warsaw day is nearly over."""
    return clock.warsaw(now).time() >= LAST_CALL


def _waits(dispatch: Dispatch, now: datetime) -> bool:
    return is_last_call(now) and dispatch.offline


def _urgency(row: Due, now: datetime) -> tuple:
    """Today's online ones by their day, which ends at midnight; offline ones by the deadline."""
    ends_on = (row.deadline_on or date.max) if row.offline else row.issued_on
    return (ends_on, row.issued_on, row.pk)


def _of_one_mode(
    rows: list[Due],
    offline: bool,
    batch_from: int,
    most: int,
    has_attachment: Callable[[int], bool],
) -> Iterator[Dispatch]:
    lone = [row.pk for row in rows if row.technical]
    for group in _packages([row for row in rows if not row.technical], most):
        if len(group) >= batch_from:
            yield Dispatch(True, offline, tuple(group))
            continue
        attached = [pk for pk in group if has_attachment(pk)]
        if attached:
            yield Dispatch(True, offline, tuple(attached))
        lone += [pk for pk in group if pk not in attached]
    if lone:
        yield Dispatch(False, offline, tuple(lone))


def _packages(rows: Sequence[Due], most: int) -> Iterator[list[int]]:
    """What never failed together in pieces of `most`; what did, in halves of that package.

    So one file that spoils a package is alone after a few steps and holds nobody else.
    """
    groups: dict[tuple, list[int]] = defaultdict(list)
    for row in rows:
        groups[(row.failed_in, row.failed_with)].append(row.pk)
    for (_, failed_with), pks in groups.items():
        size = min(most, max(1, failed_with // 2)) if failed_with else most
        for start in range(0, len(pks), size):
            yield pks[start : start + size]
