"""People at the pages of access: a KSeF with a clock, firms of their own, signatures, papers."""

import io
import re
import secrets
from datetime import timedelta
from time import sleep

import httpx
import pypdfium2
import pytest
import zxingcpp
from django.db.models import QuerySet
from playwright.sync_api import expect

from auth_ksef.enrolment import OPEN as ENROLMENTS
from auth_ksef.models import Credential, Enrolment, RightsOperation, SignedLogin
from auth_ksef.rights_operations import OPEN as OPERATIONS
from auth_ksef.tasks import access_task
from invoices.models import Document, Series
from invoices.services import chores
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from simulator.seed import seed
from tests import signing_program
from tests.cast import NIP, company_made
from tests.invoice_support import control
from tests.kinds_browser_support import Desk as InvoiceDesk
from tests.simulator_support import process

SIGN, UPLOAD, SIGNED_FILE = "Przygotuj plik do podpisu", "Wczytaj i zaloguj", "Podpisany plik"


@pytest.fixture(scope="module")
def running_simulator(tmp_path_factory):
    """The simulator of a module; its clock is the one that `shift` moves."""
    folder = tmp_path_factory.mktemp("simulator")
    file = folder / "clock"
    with process(folder, "--control", env={"KSEF_TEST_CLOCK": str(file)}) as running:
        running.clock, running.folder = file, folder
        running.token = seed(folder, NIP).token
        yield running


@pytest.fixture
def shift(running_simulator, monkeypatch):
    """`shift(days=1)`: the house and the simulator live that much later than the true time."""
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(running_simulator.clock))
    yield lambda **by: running_simulator.clock.write_text(str(timedelta(**by).total_seconds()))
    running_simulator.clock.write_text("0")


@pytest.fixture
def firm(simulator, owner, accountant) -> Company:
    """A company that KSeF has never seen, with its owner and an accountant."""
    company = company_made(nip_made())
    Membership.objects.create(user=owner, company=company, role=Role.OWNER)
    Membership.objects.create(user=accountant, company=company, role=Role.ACCOUNTANT)
    Series.objects.create(
        company=company,
        environment="simulator",
        kind="VAT",
        pattern=f"A{secrets.token_hex(4)}/{{nr}}",
        reset="never",
    )
    return company


def nip_made() -> str:
    """A NIP with a right check digit that nobody had before."""
    weights = (6, 5, 7, 2, 3, 4, 5, 6, 7)
    while True:
        digits = f"52{secrets.randbelow(10**7):07d}"
        check = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
        if check < 10:
            return f"{digits}{check}"


def pesel_made() -> str:
    """A PESEL with a right check digit that nobody had before."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    digits = f"900101{secrets.randbelow(10**4):04d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return f"{digits}{-total % 10}"


def owns(simulator, nip: str, pesel: str) -> None:
    """A sole trader: KSeF's registers know whose NIP it is."""
    body = {"nip": nip, "pesel": pesel, "isBailiff": False, "description": "Sosna i Syn"}
    _testdata(simulator, "person", body)


def reported(simulator, nip: str, identifier: dict) -> None:
    """ZAW-FA on paper: the office wrote down who manages the company's rights."""
    body = {
        "contextIdentifier": {"type": "Nip", "value": nip},
        "authorizedIdentifier": identifier,
        "permissions": [{"description": "ZAW-FA z urzędu", "permissionType": "CredentialsManage"}],
    }
    _testdata(simulator, "permissions", body)


def _testdata(simulator, path: str, body: dict) -> None:
    answer = simulator.request("POST", f"/v2/testdata/{path}", json=body)
    assert answer.status == 200, answer.body


def background(rounds: int = 30) -> None:
    """What the worker does for logins, requests and rights until nothing of it is under way.

    Our own pauses are over at once; KSeF's limit of ten calls a second is not.
    """
    for _ in range(rounds):
        for rows in under_way():
            rows.exclude(next_at=None).update(next_at=clock.now())
        access_task()
        if not any(rows.exists() for rows in under_way()):
            return
        sleep(0.4)


def under_way() -> list[QuerySet]:
    """Everything that waits for KSeF."""
    return [
        SignedLogin.objects.filter(state__in=("sending", "sent")),
        Enrolment.objects.filter(state__in=ENROLMENTS),
        RightsOperation.objects.filter(state__in=OPERATIONS),
    ]


def codes(data: bytes) -> list[str]:
    """The texts of the QR codes of a PDF, KOD II last."""
    images = [sheet.render(scale=3).to_pil() for sheet in pypdfium2.PdfDocument(io.BytesIO(data))]
    found = {code.text for image in images for code in zxingcpp.read_barcodes(image)}
    return sorted(found, key=lambda text: "/certificate/" in text)


