"""`bin/screenshots`: the pictures of README and docs, taken of a house that lives for a week.

Everything in them is invented. The clock of the set is put on fixed days, so that a new run gives
the same pictures but for hashes and references.
"""

import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser_support import QUIET
from tests.screenshots_camera import IMAGES, first_sheet, keep, shot
from tests.screenshots_house import House, running, until

WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 360, "height": 740}


def main() -> None:
    """Takes all pictures; exits with the failed step's traceback otherwise."""
    folder = Path(tempfile.mkdtemp(prefix="ksefapp-screenshots-"))
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    IMAGES.mkdir(exist_ok=True)
    try:
        with running(folder) as house, sync_playwright() as started:
            browser = started.chromium.launch(executable_path=path, args=QUIET)
            Tour(house, browser).walk()
            browser.close()
    finally:
        if "--keep" in sys.argv:
            print(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    total = sum(file.stat().st_size for file in IMAGES.glob("*.png"))
    print(f"{len(list(IMAGES.glob('*.png')))} pictures, {total / 1e6:.1f} MB in {IMAGES}")


class Tour:
    """One walk through the application, in the order in which a newcomer meets it."""

    def __init__(self, house: House, browser) -> None:
        self.house, self.browser = house, browser
        self.page = self._window()

    def _window(self, viewport: dict = WIDE, **options) -> Page:
        common = {"locale": "pl-PL", "timezone_id": "Europe/Warsaw", "base_url": self.house.web}
        page = self.browser.new_context(viewport=viewport, **common, **options).new_page()
        page.set_default_timeout(20_000)
        return page

    def walk(self) -> None:
        """All pictures."""
        from tests import screenshots_story as story
        from tests.screenshots_access import Access
        from tests.screenshots_form import Form
        from tests.screenshots_kinds import Kinds
        from tests.screenshots_outage import Outage

        self.story = story
        self.first_start()
        self.connect()
        self.first_invoice()
        story.people(self.company)
        story.live_through_the_week(self.house, self.company)
        Kinds(self.page, self.company).advance(self.house)
        self.house.now_is("2026-11-23 09:12")
        self.busy_morning()
        self.list_and_devices()
        Form(self.page, self.company).walk()
        Kinds(self.page, self.company).walk()
        owner = self.page
        self.accountant()
        self.page = owner
        Outage(self.house, owner, self.company).walk()
        self.settings()
        Access(self.house, owner).walk()
        self.environments(owner)

    @property
    def company(self):
        """The row as it stands now."""
        from ksefapp.accounts.models import Company

        return Company.objects.get(nip=self.story.NIP)

    def at(self, path: str) -> str:
        """An address in the company."""
        return f"/firma/{self.story.NIP}/{path}"

    def press(self, text: str) -> None:
        """A button or a link that looks like one."""
        page = self.page
        found = page.get_by_role("button", name=text, exact=True)
        (found if found.count() else page.get_by_role("link", name=text, exact=True)).first.click()
        page.wait_for_load_state()

    def fill(self, **values: str) -> None:
        """Boxes of a form, by name; `_` at the end of a name is dropped."""
        for name, value in values.items():
            self.page.locator(f'[name="{name.rstrip("_")}"]').fill(value)

    def first_start(self) -> None:
        """An account, a company, an empty list."""
        name, email, password = self.story.OWNER
        self.page.goto("/")
        self.fill(full_name=name, email=email, password1=password, password2=password)
        shot(self.page, "konto-nowe", tall=False)
        self.press("Załóż konto")
        self.fill(nip="526-587-76-35", name=self.story.NAME, address_l1="ul. Leśna 14")
        self.fill(address_l2="05-500 Piaseczno", bank_account="61109010140000071219812874")
        shot(self.page, "firma-nowa")
        self.press("Dodaj firmę")
        self.page.goto(self.at("faktury/"))
        shot(self.page, "lista-pusta", tall=False)

    def connect(self) -> None:
        """A password that does not open the key, then a token, then the report."""
        token, files, _password = self.house.seed(self.story.NIP, self.story.NAME)
        page = self.page
        page.goto(self.at("ksef/dodaj/"))
        page.locator('[name="certificate"]').set_input_files(files / "authentication-ec.crt")
        page.locator('[name="key"]').set_input_files(files / "authentication-ec.key")
        self.fill(password="inne-haslo")
        self.press("Zapisz i sprawdź połączenie")
        shot(page, "ksef-zle-haslo")
        page.goto(self.at("ksef/dodaj/"))
        page.locator('[name="kind"][value="token"]').check(force=True)
        self.fill(token=token)
        shot(page, "ksef-token")
        self.press("Zapisz i sprawdź połączenie")
        page.get_by_role("heading", name="Połączenie z KSeF działa.").wait_for()
        shot(page, "ksef-polaczenie", tall=False)

    def first_invoice(self) -> None:
        """Errors at their fields, the filled form, the preview, the way to KSeF."""
        page = self.page
        page.goto(self.at("faktury/nowa/"))
        self.fill(buyer_nip="999-412-21-75", **{"line-0-quantity": "3szt", "line-0-name": "Blat"})
        self.press("Wystaw i wyślij do KSeF")
        shot(page, "faktura-bledy")
        page.goto(self.at("faktury/nowa/"))
        nip, name, street = self.story.BUYERS["kawiarnia"]
        self.fill(buyer_nip=nip, buyer_name=name, buyer_address1=street)
        self.fill(buyer_address2="05-600 Grójec", notes="Dziękujemy za zamówienie nr 31.")
        lines = [("Blat jesionowy 80 × 80 cm", "4", "550,00"), ("Montaż blatów", "3", "120,00")]
        for index, (what, quantity, price) in enumerate(lines):
            if index:
                page.locator("[data-add-line]").click()
                page.locator(f'[name="line-{index}-name"]').wait_for()
            values = {"name": what, "quantity": quantity, "price": price}
            self.fill(**{f"line-{index}-{key}": value for key, value in values.items()})
        page.wait_for_timeout(1500)  # the sums come from the server
        shot(page, "faktura-formularz")
        self.press("Zapisz szkic")
        self._draft_print()
        self.press("Wystaw i wyślij do KSeF")
        page.locator("#state").get_by_text("KSeF przyjął fakturę").first.wait_for(timeout=60_000)
        document = self.story.complete(self.company.documents.get())
        page.reload()
        shot(page, "faktura-przyjeta")
        keep(
            "wydruk",
            first_sheet(bytes(document.prints.get(language="pl", state="numbered").content)),
        )

    def _draft_print(self) -> None:
        answer = self.page.request.get(f"{self.page.url.split('?')[0]}podglad/")
        keep("podglad", first_sheet(answer.body()))

    def busy_morning(self) -> None:
        """A Monday on which things go wrong: refused, unknown, waiting with a deadline."""
        story, company = self.story, self.company
        friday = (self._today() - timedelta(days=3)).isoformat()
        table = [("Ława ogrodowa, modrzew", "5", "szt.", "620.00", "23")]
        story.complete(story.issue(company, "sklep", table, P_1=friday))
        story.send_elsewhere(company, "FV/9/11/2026")
        until(lambda: self._elsewhere_is_taken(), 20)
        line = ("Stół kawiarniany, blat kwadratowy 70 cm", "4", "szt.", "460.00", "23")
        refused = story.issue(company, "kawiarnia", [line])
        self._detail(story.in_state(refused, "refused"), "faktura-odrzucona", tall=True)
        self.page.goto(self.at("faktury/"))
        self.house.fault("error_before", "session_status", count=-1, status=503)
        self.house.fault("drop_after", "invoice_send", count=1)
        shelf = [("Regał na wino, 60 butelek", "2", "szt.", "1180.00", "23")]
        unknown = story.in_state(story.issue(company, "hotel", shelf), "unknown")
        self._detail(unknown, "faktura-nie-wiemy")
        self.house.fault("outage", "*", count=-1)
        frame = [("Rama okienna, sosna", "12", "szt.", "410.00", "23")]
        waiting = story.issue(company, "biuro", frame, P_1=friday)
        self._detail(story.in_state(waiting, "waiting"), "faktura-czeka")

    def _today(self):
        from ksefapp.lib import clock

        return clock.today()

    def _elsewhere_is_taken(self) -> bool:
        import httpx

        rows = httpx.get(f"{self.house.simulator}/control/invoices").json()["invoices"]
        return all(row["ksefNumber"] for row in rows)

    def _detail(self, document, name: str, *, tall: bool = False) -> None:
        self.page.goto(self.at(f"faktury/{document.pk}/"))
        shot(self.page, name, tall=tall)

    def list_and_devices(self) -> None:
        """The list; the same on a telephone and in the dark."""
        page = self.page
        draft = self.story.content(
            self.company, "szkola", [("Szafka na buty", "10", "szt.", "310.00", "23")]
        )
        from invoices.services.drafts import draft_create
        from ksefapp.accounts.models import User

        owner = User.objects.get(email=self.story.OWNER[1])
        draft_create(company=self.company, content=draft, created_by=owner)
        page.goto(self.at("faktury/"))
        shot(page, "lista")
        page.goto(self.at("faktury/wczytaj/"))
        shot(page, "wczytaj-xml", tall=False)
        state = page.context.storage_state()
        accepted = (
            self.company.documents.filter(ksef_number__isnull=False).order_by("issued_at").first()
        )
        phone = self._window(NARROW, storage_state=state)
        phone.goto(self.at("faktury/"))
        shot(phone, "lista-360", tall=False)
        phone.goto(self.at(f"faktury/{accepted.pk}/"))
        shot(phone, "faktura-360", tall=False)
        dark = self._window(storage_state=state, color_scheme="dark")
        dark.goto(self.at(f"faktury/{accepted.pk}/"))
        shot(dark, "faktura-ciemna", tall=False)

    def settings(self) -> None:
        """What an owner sets."""
        page = self.page
        page.goto(self.at("osoby/"))
        self.fill(email="ewa@stolarnia-wierzba.example")
        self.press("Przygotuj zaproszenie")
        shot(page, "osoby")
        for path, name in (
            ("serie/", "serie"),
            ("klucze-api/", "klucze-api"),
            ("historia/", "historia"),
            ("eksport/", "eksport"),
        ):
            page.goto(self.at(path))
            shot(page, name, tall=name not in ("historia", "serie"))
        page.goto("/konto/2fa/")
        shot(page, "logowanie-dwuetapowe", tall=False)

    def accountant(self) -> None:
        """Many companies at one desk."""
        _name, email, password = self.story.OFFICE
        page = self.page = self._window()
        page.goto("/konto/login/")
        self.fill(login=email, password=password)
        self.press("Zaloguj się")
        page.goto("/firmy/")
        shot(page, "firmy", tall=False)

    def environments(self, owner: Page) -> None:
        """The way to production, which asks for a true clock."""
        self.house.real_time()
        for path, name in (("srodowisko/", "srodowisko"), ("srodowisko/produkcja/", "produkcja")):
            owner.goto(self.at(path))
            shot(owner, name)


if __name__ == "__main__":
    main()
