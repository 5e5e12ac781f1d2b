"""What the simulator's tests share: a world, a caller, an FA(3) file, a real process."""

import atexit
import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from werkzeug.test import Client

from simulator import clock
from simulator.app import Application
from simulator.seed import seed
from simulator.world import World
from tests import openapi_support

ROOT = Path(__file__).resolve().parent.parent
NIP = "5265877635"
OTHER_NIP = "1111111111"
FORM = {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"}
QUICK = {
    "operation_seconds": 0,
    "token_seconds": 0,
    "authentication_seconds": 0,
    "processing_seconds": 0,
    "closing_seconds": 0,
    "storage_seconds": 0,
    "limits_multiplier": 1000,
}
OAEP = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha(data: bytes) -> str:
    return b64(hashlib.sha256(data).digest())


def today() -> str:
    return clock.warsaw_day(clock.now()).isoformat()


def since():
    """An instant two days ago, to search from, whatever the hour."""
    return clock.stamp(clock.now() - timedelta(days=2))


def fa3(number="FV/1", *, seller=NIP, issued=None, kind="VAT", extra="", annotations="2") -> bytes:
    """A small valid FA(3) of 123.00 PLN; `extra` goes to the end of the document."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">
<Naglowek><KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>
<WariantFormularza>3</WariantFormularza>
<DataWytworzeniaFa>2026-11-21T10:00:00Z</DataWytworzeniaFa></Naglowek>
<Podmiot1><DaneIdentyfikacyjne><NIP>{seller}</NIP><Nazwa>Sprzedawca</Nazwa></DaneIdentyfikacyjne>
<Adres><KodKraju>PL</KodKraju><AdresL1>ul. Jasna 1, Łódź</AdresL1></Adres></Podmiot1>
<Podmiot2><DaneIdentyfikacyjne><NIP>{OTHER_NIP}</NIP><Nazwa>Nabywca</Nazwa></DaneIdentyfikacyjne>
<JST>2</JST><GV>2</GV></Podmiot2>
<Fa><KodWaluty>PLN</KodWaluty><P_1>{issued or today()}</P_1><P_2>{number}</P_2>
<P_13_1>100.00</P_13_1><P_14_1>23.00</P_14_1><P_15>123.00</P_15>
<Adnotacje><P_16>2</P_16><P_17>{annotations}</P_17><P_18>2</P_18><P_18A>2</P_18A>
<Zwolnienie><P_19N>1</P_19N></Zwolnienie>
<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu>
<P_23>2</P_23><PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>
<RodzajFaktury>{kind}</RodzajFaktury>
<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>Usługa</P_7><P_8A>szt.</P_8A><P_8B>1</P_8B>
<P_9A>100.00</P_9A><P_11>100.00</P_11><P_12>23</P_12></FaWiersz></Fa>{extra}</Faktura>
""".encode()


class Sender:
    """Speaks the API as any client would, with an own cryptography; answers are validated."""

    def __init__(self, request):
        self._request = request
        self.access = self.refresh = None

    def call(self, method, path, *, expect=None, token=True, **options):
        headers = dict(options.pop("headers", {}))
        bearer = self.access if token is True else token
        if bearer:
            headers.setdefault("Authorization", f"Bearer {bearer}")
        answer = self._request(method, f"/v2{path}", headers=headers, **options)
        sent = options.get("json")
        if answer.status < 400 and headers.get("Content-Type") == "application/json":
            sent = json.loads(options["data"])
        openapi_support.validate_exchange(
            method, path, sent, answer.status, answer.body, answer.headers
        )
        if expect is not None:
            assert answer.status == expect, (answer.status, answer.body)
        return answer

    def key(self, usage):
        """The newest public key for a usage, with its id."""
        answer = self.call("GET", "/security/public-key-certificates", token=None, expect=200)
        chosen = next(item for item in answer.json if usage in item["usage"])
        certificate = x509.load_der_x509_certificate(base64.b64decode(chosen["certificate"]))
        return certificate.public_key(), chosen["publicKeyId"]

    def login(self, ksef_token, nip=NIP):
        """Token login to the end; keeps access and refresh token."""
        begun = self.begin(ksef_token, nip)
        self.poll(begun)
        return self.redeem(begun)

    def begin(self, ksef_token, nip=NIP, **changes):
        challenge = self.call("POST", "/auth/challenge", token=None, expect=200).json
        key, key_id = self.key("KsefTokenEncryption")
        secret = f"{ksef_token}|{challenge['timestampMs']}".encode()
        body = {
            "challenge": challenge["challenge"],
            "contextIdentifier": {"type": "Nip", "value": nip},
            "encryptedToken": b64(key.encrypt(secret, OAEP)),
            "publicKeyId": key_id,
        } | changes
        return self.call("POST", "/auth/ksef-token", token=None, json=body, expect=202).json

    def poll(self, begun, seconds=5):
        """The final status of an authentication."""
        path, bearer = f"/auth/{begun['referenceNumber']}", begun["authenticationToken"]["token"]
        return self.wait(
            lambda: self.call("GET", path, token=bearer, expect=200).json, 100, seconds
        )

    def redeem(self, begun):
        bearer = begun["authenticationToken"]["token"]
        answer = self.call("POST", "/auth/token/redeem", token=bearer, expect=200).json
        self.access = answer["accessToken"]["token"]
        self.refresh = answer["refreshToken"]["token"]
        return answer

    @staticmethod
    def wait(read, pending, seconds=5):
        end = time.monotonic() + seconds
        while (value := read())["status"]["code"] in (pending, 150):
            assert time.monotonic() < end, value
            time.sleep(0.05)
        return value

    def encryption(self):
        """A new key, remembered, in the shape that opens a session."""
        self.aes, self.iv = os.urandom(32), os.urandom(16)
        key, key_id = self.key("SymmetricKeyEncryption")
        return {
            "encryptedSymmetricKey": b64(key.encrypt(self.aes, OAEP)),
            "initializationVector": b64(self.iv),
            "publicKeyId": key_id,
        }

    def open(self, **changes):
        """A session; remembers its key for `send`."""
        body = {"formCode": FORM, "encryption": self.encryption()} | changes
        answer = self.call("POST", "/sessions/online", json=body, expect=201)
        return answer.json["referenceNumber"]

    def encrypt(self, data):
        padder = padding.PKCS7(128).padder()
        padded = padder.update(data) + padder.finalize()
        encryptor = Cipher(algorithms.AES256(self.aes), modes.CBC(self.iv)).encryptor()
        return encryptor.update(padded) + encryptor.finalize()

    def send_body(self, data, **changes):
        encrypted = self.encrypt(data)
        return {
            "invoiceHash": sha(data),
            "invoiceSize": len(data),
            "encryptedInvoiceHash": sha(encrypted),
            "encryptedInvoiceSize": len(encrypted),
            "encryptedInvoiceContent": b64(encrypted),
        } | changes

    def send(self, session, data, **changes):
        body = self.send_body(data, **changes)
        path = f"/sessions/online/{session}/invoices"
        return self.call("POST", path, json=body, expect=202).json["referenceNumber"]

    def fate(self, session, invoice, seconds=5):
        """The final status of a sent invoice."""
        path = f"/sessions/{session}/invoices/{invoice}"
        return self.wait(lambda: self.call("GET", path, expect=200).json, 100, seconds)

    def issue(self, session, data, **changes):
        """Send and wait: the final status."""
        return self.fate(session, self.send(session, data, **changes))

    def close(self, session, seconds=5):
        """Close and wait: the final status of the session."""
        self.call("POST", f"/sessions/online/{session}/close", expect=204)
        read = lambda: self.call("GET", f"/sessions/{session}", expect=200).json  # noqa: E731
        return self.wait(read, 170, seconds)

    def batch_body(self, package, parts=1, compression="Zip", **changes):
        """The body that opens a batch session; the encrypted parts are kept in `self.parts`."""
        encryption = self.encryption()
        size = -(-len(package) // parts)
        cuts = [package[start : start + size] for start in range(0, len(package), size)]
        self.parts = [self.encrypt(cut) for cut in cuts]
        file = {
            "fileSize": len(package),
            "fileHash": sha(package),
            "compressionType": compression,
            "fileParts": [
                {"ordinalNumber": number, "fileSize": len(part), "fileHash": sha(part)}
                for number, part in enumerate(self.parts, start=1)
            ],
        }
        return {"formCode": FORM, "encryption": encryption, "batchFile": file} | changes

    def open_batch(self, package, **options):
        """An open batch session and its upload requests."""
        body = self.batch_body(package, **options)
        answer = self.call("POST", "/sessions/batch", json=body, expect=201).json
        return answer["referenceNumber"], answer["partUploadRequests"]

    def upload(self, wanted, data=None, **headers):
        """The answer to the upload of one part, as the upload request says."""
        data = self.parts[wanted["ordinalNumber"] - 1] if data is None else data
        path = "/" + wanted["url"].split("/", 3)[3]
        return self._request(wanted["method"], path, data=data, headers=wanted["headers"] | headers)

    def close_batch(self, session, seconds=20):
        """Close and wait: the final status of the session."""
        self.call("POST", f"/sessions/batch/{session}/close", expect=204)
        read = lambda: self.call("GET", f"/sessions/{session}", expect=200).json  # noqa: E731
        return self.wait(read, 150, seconds)

    def send_batch(self, package, **options):
        """Everything from opening to the end: reference and final status."""
        session, wanted = self.open_batch(package, **options)
        for request in wanted:
            assert self.upload(request).status == 201
        return session, self.close_batch(session)

    def invoices_of(self, session):
        """All invoices of a session, over all pages."""
        found, headers = [], {}
        while True:
            path = f"/sessions/{session}/invoices?pageSize=1000"
            page = self.call("GET", path, headers=headers, expect=200).json
            found += page["invoices"]
            if not page["continuationToken"]:
                return found
            headers = {"x-continuation-token": page["continuationToken"]}


def zipped(files):
    """A ZIP of names and contents."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def tarred(files):
    """A tar.gz of names and contents."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


class Answer:
    """One answer, whichever way it came."""

    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, headers

    @property
    def json(self):
        return json.loads(self.body)


class Box:
    """A simulator in this process, and a caller."""

    def __init__(self, folder, **options):
        self.folder = Path(folder)
        self.world = World(self.folder, **options)
        self.client = Client(Application(self.world))

    def request(self, method, path, **options):
        response = self.client.open(path, method=method, **options)
        return Answer(response.status_code, response.get_data(), response.headers)

    def sender(self, nip=NIP):
        """A caller with a token login of a seeded subject."""
        sender = Sender(self.request)
        sender.login(seed(self.folder, nip).token, nip)
        return sender


@cache
def _prepared():
    """A folder with keys made once: making RSA keys is most of a simulator's first start."""
    folder = Path(tempfile.mkdtemp(prefix="simulator-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    seed(folder, NIP)
    return folder


@contextmanager
def box(folder, **settings):
    """A quick simulator in this process."""
    shutil.copy(_prepared() / "simulator.sqlite3", folder)
    shutil.copytree(_prepared() / "certificates", Path(folder, "certificates"))
    made = Box(folder, control=True)
    made.world.settings.change(QUICK | settings)
    try:
        yield made
    finally:
        made.world.close()


class Process:
    """A simulator as a process of its own."""

    def __init__(self, folder, *options, port=0, env=None):
        command = [sys.executable, "-m", "simulator", "--port", str(port), "--data", str(folder)]
        self.popen = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | (env or {}),
        )
        self.line = self.popen.stdout.readline().strip()
        self.url = self.line.split("ready at ")[-1].split("/v2")[0]

    def request(self, method, path, **options):
        if isinstance(options.get("data"), bytes):
            options["content"] = options.pop("data")
        response = httpx.request(method, self.url + path, timeout=10, **options)
        return Answer(response.status_code, response.content, response.headers)

    def stop(self, kill=False):
        (self.popen.kill if kill else self.popen.terminate)()
        output, errors = self.popen.communicate(timeout=10)
        return self.popen.returncode, output, errors


@contextmanager
def process(folder, *options, **keywords):
    """A running simulator process."""
    running = Process(folder, *options, **keywords)
    try:
        yield running
    finally:
        if running.popen.poll() is None:
            running.stop(kill=True)


@pytest.fixture
def sim(tmp_path):
    """A simulator without a network, with data of its own."""
    with box(tmp_path) as made:
        yield made


@pytest.fixture
def sender(sim):
    """Somebody who is logged in to it."""
    return sim.sender()


@pytest.fixture
def session(sender):
    """An open interactive session of the sender."""
    return sender.open()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A simulator in a process of its own for the tests of a file; `.folder` holds its data."""
    process = Process(tmp_path_factory.mktemp("simulator"), "--control")
    process.folder = Path(process.popen.args[process.popen.args.index("--data") + 1])
    yield process
    process.stop()
