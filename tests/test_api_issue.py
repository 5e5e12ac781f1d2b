"""Issuing over the API."""

from datetime import timedelta

import pytest

from invoices.models import Document, Draft, Submission
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from tests.api_support import API, code_of, content, draft_made, post_json
from tests.cast import program_of
from tests.offline_support import FRIDAY, at

__all__ = ["at"]


@pytest.fixture
def program(teammate, company):
    return program_of(teammate, company)


@pytest.fixture
def draft(company, owner) -> Draft:
    return draft_made(company, owner)


def test_a_draft_becomes_a_document(program, draft, teammate):
    response = post_json(program, f"drafts/{draft.pk}/issue/", {"mode": "online", "accept": []})
    assert response.status_code == 201
    made, document = response.json(), Document.objects.get()
    assert made["id"] == str(document.pk)
    assert made["sha256"] == document.sha256
    assert made["number"] == document.number
    assert (made["mode"], made["delivery"]["state"]) == ("online", "queued")
    assert made["ksef_number"] is None
    assert made["issued_on"] == clock.today().isoformat()
    assert made["gross"] == "123.00"
    assert document.issued_by == teammate


def test_an_empty_body_issues_online(program, draft):
    response = program.generic("POST", f"{API}/drafts/{draft.pk}/issue/")
    assert response.status_code == 201
    assert program.get(response["Location"]).json() == response.json()


def test_a_given_number_is_used_as_it_is(program, company, owner):
    draft = draft_made(company, owner, Fa__P_2="SKLEP/0007")
    number = post_json(program, f"drafts/{draft.pk}/issue/").json()["number"]
    assert number == "SKLEP/0007"


def test_blocking_problems_are_listed(program, company, owner):
    draft = draft_made(company, owner, Fa__KodWaluty="złoty")
    response = post_json(program, f"drafts/{draft.pk}/issue/")
    assert response.status_code == 422
    assert code_of(response) == "not_issued"
    assert "Fa/KodWaluty" in {p["path"] for p in response.json()["error"]["problems"]}
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    "tree",
    [{}, {"Fa": {}}, {"Podmiot1": {}}, {"Fa": {"RodzajFaktury": "VAT", "P_1": "dziś"}}],
    ids=str,
)
def test_an_unfinished_draft_is_422(tree, program, company, owner):
    draft = draft_made(company, owner)
    Draft.objects.update(content=tree)
    assert post_json(program, f"drafts/{draft.pk}/issue/").status_code == 422


def test_blanks_around_are_read_as_the_schema_reads_them(program, company, owner):
    day = f"\n {clock.today().isoformat()} "
    draft = draft_made(company, owner, Fa__P_1=day, Fa__RodzajFaktury=" VAT\t")
    response = post_json(program, f"drafts/{draft.pk}/issue/")
    assert response.status_code == 201
    assert response.json()["kind"] == "VAT"
    assert response.json()["issued_on"] == clock.today().isoformat()


def test_another_company_as_seller_is_refused(program, company, owner):
    draft = draft_made(company, owner, Podmiot1__DaneIdentyfikacyjne__NIP="9542742932")
    response = post_json(program, f"drafts/{draft.pk}/issue/")
    assert "APP-seller" in {p["rule"] for p in response.json()["error"]["problems"]}


