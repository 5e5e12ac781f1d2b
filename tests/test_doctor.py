"""The walk of the check: each failure in words with the clicks that mend it, calls few and mild."""

import json
import re
from pathlib import Path

import httpx
import pytest
from django.urls import reverse

from auth_ksef import login
from auth_ksef.credentials import certificate_add
from auth_ksef.doctor import STEPS, connection_check
from auth_ksef.doctor_clicks import CLICKS
from auth_ksef.doctor_report import headline, report, short_report, words_of_step
from auth_ksef.doctor_words import DETAILS, ERROR_CODES, WORDS, words_key
from auth_ksef.models import ConnectionCheck, QuotaCall, SignedLogin
from ksefapp.lib import clock
from tests.auth_support import pem_files
from tests.check_support import certificate, ksef, no_sleep, token
from tests.client_support import problem

__all__ = ["certificate", "ksef", "no_sleep", "token"]
pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "przewodnik" / "36-sprawdz-polaczenie.md"
REASONS = [
    "missing-permissions",
    "ip-not-allowed",
    "insufficient-resource-access",
    "auth-method-not-allowed",
    "security-service-blocked",
    "context-type-not-allowed",
]
STATUSES = [415, 425, 450, 460, 470, 480, 500, 550]


def check_of(company, owner, **given):
    return connection_check(company=company, checked_by=owner, **given)


def step_of(check, name):
    return next(step for step in check.steps if step["step"] == name)


def forbidden(reason):
    body = {
        "title": "Forbidden",
        "status": 403,
        "detail": "Brak wymaganych uprawnień.",
        "reasonCode": reason,
    }
    return httpx.Response(403, content=json.dumps(body))


def own_login(company, person, **fields):
    now = clock.now()
    return SignedLogin.objects.create(
        company=company,
        environment=company.environment,
        person=person,
        context_type="Nip",
        context_value=company.nip,
        challenge="20261121-CR-20F5EE4000-DA48AE4124-46",
        challenge_until=now,
        request_xml=b"<AuthTokenRequest/>",
        signer="CN=Jan Kowalski",
        state=SignedLogin.State.DONE,
        refresh="refresh.token",
        refresh_until=now + login.timedelta(days=1),
        **fields,
    )


# --- The walk ---------------------------------------------------------------------------------
def test_every_step_is_there_in_its_order(ksef, company, owner, token):
    check = check_of(company, owner)
    assert [step["step"] for step in check.steps] == list(STEPS)
    assert {step["state"] for step in check.steps} <= {"ok", "skipped"}


def test_a_walk_changes_nothing_and_asks_each_question_once(ksef, company, owner, certificate):
    check_of(company, owner)
    asked = [path for path in ksef.calls if not path.startswith(("/auth/", "/security/"))]
    assert len(asked) == len(set(asked)) <= 8
    assert set(asked) <= {
        "/permissions/query/personal/grants",
        "/permissions/attachments/status",
        "/rate-limits",
        "/sessions",
        "/sessions/status",
        "/invoices/query/metadata",
        "/certificates/limits",
    }


def test_a_failed_gate_ends_the_walk(ksef, company, owner, token):
    ksef.verdicts = [(450, "Zły token")]
    check = check_of(company, owner)
    assert [s["step"] for s in check.steps if s["state"] == "failed"] == ["login"]
    assert "/sessions" not in ksef.calls
    assert step_of(check, "reading")["code"] == "not-reached"


def test_whoever_does_not_answer_is_not_asked_on(ksef, company, owner, token):
    ksef.failures["/sessions"] = httpx.ConnectError("down")
    check = check_of(company, owner)
    assert step_of(check, "sending")["state"] == "warn"
    assert "/invoices/query/metadata" not in ksef.calls


def test_one_refused_call_does_not_hide_the_others(ksef, company, owner, token):
    ksef.failures["/sessions"] = forbidden("insufficient-resource-access")
    check = check_of(company, owner)
    assert (step_of(check, "sending")["state"], check.ok) == ("failed", False)
    assert step_of(check, "reading")["state"] == "ok"
    assert headline(check).kind == "bad"


