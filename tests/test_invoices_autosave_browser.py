"""The form that saves itself, in a real browser: reload, lost network, two people, two tabs."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.models import Draft
from invoices.services.drafts import draft_create
from tests.browser_support import chromium, overflow, violations, window
from tests.form_support import draft_url
from tests.invoice_support import content

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)
NAME = "#id_buyer_name"


@pytest.fixture
def draft(company, owner) -> Draft:
    return draft_create(company=company, content=content(company), created_by=owner)


@pytest.fixture
def as_teammate(window, client_of, teammate, live_server):
    """A window of another person of the company."""
    page = window()
    session = client_of(teammate).cookies["sessionid"].value
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return page


def saved(page):
    """Waits until the page says that it saved."""
    expect(page.locator("[data-saved]")).to_contain_text("Zapisano ")


def warning(page):
    return page.locator(".dock-saving")


def buyer(draft: Draft) -> str:
    draft.refresh_from_db()
    return draft.content["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"]


def test_a_new_invoice_becomes_a_draft_by_itself_and_reload_shows_it(window, company):
    page = window()
    page.goto(reverse("invoice-new", args=[company.nip]))
    page.fill(NAME, "Kawiarnia")
    saved(page)
    page.fill(NAME, "Kawiarnia Pod Lipą")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator("[name=version]")).to_have_value("2")
    page.reload()
    assert page.url.endswith(draft_url(Draft.objects.get()))
    expect(page.locator(NAME)).to_have_value("Kawiarnia Pod Lipą")
    assert page.complaints == []


def test_an_untouched_new_form_saves_nothing(window, company):
    page = window()
    page.goto(reverse("invoice-new", args=[company.nip]))
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.goto(reverse("invoice-list", args=[company.nip]))
    assert not Draft.objects.exists()


def test_without_a_network_the_page_says_so_and_saves_later(window, draft):
    page = window()
    page.goto(draft_url(draft))
    page.context.set_offline(True)
    page.fill(NAME, "Bez sieci")
    expect(warning(page)).to_contain_text("Nie zapisano od")
    page.context.set_offline(False)
    saved(page)
    expect(warning(page)).to_be_hidden()
    assert buyer(draft) == "Bez sieci"


def test_the_hour_of_what_is_not_saved_is_warsaws(window, draft):
    page = window(timezone_id="Asia/Tokyo")
    page.clock.install(time="2026-11-23T12:00:00Z")
    page.goto(draft_url(draft))
    page.context.set_offline(True)
    page.fill(NAME, "Bez sieci")
    page.clock.run_for(5_000)
    expect(warning(page)).to_contain_text("Nie zapisano od 13:00")


def test_a_button_pressed_without_a_network_keeps_the_form(window, draft):
    page = window()
    page.goto(draft_url(draft))
    page.context.set_offline(True)
    page.fill(NAME, "Bez sieci")
    expect(warning(page)).to_be_visible()
    page.locator("[data-issue]").click()
    expect(page.locator(NAME)).to_have_value("Bez sieci")
    page.context.set_offline(False)
    saved(page)
    assert buyer(draft) == "Bez sieci"


def test_leaving_at_once_saves_what_was_typed(window, draft, company):
    page = window()
    page.goto(draft_url(draft))
    page.fill(NAME, "Na odchodne")
    page.goto(reverse("invoice-list", args=[company.nip]))
    for _ in range(50):
        if buyer(draft) == "Na odchodne":
            return
        page.wait_for_timeout(100)
    raise AssertionError("not saved")


def test_the_second_of_two_people_is_asked_and_both_keep_their_work(window, as_teammate, draft):
    mine, theirs = window(), as_teammate
    mine.goto(draft_url(draft))
    theirs.goto(draft_url(draft))
    theirs.fill(NAME, "Ich nabywca")
    saved(theirs)
    mine.fill("#id_notes", "moje uwagi")
    expect(mine.locator("#conflict")).to_contain_text("Tomek")
    expect(warning(mine)).to_contain_text("Ten szkic zmienił się")
    assert overflow(mine) <= 0
    mine.get_by_role("button", name="Połącz obie wersje").click()
    expect(mine.locator(NAME)).to_have_value("Ich nabywca")
    expect(mine.locator("#id_notes")).to_have_value("moje uwagi")
    # The browser itself notes the 409 that the page has asked for.
    assert [one for one in mine.complaints if "409" not in one] == []


def test_two_tabs_of_one_person_do_not_overwrite_each_other(window, draft):
    first, second = window(), window()
    first.goto(draft_url(draft))
    second.goto(draft_url(draft))
    first.fill(NAME, "Pierwsza karta")
    saved(first)
    second.fill(NAME, "Druga karta")
    expect(second.locator("#conflict")).to_contain_text("w innej karcie")
    second.get_by_role("button", name="Zapisz moją wersję obok").click()
    expect(second.locator(NAME)).to_have_value("Druga karta")
    assert buyer(draft) == "Pierwsza karta"
    assert Draft.objects.count() == 2


def test_a_button_waits_for_the_save_that_is_on_its_way(window, draft):
    page = window()
    page.goto(draft_url(draft))
    page.fill(NAME, "Najpierw")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.fill("#id_notes", "potem")
    page.locator(".dock-save").click()
    expect(page.locator("#id_notes")).to_have_value("potem")
    expect(page.get_by_text("Szkic zapisany.")).to_be_visible()
    assert (buyer(draft), page.locator("#conflict").count()) == ("Najpierw", 0)


def test_a_deleted_draft_is_said_and_can_be_saved_as_a_new_one(window, draft):
    page = window()
    page.goto(draft_url(draft))
    draft.delete()
    page.fill(NAME, "Nie do stracenia")
    page.get_by_role("button", name="Zapisz jako nowy szkic").click()
    expect(page.locator(NAME)).to_have_value("Nie do stracenia")
    assert buyer(Draft.objects.get()) == "Nie do stracenia"


def test_an_expired_login_loses_nothing(window, draft, live_server, client_of, owner):
    page = window()
    page.goto(draft_url(draft))
    page.context.clear_cookies()
    page.fill(NAME, "Po wylogowaniu")
    expect(warning(page)).to_contain_text("logowanie wygasło")
    session = client_of(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    token = "c" * 32
    page.context.add_cookies([{"name": "csrftoken", "value": token, "url": live_server.url}])
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page)
    assert buyer(draft) == "Po wylogowaniu"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_is_for_everybody(window, draft, as_teammate, scheme):
    page = window(width=360, color_scheme=scheme, bypass_csp=True)
    page.goto(draft_url(draft))
    as_teammate.goto(draft_url(draft))
    as_teammate.fill(NAME, "Ich nabywca")
    saved(as_teammate)
    page.fill(NAME, "Mój nabywca")
    expect(page.locator("#conflict")).to_be_visible()
    assert violations(page) == []
    assert overflow(page) <= 0
