import json
import secrets
import time
from urllib.parse import urljoin

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from lxml import html

from auth_ksef.api import ksef_api
from auth_ksef.login import access_get
from auth_ksef.models import Binding
from invoices.models import Document
from invoices.render.pdf import available
from ksefapp.accounts.models import Company, Environment, Membership, User
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock

LIMIT_SECONDS = 35
SIZE = 4  # scale at which a page is drawn for reading its codes: 288 dpi


class Failed(Exception):
    """A step that did not come out; the text says which and how."""


class Command(BaseCommand):
    """The whole main job against the running set, through HTTP as a person would do it."""

    help = "Issues one invoice through the web pages and proves that it arrived in the simulator."

    def handle(self, *args, **options) -> None:
        self.deadline = clock.monotonic() + LIMIT_SECONDS
        base = _running()
        company = _connected()
        if company is None:
            raise CommandError("not ready: no company is connected to the simulator")
        visitor, password = _visitor(company)
        try:
            with httpx.Client(base_url=base, timeout=15, follow_redirects=True) as browser:
                line = self._job(Person(browser), company, visitor, password)
        except Exception as error:  # whatever it was, a person wants to know at which step
            text = str(error) or type(error).__name__
            raise CommandError(f"FAILED {self.step}: {text}") from error
        finally:
            _close(visitor, company)
        self.stdout.write(line)

    def _job(self, person: "Person", company: Company, visitor: User, password: str) -> str:
        self._step("log in")
        person.log_in(visitor.email, password)
        self._step("check the connection")
        person.check_connection(company)
        self._step("fill the form and issue")
        document = person.issue(company)
        self._step("wait for the KSeF number")
        number = self._until(lambda: _fresh(document).ksef_number)
        self._step("download the UPO")
        upo = self._until(lambda: person.file(company, document, "upo"))
        if number.encode() not in upo:
            raise Failed("the UPO does not name the KSeF number")
        self._step("download the XML")
        xml = person.file(company, document, "xml")
        self._step("read the accepted bytes back from the simulator")
        access = access_get(company=company)
        accepted = ksef_api(company.environment, company).invoice_by_number(
            access=access.token, ksef_number=number
        )
        if not xml == accepted == bytes(document.file.content):
            raise Failed("the accepted bytes differ from the issued ones")
        self._check_print(person, company, document)
        return f"OK {document.number} {number} {document.sha256}"

    def _check_print(self, person: "Person", company: Company, document: Document) -> None:
        if reason := available():
            self.stdout.write(f"not checked: PDF ({reason})")
            return
        self._step("download the PDF and read its QR code")
        content = self._until(lambda: person.file(company, document, "pdf"))
        codes = qr_codes(content)
        from invoices.services.prints import kod1_link

        if kod1_link(document) not in codes:
            raise Failed(f"no KOD I with the right link among {codes}")
        self._step("open the page behind the QR code")
        answer = httpx.get(kod1_link(document), timeout=10)
        if answer.status_code != 200 or document.number not in answer.text:
            raise Failed(f"the verification page answered {answer.status_code}")

    def _step(self, name: str) -> None:
        self.step = name

    def _until(self, ask):
        """Asks until there is an answer or the time for the whole check is up."""
        while True:
            if answer := ask():
                return answer
            if clock.monotonic() > self.deadline:
                raise Failed("took too long")
            time.sleep(0.3)