def test_what_a_right_does_not_open_is_not_asked(ksef, company, owner, token):
    ksef.grants = [{"permissionScope": "InvoiceRead"}]
    check = check_of(company, owner)
    assert step_of(check, "sending")["code"] == "no-right"
    assert "/sessions" not in ksef.calls


def test_a_full_quota_skips_the_call_and_blames_nobody(ksef, company, owner, token):
    for _ in range(20):
        QuotaCall.objects.create(
            company=company, environment="simulator", group="invoiceMetadata", at=clock.now()
        )
    check = check_of(company, owner)
    assert (step_of(check, "reading")["code"], check.ok) == ("quota-full", True)
    assert "/invoices/query/metadata" not in ksef.calls


def test_without_a_session_nothing_is_asked_about_one(ksef, company, owner, token):
    ksef.sessions = False
    assert step_of(check_of(company, owner), "upo")["code"] == "no-session"


def test_a_refused_refresh_is_a_step_of_its_own(ksef, company, owner, token):
    ksef.failures["/auth/token/refresh"] = problem(400, code=21304)
    check = check_of(company, owner)
    assert step_of(check, "refresh")["state"] == "failed"
    assert words_key(step_of(check, "refresh")) == "401"


def test_a_login_that_takes_minutes_is_no_verdict(ksef, company, owner, token, monkeypatch):
    monkeypatch.setattr(login, "POLL_SECONDS", 0)
    ksef.verdicts = [(100, "Uwierzytelnianie w toku")]
    check = check_of(company, owner)
    assert words_key(step_of(check, "login")) == "100"


def test_todays_signature_is_walked_too(ksef, company, owner):
    signed = own_login(company, owner)
    check = check_of(company, owner, signed=signed)
    assert (check.ok, check.credential, check.signed_login) == (True, None, signed)
    assert step_of(check, "login")["code"] == "signed-before"
    assert "/auth/ksef-token" not in ksef.calls


def test_a_signature_that_ksef_ended_is_told(ksef, company, owner):
    ksef.failures["/auth/token/refresh"] = problem(400, code=21304)
    check = check_of(company, owner, signed=own_login(company, owner))
    assert words_key(step_of(check, "refresh")) == "local:signature-over"


def test_a_gateway_in_between_ends_no_signature(ksef, company, owner):
    ksef.failures["/auth/token/refresh"] = httpx.Response(403, text="<html>Forbidden</html>")
    signed = own_login(company, owner)
    check_of(company, owner, signed=signed)
    signed.refresh_from_db()
    assert (signed.state, signed.refresh) == (SignedLogin.State.DONE, "refresh.token")


# --- Words ------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["token", "certificate"])
@pytest.mark.parametrize("code", STATUSES)
def test_every_status_says_what_happened_and_what_to_do(ksef, company, owner, request, kind, code):
    request.getfixturevalue(kind)
    ksef.verdicts = [(code, "Opis", "Szczegół")]
    check = check_of(company, owner)
    (bad,) = [step for step in report(check) if step.kind == "bad"]
    assert words_key(step_of(check, "login")).startswith(str(code))
    assert f"({code})" in bad.text
    assert bad.how


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_a_403_has_its_own_words(ksef, company, owner, token, reason):
    ksef.failures["/sessions"] = forbidden(reason)
    check = check_of(company, owner)
    step = step_of(check, "sending")
    assert words_key(step) == f"403:{reason}"
    (shown,) = [line for line in report(check) if line.name == "sending"]
    assert shown.text
    assert shown.how


@pytest.mark.parametrize(
    ("status", "key"), [(401, "401"), (410, "410"), (400, "refused"), (429, "429")]
)
def test_other_answers_have_words(ksef, company, owner, token, status, key):
    ksef.failures["/sessions"] = problem(status)
    # A 401 is answered by one more login in other places; here it is told as it came.
    assert words_key(step_of(check_of(company, owner), "sending")) == key


