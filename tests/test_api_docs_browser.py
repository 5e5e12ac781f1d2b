"""The interactive documentation in a real browser: it works, and asks nobody else."""

import pytest

from ksefapp.accounts.api_keys import api_key_create
from tests.browser_support import chromium

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page, live_server):
    """The page, with what it asked for and what it complained about."""
    page.asked, page.errors = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda line: page.errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{live_server.url}/api/docs/")
    page.get_by_text("/api/v1/companies/", exact=True).first.wait_for()
    return page


def test_it_lists_the_operations_within_its_policy(opened):
    assert opened.locator(".opblock").count() >= 14
    assert opened.errors == []


def test_it_asks_this_server_only(opened, live_server):
    local = (live_server.url, "data:", "blob:")
    assert [url for url in opened.asked if not url.startswith(local)] == []


def test_a_key_can_be_tried(opened, company, owner):
    _, token = api_key_create(user=owner, name="próba", companies=[company])
    opened.get_by_role("button", name="Authorize").first.click()
    opened.locator(".auth-container input").fill(f"Token {token}")
    opened.locator(".auth-btn-wrapper button.authorize").click()
    opened.locator(".auth-btn-wrapper button.btn-done").click()
    operation = opened.locator("#operations-companies-companies_list")
    operation.locator("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    operation.locator(".live-responses-table").get_by_text(company.nip).first.wait_for()
