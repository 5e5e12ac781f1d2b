"""The budget against a running simulator: limits learned, 429 obeyed, contact noticed."""

import httpx
import pytest
from django.db import OperationalError

from auth_ksef import quota, quota_limits, tasks
from auth_ksef.api import ksef_api
from auth_ksef.client import Heard, KsefLater, KsefRefused, routes
from auth_ksef.contact import contact_get, contact_record
from auth_ksef.errors import QuotaFull
from auth_ksef.login import access_get
from auth_ksef.models import QuotaBlock, QuotaCall, QuotaLimit, TokenCache
from auth_ksef.quota import Spender
from auth_ksef.quota_limits import limits_due, limits_learn, read
from auth_ksef.tasks import quota_task
from tests.cast import company_made
from tests.invoice_support import control, fault

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HERE = "simulator"
# Lists of sessions: 5 in a second, 10 in a minute; a slow machine gets past the first.
SEC_TO_MIN = range(5, 11)


@pytest.fixture
def api(connected):
    """The client of the connected company, which counts its calls."""
    return ksef_api(HERE, connected)


@pytest.fixture
def access(connected):
    return access_get(company=connected).token


@pytest.fixture(autouse=True)
def no_failed_attempts(monkeypatch):
    monkeypatch.setattr(quota_limits, "_failed", {})


def settings_of(simulator, **changes) -> None:
    control(simulator, "POST", "/settings", json=changes)


def listed(api, access, most: int) -> int:
    """How many lists of sessions were given before one had to wait (5 in a second)."""
    for done in range(most):
        try:
            api.session_list(access=access)
        except QuotaFull:
            return done
    return most


def test_calls_are_counted_when_they_leave(api, access, connected):
    api.session_list(access=access)
    assert QuotaCall.objects.filter(company=connected, group="sessionList").count() == 1
    assert QuotaCall.objects.filter(company=None, group="anonymous").count() > 2


def test_no_call_leaves_that_would_be_refused(api, access, simulator):
    settings_of(simulator, limits_multiplier=1)
    left = listed(api, access, 20)
    assert left in SEC_TO_MIN
    assert control(simulator, "GET", "/requests")["session_list"] == left


def test_larger_limits_are_learned_when_the_published_ones_are_used_up(api, access, connected):
    assert listed(api, access, 30) == 30
    assert QuotaLimit.objects.get(company=connected, group="sessionList").per_hour == 60_000


def test_smaller_limits_are_learned_and_kept(api, access, connected, simulator):
    settings_of(simulator, limits_multiplier=0.4)
    limits_learn(company=connected, environment=HERE, api=api, access=access)
    assert listed(api, access, 20) in range(2, 5)


def test_limits_that_cannot_be_asked_for_leave_the_published_ones(api, access, simulator):
    fault(simulator, "error_before", "rate_limits", status=500)
    assert listed(api, access, 20) in SEC_TO_MIN


def test_limits_of_the_address_that_one_company_learned_hold_for_all(api, access, connected):
    limits_learn(company=connected, environment=HERE, api=api, access=access)
    other = Spender(company_made("9542742949", name="Druga firma"), HERE)
    assert other.limits("global", "invoiceSend") == {
        "global": (75_000, None, None),
        "invoiceSend": (10, 30, 180),
    }


def test_a_busy_database_holds_a_call_back(api, access, monkeypatch):
    def busy(*_):
        raise OperationalError("database is locked")

    monkeypatch.setattr(quota, "_alone", busy)
    with pytest.raises(KsefLater, match="nothing was sent"):
        api.session_list(access=access)


def test_a_call_for_no_company_counts_at_the_address(connected):
    ksef_api(HERE).public_keys()
    assert QuotaCall.objects.get().group == "anonymous"


def test_a_429_of_another_program_blocks_and_asks_for_the_limits_again(
    api, access, connected, simulator
):
    limits_learn(company=connected, environment=HERE, api=api, access=access)
    assert not limits_due(connected, HERE)
    fault(simulator, "too_many", "session_list", retry_after=1200)
    with pytest.raises(KsefLater) as caught:
        api.session_list(access=access)
    assert caught.value.retry_after == 1200
    assert QuotaBlock.objects.get().foreign
    assert limits_due(connected, HERE)
    with pytest.raises(QuotaFull) as held:
        api.session_list(access=access)
    assert 1100 < held.value.retry_after <= 1200


def test_the_hourly_work_renews_limits_that_are_due(api, access, connected):
    api.session_list(access=access)
    quota_task()
    assert not limits_due(connected, HERE)


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ({"perSecond": 1, "perMinute": -1, "perHour": 3}, (1, None, 3)),
        ({}, (10, 30, 180)),
        ({"perSecond": "7", "perMinute": -5, "perHour": True}, (10, 30, 180)),
        ({"perSecond": 0, "perMinute": 10**30, "perHour": None}, (1, None, 180)),
    ],
)
def test_limits_are_read_with_tolerance(given, understood):
    assert read("invoiceSend", given) == understood


def test_an_answer_is_noticed_with_our_address(api, access):
    found = contact_get(HERE)
    assert found.answered_at
    assert found.failing_since is None
    assert found.address == "127.0.0.1"


def test_a_refusal_is_an_answer_too(api, access):
    with pytest.raises(KsefRefused):
        api.session_status(access=access, session="20261121-SO-0000000000-0000000000-00")
    assert contact_get(HERE).failing_since is None


def test_a_dead_connection_is_noticed_and_forgotten_with_the_next_answer(
    api, access, simulator, monkeypatch
):
    def refuse(*_, **__):
        raise httpx.ConnectError("refused")

    with monkeypatch.context() as patch:
        patch.setattr(api._door._http, "send", refuse)
        with pytest.raises(KsefLater):
            api.session_list(access=access)
        since = contact_get(HERE).failing_since
        with pytest.raises(KsefLater):
            api.session_list(access=access)
    assert since
    assert contact_get(HERE).failing_since == since
    assert not QuotaCall.objects.filter(group="sessionList").exists()
    api.session_list(access=access)
    assert contact_get(HERE).failing_since is None


def test_a_login_waits_for_the_shared_limit_of_the_address(connected, simulator):
    QuotaLimit.objects.create(company=connected, environment=HERE, group="anonymous", per_second=1)
    with pytest.raises(QuotaFull):
        access_get(company=connected)
    assert not TokenCache.objects.exclude(lease_until=None).exists()


def test_a_silent_ksef_is_asked_once_for_the_limits_of_all(api, access, connected, monkeypatch):
    asked = []
    other = company_made("9542742949", name="Druga firma")
    monkeypatch.setattr(tasks, "companies_to_ask", lambda: [connected, other])

    def silent(*, company):
        asked.append(company)
        raise KsefLater("no connection")

    monkeypatch.setattr(tasks, "access_get", silent)
    quota_task()
    assert asked == [connected]


def test_an_answer_that_crosses_a_failure_still_counts(api, access):
    tell = quota.gate(None, HERE, routes.CHALLENGE)
    contact_record(HERE, Heard(sent=True, answered=False, error=None))
    assert contact_get(HERE).failing_since
    tell(Heard(sent=True, answered=True, error=None))
    assert contact_get(HERE).failing_since is None
