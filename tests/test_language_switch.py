"""The switch of languages: Polish until a person chooses, then what was chosen."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from auth_ksef.client import KsefLater, KsefRefused, KsefUnknown
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.messages import stored, told
from invoices.fa3.problems import Problem
from ksefapp.ui import formats
from tests.cast import logged_in, program_of

LOGIN = "/konto/login/"


@pytest.fixture
def mail(settings):
    """A mail server is set; the messages stay here."""
    settings.EMAIL_HOST = "mail.example.com"


def choose(client, language: str, back: str = LOGIN):
    return client.post(reverse("ui:language"), {"language": language, "next": back})


def test_polish_is_spoken_whatever_the_browser_prefers(client):
    answer = client.get(LOGIN, headers={"accept-language": "en-GB,en;q=0.9,de"})
    assert answer.headers["Content-Language"] == "pl"
    assert "Zaloguj się" in answer.content.decode()


def test_the_switch_leads_back_to_the_page_it_stands_on(client):
    assert choose(client, "en", "/konto/login/?next=/firmy/").url == "/konto/login/?next=/firmy/"


def test_the_choice_is_kept_in_a_cookie(client):
    choose(client, "en")
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    answer = client.get(LOGIN)
    assert answer.headers["Content-Language"] == "en"
    assert '<html lang="en"' in answer.content.decode()
    assert "Log in" in answer.content.decode()


def test_the_choice_outlives_the_login_and_the_logout(client, owner):
    choose(client, "en")
    client.post(LOGIN, {"login": owner.email, "password": "hasło-ola-12"})
    assert "Your companies" in client.get("/firmy/").content.decode()
    client.post(reverse("account_logout"))
    assert "Log in" in client.get(LOGIN).content.decode()


def test_one_can_go_back_to_polish(client):
    choose(client, "en")
    choose(client, "pl")
    assert client.get(LOGIN).headers["Content-Language"] == "pl"


@pytest.mark.parametrize("chosen", ["de", "", "xx-yy", '"><script>'])
def test_a_cookie_with_anything_else_means_polish(client, chosen):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = chosen
    assert client.get(LOGIN).headers["Content-Language"] == "pl"


def test_the_switch_never_leads_elsewhere(client):
    assert choose(client, "en", "https://example.com/").url == "/"


def test_both_languages_have_the_switch_to_the_other(client):
    assert 'lang="en">English</button>' in client.get(LOGIN).content.decode()
    choose(client, "en")
    assert 'lang="pl">Polski</button>' in client.get(LOGIN).content.decode()


def test_caches_on_the_way_keep_the_languages_apart(client):
    assert "Cookie" in client.get(LOGIN).headers["Vary"]


def test_errors_of_foreign_forms_speak_the_chosen_language(client, db):
    wrong = {"login": "nikt@example.com", "password": "x"}
    assert "są niepoprawne" in client.post(LOGIN, wrong).content.decode()
    choose(client, "en")
    assert "not correct" in client.post(LOGIN, wrong).content.decode()


def test_a_program_asks_for_its_language_by_header(company, owner):
    program = program_of(owner, company)
    url = reverse("api-companies")
    assert program.get(url).headers["Content-Language"] == "pl"
    asked = program.get(url, headers={"accept-language": "en"})
    assert asked.headers["Content-Language"] == "en"


def test_messages_with_both_languages_follow_the_choice(company, owner):
    browser = logged_in(owner)
    url = reverse("invoice-import", args=[company.nip])
    choose(browser, "en")
    assert "Choose the invoice" in browser.post(url).content.decode()
    choose(browser, "pl")
    assert "Wybierz plik XML" in browser.post(url).content.decode()


def test_a_problem_speaks_polish_unless_english_is_asked():
    problem = Problem("Fa/P_1", "X", "block", "po polsku", "in English")
    assert [problem.message(code) for code in ("pl", "en", "en-gb", "de")] == [
        "po polsku",
        "in English",
        "in English",
        "po polsku",
    ]


# --- What workers write down ----------------------------------------------------------------
def test_a_stored_sentence_is_read_in_the_active_language():
    text = stored(("nie działa", "does not work"))
    assert told(text) == told(text, "de") == "nie działa"
    with translation.override("en"):
        assert told(text) == "does not work"


def test_what_only_one_side_said_is_the_same_in_both():
    assert told("Błąd weryfikacji", "en") == told("Błąd weryfikacji", "pl") == "Błąd weryfikacji"


def test_a_long_pair_fits_its_column_and_keeps_both_parts():
    text = stored(("ż" * 3000, "z" * 3000))
    assert len(text) <= 1000
    assert set(told(text, "pl")) == {"ż"}
    assert set(told(text, "en")) == {"z"}


@pytest.mark.parametrize(
    ("error", "polish", "english"),
    [
        (KsefLater("a: no connection"), "nie mamy teraz połączenia", "cannot be reached"),
        (KsefUnknown("a: no answer"), "nie odpowiedział", "did not answer"),
        (KsefLater("a: x", http_status=429), "ogranicza", "limiting"),
        (KsefLater("a: x, HTTP 503", http_status=503), "HTTP 503", "HTTP 503"),
        (NoCredential("none", environment="TEST"), "nie jest połączona", "not connected"),
    ],
)
def test_a_failed_call_has_words_in_both_languages(error, polish, english):
    pair = words_of(error)
    assert polish in pair[0]
    assert english in pair[1]


def test_ksefs_own_refusal_keeps_ksefs_words_without_our_name_of_the_call():
    error = KsefRefused("send: Błąd", operation="send", http_status=400, details=("szczegół",))
    assert words_of(error) == ("Błąd; szczegół", "Błąd; szczegół")


# --- Numbers and dates ----------------------------------------------------------------------
def test_amounts_and_dates_are_written_alike_in_both_languages():
    with translation.override("en"):
        assert formats.money(Decimal("1234.5")) == "1\u00a0234,50\u00a0zł"
        assert formats.date_pl("2026-11-03") == "3.11.2026"


def test_weekdays_and_counted_words_follow_the_language():
    assert formats.weekday_date("2026-11-23") == "poniedziałek\u00a023.11.2026"
    with translation.override("en"):
        assert formats.weekday_date("2026-11-23") == "Monday\u00a023.11.2026"
        assert formats.plural(1, translation.gettext("błąd,błędy,błędów")) == "1\u00a0error"
        assert formats.plural(22, translation.gettext("błąd,błędy,błędów")) == "22\u00a0errors"


# --- Mail -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "words"), [("pl", "zaprasza Cię do firmy"), ("en", "invites you to")]
)
def test_an_invitation_is_written_in_the_language_of_who_invites(
    language, words, company, owner, mail, mailoutbox, django_capture_on_commit_callbacks
):
    browser = logged_in(owner)
    choose(browser, language)
    with django_capture_on_commit_callbacks(execute=True):
        invited = {"email": "nowa@example.com", "role": "viewer"}
        browser.post(reverse("member-list", args=[company.nip]), invited)
    assert words in mailoutbox[0].body


@pytest.mark.parametrize(("language", "words"), [("pl", "hasł"), ("en", "password reset")])
def test_a_reset_is_written_in_the_chosen_language(
    language, words, client, owner, mail, mailoutbox
):
    choose(client, language)
    client.post(reverse("account_reset_password"), {"email": owner.email})
    assert words in mailoutbox[0].body
