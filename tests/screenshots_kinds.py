"""Pictures of what begins at an invoice or happens around it: corrections, advances, registers."""

from datetime import date
from decimal import Decimal

from playwright.sync_api import Page

from invoices.fa3 import orders
from invoices.fa3.correcting import Wanted
from invoices.models import Contractor, Document, Recurring
from invoices.services.correct import correction_start
from invoices.services.payments import payment_add
from ksefapp.accounts.models import Company
from tests import screenshots_story as story
from tests.screenshots_camera import shot
from tests.screenshots_house import House

ORDER = [
    {"P_7Z": "Zabudowa kuchni, dąb", "P_8AZ": "kpl.", "P_8BZ": "1", "P_9AZ": "18500", "P_12Z": "8"},
    {"P_7Z": "Stół do kuchni", "P_8AZ": "szt.", "P_8BZ": "1", "P_9AZ": "3450", "P_12Z": "23"},
]


class Kinds:
    """One walk through corrections, advances, contractors, rhythms and totals."""

    def __init__(self, page: Page, company: Company) -> None:
        self.page, self.company = page, company

    def walk(self) -> None:
        """All pictures."""
        self.correction()
        self.advances()
        self.contractors()
        self.recurring()
        self.totals()

    def open(self, path: str) -> None:
        """A page of the company."""
        self.page.goto(f"/firma/{story.NIP}/{path}")

    def correction(self) -> None:
        """What changed, then the draft with rows before and after."""
        rows = self.company.documents.filter(kind="VAT", ksef_number__isnull=False)
        original = rows.order_by("issued_at").first()
        self.open(f"faktury/{original.pk}/koryguj/")
        shot(self.page, "korekta-wybor", tall=False)
        wanted = Wanted("lines", reason="rabat po zakupie", effect="2", lines=(0,))
        draft = correction_start(original=original, wanted=wanted, user=story.owner())
        self.open(f"szkice/{draft.pk}/")
        shot(self.page, "korekta-szkic", tall=False)

    def advance(self, house: House) -> None:
        """An advance of two rates, while KSeF still takes everything at once."""
        tree = story.content(self.company, "hotel", [])
        tree["Fa"] |= {"RodzajFaktury": "ZAL", "P_15": "10000.00"}
        tree["Fa"].pop("FaWiersz", None)
        rows = [{"NrWierszaZam": str(at), **row} for at, row in enumerate(ORDER, 1)]
        tree["Fa"]["Zamowienie"] = {"WartoscZamowienia": "0.00", "ZamowienieWiersz": rows}
        story.complete(story.issue_tree(self.company, orders.counted(tree)))
        story.sessions_end(house, self.company)

    def advances(self) -> None:
        """The page that settles advances."""
        self.open("faktury/rozlicz/")
        shot(self.page, "zaliczki-rozlicz", tall=False)

    def contractors(self) -> None:
        """The list of those who buy here."""
        for nip, name, street in story.BUYERS.values():
            facts = {"id_number": nip, "address_l1": street, "payment_days": 14}
            facts["search"] = f"{name} {nip}".lower()
            Contractor.objects.create(company=self.company, name=name, **facts)
        self.open("kontrahenci/")
        shot(self.page, "kontrahenci", tall=False)

    def recurring(self) -> None:
        """A template and its next days."""
        lines = [("Serwis mebli, {miesiac} {rok}", "1", "usł.", "450.00", "23")]
        row = Recurring.objects.create(
            company=self.company,
            environment=self.company.environment,
            name="Serwis mebli",
            content=story.content(self.company, "biuro", lines),
            day=31,
            starts_on=date(2026, 11, 30),
            next_on=date(2026, 11, 30),
            issues_itself=True,
            created_by=story.owner(),
        )
        self.open(f"cykliczne/{row.pk}/")
        shot(self.page, "cykliczne", tall=False)

    def totals(self) -> None:
        """A partly paid invoice, then months and buyers."""
        row = Document.objects.filter(company=self.company, ksef_number__isnull=False).first()
        part = (row.gross / 2).quantize(Decimal("0.01"))
        payment_add(document=row, amount=part, received_on=row.issued_on, by=story.owner())
        self.open("zestawienia/")
        shot(self.page, "zestawienia")
