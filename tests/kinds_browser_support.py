"""A person with a mouse: the form, its buttons, the pages of an invoice, and KSeF's answer."""

import re
import secrets

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from invoices.fa3 import parse
from invoices.models import Document, Series
from tests.invoice_support import accepted, received, work

ISSUE = "Wystaw i wyślij do KSeF"
KINDS = ("UPR", "ZAL", "ROZ", "KOR", "KOR_ZAL", "KOR_ROZ")


@pytest.fixture
def firm(connected):
    """Connected, with numbers of every kind that the simulator has not seen before."""
    for kind in KINDS:
        Series.objects.create(
            company=connected,
            environment="simulator",
            kind=kind,
            pattern=f"{kind}{secrets.token_hex(4)}/{{nr}}",
            reset="never",
        )
    return connected


class Desk:
    """One person's window on one company; every story ends with `quiet`."""

    def __init__(self, page: Page, company, simulator) -> None:
        self.page, self.company, self.simulator = page, company, simulator
        page.set_default_timeout(12_000)

    def goes(self, name: str, *rest, query: str = "") -> Page:
        """Opens a page of the company by its name."""
        self.page.goto(reverse(name, args=[self.company.nip, *rest]) + query)
        return self.page

    def begins(self, kind: str = "VAT") -> Page:
        """The form of a new invoice of this kind."""
        return self.goes("invoice-new", query=f"?rodzaj={kind}")

    def presses(self, name: str) -> None:
        """The button with these words; the one in the dock where there are two."""
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def follows(self, name: str) -> None:
        """The link with these words."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def picks_from(self, menu: str, name: str) -> None:
        """An entry of a menu, a link or a button."""
        self.page.locator("summary").filter(has_text=menu).first.click()
        entry = self.page.locator(".menu-item:visible").filter(has_text=name)
        entry.first.click()

    def types(self, **texts: str) -> None:
        """Texts by the words in LABELS."""
        for name, text in texts.items():
            self.box(LABELS.get(name, name)).fill(text)

    def box(self, label: str):
        """A box by its whole label, with or without the remark that it may stay empty."""
        whole = re.compile(rf"^\s*{re.escape(label)}(\s+\(nieobowiązkowe\))?\s*$")
        return self.page.get_by_label(whole).first

    def names_the_buyer(self) -> None:
        """The café that buys."""
        self.page.get_by_role("textbox", name="NIP", exact=True).fill("111-111-11-11")
        self.types(buyer="Kawiarnia Pod Lipą", street="ul. Rynkowa 8")

    def sells(self, name: str = "Blat jesionowy", price: str = "1 234,56") -> None:
        """The first line."""
        self.types(line="", cost="")
        self.types(line=name, cost=price)

    def issues(self, button: str = ISSUE) -> Document:
        """Presses the main button; the page of the new invoice opens."""
        known = set(Document.objects.values_list("pk", flat=True))
        self.presses(button)
        self.page.wait_for_url("**/faktury/*-*/")
        return Document.objects.exclude(pk__in=known).get()

    def is_taken(self, document: Document) -> dict:
        """The workers send it, the simulator has its very bytes, the page its number; the tree."""
        work()
        document.refresh_from_db()
        assert document.ksef_number, document.submission.problem
        assert len(accepted(self.simulator, document)) == 1
        self.goes("invoice-detail", document.pk)
        expect(self.page.locator("#state")).to_contain_text(document.ksef_number)
        return parse(bytes(document.file.content))

    def sells_and_sends(self, price: str = "1 234,56") -> Document:
        """A small invoice, taken by KSeF, on whose page the person then is."""
        self.begins()
        self.names_the_buyer()
        self.sells(price=price)
        document = self.issues()
        self.is_taken(document)
        return document

    def begins_a_correction(self, method: str, reason: str = "pomyłka w cenie") -> None:
        """From the page of an invoice to the draft of its correction."""
        self.follows("Wystaw korektę")
        self.page.get_by_role("radio", name=method).check()
        self.types(reason=reason)
        self.presses("Zrób szkic korekty")
        expect(self.page.locator("#invoice-form")).to_be_visible()

    def is_not_sent(self, document: Document) -> None:
        """Not a byte of it reached the simulator."""
        work()
        assert received(self.simulator, document) == []
        document.refresh_from_db()
        assert document.ksef_number in (None, "")

    def quiet(self) -> None:
        """Nothing was said in the console on the way."""
        assert self.page.complaints == []


LABELS = {
    "buyer": "Nazwa albo imię i nazwisko",
    "street": "Ulica i numer",
    "line": "Pozycja 1: Nazwa towaru lub usługi",
    "cost": "Pozycja 1: Cena",
    "amount": "Pozycja 1: Ilość",
    "reason": "Przyczyna korekty",
    "paid": "Kwota otrzymanej zapłaty",
}
