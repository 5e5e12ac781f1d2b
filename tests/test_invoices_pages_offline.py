"""Pages of the offline modes: the form's foot, corrections that wait, technical corrections."""

import pytest
from django.urls import reverse

from invoices.models import Document, Draft, Submission
from offline.models import CompanyMode
from tests.form_support import boxes, draft_url, edit, fill, listed, new_url, only_document, page
from tests.offline_support import (
    FRIDAY,
    SCHEMA,
    announced,
    at,
    certified,
    correction,
    issue,
    numbered,
    refused,
    row_of,
    waiting,
)

__all__ = ["at"]
pytestmark = pytest.mark.django_db


def url(name: str, document: Document) -> str:
    return reverse(name, args=[document.company.nip, document.pk])


def buttons(response) -> list[str]:
    """Values of the buttons that issue, the main one last."""
    found = page(response).xpath("//div[@class='actions']//button[@name='action']/@value")
    return [value for value in found if value.startswith("issue")]


def foot(response) -> str:
    found = page(response).xpath("//*[@class='dock-mode']")
    return " ".join(found[0].text_content().split()) if found else ""


def said(response) -> str:
    return " ".join(page(response).text_content().replace("\xa0", " ").split())


# --- The form's foot ------------------------------------------------------------------------
def test_online_is_the_quiet_default(company, owner, client_of, at):
    at(FRIDAY)
    answer = client_of(owner).get(new_url(company))
    assert buttons(answer)[-1] == "issue:online"
    assert foot(answer) == ""


def test_offline24_switched_on_is_the_main_button_with_its_deadline(company, owner, client_of, at):
    at(FRIDAY)
    CompanyMode.objects.create(company=company, offline24_since="2026-11-20T10:00:00Z")
    answer = client_of(owner).get(new_url(company))
    assert buttons(answer)[-1] == "issue:offline24"
    assert "poniedziałek 23.11.2026, 23:59" in foot(answer)


def test_an_announced_failure_is_proposed_beside_online(company, owner, client_of, at):
    at(FRIDAY)
    announced("1", "2026-11-20 18:00")
    answer = client_of(owner).get(new_url(company))
    assert buttons(answer) == ["issue:awaria", "issue:online"]
    assert "awaria" in foot(answer)


def test_by_the_companys_rule_the_failure_is_the_main_button(company, owner, client_of, at):
    at(FRIDAY)
    announced("1", "2026-11-20 18:00")
    CompanyMode.objects.create(company=company, auto_outage=True)
    answer = client_of(owner).get(new_url(company))
    assert buttons(answer)[-1] == "issue:awaria"
    assert "po ogłoszeniu końca awarii" in foot(answer)


def test_near_midnight_the_foot_says_what_later_means(company, owner, client_of, at):
    at("2026-11-20 23:40")
    assert "106nda ust. 16" in foot(client_of(owner).get(new_url(company)))


def test_the_pressed_button_decides(company, owner, client_of, at):
    at(FRIDAY)
    certified(company, owner)
    fill(client_of(owner), company, "issue:offline24")
    assert only_document().submission.mode == "offline24"


def test_a_warning_comes_back_with_the_same_main_button(company, owner, client_of, at):
    at(FRIDAY)
    client = client_of(owner)
    answer = fill(client, company, "issue:offline24")
    assert answer.status_code == 422
    assert buttons(answer)[-1] == "issue:offline24"
    assert page(answer).xpath("//input[@name='accept']/@value") == ["APP-kod2"]
    edit(client, Draft.objects.get(), "issue:offline24", accept="APP-kod2")
    assert only_document().submission.mode == "offline24"


def test_the_seat_abroad_is_asked_and_remembered(company, owner, client_of, at):
    at(FRIDAY)
    client = client_of(owner)
    answer = fill(client, company, "issue:online", buyer_country="DE")
    assert any("siedzibę" in text for text in listed(answer))
    draft = Draft.objects.get()
    edit(client, draft, "save", buyer_without_seat="yes")
    assert boxes(client.get(draft_url(draft)))["buyer_without_seat"] == "yes"
    edit(client, draft, "issue:online")
    assert only_document().hand_over_why == "marked"


