"""The budget of calls: shared by all processes, never overdrawn, waits told to the second."""

import os
import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest
from django.db import connection, transaction

from auth_ksef.client import Heard, KsefLater, routes
from auth_ksef.contact import address_record
from auth_ksef.errors import QuotaFull, words_of
from auth_ksef.models import QuotaBlock, QuotaCall, QuotaLimit
from auth_ksef.quota import FETCH, SEND, STATUS, UPO, Spender, gate, quota_forget, urgency_of
from auth_ksef.windows import MARGIN
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.cast import company_made

HERE = "simulator"
OK = Heard(sent=True, answered=True, error=None)
NOT_SENT = Heard(sent=False, answered=False, error=KsefLater("no connection"))


@pytest.fixture
def now(monkeypatch):
    """A clock that stands still until it is moved: `now.after(60)`."""

    class Clock:
        time = clock.now()

        def after(self, seconds: float):
            self.time += timedelta(seconds=seconds)

    standing = Clock()
    monkeypatch.setattr(clock, "now", lambda: standing.time)
    return standing


def limited(company, group: str, *limits, environment=HERE) -> None:
    names = ("per_second", "per_minute", "per_hour")
    QuotaLimit.objects.update_or_create(
        company=company,
        environment=environment,
        group=group,
        defaults=dict(zip(names, limits, strict=True)),
    )


def leave(company, route=routes.INVOICE_SEND, heard=OK, **options) -> None:
    gate(company, HERE, route, **options)(heard)


def passed(company, route=routes.INVOICE_SEND, most=100, **options) -> int:
    """How many calls in a row may leave at this moment."""
    for done in range(most):
        try:
            leave(company, route, **options)
        except QuotaFull:
            return done
    return most


def too_many(retry_after=None) -> Heard:
    error = KsefLater("429", http_status=429, retry_after=retry_after, explained=True)
    return Heard(sent=True, answered=True, error=error)


def test_the_published_limits_hold_until_others_are_learned(company, now):
    assert passed(company) == 10
    limited(company, "invoiceSend", 3, None, None)
    now.after(2)
    assert passed(company) == 3


def test_the_wait_is_told_to_the_instant(company, now):
    limited(company, "invoiceSend", None, 2, None)
    start = now.time
    leave(company)
    now.after(10)
    leave(company)
    with pytest.raises(QuotaFull) as caught:
        leave(company)
    assert caught.value.until == start + timedelta(seconds=60) + MARGIN
    assert caught.value.retry_after == 51


def test_each_window_of_the_three_is_kept(company, now):
    limited(company, "invoiceSend", 2, 3, 4)
    counts = []
    for wait in (0, 2, 61, 61, 3600):
        now.after(wait)
        counts.append(passed(company))
    assert counts == [2, 1, 1, 0, 2]


def test_a_call_that_did_not_leave_is_not_counted(company, now):
    limited(company, "invoiceSend", 1, 1, 1)
    leave(company, heard=NOT_SENT)
    assert passed(company) == 1


def test_a_slow_call_counts_from_its_answer(company, now):
    limited(company, "invoiceSend", None, 1, None)
    tell = gate(company, HERE, routes.INVOICE_SEND)
    now.after(30)
    tell(OK)
    now.after(40)
    assert passed(company) == 0
    now.after(21)
    assert passed(company) == 1


def test_companies_have_limits_of_their_own(company, now):
    other = company_made("9542742949", name="Druga firma")
    assert (passed(company), passed(other)) == (10, 10)


def test_environments_have_limits_of_their_own(company, now):
    limited(company, "invoiceSend", 1, None, None)
    leave(company)
    limited(company, "invoiceSend", 1, None, None, environment="test")
    assert gate(company, "test", routes.INVOICE_SEND)


def test_all_companies_share_what_their_address_may_call(company, now):
    companies = [company, *(company_made(nip) for nip in ("9542742949", "1111111111"))]
    for one in companies:
        limited(one, "invoiceSend", None, None, None)
        limited(one, "global", 10, None, None)
    assert sum(passed(one) for one in companies) == 10


def test_logins_of_all_companies_share_the_anonymous_limit(company, now):
    other = company_made("9542742949", name="Druga firma")
    assert passed(company, routes.CHALLENGE) == 60
    assert passed(other, routes.CHALLENGE) == 0


def test_a_new_address_starts_with_a_fresh_count(company, now):
    address_record(HERE, "192.0.2.1")
    assert passed(company) == 10
    address_record(HERE, "192.0.2.2")
    assert passed(company) == 10
    address_record(HERE, "192.0.2.1")
    assert passed(company) == 0


def test_calls_before_the_address_was_known_are_counted_at_it(company, now):
    assert passed(company) == 10
    address_record(HERE, "192.0.2.1")
    assert passed(company) == 0


