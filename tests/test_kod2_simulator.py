"""From the issue to the page behind the code: what stands on paper is confirmed by KSeF."""

import secrets

import httpx
import pypdfium2
import pytest
import zxingcpp

from auth_ksef import api as ksef_door
from auth_ksef.credentials import certificate_add, token_add
from auth_ksef.kod2 import Kod2Refused
from auth_ksef.kod2_status import status_refresh
from auth_ksef.models import Credential
from invoices.models import Kod2, Submission
from invoices.services import chores
from invoices.services.drafts import draft_create
from invoices.services.handover import handover_record
from invoices.services.issue import invoice_issue
from invoices.services.papers import kod2_make
from invoices.services.prints import kod1_link, print_get, print_order
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from simulator.seed import seed
from tests.cast import NIP
from tests.invoice_support import work
from tests.paper_support import fresh, paper, tree_for
from tests.render_support import needs_pdf
from tests.simulator_support import QUICK, process

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    needs_pdf,
]
PASSWORD = "Haslo-do-klucza-1"


@pytest.fixture(scope="module")
def ksef(tmp_path_factory):
    """A simulator with the company's certificates; `.files` finds them by name."""
    folder = tmp_path_factory.mktemp("simulator")
    seeded = seed(folder, NIP, password=PASSWORD)
    with process(folder, "--control") as running:
        running.token = seeded.token
        running.files = {file.name: file for file in seeded.files}
        yield running


@pytest.fixture(params=["ec", "rsa"])
def document(request, company, owner, ksef, settings):
    """An offline invoice of a company with a certificate of the simulator."""
    settings.KSEF_SIMULATOR_URL = ksef.url
    file = ksef.files[f"offline-{request.param}"]
    certificate_add(
        company=company,
        certificate=file.with_suffix(".crt").read_bytes(),
        key=file.with_suffix(".key").read_bytes(),
        password=PASSWORD,
        added_by=owner,
    )
    return paper(company, owner, mode="awaria")


def test_the_page_behind_the_code_confirms_the_issuer(document):
    link = kod2_make(document).link
    answer = httpx.get(link)
    assert answer.status_code == 200
    assert "Certyfikat wystawcy jest potwierdzony" in answer.text
    spoiled = httpx.get(link[:-8] + "AAAAAAAA")
    assert spoiled.status_code == 404


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_stored_paper_carries_both_codes_and_its_hash(document, owner, language):
    print_order(document=document, language=language, acting=owner)
    chores.chores_run()
    stored = print_get(document=document, language=language)
    page = pypdfium2.PdfDocument(bytes(stored.content))[0].render(scale=150 / 72).to_pil()
    codes = sorted(code.text for code in zxingcpp.read_barcodes(page))
    assert codes == sorted([kod1_link(document), Kod2.objects.get(document=document).link])
    assert stored.state == "offline"
    assert len(stored.sha256) == 64


def test_what_ksef_revoked_signs_nothing_more(document, ksef, company, owner, monkeypatch):
    token_add(company=company, token=ksef.token, added_by=owner)
    monkeypatch.setattr(ksef_door, "_doors", {})
    row = Credential.objects.get(use="offline")
    assert status_refresh() == 1
    row.refresh_from_db()
    assert row.ksef_status == "Active"
    assert status_refresh() == 0  # once a day
    answer = ksef.request(
        "POST",
        f"/control/certificates/{row.serial}",
        json={"status": "Revoked"},
    )
    assert answer.status < 300, answer.body
    Credential.objects.update(ksef_status_at=None)
    status_refresh()
    with pytest.raises(Kod2Refused, match="revoked"):
        kod2_make(document)
    assert Notice.objects.filter(key=f"kod2-status:{row.pk}", kind="bad").exists()


def test_from_the_paper_to_the_number(document, ksef, company, owner, monkeypatch):
    """Issued offline: a paper by itself; accepted: a new one with KOD I, the old one is kept."""
    token_add(company=company, token=ksef.token, added_by=owner)
    monkeypatch.setattr(ksef_door, "_doors", {})
    assert ksef.request("POST", "/control/settings", json=QUICK).status < 300
    tree = tree_for(company, "eu", number=f"OFF/{secrets.token_hex(4)}")
    draft = draft_create(company=company, content=tree, created_by=owner)
    given = invoice_issue(draft=draft, issued_by=owner, on=clock.today(), mode="offline24")
    chores.chores_run()
    old = print_get(document=given, language="pl")
    assert old.state == "offline"
    handover_record(document=given, what="invoice", how="print", by=owner, paper=old)
    Submission.objects.filter(document=document).delete()
    work()
    given = fresh(given)
    new = print_get(document=given, language="pl")
    assert (given.submission.ksef_mode, new.state) == ("Offline", "numbered")
    page = pypdfium2.PdfDocument(bytes(new.content))[0].render(scale=150 / 72).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(page)] == [kod1_link(given)]
    assert httpx.get(kod1_link(given)).status_code == 200
    assert given.prints.filter(sha256=old.sha256).exists()
    assert not Notice.objects.filter(key=f"paper:{given.pk}").exists()
