"""Invoices in a real browser: by keyboard, without a script, with live parts, for everybody."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from invoices.models import Document
from invoices.services.drafts import draft_create
from invoices.services.sweep import drain_all
from ksefapp.ui.formats import money
from tests.browser_support import chromium, focused, overflow, violations, window
from tests.invoice_support import content, fault, issued, submission_of, work

__all__ = ["chromium", "window"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
ISSUE = "Wystaw i wyślij do KSeF"


@pytest.fixture
def address(connected):
    """`address("invoice-list")`: the path of a page of the connected company."""
    return lambda name, *rest: reverse(name, args=[connected.nip, *rest])


@pytest.fixture
def desk(connected, owner, simulator, address):
    """A company with an invoice in each state that people meet; the paths of all its pages."""
    done = issued(connected, owner)
    work()
    fault(simulator, "verdict", "invoice_send", code=435)
    refused = issued(connected, owner)
    work()
    fault(simulator, "drop_after", "invoice_send")
    unknown = issued(connected, owner)
    drain_all(rounds=1)
    fault(simulator, "outage", "*")
    waiting = issued(connected, owner, P_1="2026-01-02", accept=frozenset({"DT-02"}))
    drain_all(rounds=1)
    draft = draft_create(company=connected, content=wrong(connected), created_by=owner)
    plain = ("list", "new", "import", "series", "export")
    queued = issued(connected, owner)
    details = {submission_of(one).state: one for one in (done, refused, unknown, waiting, queued)}
    assert set(details) == {"accepted", "refused", "unknown", "waiting", "queued"}
    return {
        **{name: address(f"invoice-{name}") for name in plain},
        **{state: address("invoice-detail", one.pk) for state, one in details.items()},
        "print": address("invoice-pdf", queued.pk),
        "nothing found": address("invoice-list") + "?q=nothing",
        "drafts": address("invoice-list") + "?widok=szkice",
        "errors": address("invoice-draft", draft.pk) + "?sprawdz=1",
        "delete": address("invoice-draft-delete", draft.pk),
    }


def still(page):
    """The page of a print that is not ready stays, instead of asking again under our hands."""

    def answer(route):
        response = route.fetch()
        headers = {name: text for name, text in response.headers.items() if name != "refresh"}
        route.fulfill(response=response, headers=headers)

    page.route("**/pdf/", answer)
    return page


def wrong(company) -> dict:
    """A draft with something to correct in the head, in a line, and a remark."""
    tree = content(company)
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = {"NIP": "1111111112"}
    tree["Fa"]["FaWiersz"].append({"NrWierszaFa": "2", "P_7": "Krzesło", "P_8B": "12szt"})
    return tree


def tab_to(page, name: str, role: str = "") -> None:
    """Presses Tab until the control with this name has the focus, as people without a mouse do."""
    named = page.get_by_role(role, name=name, exact=True) if role else page.get_by_label(name)
    target = named.first
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {name!r}")


def filled(page) -> None:
    """What a small invoice needs, typed into the form."""
    page.get_by_role("textbox", name="NIP", exact=True).fill("111-111-11-11")
    page.get_by_label("Nazwa albo imię i nazwisko").fill("Kawiarnia Pod Lipą")
    page.get_by_label("Ulica i numer").fill("ul. Rynkowa 8")
    page.get_by_label("Pozycja 1: Nazwa towaru lub usługi").fill("Blat jesionowy")
    page.get_by_label("Pozycja 1: Cena", exact=True).fill("1 234,56")


def test_the_main_job_needs_no_mouse(window, address):
    page = window()
    page.goto(address("invoice-list"))
    tab_to(page, "Nowa faktura", "link")
    page.keyboard.press("Enter")
    page.wait_for_url("**/nowa/")
    tab_to(page, "NIP", "textbox")
    page.keyboard.type("1111111111")
    for label, text in (
        ("Nazwa albo imię i nazwisko", "Kawiarnia Pod Lipą"),
        ("Ulica i numer", "ul. Rynkowa 8"),
        ("Pozycja 1: Nazwa towaru lub usługi", "Blat jesionowy"),
        ("Pozycja 1: Cena", "550,00"),
    ):
        tab_to(page, label)
        page.keyboard.type(text)
    tab_to(page, ISSUE, "button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Faktura czeka w kolejce.")).to_be_visible()
    work()
    expect(page.get_by_text(Document.objects.get().ksef_number).first).to_be_visible()


def test_enter_walks_down_the_lines_and_adds_one_at_the_end(window, address):
    page = window()
    page.goto(address("invoice-new"))
    page.get_by_label("Pozycja 1: Cena", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Pozycja 2: Nazwa towaru lub usługi")).to_be_focused()
    page.get_by_label("Pozycja 2: Cena", exact=True).focus()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_label("Pozycja 1: Cena", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Pozycja 2: Cena", exact=True)).to_be_focused()


def test_a_removed_line_takes_its_errors_along(window, desk):
    page = window()
    page.goto(desk["errors"])
    page.get_by_role("button", name="Usuń pozycję 2").click()
    expect(page.locator(".line-error")).to_have_count(0)
    expect(page.get_by_label("Pozycja 1: Nazwa towaru lub usługi")).to_be_focused()


def test_the_main_job_needs_no_script(window, address):
    page = window(java_script_enabled=False)
    page.goto(address("invoice-new"))
    filled(page)
    page.get_by_role("button", name="Dodaj pozycję").click()
    page.get_by_label("Pozycja 2: Nazwa towaru lub usługi").fill("Ławka")
    page.get_by_label("Pozycja 2: Ilość").fill("2szt")
    page.get_by_label("Pozycja 2: Cena", exact=True).fill("10")
    page.get_by_role("button", name=ISSUE).click()
    expect(page.get_by_role("alert")).to_contain_text("Pozycja 2: Ilość")
    expect(page.get_by_label("Pozycja 2: Ilość")).to_have_value("2szt")
    expect(page.get_by_label("Nazwa albo imię i nazwisko")).to_have_value("Kawiarnia Pod Lipą")
    page.get_by_label("Pozycja 2: Ilość").fill("2")
    page.get_by_role("button", name=ISSUE).click()
    expect(page.get_by_role("heading", name="Faktura czeka w kolejce.")).to_be_visible()
    work()
    page.reload()
    expect(page.get_by_text(Document.objects.get().ksef_number).first).to_be_visible()


def test_files_are_downloaded_without_a_script(window, address, connected, owner):
    document = issued(connected, owner)
    work()
    page = window(java_script_enabled=False)
    page.goto(address("invoice-detail", document.pk))
    stored = {"Faktura XML": document.file.content, "UPO": document.upo.content}
    for name, wanted in stored.items():
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        assert download.value.path().read_bytes() == bytes(wanted)


def test_a_print_that_is_not_ready_opens_by_itself(window, address, connected, owner):
    document = issued(connected, owner)
    page = window(java_script_enabled=False)
    page.goto(address("invoice-pdf", document.pk))
    expect(page.get_by_role("heading", name="Wydruk powstaje")).to_be_visible()
    with page.expect_response(_is_a_pdf, timeout=15_000) as opened:
        work()
    assert opened.value.url.endswith(address("invoice-pdf", document.pk))


def _is_a_pdf(answer) -> bool:
    return answer.status == 200 and answer.headers["content-type"] == "application/pdf"


def test_live_totals_are_those_of_the_issued_invoice(window, address):
    page = window()
    page.goto(address("invoice-new"))
    filled(page)
    page.get_by_label("Pozycja 1: Ilość").fill("0,333")
    page.get_by_role("button", name="Dodaj pozycję").click()
    page.get_by_label("Pozycja 2: Nazwa towaru lub usługi").fill("Książka")
    page.get_by_label("Pozycja 2: Cena", exact=True).fill("60,10")
    page.get_by_label("Pozycja 2: Stawka", exact=True).select_option("5")
    expect(page.locator("#line-1-value")).to_have_text(money("60.10").removesuffix("\u00a0zł"))
    shown = money("568.78")
    expect(page.locator("#dock-sum")).to_have_text(shown)
    page.get_by_role("button", name=ISSUE).click()
    page.wait_for_url("**/faktury/*-*/")
    assert shown == money(Document.objects.get().gross)


def test_the_page_of_an_invoice_gets_its_number_by_itself(window, address, connected, owner):
    document = issued(connected, owner)
    page = window()
    page.goto(address("invoice-detail", document.pk))
    page.evaluate("window.stayed = true")
    work()
    document.refresh_from_db()
    expect(page.locator("#state code")).to_have_text(document.ksef_number)
    expect(page.get_by_role("status")).to_contain_text("KSeF przyjął fakturę")
    expect(page.locator("#files")).to_contain_text("PDF z numerem")
    expect(page.locator("#history")).to_contain_text("UPO pobrane.")
    assert page.evaluate("window.stayed")


def test_the_focus_stays_while_the_page_asks_for_news(window, address, connected, owner):
    document = issued(connected, owner)
    page = window()
    page.goto(address("invoice-detail", document.pk))
    page.locator("#file-xml").focus()
    work()
    expect(page.locator("#files")).to_contain_text("PDF z numerem")
    expect(page.locator("#file-xml")).to_be_focused()


def test_a_refused_invoice_is_corrected_and_accepted(window, address, connected, owner, simulator):
    fault(simulator, "verdict", "invoice_send", code=435)
    document = issued(connected, owner)
    work()
    page = window()
    page.goto(address("invoice-detail", document.pk))
    page.get_by_role("button", name="Popraw i wyślij ponownie").click()
    page.get_by_label("Pozycja 1: Nazwa towaru lub usługi").fill("Blat dębowy")
    page.get_by_role("button", name=ISSUE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(document.number)
    work()
    expect(page.locator("#state h2")).to_contain_text("KSeF przyjął fakturę")


def test_after_a_failed_submit_the_focus_is_on_the_problems(window, address):
    page = window()
    page.goto(address("invoice-new"))
    page.get_by_role("button", name=ISSUE).click()
    expect(page.locator("#problems")).to_be_focused()
    page.get_by_role("link", name="Ulica i numer").or_(page.locator("#problems a")).first.click()
    assert page.evaluate("document.activeElement.matches('input, select')")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_focus_is_never_hidden_and_always_outlined(window, desk, width):
    page = window(width)
    page.goto(desk["errors"])
    stops = [focused(page) for _ in range(60)]
    assert [stop for stop in stops if stop["hidden"] or not stop["outlined"]] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(window, desk, width, theme):
    page = still(window(width, color_scheme=theme, bypass_csp=True))
    found = {}
    for name, path in desk.items():
        page.goto(path)
        found[name] = violations(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_no_page_scrolls_sideways(window, desk):
    page = still(window())
    wide = {}
    for name, path in desk.items():
        page.goto(path)
        for width in (320, 360, 831, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            wide[name, width] = overflow(page)
    assert {where: pixels for where, pixels in wide.items() if pixels > 0} == {}


def test_the_policy_refuses_nothing_of_ours(window, desk):
    page = still(window())
    for path in desk.values():
        page.goto(path)
        page.wait_for_function("window.htmx")
    assert page.complaints == []
