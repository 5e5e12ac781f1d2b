"""What the invoice tests share: a simulator, a connected company, drafts, the workers' work."""

import base64
import secrets
from contextlib import contextmanager

import pytest

from auth_ksef import api as ksef_door
from auth_ksef.credentials import token_add
from invoices.fa3 import totals
from invoices.models import Document, KsefSession, Series, Submission
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.seller import invoice_start
from invoices.services.sweep import drain_all
from ksefapp.lib import clock
from simulator.seed import seed
from tests.cast import NIP
from tests.simulator_support import QUICK, process


@pytest.fixture(scope="module")
def running_simulator(tmp_path_factory):
    """One simulator process for a module; faults and settings are reset before each test."""
    folder = tmp_path_factory.mktemp("simulator")
    token = seed(folder, NIP).token
    with process(folder, "--control") as running:
        running.token = token
        yield running


@pytest.fixture
def simulator(running_simulator, settings, monkeypatch):
    """The simulator, quick and without faults, as the KSeF of this test."""
    settings.KSEF_SIMULATOR_URL = running_simulator.url
    monkeypatch.setattr(ksef_door, "_doors", {})
    control(running_simulator, "POST", "/reset")
    control(running_simulator, "POST", "/settings", json=QUICK)
    return running_simulator


@pytest.fixture
def connected(company, owner, simulator):
    """The company at hand with a token of the simulator."""
    token_add(company=company, token=simulator.token, added_by=owner)
    # The simulator remembers the numbers of earlier tests.
    pattern = f"T{secrets.token_hex(4)}/{{nr}}"
    Series.objects.create(
        company=company, environment="simulator", kind="VAT", pattern=pattern, reset="never"
    )
    return company


def control(simulator, method: str, path: str, **options):
    """One call of the simulator's control interface."""
    answer = simulator.request(method, f"/control{path}", **options)
    assert answer.status < 300, answer.body
    return answer.json if answer.body else None


def fault(simulator, kind: str, operation: str, **params) -> None:
    """Orders a fault."""
    control(simulator, "POST", "/faults", json={"kind": kind, "operation": operation, **params})


def accepted(simulator, document: Document) -> list[dict]:
    """What the simulator accepted with this document's bytes."""
    rows = control(simulator, "GET", "/invoices")["invoices"]
    return [row for row in rows if row["sha256"] == _base64(document.sha256) and row["ksefNumber"]]


def received(simulator, document: Document) -> list[dict]:
    """Everything that the simulator was sent with this document's bytes."""
    rows = control(simulator, "GET", "/invoices")["invoices"]
    return [row for row in rows if row["sha256"] == _base64(document.sha256)]


def _base64(sha256_hex: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256_hex)).decode()


def content(company, *, number: str = "", price: str = "100.00", **fa) -> dict:
    """The tree of a small valid invoice."""
    tree = invoice_start(company, today=clock.today())
    tree["Podmiot2"] |= {
        "DaneIdentyfikacyjne": {"NIP": "1111111111", "Nazwa": "Kawiarnia Pod Lipą"},
        "Adres": {"KodKraju": "PL", "AdresL1": "ul. Rynkowa 8"},
    }
    tree["Fa"]["FaWiersz"] = [
        {
            "NrWierszaFa": "1",
            "P_7": "Blat jesionowy",
            "P_8A": "szt.",
            "P_8B": "1",
            "P_9A": price,
            "P_12": "23",
        }
    ]
    if number:
        tree["Fa"]["P_2"] = number
    tree["Fa"] |= fa
    return totals.compute(tree)


def issued(company, user, **options) -> Document:
    """An issued invoice, queued."""
    accept = options.pop("accept", frozenset())
    draft = draft_create(company=company, content=content(company, **options), created_by=user)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today(), accept=accept)


def submission_of(document: Document) -> Submission:
    """The delivery as it stands in the database now."""
    return Submission.objects.get(document=document)


def work(rounds: int = 5) -> None:
    """What the workers do, with every waiting time over."""
    for _ in range(rounds):
        Submission.objects.update(not_before=None)
        KsefSession.objects.update(not_before=None)
        drain_all()


@contextmanager
def shifted_clock(monkeypatch, tmp_path, seconds: int):
    """The whole house lives some seconds later."""
    file = tmp_path / "clock"
    file.write_text(str(seconds))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    yield
    monkeypatch.delenv("KSEF_TEST_CLOCK")
