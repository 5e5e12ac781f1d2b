"""Every page in both languages: nothing Polish in English, nothing English in Polish."""

import re
from functools import cache
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from auth_ksef.credentials import token_add
from auth_ksef.messages import BETWEEN, stored
from invoices.fa3 import parse
from invoices.models import Attempt, Document, Draft, Submission
from invoices.services.delivery_states import attempt
from ksefapp.accounts.invitations import invitation_create
from ksefapp.lib import clock
from tests.cast import logged_in
from tests.invoice_support import issued, work
from tests.language_support import (
    CURRENCY,
    POLISH,
    TAXPAYER_APP,
    entries,
    leaves,
    page_texts,
    without,
)
from tests.page_rights import OPEN, PAGE_RIGHTS, PERSONAL, document_made
from tests.test_accounts_gates import address, names_in

# The specimen shows invented data and is there for development only.
SPECIMEN = "ui:components"
PAGES = sorted(name for name in PAGE_RIGHTS if not name.startswith("api-"))
ALONE = sorted(name for name in PERSONAL | OPEN - {SPECIMEN} if not name.startswith("api-"))
ENGLISH = re.compile(
    r"\b(save|cancel|sign (in|out|up)|log (in|out)|password|submit|back|next|previous|delete|"
    r"remove|add|invoices?|draft|company|yes|error|required|field|this|the|your|you)\b",
    re.IGNORECASE,
)
TOKEN = "20261121-EC-0000000000-0000000000-00|nip-{nip}|" + "a" * 64
# Names that stay as they are: our own parts, file formats, and words that Polish has borrowed.
NAMES = {"offline24", "Token", "token", "Symulator", "Offline", "offline", "online", "API"}


@pytest.fixture(autouse=True)
def _no_ksef(settings):
    settings.KSEF_SIMULATOR_URL = "http://127.0.0.1:9"


@cache
def translated() -> tuple[set[str], set[str]]:
    """Texts that are only Polish, and texts that are only English."""
    polish = {" ".join(entry.polish.split()) for entry in entries()}
    english = {" ".join(entry.english.split()) for entry in entries()}
    return polish - english, english - polish


def browser(user, language: str) -> Client:
    client = logged_in(user) if user else Client()
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    return client


def foreign_addresses() -> list[str]:
    """Addresses of allauth that need no arguments."""
    names = (n for n in names_in(get_resolver().url_patterns) if n.startswith(("account_", "mfa_")))
    found = []
    for name in names:
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return found


def data_of(company) -> set[str]:
    """What people wrote: it is in no language of ours."""
    trees = [draft.content for draft in Draft.objects.filter(company=company)]
    rows = Document.objects.filter(company=company).select_related("file")
    trees += [parse(bytes(row.file.content)) for row in rows]
    people = [member.user for member in company.memberships.select_related("user")]
    written = {str(value) for value in vars(company).values() if isinstance(value, str)}
    written |= {text for user in people for text in (user.full_name, user.email)}
    # A text with one half only is KSeF's own.
    rows = Attempt.objects.exclude(text__contains=BETWEEN).values_list("text", flat=True)
    written |= set(rows)
    return {text for text in written | leaves(trees) if POLISH.search(text)}


def wrong(content: str, language: str, data: set[str]) -> list[str]:
    """Texts of a page that are in the other language."""
    texts = page_texts(content, language)
    only_polish, only_english = translated()
    if language == "pl":
        return [t for t in texts if t in only_english - NAMES or ENGLISH.search(t)]
    rest = without(texts, data | {CURRENCY, *TAXPAYER_APP})
    return [t for t, left in zip(texts, rest, strict=True) if POLISH.search(left)] + [
        text for text in texts if text in only_polish - data
    ]


def said(client, method: str, url: str) -> str:
    """The page at an address, after its redirects; nothing where it answers with a file."""
    answer = getattr(client, method)(url, follow=True)
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    # A fragment may have nothing to say.
    return answer.content.decode().strip() if is_page else ""


def findings(client, language: str, calls: list[tuple[str, str]], company) -> dict:
    """Address to the texts that are wrong there."""
    found, data = {}, data_of(company)
    for method, url in calls:
        content = said(client, method, url)
        if content and (texts := wrong(content, language, data)):
            found[f"{method} {url}"] = texts
    return found


def test_the_other_language_would_be_noticed(client):
    url = reverse("account_login")
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Password" in wrong(said(client, "get", url), "pl", set())
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "pl"
    assert "Hasło" in wrong(said(client, "get", url), "en", set())


def calls_of_company(company, owner) -> list[tuple[str, str]]:
    """Every page and every form of a company; a form is sent empty, so it answers with errors."""
    split = [(call.partition(" ")[2] or "get", call) for call in PAGES]
    return [(method, address(call, company, owner)) for method, call in split]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_pages_of_a_company_speak_one_language(language, company, owner):
    token_add(
        company=company,
        token=f"20261121-EC-0000000000-0000000000-00|nip-{company.nip}|{'a' * 64}",
        added_by=owner,
    )
    calls = calls_of_company(company, owner)
    assert findings(browser(owner, language), language, calls, company) == {}


def just_logged_in(user, password: str, language: str) -> Client:
    """A browser whose person typed the password a moment ago: nothing is asked again."""
    client = browser(None, language)
    client.post(reverse("account_login"), {"login": user.email, "password": password})
    return client


