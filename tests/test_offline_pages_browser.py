"""Journal and notices in a real browser: for eyes, ears and keyboards, with and without scripts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.messages import stored
from auth_ksef.models import Contact
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_list, notice_put_aside, notice_raise
from offline import modes
from offline.journal import announcement_record, outage_enter, outage_void
from offline.models import LatarniaMessage, LatarniaState, Silence
from tests.browser_support import chromium, focused, overflow, violations

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["journal", "notice-list", "journal-outage-new", "invoice-list"]


@pytest.fixture
def troubled(company, owner):
    """A company on a bad day: silence, a failure in two versions, entries, notices."""
    now = clock.now()
    _facts(now)
    _announced(now - timedelta(days=3), None, 1)
    _announced(now - timedelta(days=3), now - timedelta(days=2), 2)
    entry = {"category": "FAILURE", "start": now - timedelta(days=9), "note": "komunikat w BIP"}
    outage_enter(company=company, by=owner, **entry, link="https://www.example.com/bip")
    wrong = outage_enter(company=company, by=owner, **entry)
    outage_void(outage=wrong, by=owner, note="pomyłka")
    modes.offline24_on(company=company, by=owner, why="łącze")
    modes.offline24_off(company=company, by=owner)
    for kind in ("bad", "warn", "info"):
        notice_raise(company=company, key=kind, kind=kind, text=(f"Tekst {kind}", "x"), path="/a/")
    aside = notice_raise(company=company, key="x", kind="warn", text=("Odłożone", "x"))
    notice_put_aside(notice=aside, by=owner)
    return company


def _facts(now) -> None:
    since = now - timedelta(minutes=40)
    Contact.objects.create(
        environment="simulator",
        answered_at=since,
        failing_since=since,
        failed_at=now,
        failed_text=stored(("brak odpowiedzi", "no answer")),
    )
    Silence.objects.create(environment="simulator", what="api", since=since)
    Silence.objects.create(what="network", since=now - timedelta(days=5), until=since)
    LatarniaState.objects.create(environment="simulator", status="AVAILABLE", asked_at=now)


def _announced(start, end, version: int) -> None:
    facts = {"category": "FAILURE", "start": start, "end": end, "published": start}
    message = LatarniaMessage.objects.create(
        **{"environment": "simulator", "message_id": "K/2026/AWR/05", "version": version},
        **{"event_id": 5, "type": "FAILURE_START", "title": "Awaria", "raw": {"id": "K/2026"}},
        **facts,
    )
    announcement_record(
        environment="simulator", event_id="5", message=message, title="Awaria", **facts
    )


@pytest.fixture
def window(chromium, live_server, client_of, owner):
    """`window(width)`: a window of the logged-in owner."""
    opened = []

    def open_window(width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        session = client_of(owner).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        opened.append(context)
        return context.new_page()

    yield open_window
    for context in opened:
        context.close()


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
        page.evaluate("document.querySelectorAll('.page details').forEach(one => one.open = true)")
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
