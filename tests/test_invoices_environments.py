"""What is on its way when a company leaves an environment: it rests, and is told."""

import pytest
from django.urls import reverse

from invoices.models import Chore, KsefSession, Submission
from invoices.services import chores, sweep
from invoices.services.deliver import due_submissions
from invoices.services.sessions import idle_time, sessions_idle
from invoices.services.upo import upo_fetch
from ksefapp.accounts.environments import environment_move
from ksefapp.lib import clock
from tests.invoice_support import accepted, issued, submission_of, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def left(company, owner):
    """A document that is queued in the environment that its company has left."""
    document = issued(company, owner)
    environment_move(company=company, environment="test", by=owner)
    company.refresh_from_db()
    return document


@pytest.mark.parametrize("state", ["queued", "waiting", "sent", "unknown"])
def test_what_was_left_behind_rings_for_nobody(left, company, state):
    Submission.objects.filter(document=left).update(state=state)
    assert sweep.companies_with_work() == []
    assert due_submissions(company) == []


def test_a_upo_is_not_asked_for_elsewhere_but_a_print_is_made(left):
    Chore.objects.create(document=left, kind="upo")
    Chore.objects.create(document=left, kind="print", language="pl")
    assert [chore.kind for chore in chores.due()] == ["print"]


def test_a_token_of_one_environment_never_goes_to_another(left, monkeypatch):
    monkeypatch.setattr("invoices.services.upo.access_get", lambda **_: pytest.fail("asked"))
    left.company.refresh_from_db()
    with pytest.raises(ValueError, match="another environment"):
        upo_fetch(document=left)


def test_sessions_left_open_elsewhere_do_not_keep_the_others_waiting(connected, owner, simulator):
    document = issued(connected, owner)
    work()
    KsefSession.objects.update(close_asked_at=None, used_at=clock.now() - idle_time() * 2)
    assert sessions_idle()
    environment_move(company=connected, environment="test", by=owner)
    assert sweep.sessions_close_forgotten() == 0
    assert len(accepted(simulator, document)) == 1


@pytest.mark.slow
def test_back_again_the_invoice_gets_its_number(connected, owner, simulator):
    document = issued(connected, owner)
    environment_move(company=connected, environment="test", by=owner)
    work()
    assert submission_of(document).state == "queued"
    environment_move(company=connected, environment="simulator", by=owner)
    work()
    assert submission_of(document).state == "accepted"
    assert len(accepted(simulator, document)) == 1


def test_leaving_says_how_many_invoices_stay_behind(company, owner, client_of):
    issued(company, owner)
    client = client_of(owner)
    where = reverse("environment", args=[company.nip])
    text = client.post(where, {"environment": "test"}, follow=True).content.decode()
    assert "zostają faktury bez numeru KSeF: 1." in text.replace("\xa0", " ")


def test_leaving_with_nothing_on_its_way_says_nothing(company, owner, client_of):
    client = client_of(owner)
    where = reverse("environment", args=[company.nip])
    text = client.post(where, {"environment": "test"}, follow=True).content.decode()
    assert "bez numeru KSeF" not in text.replace("\xa0", " ")
