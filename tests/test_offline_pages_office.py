"""The list of companies: those that want a person's eye come first, whatever their number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.models import Submission
from invoices.services import outlook
from ksefapp.accounts.models import Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise
from offline import modes
from offline.hooks import Waiting
from offline.journal import outage_enter
from tests.cast import company_made
from tests.page_rights import document_made


@pytest.fixture
def browser(client_of, owner) -> Client:
    return client_of(owner)


@pytest.fixture
def calm(company, owner):
    """A second company of the owner, first by name, in which nothing happens."""
    row = company_made("9542742949", name="Aleja")
    Membership.objects.create(user=owner, company=row, role=Role.OWNER)
    return row


def shown(client) -> str:
    return " ".join(
        client.get(reverse("company-list")).content.decode().replace("\u00a0", " ").split()
    )


def waits(company, owner, **facts) -> None:
    document = document_made(company, owner)
    facts = {"state": "waiting", "mode": "offline24"} | facts
    Submission.objects.filter(document=document).update(**facts)


def test_companies_in_trouble_come_first(company, calm, browser):
    notice_raise(company=company, key="a", kind="bad", text=("Alarm", "Alarm"))
    page = shown(browser)
    assert page.index("Sosna i Syn") < page.index("Aleja")
    assert "alarmy: 1" in page
    assert "Wymagają uwagi: 1" in page


def test_calm_companies_stand_by_name_with_a_dash(company, calm, browser):
    page = shown(browser)
    assert page.index("Aleja") < page.index("Sosna i Syn")
    assert "nic nie czeka" in page
    assert "Żadna nie wymaga uwagi." in page


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"deadline_on": 0}, "dziś do 23:59: 1 faktura"),
        ({"deadline_on": -1}, "po terminie: 1"),
        ({"deadline_on": 3}, ": 1 faktura"),
        ({"state": "unknown"}, "nie wiemy: 1"),
        ({"state": "refused"}, "odrzucone: 1"),
    ],
)
def test_what_waits_is_said_in_a_few_words(facts, said, company, owner, browser):
    if "deadline_on" in facts:
        facts["deadline_on"] = clock.today() + timedelta(days=facts["deadline_on"])
    waits(company, owner, **facts)
    assert said in shown(browser)


@pytest.mark.parametrize("state", ["accepted", "withdrawn", "outside"])
def test_what_is_done_wants_no_eye(state, company, owner, browser):
    waits(company, owner, state=state, deadline_on=clock.today())
    assert "nic nie czeka" in shown(browser)


def test_a_mode_that_is_not_online_is_shown(company, owner, browser):
    modes.offline24_on(company=company, by=owner, why="")
    assert "tryb: offline24" in shown(browser)


def test_a_mode_of_another_environment_is_not_shown(company, owner, browser):
    modes.offline24_on(company=company, by=owner, why="")
    company.environment = "test"
    company.save()
    assert "tryb: offline24" not in shown(browser)


def test_foreign_companies_are_not_counted(company, other_company, stranger, browser):
    notice_raise(company=other_company, key="a", kind="bad", text=("Alarm", "Alarm"))
    assert "alarmy" not in shown(browser)


def test_many_companies_cost_no_more_queries_than_one(company, owner, browser):
    waits(company, owner, deadline_on=clock.today())
    before = _count(browser)
    for number in range(15):
        row = company_made(f"52658776{number:02}", name=f"Firma {number}")
        Membership.objects.create(user=owner, company=row, role=Role.OWNER)
        notice_raise(company=row, key="a", kind="warn", text=("Uwaga", "Mind"))
    assert _count(browser) == before


def _count(browser) -> int:
    with CaptureQueriesContext(connection) as queries:
        shown(browser)
    return len(queries)


# --- What the journal asks ------------------------------------------------------------------
def test_what_waits_is_counted_for_the_journal(company, owner):
    today = clock.today()
    for facts in ({"deadline_on": today}, {"deadline_open": True}, {"state": "accepted"}):
        waits(company, owner, **facts)
    waits(company, owner, deadline_on=today - timedelta(days=1))
    assert outlook.waiting(company) == Waiting(count=3, nearest=today, open=1, late=1)


def test_invoices_of_another_environment_do_not_wait_here(company, owner):
    waits(company, owner)
    company.environment = "test"
    company.save()
    assert outlook.waiting(company) == Waiting()


def test_an_outage_names_the_invoices_that_rest_on_it(company, owner, browser):
    facts = {"category": "FAILURE", "start": clock.now() - timedelta(hours=1), "note": "BIP"}
    outage = outage_enter(company=company, by=owner, **facts)
    rests = {"mode": "awaria", "deadline_open": True, "deadline_rests_on": [outage.pk]}
    waits(company, owner, **rests)
    waits(company, owner, **rests, state="accepted")
    waits(company, owner, **rests, state="outside")
    found = outlook.effects(company, [outage.pk])[outage.pk]
    assert (found.count, found.waiting, found.outside) == (3, 1, 1)
    page = browser.get(reverse("journal", args=[company.nip])).content.decode()
    page = " ".join(page.replace("\u00a0", " ").split())
    assert "3 faktury, czeka: 1, termin po ogłoszeniu końca, poza KSeF: 1" in page
    assert "Czeka na KSeF: 1 faktura. Termin poznamy po ogłoszeniu końca awarii" in page
