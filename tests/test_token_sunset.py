"""The announced end of tokens: a date from the settings, told in steps, stopping nothing."""

from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string

from auth_ksef import sunset as module
from auth_ksef.credentials import credential_retire, token_add
from auth_ksef.sunset import Sunset, companies_by_token, sunset, sunset_sweep, sunset_tell
from ksefapp.env import env_date
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notices_fade
from tests.auth_support import TOKEN, FakeKsef, pem_files, plug_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(company, owner):
    return token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)


@pytest.fixture
def ends_in(settings):
    """Sets the end to so many days from today."""

    def set_end(days: int) -> None:
        settings.KSEF_TOKEN_SUNSET = clock.today() + timedelta(days=days)

    return set_end


def told():
    return list(Notice.objects.filter(over=False).values_list("kind", "key"))


@pytest.mark.parametrize(
    ("days", "step"),
    [(61, ""), (60, "60"), (31, "60"), (30, "30"), (14, "14"), (2, "7"), (0, "1"), (-1, "over")],
)
def test_the_step_is_the_nearest_that_has_come(days, step):
    assert Sunset(date(2026, 12, 31), days).step == step


def test_without_a_date_nothing_is_said(settings, token):
    settings.KSEF_TOKEN_SUNSET = None
    assert sunset() is None
    assert sunset_tell() == 0
    assert told() == []


def test_far_from_the_date_nobody_is_told(token, ends_in):
    ends_in(61)
    assert sunset_tell() == 0


def test_a_company_with_a_token_is_told_once_at_each_step(token, ends_in):
    ends_in(30)
    sunset_tell()
    sunset_tell()
    assert len(told()) == 1
    ends_in(7)
    sunset_tell()
    ((kind, key),) = told()
    assert (kind, key.endswith(":7")) == ("warn", True)


def test_far_off_it_is_news_and_near_it_is_a_warning(token, ends_in):
    ends_in(45)
    sunset_tell()
    assert told()[0][0] == "info"
    ends_in(14)
    sunset_tell()
    assert told()[0][0] == "warn"


def test_news_that_faded_are_not_told_again(token, ends_in):
    ends_in(45)
    sunset_tell()
    Notice.objects.update(raised_at=clock.now() - timedelta(days=3))
    assert notices_fade() == 1
    sunset_tell()
    assert Notice.objects.count() == 1


def test_a_date_that_is_moved_takes_the_notice_back(token, ends_in):
    ends_in(7)
    sunset_tell()
    ends_in(300)
    sunset_tell()
    assert told() == []


def test_a_company_that_lets_its_token_go_is_told_no_more(token, owner, ends_in):
    ends_in(7)
    sunset_tell()
    credential_retire(credential=token, retired_by=owner)
    sunset_tell()
    assert told() == []


def test_a_company_with_a_certificate_does_not_depend_on_its_token(token, company, owner):
    from auth_ksef.credentials import certificate_add

    assert list(companies_by_token()) == [company]
    crt, key = pem_files()
    certificate_add(company=company, certificate=crt, key=key, password=None, added_by=owner)
    assert list(companies_by_token()) == []


def test_after_the_date_the_notice_says_so_and_tokens_still_log_in(
    token, company, ends_in, monkeypatch
):
    from auth_ksef import login

    monkeypatch.setattr(login, "sleep", lambda seconds: None)
    plug_in(monkeypatch, FakeKsef())
    ends_in(-3)
    sunset_tell()
    assert "miały działać" in Notice.objects.get().pl
    assert login.access_get(company=company).token


def test_the_sweep_looks_now_and_then_only(token, ends_in, monkeypatch):
    monkeypatch.setattr(module, "_checked_at", None)
    ends_in(7)
    assert sunset_sweep() == 1
    assert sunset_sweep() == 0


def test_the_note_of_the_settings_stands_beside_the_date(company, settings):
    settings.KSEF_TOKEN_SUNSET = date(2027, 11, 30)
    settings.KSEF_TOKEN_SUNSET_NOTE = "Przedłużenie ogłoszono 1.12.2026."
    page = render_to_string(
        "auth_ksef/tokens_sunset.html",
        {"sunset": sunset(), "company": company, "may_leave": True},
    )
    assert "30.11.2027" in page.replace("\xa0", " ")
    assert "Przedłużenie ogłoszono" in page


def test_the_setting_is_a_date_or_empty(monkeypatch):
    monkeypatch.setenv("KSEF_TOKEN_SUNSET", "")
    assert env_date("KSEF_TOKEN_SUNSET", "2026-12-31", or_none=True) is None
    monkeypatch.delenv("KSEF_TOKEN_SUNSET")
    assert env_date("KSEF_TOKEN_SUNSET", "2026-12-31", or_none=True) == date(2026, 12, 31)


@pytest.mark.parametrize("days", [0, 1, 5])
def test_the_words_of_the_last_days(token, ends_in, days):
    ends_in(days)
    sunset_tell()
    words = {0: "to dziś", 1: "został 1 dzień", 5: "zostało dni: 5"}[days]
    assert words in Notice.objects.get().pl
