"""Notices: one matter is told once, on the pages and by e-mail, until it is over."""

from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from unittest import mock

import pytest
from django.db import IntegrityError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from ksefapp.accounts.models import Company, Membership
from ksefapp.lib import clock
from ksefapp.notify import letters
from ksefapp.notify.letters import AGAIN, notices_mail
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import (
    notice_counts,
    notice_list,
    notice_past_list,
    notice_put_aside,
    notice_raise,
    notice_resolve,
    notice_text,
    notices_fade,
)
from tests.at_once import at_once

TEXT = ("Termin mija dziś o 23:59.", "The deadline is today at 23:59.")


def told(company, key="deadline:1", **more) -> Notice | None:
    return notice_raise(**{"company": company, "key": key, "kind": "warn", "text": TEXT, **more})


def test_a_matter_is_told_once(company):
    assert told(company) is not None
    assert told(company) is None
    assert notice_list(company).count() == 1


def test_another_matter_is_told_beside_it(company):
    told(company)
    told(company, "duplicate:1", kind="bad")
    assert notice_list(company).count() == 2


def test_a_matter_that_is_over_leaves_the_pages_and_may_come_again(company):
    told(company)
    assert notice_resolve(company, "deadline:1") is True
    assert not notice_list(company).exists()
    assert told(company) is not None


def test_nothing_to_resolve_is_no_fault(company):
    assert notice_resolve(company, "deadline:1") is False


def test_what_a_person_put_aside_is_not_told_again_while_it_goes_on(company, owner):
    notice = told(company)
    assert notice_put_aside(notice=notice, by=owner) is True
    assert told(company) is None
    assert notice_past_list(company).get().resolved_by == owner


def test_what_a_person_put_aside_may_come_again_after_it_was_over(company, owner):
    notice_put_aside(notice=told(company), by=owner)
    assert notice_resolve(company, "deadline:1") is True
    assert notice_past_list(company).get().resolved_by == owner
    assert told(company) is not None


def test_a_notice_is_put_aside_once(company, owner, accountant):
    notice = told(company)
    notice_put_aside(notice=notice, by=owner)
    assert notice_put_aside(notice=notice, by=accountant) is False
    assert notice_past_list(company).get().resolved_by == owner


def test_notices_stay_in_the_environment_they_are_of(company):
    told(company)
    company.environment = "test"
    assert not notice_list(company).exists()
    assert told(company) is not None
    assert told(company, environment="simulator") is None


def test_a_longer_text_is_cut_and_never_refused(company):
    notice = told(company, text=("ż" * 2000, "z" * 2000))
    notice.refresh_from_db()
    assert (len(notice.pl), len(notice.en)) == (1000, 1000)


def test_it_speaks_both_languages(company):
    notice = told(company)
    assert (notice_text(notice, "pl"), notice_text(notice, "en")) == TEXT


def test_counts_are_of_the_present_environment_in_one_query(
    company, other_company, django_assert_num_queries
):
    told(company)
    told(company, "b", kind="bad")
    told(other_company, environment="test")
    with django_assert_num_queries(1):
        found = notice_counts([company, other_company])
    assert found == {company.pk: {"warn": 1, "bad": 1}}


def test_the_loser_of_a_race_tells_nothing_and_harms_nothing(company):
    with mock.patch.object(Notice.objects, "create", side_effect=IntegrityError):
        assert told(company) is None
    assert Notice.objects.count() == 0