class Person:
    """What somebody does in a browser: open a page, fill its form, press a button."""

    def __init__(self, browser: httpx.Client) -> None:
        self.browser = browser

    def log_in(self, email: str, password: str) -> None:
        """Through the login page."""
        page = self._open("/konto/login/")
        self._submit(page, "password", {"login": email, "password": password})
        if "/konto/login/" in str(self.browser.get("/").url):
            raise Failed("the login was not accepted")

    def check_connection(self, company: Company) -> None:
        """Presses "Sprawdź połączenie" and reads what it found."""
        page = self._open(f"/firma/{company.nip}/ksef/")
        self._press(page, f"/firma/{company.nip}/ksef/sprawdz/")
        check = company.checks.first()
        if check is None or not check.ok:
            raise Failed(f"the connection check found {check.findings if check else 'nothing'}")

    def issue(self, company: Company) -> Document:
        """Fills the form of a new invoice and issues it."""
        before = set(Document.objects.filter(company=company).values_list("pk", flat=True))
        page = self._open(f"/firma/{company.nip}/faktury/nowa/")
        self._submit(page, "buyer_nip", INVOICE | {"action": "issue"})
        made = Document.objects.filter(company=company).exclude(pk__in=before).first()
        if made is None:
            raise Failed("the form was not accepted")
        return made

    def file(self, company: Company, document: Document, name: str) -> bytes | None:
        """A file of the document, None while it is not there (404 or 202)."""
        answer = self.browser.get(f"/firma/{company.nip}/faktury/{document.pk}/{name}/")
        return answer.content if answer.status_code == 200 else None

    def _open(self, path: str) -> html.HtmlElement:
        answer = self.browser.get(path)
        if answer.status_code != 200:
            raise Failed(f"{path} answered {answer.status_code}")
        return html.fromstring(answer.content, base_url=str(answer.url))

    def _submit(self, page: html.HtmlElement, field: str, values: dict) -> httpx.Response:
        """Posts the form that holds `field`, with what it shows and what was filled in."""
        form = next(f for f in page.forms if field in f.inputs)
        return self._send(form, page.base_url, dict(form.form_values()) | values)

    def _press(self, page: html.HtmlElement, action: str) -> httpx.Response:
        form = next((f for f in page.forms if (f.action or "").endswith(action)), None)
        if form is None:
            raise Failed(f"no form for {action} on {page.base_url}")
        return self._send(form, page.base_url, dict(form.form_values()))

    def _send(self, form, base_url: str, values: dict) -> httpx.Response:
        url = urljoin(base_url, form.action or "")
        answer = self.browser.post(url, data=values, headers={"Referer": base_url})
        if answer.status_code >= 400:
            text = " ".join(html.fromstring(answer.content).text_content().split())
            raise Failed(f"{url} answered {answer.status_code}: {text[:500]}")
        return answer


INVOICE = {
    "buyer_kind": "nip",
    "buyer_nip": "111-111-11-11",
    "buyer_name": "Kawiarnia Pod Lipą Anna Kowalczyk",
    "buyer_address1": "ul. Rynkowa 8",
    "buyer_address2": "05-600 Grójec",
    "buyer_country": "PL",
    "line-0-name": "Blat jesionowy 80 × 80 cm, lakierowany",
    "line-0-quantity": "4",
    "line-0-unit": "szt.",
    "line-0-price": "550,00",
    "line-0-rate": "23",
}


def qr_codes(pdf: bytes) -> list[str]:
    """The texts of all QR codes on the pages of a PDF, read from the drawn pages."""
    import pypdfium2
    import zxingcpp

    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            image = page.render(scale=SIZE).to_pil()
            found += [code.text for code in zxingcpp.read_barcodes(image)]
    return found


def _running() -> str:
    """The address of the running set; exit 1 at once when there is none."""
    try:
        state = json.loads((settings.KSEF_DATA_DIR / "run" / "up.json").read_text())
        httpx.get(f"{state['web']}/health/", timeout=2).raise_for_status()
    except (OSError, ValueError, KeyError, httpx.HTTPError) as error:
        raise CommandError("not ready: start it with bin/demo") from error
    settings.KSEF_SIMULATOR_URL = state.get("simulator", settings.KSEF_SIMULATOR_URL)
    return state["web"]


def _connected() -> Company | None:
    """A company that logs in to the simulator."""
    rows = Binding.objects.filter(
        environment=Environment.SIMULATOR, purpose=Binding.Purpose.LOGIN, ended_at=None
    )
    return Company.objects.filter(
        environment=Environment.SIMULATOR, pk__in=rows.values("company")
    ).first()


def _visitor(company: Company) -> tuple[User, str]:
    """A person of its own, since the demo's password is known to nobody but its reader."""
    password = secrets.token_urlsafe(16)
    email = f"check-{secrets.token_hex(4)}@ksefapp.example"
    user = User.objects.create_user(email, password, full_name="bin/demo --check")
    Membership.objects.create(user=user, company=company, role=Role.OWNER)
    return user, password


def _close(user: User, company: Company) -> None:
    Membership.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.is_active = False
    user.closed_at = clock.now()
    user.save()


def _fresh(document: Document) -> Document:
    document.refresh_from_db()
    return document
