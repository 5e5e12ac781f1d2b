"""Nothing secret lies about: a whole house works at debug level, then everything is searched.

What is secret is not listed here: every sealed value of every table is opened, after each act,
so that what a new feature seals is looked for as well. Besides them: passwords that were typed,
tokens that were refused, and the bodies and numbers of all private keys.
"""

import base64
import contextlib
import json
import re
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from invoices.management.commands.demo_check import Failed, Person
from tests import signing_program as program
from tests.auth_support import pem_files
from tests.client_support import rsa_key
from tests.house_support import ROOT, house, until

pytestmark = pytest.mark.slow

NIP = "5265877635"
AT = f"/firma/{NIP}/ksef/"
PASSWORD = "Haslo-Do-Klucza-15!"
WRONG_PASSWORD = "Calkiem-Zle-Haslo-99?"
DEAD_TOKEN = f"20261121-EC-20F5EE4000-DA48AE4124-46|nip-{NIP}|" + "5ec2e7" * 10
FOREIGN_TOKEN = "20261121-EC-20F5EE4000-DA48AE4124-47|nip-7740001454|" + "0dd5ec" * 10
OPEN_ALL = """
import json
from django.db import connection
from django.apps import apps
from django.conf import settings
from ksefapp.accounts.sealed import existing, sealed_columns
found = []
for table, column in existing(sealed_columns()):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {column} <> ''")
        found += [[f"{table}.{column}", settings.KEYRING.open(row[0], purpose=f"{table}.{column}")]
                  for row in cursor.fetchall()]
print(json.dumps(found))
"""
ENROL = """
from auth_ksef.enrolment import enrolment_known, enrolment_read, enrolment_request
from auth_ksef.models import SignedLogin
login = SignedLogin.objects.filter(state="done").latest("pk")
enrolment_read(login)
enrolment_request(company=login.company, person=login.person, login=login,
                  data=enrolment_known(login)["data"], name="Wycieki")
"""
STATES = """
from auth_ksef.models import Enrolment, SignedLogin
print([row.state for row in Enrolment.objects.all()], [r.state for r in SignedLogin.objects.all()])
"""
FEWEST = 12  # a secret shorter than this would be found everywhere


class Sink(socketserver.StreamRequestHandler):
    """A mail server that keeps what it is given."""

    def handle(self) -> None:
        say = lambda text: self.wfile.write(f"{text}\r\n".encode())  # noqa: E731
        say("220 sink")
        in_data = False
        for line in self.rfile:
            self.server.kept.append(line)
            if in_data:
                in_data = line.strip() != b"."
                if not in_data:
                    say("250 ok")
            elif line.upper().startswith(b"DATA"):
                in_data = True
                say("354 go on")
            elif line.upper().startswith(b"QUIT"):
                say("221 bye")
                return
            else:
                say("250 ok")


