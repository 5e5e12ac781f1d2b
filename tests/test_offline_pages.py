"""The page of the outage journal: three facts, the mode, what a person may do about it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from auth_ksef.messages import stored
from auth_ksef.models import Contact
from ksefapp.lib import clock
from offline import modes
from offline.journal import outage_amend, outage_enter
from offline.models import LatarniaState, ModeEntry, NetworkState


@pytest.fixture
def browser(client_of, owner) -> Client:
    return client_of(owner)


def shown(client, company, query: str = "") -> str:
    """The page's words, without the line breaks of its source."""
    answer = client.get(reverse("journal", args=[company.nip]) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def post(client, company, name: str, **data):
    return client.post(reverse(name, args=[company.nip]), data)


def silent(minutes: int, environment: str = "simulator") -> None:
    """KSeF's API has not answered us for so long."""
    now = clock.now()
    since = now - timedelta(minutes=minutes)
    Contact.objects.create(environment=environment, failing_since=since, failed_at=now)


def latarnia(status: str, environment: str = "simulator") -> None:
    now = clock.now()
    LatarniaState.objects.create(
        environment=environment, status=status, asked_at=now, answered_at=now, changed_at=now
    )


def failure(company, by, **more):
    facts = {"category": "FAILURE", "start": clock.now() - timedelta(hours=1), "note": "z BIP"}
    return outage_enter(company=company, by=by, **(facts | more))


# --- Facts and conclusion -------------------------------------------------------------------
def test_the_three_facts_stand_apart(company, browser):
    silent(30)
    latarnia("AVAILABLE")
    page = shown(browser, company)
    for words in ("API nie odpowiada", "Latarnia: KSeF dostępny", "Nasza sieć działa"):
        assert f"<h2>{words}</h2>" in page


def test_our_own_silence_is_no_outage_and_the_page_says_so(company, browser):
    silent(30)
    page = shown(browser, company)
    assert "To nie jest awaria w rozumieniu ustawy: terminy się nie wydłużają." in page
    assert "Proponujemy tryb: offline24." in page


def test_a_silent_latarnia_changes_no_mode_and_the_page_says_so(company, browser):
    LatarniaState.objects.create(
        environment="simulator", asked_at=clock.now(), failed_text=stored(("504", "504"))
    )
    page = shown(browser, company)
    assert "Latarnia: nie wiadomo" in page
    assert "Trybu z tego powodu nie zmieniamy." in page


def test_our_own_network_is_named_as_the_cause(company, browser):
    company.environment = "test"
    company.save()
    silent(30, "test")
    NetworkState.objects.create(works=False, since=clock.now(), asked_at=clock.now())
    page = shown(browser, company)
    assert "Nasza sieć nie działa" in page
    assert "To nasza sieć, nie KSeF." in page


def test_where_latarnia_drives_nothing_it_is_called_information(company, browser):
    company.environment = "test"
    company.save()
    latarnia("TOTAL_FAILURE", "test")
    page = shown(browser, company)
    assert "Latarnia tego środowiska to tylko informacja" in page
    assert "Nowe faktury: online" in page


def test_an_answer_of_long_ago_is_not_called_an_answer_now(company, browser):
    Contact.objects.create(environment="simulator", answered_at=clock.now() - timedelta(hours=5))
    page = shown(browser, company)
    assert "API ostatnio odpowiadało" in page
    assert "<h2>API odpowiada</h2>" not in page


def test_the_facts_stand_on_every_page_of_a_company(company, browser):
    silent(30)
    for name in ("invoice-list", "company-settings", "notice-list"):
        page = browser.get(reverse(name, args=[company.nip])).content.decode()
        assert "API KSeF: nie odpowiada" in page
        assert "Latarnia: nie wiadomo" in page


def test_pages_without_a_company_show_no_facts(company, browser):
    assert "API KSeF" not in browser.get(reverse("profile")).content.decode()


# --- The mode by hand -----------------------------------------------------------------------
def test_offline24_is_switched_on_and_off_by_who_may_issue(company, client_of, teammate):
    browser = client_of(teammate)
    assert post(browser, company, "journal-offline24", why="Przerwa w łączu").status_code == 302
    page = shown(browser, company)
    assert "Nowe faktury: offline24" in page
    assert "„Przerwa w łączu”" in page
    assert post(browser, company, "journal-online").status_code == 302
    assert modes.mode_now(company).mode == "online"
    assert "Powrót do trybu online" in shown(browser, company)


def test_a_viewer_reads_the_journal_and_has_no_buttons(company, client_of, viewer):
    page = shown(client_of(viewer), company)
    for words in ("Włącz offline24", "Zapisz reguły", "Wpisz komunikat"):
        assert words not in page
    assert "Reguły zmienia właściciel albo księgowość." in page


def test_an_issuer_switches_modes_but_keeps_no_journal(company, client_of, teammate):
    page = shown(client_of(teammate), company)
    assert "Włącz offline24" in page
    assert "Wpisz komunikat" not in page


def test_the_accountant_keeps_the_rules(company, client_of, accountant):
    browser = client_of(accountant)
    data = {"auto_outage": "on", "auto_offline24_minutes": "15"}
    assert post(browser, company, "journal-rules", **data).status_code == 302
    row = modes.standing(company)
    assert (row.auto_outage, row.auto_offline24_minutes) == (True, 15)
    assert "Zmieniono stałe reguły" in shown(browser, company)


@pytest.mark.parametrize("minutes", ["0", "1441", "-5", "abc", "9" * 30])
def test_minutes_that_cannot_be_are_refused_on_the_same_page(minutes, company, browser):
    answer = post(browser, company, "journal-rules", auto_offline24_minutes=minutes)
    assert answer.status_code == 422
    assert 'id="problems"' in answer.content.decode()
    assert not ModeEntry.objects.exists()


def test_an_announced_failure_is_proposed_and_one_button_makes_it_the_rule(company, owner, browser):
    failure(company, owner)
    page = shown(browser, company)
    assert "Proponujemy tryb: awaria." in page
    assert "Ogłoszono awarię KSeF." in page
    assert "Nic nie wskazuje" not in page
    post(browser, company, "journal-rules", auto_outage="on", auto_offline24_minutes="")
    page = shown(browser, company)
    assert "Nowe faktury: awaria" in page
    assert "Pomiń tryb awarii" in page


def test_the_automatic_mode_is_set_aside_for_a_while_with_a_reason(company, owner, browser):
    failure(company, owner)
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=None)
    assert post(browser, company, "journal-overrule", why="", until="1").status_code == 422
    post(browser, company, "journal-overrule", why="KSeF już przyjmuje", until="1")
    assert modes.mode_now(company).mode == "online"
    page = shown(browser, company)
    assert "Tryb ogłoszonej awarii jest pominięty do" in page
    assert "„KSeF już przyjmuje”" in page