DETAIL_KEYS = [
    (450, "Token unieważniony", "450:revoked"),
    (450, "Token nieaktywny", "450:inactive"),
    (450, "Token nie może być użyty w kontekście 1111111111", "450:context"),
    (450, "Nieprawidłowy czas tokena", "450:time"),
    (450, "Nieprawidłowe wyzwanie autoryzacyjne", "challenge"),
    (450, "Nieprawidłowe szyfrowanie tokena", "450:ours"),
    (450, "Nieprawidłowe kodowanie tokena", "450:ours"),
    (450, "Nieprawidłowy token", "450"),
    (460, "Nieważny certyfikat", "460:invalid"),
    (460, "Certyfikat odwołany", "460:revoked"),
    (460, "Certyfikat zawieszony", "460:suspended"),
    (460, "Niezaufany łańcuch certyfikatów", "460:chain"),
    (460, "Błąd weryfikacji łańcucha certyfikatów", "460:chain"),
    (460, "Niepoprawny certyfikat", "460"),
    (450, "Zupełnie nowe słowa KSeF", "450"),
]


@pytest.mark.parametrize(("code", "detail", "key"), DETAIL_KEYS)
def test_ksefs_explanation_chooses_better_words_and_is_never_needed(code, detail, key):
    assert words_key({"code": "login-refused", "ksef_code": code, "details": [detail]}) == key


@pytest.mark.parametrize(("code", "key"), sorted(ERROR_CODES.items()))
def test_every_error_code_has_words(code, key):
    assert key in WORDS
    assert words_key({"code": "login-refused", "ksef_code": code}).startswith(key)


def test_what_nobody_has_seen_before_has_words_too():
    assert words_key({"code": "x", "ksef_code": 999, "http": 499, "reason": "new"}) == "refused"


@pytest.mark.parametrize("key", sorted(WORDS))
def test_words_name_clicks_that_exist_in_both_languages(key):
    words = WORDS[key]
    assert all(name in CLICKS for name in words.clicks)
    assert len({text for pair in DETAILS.values() for text, _ in pair}) > 5
    assert (words.what[0] == words.what[1]) == (words.what[0] in ("", "{said}"))


@pytest.mark.parametrize("name", sorted(CLICKS))
def test_a_click_leads_to_a_page_that_exists(name):
    click = CLICKS[name]
    assert click.pair[0] != click.pair[1]
    if click.page:
        assert reverse(click.page, args=["5265877635"])


@pytest.mark.parametrize("kind", ["token", "certificate"])
@pytest.mark.parametrize("environment", ["simulator", "test"])
def test_clicks_fit_the_kind_and_the_environment(company, request, kind, environment):
    row = request.getfixturevalue(kind)
    company.environment = environment
    step = {"step": "login", "state": "failed", "code": "login-refused", "ksef_code": 415}
    check = ConnectionCheck(company=company, credential=row, steps=[step], ok=False)
    pairs = words_of_step(check, step)[1]
    text = " ".join(pl for pl, _ in pairs)
    assert ("Aplikacji Podatnika" in text) == (environment == "test")
    assert ("simulator seed" in text) == (environment == "simulator")
    assert ("Generuj token" in text) == (environment == "test" and kind == "token")


