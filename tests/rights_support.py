"""What the tests of rights share: the application at a simulator in this process."""

import os
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from auth_ksef import api
from auth_ksef.client import KsefApi
from auth_ksef.credentials import certificate_add
from auth_ksef.models import Credential, RightsOperation
from auth_ksef.rights_operations import operations_follow
from ksefapp.lib import clock
from tests.auth_support import pem_files
from tests.grants_support import ANNA, grant, owner, person_body


class Line:
    """The way to the simulator; `lost` and `cut` name paths whose next call goes wrong."""

    def __init__(self, world) -> None:
        self._inside = httpx.WSGITransport(app=world)
        self.calls: list[str] = []
        self.lost: list[str] = []  # KSeF does it, the answer does not arrive
        self.cut: list[str] = []  # KSeF never hears of it

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v2")
        self.calls.append(f"{request.method} {path}")
        if path in self.cut:
            self.cut.remove(path)
            raise httpx.ConnectError("cut", request=request)
        answer = self._inside.handle_request(request)
        body = answer.read()
        if path in self.lost:
            self.lost.remove(path)
            raise httpx.ReadTimeout("lost", request=request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    def count(self, call: str) -> int:
        """How often this was asked: `POST /permissions/persons/grants`."""
        return self.calls.count(call)


@pytest.fixture
def line(sim, monkeypatch) -> Line:
    """`ksef_api("simulator")` speaks to the simulator of this test, quickly."""
    sim.world.settings.change({"operation_seconds": 0})
    made = Line(sim.client.application)
    base = api._address("simulator").api
    http = httpx.Client(transport=httpx.MockTransport(made))
    monkeypatch.setitem(api._doors, (os.getpid(), "simulator", base), KsefApi(base, http=http))
    return made


def seal_files(value: str) -> tuple[bytes, bytes]:
    """`.crt` and `.key` of a company's own seal."""
    name = (
        (NameOID.COUNTRY_NAME, "PL"),
        (NameOID.ORGANIZATION_NAME, "Firma sp. z o.o."),
        (NameOID.ORGANIZATION_IDENTIFIER, f"VATPL-{value}"),
        (NameOID.COMMON_NAME, "Firma sp. z o.o."),
    )
    return pem_files(key=ec.generate_private_key(ec.SECP256R1()), subject=name)


def person_files(value: str = ANNA) -> tuple[bytes, bytes]:
    """`.crt` and `.key` of a person with this PESEL."""
    name = (
        (NameOID.COUNTRY_NAME, "PL"),
        (NameOID.GIVEN_NAME, "Anna"),
        (NameOID.SURNAME, "Nowak"),
        (NameOID.SERIAL_NUMBER, f"PNOPL-{value}"),
        (NameOID.COMMON_NAME, "Anna Nowak"),
    )
    return pem_files(key=ec.generate_private_key(ec.SECP256R1()), subject=name)


def sealed(company, by) -> Credential:
    """The company logs in by its own seal, which may do everything there."""
    certificate, key = seal_files(company.nip)
    return certificate_add(
        company=company, certificate=certificate, key=key, password=None, added_by=by
    )


def own(company, user, value: str = ANNA) -> Credential:
    """A person's own certificate, bound to the company without consent to background use."""
    certificate, key = person_files(value)
    return certificate_add(
        company=company,
        certificate=certificate,
        key=key,
        password=None,
        owner_user=user,
        added_by=user,
    )


def given_to_anna(sim, company, *scopes) -> None:
    """Anna has these rights in the company."""
    assert grant(owner(sim, company.nip), "persons", person_body(*scopes)) == 200


def followed(row: RightsOperation, times: int = 20) -> RightsOperation:
    """The change after the worker looked at it again and again, each time when it was due."""
    for _ in range(times):
        RightsOperation.objects.filter(pk=row.pk).exclude(next_at=None).update(
            next_at=clock.now() - timedelta(seconds=1)
        )
        operations_follow()
        row.refresh_from_db()
        if row.state in ("done", "refused"):
            break
    return row
