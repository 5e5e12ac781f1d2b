"""Access tokens: cache, refresh, full login, one process at a time, refusals."""

import threading
from datetime import timedelta

import httpx
import pytest
from django.db import connections, transaction

from auth_ksef import api, login
from auth_ksef.client import KsefLater
from auth_ksef.credentials import certificate_add, credential_retire, token_add
from auth_ksef.errors import LoginRefused, NoCredential
from auth_ksef.login import access_forget, access_get
from auth_ksef.messages import LOGIN
from auth_ksef.models import SystemWarning, TokenCache
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.auth_support import TOKEN, FakeKsef, clock_shifter, pem_files, plug_in
from tests.client_support import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock_at(monkeypatch, tmp_path):
    return clock_shifter(monkeypatch, tmp_path)


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch):
    monkeypatch.setattr(login, "sleep", lambda seconds: None)


@pytest.fixture
def ksef(monkeypatch):
    return plug_in(monkeypatch, FakeKsef())


@pytest.fixture
def credential(company, owner):
    return token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)


# --- Logging in -----------------------------------------------------------------------------
def test_a_token_logs_in_with_what_was_pasted(ksef, company, credential):
    access = access_get(company=company)
    assert access.token.startswith("access.")
    assert access.credential == credential
    assert ksef.secrets == [TOKEN.format(nip=company.nip)]


@pytest.mark.parametrize("password", [None, "Tajne-haslo-2026"])
def test_a_certificate_logs_in_by_signature(ksef, company, owner, password):
    crt, key = pem_files(password=password)
    certificate_add(company=company, certificate=crt, key=key, password=password, added_by=owner)
    access_get(company=company)
    assert ksef.count("/auth/xades-signature") == 1
    assert ksef.count("/auth/ksef-token") == 0


def test_the_second_call_takes_the_token_from_the_cache(ksef, company, credential):
    first = access_get(company=company)
    assert access_get(company=company) == first
    assert ksef.count("/auth/challenge") == 1


def test_the_cached_tokens_are_sealed(ksef, company, credential):
    token = access_get(company=company).token
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT access, refresh FROM auth_ksef_tokencache")
        access, refresh = cursor.fetchone()
    assert token not in access
    assert access.startswith("k1.")
    assert refresh.startswith("k1.")


def test_the_token_does_not_show_in_the_text_of_the_answer(ksef, company, credential):
    access = access_get(company=company)
    assert access.token not in repr(access)


def test_a_token_with_less_than_a_minute_left_is_refreshed(ksef, company, credential):
    ksef.access_minutes = 0.9
    first = access_get(company=company)
    assert access_get(company=company).token != first.token
    assert ksef.count("/auth/token/refresh") == 1
    assert ksef.count("/auth/challenge") == 1


def test_a_forgotten_token_is_refreshed_without_a_login(ksef, company, credential):
    first = access_get(company=company)
    access_forget(company, credential)
    assert access_get(company=company).token != first.token
    assert ksef.count("/auth/challenge") == 1


def test_a_refused_refresh_leads_to_a_new_login(ksef, company, credential):
    access_get(company=company)
    access_forget(company, credential)
    ksef.failures["/auth/token/refresh"] = problem(401)
    access_get(company=company)
    assert ksef.count("/auth/challenge") == 2


def test_a_refresh_that_gets_no_answer_is_tried_later(ksef, company, credential):
    access_get(company=company)
    access_forget(company, credential)
    ksef.failures["/auth/token/refresh"] = httpx.ConnectError("down")
    with pytest.raises(KsefLater):
        access_get(company=company)
    assert ksef.count("/auth/challenge") == 1


def test_an_expired_refresh_token_is_not_even_tried(ksef, company, credential):
    access_get(company=company)
    TokenCache.objects.update(access="", refresh_until=clock.now())
    access_get(company=company)
    assert ksef.count("/auth/token/refresh") == 0


def test_fresh_means_a_whole_login(ksef, company, credential):
    access_get(company=company)
    access_get(company=company, fresh=True)
    assert ksef.count("/auth/challenge") == 2
    assert ksef.count("/auth/token/refresh") == 0


def test_a_rotated_key_is_fetched_again_with_a_new_challenge(ksef, company, credential):
    ksef.failures["/auth/ksef-token"] = problem(400, code=21470)
    access_get(company=company)
    assert ksef.count("/security/public-key-certificates") == 2
    assert ksef.count("/auth/challenge") == 2


def test_a_clock_that_is_wrong_by_years_still_logs_in(ksef, company, credential):
    ksef.skew = timedelta(days=-400)
    assert access_get(company=company).token


def test_the_verdict_is_awaited(ksef, company, credential):
    ksef.verdicts = [(100, "W toku"), (100, "W toku")]
    access_get(company=company)
    assert ksef.count("/auth/status") == 3


def test_a_verdict_that_does_not_come_is_given_up_in_time(ksef, company, credential, monkeypatch):
    ksef.verdicts = [(100, "W toku")] * 1000
    monkeypatch.setattr(login, "POLL_SECONDS", 0.05)
    with pytest.raises(KsefLater) as caught:
        access_get(company=company)
    assert caught.value.retry_after == 30
    assert TokenCache.objects.get().lease_until is None


