"""The wire: what every request carries, and how much of an answer we are willing to wait for."""

import json
import socket
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from auth_ksef.client import KsefApi, KsefLater, KsefRefused, KsefUnknown
from auth_ksef.client.routes import JSON_LIMIT
from tests.client_support import ACCESS, CHALLENGE, INVOICE, NUMBER, SESSION, Ksef, problem, reply
from tests.test_client_answers import GOOD
from tests.test_client_errors import EVERY, WITH_EFFECT

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def server(*pieces: bytes, pause: float = 0.0):
    """A server on loopback that answers one request with these pieces, pausing between them."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
            except OSError:
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
    finally:
        listener.close()
        thread.join(timeout=10)


def took(call) -> float:
    """Seconds until the call failed for lack of an answer."""
    start = time.monotonic()
    with pytest.raises((KsefLater, KsefUnknown)):
        call()
    return time.monotonic() - start


TRICKLES = {
    "status line": [bytes([letter]) for letter in HEAD],
    "headers": [b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 60],
    "body": [HEAD + b"Content-Length: 100\r\n\r\n", *[b" "] * 60],
    "chunks": [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 60],
}


@pytest.mark.parametrize("part", TRICKLES)
def test_an_answer_that_trickles_ends_with_the_calls_time(part):
    with server(*TRICKLES[part], pause=0.1) as url:
        assert took(KsefApi(url, timeout=0.5).challenge) < 2


def test_a_silent_server_ends_with_the_calls_time():
    with server(b"", pause=3) as url:
        assert took(KsefApi(url, timeout=0.5).challenge) < 2


def test_a_quick_answer_of_a_real_server_is_read():
    body = json.dumps(GOOD["challenge"]).encode()
    with server(HEAD, b"Content-Length: %d\r\n\r\n" % len(body), body) as url:
        assert KsefApi(url, timeout=5).challenge().challenge == CHALLENGE


def test_a_closed_port_means_that_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    api = KsefApi(f"http://127.0.0.1:{port}/v2")
    with pytest.raises(KsefLater, match="nothing was sent"):
        WITH_EFFECT["session_open"](api)


@pytest.mark.parametrize(
    "answer", [b"", HEAD, HEAD + b"Content-Length: 99\r\n\r\n{", b"SSH-2.0\r\n"]
)
def test_a_connection_that_breaks_in_the_answer_to_a_send_is_unknown(answer):
    with server(answer) as url, pytest.raises(KsefUnknown):
        WITH_EFFECT["invoice_send"](KsefApi(url, timeout=5))


def test_an_endless_answer_is_cut_off():
    megabyte = b"x" * 1024 * 1024
    with server(HEAD + b"\r\n", *[megabyte] * 20) as url, pytest.raises(KsefUnknown):
        WITH_EFFECT["session_open"](KsefApi(url, timeout=20))


@pytest.mark.parametrize(
    ("size", "fits"), [(JSON_LIMIT, True), (JSON_LIMIT + 1, False)], ids=["limit", "one more"]
)
def test_an_answer_may_be_as_large_as_its_limit(size, fits):
    body = b'{"a": "%s"}' % (b"x" * (size - 9))
    assert len(body) == size
    ksef = Ksef(reply(body))
    if fits:
        assert ksef.api.rate_limits(access=ACCESS)["a"]
    else:
        with pytest.raises(KsefLater):
            ksef.api.rate_limits(access=ACCESS)


@pytest.mark.parametrize("name", ["upo", "invoice_by_number"])
def test_a_document_past_its_limit_is_not_read(name):
    limit = {"upo": 20, "invoice_by_number": 3.5}[name] * 1024 * 1024
    with pytest.raises(KsefLater):
        EVERY[name](Ksef(reply(b"<" + b"x" * int(limit))).api)


def test_a_compressed_answer_is_not_unpacked():
    raw = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"x"))
    with pytest.raises(KsefUnknown):
        WITH_EFFECT["session_open"](Ksef(raw).api)


@pytest.mark.parametrize("name", EVERY)
def test_every_request_asks_for_problem_details_and_names_the_program(name):
    ksef = Ksef(problem(400))
    with pytest.raises(KsefRefused):
        EVERY[name](ksef.api)
    sent = ksef.requests[0].headers
    assert sent["X-Error-Format"] == "problem-details"
    assert sent["User-Agent"].startswith("ksefapp/")
    assert sent["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("name", EVERY)
def test_a_token_goes_along_only_where_the_operation_wants_one(name):
    ksef = Ksef(problem(400))
    with pytest.raises(KsefRefused):
        EVERY[name](ksef.api)
    wanted = name not in ("public_keys", "challenge", "token_login", "xades_login")
    assert ksef.requests[0].headers.get("Authorization", "").startswith("Bearer ") is wanted


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_so_no_token_leaves_the_host(status):
    ksef = Ksef(reply(b"", status, {"location": "https://elsewhere.invalid/"}))
    with pytest.raises(KsefLater):
        ksef.api.session_status(access=ACCESS, session=SESSION)
    assert [request.url.host for request in ksef.requests] == ["ksef.invalid"]


def test_a_system_warning_is_handed_over():
    heard = []
    headers = {"X-System-Warning": "[W1]: Koniec wsparcia | [W2]: inne"}
    Ksef(reply(GOOD["challenge"], 200, headers), on_warning=heard.append).api.challenge()
    assert heard == ["[W1]: Koniec wsparcia | [W2]: inne"]


def test_a_system_warning_comes_with_errors_too():
    heard = []
    answer = problem(400)
    answer.headers["X-System-Warning"] = "[W1]: x"
    with pytest.raises(KsefRefused):
        Ksef(answer, on_warning=heard.append).api.challenge()
    assert heard == ["[W1]: x"]


def test_a_warning_that_cannot_be_recorded_costs_no_answer():
    def broken(text):
        raise RuntimeError("database is locked")

    headers = {"X-System-Warning": "[W1]: x"}
    ksef = Ksef(reply(GOOD["invoice_send"], 202, headers), on_warning=broken)
    assert WITH_EFFECT["invoice_send"](ksef.api) == INVOICE


def test_a_document_must_match_the_hash_sent_with_it():
    bad = reply(b"<UPO/>", headers={"x-ms-meta-hash": "A" * 43 + "="})
    with pytest.raises(KsefLater, match="hash"):
        EVERY["upo"](Ksef(bad).api)


def test_a_document_says_whether_its_hash_was_confirmed():
    good = "b7++t7Y0Z+XgffEP5UhMUXY00IjqqV00plSiEyg18S0="
    upo = EVERY["upo"](Ksef(reply(b"<UPO/>", headers={"x-ms-meta-hash": good})).api)
    assert (upo.xml, upo.hash_checked) == (b"<UPO/>", True)
    assert EVERY["upo"](Ksef(reply(b"<UPO/>")).api).hash_checked is False


@pytest.mark.parametrize("body", [b"", b"{}", b"not xml", b"<!DOCTYPE html><p>", b"\n<HTML>"])
def test_what_is_no_document_is_not_taken_for_one(body):
    with pytest.raises(KsefLater):
        EVERY["invoice_by_number"](Ksef(reply(body)).api)


def test_no_cookie_of_one_company_travels_with_another():
    bodies = [HEAD + b"Set-Cookie: who=first; Path=/\r\nContent-Length: 2\r\n\r\n{}"]
    with server(*bodies) as url:
        api = KsefApi(url, timeout=5)
        api.rate_limits(access=ACCESS)
        assert len(api._door._http.cookies.jar) == 0


@pytest.mark.parametrize("url", ["ftp://x/v2", "/v2", "file:///etc/passwd", ""])
def test_a_base_address_is_http_or_nothing(url):
    with pytest.raises(ValueError, match="http"):
        KsefApi(url)


def test_one_door_serves_many_threads_each_with_its_own_deadline():
    ksef = Ksef(reply(GOOD["challenge"]))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(ksef.api.challenge().challenge))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [CHALLENGE] * 20


def test_a_ksef_number_becomes_part_of_the_path():
    ksef = Ksef(reply(b"<Faktura/>"))
    ksef.api.invoice_by_number(access=ACCESS, ksef_number=NUMBER)
    assert ksef.requests[0].url.path == f"/v2/invoices/ksef/{NUMBER}"
