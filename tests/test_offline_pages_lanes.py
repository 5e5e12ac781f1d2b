"""The picture of two weeks: positions, labels that do not run into each other, free days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksefapp.lib import clock
from offline.hooks import Effect
from offline.lanes import DAYS, Span, Window, bars, days, last_day, mark, window
from offline.models import ModeEntry
from offline.shown import mode_spans

FRAME = Window(date(2026, 11, 9), date(2026, 11, 22))
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INSTANTS = st.integers(-30 * 24 * 60, 10 * 24 * 60).map(lambda minutes: NOW + minutes * MINUTE)


def span(start: datetime, end: datetime | None, label: str = "awaria") -> Span:
    return Span(start, end, "FAILURE", label)


def per_cent(text: str) -> float:
    return float(text.removesuffix("%"))


def warsaw(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=clock.WARSAW)


def test_the_window_holds_two_weeks_with_the_last_day_in_it():
    assert window(date(2026, 11, 22)) == FRAME
    assert (FRAME.end - FRAME.begin) == timedelta(days=DAYS)


def test_a_bar_lies_where_its_hours_are():
    (bar,) = bars([span(warsaw(9), warsaw(16))], FRAME, NOW)
    assert (bar["x"], bar["width"]) == ("0.00%", "50.00%")


def test_what_goes_on_ends_now():
    (bar,) = bars([span(warsaw(16), None)], FRAME, warsaw(19, 12))
    assert (bar["x"], bar["width"]) == ("50.00%", "25.00%")


def test_what_is_outside_the_window_is_not_drawn():
    outside = [span(warsaw(1), warsaw(8)), span(warsaw(23), warsaw(24))]
    assert bars(outside, FRAME, NOW) == []


def test_what_lasted_a_minute_is_still_seen():
    (bar,) = bars([span(warsaw(12), warsaw(12) + timedelta(minutes=1))], FRAME, NOW)
    assert per_cent(bar["width"]) >= 0.5


def test_the_second_of_two_labels_at_one_place_is_left_out():
    close = [span(warsaw(12), warsaw(12, 2)), span(warsaw(12, 4), warsaw(12, 6))]
    assert [bar["label"] for bar in bars(close, FRAME, NOW)] == ["awaria", ""]


def test_a_label_at_the_edge_is_written_towards_the_middle():
    (bar,) = bars([span(warsaw(22, 20), None, "niedostępność")], FRAME, NOW)
    assert (bar["anchor"], bar["at"]) == ("end", "100%")


def test_announced_maintenance_moves_the_window_at_most_three_days():
    today = date(2026, 11, 21)
    assert last_day(today, [span(warsaw(22, 20), None)]) == date(2026, 11, 22)
    assert last_day(today, [span(warsaw(26), None)]) == today
    assert last_day(today, []) == today


def test_days_fill_the_window_and_free_ones_are_marked():
    found = days(FRAME, saturday=False)
    assert sum(per_cent(day["width"]) for day in found) == pytest.approx(100, abs=0.2)
    free = [day["date"].day for day in found if day["free"]]
    assert free == [11, 14, 15, 21, 22]


def test_now_is_marked_inside_the_window_only():
    assert mark(FRAME, warsaw(16)) == "50.00%"
    assert mark(FRAME, warsaw(23)) is None


def test_a_day_with_a_change_of_clocks_is_as_long_as_it_is():
    frame = Window(date(2026, 10, 25), date(2026, 10, 26))
    widths = [per_cent(day["width"]) for day in days(frame, saturday=False)]
    assert widths == pytest.approx([25 / 49 * 100, 24 / 49 * 100], abs=0.01)


@given(st.lists(st.tuples(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=9)))), INSTANTS)
def test_no_bar_ever_leaves_the_picture(spans, now):
    found = bars([span(start, start + length) for start, length in spans], FRAME, now)
    for bar in found:
        x, width = per_cent(bar["x"]), per_cent(bar["width"])
        assert x >= 0
        assert width > 0
        assert x + width <= 100.02


# --- The company's mode ---------------------------------------------------------------------
def entry(company, day: int, mode: str, what: str = "change") -> None:
    ModeEntry.objects.create(
        company=company, environment="simulator", what=what, mode=mode, at=warsaw(day)
    )


def test_times_outside_online_come_from_the_journal(company):
    for day, mode in [(9, "offline24"), (10, "online"), (12, "awaria"), (13, "offline24")]:
        entry(company, day, mode)
    entry(company, 14, "", "rules")
    found = [(one.start.day, one.end and one.end.day, one.label) for one in mode_spans(company)]
    starts = [(warsaw(9), warsaw(10)), (warsaw(12), warsaw(13)), (warsaw(13), None)]
    assert [(one.start, one.end) for one in mode_spans(company)] == starts
    assert [label for *_rest, label in found] == ["offline24", "awaria", "offline24"]


def test_the_same_mode_twice_is_one_time(company):
    entry(company, 9, "offline24")
    entry(company, 10, "offline24")
    entry(company, 11, "online")
    assert [(one.start, one.end) for one in mode_spans(company)] == [(warsaw(9), warsaw(11))]


def test_an_effect_without_invoices_is_none():
    assert Effect() == Effect(0, 0, None, 0)