def calls_of_person() -> list[tuple[str, str]]:
    """Every page and every empty form of one's own account."""
    calls = [("get", reverse(n) if n != "invitation" else "/zaproszenie/x/") for n in ALONE]
    calls += [("post", reverse(n)) for n in ("company-new", "profile", "account-close")]
    calls += [(method, url) for url in foreign_addresses() for method in ("get", "post")]
    return [(method, url) for method, url in calls if "logout" not in url or method == "get"]


FILLED = [
    ("member-list", {"email": "nowa@example.com", "role": "viewer"}),
    ("member-list", {"email": "x", "role": "x"}),
    ("api-key-list", {"name": "shop", "companies": ["1"]}),
    ("company-settings", {"name": "Oak", "address_l1": "x", "bank_account": "1", "krs": "1"}),
    ("invoice-series", {"kind": "VAT", "VAT-pattern": "x", "VAT-reset": "year"}),
    ("environment", {"environment": "test"}),
    ("environment-production", {"nip": "1"}),
    ("connection-add", {"kind": "token", "token": "x", "owner": "company"}),
    ("connection-add", {"kind": "certificate", "owner": "mine"}),
    ("invoice-new", {"action": "issue", "lines": "1", "line-0-name": "Oak", "issued_on": "x"}),
    ("invoice-new", {"action": "save", "lines": "1", "line-0-price": "x", "due_on": "x"}),
]


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize(("name", "data"), FILLED)
def test_answers_to_filled_forms_speak_one_language(name, data, language, company, owner):
    client = browser(owner, language)
    answer = client.post(reverse(name, args=[company.nip]), data, follow=True)
    assert wrong(answer.content.decode(), language, data_of(company)) == []


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("content", [b"<a", b"<a/>", b"\xef\xbb\xbf<a/>", b"<!DOCTYPE a><a/>"])
def test_refused_files_are_explained_in_one_language(content, language, company, owner):
    client = browser(owner, language)
    data = {"file": SimpleUploadedFile("a.xml", content)}
    answer = client.post(reverse("invoice-import", args=[company.nip]), data)
    assert wrong(answer.content.decode(), language, set()) == []


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_way_in_by_invitation_speaks_one_language(language, company, owner):
    _, link = invitation_create(
        company=company, email="nowa@example.com", role="viewer", invited_by=owner
    )
    calls = [("get", urlsplit(link).path)]
    calls += [(method, reverse("account_signup")) for method in ("get", "post")]
    assert findings(browser(None, language), language, calls, company) == {}


@pytest.mark.parametrize("language", ["pl", "en"])
def test_pages_of_a_person_speak_one_language(language, company, owner):
    client = just_logged_in(owner, "hasło-ola-12", language)
    assert findings(client, language, calls_of_person(), company) == {}


@pytest.mark.parametrize("language", ["pl", "en"])
def test_pages_of_a_second_factor_speak_one_language(language, company, owner):
    client = just_logged_in(owner, "hasło-ola-12", language)
    TOTP.activate(owner, generate_totp_secret())
    RecoveryCodes.activate(owner)
    assert findings(client, language, calls_of_person(), company) == {}


@pytest.mark.parametrize("language", ["pl", "en"])
def test_pages_before_login_speak_one_language(language, company):
    calls = [(method, url) for url in foreign_addresses() for method in ("get", "post")]
    calls += [("get", "/nie-ma/"), ("get", "/konto/password/reset/key/1-abc/")]
    assert findings(browser(None, language), language, calls, company) == {}


@pytest.mark.parametrize("language", ["pl", "en"])
def test_what_ksef_answered_is_told_in_one_language(language, connected, owner):
    document = issued(connected, owner)
    work()
    nip = connected.nip
    calls = [("post", reverse("connection-check", args=[nip]))]
    calls += [("get", reverse("invoice-detail", args=[nip, document.pk]))]
    calls += [("get", reverse(n, args=[nip])) for n in ("invoice-list", "connection", "audit-list")]
    assert findings(browser(owner, language), language, calls, connected) == {}
    document.refresh_from_db()
    assert document.ksef_number


def document_in(state: str, company, owner) -> Document:
    """A document in this state of delivery, with a history and a reason in two languages."""
    document = document_made(company, owner)
    why = stored(("zdanie po polsku: żółć", "a clause of its own"))
    for step, outcome in [("send", "unknown"), ("login", "later"), ("mode", "offline24")]:
        attempt(document.submission, step, outcome, text=why)
    now = clock.now()
    Submission.objects.update(
        state=state, last_text=why, not_before=now, mode="offline24", deadline_on=clock.today()
    )
    if state == "accepted":
        number = f"{company.nip}-20261121-0123456789AB-CD"
        Document.objects.update(ksef_number=number, ksef_number_at=now)
    return document


@pytest.mark.parametrize("state", Submission.State.values)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_state_of_an_invoice_speaks_one_language(language, state, company, owner):
    document = document_in(state, company, owner)
    shown = [("invoice-detail", [document.pk]), ("invoice-list", [])]
    calls = [("get", reverse(name, args=[company.nip, *more])) for name, more in shown]
    assert findings(browser(owner, language), language, calls, company) == {}