@pytest.fixture(scope="module")
def mail():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)
    server.kept = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Watched:
    """A house, its person, and all secrets that were ever in it."""

    def __init__(self, home) -> None:
        self.home = home
        self.secrets: dict[str, str] = {}

    def shell(self, code: str) -> str:
        """Runs a line inside the house's settings."""
        env = self.home.env | {"KSEF_SIMULATOR_URL": f"http://127.0.0.1:{self.home.simulator_port}"}
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", code],
            cwd=ROOT,
            env=env | {"KSEF_LOG_LEVEL": "WARNING"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def learn(self) -> None:
        """Opens every sealed value there is at this moment."""
        for where, text in json.loads(self.shell(OPEN_ALL).splitlines()[-1]):
            self.secrets[text] = where


def pressed(act) -> None:
    """What is meant to be refused answers with a page of its own."""
    with contextlib.suppress(Failed):
        act()


def connect(person, **fields) -> None:
    files = {
        name: (f"{name}.pem", fields.pop(name)) for name in ("certificate", "key") if name in fields
    }
    page = person._open(f"{AT}dodaj/")
    form = next(form for form in page.forms if "kind" in form.inputs)
    values = {"csrfmiddlewaretoken": dict(form.form_values())["csrfmiddlewaretoken"], **fields}
    answer = person.browser.post(
        f"{AT}dodaj/", data=values, files=files or None, headers={"Referer": page.base_url}
    )
    assert answer.status_code in (200, 422), answer.text[:2000]


def log_in_by_signature(watched, person) -> None:
    page = person._open(f"{AT}podpis/")
    answer = person._submit(page, "context_type", {})
    at = httpx.URL(answer.url).path
    wanted = person.browser.get(f"{at}plik/").content
    signed = program.signed(wanted, program.identity("seal", nip=NIP))
    page = person._open(at)
    form = next(form for form in page.forms if "file" in form.inputs)
    values = {"csrfmiddlewaretoken": dict(form.form_values())["csrfmiddlewaretoken"]}
    files = {"file": ("signed.xml", signed)}
    person.browser.post(at, data=values, files=files, headers={"Referer": page.base_url})
    until(lambda: "'done'" in watched.shell(STATES), "the login by signature is done", 60)


def enrol(watched) -> None:
    watched.shell(ENROL)
    until(
        lambda: watched.learn() or watched.shell(STATES).count("'stored'") == 2,
        f"both certificates are stored: {watched.shell(STATES)}",
        90,
    )


def token_made(person) -> str:
    """A token for another program, which is shown once."""
    page = person._open(f"{AT}tokeny/nowy/")
    form = next(form for form in page.forms if "purpose" in form.inputs)
    values = dict(form.form_values()) | {"purpose": "elsewhere", "description": "magazyn"}
    answer = person._send(form, page.base_url, values)
    return re.search(r"2\d{7}-EC-[^\s<\"]+", answer.text)[0]


def act(watched, person, folder) -> None:
    """The run: everything that brings a secret in or uses one, going well and going badly."""
    home = watched.home
    seeded = {path.stem: path for path in folder.glob("*.crt")}
    login = next(path for name, path in seeded.items() if "authentication-ec" in name)
    offline = next(path for name, path in seeded.items() if "offline-ec" in name)
    password = re.search(r"KSeF certificates.* password (\S+)", home.said())[1]
    for path, key_password in ((login, WRONG_PASSWORD), (login, password), (offline, password)):
        connect(
            person,
            kind="certificate",
            owner="company",
            certificate=path.read_bytes(),
            key=path.with_suffix(".key").read_bytes(),
            password=key_password,
        )
        watched.learn()
    watched.secrets |= {password: "typed", WRONG_PASSWORD: "typed", PASSWORD: "typed"}
    crt, key = pem_files(password=PASSWORD, key=rsa_key())
    connect(person, kind="certificate", owner="mine", certificate=crt, key=key, password=PASSWORD)
    for text in (DEAD_TOKEN, FOREIGN_TOKEN):
        watched.secrets[text] = "pasted"
        connect(person, kind="token", owner="company", token=text)
    watched.learn()
    for kind, options in (
        ("login_verdict", {"code": 460}),
        ("error_after", {"operation": "auth_token"}),
        ("error_before", {"operation": "auth_challenge"}),
    ):
        with contextlib.suppress(AssertionError):  # an order that this simulator does not know
            home.fault(kind, **{"operation": None, **options})
        page = person._open(f"{AT}sprawdzenie/")
        for form in [form for form in page.forms if "with" in form.inputs]:
            values = dict(form.form_values())
            pressed(partial(person._send, form, page.base_url, values))
    watched.learn()
    log_in_by_signature(watched, person)
    watched.learn()
    enrol(watched)
    watched.secrets[token_made(person)] = "made for another program"
    home.settled(home.issue(2))
    page = person._open(f"/firma/{NIP}/osoby/")
    pressed(lambda: person._submit(page, "email", {"email": "nowa@example.com", "role": "viewer"}))
    watched.learn()


@pytest.fixture(scope="module")
def watched(tmp_path_factory, mail):
    """The house after the run, stopped; files as they lie on the disk."""
    folder = tmp_path_factory.mktemp("house")
    settings = {
        "KSEF_LOG_LEVEL": "DEBUG",
        "KSEF_EMAIL_HOST": "127.0.0.1",
        "KSEF_EMAIL_PORT": str(mail.server_address[1]),
        "KSEF_EMAIL_TLS": "0",
    }
    with house(folder, **settings) as home:
        found = Watched(home)
        email, word = re.search(r"login +(\S+) +password (\S+)", home.said()).groups()
        address = f"http://127.0.0.1:{home.port}"
        with httpx.Client(base_url=address, timeout=60, follow_redirects=True) as browser:
            person = Person(browser)
            person.log_in(email, word)
            found.learn()
            act(found, person, home.data / "simulator" / "certificates" / NIP)
        time.sleep(1)
    found.outputs = [folder / "up.log", folder / "inside.log"]
    return found


# --- What is searched -------------------------------------------------------------------------
def numbers_of(pem: str) -> list[bytes]:
    """A private key in the shapes in which it could slip out; an enrolment's is a credential's."""
    key = load_pem_private_key(pem.encode(), password=None)
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    values = key.private_numbers()
    number = values.private_value if isinstance(key, ec.EllipticCurvePrivateKey) else values.d
    raw = number.to_bytes(-(-number.bit_length() // 8), "big")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    lines = [line for line in pem.splitlines() if "-----" not in line and len(line) > 40]
    # The file of a key holds its public half too, which stands in every certificate.
    secret = [line.encode() for line in lines if base64.b64decode(line) not in public]
    shapes = [der, raw, raw.hex().encode(), str(number).encode(), base64.b64encode(raw)]
    return [*secret, *shapes, base64.b64encode(der)]


def shapes_of(secret: str) -> list[bytes]:
    """A secret as it is, as Base64, as hex, in an address, with JSON's and Python's escapes."""
    if "PRIVATE KEY" in secret:
        return numbers_of(secret)
    plain = secret.encode()
    shapes = {plain, plain.hex().encode(), quote(secret).encode(), quote(secret, safe="").encode()}
    shapes |= {base64.b64encode(plain).rstrip(b"="), base64.urlsafe_b64encode(plain).rstrip(b"=")}
    shapes |= {json.dumps(secret)[1:-1].encode(), repr(secret)[1:-1].encode()}
    return [shape for shape in shapes if len(shape) >= FEWEST]


def leaks(data: bytes, secrets: dict[str, str]) -> set[str]:
    """Where those secrets came from that the bytes hold."""
    return {
        where for secret, where in secrets.items() for shape in shapes_of(secret) if shape in data
    }


def files_of(watched) -> list[Path]:
    """Everything that a backup, a thief or a curious person could read, but not KSeF's own."""
    base = watched.home.data
    found = [path for path in base.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in found if path.relative_to(base).parts[0] != "simulator"]


def test_the_run_had_secrets_of_every_kind(watched):
    found = set(watched.secrets.values())
    assert {
        "auth_ksef_credential.secret",
        "auth_ksef_tokencache.access",
        "auth_ksef_tokencache.refresh",
        "auth_ksef_signedlogin.access",
        "auth_ksef_signedlogin.refresh",
        "invoices_ksefsession.key",
        "typed",
        "pasted",
        "made for another program",
    } <= found
    assert any("PRIVATE KEY" in secret for secret in watched.secrets)


def test_no_file_holds_a_secret(watched):
    found = {
        path.relative_to(watched.home.data).as_posix(): bad
        for path in files_of(watched)
        if (bad := leaks(path.read_bytes(), watched.secrets))
    }
    assert found == {}


def test_no_row_of_the_database_holds_a_secret(watched):
    with closing(sqlite3.connect(watched.home.data / "db.sqlite3")) as base:
        dump = "\n".join(base.iterdump()).encode()
    assert b"auth_ksef_credential" in dump
    assert leaks(dump, watched.secrets) == set()


def test_no_binary_of_the_database_holds_a_secret(watched):
    """Columns of bytes stand in the dump as hex."""
    with closing(sqlite3.connect(watched.home.data / "db.sqlite3")) as base:
        dump = "\n".join(base.iterdump())
    blobs = b"\n".join(bytes.fromhex(text) for text in re.findall(r"X'([0-9A-F]+)'", dump))
    assert blobs
    assert leaks(blobs, watched.secrets) == set()


def test_the_worker_wrote_at_debug_level_and_no_secret(watched):
    log = watched.home.log("worker")
    assert "DEBUG" in log
    # The demo prints its own password for the certificates, on purpose and once.
    secrets = {text: where for text, where in watched.secrets.items() if where != "typed"}
    for output in watched.outputs:
        assert leaks(output.read_bytes(), secrets) == set()


def test_no_log_holds_what_was_encrypted_for_ksef(watched):
    """A token on its way is 256 bytes of RSA: 344 characters of Base64 in one piece."""
    for name in ("web", "worker", "beat"):
        assert not re.search(r"[A-Za-z0-9+/_=-]{300,}", watched.home.log(name))


def test_no_mail_holds_a_secret(watched, mail):
    kept = b"".join(mail.kept)
    assert b"Subject:" in kept
    assert leaks(kept, watched.secrets) == set()


def test_the_search_finds_what_it_should(watched):
    secrets = watched.secrets
    for secret in secrets:
        assert leaks(b"x " + shapes_of(secret)[-1] + b" y", secrets)
    assert leaks(b"nothing", secrets) == set()
