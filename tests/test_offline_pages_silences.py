"""When KSeF or our network did not answer: periods that are opened and closed by what is known."""

from datetime import timedelta

import pytest

from auth_ksef.models import Contact
from ksefapp.lib import clock
from offline.models import NetworkState, Silence
from offline.silences import silence_list, silences_note
from tests.at_once import at_once


@pytest.fixture
def contact(db) -> Contact:
    return Contact.objects.create(environment="simulator", answered_at=clock.now())


def falls_silent(contact: Contact, since) -> None:
    contact.failing_since = contact.failed_at = since
    contact.save()


def answers(contact: Contact, at) -> None:
    contact.failing_since, contact.answered_at = None, at
    contact.save()


def test_nothing_is_noted_while_ksef_answers(contact):
    silences_note()
    assert not Silence.objects.exists()


def test_a_silence_opens_once_and_ends_with_the_answer(contact):
    begun = clock.now()
    falls_silent(contact, begun)
    silences_note()
    silences_note()
    assert [(row.since, row.until) for row in Silence.objects.all()] == [(begun, None)]
    back = begun + timedelta(minutes=7)
    answers(contact, back)
    silences_note()
    silences_note()
    assert [(row.since, row.until) for row in Silence.objects.all()] == [(begun, back)]


def test_an_answer_between_two_looks_parts_two_silences(contact):
    begun = clock.now()
    falls_silent(contact, begun)
    silences_note()
    answers(contact, begun + timedelta(minutes=5))
    falls_silent(contact, begun + timedelta(minutes=6))
    silences_note()
    rows = [(row.since, row.until) for row in Silence.objects.order_by("since")]
    assert rows == [
        (begun, begun + timedelta(minutes=5)),
        (begun + timedelta(minutes=6), None),
    ]


def test_our_network_has_periods_of_its_own(company):
    begun = clock.now()
    state = NetworkState.objects.create(works=False, since=begun)
    silences_note()
    state.works, state.since = True, begun + timedelta(minutes=3)
    state.save()
    silences_note()
    row = silence_list(company).get()
    assert (row.what, row.since, row.until) == ("network", begun, state.since)


def test_a_network_of_which_nothing_is_known_makes_no_period(db):
    NetworkState.objects.create(works=None)
    silences_note()
    assert not Silence.objects.exists()


def test_silences_of_another_environment_are_not_the_companys(company, contact):
    Contact.objects.create(environment="production", failing_since=clock.now())
    silences_note()
    assert not silence_list(company).exists()
    assert Silence.objects.count() == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_open_one_period():
    Contact.objects.create(environment="simulator", failing_since=clock.now())
    assert at_once(*[silences_note] * 4) == [None] * 4
    assert Silence.objects.count() == 1
