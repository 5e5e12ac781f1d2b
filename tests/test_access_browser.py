"""A person's ways into KSeF, from the first signature to certificates that renew themselves."""

import pytest
from playwright.sync_api import expect

from tests.access_browser_support import Desk, firm, owns, reported, running_simulator, shift
from tests.browser_support import chromium, window
from tests.signing_program import LISTED

__all__ = ["chromium", "firm", "running_simulator", "shift", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


@pytest.fixture
def trader(window, firm, owner, simulator) -> Desk:
    """A sole trader with the NIP of the firm."""
    desk = Desk(window(), firm, simulator, owner)
    owns(simulator, firm.nip, desk.pesel)
    return desk


def named(case) -> str:
    form, transforms = case
    return "-".join([form, *transforms])


@pytest.mark.parametrize("case", LISTED, ids=named)
def test_a_signature_with_each_listed_transform_logs_in_and_is_offered_both(trader, case):
    form, transforms = case
    trader.logs_in(form=form, transforms=transforms)
    offer = trader.page.get_by_role("link", name="Zamów certyfikaty", exact=True)
    expect(offer).to_be_visible()
    trader.quiet()


@pytest.fixture
def reported_owner(window, firm, owner, simulator) -> Desk:
    """One natural person has the rights of a company by ZAW-FA, on paper."""
    desk = Desk(window(), firm, simulator, owner)
    reported(simulator, firm.nip, {"type": "Pesel", "value": desk.pesel})
    return desk


def test_grant(reported_owner, window, accountant, firm, simulator):
    owner = reported_owner
    owner.logs_in()
    kasia = Desk(window(person=accountant), firm, simulator, accountant)
    owner.grants("Moja księgowa może wystawiać i czytać", kasia.pesel)
    kasia.logs_in()
    owner.quiet()
    kasia.quiet()
