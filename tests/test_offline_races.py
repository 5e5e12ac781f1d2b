"""Several workers, or a worker and a person, at the same moment."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from ksefapp.lib import clock
from offline import journal, latarnia, modes, watch
from offline.journal import version_write
from offline.models import LatarniaMessage, LatarniaState, ModeEntry, Outage, OutageVersion
from tests.at_once import at_once
from tests.test_offline_latarnia import BEGUN, ENDED, WINDOW, Feed

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
FACTS = {"category": "FAILURE", "start": BEGUN.start}


def test_one_worker_of_many_asks():
    feed = Feed(BEGUN)
    asked = at_once(*[lambda: latarnia.latarnia_poll("simulator", api=feed)] * 4)
    assert (sorted(asked), feed.asked) == ([False, False, False, True], 1)


def test_the_same_messages_at_once_are_kept_once():
    at_once(*[lambda: latarnia.messages_keep("simulator", [BEGUN, ENDED, WINDOW])] * 4)
    assert LatarniaMessage.objects.count() == 3
    assert (Outage.objects.count(), OutageVersion.objects.count()) == (2, 2)


def test_one_change_of_mode_is_journalled_once(company, owner):
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=None)
    latarnia.messages_keep("simulator", [BEGUN])
    assert sum(at_once(*[watch.modes_sweep] * 4)) == 1
    assert ModeEntry.objects.filter(company=company, what="change").count() == 1


def test_a_message_is_replaced_once(company, owner):
    latarnia.messages_keep("simulator", [BEGUN])
    told = Outage.objects.get()

    def enter():
        return journal.outage_enter(company=company, by=owner, note="BIP", replaces=told, **FACTS)

    results = at_once(enter, enter)
    assert sum(isinstance(result, ValidationError) for result in results) == 1


def test_a_revision_that_was_read_is_never_overtaken_by_a_lower_one(company, owner):
    journal.outage_enter(company=company, by=owner, note="BIP", **FACTS)
    outage = Outage.objects.create(environment="simulator", event_id="slow")

    def ids(newest: int) -> list[int]:
        return sorted(OutageVersion.objects.filter(pk__lte=newest).values_list("pk", flat=True))

    def slow():
        with transaction.atomic():
            version_write(outage, **FACTS, end=None)
            time.sleep(0.5)

    def quick():
        time.sleep(0.2)
        journal.outage_enter(company=company, by=owner, note="radio", **FACTS)
        newest = journal.revision()
        return newest, ids(newest)

    _, (newest, seen) = at_once(slow, quick)
    assert len(seen) == 3
    assert seen == ids(newest)


def test_an_entry_and_an_amendment_at_once_do_not_stop_each_other(company, owner):
    outage = journal.outage_enter(company=company, by=owner, note="BIP", **FACTS)

    def slow():
        with transaction.atomic():
            journal.outage_void(outage=outage, by=owner, note="pomyłka")
            time.sleep(0.5)

    def quick():
        time.sleep(0.2)
        journal.outage_enter(company=company, by=owner, note="radio", **FACTS)

    assert at_once(slow, quick) == [None, None]


def test_switching_on_twice_at_once_is_one_decision(company, owner):
    at_once(*[lambda: modes.offline24_on(company=company, by=owner)] * 3)
    assert ModeEntry.objects.filter(what="on").count() == 1


def test_a_lease_of_a_dead_worker_is_taken_by_one():
    LatarniaState.objects.create(
        environment="simulator", lease_until=clock.now() - timedelta(seconds=1)
    )
    asked = at_once(*[lambda: latarnia.latarnia_poll("simulator", api=Feed())] * 3)
    assert sum(asked) == 1
