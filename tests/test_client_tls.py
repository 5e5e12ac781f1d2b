"""Over TLS, as KSeF is reached: certificates are checked and the deadline holds there too."""

import ipaddress
import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from auth_ksef.client import KsefApi, KsefLater
from ksefapp.lib import clock
from tests.client_support import CHALLENGE, ec_key
from tests.test_client_answers import GOOD
from tests.test_client_errors import WITH_EFFECT

BODY = json.dumps(GOOD["challenge"]).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """PEM file with key and certificate of 127.0.0.1."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(ec_key().public_key())
        .serial_number(7)
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(ec_key(), hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    key = ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key + made.public_bytes(Encoding.PEM))
    return file


@contextmanager
def tls_server(identity, *pieces: bytes, pause: float = 0.0):
    """A TLS server on loopback that answers one request; gives its address and what it heard."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity)
    heard = []

    def serve(listener):
        try:
            raw, _ = listener.accept()
            with context.wrap_socket(raw, server_side=True) as connection:
                heard.append(connection.recv(65536))
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
        except OSError:
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/v2", heard
        thread.join(timeout=10)


def test_a_trusted_server_is_heard(identity, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(identity))
    with tls_server(identity, HEAD + BODY) as (url, _):
        assert KsefApi(url, timeout=5).challenge().challenge == CHALLENGE


def test_a_server_that_nobody_vouches_for_gets_no_request(identity):
    unsent = pytest.raises(KsefLater, match="nothing was sent")
    with tls_server(identity, HEAD + BODY) as (url, heard), unsent:
        WITH_EFFECT["session_open"](KsefApi(url, timeout=5))
    assert heard == []


def test_an_answer_that_trickles_over_tls_ends_with_the_calls_time(identity, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(identity))
    with tls_server(identity, HEAD, *[b" "] * 40, pause=0.1) as (url, _):
        start = time.monotonic()
        with pytest.raises(KsefLater):
            KsefApi(url, timeout=0.6).challenge()
        assert time.monotonic() - start < 2
