"""Pictures of the access to KSeF: a signature made elsewhere, certificates, rights, the check."""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

from tests import screenshots_story as story
from tests.screenshots_camera import shot
from tests.screenshots_house import House


class Access:
    """One walk from a signature to certificates, then through rights and the check."""

    def __init__(self, house: House, page: Page) -> None:
        self.house, self.page = house, page

    def walk(self) -> None:
        """All pictures."""
        self.house.faults_end()
        self.sign()
        self.certificates()
        self.rights()
        self.check()

    def open(self, path: str) -> None:
        """A page of the company."""
        self.page.goto(f"/firma/{story.NIP}/{path}")

    def press(self, text: str) -> None:
        """A button of the page."""
        self.page.get_by_role("button", name=text, exact=True).first.click()

    def sign(self) -> None:
        """The file is downloaded, sealed by the simulator's program, and uploaded."""
        page, folder = self.page, self.house.folder
        self.open("ksef/podpis/")
        self.press("Przygotuj plik do podpisu")
        with page.expect_download() as download:
            page.get_by_role("link", name="Pobierz plik do podpisu").click()
        download.value.save_as(folder / "request.xml")
        signed = _signed(folder)
        page.locator('input[type="file"]').set_input_files(signed)
        self.press("Wczytaj i zaloguj")
        page.get_by_role("link", name="Zamów certyfikaty").wait_for(timeout=60_000)

    def certificates(self) -> None:
        """Both are asked for, then they stand in the centre."""
        page = self.page
        page.get_by_role("link", name="Zamów certyfikaty").click()
        page.get_by_role("heading", name="Co KSeF wpisze do certyfikatu").wait_for(timeout=60_000)
        shot(page, "certyfikaty-zamow", tall=False)
        self.press("Zamów certyfikaty")
        page.get_by_role("heading", name="Masz certyfikaty KSeF").wait_for(timeout=60_000)
        self.open("ksef/certyfikaty/")
        shot(page, "certyfikaty", tall=False)

    def rights(self) -> None:
        """An office is granted what it needs, in words before it happens."""
        page = self.page
        self.open("ksef/uprawnienia/nadaj/")
        page.get_by_label("NIP, PESEL albo odcisk").fill("5260250274")
        page.get_by_label("Nazwa firmy").fill("Biuro Rachunkowe Liczydło sp. z o.o.")
        self.press("Pokaż, co to da")
        self.press("Nadaj uprawnienie")
        page.get_by_text("KSeF wykonał zmianę.").wait_for(timeout=60_000)
        self.open("ksef/uprawnienia/")
        shot(page, "uprawnienia", tall=False)

    def check(self) -> None:
        """The walk from the clock to a call per need."""
        self.open("ksef/sprawdzenie/")
        self.press("Sprawdź połączenie")
        self.page.get_by_role("heading", name="Połączenie z KSeF działa.").wait_for(timeout=60_000)
        shot(self.page, "ksef-sprawdzenie", tall=False)


def _signed(folder: Path) -> Path:
    """The file as the program of a person with the company's seal gives it back."""
    result = folder / "signed.xml"
    command = [sys.executable, "-m", "simulator", "sign", "--data", f"{folder}/simulator"]
    command += ["--kind", "seal", "--number", story.NIP, "--name", story.NAME]
    subprocess.run([*command, f"{folder}/request.xml", str(result)], check=True)
    return result