@pytest.mark.parametrize(
    ("route", "urgency"),
    [
        (routes.INVOICE_SEND, SEND),
        (routes.BATCH_OPEN, SEND),
        (routes.CHALLENGE, SEND),
        (routes.INVOICE_STATUS, STATUS),
        (routes.SESSION_STATUS, STATUS),
        (routes.METADATA, STATUS),
        (routes.UPO, UPO),
        (routes.SESSION_UPO, UPO),
        (routes.GRANTED_PERSONS, FETCH),
        (routes.TOKENS_LIST, FETCH),
        (routes.GRANT_PERSONS, SEND),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_route_tells_the_urgency(route, urgency):
    assert urgency_of(route) == urgency


def test_the_less_urgent_leave_room_for_the_more_urgent(company, now):
    limited(company, "sessionMisc", 8, None, None)
    assert passed(company, routes.UPO) == 6
    assert passed(company, routes.SESSION_STATUS) == 2


def test_fetching_leaves_a_quarter_of_the_hour_to_searching_for_the_lost(company, now):
    limited(company, "invoiceMetadata", None, None, 20)
    assert passed(company, routes.METADATA, urgency=FETCH) == 15
    assert passed(company, routes.METADATA) == 5


def test_looking_at_rights_leaves_a_quarter_to_the_rights_asked_before_a_send(company, now):
    limited(company, "other", None, None, 40)
    assert passed(company, routes.GRANTED_PERSONS) == 30
    assert passed(company, routes.OWN_PERMISSIONS) == 10


def test_sending_goes_on_where_everything_else_waits(company, now):
    limited(company, "global", 20, None, None)
    for group in ("invoiceStatus", "invoiceSend", "sessionMisc"):
        limited(company, group, None, None, None)
    assert passed(company, routes.UPO) == 15
    assert passed(company, routes.INVOICE_STATUS) == 3
    assert passed(company, routes.INVOICE_SEND) == 2


@pytest.mark.parametrize("seconds", [1, 30, 4711, 86_400, 999_999_999])
def test_retry_after_is_obeyed_as_given_however_long(company, now, seconds):
    leave(company, heard=too_many(seconds))
    now.after(seconds - 1)
    assert passed(company) == 0
    now.after(1)
    assert passed(company) > 0


def test_a_429_without_a_readable_wait_blocks_for_a_minute(company, now):
    leave(company, heard=too_many(None))
    with pytest.raises(QuotaFull) as caught:
        leave(company)
    assert caught.value.retry_after == 60


def test_a_block_stops_its_group_only(company, now):
    leave(company, heard=too_many(600))
    assert passed(company, routes.INVOICE_STATUS) > 0


def test_a_429_below_our_own_count_says_that_another_program_calls(company, now):
    leave(company, heard=too_many(30))
    assert QuotaBlock.objects.get().foreign


def test_a_429_above_our_own_count_is_our_own(company, now):
    limited(company, "invoiceSend", 2, None, None)
    for _ in range(2):
        leave(company)
        now.after(1.3)
    leave(company, heard=too_many(30))
    assert not QuotaBlock.objects.get().foreign


def test_several_429_at_once_tell_of_another_program_once(company, now):
    calls = [gate(company, HERE, routes.INVOICE_SEND) for _ in range(4)]
    for tell in calls:
        tell(too_many(30))
    assert QuotaBlock.objects.filter(foreign=True).count() == 1


def test_after_another_program_was_met_half_the_limit_is_left_to_it_for_an_hour(company, now):
    leave(company, heard=too_many(30))
    now.after(31)
    assert passed(company) == 5
    now.after(3601)
    assert passed(company) == 10


def test_the_wait_is_told_in_words_with_the_time(company, now):
    leave(company, heard=too_many(30))
    with pytest.raises(QuotaFull) as caught:
        leave(company)
    polish, english = words_of(caught.value)
    time = f"{clock.warsaw(now.time + timedelta(seconds=30)):%H:%M:%S}"
    assert "wysyłanie faktur" in polish
    assert time in polish
    assert "sending invoices" in english
    assert time in english


def test_a_long_wait_is_told_with_its_day(company, now):
    leave(company, heard=too_many(30 * 86_400))
    with pytest.raises(QuotaFull) as caught:
        leave(company)
    day = f"{clock.warsaw(now.time + timedelta(days=30)):%d.%m.%Y, %H:%M}"
    assert f"następne {day}" in caught.value.pl
    assert f"on {day}" in caught.value.en


def test_calls_of_a_clock_that_was_put_back_do_not_count(company, now):
    now.after(3600)
    assert passed(company) == 10
    now.after(-3600)
    assert passed(company) == 10


def test_old_calls_and_blocks_are_forgotten(company, now):
    leave(company, heard=too_many(60))
    now.after(3 * 24 * 3600)
    leave(company)
    assert quota_forget() == 2
    assert (QuotaCall.objects.count(), QuotaBlock.objects.count()) == (1, 0)


def test_a_block_that_still_runs_is_not_forgotten(company, now):
    leave(company, heard=too_many(30 * 24 * 3600))
    now.after(3 * 24 * 3600)
    quota_forget()
    assert passed(company) == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_counted_inside_a_transaction(company):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        gate(company, HERE, routes.INVOICE_SEND)


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_eight_threads_never_take_more_than_there_is(company):
    limited(company, "invoiceSend", None, 20, None)
    counts = at_once(*[lambda: passed(company, most=10)] * 8)
    assert sum(counts) == 20
    assert Spender(company, HERE).calls("invoiceSend").count() == 20


WORKER = """
    import django; django.setup()
    from auth_ksef.client import routes
    from auth_ksef.errors import QuotaFull
    from auth_ksef.quota import gate
    from ksefapp.accounts.models import Company
    company, done = Company.objects.get(), 0
    for _ in range(10):
        try:
            gate(company, "simulator", routes.INVOICE_SEND)
            done += 1
        except QuotaFull:
            pass
    print(done)
"""


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_four_processes_never_take_more_than_there_is(company):
    limited(company, "invoiceSend", None, 20, None)
    where = {**os.environ, "DJANGO_SETTINGS_MODULE": "ksefapp.settings"}
    where["DB_NAME"] = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-c", textwrap.dedent(WORKER)]
    workers = [
        subprocess.Popen(command, env=where, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    counts = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(counts) == 20
