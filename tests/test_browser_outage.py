"""An outage from its announcement to the last number, in a browser, with nobody touching it.

Real processes: web, worker, beat, simulator. The pauses are the defaults, not the tests'.
"""

import io
import re
import time

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import expect

from tests.browser_support import chromium
from tests.house_support import house, until

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.servers]
NIP = "5265877635"
RULE = "Gdy Ministerstwo ogłosi awarię lub niedostępność, wystawiaj od razu w tym trybie"
AGAIN_SECONDS = 60
DEFAULTS = {"KSEF_SWEEP_SECONDS": "2", "KSEF_TIMEOUT_SECONDS": "30", "KSEF_LEASE_SECONDS": "90"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A house with the program's own pauses."""
    with house(tmp_path_factory.mktemp("outage"), **DEFAULTS) as made:
        yield made


@pytest.fixture
def window(chromium, place):
    """A window in which the demo's owner is logged in."""
    context = chromium.new_context(base_url=f"http://127.0.0.1:{place.port}")
    page = context.new_page()
    page.set_default_timeout(30_000)
    email, password = re.search(r"login +(\S+) +password (\S+)", place.said()).groups()
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Hasło").first.fill(password)
    page.get_by_role("button", name="Zaloguj").click()
    page.wait_for_url("**/firma/**")
    yield page
    context.close()


def kod2_added(page, place) -> None:
    """The company's certificate of type 2, as the owner stores it."""
    password = re.search(r"certificates to try: .*, password (\S+)", place.said())[1]
    folder = place.data / "simulator" / "certificates" / NIP
    page.goto(f"/firma/{NIP}/ksef/dodaj/")
    page.get_by_label("Plik certyfikatu (.crt)").set_input_files(folder / "offline-ec.crt")
    page.get_by_label("Plik klucza (.key)").set_input_files(folder / "offline-ec.key")
    page.get_by_label("Hasło do klucza").fill(password)
    page.get_by_role("button", name="Zapisz").first.click()
    expect(page.get_by_role("heading", name="Tokeny i certyfikaty")).to_be_visible()


def rule_set(page) -> None:
    page.goto(f"/firma/{NIP}/dziennik/")
    page.get_by_label(RULE).check()
    page.get_by_role("button", name="Zapisz reguły").click()
    expect(page.get_by_text("Zapisaliśmy stałe reguły.")).to_be_visible()


def shows(page, path: str, text: str, seconds: float = 60) -> None:
    """The page says so sooner or later."""

    def seen() -> bool:
        page.goto(path)
        return text in page.locator("main").inner_text()

    until(seen, f"{path} shows {text!r}", seconds)


def issued(page) -> str:
    """Issues an invoice by the page's own main button; the path of its page."""
    page.goto(f"/firma/{NIP}/faktury/nowa/")
    page.get_by_label("NIP", exact=True).fill("111-111-11-11")
    page.get_by_label("Nazwa albo imię i nazwisko").fill("Kawiarnia Pod Lipą")
    page.get_by_label("Ulica i numer").fill("ul. Rynkowa 8")
    page.get_by_label("Pozycja 1: Nazwa towaru lub usługi").fill("Blat jesionowy")
    page.get_by_label("Pozycja 1: Cena").fill("1 234,56")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/faktury/[0-9a-f-]{36}/"))
    return re.sub(r"https?://[^/]+|\?.*", "", page.url)


def codes(page, path: str) -> list[str]:
    """The texts of the QR codes of the PDF that the page links for the buyer."""
    page.goto(path)
    link = page.get_by_role("link", name="Faktura PDF").get_attribute("href")

    def ready():
        answer = page.request.get(link)
        return answer.body() if answer.headers["content-type"] == "application/pdf" else None

    pages = pypdfium2.PdfDocument(io.BytesIO(until(ready, "the print is ready", 60)))
    images = [sheet.render(scale=3).to_pil() for sheet in pages]
    return sorted(code.text for image in images for code in zxingcpp.read_barcodes(image))


def test_an_outage_from_announcement_to_number_with_nobody_touching_it(window, place):
    page = window
    kod2_added(page, place)
    rule_set(page)

    place.control("POST", "/outages", {"action": "start", "category": "FAILURE"})
    place.fault("outage")
    shows(page, f"/firma/{NIP}/dziennik/", "Nowe faktury: awaria")

    path = issued(page)
    main = page.locator("main")
    expect(main).to_contain_text("awaria")
    expect(main).to_contain_text("po ogłoszeniu końca")
    kod1, kod2 = sorted(codes(page, path), key=lambda text: "/certificate/" in text)
    assert "/invoice/" in kod1
    assert "/certificate/Nip/" in kod2
    assert page.request.get(kod2).ok
    assert page.request.get(kod1).status == 404  # KSeF has not got it yet

    place.control("POST", "/outages", {"action": "end"})
    shows(page, path, "23:59")  # the seventh business day is known; KSeF is still silent
    assert place.calls("invoice_send") == 0

    place.control("DELETE", "/faults")
    began = time.monotonic()
    until(lambda: place.calls("invoice_send") + place.calls("batch_open"), "it is sent again")
    took = time.monotonic() - began
    assert took < AGAIN_SECONDS, f"{took:.0f} s from KSeF's answer to the first resend"
    shows(page, path, "KSeF przyjął fakturę")
    expect(main).not_to_contain_text("zostało")
    assert page.request.get(kod1).ok
    shows(page, f"/firma/{NIP}/dziennik/", "Nowe faktury: online")
