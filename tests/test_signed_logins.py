"""Logging in by a signature made elsewhere: challenge, upload, KSeF's verdict, tokens."""

from datetime import timedelta

import httpx
import pytest
from django.db import connection

from auth_ksef.acting import signed_login_open
from auth_ksef.client import KsefApi
from auth_ksef.messages import LOGIN
from auth_ksef.models import LoginFarewell, SignedLogin
from auth_ksef.signed_logins import (
    SignedLoginRefused,
    signed_login_ask,
    signed_login_get,
    signed_login_list,
    signed_login_renew,
    signed_login_start,
    signed_login_upload,
    signed_logins_follow,
)
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests import signing_program as program
from tests.at_once import at_once
from tests.auth_support import FakeKsef, clock_shifter, plug_in

pytestmark = pytest.mark.django_db
UPLOAD, STATUS, REDEEM = "/auth/xades-signature", "/auth/status", "/auth/token/redeem"
State = SignedLogin.State


@pytest.fixture(autouse=True)
def ksef(monkeypatch):
    return plug_in(monkeypatch, FakeKsef())


@pytest.fixture
def shift(monkeypatch, tmp_path):
    return clock_shifter(monkeypatch, tmp_path)


@pytest.fixture
def login(company, owner):
    return signed_login_start(company=company, person=owner)


def signed(login, who=None, **options):
    return program.signed(bytes(login.request_xml), who or program.identity(), **options)


def refused(function, *arguments, **named):
    with pytest.raises(SignedLoginRefused) as caught:
        function(*arguments, **named)
    assert caught.value.pl != caught.value.en
    return caught.value.code


def error(code, status=400):
    body = {"exception": {"exceptionDetailList": [{"exceptionCode": code, "details": ["x"]}]}}
    return httpx.Response(status, json=body)


def test_a_login_begins_with_a_request_to_sign(login, company, ksef):
    assert login.state == State.PREPARED
    assert login.challenge in bytes(login.request_xml).decode()
    assert f"<Nip>{company.nip}</Nip>" in bytes(login.request_xml).decode()
    left = login.challenge_until - clock.now()
    assert timedelta(minutes=9, seconds=50) < left <= timedelta(minutes=10)
    assert ksef.calls == ["/auth/challenge"]


@pytest.mark.parametrize(("kind", "rest"), [("InternalId", "-00012"), ("NipVatUe", "-DE999999999")])
def test_the_other_contexts_of_the_company_can_be_chosen(company, owner, kind, rest):
    value = company.nip + rest
    login = signed_login_start(
        company=company, person=owner, context_type=kind, context_value=value
    )
    assert f"<{kind}>{value}</{kind}>" in bytes(login.request_xml).decode()


@pytest.mark.parametrize(
    ("kind", "value"),
    [("Nip", "1111111111"), ("InternalId", "1111111111-00012"), ("PeppolId", "PPL123456")],
)
def test_another_companys_context_is_refused_before_ksef_is_asked(
    company, owner, ksef, kind, value
):
    facts = {"company": company, "person": owner, "context_type": kind, "context_value": value}
    assert refused(signed_login_start, **facts) == "foreign-context"
    assert ksef.calls == []


def test_allowed_addresses_are_part_of_the_request(company, owner):
    ips = ("192.0.2.1", "192.0.2.0/24")
    login = signed_login_start(company=company, person=owner, allowed_ips=ips)
    assert "<Ip4Mask>192.0.2.0/24</Ip4Mask>" in bytes(login.request_xml).decode()


def test_malformed_addresses_are_refused_before_ksef_is_asked(company, owner, ksef):
    code = refused(signed_login_start, company=company, person=owner, allowed_ips=("x",))
    assert (code, ksef.calls) == ("bad-ips", [])


def test_a_signed_file_ends_with_tokens(login, company, owner, ksef):
    signed_login_upload(login, signed(login))
    assert (login.state, login.signer_kind) == (State.SENT, "person")
    signed_login_ask(login)
    assert login.state == State.DONE
    assert login.access.startswith("access.")
    assert login.refresh == "refresh.token"
    assert login.authentication_token == ""
    assert signed_login_open(company, owner) == login
    assert ksef.count(REDEEM) == 1


def test_what_was_sent_and_how_it_ended_stands_in_the_history(login):
    signed_login_upload(login, signed(login))
    signed_login_ask(login)
    actions = [entry.action for entry in AuditEntry.objects.order_by("pk")]
    assert actions[-2:] == ["signed_login.send", "signed_login.end"]


