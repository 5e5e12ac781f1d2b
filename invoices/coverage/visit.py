"""One invoice on its way through the pages: imported, opened, saved."""

from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from invoices.coverage.browser import Page, encoded
from invoices.models import Draft
from ksefapp.accounts.models import Company

FORM = "invoice-form"
SAVE = ("action", "save")


class VisitFailed(Exception):
    """A page did not do its part; the text says which and what it answered."""


@dataclass(frozen=True)
class Visitor:
    """A browser and the company whose pages it opens."""

    client: Client
    company: Company

    def imported(self, data: bytes) -> str:
        """The address to which the import page sends a browser. Raises VisitFailed."""
        url = reverse("invoice-import", args=[self.company.nip])
        file = SimpleUploadedFile("faktura.xml", data, content_type="application/xml")
        answer = self.client.post(url, {"file": file})
        if answer.status_code != 302:
            raise VisitFailed(f"the import page answered {_said(answer)}")
        return answer["Location"]

    def opened(self, url: str) -> Page:
        """The page with the invoice form. Raises VisitFailed."""
        answer = self.client.get(url)
        if answer.status_code != 200:
            raise VisitFailed(f"the form answered {_said(answer)}")
        page = Page(answer.content.decode(), FORM)
        if FORM not in page:
            raise VisitFailed("the page has no invoice form")
        return page

    def blank(self) -> Page:
        """The form of a new invoice."""
        return self.opened(self.new_url)

    @property
    def new_url(self) -> str:
        return reverse("invoice-new", args=[self.company.nip])

    def saved(self, url: str, pairs: list[tuple[str, str]]) -> dict:
        """What the draft holds after this was sent to the address. Raises VisitFailed."""
        answer = self.client.post(url, **encoded(pairs))
        if answer.status_code != 302:
            raise VisitFailed(f"saving answered {_said(answer)}")
        key = answer["Location"].partition("?")[0].rstrip("/").rpartition("/")[2]
        draft = Draft.objects.get(pk=key)
        return draft.content


def _said(answer) -> str:
    """The status with the list of problems on the page or the error that it broke with."""
    if broken := getattr(answer, "exc_info", None):
        return f"{answer.status_code}: {broken[0].__name__}: {broken[1]}"
    texts = Page(answer.content.decode(), FORM).root.xpath("//*[@id='problems']//li")
    said = "; ".join(" ".join(text.text_content().split()) for text in texts[:3])
    return f"{answer.status_code}: {said}" if said else str(answer.status_code)
