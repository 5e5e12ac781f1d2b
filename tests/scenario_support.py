"""A person at the form without scripts, a program at the API, and the invoice that they issued."""

from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from invoices import fa3
from invoices.fa3 import tree as trees
from invoices.models import Document, Draft, Submission
from invoices.services.seller import invoice_start
from ksefapp.accounts.models import Company
from ksefapp.lib import clock, ksef_number
from tests.api_support import post_json
from tests.form_support import BUYER, FIRST_LINE, boxes, new_url, page

PERSON = {"buyer_kind": "none", "buyer_nip": "", "buyer_name": "Jan Nowak"}
GERMAN = {
    "buyer_kind": "eu",
    "buyer_nip": "",
    "buyer_eu_country": "DE",
    "buyer_eu_number": "811234567",
    "buyer_name": "Kaufhaus GmbH",
    "buyer_address1": "Hauptstrasse 1",
    "buyer_address2": "10115 Berlin",
    "buyer_country": "DE",
}
SWISS = {
    "buyer_kind": "other",
    "buyer_nip": "",
    "buyer_id_country": "CH",
    "buyer_id": "CHE-123.456.789",
    "buyer_name": "Uhren AG",
    "buyer_address1": "Bahnhofstrasse 7",
    "buyer_address2": "8001 Zürich",
    "buyer_country": "CH",
}


@dataclass(frozen=True)
class Issued:
    """An issued invoice as it stands in its frozen file."""

    document: Document
    xml: bytes
    tree: dict

    @classmethod
    def of(cls, document: Document) -> "Issued":
        """Reads the file of a document and holds it against schema and rules."""
        xml = bytes(document.file.content)
        tree = fa3.parse(xml)
        assert fa3.validate(xml) == []
        found = fa3.check(tree, today=clock.today(), environment="production")
        assert [problem for problem in found if problem.severity == "block"] == []
        return cls(document, xml, tree)

    def text(self, path: str) -> str:
        return trees.text(self.tree, path)

    def has(self, path: str) -> bool:
        return trees.get(self.tree, path) is not None

    def says(self, **wanted: str) -> None:
        """Elements of Fa, by name, with `__` for a step down: `Adnotacje__P_16="1"`."""
        self.stands({f"Fa/{name.replace('__', '/')}": text for name, text in wanted.items()})

    def stands(self, wanted: dict[str, str]) -> None:
        """Elements of the whole invoice, by path."""
        found = {path: self.text(path) for path in wanted}
        assert found == wanted, found


class Person:
    """Opens the form of a new invoice and goes on with the page that each button answers with."""

    def __init__(self, client: Client, company: Company, kind: str = "VAT") -> None:
        self.client, self.company = client, company
        self.answer = client.get(f"{new_url(company)}?rodzaj={kind}")

    @classmethod
    def at(cls, client: Client, company: Company, answer) -> "Person":
        """Goes on from the form that some other page led to."""
        person = cls.__new__(cls)
        person.client, person.company, person.answer = client, company, answer
        return person

    @property
    def draft(self) -> Draft:
        return Draft.objects.filter(company=self.company, issued_as=None).latest("updated_at")

    def presses(self, action: str = "save", typed: dict[str, str] | None = None) -> "Person":
        """Types texts into boxes that the page has, then presses one of its buttons."""
        found = page(self.answer)
        known = set(found.xpath("//@name"))
        unknown = set(typed or {}) - known
        assert not unknown, f"the page has no box for {sorted(unknown)}"
        sent = boxes(self.answer) | (typed or {}) | {"action": action}
        there = found.get_element_by_id("invoice-form").get("action")
        self.answer = self.client.post(there, sent, follow=True)
        return self

    def types(self, *texts: dict[str, str]) -> "Person":
        """The usual buyer and line, with these texts in other boxes or in their place."""
        typed = BUYER | FIRST_LINE
        for each in texts:
            typed |= each
        return self.presses("save", typed)

    def opens(self, section: str, typed: dict[str, str] | None = None) -> "Person":
        """Opens a section of the menu "Dodaj do faktury" and fills boxes of it in."""
        self.presses(f"open:{section}")
        return self.presses("save", typed) if typed else self

    def adds(self, path: str, typed: dict[str, str], *, at: int = 0) -> "Person":
        """A new item of a list, with its boxes filled in; names are below the item."""
        self.presses(f"add:{path}")
        return self.presses("save", {_inside(f"{path}[{at}]", n): t for n, t in typed.items()})

    def adds_party(self, preset: str, typed: dict[str, str], *, at: int = 0) -> "Person":
        """A third party by the button of its role."""
        self.presses(f"preset:{preset}")
        return self.presses("save", {_inside(f"Podmiot3[{at}]", n): t for n, t in typed.items()})

    def issues(self, *meant: str, accept: tuple[str, ...] = ()) -> Issued:
        """Issues, letting exactly the meant warnings stand; `accept` are those that stop."""
        warned = self.warned_of()
        assert warned == set(meant), [remark["text"] for remark in self._remarks()]
        self.presses("issue", {})
        if meant:
            self.presses("issue", self._ticks())
        document = self.answer.context.get("document")
        assert document, self.blocked_by()
        return Issued.of(document)

    def warned_of(self) -> set[str]:
        """The rules that warn, after the button "Sprawdź"; nothing may block."""
        self.presses("check")
        assert self.blocked_by() == [], self.blocked_by()
        return {each["rule"] for each in self._remarks() if each["kind"] == "warn"}

    def blocked_by(self) -> list[str]:
        """The texts of what blocks, as the page lists them."""
        return [each["text"] for each in self.answer.context["screen"].problem_list]

    def _remarks(self) -> list[dict]:
        return self.answer.context["screen"].remarks

    def _ticks(self) -> dict[str, str]:
        names = page(self.answer).xpath("//input[@type='checkbox']/@name")
        return {name: "1" for name in names if name.startswith("warning-")}