def test_a_verdict_may_take_minutes_and_the_worker_follows(login, ksef, shift):
    ksef.verdicts = [(100, "Uwierzytelnianie w toku")] * 3
    signed_login_upload(login, signed(login))
    for seconds in (0, 3, 90, 100):
        shift(seconds=seconds)
        signed_logins_follow()
    login.refresh_from_db()
    assert (login.state, ksef.count(STATUS)) == (State.DONE, 4)


def test_nobody_asks_before_it_is_time(login, ksef):
    ksef.verdicts = [(100, "Uwierzytelnianie w toku")]
    signed_login_upload(login, signed(login))
    signed_login_ask(login)
    signed_login_ask(login)
    signed_logins_follow()
    assert (login.state, ksef.count(STATUS)) == (State.SENT, 1)


@pytest.mark.parametrize("code", [415, 425, 450, 460, 470, 480, 500, 550])
def test_each_refusal_of_a_status_is_told_and_leaves_a_new_challenge(login, ksef, code):
    ksef.verdicts = [(code, "Niepowodzenie", "Certyfikat odwołany")]
    signed_login_upload(login, signed(login))
    signed_login_ask(login)
    assert (login.state, login.code) == (State.REFUSED, code)
    assert login.said.startswith(LOGIN[code][0].format(number=f" ({code})"))
    assert "Certyfikat odwołany" in login.said
    assert signed_login_renew(login).state == State.PREPARED


@pytest.mark.parametrize("code", [9101, 9102, 9103, 9104, 9105, 21111, 21115, 21117, 21217])
def test_each_refusal_of_the_file_is_told(login, ksef, code):
    ksef.failures[UPLOAD] = error(code)
    signed_login_upload(login, signed(login))
    assert (login.state, login.code) == (State.REFUSED, code)
    assert f"({code})" in login.said


@pytest.mark.parametrize(("status", "words"), [(401, "minął"), (410, "7 dni")])
def test_a_login_that_ksef_forgot_ends(login, ksef, status, words):
    signed_login_upload(login, signed(login))
    ksef.failures[STATUS] = httpx.Response(status, json={"detail": "Nie ma."})
    signed_login_ask(login)
    assert login.state == State.REFUSED
    assert words in login.said


def test_an_unanswered_upload_is_unknown_and_never_repeated(login, ksef):
    ksef.failures[UPLOAD] = httpx.ReadTimeout("")
    signed_login_upload(login, signed(login))
    assert login.state == State.UNKNOWN
    assert "Nowe wyzwanie" in login.said
    assert refused(signed_login_upload, login, signed(login)) == "not-waiting"
    signed_logins_follow()
    assert ksef.count(UPLOAD) == 1


def test_without_a_connection_nothing_left_and_the_file_may_come_again(login, ksef):
    ksef.failures[UPLOAD] = httpx.ConnectError("")
    assert refused(signed_login_upload, login, signed(login)) == "not-sent"
    assert login.state == State.PREPARED
    assert signed_login_upload(login, signed(login)).state == State.SENT


def test_a_status_that_fails_is_asked_again(login, ksef, shift):
    signed_login_upload(login, signed(login))
    ksef.failures[STATUS] = httpx.ReadTimeout("")
    signed_login_ask(login)
    assert login.state == State.SENT
    shift(seconds=5)
    assert signed_login_ask(login).state == State.DONE


def test_tokens_that_were_lost_on_the_way_ask_for_another_signature(login, ksef):
    signed_login_upload(login, signed(login))
    ksef.failures[REDEEM] = httpx.ReadTimeout("")
    signed_login_ask(login)
    assert login.state == State.UNKNOWN
    assert "tylko raz" in login.said
    assert ksef.count(REDEEM) == 1


def test_tokens_that_ksef_could_not_give_yet_are_asked_for_again(login, ksef, shift):
    signed_login_upload(login, signed(login))
    ksef.failures[REDEEM] = httpx.ConnectError("")
    assert signed_login_ask(login).state == State.SENT
    shift(seconds=5)
    assert signed_login_ask(login).state == State.DONE


def test_a_challenge_that_is_over_is_stopped(login, ksef, shift):
    data = signed(login)
    shift(minutes=10)
    assert refused(signed_login_upload, login, data) == "late"
    assert ksef.count(UPLOAD) == 0


def test_a_file_of_an_earlier_challenge_is_stopped(login, ksef):
    data = signed(login).replace(login.challenge.encode(), b"20261121-CR-0000000000-0000000000-00")
    assert refused(signed_login_upload, login, data) == "challenge"
    assert login.state == State.PREPARED


def test_a_file_of_another_company_is_stopped(login, company):
    data = signed(login).replace(company.nip.encode(), b"1111111111")
    assert refused(signed_login_upload, login, data) == "context"