def test_the_outage_mode_comes_back_before_its_time(company, owner, browser):
    failure(company, owner)
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=None)
    post(browser, company, "journal-overrule", why="próba", until="")
    post(browser, company, "journal-overrule-end")
    assert modes.mode_now(company).mode == "awaria"


def test_what_was_set_aside_is_not_spoken_of_when_the_outage_is_over(company, owner, browser):
    outage = failure(company, owner)
    modes.rules_set(company=company, by=owner, auto_outage=True, auto_offline24_minutes=None)
    post(browser, company, "journal-overrule", why="próba", until="")
    assert "jest pominięty do jej końca" in shown(browser, company)
    facts = {"category": "FAILURE", "start": clock.now() - timedelta(hours=1)}
    outage_amend(outage=outage, by=owner, **facts, end=clock.now(), note="koniec w BIP")
    assert "jest pominięty" not in shown(browser, company)


def test_there_is_nothing_to_set_aside_without_an_automatic_mode(company, browser):
    answer = post(browser, company, "journal-overrule", why="tak", until="1")
    assert answer.status_code == 302
    assert "Teraz nie działa automatyczny tryb awarii." in shown(browser, company)


@pytest.mark.parametrize(("until", "hours"), [("1", 1), ("4", 4)])
def test_a_while_is_counted_from_now(until, hours, monkeypatch):
    from offline.forms import OverruleForm

    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    form = OverruleForm({"why": "x", "until": until})
    assert form.is_valid()
    assert form.until_instant() == now + timedelta(hours=hours)


def test_the_end_of_the_day_is_warsaws():
    from offline.forms import OverruleForm

    form = OverruleForm({"why": "x", "until": "day"})
    assert form.is_valid()
    assert clock.warsaw(form.until_instant()).date() == clock.today() + timedelta(days=1)
    assert clock.warsaw(form.until_instant()).hour == 0


# --- The page as a whole --------------------------------------------------------------------
def test_another_companys_entries_are_not_shown(company, other_company, stranger, browser):
    failure(other_company, stranger, note="cudzy wpis")
    modes.offline24_on(company=other_company, by=stranger, why="cudzy powód")
    page = shown(browser, company)
    assert "cudzy" not in page


def test_the_deadline_after_a_failure_is_drawn_until_it_has_passed(company, owner, browser):
    end = clock.now() - timedelta(hours=1)
    failure(company, owner, start=end - timedelta(hours=2), end=end)
    page = shown(browser, company)
    assert "Termin po awarii z" in page
    assert "7., do 23:59" in page
    assert "art. 106nf ust. 4" in page


def test_a_failure_long_over_draws_no_deadline(company, owner, browser):
    end = clock.now() - timedelta(days=40)
    failure(company, owner, start=end - timedelta(hours=2), end=end)
    assert "Termin po awarii z" not in shown(browser, company)


QUERIES = (
    "rodzaj=komunikaty rodzaj=tryb rodzaj=x do=2026-11-01 do=x do= page=99 page=x "
    "do=0001-01-01 do=9999-12-31 do=2026-11-01&page=2"
)


@pytest.mark.parametrize("query", QUERIES.split())
def test_the_page_takes_any_query(query, company, owner, browser):
    failure(company, owner)
    assert shown(browser, company, f"?{query}")


def test_the_saved_views_part_announcements_from_modes(company, owner, browser):
    failure(company, owner, note="komunikat z BIP")
    modes.offline24_on(company=company, by=owner, why="łącze")
    assert "„łącze”" not in shown(browser, company, "?rodzaj=komunikaty")
    assert "komunikat z BIP" not in shown(browser, company, "?rodzaj=tryb")


def test_many_entries_cost_no_more_queries(company, owner, browser, django_assert_max_num_queries):
    for number in range(12):
        day = clock.now() - timedelta(days=number + 1)
        failure(company, owner, start=day, end=day + timedelta(hours=1))
    with django_assert_max_num_queries(35):
        shown(browser, company)
