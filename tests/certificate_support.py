"""A KSeF in this process for everything around certificates, and people who signed there."""

import json
import os
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import hashes

from auth_ksef import api
from auth_ksef.acting import signed_access
from auth_ksef.client import KsefApi
from auth_ksef.enrolment import enrolment_request
from auth_ksef.enrolment_follow import enrolments_follow
from auth_ksef.models import Credential, Enrolment, QuotaCall, SignedLogin
from ksefapp.lib import clock
from simulator.app import Application
from tests.simulator_signing import PESEL, SEAL, key, login, person, self_signed

TRADER = person("TINPL-5265877635")  # the owner of the company by the register
ANNA = person(f"PNOPL-{PESEL}")


class Dropped(httpx.BaseTransport):
    """The simulator behind httpx; an answer that it withholds is a broken connection."""

    def __init__(self, world) -> None:
        self._inner = httpx.WSGITransport(Application(world), raise_app_exceptions=True)
        self.paths: list[str] = []

    def handle_request(self, request):
        self.paths.append(f"{request.method} {request.url.path.removeprefix('/v2')}")
        return self._inner.handle_request(request)

    def count(self, path: str) -> int:
        return self.paths.count(path)


@pytest.fixture
def ksef(sim, monkeypatch):
    """`ksef_api("simulator")` talks to the simulator of this test; faults by `ksef.fault`."""
    transport = Dropped(sim.world)
    base = api._address("simulator").api
    door = KsefApi(base, http=httpx.Client(transport=transport))
    monkeypatch.setitem(api._doors, (os.getpid(), "simulator", base), door)
    sim.world.settings.change({"enrollment_seconds": 0})
    sim.calls = transport
    sim.fault = lambda kind, operation, **params: sim.world.faults.add(kind, operation, 1, params)
    return sim


@pytest.fixture
def shift(monkeypatch, tmp_path):
    """`shift(days=1)` moves the clock of us and of the simulator by that much from the truth."""
    file = tmp_path / "clock-of-the-test"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    return lambda **by: file.write_text(str(timedelta(**by).total_seconds()))


def signed(sim, company, who, subject=SEAL, kind="seal") -> SignedLogin:
    """Who logged in to the company by a signature with this subject, as the pages leave it."""
    private = key()
    certificate = self_signed(private, subject)
    return _signed(sim, company, who, private, certificate, kind)


def arranged(sim, path: str, body: dict) -> None:
    """POST /testdata/…: how KSeF's test environment is given rights and blocks."""
    headers = {"Content-Type": "application/json"}
    answer = sim.request("POST", f"/v2/testdata/{path}", data=json.dumps(body), headers=headers)
    assert answer.status == 200, answer.body


def signed_by_fingerprint(sim, company, who) -> SignedLogin:
    """The same for a foreigner, whose certificate has no number and its fingerprint rights."""
    private = key()
    certificate = self_signed(private, person("PNODE-L01X00T47"))
    print_of = certificate.fingerprint(hashes.SHA256()).hex().upper()
    body = {
        "contextIdentifier": {"type": "Nip", "value": company.nip},
        "authorizedIdentifier": {"type": "Fingerprint", "value": print_of},
        "permissions": [{"permissionType": "InvoiceWrite", "description": "Osoba próbna"}],
    }
    arranged(sim, "permissions", body)
    return _signed(sim, company, who, private, certificate, "person", by="certificateFingerprint")


def _signed(sim, company, who, private, certificate, kind, **how) -> SignedLogin:
    sender = login(sim.request, private, certificate, context=f"<Nip>{company.nip}</Nip>", **how)
    now = clock.now()
    return SignedLogin.objects.create(
        company=company,
        environment=company.environment,
        person=who,
        context_type="Nip",
        context_value=company.nip,
        challenge="20261122-CR-0000000000-0000000000-00",
        challenge_until=now,
        request_xml=b"<AuthTokenRequest/>",
        signer=certificate.subject.rfc4514_string(),
        signer_fingerprint="AB" * 32,
        signer_kind=kind,
        sent_at=now,
        state=SignedLogin.State.DONE,
        access=sender.access,
        access_until=now + timedelta(minutes=10),
        refresh=sender.refresh,
        refresh_until=now + timedelta(days=6),
        finished_at=now,
    )


def data_of(row: SignedLogin) -> dict:
    """What KSeF says of who signed."""
    return api.ksef_api("simulator").enrollment_data(access=signed_access(row))


def asked(row: SignedLogin, **options) -> list[Enrolment]:
    """Requests for both certificates, not sent yet."""
    given = {"name": "Sosna i Syn", "consent": True, "data": data_of(row), **options}
    return enrolment_request(company=row.company, person=row.person, login=row, **given)


def follow(times: int = 6) -> None:
    """The sweep, as often as it takes without waiting."""
    for _ in range(times):
        QuotaCall.objects.all().delete()  # what a person would wait for
        Enrolment.objects.exclude(next_at=None).update(next_at=clock.now())
        enrolments_follow()


def both(row: SignedLogin, **options) -> dict[str, Credential]:
    """Both certificates, from the request to the store, by their use."""
    made = asked(row, **options)
    follow()
    rows = Enrolment.objects.filter(pk__in=[one.pk for one in made])
    return {one.use: one.credential for one in rows.select_related("credential")}