@pytest.mark.parametrize(
    ("make", "code"), [(lambda data, who: data, "unsigned"), (program.detached, "detached")]
)
def test_a_file_without_a_signature_inside_is_stopped(login, ksef, make, code):
    data = make(bytes(login.request_xml), program.identity())
    assert refused(signed_login_upload, login, data) == code
    assert ksef.count(UPLOAD) == 0


def test_what_we_cannot_evaluate_is_named_and_sent_all_the_same(login, ksef):
    strange = b"http://www.w3.org/TR/1999/REC-xslt-19991116"
    data = signed(login).replace(b"http://www.w3.org/2000/09/xmldsig#enveloped-signature", strange)
    signed_login_upload(login, data)
    assert login.state == State.SENT
    assert {"code": "unknown", "facts": {"name": strange.decode()}} in login.advice


def test_a_new_challenge_forgets_the_old_file(login, ksef):
    ksef.verdicts = [(460, "Niepowodzenie")]
    signed_login_upload(login, signed(login))
    signed_login_ask(login)
    signed_login_renew(login)
    login.refresh_from_db()
    assert (login.state, login.said, login.code, login.signer) == (State.PREPARED, "", None, "")
    assert signed_login_upload(login, signed(login)).state == State.SENT


def test_a_login_that_ksef_is_checking_takes_no_other_file(login):
    signed_login_upload(login, signed(login))
    assert refused(signed_login_upload, login, b"") == "not-waiting"
    assert refused(signed_login_renew, login) == "not-waiting"


def test_what_a_dead_process_left_becomes_unknown(login, shift):
    rows = SignedLogin.objects.filter(pk=login.pk)
    rows.update(state=State.SENDING, claimed_until=clock.now())
    shift(minutes=5)
    signed_logins_follow()
    login.refresh_from_db()
    assert login.state == State.UNKNOWN


def test_a_login_ends_with_its_refresh_token(login, company, owner, shift):
    signed_login_upload(login, signed(login))
    signed_login_ask(login)
    shift(days=8)
    signed_logins_follow()
    login.refresh_from_db()
    assert (login.state, login.access, login.refresh) == (State.ENDED, "", "")
    assert signed_login_open(company, owner) is None


def test_a_login_of_somebody_else_is_not_found(login, company, teammate):
    with pytest.raises(SignedLogin.DoesNotExist):
        signed_login_get(company, teammate, login.pk)


def test_nothing_secret_shows(login):
    signed_login_upload(login, signed(login))
    signed_login_ask(login)
    shown = repr(login) + str(login) + login.said + str(login.advice)
    assert login.access not in shown
    assert "refresh.token" not in shown


def test_requests_that_nobody_signed_go_after_a_day(login, company, owner, shift):
    shift(days=2)
    signed_login_start(company=company, person=owner)
    assert not SignedLogin.objects.filter(pk=login.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_take_the_tokens_once(login, ksef):
    signed_login_upload(login, signed(login))
    at_once(*[lambda: signed_login_ask(SignedLogin.objects.get(pk=login.pk))] * 2)
    login.refresh_from_db()
    assert (login.state, ksef.count(REDEEM)) == (State.DONE, 1)


def test_nothing_is_taken_for_a_person_who_left_meanwhile(login, company, owner, ksef):
    signed_login_upload(login, signed(login))
    company.memberships.filter(user=owner).delete()
    signed_logins_follow()
    login.refresh_from_db()
    assert (login.state, ksef.count(REDEEM)) == (State.ENDED, 0)


def test_a_lost_key_stops_neither_the_list_nor_the_others(login, company, owner):
    signed_login_upload(login, signed(login))
    other = signed_login_start(company=company, person=owner)
    signed_login_upload(other, signed(other))
    with connection.cursor() as cursor:
        spoiled = "UPDATE auth_ksef_signedlogin SET authentication_token = 'v1:x' WHERE id = %s"
        cursor.execute(spoiled, [login.pk])
    signed_logins_follow()
    states = [row.state for row in signed_login_list(company, owner)]
    assert states == [State.DONE, State.UNKNOWN]


def test_a_person_who_leaves_while_ksef_answers_keeps_no_login(login, company, owner, monkeypatch):
    given = KsefApi.redeem

    def redeem(api, started):
        company.memberships.filter(user=owner).delete()
        return given(api, started)

    monkeypatch.setattr(KsefApi, "redeem", redeem)
    signed_login_upload(login, signed(login))
    signed_logins_follow()
    login.refresh_from_db()
    assert (login.state, login.refresh) == (State.ENDED, "")
    assert LoginFarewell.objects.get().next_at