def test_a_second_issue_names_the_document(program, draft, owner):
    document = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    response = post_json(program, f"drafts/{draft.pk}/issue/")
    assert response.status_code == 409
    assert code_of(response) == "already_issued"
    named = {"id": str(document.pk), "number": document.number}
    assert response.json()["error"]["document"] == named


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "offline"}, "mode"),
        ({"mode": None}, "mode"),
        ({"accept": "DT-02"}, "accept"),
        ({"accept": [1]}, "accept"),
        ({"accept": ["x" * 51]}, "accept"),
        ({"accept": ["x"] * 51}, "accept"),
        ({"accepts": []}, "accepts"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(body, field, program, draft):
    response = post_json(program, f"drafts/{draft.pk}/issue/", body)
    assert response.status_code == 400
    assert field in response.json()["error"]["fields"]


def test_a_stale_version_is_not_issued(program, draft):
    response = post_json(program, f"drafts/{draft.pk}/issue/", {}, **{"If-Match": '"2"'})
    assert response.status_code == 412
    assert not Document.objects.exists()


@pytest.fixture
def backdated(company, owner) -> Draft:
    yesterday = clock.today() - timedelta(days=1)
    return draft_made(company, owner, Fa__P_1=yesterday.isoformat())


def test_a_date_before_today_is_refused_by_name(program, backdated):
    response = post_json(program, f"drafts/{backdated.pk}/issue/")
    assert response.status_code == 422
    assert "DT-02" in {p["rule"] for p in response.json()["error"]["problems"]}


def test_a_date_before_today_that_is_accepted_becomes_offline24(program, backdated):
    response = post_json(program, f"drafts/{backdated.pk}/issue/", {"accept": ["DT-02"]})
    assert response.status_code == 201
    assert response.json()["mode"] == "offline24"
    assert response.json()["delivery"]["deadline_on"]


def test_a_date_in_the_future_cannot_be_accepted(program, company, owner):
    tomorrow = clock.today() + timedelta(days=1)
    draft = draft_made(company, owner, Fa__P_1=tomorrow.isoformat())
    body = {"accept": ["DT-01", "DT-02"]}
    assert post_json(program, f"drafts/{draft.pk}/issue/", body).status_code == 422


def test_a_number_that_is_taken_is_422(program, company, owner):
    for expected in (201, 422):
        draft = draft_made(company, owner, Fa__P_2="FV/9")
        assert post_json(program, f"drafts/{draft.pk}/issue/").status_code == expected


def test_a_draft_of_another_environment_is_not_issued(program, draft, company):
    Draft.objects.update(environment="test")
    response = post_json(program, f"drafts/{draft.pk}/issue/")
    assert "APP-environment" in {p["rule"] for p in response.json()["error"]["problems"]}


def test_a_viewer_may_not_issue(viewer, company, draft):
    response = post_json(program_of(viewer, company), f"drafts/{draft.pk}/issue/")
    assert response.status_code == 403
    assert code_of(response) == "forbidden"
    assert not Submission.objects.exists()


def test_a_stranger_does_not_learn_of_the_draft(stranger, other_company, draft):
    response = post_json(program_of(stranger, other_company), f"drafts/{draft.pk}/issue/")
    assert response.status_code == 404


def test_what_was_sent_as_a_file_is_issued_with_its_totals(program, company):
    body = {"content": content(Fa__P_2="FV/8")}
    made = post_json(program, f"companies/{company.nip}/drafts/", body).json()
    assert [p for p in made["problems"] if p["severity"] == "block"] == []
    assert post_json(program, f"drafts/{made['id']}/issue/").json()["number"] == "FV/8"


# --- Modes and deadlines --------------------------------------------------------------------
def test_offline24_is_issued_with_its_deadline_and_its_law(program, company, owner, at):
    at(FRIDAY)
    draft = draft_made(company, owner)
    body = {"mode": "offline24", "accept": ["APP-kod2"]}
    made = post_json(program, f"drafts/{draft.pk}/issue/", body).json()
    assert made["mode"] == "offline24"
    delivery = made["delivery"]
    assert (delivery["deadline_on"], delivery["deadline_open"]) == ("2026-11-23", False)
    assert "106nda" in delivery["deadline_basis"]
    assert delivery["late"] is False


def test_a_missing_certificate_is_told_as_a_warning_to_accept(program, draft):
    response = post_json(program, f"drafts/{draft.pk}/issue/", {"mode": "offline24"})
    assert response.status_code == 422
    problems = response.json()["error"]["problems"]
    assert [(p["rule"], p["severity"]) for p in problems] == [("APP-kod2", "warn")]


def test_an_outage_that_nobody_announced_is_no_mode(program, draft):
    response = post_json(program, f"drafts/{draft.pk}/issue/", {"mode": "awaria"})
    assert "APP-mode" in {p["rule"] for p in response.json()["error"]["problems"]}


def test_an_unknown_mode_is_400(program, draft):
    response = post_json(program, f"drafts/{draft.pk}/issue/", {"mode": "tryb"})
    assert response.status_code == 400


def test_where_the_buyer_sits_is_answered_in_the_drafts_options(program, company):
    tree = content()
    tree["Podmiot2"]["Adres"] = {"KodKraju": "DE", "AdresL1": "Hauptstr. 1, Berlin"}
    asked = post_json(program, f"companies/{company.nip}/drafts/", {"content": tree}).json()
    assert "APP-seat" in {p["rule"] for p in asked["problems"]}
    body = {"content": tree, "options": {"buyer_without_seat": "yes"}}
    answered = post_json(program, f"companies/{company.nip}/drafts/", body).json()
    assert "APP-seat" not in {p["rule"] for p in answered["problems"]}
    made = post_json(program, f"drafts/{answered['id']}/issue/", {"mode": "online"}).json()
    assert made["hand_over_why"] == "marked"


@pytest.mark.parametrize("options", [{"x": 1}, {"buyer_without_seat": "może"}, "yes", []])
def test_other_options_are_400(program, company, options):
    body = {"content": content(), "options": options}
    response = post_json(program, f"companies/{company.nip}/drafts/", body)
    assert response.status_code == 400


def test_what_waits_online_is_taken_back(program, draft):
    made = post_json(program, f"drafts/{draft.pk}/issue/", {"mode": "online"}).json()
    Submission.objects.update(state="waiting")
    response = post_json(program, f"documents/{made['id']}/take-back/")
    assert response.status_code == 201
    assert Document.objects.get().withdrawn_at
    assert Draft.objects.get(pk=response.json()["id"]).replaces_id == Document.objects.get().pk


@pytest.mark.parametrize("state", ["sent", "unknown", "accepted", "claimed"])
def test_what_left_is_not_taken_back(program, draft, state):
    made = post_json(program, f"drafts/{draft.pk}/issue/", {"mode": "online"}).json()
    Submission.objects.update(state=state)
    response = post_json(program, f"documents/{made['id']}/take-back/")
    assert (response.status_code, code_of(response)) == (409, "not_waiting")


def test_a_refused_offline_invoice_is_corrected_technically(program, company, owner, at):
    at(FRIDAY)
    draft = draft_made(company, owner)
    body = {"mode": "offline24", "accept": ["APP-kod2"]}
    made = post_json(program, f"drafts/{draft.pk}/issue/", body).json()
    Submission.objects.update(state="refused", last_code=430)
    again = post_json(program, f"documents/{made['id']}/technical-correction/").json()
    new = post_json(program, f"drafts/{again['id']}/issue/").json()
    assert new["replaces"] == made["id"]
    assert Submission.objects.get(document=new["id"]).corrected_sha256 == made["sha256"]


def test_an_online_refusal_has_no_technical_correction(program, draft):
    made = post_json(program, f"drafts/{draft.pk}/issue/", {"mode": "online"}).json()
    Submission.objects.update(state="refused", last_code=430)
    response = post_json(program, f"documents/{made['id']}/technical-correction/")
    assert (response.status_code, code_of(response)) == (409, "not_technical")
