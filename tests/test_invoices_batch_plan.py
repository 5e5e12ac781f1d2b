"""Who leaves with whom: every row once, by a way that KSeF allows, the urgent first."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from invoices.services.planning import Due, plan
from ksefapp.lib import clock

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=clock.WARSAW)
LATE = datetime(2026, 11, 20, 23, 40, tzinfo=clock.WARSAW)
DAYS = st.dates(TODAY - timedelta(days=9), TODAY)

ROWS = st.builds(
    Due,
    pk=st.integers(1, 10**6),
    offline=st.booleans(),
    issued_on=DAYS,
    deadline_on=st.none() | DAYS,
    technical=st.booleans(),
    failed_in=st.none() | st.integers(1, 3),
).map(lambda row: row if row.failed_in is None else failed(row, row.failed_in * 7))
LISTS = st.lists(ROWS, max_size=60, unique_by=lambda row: row.pk)


def failed(row: Due, size: int) -> Due:
    return Due(
        row.pk, row.offline, row.issued_on, row.deadline_on, row.technical, row.failed_in, size
    )


def due(pk, offline=False, **facts) -> Due:
    return Due(pk, offline, facts.pop("issued_on", TODAY), **facts)


def planned(rows, *, now=NOON, batch_from=5, most=20, attached=()):
    return plan(
        rows, now=now, batch_from=batch_from, most=most, has_attachment=lambda pk: pk in attached
    )


@given(rows=LISTS, most=st.integers(5, 50), now=st.sampled_from([NOON, LATE]), data=st.data())
def test_every_row_leaves_once_and_as_ksef_allows(rows, most, now, data):
    attached = data.draw(st.sets(st.sampled_from([row.pk for row in rows]))) if rows else set()
    found = planned(rows, now=now, most=most, attached=attached)
    by_pk = {row.pk: row for row in rows}
    assert sorted(pk for one in found for pk in one.pks) == sorted(by_pk)
    for one in found:
        assert {by_pk[pk].offline for pk in one.pks} == {one.offline}
        assert not one.batch or not any(by_pk[pk].technical for pk in one.pks)
        assert one.batch or all(by_pk[pk].technical or pk not in attached for pk in one.pks)
        assert not one.batch or len(one.pks) <= most


@given(rows=LISTS)
def test_a_package_that_failed_is_never_put_together_again(rows):
    sizes = {row.pk: row.failed_with for row in rows}
    for one in planned(rows):
        failures = {sizes[pk] for pk in one.pks}
        assert not one.batch or failures == {0} or len(one.pks) <= max(failures) // 2


def test_few_leave_one_by_one_and_many_in_one_package():
    assert [one.batch for one in planned([due(pk) for pk in range(4)])] == [False]
    assert [one.batch for one in planned([due(pk) for pk in range(5)])] == [True]


def test_an_attachment_goes_by_batch_alone():
    found = planned([due(1), due(2)], attached={2})
    assert [(one.batch, one.pks) for one in found] == [(False, (1,)), (True, (2,))]


def test_a_technical_correction_goes_alone_though_it_carries_an_attachment():
    found = planned([due(1, offline=True, technical=True)], attached={1})
    assert [(one.batch, one.pks) for one in found] == [(False, (1,))]


def test_the_nearest_deadline_goes_first():
    rows = [
        due(1, offline=True, deadline_on=TODAY + timedelta(days=3)),
        due(2, offline=True, deadline_on=TODAY),
        due(3, offline=True),
    ]
    assert planned(rows)[0].pks == (2, 1, 3)


def test_before_midnight_todays_online_invoices_go_before_all_others():
    offline = [due(pk, offline=True, deadline_on=TODAY) for pk in range(3)]
    online = [due(pk) for pk in range(10, 16)]
    assert [one.offline for one in planned(offline + online, now=LATE)] == [False, True]
    assert [one.offline for one in planned(offline + online, now=NOON)] == [True, False]


def test_half_of_a_failed_package_and_no_more_goes_together():
    rows = [due(pk, failed_in=1, failed_with=20) for pk in range(20)]
    assert [len(one.pks) for one in planned(rows)] == [10, 10]


def test_what_spoils_small_packages_ends_alone():
    rows = [due(pk, failed_in=1, failed_with=8) for pk in range(8)]
    assert [(one.batch, len(one.pks)) for one in planned(rows)] == [(False, 8)]