# --- Corrections that wait --------------------------------------------------------------------
def test_a_correction_offers_to_issue_itself(company, owner, client_of, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft, client = correction(company, owner, original.number), client_of(owner)
    assert "Najpierw wyślij oryginał" in said(client.get(draft_url(draft)))
    edit(client, draft, "wait")
    draft.refresh_from_db()
    assert (draft.waits_for, draft.asked_by) == (original, owner)
    assert "wystawi się sama" in said(client.get(draft_url(draft)))
    edit(client, draft, "wait-end")
    draft.refresh_from_db()
    assert draft.asked_at is None


def test_when_the_original_has_its_number_nothing_waits(company, owner, client_of, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft, client = correction(company, owner, original.number), client_of(owner)
    numbered(original)
    edit(client, draft, "wait")
    draft.refresh_from_db()
    assert draft.asked_at is None
    assert "Najpierw wyślij oryginał" not in said(client.get(draft_url(draft)))


def test_a_viewer_asks_for_nothing(company, owner, viewer, client_of, at):
    at(FRIDAY)
    draft = correction(company, owner, issue(company, owner).number)
    client_of(viewer).post(draft_url(draft), {"action": "wait"})
    draft.refresh_from_db()
    assert draft.asked_at is None


# --- Technical correction -----------------------------------------------------------------------
def test_the_page_shows_both_versions_of_what_may_differ(company, owner, client_of, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 450, SCHEMA)
    client = client_of(owner)
    answer = client.get(url("invoice-technical", old))
    assert page(answer).xpath("//input[@name='change-0']/@value") == ["szt."]
    unconfirmed = client.post(url("invoice-technical", old), {"change-0": "kpl."})
    assert unconfirmed.status_code == 422
    client.post(url("invoice-technical", old), {"change-0": "kpl.", "confirm": "1"})
    new = Document.objects.get(replaces=old)
    assert new.submission.corrected_sha256 == old.sha256


def test_after_440_the_next_free_number_is_proposed(company, owner, client_of, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 440)
    answer = client_of(owner).get(url("invoice-technical", old))
    assert page(answer).xpath("//input[@name='change-0']/@value") == ["FV/2/11/2026"]


def test_what_no_file_cures_has_no_page_but_words(company, owner, client_of, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 410, "Brak uprawnień")
    client = client_of(owner)
    assert client.get(url("invoice-technical", old)).status_code == 302
    told = said(client.get(url("invoice-detail", old)))
    assert "To sprawa uprawnień, nie pliku" in told
    assert "Popraw i wyślij ponownie" in told


def test_a_technical_draft_is_not_opened_in_the_form(company, owner, client_of, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 450)
    client = client_of(owner)
    client.post(url("invoice-technical", old), {"change-9": "x"})
    other = refused(issue(company, owner, mode="offline24"), 450)
    draft = Draft.objects.create(
        company=company,
        environment="simulator",
        content={},
        created_by=owner,
        replaces=other,
        options={"technical": True},
    )
    answer = client.get(draft_url(draft))
    assert answer.url == url("invoice-technical", other)


# --- The page of an invoice -----------------------------------------------------------------
def test_a_waiting_online_invoice_is_turned_offline_by_a_person(company, owner, client_of, at):
    at(FRIDAY)
    document = issue(company, owner)
    waiting(document)
    client = client_of(owner)
    client.post(url("invoice-offline24", document))
    assert row_of(document).mode == "online"  # without a certificate a paper could not be made
    certified(company, owner)
    client.post(url("invoice-offline24", document))
    assert row_of(document).mode == "offline24"


def test_an_invoice_outside_ksef_says_so(company, owner, client_of, at):
    at(FRIDAY)
    announced("1", "2026-11-20 18:00", category="TOTAL_FAILURE")
    document = issue(company, owner, mode="calkowita", accept=())
    told = said(client_of(owner).get(url("invoice-detail", document)))
    assert "Faktura jest ważna poza KSeF. Nie wyślemy jej." in told
    assert "106ng" in told


def test_a_correction_in_the_queue_says_what_it_follows(company, owner, client_of, at):
    at(FRIDAY)
    original, later = issue(company, owner), issue(company, owner)
    Submission.objects.filter(document=later).update(waits_for=original)
    told = said(client_of(owner).get(url("invoice-detail", later)))
    assert f"Korekta czeka na numer KSeF faktury {original.number}." in told
