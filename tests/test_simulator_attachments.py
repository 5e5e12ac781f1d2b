"""The consent to send attachments, as its holder sees it."""

from datetime import date, timedelta

import pytest

from tests.simulator_signing import owner_of
from tests.simulator_support import NIP, OTHER_NIP, today


@pytest.fixture
def owner(sim):
    return owner_of(sim.request)


def change(sender, path="", nip=NIP, **more):
    sender.call("POST", f"/testdata/attachment{path}", json={"nip": nip} | more, expect=200)


def status(sender):
    answer = sender.call("GET", "/permissions/attachments/status", expect=200).json
    return answer["isAttachmentAllowed"], answer["revokedDate"]


def test_nobody_has_the_consent_at_first(owner):
    assert status(owner) == (False, None)


def test_the_consent_is_given_and_withdrawn(owner):
    change(owner)
    given = status(owner)
    change(owner, "/revoke")
    assert (given, status(owner)[0]) == ((True, None), False)


def test_the_consent_of_another_company_does_not_count(owner):
    change(owner, nip=OTHER_NIP)
    assert status(owner) == (False, None)


@pytest.mark.parametrize(("days", "allowed"), [(0, True), (-1, False)])
def test_the_consent_lasts_through_the_day_of_its_end(owner, days, allowed):
    change(owner)
    last = date.fromisoformat(today()) + timedelta(days=days)
    change(owner, "/revoke", expectedEndDate=last.isoformat())
    seen, until = status(owner)
    assert (seen, until is None) == (allowed, False)


def test_a_token_without_the_right_to_see_credentials_is_refused(sender):
    sender.call("GET", "/permissions/attachments/status", expect=403)
