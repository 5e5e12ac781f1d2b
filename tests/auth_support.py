"""A KSeF for the tests of logging in: answers as the OpenAPI says, remembers what was asked."""

import base64
import json
import os
import threading
from datetime import timedelta

import httpx
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from auth_ksef import api
from auth_ksef.client import KsefApi
from ksefapp.lib import clock
from tests.client_support import b64, certificate, ec_key, key_row, rsa_key, usage

TOKEN = "20261121-EC-20F5EE4000-DA48AE4124-46|nip-{nip}|" + "ab" * 32
ALL_RIGHTS = ("InvoiceWrite", "InvoiceRead", "Introspection")


class FakeKsef:
    """Lets everybody in unless told otherwise; every attribute may be set by a test."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.secrets: list[str] = []  # what the token logins held after decryption
        self.verdicts: list[tuple] = []  # (code, description, *details), then 200 for ever
        self.failures: dict[str, httpx.Response | Exception] = {}  # by path, each used once
        self.grants: list[dict] = [{"permissionScope": scope} for scope in ALL_RIGHTS]
        self.owner: list[str] | None = None
        self.claims: dict = {}
        self.access_minutes = 15
        self.skew = timedelta()
        self.warning = ""
        self.refreshable = True
        self.sessions = True  # whether a session was ever opened
        self.token_status = "Active"
        self.gate = threading.Event()  # a login is held until it is set
        self.gate.set()
        self._lock = threading.Lock()
        self._logins = 0

    def count(self, path: str) -> int:
        return self.calls.count(path)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v2")
        with self._lock:
            path = "/auth/status" if path.startswith("/auth/2026") else path
            path = "/sessions/status" if path.startswith("/sessions/2026") else path
            path = "/tokens/status" if path.startswith("/tokens/2026") else path
            self.calls.append(path)
            failure = self.failures.pop(path, None)
        if isinstance(failure, Exception):
            raise failure
        if failure is not None:
            return failure
        headers = {"X-System-Warning": self.warning} if self.warning else {}
        return httpx.Response(200, json=self.answer(path, request), headers=headers)

    def answer(self, path: str, request: httpx.Request) -> object:
        now = clock.now() - self.skew
        answers = {
            "/security/public-key-certificates": lambda: [key_row(rsa_key())],
            "/auth/challenge": lambda: {
                "challenge": "20261121-CR-20F5EE4000-DA48AE4124-46",
                "timestamp": now.isoformat(),
                "timestampMs": int(now.timestamp() * 1000),
                "clientIp": "127.0.0.1",
            },
            "/auth/ksef-token": lambda: self.token_login(request),
            "/auth/xades-signature": self.started,
            "/auth/status": self.status,
            "/auth/token/redeem": lambda: {"accessToken": self.access(), **self.refresh_token()},
            "/auth/token/refresh": lambda: {"accessToken": self.access()},
            "/permissions/query/personal/grants": self.own_grants,
            "/permissions/attachments/status": lambda: {"isAttachmentAllowed": False},
            "/rate-limits": dict,
            "/sessions": lambda: {"sessions": [session_row(now)] if self.sessions else []},
            "/sessions/status": lambda: session_row(now),
            "/tokens/status": lambda: token_row(now, self.token_status),
            "/invoices/query/metadata": lambda: {
                "invoices": [],
                "hasMore": False,
                "isTruncated": False,
            },
            "/certificates/limits": lambda: {
                "canRequest": True,
                "enrollment": {"remaining": 300, "limit": 300},
                "certificate": {"remaining": 98, "limit": 100},
            },
        }
        return answers[path]()

    def token_login(self, request: httpx.Request) -> dict:
        body = json.loads(request.content)
        oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
        plain = rsa_key().decrypt(base64.b64decode(body["encryptedToken"]), oaep).decode()
        self.secrets.append(plain.rpartition("|")[0])
        return self.started()

    def started(self) -> dict:
        self.gate.wait(20)
        until = (clock.now() + timedelta(minutes=5)).isoformat()
        token = {"token": "authentication.token", "validUntil": until}
        reference = "20261121-AU-2D0C3F5000-A1B2C3D4E5-03"
        return {"referenceNumber": reference, "authenticationToken": token}

    def status(self) -> dict:
        code, description, *details = self.verdicts.pop(0) if self.verdicts else (200, "Sukces")
        status = {"code": code, "description": description, "details": details or None}
        return {"startDate": clock.now().isoformat(), "status": status}

    def access(self) -> dict:
        with self._lock:
            self._logins += 1
        claims = b64(json.dumps({**self.claims, "n": self._logins}).encode())
        claims = claims.replace("+", "-").replace("/", "_").rstrip("=")
        until = clock.now() + timedelta(minutes=self.access_minutes)
        return {"token": f"access.{claims}.sig", "validUntil": until.isoformat()}

    def refresh_token(self) -> dict:
        until = (clock.now() + timedelta(days=7)).isoformat()
        return {"refreshToken": {"token": "refresh.token", "validUntil": until}}

    def own_grants(self) -> dict:
        rows = [{"permissionState": "Active", **grant} for grant in self.grants]
        return {"permissions": rows, "ownerPermissions": self.owner, "hasMore": False}


def session_row(now) -> dict:
    return {
        "referenceNumber": "20261121-SO-20F5EE4000-DA48AE4124-46",
        "status": {"code": 200, "description": "Sesja interaktywna przetworzona pomyślnie"},
        "dateCreated": now.isoformat(),
        "dateUpdated": now.isoformat(),
        "totalInvoiceCount": 1,
        "successfulInvoiceCount": 1,
        "failedInvoiceCount": 0,
    }


def token_row(now, status: str) -> dict:
    return {
        "referenceNumber": "20261121-EC-20F5EE4000-DA48AE4124-46",
        "status": status,
        "statusDetails": None,
        "description": "do wysyłki",
        "requestedPermissions": ["InvoiceRead", "InvoiceWrite"],
        "authorIdentifier": {"type": "Nip", "value": "5265877635"},
        "contextIdentifier": {"type": "Nip", "value": "5265877635"},
        "dateCreated": now.isoformat(),
    }


def plug_in(monkeypatch, fake: FakeKsef, environment: str = "simulator") -> FakeKsef:
    """Makes `ksef_api(environment)` talk to the fake."""
    base = api._address(environment).api
    http = httpx.Client(transport=httpx.MockTransport(fake))
    door = KsefApi(base, http=http, on_warning=api._recorder(environment))
    monkeypatch.setitem(api._doors, (os.getpid(), environment, base), door)
    return fake


def clock_shifter(monkeypatch, folder):
    """`shift(days=1)` moves the clock of this process by that much from the true time."""
    file = folder / "clock"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    return lambda **by: file.write_text(str(timedelta(**by).total_seconds()))


def pem_files(
    *, password: str | None = None, offline: bool = False, key=None, **options
) -> tuple[bytes, bytes]:
    """`.crt` and `.key` as the Taxpayer App gives them."""
    key = key or ec_key()
    kind = usage(login=not offline, offline=offline)
    dates = {
        "valid_from": clock.now() - timedelta(days=1),
        "valid_to": clock.now() + timedelta(days=700),
    }
    made = certificate(key, key_usage=kind, **{**dates, **options})
    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return made.public_bytes(Encoding.PEM), key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, lock
    )


def p12_file(password: str) -> bytes:
    """Certificate and key in one PKCS#12 file."""
    key = ec_key()
    made = certificate(key, key_usage=usage(login=True))
    lock = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(b"ksef", key, made, None, lock)
