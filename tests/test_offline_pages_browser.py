"""Journal and notices in a real browser: for eyes, ears and keyboards, with and without scripts."""

import pytest
from django.urls import reverse

from ksefapp.notify.notices import notice_list
from offline import modes
from tests.browser_support import chromium, focused, overflow, violations, window
from tests.journal_support import bad_day

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["journal", "notice-list", "journal-outage-new", "invoice-list"]


@pytest.fixture
def troubled(company, owner):
    """A company on a bad day."""
    return bad_day(company, owner)


@pytest.fixture
def at(live_server, troubled):
    """`at(name)`: the address of a page of the troubled company."""
    return lambda name: live_server.url + reverse(name, args=[troubled.nip])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 900, 360])
def test_axe_finds_nothing(at, window, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    for name in PAGES:
        page.goto(at(name))
        page.evaluate(
            "document.querySelectorAll('.page details:not(.menu)').forEach(one => one.open = true)"
        )
        assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 480, 768, 831, 832, 1152, 1600])
def test_no_width_scrolls_sideways(at, window, width):
    page = window(width)
    for name in PAGES:
        page.goto(at(name))
        assert overflow(page) <= 0


def test_the_policy_refuses_nothing_of_ours(at, window):
    page = window()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    for name in PAGES:
        page.goto(at(name))
    assert complaints == []


def test_the_picture_opens_at_today_on_a_narrow_screen(at, window):
    page = window(360)
    page.goto(at("journal"))
    box = page.locator(".lane-now").bounding_box()
    assert 0 <= box["x"] <= 360


def test_a_narrow_screen_keeps_the_three_glyphs_and_says_their_words(at, window):
    page = window(360)
    page.goto(at("invoice-list"))
    assert page.locator(".facts .glyph:visible").count() == 3
    link = page.get_by_role("link", name="API KSeF: nie odpowiada")
    assert link.is_visible()
    assert page.locator(".facts span").first.bounding_box()["width"] <= 1


def test_offline24_is_switched_on_without_a_script(at, window, troubled):
    page = window(360, java_script_enabled=False)
    page.goto(at("journal"))
    page.get_by_label("Powód").fill("Przerwa w łączu")
    page.get_by_role("button", name="Włącz offline24").click()
    page.get_by_role("heading", name="Nowe faktury: offline24").wait_for()
    assert modes.mode_now(troubled).mode == "offline24"


def test_an_announcement_is_entered_with_the_keyboard_alone(at, window, troubled):
    page = window()
    page.goto(at("journal-outage-new"))
    page.get_by_role("radio", name="awaria").first.focus()
    page.keyboard.press("Space")
    page.locator("#id_start").fill("2026-11-02T09:00")
    page.locator("#id_note").fill("z radia")
    page.locator("#id_note").press("Tab")
    page.get_by_role("button", name="Wpisz komunikat").press("Enter")
    page.get_by_text("z radia").first.wait_for()


def test_a_refused_entry_puts_the_focus_on_the_problems(at, window):
    page = window()
    page.goto(at("journal-outage-new"))
    page.get_by_role("button", name="Wpisz komunikat").click()
    page.wait_for_function("document.activeElement.id === 'problems'")
    assert page.get_by_role("alert").is_visible()


def test_a_notice_is_put_aside_and_leaves_every_page(at, window, troubled):
    page = window()
    page.goto(at("notice-list"))
    page.get_by_role("button", name="Odłóż").first.click()
    page.get_by_text("odłożone: Ola").first.wait_for()
    page.goto(at("invoice-list"))
    assert page.get_by_text("Tekst bad").count() == 0
    assert notice_list(troubled).count() == 2


@pytest.mark.parametrize("width", [1280, 360])
def test_the_focus_is_never_hidden_and_always_outlined(at, window, width):
    page = window(width)
    page.goto(at("journal"))
    page.wait_for_function("window.htmx")
    stops = [focused(page) for _ in range(45)]
    assert [stop for stop in stops if stop["hidden"] or not stop["outlined"]] == []