def test_news_fades_after_two_days_and_nothing_else_does(company, monkeypatch):
    for kind in ("info", "warn", "bad"):
        told(company, kind, kind=kind)
    assert notices_fade() == 0
    later = clock.now() + timedelta(days=2, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert notices_fade() == 1
    assert {row.kind for row in notice_list(company)} == {"warn", "bad"}
    assert told(company, "info", kind="info") is not None


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_many_processes_tell_a_matter_once(company):
    found = at_once(*[lambda: told(company)] * 5)
    assert sorted(type(row).__name__ for row in found) == ["NoneType"] * 4 + ["Notice"]
    assert Notice.objects.count() == 1


# --- By e-mail ------------------------------------------------------------------------------
@pytest.fixture
def mail_server(settings):
    settings.EMAIL_HOST = "mail.example.com"
    settings.KSEF_SITE_URL = "https://faktury.example.com"


@pytest.mark.usefixtures("mail_server")
def test_those_who_may_issue_are_written_to_once(
    company, owner, teammate, accountant, viewer, mailoutbox
):
    told(company)
    assert notices_mail() == 1
    assert notices_mail() == 0
    people = {address for mail in mailoutbox for address in mail.to}
    assert people == {owner.email, teammate.email, accountant.email}
    assert len(mailoutbox) == 3


@pytest.mark.usefixtures("mail_server")
def test_the_letter_says_company_matter_and_place_in_both_languages(company, mailoutbox):
    told(company, path="/firma/5265877635/faktury/7/")
    notices_mail()
    assert mailoutbox[0].subject == f"[SYMULATOR] {company.name}: {TEXT[0]}"
    for part in (company.name, *TEXT, "https://faktury.example.com/firma/5265877635/faktury/7/"):
        assert part in mailoutbox[0].body


@pytest.mark.usefixtures("mail_server")
def test_what_is_new_at_once_comes_in_one_letter_the_gravest_first(company, owner, mailoutbox):
    for number in range(40):
        told(company, f"deadline:{number}", path=f"/firma/1/faktury/{number}/")
    told(company, "alarm", kind="bad", text=("Numer ma inna faktura.", "Number taken."))
    assert notices_mail() == 41
    (mine,) = [mail for mail in mailoutbox if mail.to == [owner.email]]
    assert "Numer ma inna faktura. (+40)" in mine.subject
    assert mine.body.count(TEXT[0]) == 29
    assert "oraz innych: 11" in mine.body
    assert reverse("notice-list", args=[company.nip]) in mine.body


@pytest.mark.usefixtures("mail_server")
def test_companies_do_not_share_a_letter(company, other_company, stranger, mailoutbox):
    told(company)
    told(other_company, text=("Cudza sprawa.", "x"))
    assert notices_mail() == 2
    (theirs,) = [mail for mail in mailoutbox if mail.to == [stranger.email]]
    assert TEXT[0] not in theirs.body


@pytest.mark.usefixtures("mail_server")
def test_an_environment_that_was_left_writes_no_letters(company, mailoutbox):
    told(company, environment="test")
    assert notices_mail() == 0
    assert mailoutbox == []


@pytest.mark.usefixtures("mail_server")
def test_only_production_has_a_plain_subject(company, mailoutbox):
    company.environment = "production"
    company.save()
    told(company)
    notices_mail()
    assert mailoutbox[0].subject == f"{company.name}: {TEXT[0]}"


@pytest.mark.usefixtures("mail_server")
def test_a_quiet_notice_is_not_mailed(company, mailoutbox):
    told(company, mail=False)
    assert notices_mail() == 0
    assert mailoutbox == []


@pytest.mark.usefixtures("mail_server")
def test_what_is_over_before_the_mail_left_is_not_mailed(company, owner, mailoutbox):
    told(company)
    notice_resolve(company, "deadline:1")
    notice_put_aside(notice=told(company, "b"), by=owner)
    assert notices_mail() == 0
    assert mailoutbox == []


@pytest.mark.usefixtures("mail_server")
def test_a_dead_mail_server_is_tried_again(company, mailoutbox, monkeypatch):
    told(company)
    failing = mock.Mock(side_effect=SMTPServerDisconnected)
    with mock.patch("ksefapp.notify.letters.EmailMessage.send", failing):
        assert notices_mail() == 0
    assert notices_mail() == 0  # not before its time
    later = clock.now() + AGAIN + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert notices_mail() == 1
    assert len(mailoutbox) == 3


@pytest.mark.usefixtures("mail_server")
@pytest.mark.parametrize("no", [SMTPRecipientsRefused({}), SMTPDataError(550, b"spam")])
def test_a_mailbox_that_takes_nothing_keeps_nobody_waiting(company, owner, mailoutbox, no):
    told(company)
    real = mock.patch("ksefapp.notify.letters.EmailMessage.send", autospec=True)
    with real as send:
        send.side_effect = [1, no, 1]
        assert notices_mail() == 1
    assert notice_list(company).get().mail_at is None


def test_without_a_mail_server_it_stays_due(company, settings, mailoutbox):
    settings.EMAIL_HOST = ""
    told(company)
    assert notices_mail() == 0
    assert notice_list(company).get().mail_at is not None


@pytest.mark.usefixtures("mail_server")
def test_two_mailers_at_once_write_once(company, mailoutbox):
    row = told(company)
    stale = Notice.objects.select_related("company").get()
    notices_mail()
    assert letters._claimed(stale) is False
    assert len(mailoutbox) == 3
    assert row.pk == stale.pk


@pytest.mark.usefixtures("mail_server")
def test_a_company_without_people_ends_the_tries(company, mailoutbox):
    told(company)
    Membership.objects.all().delete()
    assert notices_mail() == 0
    assert notice_list(company).get().mail_at is None


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_a_subject_is_one_short_line(text):
    notice = Notice(company=Company(name="Sosna\ni Syn"), environment="production", pl=text)
    subject = letters.subject([notice] * 3)
    assert len(subject) <= 150
    assert "\n" not in subject
    assert "\r" not in subject