@pytest.mark.parametrize("code", [401, 410, 429, *STATUSES])
def test_the_guide_has_every_code(code):
    assert re.search(rf"^\| {code} \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("reason", REASONS)
def test_the_guide_has_every_reason(reason):
    assert f"| 403 {reason} |" in GUIDE.read_text(encoding="utf-8")


def test_what_ksef_says_is_shown_to_the_letter(ksef, company, owner, token):
    ksef.verdicts = [(480, "Uwierzytelnienie zablokowane", "Podejrzenie incydentu")]
    (bad,) = [step for step in report(check_of(company, owner)) if step.kind == "bad"]
    assert bad.said == ["KSeF podaje: Podejrzenie incydentu"]


def test_no_step_holds_a_secret(ksef, company, owner, token):
    ksef.failures["/sessions"] = forbidden("missing-permissions")
    stored = json.dumps([check_of(company, owner).steps, check_of(company, owner).findings])
    assert "refresh.token" not in stored
    assert "access." not in stored
    assert token.secret not in stored


# --- The page ---------------------------------------------------------------------------------
def page(company, query=""):
    return reverse("connection-doctor", args=[company.nip]) + query


def run(client, company, chosen):
    at = reverse("connection-doctor-run", args=[company.nip])
    return client.post(at, {"with": str(chosen)}, follow=True)


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def test_the_page_runs_the_walk_and_shows_each_step(ksef, company, owner, token, client_of):
    text = text_of(run(client_of(owner), company, token.pk))
    for title in ("Odpowiedź KSeF", "Zegar", "Odnowienie logowania", "Przeglądanie faktur"):
        assert title in text


def test_a_look_at_the_page_asks_ksef_nothing(ksef, company, owner, token, client_of):
    client_of(owner).get(page(company))
    assert ksef.calls == []


def test_the_overview_shows_only_the_way_in_and_what_went_wrong(ksef, company, owner, token):
    check = check_of(company, owner)
    assert len(short_report(check)) == 3
    assert len(report(check)) == len(STEPS)


def test_an_issuer_checks_only_the_own_certificate(
    ksef, company, owner, teammate, token, client_of
):
    crt, key = pem_files()
    own = certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=teammate,
        added_by=teammate,
    )
    client = client_of(teammate)
    assert run(client, company, token.pk).status_code == 404
    assert "Połączenie z KSeF działa." in text_of(run(client, company, own.pk))
    assert token.label not in text_of(client.get(page(company)))


def test_the_owner_does_not_try_what_nobody_agreed_to(ksef, company, owner, teammate, client_of):
    crt, key = pem_files()
    own = certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=teammate,
        added_by=teammate,
    )
    assert run(client_of(owner), company, own.pk).status_code == 404


def test_a_signature_is_run_from_the_page(ksef, company, teammate, client_of):
    own_login(company, teammate)
    text = text_of(run(client_of(teammate), company, "signature"))
    assert "podpis: Jan Kowalski" in text


def test_somebody_elses_signature_is_not_there(ksef, company, owner, teammate, client_of):
    own_login(company, teammate)
    text = text_of(run(client_of(owner), company, "signature"))
    assert "Logowanie podpisem już się skończyło" in text


@pytest.mark.parametrize("chosen", ["0", "x", "9" * 30, "-1"])
def test_a_forged_choice_finds_nothing(ksef, company, owner, token, client_of, chosen):
    assert run(client_of(owner), company, chosen).status_code == 404


def test_a_foreign_check_is_not_shown(ksef, company, owner, teammate, token, client_of):
    check = check_of(company, owner)
    text = text_of(client_of(teammate).get(page(company, f"?sprawdzenie={check.pk}")))
    assert "Wynik krok po kroku" not in text


def test_a_check_of_an_older_version_asks_to_be_repeated(company, owner, token, client_of):
    ConnectionCheck.objects.create(company=company, credential=token, ok=True)
    text = text_of(client_of(owner).get(page(company)))
    assert "Sprawdź połączenie jeszcze raz" in text


def test_who_may_not_try_the_companys_credentials_is_led_to_the_own(
    ksef, company, owner, teammate, token, client_of
):
    at = reverse("connection", args=[company.nip])
    shown = text_of(client_of(teammate).get(at))
    assert reverse("connection-check", args=[company.nip]) not in shown
    assert "Sprawdź swój certyfikat albo podpis" in shown
    assert reverse("connection-check", args=[company.nip]) in text_of(client_of(owner).get(at))


def test_the_right_to_tick_is_always_named(company, certificate):
    company.environment = "test"
    step = {"step": "login", "state": "failed", "code": "login-refused", "ksef_code": 415}
    check = ConnectionCheck(company=company, credential=certificate, steps=[step], ok=False)
    text = " ".join(pl for pl, _ in words_of_step(check, step)[1])
    assert "zaznacz „wystawianie faktur”, „przeglądanie faktur”" in text


def test_the_right_that_opens_sending_is_the_one_to_issue(ksef, company, owner, token):
    ksef.grants = [{"permissionScope": "InvoiceRead"}]
    (line,) = [line for line in report(check_of(company, owner)) if line.name == "sending"]
    assert "bez uprawnienia „wystawianie faktur”" in line.text
