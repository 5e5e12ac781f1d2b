"""Pictures of the form beyond the simple screen: its lines, sections, warnings, attachment."""

import io
from datetime import date

from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page

from invoices.models import Draft
from invoices.services.drafts import draft_create
from invoices.services.look import Look, logo_png, look_save
from ksefapp.accounts.models import Company
from ksefapp.accounts.preferences import preference_set
from tests import screenshots_story as story
from tests.screenshots_camera import first_sheet, keep, shot

LINES = [
    ("Blat jesionowy 80 × 80 cm", "4", "szt.", "550.00", "23"),
    ("Stół dębowy 220 × 100 cm", "1", "szt.", "3450.00", "23"),
    ("Deska do krojenia, olejowana", "60", "szt.", "38.50", "23"),
    ("Montaż w budynku mieszkalnym", "8", "godz.", "120.00", "8"),
]
CELLS = (
    "nazwa\tilość\tj.m.\tcena netto\tstawka VAT\n"
    "Krzesło bukowe\t12\tszt.\t1 248,00\t23%\n"
    "Ława ogrodowa, modrzew\t3\tszt.\t620,00\t23%\n"
    "Transport\t1\tkurs\t180,00\t23%"
)
PASTE = """(cell, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const facts = { clipboardData: data, bubbles: true, cancelable: true };
  cell.focus();
  cell.dispatchEvent(new ClipboardEvent("paste", facts));
}"""


class Form:
    """One walk through the rarer parts of the form."""

    def __init__(self, page: Page, company: Company) -> None:
        self.page, self.company = page, company

    def walk(self) -> None:
        """All pictures; the person's preferences are as before afterwards."""
        self.lines()
        self.sections()
        self.warning()
        self.attachment()
        self.look()

    def lines(self) -> None:
        """The grid with pinned columns, and cells that are being pasted."""
        preference_set(story.owner(), "line_columns", ["PKWiU", "P_10"])
        tree = story.content(self.company, "hotel", LINES)
        tree["Fa"]["FaWiersz"][0] |= {"PKWiU": "31.01.12.0", "GTU": "GTU_06"}
        self.open(tree)
        part(self.page.locator("#lines"), "pozycje")
        self.page.locator('[name="line-0-name"]').evaluate(PASTE, CELLS)
        dialog = self.page.locator("#paste-dialog")
        dialog.get_by_text("Krzesło bukowe").first.wait_for()
        part(dialog, "pozycje-wklejanie")
        preference_set(story.owner(), "line_columns", [])

    def sections(self) -> None:
        """What can be added, and everything with its codes."""
        self.open(story.content(self.company, "kawiarnia", LINES[:1]))
        part(self.page.locator("#sekcje"), "sekcje")
        preference_set(story.owner(), "expert", True)
        self.page.reload()
        shot(self.page, "tryb-pelny")
        preference_set(story.owner(), "expert", False)

    def warning(self) -> None:
        """A due date before the day of issue stops once."""
        tree = story.content(self.company, "biuro", LINES[1:2])
        tree["Fa"]["Platnosc"]["TerminPlatnosci"] = [{"Termin": date(2026, 11, 2).isoformat()}]
        self.open(tree)
        self.page.locator("[data-issue]").click()
        self.page.locator('[name$="-ok"]').first.wait_for()
        shot(self.page, "ostrzezenie", tall=False)

    def attachment(self) -> None:
        """A block with a table."""
        tree = story.content(self.company, "szkola", LINES[3:])
        heads = [("txt", "Dzień"), ("txt", "Praca"), ("dec", "Godziny")]
        rows = [("16.11.2026", "pomiary", "2"), ("17.11.2026", "montaż szafek", "6")]
        table = {
            "Opis": "Godziny pracy",
            "TNaglowek": {"Kol": [{"@Typ": kind, "NKom": name} for kind, name in heads]},
            "Wiersz": [{"WKom": list(row)} for row in rows],
            "Suma": {"SKom": ["Razem", "", "8"]},
        }
        pairs = [{"ZKlucz": "Obiekt", "ZWartosc": "Przedszkole, sala 2"}]
        block = {"ZNaglowek": "Rozliczenie montażu", "MetaDane": pairs, "Tabela": [table]}
        self.open(tree | {"Zalacznik": {"BlokDanych": [block]}})
        part(self.page.locator("#panel-attachment"), "zalacznik")

    def look(self) -> None:
        """A print with a logo and a colour, in two languages."""
        look_save(company=self.company, look=Look("#14693d", logo_png(_logo())), by=story.owner())
        draft = self.draft(story.content(self.company, "hotel", LINES))
        path = f"/firma/{story.NIP}/szkice/{draft.pk}/podglad/?jezyk=pl-en"
        keep("wydruk-dwujezyczny", first_sheet(self.page.request.get(path).body()))
        look_save(company=self.company, look=Look("", b""), by=story.owner())

    def draft(self, tree: dict) -> Draft:
        """A draft of the owner."""
        return draft_create(company=self.company, content=tree, created_by=story.owner())

    def open(self, tree: dict) -> None:
        """The form of a new draft."""
        draft = self.draft(tree)
        self.page.goto(f"/firma/{story.NIP}/szkice/{draft.pk}/")


def part(found: Locator, name: str) -> None:
    """One part of a page, without the bars that stay at its head and foot."""
    found.page.evaluate("document.querySelectorAll('.dock, .strip').forEach(bar => bar.remove())")
    keep(name, found.screenshot())


def _logo() -> bytes:
    """A simple mark: a green tree."""
    image = Image.new("RGB", (480, 160), "white")
    draw = ImageDraw.Draw(image)
    draw.polygon([(80, 10), (20, 110), (140, 110)], fill="#14693d")
    draw.rectangle([70, 110, 90, 150], fill="#834d13")
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()
