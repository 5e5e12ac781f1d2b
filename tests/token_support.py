"""A simulator with a company that may make tokens, for the tests of tokens and of logins."""

from pathlib import Path

import httpx
import pytest

from auth_ksef.credentials import certificate_add, token_add
from auth_ksef.identities import Identity, identity_list
from auth_ksef.models import SignedLogin, TokenCache, TokenOrder
from ksefapp.lib import clock
from simulator.seed import seed
from tests.simulator_support import Process

PASSWORD = "Haslo-Do-Klucza-15!"


class Ksef:
    """The running simulator, its control interface and what was seeded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = Process(folder, "--control")
        self.url = self.process.url

    def control(self, path: str, **body) -> dict:
        answer = httpx.post(f"{self.url}/control/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else {}

    def fault(self, kind: str, operation: str, **more) -> None:
        self.control("faults", kind=kind, operation=operation, **more)

    def settings(self, **values) -> None:
        self.control("settings", **values)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    made = Ksef(tmp_path_factory.mktemp("simulator"))
    yield made
    made.process.stop()


@pytest.fixture
def ksef(running, settings):
    settings.KSEF_SIMULATOR_URL = running.url
    running.control("reset")
    running.settings(authentication_seconds=0, token_seconds=0, limits_multiplier=1000)
    return running


@pytest.fixture
def seeded(ksef, company):
    return seed(ksef.folder, company.nip, password=PASSWORD)


@pytest.fixture
def certificate(seeded, company, owner):
    """The company's own certificate for logging in."""
    return certified(seeded, company, owner)


def certified(seeded, company, owner):
    """Stores the seeded certificate of type 1."""
    (file,) = [path for path in seeded.files if path.name == "authentication-ec"]
    return certificate_add(
        company=company,
        certificate=Path(f"{file}.crt").read_bytes(),
        key=Path(f"{file}.key").read_bytes(),
        password=PASSWORD,
        added_by=owner,
    )


@pytest.fixture
def token(seeded, company, owner):
    return token_add(company=company, token=seeded.token, added_by=owner)


@pytest.fixture
def identity(certificate, company, owner) -> Identity:
    return identity_list(company, owner, company_too=True)[0]


def due_now() -> None:
    """As if the next look were due."""
    TokenOrder.objects.exclude(next_at=None).update(next_at=clock.now())


def signed(company, person, cache) -> SignedLogin:
    """A login by signature, with the tokens of a login that is there."""
    row = TokenCache.objects.get(pk=cache)
    return SignedLogin.objects.create(
        company=company,
        environment=company.environment,
        person=person,
        context_type="Nip",
        context_value=company.nip,
        challenge="c",
        challenge_until=clock.now(),
        request_xml=b"<x/>",
        signer="CN=Ola",
        signer_fingerprint="AB" * 32,
        state=SignedLogin.State.DONE,
        reference=row.reference,
        access=row.access,
        access_until=row.access_until,
        refresh=row.refresh,
        refresh_until=row.refresh_until,
        finished_at=clock.now(),
    )
