"""Offline in a real browser: pages for everybody, an invoice caught by midnight, the unknown."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.models import Submission
from invoices.services.deadlines import deadlines_recompute
from invoices.services.drafts import draft_create
from invoices.services.midnight import midnight_turn
from invoices.services.sweep import drain_all
from tests.browser_support import chromium, focused, overflow, violations, window
from tests.invoice_support import accepted, content, fault, submission_of, work
from tests.offline_support import FRIDAY, announced, at, certified, correction, issue, waiting

__all__ = ["at", "chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


def address(name: str, company, *rest) -> str:
    return reverse(name, args=[company.nip, *rest])


def abroad(company, user):
    tree = content(company)
    tree["Podmiot2"]["Adres"] = {"KodKraju": "DE", "AdresL1": "Hauptstr. 1, Berlin"}
    return draft_create(company=company, content=tree, created_by=user)


@pytest.fixture
def desk(company, owner, at) -> dict[str, str]:
    """Every page of this part, with something on it: name to address."""
    at("2026-11-13 10:00")
    announced("1", "2026-11-13 09:00")
    failed = issue(company, owner, mode="awaria")
    waiting(failed)
    at("2026-11-14 07:00")
    announced("1", "2026-11-13 09:00", "2026-11-14 06:00")
    deadlines_recompute()
    late = issue(company, owner, mode="offline24")
    waiting(late)
    at(FRIDAY)
    friday = issue(company, owner, mode="offline24")
    waiting(friday, last_text="nie mamy teraz połączenia z KSeF")
    refused = issue(company, owner, mode="offline24")
    Submission.objects.filter(document=refused).update(
        state="refused", last_code=440, last_text="Duplikat faktury"
    )
    online = issue(company, owner)
    waiting(online)
    announced("2", "2026-11-20 19:00")
    opened = issue(company, owner, mode="awaria")
    waiting(opened)
    kor = correction(company, owner, online.number)
    documents = {
        "seven days": failed,
        "late": late,
        "friday": friday,
        "refused": refused,
        "waits online": online,
        "open": opened,
    }
    details = {name: address("invoice-detail", company, one.pk) for name, one in documents.items()}
    return details | {
        "list": address("invoice-list", company),
        "list offline": address("invoice-list", company) + "?widok=offline",
        "form": address("invoice-new", company),
        "technical": address("invoice-technical", company, refused.pk),
        "correction": address("invoice-draft", company, kor.pk),
        "abroad": address("invoice-draft", company, abroad(company, owner).pk) + "?sprawdz=1",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_for_everybody(desk, window, scheme):
    page = window(bypass_csp=True, color_scheme=scheme)
    found = {}
    for name, path in desk.items():
        page.goto(path)
        found[name] = violations(page)
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_page_is_wider_than_the_window(desk, window, width):
    page = window(width)
    wide = {}
    for name, path in desk.items():
        page.goto(path)
        wide[name] = overflow(page)
    assert {name: by for name, by in wide.items() if by > 0} == {}


@pytest.mark.parametrize("width", [1280, 360])
def test_the_focus_is_never_hidden_by_a_foot_that_says_more(desk, window, width):
    page = window(width)
    page.goto(desk["form"])
    stops = [focused(page) for _ in range(45)]
    assert [stop for stop in stops if stop["hidden"] or not stop["outlined"]] == []


def test_without_a_script_a_menu_still_offers_the_other_modes(desk, window):
    page = window(java_script_enabled=False)
    page.goto(desk["form"])
    expect(page.get_by_role("button", name="Wystaw w trybie awarii")).to_be_visible()
    page.locator(".dock summary").click()
    expect(page.get_by_role("button", name="Wystaw offline24")).to_be_visible()


def test_an_invoice_caught_by_midnight(connected, owner, simulator, at, window):
    at("2026-11-20 23:58")
    certified(connected, owner)
    fault(simulator, "outage", "*")
    document = issue(connected, owner, mode="online", accept=())
    drain_all(rounds=1)
    page = window()
    path = address("invoice-detail", connected, document.pk)
    page.goto(path)
    expect(page.get_by_text("Faktura czeka na wysłanie do KSeF.").first).to_be_visible()
    expect(page.locator(".page-head .tag")).to_have_count(0)
    at("2026-11-21 00:00")
    midnight_turn()
    page.goto(path)
    expect(page.locator(".page-head .tag")).to_have_text("offline24")
    expect(page.get_by_text("poniedziałek 23.11.2026, 23:59").first).to_be_visible()
    expect(page.get_by_text("art. 106nda ust. 16").first).to_be_visible()
    assert document.kod2.link


def test_the_unknown_state_is_shown_and_resolved(connected, owner, simulator, window):
    fault(simulator, "drop_after", "invoice_send")
    document = issue(connected, owner, accept=())
    drain_all(rounds=1)
    page = window()
    page.goto(address("invoice-detail", connected, document.pk))
    card = page.locator(".card-unknown")
    expect(card).to_contain_text("Nie wiemy jeszcze, czy KSeF przyjął fakturę.")
    expect(card).to_contain_text("Nie wystawiaj jej ponownie.")
    expect(page.get_by_role("button", name="Popraw i wyślij ponownie")).to_have_count(0)
    work()
    expect(page.get_by_text("KSeF przyjął fakturę").first).to_be_visible()
    assert submission_of(document).state == "accepted"
    assert len(accepted(simulator, document)) == 1