def test_a_login_that_ksef_judges_for_minutes_is_asked_after_and_not_begun_anew(
    ksef, company, credential, monkeypatch
):
    ksef.verdicts = [(100, "W toku")] * 3
    monkeypatch.setattr(login, "POLL_SECONDS", 0)
    for _ in range(3):
        with pytest.raises(KsefLater):
            access_get(company=company)
    assert access_get(company=company).token
    assert (ksef.count("/auth/challenge"), ksef.count("/auth/status")) == (1, 4)
    assert TokenCache.objects.get().waiting == ""


def test_who_wants_a_fresh_login_waits_for_the_one_under_way(
    ksef, company, credential, monkeypatch
):
    ksef.verdicts = [(100, "W toku")] * 2
    monkeypatch.setattr(login, "POLL_SECONDS", 0)
    for _ in range(2):
        with pytest.raises(KsefLater):
            access_get(company=company, fresh=True)
    assert access_get(company=company, fresh=True).token
    assert ksef.count("/auth/challenge") == 1


def test_no_answer_about_a_login_under_way_does_not_lose_it(ksef, company, credential):
    ksef.failures["/auth/status"] = httpx.ConnectError("down")
    with pytest.raises(KsefLater):
        access_get(company=company)
    access_get(company=company)
    assert ksef.count("/auth/challenge") == 1


def test_a_login_under_way_that_ksef_forgot_is_begun_anew(ksef, company, credential, monkeypatch):
    ksef.verdicts = [(100, "W toku")]
    monkeypatch.setattr(login, "POLL_SECONDS", 0)
    with pytest.raises(KsefLater):
        access_get(company=company)
    ksef.failures["/auth/status"] = problem(401)
    with pytest.raises(LoginRefused):
        access_get(company=company)
    access_get(company=company)
    assert ksef.count("/auth/challenge") == 2


# --- Refusals -------------------------------------------------------------------------------
@pytest.mark.parametrize("code", [415, 425, 450, 460, 470, 480])
def test_each_refusal_has_its_sentence(ksef, company, credential, code):
    ksef.verdicts = [(code, "Uwierzytelnianie zakończone niepowodzeniem", "Szczegół")]
    with pytest.raises(LoginRefused) as caught:
        access_get(company=company)
    assert caught.value.code == code
    assert caught.value.pl == LOGIN[code][0].format(number=f" ({code})")
    assert f"({code})." in caught.value.message("en")
    assert caught.value.details == ("Szczegół",)


def test_an_unknown_refusal_says_what_ksef_said(ksef, company, credential):
    ksef.verdicts = [(499, "Coś nowego")]
    with pytest.raises(LoginRefused, match="Coś nowego") as caught:
        access_get(company=company)
    assert "Coś nowego" in caught.value.message("en")


@pytest.mark.parametrize("code", [500, 550])
def test_a_failure_of_ksef_is_no_refusal(ksef, company, credential, code):
    ksef.verdicts = [(code, "Nieznany błąd")]
    with pytest.raises(KsefLater):
        access_get(company=company)


@pytest.mark.parametrize(("code", "same"), [(21301, 415), (21304, 410), (21308, 470)])
def test_an_error_that_means_the_same_has_the_same_sentence(ksef, company, credential, code, same):
    ksef.failures["/auth/ksef-token"] = problem(400, code=code)
    with pytest.raises(LoginRefused) as caught:
        access_get(company=company)
    assert caught.value.pl == LOGIN[same][0].format(number=f" ({code})")


def test_a_forbidden_address_is_told(ksef, company, credential):
    ksef.failures["/auth/ksef-token"] = problem(403, reasonCode="ip-not-allowed")
    with pytest.raises(LoginRefused) as caught:
        access_get(company=company)
    assert caught.value.pl == LOGIN["ip-not-allowed"][0]


def test_a_lost_redeem_is_settled_by_the_next_login(ksef, company, credential):
    ksef.failures["/auth/token/redeem"] = httpx.ReadTimeout("lost")
    with pytest.raises(KsefLater):
        access_get(company=company)
    assert access_get(company=company).token
    assert ksef.count("/auth/challenge") == 2


def test_a_busy_ksef_names_its_time(ksef, company, credential):
    busy = httpx.Response(429, json={}, headers={"Retry-After": "1234"})
    ksef.failures["/auth/challenge"] = busy
    with pytest.raises(KsefLater) as caught:
        access_get(company=company)
    assert caught.value.retry_after == 1234


def test_a_refusal_gives_the_lease_back(ksef, company, credential):
    ksef.verdicts = [(450, "Zły token")]
    with pytest.raises(LoginRefused):
        access_get(company=company)
    assert access_get(company=company).token


def test_without_a_credential_ksef_is_not_asked(ksef, company):
    with pytest.raises(NoCredential):
        access_get(company=company)
    assert ksef.calls == []


