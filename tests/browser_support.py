"""Debian's chromium for the tests marked `browser`; import the fixtures that a file uses."""

import os
import shutil
from unittest import mock

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests of a file."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("chromium is not installed")
    # Playwright keeps an event loop in this thread, where Django's ORM would refuse to work.
    with mock.patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="1"), sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


def violations(page: Page) -> list[str]:
    """What axe finds wrong, one line each; the page's context needs `bypass_csp=True`."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def focused(page: Page) -> dict:
    """Goes one stop further with Tab and says what is there."""
    page.keyboard.press("Tab")
    return page.evaluate(
        """() => {
          const element = document.activeElement, box = element.getBoundingClientRect();
          const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          const framed = [element, element.closest(".choice")];
          return {
            name: element.outerHTML.slice(0, 90),
            hidden: !!at?.closest(".dock") && !element.closest(".dock"),
            outlined: element === document.body ||
              framed.some((one) => one && getComputedStyle(one).outlineStyle !== "none"),
          };
        }"""
    )


@pytest.fixture
def window(chromium, live_server, client_of, owner):
    """Opens windows in which a person is logged in, the owner unless told otherwise.

    `page.complaints` is what the console said.
    """
    opened = []

    def open_window(width=1280, person=None, **options):
        size = {"width": width, "height": 800}
        context = chromium.new_context(base_url=live_server.url, viewport=size, **options)
        opened.append(context)
        # Now and not before: a test may have set the clock, and a session has its age.
        session = client_of(person or owner).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return _listened(context.new_page())

    yield open_window
    for context in opened:
        context.close()


def _listened(page: Page) -> Page:
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: page.complaints.append(f"{page.url}: {error}"))
    page.set_default_timeout(30_000)
    return page


def page_faults(page: Page, pages: dict[str, str], *, folds: bool = False) -> dict[str, list[str]]:
    """What axe finds on each page and by how much it is too wide; only pages with something.

    `folds` opens what is folded first.
    """
    # So tall that no bar lies over a box: axe takes one half under it for a small target.
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 4000})
    found = {}
    for name, path in pages.items():
        assert page.goto(path).status == 200, name
        for fold in page.locator("main details").all() if folds else []:
            fold.evaluate("fold => fold.open = true")
        wide = overflow(page)
        found[name] = [*violations(page), *([f"{wide} px too wide"] if wide > 0 else [])]
    return {name: wrong for name, wrong in found.items() if wrong}


def unmarked(page: Page, pages: dict[str, str]) -> list[str]:
    """Pages during which the menu marks nothing."""
    return [name for name, path in pages.items() if not _is_marked(page, path)]


def _is_marked(page: Page, path: str) -> bool:
    page.goto(path)
    return page.locator("nav [aria-current]").count() > 0
