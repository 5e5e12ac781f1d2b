"""Deadlines by the law: a table worked out by hand, then properties that must always hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksefapp.lib import clock
from offline.deadlines import MODES, deadline
from offline.events import FAILURE, MAINTENANCE, TOTAL_FAILURE, Event

F, M, T = FAILURE, MAINTENANCE, TOTAL_FAILURE


def at(text: str | None) -> datetime | None:
    """A Warsaw wall clock, or an instant with its own offset."""
    read = datetime.fromisoformat(text) if text else None
    return read.replace(tzinfo=clock.WARSAW) if read and not read.tzinfo else read


def ev(category: str, start: str, end: str | None, published: str | None = None) -> Event:
    return Event(category, at(start), at(end), at(published), f"{category} {start}")


def law(issued: str, mode: str, *events: Event, saturday: bool = False):
    instant = at(issued)
    day = clock.warsaw(instant).date()
    return deadline(issued_on=day, issued_at=instant, mode=mode, events=events, saturday=saturday)


LONG = ev(F, "2026-11-09T08:00", "2026-11-13T08:00")
SHORT = ev(F, "2026-11-10T08:00", "2026-11-11T08:00")
WEEKEND = ev(M, "2026-11-21T20:00", "2026-11-22T06:00", "2026-11-18T10:00")

# issued (Warsaw), mode, events, deadline, the same where Saturdays count, why
TABLE = [
    ("2026-02-06T23:30", "offline24", [], "2026-02-09", "2026-02-07", "a Friday evening"),
    ("2026-04-03T12:00", "offline24", [], "2026-04-07", "2026-04-04", "over Easter"),
    ("2027-01-05T12:00", "offline24", [], "2027-01-07", "2027-01-07", "over Epiphany"),
    ("2026-11-20T22:30Z", "offline24", [], "2026-11-23", "2026-11-21", "still Friday in Warsaw"),
    ("2026-11-19T23:30Z", "offline24", [], "2026-11-23", "2026-11-21", "already Friday in Warsaw"),
    (
        *("2025-07-08T00:00", "offline24", [ev(F, "2025-07-09", "2025-07-12")]),
        *("2025-07-22", "2025-07-21", "the Ministry's own example"),
    ),
    (
        *("2026-11-13T10:00", "offline24", [ev(F, "2026-11-16T08:00", "2026-11-17T08:00")]),
        *("2026-11-26", "2026-11-14", "announced on the last day; with Saturdays too late"),
    ),
    (
        *("2026-11-13T10:00", "offline24", [ev(F, "2026-11-16T23:59:59", None)]),
        *("OPEN", "2026-11-14", "announced in the last second, not over"),
    ),
    (
        *("2026-11-13T10:00", "offline24", [ev(F, "2026-11-17T00:00", "2026-11-17T08:00")]),
        *("2026-11-16", "2026-11-14", "announced at midnight after the last day"),
    ),
    (
        "2026-11-13T10:00",
        "offline24",
        [ev(F, "2026-11-16T08:00", "2026-11-16T20:00", "2026-11-17T09:00")],
        *("2026-11-16", "2026-11-14", "began in time, announced too late"),
    ),
    (
        *("2026-11-20T15:00", "offline24", [ev(F, "2026-11-20T07:00", "2026-11-20T09:00")]),
        *("2026-11-23", "2026-11-21", "over before the issue"),
    ),
    (
        "2026-11-20T15:00",
        "offline24",
        [ev(F, "2026-11-20T07:00", "2026-11-20T09:00", "2026-11-20T16:00")],
        *("2026-11-23", "2026-11-21", "over before the issue, announced after it"),
    ),
    (
        *("2026-11-20T08:00", "offline24", [ev(F, "2026-11-20T07:00", "2026-11-20T09:00")]),
        *("2026-12-01", "2026-11-28", "offline24 picked during a failure is of art. 106nf"),
    ),
    (
        "2026-11-22T01:00",
        "niedost",
        [WEEKEND, ev(F, "2026-11-21T23:00", "2026-11-22T05:00")],
        *("2026-12-01", "2026-11-30", "a failure within the niedostępność wins"),
    ),
    (
        *("2026-11-21T22:00", "niedost", [WEEKEND]),
        *("2026-11-23", "2026-11-23", "niedostępność over a weekend"),
    ),
    (
        *("2026-11-21T22:00", "niedost", [ev(M, "2026-11-21T20:00", None)]),
        *("OPEN", "OPEN", "niedostępność without an end"),
    ),
    (
        *("2026-11-21T22:00", "niedost", [ev(M, "2026-11-21T20:00", "2026-11-23T00:30")]),
        *("2026-11-24", "2026-11-24", "it ended after midnight: that day does not count"),
    ),
    (
        "2026-11-21T22:00",
        "niedost",
        [WEEKEND, ev(F, "2026-11-23T09:00", "2026-11-25T09:00")],
        *("2026-12-04", "2026-12-03", "a failure on the last day of niedostępność"),
    ),
    (
        *("2026-11-20T15:00", "offline24", [WEEKEND]),
        *("2026-11-23", "2026-11-21", "niedostępność does not extend offline24"),
    ),
    (
        *("2026-11-10T09:00", "awaria", [LONG, SHORT]),
        *("2026-11-24", "2026-11-21", "nested, issued in both: the latest end"),
    ),
    (
        *("2026-11-09T09:00", "awaria", [LONG, SHORT]),
        *("2026-11-24", "2026-11-21", "nested, the inner one ends first"),
    ),
    (
        *("2026-11-09T09:00", "awaria", [LONG, replace(SHORT, end=None)]),
        *("OPEN", "OPEN", "a second outage that lasts"),
    ),
    (
        "2026-11-09T09:00",
        "awaria",
        [ev(F, "2026-11-09T08:00", "2026-11-10T08:00"), ev(M, "2026-11-11T08:00", None)],
        *("2026-11-20", "2026-11-19", "niedostępność after a failure changes nothing"),
    ),
    (
        *("2026-11-12T10:00", "awaria", [ev(F, "2026-11-12T08:00", "2026-11-12T23:30Z")]),
        *("2026-11-24", "2026-11-21", "23:30 UTC is the next Warsaw day"),
    ),
    (
        *("2026-10-24T10:00", "awaria", [ev(F, "2026-10-24T08:00", "2026-10-24T22:30Z")]),
        *("2026-11-03", "2026-11-02", "ended in the night of the clock change, summer time"),
    ),
    (
        *("2026-03-27T10:00", "awaria", [ev(F, "2026-03-27T08:00", "2026-03-29T21:59:59Z")]),
        *("2026-04-08", "2026-04-07", "the last second of the short Sunday"),
    ),
    (
        *("2026-11-10T09:00", "awaria", []),
        *("2026-11-12", "2026-11-12", "awaria that nobody announced counts as offline24"),
    ),
    (
        "2026-11-13T10:00",
        "offline24",
        [ev(T, "2026-11-16T08:00", "2026-11-16T12:00")],
        *("NONE", "2026-11-14", "total failure on the last day; with Saturdays too late"),
    ),
    (
        *("2026-11-13T10:00", "offline24", [ev(T, "2026-11-17T08:00", None)]),
        *("2026-11-16", "2026-11-14", "total failure after the deadline"),
    ),
    (
        *("2026-11-09T09:00", "awaria", [replace(LONG, end=None), ev(T, "2027-01-09", None)]),
        *("NONE", "NONE", "total failure while there was no date yet"),
    ),
    (
        *("2026-11-09T09:00", "offline24", [ev(T, "2026-11-08T08:00", "2026-11-10T08:00")]),
        *("NONE", "NONE", "issued during total failure under another mode"),
    ),
    (
        *("2026-11-09T09:00", "awaria", [ev(T, "2026-11-08T08:00", "2026-11-09T08:00"), LONG]),
        *("2026-11-24", "2026-11-21", "a total failure that was over"),
    ),
    ("2026-11-09T09:00", "calkowita", [], "NONE", "NONE", "declared total failure"),
    ("2026-11-20T23:00", "online", [], "2026-11-23", "2026-11-21", "online caught by midnight"),
]


@pytest.mark.parametrize("row", TABLE, ids=[row[5] for row in TABLE])
def test_the_law_says(row):
    issued, mode, events, expected, strict, _ = row
    assert str(law(issued, mode, *events)) == expected
    assert str(law(issued, mode, *events, saturday=True)) == strict


def test_the_basis_follows_what_happened():
    again = ev(F, "2026-11-20T08:00", "2026-11-20T12:00")
    total = ev(T, "2026-11-23T08:00", None)
    bases = [
        law("2026-11-09T09:00", "awaria", *events).basis
        for events in ([LONG], [LONG, again], [LONG, again, total])
    ]
    assert [basis[:18] for basis in bases] == [f"art. 106nf ust. {n} " for n in (4, 5, 7)]


@pytest.mark.parametrize("row", TABLE, ids=[row[5] for row in TABLE])
def test_every_result_has_its_law_and_its_rule_in_both_languages(row):
    found = law(row[0], row[1], *row[2])
    assert "art. 106n" in found.basis
    assert "art. 106n" in found.basis_en
    assert all(found.reason)


def test_it_names_the_outages_it_rests_on_in_order():
    again = ev(F, "2026-11-20T08:00", "2026-11-20T12:00")
    unrelated = ev(M, "2026-11-15T08:00", "2026-11-15T12:00")
    found = law("2026-11-09T09:00", "awaria", unrelated, again, LONG, SHORT)
    assert found.rests_on == (LONG.id, again.id)


def test_an_extension_that_would_shorten_is_left_out():
    early = ev(F, "2026-11-10T08:00", "2026-11-10T09:00")
    found = law("2026-11-09T09:00", "awaria", LONG, early)
    assert (str(found), found.rests_on) == ("2026-11-24", (LONG.id,))


def test_the_stricter_day_stands_beside_the_date():
    assert law("2026-02-06T12:00", "offline24").strict_on == date(2026, 2, 7)


def _warned(found) -> str:
    return " ".join(english for _, english in found.warnings)


def test_a_failure_that_overrules_the_mode_is_told():
    assert "failure mode applies" in _warned(law("2026-11-09T09:00", "offline24", LONG))


def test_an_unavailability_while_waiting_is_told():
    assert "does not move" in _warned(law("2026-11-20T15:00", "offline24", WEEKEND))


def test_an_outage_mode_that_nothing_covers_is_told():
    for mode in ("awaria", "niedost", "calkowita"):
        assert "journal" in _warned(law("2026-11-09T09:00", mode))


def test_a_failure_announced_too_late_is_told():
    late = ev(F, "2026-11-17T00:00", None)
    assert "after the deadline" in _warned(law("2026-11-13T10:00", "offline24", late))


def test_its_own_window_of_niedostepnosc_is_no_warning():
    assert law("2026-11-21T22:00", "niedost", WEEKEND).warnings == ()


@pytest.mark.parametrize(
    ("category", "start", "end"),
    [("STORM", "2026-11-09T08:00", None), (F, "2026-11-09T08:00", "2026-11-09T07:59")],
)
def test_an_impossible_event_is_refused(category, start, end):
    with pytest.raises(ValueError, match=r"category|before"):
        ev(category, start, end)


def test_instants_without_a_zone_are_refused():
    naive = datetime(2026, 11, 9, 8)  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        Event(F, naive)
    with pytest.raises(ValueError, match="zone"):
        deadline(issued_on=date(2026, 11, 9), issued_at=naive, mode="online", events=())


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="mode"):
        law("2026-11-09T09:00", "storm")


# --- Properties ---------------------------------------------------------------------------------
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 24 * 400).map(lambda hours: ZERO + timedelta(hours=hours))
LENGTHS = st.one_of(st.none(), st.integers(0, 24 * 12).map(lambda hours: timedelta(hours=hours)))
SHIFTS = st.one_of(st.none(), st.integers(-48, 48).map(lambda hours: timedelta(hours=hours)))


@st.composite
def outages(draw, categories=(F, M, T)) -> Event:
    start, length, shift = draw(INSTANTS), draw(LENGTHS), draw(SHIFTS)
    return Event(
        draw(st.sampled_from(categories)),
        start,
        None if length is None else start + length,
        None if shift is None else start + shift,
        draw(st.integers(1, 10**6)),
    )


LISTS = st.lists(outages(), max_size=5)
WAITING = st.sampled_from([mode for mode in MODES if mode != "calkowita"])


def decided(issued: datetime, mode: str, events, saturday: bool = False):
    day = clock.warsaw(issued).date()
    return deadline(issued_on=day, issued_at=issued, mode=mode, events=events, saturday=saturday)


def rank(found) -> date:
    """Longer is greater: a date, then no date yet, then never."""
    return found.on or (date.max if found.state == "none" else date.max - timedelta(days=1))


@given(INSTANTS, WAITING, LISTS, st.booleans())
def test_never_before_the_next_business_day(issued, mode, events, saturday):
    found = decided(issued, mode, events, saturday)
    assert rank(found) >= decided(issued, "offline24", [], saturday).on


@given(INSTANTS, WAITING, LISTS, outages())
def test_another_outage_never_shortens(issued, mode, events, more):
    assert rank(decided(issued, mode, [*events, more])) >= rank(decided(issued, mode, events))


@given(INSTANTS, WAITING, LISTS)
def test_counting_saturdays_never_lengthens(issued, mode, events):
    plain = decided(issued, mode, events)
    strict = decided(issued, mode, events, saturday=True)
    assert rank(strict) <= rank(plain)
    assert plain.strict_on == strict.on


@given(INSTANTS, WAITING, LISTS, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(issued, mode, events, random):
    shuffled = events[:]
    random.shuffle(shuffled)
    found, again = decided(issued, mode, events), decided(issued, mode, shuffled)
    assert (found.on, found.state, found.basis) == (again.on, again.state, again.basis)


@given(INSTANTS, WAITING, LISTS, st.integers(-12, 14))
def test_the_zone_of_instants_does_not_matter(issued, mode, events, hours):
    zone = timezone(timedelta(hours=hours))

    def moved(event: Event) -> Event:
        names = ("start", "end", "published")
        values = {name: getattr(event, name) for name in names}
        return replace(event, **{n: v and v.astimezone(zone) for n, v in values.items()})

    there = decided(issued.astimezone(zone), mode, [moved(event) for event in events])
    assert there == decided(issued, mode, events)


@given(INSTANTS, WAITING, LISTS)
def test_a_date_an_open_term_and_never_exclude_each_other(issued, mode, events):
    found = decided(issued, mode, events)
    assert (found.on is not None) == (found.state == "date")
    assert set(found.rests_on) <= {event.id for event in events}


@given(INSTANTS, LISTS)
def test_in_total_failure_nothing_is_ever_sent(issued, events):
    assert decided(issued, "calkowita", events).state == "none"


@given(INSTANTS, WAITING, st.lists(outages((M,)), max_size=4))
def test_only_niedostepnosc_itself_is_moved_by_niedostepnosc(issued, mode, events):
    alone = decided(issued, mode, [])
    assert mode == "niedost" or decided(issued, mode, events).on == alone.on
