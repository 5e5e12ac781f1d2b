"""Until when an invoice issued offline must be sent to KSeF. Pure; each result names its law.

From the day P_1, the instant of issue, the mode and the outages:

1. `calkowita`, or awaria całkowita in force at the issue: never sent (art. 106ng).
2. The first term: offline24 the next business day after P_1 (OFF-02), niedostępność the next one
   after the end of the window that covers the issue (OFF-03), awaria the seventh after the end
   of the outage that does (OFF-04, OFF-12). A failure in force at the issue makes the invoice
   one of art. 106nf whatever was picked (OFF-11). No end known: no date yet.
3. What was announced while it waited, in order: awaria całkowita ends the duty (OFF-08); a
   failure announced by the running deadline starts seven business days anew, never shorter
   (OFF-05, OFF-07); one announced later changes nothing (OFF-06), nor does one that was over at
   the issue (OFF-10), nor a niedostępność (OFF-09, with a warning).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ksefapp.lib import clock
from offline.calendar import business_days_after, next_business_day
from offline.events import FAILURE, MAINTENANCE, TOTAL_FAILURE, Event

ONLINE, OFFLINE24, UNAVAILABLE = "online", "offline24", "niedost"
AWARIA, TOTAL = "awaria", "calkowita"
MODES = (ONLINE, OFFLINE24, UNAVAILABLE, AWARIA, TOTAL)
AFTER_FAILURE = 7

Pair = tuple[str, str]


@dataclass(frozen=True)
class Deadline:
    """The last Warsaw day for sending (`state` "date"), not known yet ("open"), never ("none").

    `basis` is the law in Polish and English, `rests_on` the ids of the outages that made it what
    it is, in order, `strict_on` the day under the reading that Saturdays count.
    """

    on: date | None
    basis: str
    basis_en: str
    state: str = "date"
    rests_on: tuple[int | str, ...] = ()
    strict_on: date | None = None
    warnings: tuple[Pair, ...] = ()

    @property
    def reason(self) -> Pair:
        """The rule that gave it, in a few words."""
        return REASONS[self.basis]

    def __str__(self) -> str:
        return {"open": "OPEN", "none": "NONE"}.get(self.state) or f"{self.on:%Y-%m-%d}"


@dataclass(frozen=True)
class _Issue:
    on: date
    at: datetime
    mode: str
    saturday: bool

    def next_day(self, day: date) -> date:
        return next_business_day(day, saturday=self.saturday)

    def seventh_day(self, day: date) -> date:
        return business_days_after(day, AFTER_FAILURE, saturday=self.saturday)


def _act(article: str) -> Pair:
    english = article.replace(" ust. ", "(") + (")" if " ust. " in article else "")
    return f"{article} ustawy o VAT", f"{english} of the VAT Act"


OFFLINE24_BASIS = _act("art. 106nda ust. 2")
BY_MIDNIGHT_BASIS = (
    "art. 106nda ust. 2 w związku z ust. 16 ustawy o VAT",
    "art. 106nda(2) with (16) of the VAT Act",
)
UNAVAILABLE_BASIS = _act("art. 106nh ust. 2")
FAILURE_BASIS = _act("art. 106nf ust. 4")
RESTART_BASIS = {
    OFFLINE24: _act("art. 106nha ust. 1"),
    ONLINE: _act("art. 106nha ust. 1"),
    # The act is silent; the Ministry's description of the offline modes says it.
    UNAVAILABLE: (
        "art. 106nh i 106nf ust. 4 ustawy o VAT, wyjaśnienia MF o trybach offline",
        "art. 106nh and 106nf(4) of the VAT Act, the Ministry's notes on the offline modes",
    ),
    AWARIA: _act("art. 106nf ust. 5"),
}
TOTAL_BASIS = _act("art. 106ng")
RELEASED_BASIS = {
    OFFLINE24: _act("art. 106nha"),
    ONLINE: _act("art. 106nha"),
    UNAVAILABLE: (
        "art. 106ng ustawy o VAT, wyjaśnienia MF o trybach offline",
        "art. 106ng of the VAT Act, the Ministry's notes on the offline modes",
    ),
    AWARIA: _act("art. 106nf ust. 7"),
}

# --- In words -----------------------------------------------------------------------------------
AFTER_P_1: Pair = (
    "następny dzień roboczy po dacie wystawienia",
    "the next working day after the date of issue",
)
SEVENTH: Pair = (
    "7. dzień roboczy po dniu zakończenia awarii",
    "the 7th working day after the day on which the failure ended",
)
ANEW: Pair = (
    "awarię ogłoszono przed upływem terminu: 7 dni roboczych od dnia jej zakończenia",
    "a failure was announced before the deadline: 7 working days from the day it ended",
)
RELEASED: Pair = (
    "awarię całkowitą ogłoszono, zanim upłynął termin: obowiązek wysłania ustał",
    "a total failure was announced before the deadline: the duty to send is gone",
)
REASONS: dict[str, Pair] = {
    OFFLINE24_BASIS[0]: AFTER_P_1,
    BY_MIDNIGHT_BASIS[0]: AFTER_P_1,
    UNAVAILABLE_BASIS[0]: (
        "następny dzień roboczy po dniu zakończenia niedostępności",
        "the next working day after the day on which the unavailability ended",
    ),
    FAILURE_BASIS[0]: SEVENTH,
    TOTAL_BASIS[0]: (
        "faktury wystawionej w czasie awarii całkowitej nie przesyła się do KSeF",
        "an invoice issued during a total failure is not sent to KSeF",
    ),
    **{basis: ANEW for basis, _ in RESTART_BASIS.values()},
    **{basis: RELEASED for basis, _ in RELEASED_BASIS.values()},
}

W_FAILURE_WINS: Pair = (
    "W chwili wystawienia trwała ogłoszona awaria, więc obowiązuje termin trybu awaryjnego.",
    "An announced failure was on at the issue, so the deadline of the failure mode applies.",
)
W_TOTAL_IN_FORCE: Pair = (
    "W chwili wystawienia trwała awaria całkowita: takiej faktury nie przesyła się do KSeF.",
    "A total failure was on at the issue: such an invoice is not sent to KSeF.",
)
W_NOTHING_COVERS: Pair = (
    "Żadne ogłoszenie nie obejmuje chwili wystawienia, więc termin liczymy jak w offline24. "
    "Sprawdź dziennik trybów pracy.",
    "No announcement covers the moment of issue, so the deadline is that of offline24. Check the "
    "journal of modes.",
)
W_NO_TOTAL: Pair = (
    "Żadne ogłoszenie awarii całkowitej nie obejmuje chwili wystawienia. Sprawdź dziennik "
    "trybów pracy.",
    "No announced total failure covers the moment of issue. Check the journal of modes.",
)
W_MAINTENANCE: Pair = (
    "Ogłoszona niedostępność KSeF nie przesuwa tego terminu: ustawa tego nie przewiduje.",
    "The announced unavailability of KSeF does not move this deadline: the Act does not say so.",
)
W_TOO_LATE: Pair = (
    "Awarię ogłoszono po upływie terminu, więc go nie przesuwa.",
    "The failure was announced after the deadline had passed, so it does not move it.",
)
W_BEFORE: Pair = (
    "Awarię ogłoszono przed wystawieniem faktury, a zaczęła się później; przyjmujemy ostrożnie, "
    "że nie przesuwa terminu.",
    "The failure was announced before the invoice was issued and began later; to be safe it is "
    "taken not to move the deadline.",
)


def offline24_deadline(issued_on: date, *, saturday: bool = False) -> Deadline:
    """The next business day after P_1 (art. 106nda ust. 2 of the VAT Act), no outage regarded."""
    return Deadline(next_business_day(issued_on, saturday=saturday), *OFFLINE24_BASIS)


def deadline(
    *,
    issued_on: date,
    issued_at: datetime,
    mode: str,
    events: Sequence[Event],
    saturday: bool = False,
) -> Deadline:
    """When the invoice of Warsaw day P_1 `issued_on`, issued at the instant, must have been sent.

    `online` is taken as KSeF takes it after midnight: as offline24. The order of events and
    the zones of instants do not matter. Raises ValueError for an unknown mode or a naive instant.
    """
    if mode not in MODES:
        raise ValueError(f"unknown mode {mode!r}")
    if issued_at.utcoffset() is None:
        raise ValueError("an instant of issue without a time zone")
    in_order = sorted(events, key=lambda event: (event.announced, event.start, str(event.id)))
    found = _deadline(_Issue(issued_on, issued_at, mode, saturday), in_order)
    strict = _deadline(_Issue(issued_on, issued_at, mode, True), in_order)
    return replace(found, strict_on=strict.on)


def _deadline(issue: _Issue, events: Sequence[Event]) -> Deadline:
    total = [e for e in events if e.category == TOTAL_FAILURE and _while_total(e, issue)]
    if issue.mode == TOTAL or total:
        return _never(total, declared=issue.mode == TOTAL)
    failing = [e for e in events if e.category == FAILURE and e.in_force(issue.at)]
    warnings = (W_FAILURE_WINS,) if failing and issue.mode != AWARIA else ()
    if failing:
        issue = replace(issue, mode=AWARIA)
    found = FIRST[issue.mode](issue, events)
    found = replace(found, warnings=warnings + found.warnings)
    for event in events:
        if found.state != "none" and not _past(event, issue):
            found = STEPS[event.category](found, event, issue)
    return found


def _while_total(event: Event, issue: _Issue) -> bool:
    return event.covers(issue.at) if issue.mode == TOTAL else event.in_force(issue.at)


def _past(event: Event, issue: _Issue) -> bool:
    return event.end is not None and event.end < issue.at


def _never(total: Sequence[Event], *, declared: bool) -> Deadline:
    warnings = () if declared and total else (W_NO_TOTAL if declared else W_TOTAL_IN_FORCE,)
    return Deadline(None, *TOTAL_BASIS, state="none", rests_on=_ids(total), warnings=warnings)


# --- The first term ---------------------------------------------------------------------------
def _offline24(issue: _Issue, events: Sequence[Event]) -> Deadline:
    return Deadline(issue.next_day(issue.on), *OFFLINE24_BASIS)


def _online(issue: _Issue, events: Sequence[Event]) -> Deadline:
    return Deadline(issue.next_day(issue.on), *BY_MIDNIGHT_BASIS)


def _unavailable(issue: _Issue, events: Sequence[Event]) -> Deadline:
    windows = [e for e in events if e.category == MAINTENANCE and e.covers(issue.at)]
    if not windows:
        return replace(_offline24(issue, events), warnings=(W_NOTHING_COVERS,))
    return _after_latest(windows, issue.next_day, UNAVAILABLE_BASIS)


def _failure(issue: _Issue, events: Sequence[Event]) -> Deadline:
    failing = [e for e in events if e.category == FAILURE and e.covers(issue.at)]
    if not failing:
        return replace(_offline24(issue, events), warnings=(W_NOTHING_COVERS,))
    return _after_latest(failing, issue.seventh_day, FAILURE_BASIS)


FIRST = {
    ONLINE: _online,
    OFFLINE24: _offline24,
    UNAVAILABLE: _unavailable,
    AWARIA: _failure,
}


def _after_latest(covering: Sequence[Event], count, basis: Pair) -> Deadline:
    lasting = [event for event in covering if event.end is None]
    if lasting:
        return Deadline(None, *basis, state="open", rests_on=_ids(lasting))
    day = max(event.ended_on for event in covering)
    latest = [event for event in covering if event.ended_on == day]
    return Deadline(count(day), *basis, rests_on=_ids(latest))


# --- What was announced while it waited -------------------------------------------------------
def _failure_announced(found: Deadline, event: Event, issue: _Issue) -> Deadline:
    if found.state == "open":
        return found
    if event.announced < issue.at:
        later = event.start > issue.at
        return _warned(found, W_BEFORE) if later else found
    if event.announced_on > found.on:
        return _warned(found, W_TOO_LATE)
    basis, basis_en = RESTART_BASIS[issue.mode]
    told = replace(found, basis=basis, basis_en=basis_en, rests_on=(*found.rests_on, event.id))
    if event.end is None:
        return replace(told, on=None, state="open")
    day = issue.seventh_day(event.ended_on)
    return replace(told, on=day) if day > found.on else found


def _total_announced(found: Deadline, event: Event, issue: _Issue) -> Deadline:
    if event.announced < issue.at or (found.on and event.announced_on > found.on):
        return found
    return Deadline(
        None, *RELEASED_BASIS[issue.mode], state="none", rests_on=(*found.rests_on, event.id)
    )


def _maintenance_announced(found: Deadline, event: Event, issue: _Issue) -> Deadline:
    mine = issue.mode == UNAVAILABLE and event.covers(issue.at)
    if mine or issue.mode == AWARIA or found.state == "open":
        return found
    starts_on = max(event.announced_on, clock.warsaw(event.start).date())
    return _warned(found, W_MAINTENANCE) if starts_on <= found.on else found


STEPS = {
    FAILURE: _failure_announced,
    TOTAL_FAILURE: _total_announced,
    MAINTENANCE: _maintenance_announced,
}


def _warned(found: Deadline, warning: Pair) -> Deadline:
    told = found.warnings if warning in found.warnings else (*found.warnings, warning)
    return replace(found, warnings=told)


def _ids(events: Iterable[Event]) -> tuple[int | str, ...]:
    return tuple(event.id for event in events)