class Desk(InvoiceDesk):
    """One person's window on a company's access to KSeF, and on its invoices."""

    def __init__(self, page, company, simulator, person: User, pesel: str = "") -> None:
        super().__init__(page, company, simulator)
        self.person, self.pesel = person, pesel or pesel_made()

    @property
    def identity(self) -> signing_program.Identity:
        """The qualified-like signature of this person, with the PESEL in it."""
        return signing_program.identity("person", pesel=self.pesel)

    def begins_to_sign(self, known_by: str = "") -> None:
        """From the table of ways to the file that waits for a signature."""
        self.goes("connection-ways")
        self.follows("Zaloguj się podpisem")
        if known_by:
            self.page.locator("summary", has_text="odcisk certyfikatu").click()
            self.page.get_by_role("radio", name=known_by).check()
        self.presses(SIGN)
        self.page.wait_for_url("**/ksef/podpis/*/")

    def takes_both(self) -> dict[str, Credential]:
        """From the offer after a signature to both certificates in the centre, by their use."""
        self.follows("Zamów certyfikaty")
        self.page.get_by_label("Zgadzam się, żeby aplikacja używała").check()
        self.presses("Zamów certyfikaty")
        expect(self.page.locator("#requests li")).to_have_count(2)
        background()
        expect(self.page.get_by_role("heading", name="Masz certyfikaty KSeF")).to_be_visible()
        self.follows("Zobacz certyfikaty")
        made = {row.use: row for row in Credential.objects.filter(owner_user=self.person)}
        for row in made.values():
            expect(self.page.locator("main")).to_contain_text(row.serial)
        return made

    def logs_out(self) -> None:
        """Wyloguj z KSeF: today's signature serves no more."""
        self.goes("connection-logins")
        self.presses("Wyloguj z KSeF")
        expect(self.page.get_by_text("Wylogowaliśmy.")).to_be_visible()

    def issues_offline(self) -> Document:
        """The same in the mode offline24; nothing is sent yet."""
        self.begins()
        self.names_the_buyer()
        self.sells()
        known = set(Document.objects.values_list("pk", flat=True))
        self.picks_from("Inny tryb", "Wystaw offline24")
        self.page.wait_for_url("**/faktury/*-*/")
        return Document.objects.exclude(pk__in=known).get()

    def connects(self, file, password: str) -> None:
        """Uploads a certificate of the simulator; `file` is its path without an ending."""
        self.goes("connection-add")
        for label, ending in (("Plik certyfikatu (.crt)", ".crt"), ("Plik klucza (.key)", ".key")):
            self.page.get_by_label(label).set_input_files(file.with_suffix(ending))
        self.types(**{"Hasło do klucza": password})
        self.page.get_by_role("button", name="Zapisz").first.click()
        self.page.wait_for_url("**/ksef/")

    def downloads(self, name: str) -> bytes:
        """What the link with these words gives."""
        with self.page.expect_download() as waiting:
            self.follows(name)
        return waiting.value.path().read_bytes()

    def uploads(self, signed: bytes) -> None:
        """Gives the signed file back."""
        chosen = {"name": "podpisany.xml", "mimeType": "application/xml", "buffer": signed}
        self.page.get_by_label(SIGNED_FILE).set_input_files(chosen)
        self.presses(UPLOAD)

    def signs(self, who: signing_program.Identity | None = None, **how) -> None:
        """Download, the other program, upload."""
        request = self.downloads("Pobierz plik do podpisu")
        self.uploads(signing_program.signed(request, who or self.identity, **how))

    def logs_in(self, who: signing_program.Identity | None = None, **how) -> SignedLogin:
        """The whole way by a signature, with the worker's help, to KSeF's yes."""
        self.begins_to_sign()
        self.signs(who, **how)
        self.is_let_in()
        return SignedLogin.objects.filter(company=self.company, person=self.person).latest("pk")

    def is_let_in(self) -> None:
        """KSeF's verdict comes to the page by itself."""
        background()
        expect(self.page.get_by_role("heading", name="Zalogowano do KSeF")).to_be_visible()

    def grants(self, preset: str, identifier: str, kind: str = "PESEL", **more: str) -> None:
        """A preset for a person, read in words, confirmed and followed to its end on the page."""
        self.goes("connection-rights")
        self.follows("Nadaj uprawnienie")
        self.page.get_by_role("radio", name=preset).check()
        self.page.get_by_role("radio", name="Osobie", exact=True).check()
        self.page.get_by_role("radio", name=kind, exact=True).check()
        named = {"Imię": "Kasia", "Nazwisko": "Nowak"}
        self.types(**{"NIP, PESEL albo odcisk": identifier}, **named | more)
        self.presses("Pokaż, co to da")
        expect(self.page.get_by_role("heading", name="Co z tego wynika")).to_be_visible()
        self.presses("Nadaj uprawnienie")
        self.sees_it_done()

    def revokes(self, holder: str, right: str) -> None:
        """Takes one right back, by the list as KSeF has it now."""
        self.goes("connection-rights")
        self.presses("Odśwież z KSeF")
        name = re.compile(f"^Odbierz.*{right}, {holder}", re.IGNORECASE)
        self.page.get_by_role("link", name=name).click()
        self.presses("Odbierz uprawnienie")
        self.sees_it_done()

    def sees_it_done(self) -> None:
        """The page of a change follows it to its end."""
        self.page.wait_for_url("**/uprawnienia/zmiana/*/")
        background()
        expect(self.page.get_by_text("KSeF wykonał zmianę.")).to_be_visible()

    def prints(self, document: Document) -> bytes:
        """The PDF for the buyer, as the page links it."""
        self.goes("invoice-detail", document.pk)
        paper = re.compile("^(Faktura|Potwierdzenie transakcji) PDF$")
        link = self.page.get_by_role("link", name=paper).get_attribute("href")
        self.page.request.get(link)  # the first who asks orders the print
        chores.chores_run()
        data = self.page.request.get(link).body()
        assert data.startswith(b"%PDF"), data[:200]
        return data


def confirmed(link: str) -> bool:
    """Whether KSeF's verification page vouches for the issuer."""
    answer = httpx.get(link)
    return answer.status_code == 200 and "Certyfikat wystawcy jest potwierdzony" in answer.text


def calls(simulator, operation: str) -> int:
    """How often the simulator was asked for this since its start or its last reset."""
    return control(simulator, "GET", "/requests").get(operation, 0)
