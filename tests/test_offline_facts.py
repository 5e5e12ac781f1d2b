"""Three facts, never merged; our own network is asked only when there is a reason."""

import socket
from datetime import timedelta

import pytest

from auth_ksef.messages import stored
from auth_ksef.models import Contact
from ksefapp.lib import clock
from offline import network
from offline.facts import facts
from offline.models import LatarniaState, NetworkState
from tests.servers import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def listening() -> str:
    """A host that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def real(company):
    """The company in production, where KSeF does not answer."""
    company.environment = "production"
    company.save()
    Contact.objects.create(environment="production", failing_since=clock.now())
    return company


def ago(**time):
    return clock.now() - timedelta(**time)


def works(environment="production") -> tuple:
    found = facts(environment)
    return found.api.works, found.latarnia.works, found.network.works


def test_at_first_nothing_is_known():
    assert works() == (None, None, None)
    assert works("test") == (None, None, None)


def test_an_answer_of_the_api_proves_the_network_and_nothing_of_latarnia():
    Contact.objects.create(environment="production", answered_at=clock.now())
    assert works() == (True, None, True)


def test_an_answer_of_latarnia_proves_the_network_and_nothing_of_the_api():
    now = clock.now()
    LatarniaState.objects.create(
        environment="production", status="FAILURE", asked_at=now, answered_at=now, changed_at=now
    )
    assert works() == (None, False, True)


def test_an_old_answer_proves_no_network():
    Contact.objects.create(environment="production", answered_at=ago(hours=1))
    assert works() == (True, None, None)


def test_a_silent_api_says_since_when_and_why():
    text = stored(("bramka odmawia", "the gateway refuses"))
    since = ago(minutes=7)
    Contact.objects.create(environment="production", failing_since=since, failed_text=text)
    fact = facts("production").api
    assert (fact.works, fact.since) == (False, since)
    assert fact.pl.endswith("bramka odmawia.")
    assert fact.en.endswith("the gateway refuses.")


def test_a_latarnia_that_nobody_asks_any_more_is_not_known():
    old = ago(hours=1)
    LatarniaState.objects.create(
        environment="production", status="AVAILABLE", asked_at=old, answered_at=old
    )
    assert works()[1] is None


def test_demo_has_no_latarnia():
    fact = facts("demo").latarnia
    assert (fact.works, fact.source) == (None, "")


def test_the_simulator_needs_no_network():
    assert works("simulator") == (None, None, True)


def test_the_facts_cost_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        facts("production")


# --- The network's check ------------------------------------------------------------------------
def test_nobody_is_asked_while_ksef_answers(company, settings, listening):
    settings.KSEF_NETWORK_HOSTS = [listening]
    assert network.network_check() is None
    assert not NetworkState.objects.exists()


def test_nobody_is_asked_for_the_simulators_sake(company, settings, listening):
    settings.KSEF_NETWORK_HOSTS = [listening]
    Contact.objects.create(environment="simulator", failing_since=clock.now())
    assert network.network_check() is None


def test_one_answering_host_is_enough(real, settings, listening):
    settings.KSEF_NETWORK_HOSTS = [f"127.0.0.1:{free_port()}", listening]
    assert network.network_check() is True
    assert works() == (False, None, True)
    assert listening in facts("production").network.pl


def test_when_none_answers_it_is_our_network(real, settings):
    settings.KSEF_NETWORK_HOSTS = [f"127.0.0.1:{free_port()}", "nonsense", "::1:x"]
    assert network.network_check() is False
    assert works() == (False, None, False)


def test_it_is_asked_once_a_minute_by_one_worker(real, settings, listening):
    settings.KSEF_NETWORK_HOSTS = [listening]
    assert [network.network_check() for _ in range(3)] == [True, None, None]
    NetworkState.objects.update(asked_at=ago(minutes=2), lease_until=ago(minutes=-1))
    assert network.network_check() is None
    NetworkState.objects.update(lease_until=None)
    assert network.network_check() is True


def test_since_holds_until_it_changes(real, settings, listening):
    settings.KSEF_NETWORK_HOSTS = [listening]
    network.network_check()
    since = NetworkState.objects.get().since
    NetworkState.objects.update(asked_at=None)
    network.network_check()
    assert NetworkState.objects.get().since == since


def test_without_hosts_it_is_never_asked(real, settings):
    settings.KSEF_NETWORK_HOSTS = []
    assert network.network_check() is None
