"""The program: start, seed, restart, SIGKILL, SIGTERM, a taken port, faults on a real socket."""

import os
import socket
import stat
import subprocess
import sys
import time

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from simulator.seed import new_password, seed
from tests.simulator_support import NIP, ROOT, Process, Sender, fa3, process, zipped

pytestmark = pytest.mark.slow


def run_seed(folder, *options):
    command = [sys.executable, "-m", "simulator", "seed", "--data", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


def logged_in(running, folder):
    sender = Sender(running.request)
    sender.login(seed(folder, NIP).token)
    return sender


def test_it_says_in_one_line_where_it_is_ready(tmp_path):
    started = time.monotonic()
    with process(tmp_path) as running:
        assert running.line == f"simulator: ready at {running.url}/v2"
        assert time.monotonic() - started < 10
        assert running.request("GET", "/health").json == {"status": "ok"}


def test_sigterm_ends_it_at_once_and_quietly(tmp_path):
    with process(tmp_path) as running:
        started = time.monotonic()
        assert running.stop() == (0, "", "")
        assert time.monotonic() - started < 5


def test_sigterm_ends_it_even_while_an_answer_is_held_back(tmp_path):
    with process(tmp_path, "--control") as running:
        body = {"kind": "timeout_after", "operation": "auth_challenge", "seconds": 60}
        running.request("POST", "/control/faults", json=body)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{running.url}/v2/auth/challenge", timeout=0.5)
        started = time.monotonic()
        assert running.stop()[0] == 0
        assert time.monotonic() - started < 5


def test_a_dropped_answer_closes_the_connection(tmp_path):
    with process(tmp_path, "--control") as running:
        body = {"kind": "drop_after", "operation": "auth_challenge"}
        running.request("POST", "/control/faults", json=body)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(f"{running.url}/v2/auth/challenge", timeout=5)


def test_a_taken_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        second = Process(tmp_path, port=port)
        code, _, errors = second.stop() if second.popen.poll() is None else finished(second)
    assert (code, errors) == (1, f"simulator: port {port} on 127.0.0.1 is taken\n")


def finished(second):
    output, errors = second.popen.communicate(timeout=10)
    return second.popen.returncode, output, errors


@pytest.mark.parametrize("kill", [False, True])
def test_what_was_accepted_survives_restart_and_sigkill(tmp_path, kill):
    with process(tmp_path) as running:
        sender = logged_in(running, tmp_path)
        session = sender.open()
        done = sender.issue(session, fa3("1"))
        waiting = sender.send(session, fa3("2"))
        running.stop(kill=kill)
    with process(tmp_path) as running:
        sender._request = running.request
        assert sender.fate(session, waiting)["status"]["code"] == 200
        path = f"/sessions/{session}/invoices/{done['referenceNumber']}"
        again = sender.call("GET", path, expect=200).json
        assert again["ksefNumber"] == done["ksefNumber"]
        assert sender.close(session)["successfulInvoiceCount"] == 2


def test_a_test_clock_moves_the_running_program(tmp_path):
    file = tmp_path / "clock"
    with process(tmp_path, env={"KSEF_TEST_CLOCK": str(file)}) as running:
        sender = logged_in(running, tmp_path)
        file.write_text("901")
        sender.call("GET", "/rate-limits", expect=401)


def test_seed_works_beside_the_running_program_and_without_it(tmp_path):
    first = run_seed(tmp_path, "--nip", NIP, "--name", "Demo sp. z o.o.")
    with process(tmp_path) as running:
        second = run_seed(tmp_path, "--nip", NIP)
        for done in (first, second):
            token = done.stdout.splitlines()[0].removeprefix("token: ")
            Sender(running.request).login(token)
    assert first.stdout.splitlines()[-1].startswith("password: ")
    assert "makes them anew" in second.stdout.splitlines()[-1]


def test_seed_refuses_what_is_no_nip(tmp_path):
    done = run_seed(tmp_path, "--nip", "1234567890")
    assert done.returncode == 2
    assert "is not a NIP" in done.stderr


def test_seed_writes_two_certificates_of_two_algorithms(tmp_path):
    seeded = seed(tmp_path, NIP)
    kinds = {}
    for file in seeded.files:
        certificate = x509.load_pem_x509_certificate(file.with_suffix(".crt").read_bytes())
        key = serialization.load_pem_private_key(
            file.with_suffix(".key").read_bytes(), seeded.password.encode()
        )
        assert key.public_key() == certificate.public_key()
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        kinds[file.name] = (usage.digital_signature, usage.content_commitment, type(key))
    assert {name: value[:2] for name, value in kinds.items()} == {
        "authentication-rsa": (True, False),
        "authentication-ec": (True, False),
        "offline-rsa": (False, True),
        "offline-ec": (False, True),
    }
    assert issubclass(kinds["offline-rsa"][2], rsa.RSAPrivateKey)
    assert issubclass(kinds["offline-ec"][2], ec.EllipticCurvePrivateKey)


def test_keys_are_encrypted_as_the_taxpayer_app_does_it(tmp_path):
    seeded = seed(tmp_path, NIP)
    for file in seeded.files:
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in file.with_suffix(".key").read_bytes()


def test_a_persons_certificate_names_the_pesel(tmp_path):
    seeded = seed(tmp_path, NIP, pesel="90010112345")
    certificate = x509.load_pem_x509_certificate(seeded.files[0].with_suffix(".crt").read_bytes())
    assert "PNOPL-90010112345" in certificate.subject.rfc4514_string()


def test_nobody_else_may_read_the_data(tmp_path):
    folder = tmp_path / "data"
    run_seed(folder, "--nip", NIP)
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0, path


def test_a_password_keeps_the_rules_of_the_taxpayer_app():
    password = new_password()
    assert 15 <= len(password) <= 32
    assert any(sign in "!@#$%^&*()-_+=" for sign in password)
    assert any(map(str.islower, password))
    assert any(map(str.isupper, password))
    assert any(map(str.isdigit, password))


def test_two_starts_at_once_make_one_set_of_keys(tmp_path):
    with process(tmp_path) as first, process(tmp_path) as second:
        path = "/v2/security/public-key-certificates"
        assert first.request("GET", path).body == second.request("GET", path).body


def test_many_callers_at_once_get_every_answer(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with process(tmp_path, "--control") as running:
        running.request("POST", "/control/settings", json={"limits_multiplier": 1000})
        sender = logged_in(running, tmp_path)
        session = sender.open()
        with ThreadPoolExecutor(8) as pool:
            sent = list(pool.map(lambda n: sender.send(session, fa3(f"{n}")), range(24)))
        assert len(set(sent)) == 24
        assert sender.close(session, 20)["successfulInvoiceCount"] == 24


@pytest.mark.parametrize("option", ["--faults", "--latarnia"])
@pytest.mark.parametrize("text", ["[", '{"status": "OTHER"}', None])
def test_a_script_that_makes_no_sense_is_named_on_standard_error(tmp_path, option, text):
    script = tmp_path / "script.json"
    if text is not None:
        script.write_text(text)
    with process(tmp_path / "data", option, str(script)) as running:
        status, output, errors = running.stop()
    assert (status, output) == (1, "")
    assert errors.startswith("simulator: ")


def test_scripts_are_followed_from_the_start(tmp_path):
    faults, feed = tmp_path / "faults.json", tmp_path / "feed.json"
    faults.write_text('[{"kind": "outage", "status": 502}]')
    feed.write_text('{"status": "FAILURE"}')
    options = ("--faults", str(faults), "--latarnia", str(feed))
    with process(tmp_path / "data", *options) as running:
        assert running.request("GET", "/v2/rate-limits").status == 502
        assert running.request("GET", "/latarnia/status").json["status"] == "FAILURE"


def test_packages_are_uploaded_where_the_option_says(tmp_path):
    with process(tmp_path, "--storage-url", "http://localhost:{port}") as running:
        sender = logged_in(running, tmp_path)
        _, (wanted,) = sender.open_batch(zipped({"a.xml": fa3()}))
        port = running.url.rsplit(":", 1)[1]
        assert wanted["url"].startswith(f"http://localhost:{port}/storage/")
        assert sender.upload(wanted).status == 201


def broken_off():
    """A body that ends before its time, as when a network breaks."""
    yield b"x" * 32
    raise InterruptedError


def test_an_upload_without_a_length_empty_or_cut_short_is_not_taken(tmp_path):
    with process(tmp_path) as running:
        sender = logged_in(running, tmp_path)
        session, (wanted,) = sender.open_batch(zipped({"a.xml": fa3()}))
        put = {"method": "PUT", "url": wanted["url"], "headers": wanted["headers"]}
        assert httpx.request(**put, content=iter([b"x" * 32])).status_code == 411
        assert httpx.request(**put, content=b"").status_code == 400
        cut = wanted["headers"] | {"Content-Length": str(len(sender.parts[0]))}
        with pytest.raises(InterruptedError):
            httpx.request(**put | {"headers": cut}, content=broken_off(), timeout=2)
        answer = sender.call("POST", f"/sessions/batch/{session}/close")
        assert "21205" in answer.body.decode()


def test_the_reason_of_a_refused_upload_arrives_however_large_it_is(tmp_path):
    with process(tmp_path) as running:
        sender = logged_in(running, tmp_path)
        _, (wanted,) = sender.open_batch(zipped({"a.xml": fa3()}))
        address = wanted["url"].split("?")[0]
        body = bytes(30_000_000)
        answer = httpx.put(address, content=body, headers=wanted["headers"], timeout=30)
        assert answer.status_code == 403


def test_a_package_survives_sigkill_while_it_is_processed(tmp_path):
    running = Process(tmp_path)
    try:
        sender = logged_in(running, tmp_path)
        names = [f"FV/{number}" for number in range(1500)]
        session, (wanted,) = sender.open_batch(zipped({f"{n[3:]}.xml": fa3(n) for n in names}))
        assert sender.upload(wanted).status == 201
        sender.call("POST", f"/sessions/batch/{session}/close", expect=204)
        time.sleep(0.6)
        # The first question after the delay starts the work, and the program dies in it.
        headers = {"Authorization": f"Bearer {sender.access}"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{running.url}/v2/sessions/{session}", headers=headers, timeout=0.25)
    finally:
        running.stop(kill=True)
    with process(tmp_path) as again:
        sender._request = again.request
        read = lambda: sender.call("GET", f"/sessions/{session}", expect=200).json  # noqa: E731
        final = sender.wait(read, 150, 30)
        assert (final["status"]["code"], final["successfulInvoiceCount"]) == (200, 1500)
        assert len({item["ksefNumber"] for item in sender.invoices_of(session)}) == 1500
