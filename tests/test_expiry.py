"""Warnings of a certificate's end: each day once, on the pages and by e-mail."""

from datetime import timedelta

import pytest
from django.core import mail

from auth_ksef.credentials import certificate_add, credential_retire
from auth_ksef.expiry import expiry_warn
from auth_ksef.models import Credential, CredentialWarning
from ksefapp.lib import clock
from ksefapp.notify.letters import notices_mail
from ksefapp.notify.models import Notice
from tests.auth_support import clock_shifter, pem_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(monkeypatch, tmp_path):
    return clock_shifter(monkeypatch, tmp_path)


def stored(company, user, *, person=None, days=100, offline=False) -> Credential:
    """A certificate that ends after so many days, at the same hour."""
    end = clock.now() + timedelta(days=days)
    crt, key = pem_files(offline=offline, valid_to=end)
    row = certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=person,
        added_by=user,
        consent=person is not None,
    )
    Credential.objects.filter(pk=row.pk).update(serial=f"{row.pk:016X}")  # as KSeF numbers
    return row


@pytest.fixture
def row(company, owner):
    return stored(company, owner)


def open_keys() -> list[str]:
    rows = Notice.objects.filter(key__startswith="certificate-end", over=False)
    return [key.rpartition(":")[2] for key in rows.values_list("key", flat=True)]


def test_with_time_left_nobody_is_told(row, shift):
    shift(days=39)
    assert expiry_warn() == 0


@pytest.mark.parametrize("days", [60, 30, 14, 7, 1])
def test_each_of_the_five_days_is_told_once(row, shift, days):
    shift(days=100 - days)
    assert expiry_warn() == 1
    assert expiry_warn() == 0
    assert CredentialWarning.objects.get().days == days
    assert open_keys() == [str(days)]


def test_day_by_day_there_are_five_warnings_and_one_on_the_page(row, shift):
    told = 0
    for day in range(30, 100):
        shift(days=day)
        told += expiry_warn()
    assert told == 5
    assert open_keys() == ["1"]


def test_after_a_standstill_only_the_nearest_is_told(row, shift):
    shift(days=95)
    assert expiry_warn() == 1
    assert CredentialWarning.objects.get().days == 7


def test_days_are_warsaws(company, owner, shift):
    row = stored(company, owner)
    # 23:30 UTC is the next day in Warsaw.
    end = clock.now().replace(hour=23, minute=30) + timedelta(days=90)
    Credential.objects.filter(pk=row.pk).update(valid_to=end)
    now = clock.now()
    shift(seconds=(end.replace(hour=22, minute=50) - timedelta(days=60) - now).total_seconds())
    assert (clock.warsaw(end).date() - clock.today()).days == 61
    assert expiry_warn() == 0
    shift(seconds=(end.replace(hour=23, minute=10) - timedelta(days=60) - now).total_seconds())
    assert expiry_warn() == 1


def test_the_last_week_is_an_alarm_when_nobody_but_a_person_can_renew(row, shift):
    Credential.objects.update(renewal="ask")
    row.bindings.update(purpose="kod2")
    shift(days=94)
    expiry_warn()
    assert Notice.objects.get(over=False).kind == "bad"


def test_the_words_say_who_does_something(row, shift):
    shift(days=40)
    expiry_warn()
    notice = Notice.objects.get()
    assert "wygasa za 60 dni" in notice.pl
    assert "Odnowimy go sami od" in notice.pl
    assert "It renews itself from" in notice.en
    Notice.objects.all().delete()
    Credential.objects.update(renewal="ask")
    shift(days=99)
    expiry_warn()
    assert "Zaloguj się podpisem" in Notice.objects.get().pl
    assert "za 1 dzień" in Notice.objects.get().pl


def test_a_companys_warning_goes_to_its_issuers_by_mail(row, shift, settings):
    settings.EMAIL_HOST = "mail.example"
    shift(days=40)
    expiry_warn()
    assert notices_mail() == 1
    assert {letter.to[0] for letter in mail.outbox} >= {"ola@example.com", "tomek@example.com"}


def test_a_persons_own_is_written_of_to_that_person_once(
    company, teammate, shift, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_HOST = "mail.example"
    stored(company, teammate, person=teammate)
    shift(days=40)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            expiry_warn()
    notices_mail()
    assert [letter.to for letter in mail.outbox] == [["tomek@example.com"]]
    assert "/konto/certyfikaty/" in mail.outbox[0].body
    assert open_keys() == ["60"]


def test_an_ended_one_is_told_and_not_mailed(row, shift):
    shift(days=101)
    expiry_warn()
    notice = Notice.objects.get()
    assert (notice.kind, notice.mail_at) == ("bad", None)
    assert "wygasł" in notice.pl
    assert "has expired" in notice.en


def test_with_a_successor_the_warning_goes(row, company, owner, shift):
    shift(days=71)
    expiry_warn()
    assert open_keys() == ["30"]
    Credential.objects.filter(pk=row.pk).update(replaced_by=stored(company, owner, days=900))
    expiry_warn()
    assert open_keys() == []


def test_a_withdrawn_or_switched_off_one_is_silent(row, owner, shift):
    shift(days=71)
    expiry_warn()
    credential_retire(credential=row, retired_by=owner)
    expiry_warn()
    assert open_keys() == []


def test_switched_off_nobody_is_told(row, shift):
    Credential.objects.update(renewal="off")
    shift(days=99)
    assert expiry_warn() == 0


def test_the_notice_leads_to_the_certificate(row, shift, client_of, owner):
    shift(days=40)
    expiry_warn()
    path = Notice.objects.get().path
    assert client_of(owner).get(path).status_code == 200


def test_a_certificate_of_another_issuer_does_not_promise_to_renew_itself(row, shift):
    Credential.objects.update(serial="AB" * 20)
    shift(days=40)
    expiry_warn()
    assert "Renew it with its issuer" in Notice.objects.get().en
