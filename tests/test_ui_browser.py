"""The specimen page and the login page in a real browser: every component in every state."""

import pytest
from django.urls import reverse

from tests.browser_support import chromium, focused, overflow, violations

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def specimen(live_server, settings) -> str:
    settings.DEBUG = True
    return live_server.url + reverse("ui:components")


@pytest.fixture
def window(chromium):
    """Opens windows and closes them after the test."""
    opened = []

    def open_window(width=1280, **options):
        opened.append(chromium.new_context(viewport={"width": width, "height": 800}, **options))
        return opened[-1].new_page()

    yield open_window
    for context in opened:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 900, 360])
def test_axe_finds_nothing(specimen, live_server, window, width, theme):
    page = window(width, color_scheme=theme, bypass_csp=True)
    for address in (specimen, live_server.url + "/konto/login/"):
        page.goto(address)
        assert violations(page) == []


@pytest.mark.parametrize("width", [320, 360, 768, 831, 832, 1024, 1152, 1600])
def test_no_width_scrolls_sideways(specimen, window, width):
    page = window(width)
    page.goto(specimen)
    assert overflow(page) <= 0


def test_the_policy_refuses_nothing_of_ours(specimen, window):
    page = window()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(specimen)
    page.wait_for_function("window.htmx && document.querySelector('[data-ready]')")
    assert complaints == []
    assert page.evaluate("[htmx.config.allowEval, htmx.config.includeIndicatorStyles]") == [
        False,
        False,
    ]


def test_after_a_failed_submit_the_focus_is_on_the_problems(specimen, window):
    page = window()
    page.goto(specimen)
    page.wait_for_selector("[data-ready]")
    assert page.evaluate("document.activeElement.id") == "problems"


def test_a_menu_works_without_a_script(specimen, window):
    page = window(360, java_script_enabled=False)
    page.goto(specimen)
    page.locator(".page .menu summary").first.click()
    assert page.locator(".page .menu-body").first.is_visible()
    assert page.locator("[data-copy] + button").count() == 0


def test_escape_closes_a_menu_and_returns_the_focus(specimen, window):
    page = window()
    page.goto(specimen)
    page.wait_for_selector("[data-ready]")
    page.locator(".page .menu summary").first.click()
    page.keyboard.press("Escape")
    assert page.locator("details[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_code_is_copied_with_one_click(specimen, window):
    page = window(permissions=["clipboard-read", "clipboard-write"])
    page.goto(specimen)
    page.locator("[data-copy] + button").first.click()
    page.wait_for_function("document.getElementById('status').textContent !== ''")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("[data-copy]").first.inner_text()


def test_the_focus_is_never_hidden_and_always_outlined(specimen, window):
    page = window()
    page.goto(specimen)
    page.wait_for_selector("[data-ready]")
    stops = [focused(page) for _ in range(80)]
    assert [stop for stop in stops if stop["hidden"] or not stop["outlined"]] == []
