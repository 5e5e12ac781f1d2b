"""Latarnia's client against the simulator's feed."""

from datetime import timedelta

import pytest

from auth_ksef.client import LighthouseApi, LighthouseError
from ksefapp.lib import clock
from tests.test_client_simulator import running, world

__all__ = ["running", "world"]
pytestmark = pytest.mark.slow


@pytest.fixture
def latarnia(world):
    api = LighthouseApi(f"{world.url}/latarnia", timeout=5)
    yield api
    api.close()


def outage(world, action: str, **facts) -> dict:
    return world.control("POST", "/outages", action=action, **facts)


def test_without_outages_ksef_is_available(latarnia):
    found = latarnia.status()
    assert (found.status, found.messages, latarnia.messages()) == ("AVAILABLE", (), ())


@pytest.mark.parametrize("category", ["FAILURE", "MAINTENANCE", "TOTAL_FAILURE"])
def test_an_outage_is_seen_from_its_beginning_to_its_end(world, latarnia, category):
    outage(world, "start", category=category, start=-60)
    during = latarnia.status()
    assert during.status == category
    assert abs(clock.now() - timedelta(seconds=60) - during.messages[0].start) < timedelta(
        minutes=1
    )
    outage(world, "end")
    assert latarnia.status().status == "AVAILABLE"
    assert {message.event_id for message in latarnia.messages()} == {during.messages[0].event_id}


def test_an_amended_message_comes_with_a_higher_version(world, latarnia):
    outage(world, "start", category="MAINTENANCE", start=3600, end=7200)
    (before,) = latarnia.messages()
    outage(world, "amend", end=10_800)
    (after,) = latarnia.messages()
    assert (after.id, after.version) == (before.id, before.version + 1)
    assert after.end > before.end


@pytest.mark.parametrize("kind", ["html", "garbage", "drop_before"])
def test_a_feed_that_fails_is_no_answer(world, latarnia, kind):
    world.fault(kind, "latarnia_status")
    with pytest.raises(LighthouseError):
        latarnia.status()
    assert latarnia.status().status == "AVAILABLE"
