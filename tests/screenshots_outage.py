"""The invented Tuesday on which KSeF fails: what the pages and papers of that day look like."""

from playwright.sync_api import Page

from tests import screenshots_story as story
from tests.screenshots_camera import first_sheet, keep, shot
from tests.screenshots_house import House, until

LINES = {
    "kawiarnia": [("Krzesło barowe, jesion", "6", "szt.", "390.00", "23")],
    "hotel": [("Wieszak ścienny dębowy", "14", "szt.", "165.00", "23")],
    "biuro": [("Blat biurka 160 × 80 cm", "3", "szt.", "720.00", "23")],
    "szkola": [("Ławka do szatni", "5", "szt.", "540.00", "23")],
}
# Buyers who must get the invoice outside KSeF as well (art. 106gb ust. 4).
ELSEWHERE = [
    ({"KodUE": "DE", "NrVatUE": "811234567", "Nazwa": "Nordlicht Möbel GmbH"}, "DE", "Hafenstr. 4"),
    ({"BrakID": "1", "Nazwa": "Tomasz Lis"}, "PL", "ul. Miodowa 3"),
]


class Outage:
    """A company with its page, on the day of the failure."""

    def __init__(self, house: House, page: Page, company) -> None:
        self.house, self.page, self.company = house, page, company

    def walk(self) -> None:
        """All pictures of the day, in its order."""
        self.prepare()
        confirmed = self.silence()
        self.failure()
        document = self.invoices()[0]
        self._goto("do-przekazania/")
        shot(self.page, "do-przekazania", tall=False)
        self.house.now_is("2026-11-24 12:40")
        self._says("dziennik/", "Latarnia: trwa awaria KSeF. Sprawdzone 12:4")
        shot(self.page, "dziennik-awaria")
        self.end(document)
        self.back([confirmed, document])

    def prepare(self) -> None:
        """What was left of the day before arrives; a certificate for KOD II, a standing rule."""
        self.house.faults_end()
        self.house.now_is("2026-11-23 11:00")
        until(lambda: not self._open().exists(), 180, "what waited on Monday did not arrive")
        self._renumber()
        until(lambda: not self._open().exists(), 60, "the renumbered one did not arrive")
        story.sessions_end(self.house, self.company)
        self._certificate()
        self._rule()
        self.house.outage(
            "start",
            category="MAINTENANCE",
            published="2026-11-17T08:00:00Z",
            start="2026-11-18T21:00:00Z",
            end="2026-11-19T03:00:00Z",
        )

    def silence(self):
        """KSeF does not answer; an invoice in offline24 and what its buyer gets."""
        self.house.now_is("2026-11-24 08:10")
        self.house.fault("outage", "*", count=-1)
        document = story.issue(self.company, "sklep", LINES["biuro"], mode="offline24")
        keep("potwierdzenie", first_sheet(self._paper(document, "potwierdzenie")))
        return document

    def failure(self) -> None:
        """It is announced, and the rule turns new invoices to it."""
        self.house.now_is("2026-11-24 09:20")
        self.house.outage("start", category="FAILURE", start=-2400)
        self._says("dziennik/", "Nowe faktury: awaria")
        self._says("dziennik/", "Tryb firmy: awaria")

    def invoices(self) -> list:
        """Four for buyers in Poland, two for those who must get the paper."""
        made = [story.issue(self.company, *pair) for pair in LINES.items()]
        for identity, country, street in ELSEWHERE:
            tree = story.content(self.company, "hotel", LINES["kawiarnia"])
            tree["Podmiot2"] |= {
                "DaneIdentyfikacyjne": identity,
                "Adres": {"KodKraju": country, "AdresL1": street},
            }
            made.append(story.issue_tree(self.company, tree))
        keep("wydruk-offline", first_sheet(self._paper(made[0], "faktura")))
        return made

    def end(self, document) -> None:
        """The end is announced: seven business days are counted."""
        self.house.now_is("2026-11-24 13:05")
        self.house.outage("end")
        rows = type(document).objects.filter(pk=document.pk, submission__deadline_on__isnull=False)
        until(rows.exists, 60, "no deadline came")
        self.house.now_is("2026-11-25 08:30")
        self._says(f"faktury/{document.pk}/", "następna próba 8:3")
        until(self._is_calm, 60, "the mode of the failure does not end")
        shot(self.page, "faktura-awaria", tall=False)

    def back(self, documents: list) -> None:
        """KSeF answers; everything leaves in one package."""
        self.house.faults_end()
        for document in documents:
            story.complete(document)
        until(lambda: not self._open().exists(), 120, "not everything arrived")
        self._goto("sesje/")
        shot(self.page, "sesje", tall=False)
        self._goto("ksef/limity/")
        shot(self.page, "limity", tall=False)

    def _goto(self, path: str) -> None:
        self.page.goto(f"/firma/{story.NIP}/{path}")

    def _says(self, path: str, text: str) -> None:
        def seen() -> bool:
            self._goto(path)
            return text in " ".join(self.page.locator("main").inner_text().split())

        until(seen, 60, f"{path} does not say {text!r}")

    def _is_calm(self) -> bool:
        self.page.reload()
        text = " ".join(self.page.locator("body").inner_text().split())
        return "Latarnia: dostępny" in text and "zgodnie z regułą firmy" not in text

    def _renumber(self) -> None:
        """Another program's invoice had the number of ours, which takes the next one."""
        refused = self.company.documents.get(submission__state="refused")
        self._goto(f"faktury/{refused.pk}/")
        self.page.get_by_role("button", name="Wystaw naszą jako").click()
        self.page.wait_for_load_state()
        rows = self.company.documents.filter(replaces=refused)
        if not rows.exists():  # the draft with the new number is shown first
            self.page.get_by_role("button", name="Wystaw i wyślij do KSeF").click()
        until(rows.exists, 30, "it was not issued under another number")

    def _open(self):
        """Rows that are on their way."""
        from invoices.models import Submission
        from invoices.services.delivery_states import OPEN

        return Submission.objects.filter(document__company=self.company, state__in=OPEN)

    def _certificate(self) -> None:
        page, folder = self.page, self.house.folder / "simulator" / "certificates" / story.NIP
        self._goto("ksef/dodaj/")
        for name, ending in (("certificate", "crt"), ("key", "key")):
            page.locator(f'[name="{name}"]').set_input_files(folder / f"offline-ec.{ending}")
        page.locator('[name="password"]').fill("Wierzba-2026-haslo")
        page.get_by_role("button", name="Zapisz i sprawdź połączenie").click()
        page.wait_for_url("**/ksef/")

    def _rule(self) -> None:
        from offline.modes import rules_set

        owner = story.owner()
        rules_set(company=self.company, by=owner, auto_outage=True, auto_offline24_minutes=None)

    def _paper(self, document, what: str) -> bytes:
        path = f"/firma/{story.NIP}/faktury/{document.pk}/wydruk/{what}/"

        def made():
            answer = self.page.request.get(path)
            is_pdf = answer.headers["content-type"] == "application/pdf"
            return answer.body() if is_pdf else None

        return until(made, 60, f"no paper of {document.number}")
