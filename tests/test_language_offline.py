"""What an outage, a refusal and a lost answer bring to the pages: each told in one language."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.client import Heard, routes
from auth_ksef.contact import address_record
from auth_ksef.messages import stored
from auth_ksef.models import QuotaBlock
from auth_ksef.quota import gate
from invoices.models import Draft, KsefSession, Submission
from invoices.services import duplicates
from invoices.services.corrections import correction_wait
from invoices.services.delivery_states import attempt
from invoices.services.evidence import UNDECIDED
from invoices.services.handover import handover_record
from invoices.views.sessions import ENDED
from ksefapp.lib import clock
from tests.language_support import POLISH, without
from tests.offline_support import (
    FRIDAY,
    SCHEMA,
    announced,
    at,
    correction,
    issue,
    refused,
    row_of,
    waiting,
)
from tests.page_rights import OBJECTS
from tests.paper_support import BUYERS, certified, paper
from tests.test_language_pages import ENGLISH, browser, data_of, findings, wrong

__all__ = ["at"]
pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("language", ["pl", "en"])]
# KSeF's own words, what people wrote, and the Ministry's title of its message.
WRITTEN = {"Awaria", "żółw", SCHEMA, *(buyer["Nazwa"] for buyer in BUYERS.values())}


@pytest.fixture(autouse=True)
def _no_ksef(settings):
    settings.KSEF_SIMULATOR_URL = "http://127.0.0.1:9"


def is_wrong(owner, language: str, company, *names: tuple) -> dict:
    """What is in the other language at these addresses: (name, *arguments after the NIP)."""
    calls = [("get", reverse(name, args=[company.nip, *more])) for name, *more in names]
    found = findings(browser(owner, language), language, calls, company)
    left = {url: ours(texts, language) for url, texts in found.items()}
    return {url: texts for url, texts in left.items() if texts}


def ours(texts: list[str], language: str) -> list[str]:
    """Those that are still wrong without what others wrote."""
    foreign = POLISH if language == "en" else ENGLISH
    pairs = zip(texts, without(texts, WRITTEN), strict=True)
    return [text for text, rest in pairs if rest == text or foreign.search(rest)]


def test_every_end_of_a_session(language, company, owner):
    first = OBJECTS["session-detail"](company, owner)["pk"]
    made = KsefSession.objects.get(pk=first)
    for number, code in enumerate([*ENDED, 999, None]):
        made.pk, made.reference, made.final_code = None, f"R{number}", code
        made.total, made.accepted, made.refused = 3, 2, 1
        made.save()
    KsefSession.objects.update(uploaded_at=clock.now(), close_asked_at=clock.now())
    details = [("session-detail", pk) for pk in KsefSession.objects.values_list("pk", flat=True)]
    assert is_wrong(owner, language, company, ("session-list",), *details) == {}


@pytest.mark.parametrize("group", ["invoiceSend", "auth"])
def test_limits_in_use_and_used_up(language, group, company, owner):
    gate(company, "simulator", routes.SESSION_STATUS)(Heard(True, True, None))
    address_record("simulator", "203.0.113.7")
    QuotaBlock.objects.create(
        **{"company": company, "environment": "simulator", "group": group, "foreign": True},
        **{"seen_at": clock.now(), "until": clock.now() + timedelta(minutes=7)},
    )
    assert is_wrong(owner, language, company, ("connection-quota",)) == {}


@pytest.mark.parametrize("with_key", [True, False])
@pytest.mark.parametrize("buyer", BUYERS)
@pytest.mark.parametrize("mode", Submission.Mode.values)
def test_papers_for_every_buyer_in_every_mode(language, mode, buyer, with_key, company, owner):
    if with_key:
        certified(company, owner)
    document = paper(company, owner, mode=mode, buyer=buyer)
    pages = [("invoice-detail", document.pk), ("handover-list",), ("invoice-list",)]
    assert is_wrong(owner, language, company, *pages) == {}


def test_what_a_buyer_got_and_what_did_not_leave(language, company, owner):
    certified(company, owner)
    document = paper(company, owner, mode="calkowita", buyer="consumer")
    handover_record(document=document, by=owner, what="invoice", how="other", to="Jan Kowalski")
    no = stored(("nie doszło", "it did not arrive"))
    document.mails.create(what="invoice", to="a@example.com", failed_at=clock.now(), last_text=no)
    document.mails.create(what="confirm", to="b@example.com")
    assert is_wrong(owner, language, company, ("invoice-detail", document.pk)) == {}


@pytest.mark.parametrize(("code", "text"), [(450, SCHEMA), (440, "Duplikat faktury"), (430, "x")])
def test_a_refused_offline_invoice_and_its_correction(language, code, text, company, owner):
    document = refused(issue(company, owner, mode="offline24"), code, stored((text, text)))
    pages = [("invoice-detail", document.pk), ("invoice-technical", document.pk)]
    assert is_wrong(owner, language, company, *pages) == {}
    url = reverse("invoice-technical", args=[company.nip, document.pk])
    answer = browser(owner, language).post(url, {"change-0": "żółw"}, follow=True)
    assert ours(wrong(answer.content.decode(), language, data_of(company)), language) == []


@pytest.mark.parametrize("verdict", ["same-sale", "other", "unreadable"])
def test_another_document_under_our_number(language, verdict, company, owner):
    document = refused(issue(company, owner), 440, stored(("Duplikat", "Duplicate")))
    shown = {"issued_on": "2026-11-20", "buyer": "Oak", "gross": "7.00", "currency": "PLN"}
    line = {"name": "Oak", "quantity": "1", "amount": "7.00", "rate": "zw"}
    shown |= {"lines": [line], "more_lines": 3, "made": "2026-11-20T10:00:00Z"}
    facts = {"original": {"verdict": verdict, "shown": {} if verdict == "unreadable" else shown}}
    facts["original_ksef_number"] = f"{company.nip}-20261120-0123456789AB-CD"
    Submission.objects.filter(document=document).update(facts=facts)
    assert verdict in {duplicates.SAME_SALE, duplicates.OTHER, duplicates.UNREADABLE}
    assert is_wrong(owner, language, company, ("invoice-detail", document.pk)) == {}


@pytest.mark.parametrize("code", [None, UNDECIDED])
@pytest.mark.parametrize("in_sales", [True, False])
def test_where_an_unknown_invoice_is_looked_for(language, in_sales, code, company, owner):
    document = issue(company, owner)
    row = row_of(document)
    steps = [("send", "leaving"), ("send", "unknown"), ("status", "hidden"), ("status", "unknown")]
    steps += [("reconcile", how) for how in ("pending", "hidden", "unseen", "undecided", "later")]
    for step, outcome in steps:
        attempt(row, step, outcome)
    soon = clock.now() + timedelta(minutes=2)
    facts = {"metadata_after": soon.isoformat()} if in_sales else {}
    Submission.objects.update(state="unknown", last_code=code, not_before=soon, facts=facts)
    assert is_wrong(owner, language, company, ("invoice-detail", document.pk)) == {}


@pytest.mark.parametrize("asked", ["no", "yes", "in vain"])
def test_a_correction_that_waits(language, asked, company, owner):
    original = issue(company, owner, mode="offline24")
    draft = correction(company, owner, original.number)
    if asked != "no":
        correction_wait(draft=draft, user=owner)
    if asked == "in vain":
        no = stored(("zdanie po polsku: żółć", "a clause of its own"))
        Draft.objects.filter(pk=draft.pk).update(asked_at=None, wait_problem=no)
    pages = [("invoice-draft", draft.pk), ("invoice-list",), ("invoice-detail", original.pk)]
    assert is_wrong(owner, language, company, *pages) == {}


@pytest.mark.parametrize("category", ["FAILURE", "MAINTENANCE", "TOTAL_FAILURE"])
@pytest.mark.parametrize("end", [None, "2026-11-20 20:00"])
def test_an_announcement_from_its_first_hour_to_after_the_deadline(
    language, category, end, company, owner, at
):
    at(FRIDAY)
    announced("1", "2026-11-20 18:00", category=category)
    mode = {"FAILURE": "awaria", "MAINTENANCE": "niedost", "TOTAL_FAILURE": "calkowita"}[category]
    document = issue(company, owner, mode=mode)
    if mode != "calkowita":
        waiting(document)
    pages = [("invoice-detail", document.pk), ("invoice-list",), ("journal",), ("invoice-new",)]
    assert is_wrong(owner, language, company, *pages, ("notice-list",)) == {}
    announced("1", "2026-11-20 18:00", end, category)
    for day in ("2026-11-20 21:00", "2026-11-23 23:30", "2026-12-20 10:00"):
        at(day)
        assert is_wrong(owner, language, company, *pages) == {}


FILLED = [
    ("mail-settings", {"host": "żółw", "port": "0", "sender": "a", "text": "{x}"}),
    ("mail-settings", {"host": "a.example", "port": "25", "security": "none", "username": "a"}),
    ("mail-try", {}),
    ("handover-mark", {}),
    ("journal-rules", {"auto_offline24_minutes": "0"}),
    ("journal-overrule", {"why": "", "until": "x"}),
    ("journal-offline24", {"why": "x" * 500}),
    ("journal-offline24", {"why": "żółw"}),
    ("journal-outage-new", {"category": "x", "start": "jutro", "link": "ftp://a"}),
]


@pytest.mark.parametrize(("name", "data"), FILLED)
def test_what_a_form_answers(language, name, data, company, owner):
    url = reverse(name, args=[company.nip])
    page = browser(owner, language).post(url, data, follow=True).content.decode()
    assert ours(wrong(page, language, data_of(company)), language) == []
