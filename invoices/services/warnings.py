"""People are warned while there is still time: one notice for a company, a deadline and a stage.

Stages: half, four fifths and 95 % of the time gone, the last day from 20:00, and late. The time
runs from the issue, or from the end of the outage that the deadline is counted from.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.cache import cache
from django.db.models import F, Q

from invoices.models import Submission
from invoices.services.deadlines import WAITS, first_issued_at
from invoices.services.delivery_states import State
from invoices.services.midnight import offline_path
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_raise, notice_resolve
from ksefapp.ui.formats import date_pl
from offline import journal
from offline.events import Event

HALF, FOUR_FIFTHS, NEARLY, LAST_EVENING, LATE = range(1, 6)
SHARES = ((0.95, NEARLY), (0.8, FOUR_FIFTHS), (0.5, HALF))
EVENING = time(20)
JUST_ISSUED = timedelta(minutes=2)  # it leaves in a moment: not worth a message
PAUSE_SECONDS = 10
PREFIX = "deadline:"
WORDS = {
    HALF: ("Minęła połowa czasu na wysłanie.", "Half of the time for sending is gone."),
    FOUR_FIFTHS: (
        "Minęły cztery piąte czasu na wysłanie.",
        "Four fifths of the time for sending are gone.",
    ),
    NEARLY: ("Minęło 95% czasu na wysłanie.", "95% of the time for sending is gone."),
    LAST_EVENING: ("Termin mija dziś o 23:59.", "The deadline is today, 23:59."),
    LATE: (
        "Termin minął. Wyślemy je mimo to: obowiązek nie znika. Oznaczymy je jako spóźnione.",
        "The deadline is past. We will send them all the same: the duty remains. They will be "
        "marked as late.",
    ),
}


@dataclass(frozen=True)
class Span:
    """From when to when an invoice may be sent in time; the end is the midnight after."""

    begin: datetime
    end: datetime

    def share(self, now: datetime) -> float:
        """What part of it has gone, from 0 to 1."""
        whole = (self.end - self.begin).total_seconds()
        gone = (now - self.begin).total_seconds()
        return min(1.0, max(0.0, gone / whole)) if whole > 0 else 1.0


def span_of(row: Submission, events: list[Event]) -> Span:
    """The time that the law leaves for this row; `deadline_on` must be known."""
    begin = first_issued_at(row.document)
    ends = [e.end for e in events if e.end and e.id in row.deadline_rests_on]
    end = datetime.combine(row.deadline_on + timedelta(days=1), time(), tzinfo=clock.WARSAW)
    return Span(max([begin, *ends]), end)


def stage_of(span: Span, deadline_on: date, now: datetime) -> int:
    """The highest stage reached, 0 for none."""
    if now >= span.end:
        return LATE
    here = clock.warsaw(now)
    if here.date() == deadline_on and here.time() >= EVENING:
        return LAST_EVENING
    gone = span.share(now)
    return next((stage for share, stage in SHARES if gone >= share), 0)


def warnings_sweep() -> None:
    """`deadline_warnings`, but not more often than is of use: it looks at every waiting row."""
    if cache.add("deadline-warnings", True, timeout=PAUSE_SECONDS):
        deadline_warnings()


def deadline_warnings() -> int:
    """Warns of what came nearer since the last look; returns how many rows it was about."""
    now, events = clock.now(), {}
    reached: dict[tuple, list[Submission]] = defaultdict(list)
    for row in _rows(now):
        company = row.document.company
        if company.pk not in events:
            events[company.pk] = journal.event_list(company)
        stage = stage_of(span_of(row, events[company.pk]), row.deadline_on, now)
        if stage > row.warned and not _was_sent_in_time(row):
            reached[company, row.deadline_on, stage].append(row)
    for (company, day, stage), rows in reached.items():
        _warn(company, day, stage, rows)
    _resolve()
    return sum(map(len, reached.values()))


def _rows(now: datetime):
    just = Q(state=State.QUEUED, queued_at__gt=now - JUST_ISSUED)
    return (
        Submission.objects.filter(
            state__in=WAITS,
            deadline_on__isnull=False,
            warned__lt=LATE,
            environment=F("document__company__environment"),
        )
        .exclude(just)
        .select_related("document", "document__company", "document__replaces__submission")
        .iterator(chunk_size=500)
    )


def _was_sent_in_time(row: Submission) -> bool:
    """The deadline is met by sending (OFF-13); KSeF has it and only the number is missing."""
    sent = row.state == State.SENT and row.sent_at
    return bool(sent) and clock.warsaw(row.sent_at).date() <= row.deadline_on


def _warn(company: Company, day: date, stage: int, rows: list[Submission]) -> None:
    pks = [row.pk for row in rows]
    for first in range(0, len(pks), 500):
        part = Submission.objects.filter(pk__in=pks[first : first + 500], warned__lt=stage)
        part.update(warned=stage)
    key = f"{PREFIX}{day.isoformat()}:"
    notice_raise(
        company=company,
        key=f"{key}{stage}",
        kind="bad" if stage == LATE else "warn",
        text=_text(day, stage, rows),
        path=offline_path(company),
    )
    for lower in range(HALF, stage):
        notice_resolve(company, f"{key}{lower}")


def _text(day: date, stage: int, rows: list[Submission]) -> tuple[str, str]:
    polish, english = WORDS[stage]
    refused = sum(row.state == State.REFUSED for row in rows)
    unknown = sum(row.state == State.UNKNOWN for row in rows)
    until = f"{date_pl(day)}, 23:59"
    pl = [f"Faktury offline bez numeru KSeF: {len(rows)}. Termin: {until}.", polish]
    en = [f"Offline invoices without a KSeF number: {len(rows)}. Deadline: {until}.", english]
    if refused:
        pl.append(f"KSeF odrzucił z nich {refused}: potrzebna Twoja decyzja.")
        en.append(f"KSeF refused {refused} of them: you must decide.")
    if unknown:
        pl.append(f"O {unknown} nie wiemy jeszcze, czy KSeF je ma: nie wystawiaj ich ponownie.")
        en.append(f"Of {unknown} we do not know yet if KSeF has them: do not issue them again.")
    return " ".join(pl), " ".join(en)


def _resolve() -> None:
    """A deadline with nothing left to send is over; so is one that was extended."""
    told = Notice.objects.filter(key__startswith=PREFIX, over=False).select_related("company")
    for notice in told:
        day = date.fromisoformat(notice.key.split(":")[1])
        waiting = Submission.objects.filter(
            document__company=notice.company,
            environment=notice.environment,
            deadline_on=day,
            state__in=WAITS,
            warned__gt=0,
        )
        if not waiting.exists():
            notice_resolve(notice.company, notice.key, environment=notice.environment)
