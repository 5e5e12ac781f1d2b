"""The client against a running simulator: the main job, and each way in which it can fail.

Client and simulator share no code, and every exchange is held against the OpenAPI file.
"""

import hashlib
import json
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import etree

from auth_ksef.client import (
    SESSION_ENCRYPTION,
    TOKEN_ENCRYPTION,
    Context,
    KsefApi,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    LoginStarted,
    SessionKey,
    pick_key,
    scopes,
    sign_auth_request,
    with_fresh_key,
)
from auth_ksef.client.limits import PUBLISHED
from auth_ksef.keyfiles import check_pair, read_certificate, read_key
from ksefapp.lib import clock
from simulator.seed import seed
from tests import openapi_support
from tests.simulator_support import NIP, OTHER_NIP, QUICK, fa3, process

pytestmark = pytest.mark.slow

CONTEXT = Context("Nip", NIP)
PASSWORD = "Haslo-Do-Klucza-15!"


class Validated(httpx.HTTPTransport):
    """Real connections whose every exchange must be as the OpenAPI file says.

    What goes to a storage host is none of the API, and is not read into memory.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith("/v2/"):
            return super().handle_request(request)
        sent = request.read()
        response = super().handle_request(request)
        body = response.read()
        is_json = request.headers.get("content-type") == "application/json"
        openapi_support.validate_exchange(
            request.method,
            request.url.raw_path.decode().removeprefix("/v2"),
            json.loads(sent) if is_json else None,
            response.status_code,
            body,
            response.headers,
        )
        return httpx.Response(response.status_code, headers=response.headers, content=body)


class World:
    """A simulator, its control interface, a client, and the keys of a seeded company."""

    def __init__(self, running, seeded):
        self.url = running.url
        self.token = seeded.token
        self.files = {file.name: file for file in seeded.files}
        http = httpx.Client(transport=Validated(), timeout=10)
        self.api = KsefApi(f"{self.url}/v2", http=http)

    def control(self, method: str, path: str, **body):
        answer = httpx.request(method, f"{self.url}/control{path}", json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def fault(self, kind: str, operation: str, **fields) -> None:
        self.control("POST", "/faults", kind=kind, operation=operation, **fields)

    def key(self, usage: str):
        return pick_key(self.api.public_keys(), usage, clock.now())

    def login(self, started: LoginStarted) -> str:
        """The access token at the end of a login."""
        wait(lambda: self.api.login_status(started))
        return self.api.redeem(started).access

    def token_login(self) -> LoginStarted:
        challenge, key = self.api.challenge(), self.key(TOKEN_ENCRYPTION)
        return self.api.token_login(challenge=challenge, context=CONTEXT, token=self.token, key=key)

    def session(self, access: str) -> tuple[str, SessionKey]:
        key = SessionKey.new(self.key(SESSION_ENCRYPTION))
        return self.api.session_open(access=access, key=key).reference_number, key

    def sent_times(self, operation: str) -> int:
        return self.control("GET", "/requests").get(operation, 0)


def wait(ask, seconds: float = 10):
    """The first answer whose status is final."""
    end = time.monotonic() + seconds
    while True:
        found = ask()
        status = getattr(found, "status", found)
        if status.code not in (100, 150, 170):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.05)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("simulator")
    seeded = seed(folder, NIP, password=PASSWORD)
    with process(folder, "--control") as started:
        yield World(started, seeded)


@pytest.fixture
def world(running):
    running.control("POST", "/reset")
    running.control("POST", "/settings", **QUICK)
    return running


@pytest.fixture
def access(world):
    return world.login(world.token_login())


def test_a_token_logs_in_and_may_issue_and_read(world, access):
    assert {"InvoiceWrite", "InvoiceRead"} <= scopes(world.api.own_permissions(access=access))


def test_a_refresh_token_gives_a_new_access_token(world):
    started = world.token_login()
    wait(lambda: world.api.login_status(started))
    tokens = world.api.redeem(started)
    fresh = world.api.refresh(tokens.refresh)
    assert fresh.valid_until > clock.now()
    assert world.api.own_permissions(access=fresh.token)


def test_the_tokens_of_a_login_are_given_out_once(world):
    started = world.token_login()
    wait(lambda: world.api.login_status(started))
    world.api.redeem(started)
    with pytest.raises(KsefRefused):
        world.api.redeem(started)


def test_a_wrong_token_shows_in_the_status_of_the_login(world):
    challenge, key = world.api.challenge(), world.key(TOKEN_ENCRYPTION)
    wrong = world.token[:-4] + "0000"
    started = world.api.token_login(challenge=challenge, context=CONTEXT, token=wrong, key=key)
    assert wait(lambda: world.api.login_status(started)).code == 450


def test_ksefs_clock_and_ours_agree(world):
    assert abs(world.api.challenge().timestamp - clock.now()) < timedelta(seconds=60)


def xades_login(world, algorithm: str, context: Context = CONTEXT) -> LoginStarted:
    """A login with the certificate files as a person has them."""
    file = next(path for name, path in world.files.items() if name == f"authentication-{algorithm}")
    certificate = read_certificate(file.with_suffix(".crt").read_bytes())
    key = read_key(file.with_suffix(".key").read_bytes(), PASSWORD)
    challenge = world.api.challenge()
    check_pair(certificate, key, now=clock.now(), expected_kind="authentication")
    signed = sign_auth_request(
        challenge=challenge,
        context=context,
        certificate=certificate.certificate,
        private_key=key,
        now=challenge.timestamp,
    )
    return world.api.xades_login(signed)


@pytest.mark.parametrize("algorithm", ["rsa", "ec"])
def test_a_certificate_logs_in(world, algorithm):
    access = world.login(xades_login(world, algorithm))
    assert "InvoiceWrite" in scopes(world.api.own_permissions(access=access))


def test_a_certificate_without_rights_in_a_company_is_turned_away_there(world):
    started = xades_login(world, "ec", Context("Nip", OTHER_NIP))
    assert wait(lambda: world.api.login_status(started)).code == 415


@pytest.mark.parametrize("algorithm", ["rsa", "ec"])
def test_the_offline_certificate_is_told_from_the_one_for_login(world, algorithm):
    file = next(path for name, path in world.files.items() if name == f"offline-{algorithm}")
    assert read_certificate(file.with_suffix(".crt").read_bytes()).kind == "offline"


def test_an_invoice_goes_all_the_way_to_its_upo(world, access):
    xml = fa3("FV/way")
    session, key = world.session(access)
    sealed = key.seal(xml)
    invoice = world.api.invoice_send(access=access, session=session, invoice=sealed)
    status = wait(lambda: world.api.invoice_status(access=access, session=session, invoice=invoice))
    assert (status.status.code, status.invoice_number) == (200, "FV/way")
    assert status.invoice_hash == hashlib.sha256(xml).hexdigest() == sealed.sha256
    assert status.invoicing_mode == "Online"
    upo = world.api.upo(access=access, session=session, invoice=invoice)
    assert upo.hash_checked
    assert status.ksef_number.encode() in upo.xml
    assert world.api.invoice_by_number(access=access, ksef_number=status.ksef_number) == xml


def issued(world, access: str, number: str):
    """An accepted invoice: its session, its status, its bytes."""
    xml = fa3(number)
    session, key = world.session(access)
    reference = world.api.invoice_send(access=access, session=session, invoice=key.seal(xml))
    status = wait(
        lambda: world.api.invoice_status(access=access, session=session, invoice=reference)
    )
    return session, status, xml


def test_a_closed_session_ends_with_a_collective_upo(world, access):
    session, status, _ = issued(world, access, "FV/close")
    world.api.session_close(access=access, session=session)
    closed = wait(lambda: world.api.session_status(access=access, session=session))
    assert (closed.status.code, closed.invoice_count, closed.successful_count) == (200, 1, 1)
    page = closed.upo_pages[0].reference_number
    upo = world.api.session_upo(access=access, session=session, page=page)
    assert etree.QName(etree.fromstring(upo.xml)).localname == "Potwierdzenie"
    by_number = world.api.upo_by_number(
        access=access, session=session, ksef_number=status.ksef_number
    )
    assert status.ksef_number.encode() in by_number.xml


def test_a_sent_invoice_is_found_by_its_hash_in_every_list(world, access):
    session, status, xml = issued(world, access, "FV/lists")
    digest = hashlib.sha256(xml).hexdigest()
    page = world.api.session_invoices(access=access, session=session)
    assert [row.invoice_hash for row in page.items] == [digest]
    assert page.continuation is None
    assert world.api.session_invoices_failed(access=access, session=session).items == ()
    sessions = world.api.session_list(
        access=access, kind="Online", created_from=clock.now() - timedelta(hours=1)
    )
    assert session in [row.reference_number for row in sessions.items]
    found = world.api.metadata(
        access=access,
        subject_type="Subject1",
        date_from=clock.now() - timedelta(hours=1),
        date_type="Invoicing",
        ksefNumber=status.ksef_number,
    )
    assert [row.invoice_hash for row in found.items] == [digest]


def test_a_duplicate_names_the_original(world, access):
    _, first, _ = issued(world, access, "FV/twice")
    _, second, _ = issued(world, access, "FV/twice")
    assert second.status.code == 440
    assert second.status.extensions["originalKsefNumber"] == first.ksef_number


def test_an_invoice_against_the_schema_is_rejected_with_reasons(world, access):
    session, key = world.session(access)
    sealed = key.seal(fa3("FV/bad").replace(b"<KodWaluty>PLN", b"<KodWaluty>ZZZ"))
    reference = world.api.invoice_send(access=access, session=session, invoice=sealed)
    status = wait(
        lambda: world.api.invoice_status(access=access, session=session, invoice=reference)
    )
    assert status.status.code == 450
    assert status.status.details
    failed = world.api.session_invoices_failed(access=access, session=session)
    assert [row.reference_number for row in failed.items] == [reference]


def test_an_offline_invoice_is_declared_in_the_send(world, access):
    session, key = world.session(access)
    reference = world.api.invoice_send(
        access=access, session=session, invoice=key.seal(fa3("FV/offline")), offline=True
    )
    status = wait(
        lambda: world.api.invoice_status(access=access, session=session, invoice=reference)
    )
    assert status.invoicing_mode == "Offline"


def test_a_session_key_kept_over_a_restart_still_seals(world, access):
    session, key = world.session(access)
    again = SessionKey.from_secret(key.to_secret())
    reference = world.api.invoice_send(
        access=access, session=session, invoice=again.seal(fa3("FV/restart"))
    )
    status = wait(
        lambda: world.api.invoice_status(access=access, session=session, invoice=reference)
    )
    assert status.status.code == 200


@pytest.mark.parametrize("kind", ["timeout_after", "drop_after", "error_after"])
def test_an_answer_lost_after_acceptance_is_unknown_and_the_invoice_is_there(world, access, kind):
    xml = fa3(f"FV/lost/{kind}")
    session, key = world.session(access)
    world.fault(kind, "invoice_send")
    quick = KsefApi(f"{world.url}/v2", timeout=2)
    with pytest.raises(KsefUnknown):
        quick.invoice_send(access=access, session=session, invoice=key.seal(xml))
    page = world.api.session_invoices(access=access, session=session)
    assert [row.invoice_hash for row in page.items] == [hashlib.sha256(xml).hexdigest()]


@pytest.mark.parametrize("kind", ["drop_before", "error_before"])
def test_an_answer_lost_before_acceptance_is_unknown_just_the_same(world, access, kind):
    session, key = world.session(access)
    world.fault(kind, "invoice_send")
    api = KsefApi(f"{world.url}/v2", timeout=5)
    with pytest.raises(KsefUnknown):
        api.invoice_send(access=access, session=session, invoice=key.seal(fa3("FV/before")))
    assert world.api.session_invoices(access=access, session=session).items == ()


def test_too_many_requests_means_later_with_ksefs_own_seconds(world, access):
    session, key = world.session(access)
    world.fault("too_many", "invoice_send", retry_after=4321)
    with pytest.raises(KsefLater) as caught:
        world.api.invoice_send(access=access, session=session, invoice=key.seal(fa3("FV/429")))
    assert caught.value.retry_after == 4321


def test_the_limits_as_published_are_those_in_force(world, access):
    world.control("POST", "/settings", limits_multiplier=1)
    given = world.api.rate_limits(access=access)
    for group, (second, minute, hour) in PUBLISHED.items():
        found = [given[group][name] for name in ("perSecond", "perMinute", "perHour")]
        assert found == [second or -1, minute or -1, hour or -1], group


def test_an_outage_is_later_for_questions_and_unknown_for_sends(world, access):
    session, key = world.session(access)
    world.fault("outage", "*")
    with pytest.raises(KsefLater):
        world.api.session_status(access=access, session=session)
    with pytest.raises(KsefUnknown):
        world.api.invoice_send(access=access, session=session, invoice=key.seal(fa3("FV/out")))


def test_after_a_rotated_key_a_session_opens_with_a_fresh_one(world, access):
    known = world.api.public_keys()
    world.control("POST", "/keys/rotate")

    def open_with(key):
        return world.api.session_open(access=access, key=SessionKey.new(key))

    stale = pick_key(known, SESSION_ENCRYPTION, clock.now())
    with pytest.raises(KsefRefused) as caught:
        open_with(stale)
    assert caught.value.code == 21470
    opened = with_fresh_key(
        world.api.public_keys, SESSION_ENCRYPTION, clock.now(), open_with, known=known
    )
    assert opened.reference_number


def test_a_session_temporarily_unavailable_shows_as_its_code(world, access):
    session, key = world.session(access)
    world.fault("session_unavailable", "invoice_send")
    with pytest.raises(KsefRefused) as caught:
        world.api.invoice_send(access=access, session=session, invoice=key.seal(fa3("FV/21184")))
    assert caught.value.code == 21184


def test_an_invoice_is_not_to_be_found_in_another_session(world, access):
    _, there, _ = issued(world, access, "FV/there")
    elsewhere, _ = world.session(access)
    with pytest.raises(KsefRefused) as caught:
        world.api.invoice_status(access=access, session=elsewhere, invoice=there.reference_number)
    assert caught.value.code == 21405


def test_a_forged_access_token_is_refused_with_401(world, access):
    with pytest.raises(KsefRefused) as caught:
        world.api.rate_limits(access=access[:-3] + "AAA")
    assert caught.value.http_status == 401


def test_nothing_is_repeated_behind_the_callers_back(world, access):
    session, key = world.session(access)
    before = world.sent_times("invoice_send")
    world.fault("error_after", "invoice_send")
    with pytest.raises(KsefUnknown):
        world.api.invoice_send(access=access, session=session, invoice=key.seal(fa3("FV/once")))
    assert world.sent_times("invoice_send") == before + 1


def test_limits_of_the_context_are_told(world, access):
    given = world.api.context_limits(access=access)
    assert given["onlineSession"]["maxInvoices"] > 0