def numbered(issued: Issued) -> Document:
    """The document as KSeF would have taken it."""
    document = issued.document
    body = f"{document.seller_nip}-{clock.today():%Y%m%d}-{document.pk.hex[:12].upper()}"
    facts = {"ksef_number": with_checksum(body), "ksef_number_at": clock.now()}
    Document.objects.filter(pk=document.pk).update(**facts)
    Submission.objects.filter(document=document).update(state="accepted")
    document.refresh_from_db()
    return document


def with_checksum(body: str) -> str:
    """A KSeF number, from all but its last two digits."""
    return f"{body}-{ksef_number.crc8(body.encode()):02X}"


def corrects(client: Client, document: Document, method: str, **more) -> Person:
    """From the invoice's button to the form of its correction."""
    address = reverse("correct-start", args=[document.company.nip, document.pk])
    typed = {"method": method, "reason": "pomyłka", **more}
    answer = client.post(address, typed, follow=True)
    return Person.at(client, document.company, answer)


def line(at: int = 0, **texts: str) -> dict[str, str]:
    """Boxes of a row of the grid: `line(0, price="10", P_10="1")`."""
    return {f"line-{at}-{name}": text for name, text in texts.items()}


def typed_day(days: int = 0) -> str:
    """Today and so many days, as a person types it."""
    return f"{clock.today() + timedelta(days=days):%d.%m.%Y}"


def day(days: int = 0) -> str:
    """The same as it stands in the file."""
    return (clock.today() + timedelta(days=days)).isoformat()


def fields(**texts: str) -> dict[str, str]:
    """Boxes of sections by element of Fa: `fields(Adnotacje__P_16="1")`."""
    return {f"f:Fa/{name.replace('__', '/')}": text for name, text in texts.items()}


def _inside(item: str, name: str) -> str:
    """`NIP` of an item is its box; `c:…` stays a choice, with the item in its path."""
    return f"c:{item}/{name.removeprefix('c:')}" if name.startswith("c:") else f"f:{item}/{name}"


# --- A program ------------------------------------------------------------------------------
def sale(company: Company, **changes) -> dict:
    """A tree that can be issued today; `changes` are path (with __) → value, None takes away."""
    tree = invoice_start(company, today=clock.today())
    trees.put(tree, "Podmiot2/DaneIdentyfikacyjne", {"NIP": "1111111111", "Nazwa": "Pod Lipą"})
    trees.put(tree, "Podmiot2/Adres", {"KodKraju": "PL", "AdresL1": "ul. Rynkowa 8"})
    for path, value in changes.items():
        trees.put(tree, path.replace("__", "/"), value)
    return tree


def item(number: int = 1, **fields: str | None) -> dict:
    """A line of one piece at 100.00 net and 23 %; None takes a field away."""
    made = {"NrWierszaFa": str(number), "P_7": "Usługa", "P_8A": "szt.", "P_8B": "1"}
    made |= {"P_9A": "100.00", "P_11": "100.00", "P_12": "23"} | fields
    return {name: text for name, text in made.items() if text is not None}


def by_program(client: Client, company: Company, tree: dict, *meant: str, **options) -> Issued:
    """Makes the draft and issues it over the API; only the meant rules warn."""
    body = {"content": tree, "options": options} if options else {"content": tree}
    made = post_json(client, f"companies/{company.nip}/drafts/", body)
    assert made.status_code == 201, made.content.decode()
    found = made.json()["problems"]
    assert [problem for problem in found if problem["severity"] == "block"] == []
    assert {problem["rule"] for problem in found if problem["severity"] == "warn"} == set(meant)
    issued = post_json(client, f"drafts/{made.json()['id']}/issue/", {"accept": list(meant)})
    assert issued.status_code == 201, issued.content.decode()
    return Issued.of(Document.objects.get(pk=issued.json()["id"]))
