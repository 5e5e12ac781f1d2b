"""The arithmetic of sliding windows: never one call too many, never a wait too long."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from auth_ksef.windows import MARGIN, WINDOWS, free_at, lessened

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LIMIT = st.none() | st.integers(1, 12)
LIMITS = st.tuples(LIMIT, LIMIT, LIMIT)
# Instants in hundredths of a second, dense enough to fill every window.
GAPS = st.lists(st.integers(0, 120) | st.integers(0, 30_000), min_size=1, max_size=60)


def nth_of(times):
    """The n-th newest of the times after a moment, as the table gives it."""

    def nth(count, since):
        found = sorted((time for time in times if time > since), reverse=True)
        return found[count - 1] if len(found) >= count else None

    return nth


def fits(times, limits, now) -> bool:
    """Whether one more call at `now` leaves every window within its limit."""
    return all(
        limit is None or sum(now - window - MARGIN < time <= now for time in times) < limit
        for window, limit in zip(WINDOWS, limits, strict=True)
    )


def history(limits, gaps) -> list[datetime]:
    """Calls of one who asks at each moment, and calls only when it is allowed."""
    times, now = [], START
    for gap in gaps:
        now += timedelta(milliseconds=10 * gap)
        if free_at(limits, nth_of(times), now) <= now:
            times.append(now)
    return times


@given(limits=LIMITS, gaps=GAPS)
@settings(max_examples=300, deadline=None)
def test_no_window_ever_holds_more_than_its_limit(limits, gaps):
    times = history(limits, gaps)
    for index, time in enumerate(times):
        assert fits(times[:index], limits, time)


@given(limits=LIMITS, gaps=GAPS, later=st.integers(0, 100_000))
@settings(max_examples=300, deadline=None)
def test_the_moment_given_is_the_first_at_which_a_call_fits(limits, gaps, later):
    times = history(limits, gaps)
    now = times[-1] + timedelta(milliseconds=later)
    moment = free_at(limits, nth_of(times), now)
    assert moment >= now
    assert fits(times, limits, moment)
    if moment > now:
        assert not fits(times, limits, moment - timedelta(microseconds=1))


def test_a_limit_of_nothing_lets_nothing_through():
    assert free_at((0, None, None), nth_of([]), START) > START


@given(limit=st.integers(0, 2000), kept=st.floats(0, 0.9), halvings=st.integers(0, 3))
def test_a_lessened_limit_stays_between_one_and_the_whole(limit, kept, halvings):
    (second, none, _) = lessened((limit, None, 5), kept, halvings)
    assert none is None
    assert min(1, limit) <= second <= limit


def test_a_lessened_limit_keeps_the_share_for_others():
    assert lessened((100, 20, 8), 0.25, 0) == (75, 15, 6)
    assert lessened((100, 20, 8), 0.25, 1) == (37, 7, 3)
