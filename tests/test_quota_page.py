"""The page of KSeF's limits: what is used, when the next call may leave, and why not now."""

import re
from datetime import timedelta

import pytest

from auth_ksef.client import Heard, KsefLater, routes
from auth_ksef.contact import address_record
from auth_ksef.models import QuotaBlock, QuotaLimit
from auth_ksef.quota import gate
from auth_ksef.quota_overview import SHOWN, quota_overview
from ksefapp.lib import clock
from ksefapp.ui.formats import time_pl

HERE = "simulator"
OK = Heard(sent=True, answered=True, error=None)


def page(client, company) -> str:
    answer = client.get(f"/firma/{company.nip}/ksef/limity/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def block(company, *, seconds=600, group="invoiceDownload", foreign=True) -> QuotaBlock:
    return QuotaBlock.objects.create(
        company=company,
        environment=HERE,
        group=group,
        until=clock.now() + timedelta(seconds=seconds),
        seen_at=clock.now(),
        foreign=foreign,
    )


def row(company, name: str):
    page = quota_overview(company)
    return next(row for row in page.rows + page.idle if row.name == name)


def test_every_group_of_our_calls_is_shown():
    assert set(SHOWN) == {route.group for route in routes.ALL} | {"global"}


def test_before_the_first_call_the_published_limits_stand_there(company, owner, client_of):
    text = page(client_of(owner), company)
    assert "ogłoszone przez Ministerstwo" in text
    assert "z 180" in text


def test_used_calls_are_counted_in_their_windows(company):
    for _ in range(3):
        gate(company, HERE, routes.INVOICE_SEND)(OK)
    found = row(company, "Wysyłanie faktur")
    assert [(window.used, window.limit) for window in found.windows] == [(3, 10), (3, 30), (3, 180)]
    assert row(company, "Wszystkie zapytania razem").windows[0].used == 3


def test_a_block_is_told_with_its_end_and_its_reason(company, owner, client_of):
    ends = block(company).until
    text = page(client_of(owner), company)
    assert time_pl(ends) in text
    assert "Limit zużywa też inny program." in text


def test_a_block_of_our_own_blames_nobody(company, owner, client_of):
    block(company, foreign=False)
    assert "inny program" not in page(client_of(owner), company)


def test_a_full_window_says_when_the_next_call_may_leave(company):
    QuotaLimit.objects.create(company=company, environment=HERE, group="invoiceSend", per_hour=1)
    gate(company, HERE, routes.INVOICE_SEND)(OK)
    found = row(company, "Wysyłanie faktur")
    assert (found.blocked, found.windows[2].is_full) == (False, True)
    assert timedelta(minutes=59) < found.free_at - clock.now() < timedelta(minutes=61)


def test_our_address_and_the_day_of_the_limits_stand_there(company, owner, client_of):
    address_record(HERE, "192.0.2.7")
    QuotaLimit.objects.create(company=company, environment=HERE, group="invoiceSend", per_hour=1)
    text = page(client_of(owner), company)
    assert "192.0.2.7" in text
    assert "Limity tej firmy podał KSeF" in text


def test_groups_in_use_stand_first_and_the_others_are_folded_away(company):
    gate(company, HERE, routes.INVOICE_SEND)(OK)
    found = quota_overview(company)
    assert [row.name for row in found.rows] == ["Wysyłanie faktur", "Wszystkie zapytania razem"]
    assert len(found.rows) + len(found.idle) == len(SHOWN)


@pytest.mark.parametrize(
    ("seconds", "pattern"),
    [(30, r"o \d+:\d\d:\d\d"), (1200, r"o \d+:\d\d"), (2 * 86_400, r"\d+\.\d+\.\d+, \d+:\d\d")],
)
def test_the_next_call_is_told_with_as_much_as_matters(company, monkeypatch, seconds, pattern):
    noon = clock.warsaw(clock.now()).replace(hour=12)
    monkeypatch.setattr(clock, "now", lambda: noon)
    block(company, seconds=seconds)
    assert re.fullmatch(pattern, row(company, "Pobieranie faktur").when)


def test_what_another_company_uses_is_not_told(company, stranger, client_of):
    assert client_of(stranger).get(f"/firma/{company.nip}/ksef/limity/").status_code == 404


@pytest.mark.parametrize("seconds", [1, 999_999_999])
def test_the_page_stands_any_wait(company, owner, client_of, seconds):
    error = KsefLater("429", http_status=429, retry_after=seconds, explained=True)
    gate(company, HERE, routes.INVOICE_SEND)(Heard(sent=True, answered=True, error=error))
    assert "Wysyłanie faktur" in page(client_of(owner), company)


def test_the_number_of_questions_does_not_grow_with_the_calls(
    company, owner, client_of, django_assert_max_num_queries
):
    for _ in range(9):
        gate(company, HERE, routes.INVOICE_SEND)(OK)
    client = client_of(owner)
    page(client, company)
    with django_assert_max_num_queries(60):
        page(client, company)