def test_a_withdrawn_credential_does_not_log_in(ksef, company, credential, owner):
    credential_retire(credential=credential, retired_by=owner)
    with pytest.raises(NoCredential):
        access_get(company=company, credential=credential)
    assert ksef.calls == []


def test_no_secret_stands_in_a_refusal_or_in_the_log(ksef, company, credential, caplog):
    caplog.set_level("DEBUG")
    ksef.failures["/auth/ksef-token"] = problem(400, code=21405)
    with pytest.raises(LoginRefused) as caught:
        access_get(company=company)
    token = TOKEN.format(nip=company.nip)
    assert token not in str(vars(caught.value)) + str(caught.value) + caplog.text


# --- One at a time --------------------------------------------------------------------------
def test_a_lease_held_elsewhere_is_awaited_for_ten_seconds(ksef, company, credential, monkeypatch):
    until = clock.now() + timedelta(seconds=30)
    TokenCache.objects.create(credential=credential, company=company, lease_until=until)
    monkeypatch.setattr(login, "WAIT_SECONDS", 0.05)
    with pytest.raises(KsefLater):
        access_get(company=company)
    assert ksef.calls == []


def test_what_another_process_earns_meanwhile_is_used(ksef, company, credential, monkeypatch):
    soon = clock.now() + timedelta(seconds=30)
    row = TokenCache.objects.create(credential=credential, company=company, lease_until=soon)
    earned = {"access": "theirs", "access_until": clock.now() + timedelta(minutes=5)}
    rows = TokenCache.objects.filter(pk=row.pk)
    monkeypatch.setattr(login, "sleep", lambda seconds: rows.update(lease_until=None, **earned))
    assert access_get(company=company).token == "theirs"
    assert ksef.calls == []


def test_a_lease_of_a_dead_process_runs_out(ksef, company, credential):
    past = clock.now() - timedelta(seconds=1)
    TokenCache.objects.create(credential=credential, company=company, lease_until=past)
    assert access_get(company=company).token


def test_a_lease_from_a_clock_that_was_put_back_does_not_block(ksef, company, credential):
    far = clock.now() + timedelta(days=30)
    TokenCache.objects.create(credential=credential, company=company, lease_until=far)
    assert access_get(company=company).token


def test_a_lost_lease_stops_the_login(ksef, company, credential, monkeypatch):
    taken = clock.now() + timedelta(seconds=40)
    ksef.verdicts = [(100, "W toku")]
    steal = TokenCache.objects.filter(credential=credential)
    monkeypatch.setattr(login, "sleep", lambda seconds: steal.update(lease_until=taken))
    with pytest.raises(login.LeaseLost):
        access_get(company=company)
    assert ksef.count("/auth/token/redeem") == 0


@pytest.mark.django_db(transaction=True)
def test_two_threads_that_ask_at_once_log_in_once(ksef, company, credential, monkeypatch):
    monkeypatch.setattr(login, "sleep", threading.Event().wait)
    ksef.gate.clear()
    threading.Timer(0.5, ksef.gate.set).start()
    first, second = at_once(*[lambda: access_get(company=company).token] * 2)
    assert first == second
    assert isinstance(first, str)
    assert ksef.count("/auth/ksef-token") == 1


@pytest.mark.django_db(transaction=True)
def test_ksef_is_never_called_inside_a_transaction(ksef, company, credential):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        access_get(company=company)
    assert ksef.calls == []


# --- The door -------------------------------------------------------------------------------
def test_there_is_one_door_for_each_environment():
    assert api._door("test") is api._door("test")
    assert api.ksef_api("test") is not api.ksef_api("demo")


def test_a_shifted_clock_opens_the_simulator_only(clock_at):
    clock_at(days=1)
    assert api.ksef_api("simulator")
    with pytest.raises(api.ClockShifted):
        api.ksef_api("production")


def test_qr_codes_of_simulator_companies_lead_to_the_simulator(settings):
    settings.KSEF_SIMULATOR_URL = "http://127.0.0.1:8123"
    assert api.qr_base("simulator") == "http://127.0.0.1:8123"
    assert api.qr_base("production") == "https://qr.ksef.mf.gov.pl"


def test_a_warning_of_ksef_is_counted(ksef, company, credential):
    ksef.warning = "xml-001: znak BOM"
    access_get(company=company)
    row = SystemWarning.objects.get()
    assert (row.environment, row.text) == ("simulator", "xml-001: znak BOM")
    assert row.times == len(ksef.calls)


def test_an_endless_warning_is_cut(ksef, company, credential):
    ksef.warning = "x" * 4000
    access_get(company=company)
    assert len(SystemWarning.objects.get().text) == api.WARNING_LENGTH


def test_a_warning_that_cannot_be_stored_costs_nothing(ksef, company, credential, monkeypatch):
    def broken(*args, **kwargs):
        raise api.DatabaseError("disk full")

    monkeypatch.setattr(api, "_warning_count", broken)
    ksef.warning = "xml-001"
    assert access_get(company=company).token
