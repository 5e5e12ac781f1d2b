"""Duplicates and recurring invoices over the API."""

from datetime import date

import pytest

from invoices.models import Draft, Recurring
from invoices.services.recurring_run import recurring_run
from tests.api_support import API, code_of, content, document_made, draft_made, post_json, put_json
from tests.cast import program_of
from tests.offline_support import at
from tests.recurring_support import template

__all__ = ["at"]
pytestmark = pytest.mark.django_db
MONTHLY = {"name": "Czynsz", "unit": "month", "starts_on": "2026-12-31", "day": 31}


@pytest.fixture
def templates(company) -> str:
    """The address of the company's templates."""
    return f"companies/{company.nip}/recurring/"


def made(program, templates, **changes):
    return post_json(program, templates, MONTHLY | {"content": content()} | changes)


def test_a_document_is_copied(program, company, owner):
    document = document_made(company, owner)
    answer = post_json(program, f"documents/{document.pk}/copy/")
    assert answer.status_code == 201
    draft = Draft.objects.get(issued_as=None)
    assert answer["Location"] == f"{API}/drafts/{draft.pk}/"
    assert "P_2" not in draft.content["Fa"]


def test_a_draft_is_copied_once_for_its_key(program, company, owner):
    draft = draft_made(company, owner)
    for _ in range(2):
        post_json(program, f"drafts/{draft.pk}/copy/", key="raz")
    assert Draft.objects.count() == 2


def test_a_correction_is_not_copied(program, company, owner):
    draft = draft_made(company, owner, Fa__RodzajFaktury="KOR")
    answer = post_json(program, f"drafts/{draft.pk}/copy/")
    assert (answer.status_code, code_of(answer)) == (409, "cannot_copy")


def test_a_template_is_made_of_a_tree(program, templates):
    answer = made(program, templates)
    assert answer.status_code == 201
    row = Recurring.objects.get()
    assert answer["Location"] == f"{API}/{templates}{row.pk}/"
    assert answer.json()["next_dates"][:3] == ["2026-12-31", "2027-01-31", "2027-02-28"]


@pytest.mark.parametrize("source", ["document", "draft"])
def test_a_template_is_made_of_a_row(program, templates, company, owner, source):
    make = {"document": document_made, "draft": draft_made}[source]
    row = make(company, owner)
    answer = post_json(program, templates, MONTHLY | {source: str(row.pk)})
    assert answer.status_code == 201
    assert "P_2" not in answer.json()["content"]["Fa"]


def test_a_stranger_finds_nothing_of_it(
    program, templates, company, owner, stranger, other_company
):
    row = template(company, owner)
    other = program_of(stranger, other_company)
    assert other.get(f"{API}/{templates}").status_code == 404
    theirs = f"{API}/companies/{other_company.nip}/recurring/{row.pk}/"
    assert other.get(theirs).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit", "day"),
        ("every", 0),
        ("every", 53),
        ("every", "1"),
        ("every", True),
        ("day", 32),
        ("starts_on", "31.12.2026"),
        ("starts_on", "2026-02-30"),
        ("ends_on", "2026-12-30"),
        ("ends_on", "2020-01-01"),
        ("period", "next"),
        ("issues_itself", "yes"),
        ("name", ""),
        ("name", None),
        ("content", []),
        ("rhythm", "x"),
    ],
)
def test_a_wrong_field_is_named(program, templates, field, value):
    answer = made(program, templates, **{field: value})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Recurring.objects.exists()


def test_one_source_is_asked_for(program, templates, company, owner):
    draft = draft_made(company, owner)
    assert post_json(program, templates, MONTHLY).status_code == 400
    both = MONTHLY | {"content": content(), "draft": str(draft.pk)}
    assert post_json(program, templates, both).status_code == 400


def test_a_tree_that_is_none_is_refused(program, templates):
    answer = made(program, templates, content={"Fa": {"Nic": "1"}})
    assert (answer.status_code, code_of(answer)) == (422, "invalid_tree")


def test_a_row_of_another_company_is_no_source(program, templates, stranger, other_company):
    draft = draft_made(other_company, stranger)
    answer = post_json(program, templates, MONTHLY | {"draft": str(draft.pk)})
    assert answer.status_code == 404


def test_the_list_has_the_next_due_first(program, templates, company, owner):
    template(company, owner, name="Później", starts_on=date(2049, 1, 1))
    template(company, owner, name="Wcześniej")
    names = [row["name"] for row in program.get(f"{API}/{templates}").json()["results"]]
    assert names == ["Wcześniej", "Później"]


def test_a_template_is_replaced_under_its_version(program, templates, company, owner):
    row = template(company, owner)
    address = f"{templates}{row.pk}/"
    etag = program.get(f"{API}/{address}")["ETag"]
    assert put_json(program, address, MONTHLY).status_code == 428
    answer = put_json(program, address, MONTHLY | {"content": content()}, **{"If-Match": etag})
    assert (answer.status_code, answer.json()["next_on"]) == (200, "2026-12-31")
    again = put_json(program, address, MONTHLY | {"name": "Inna"}, **{"If-Match": etag})
    assert again.status_code == 412


def test_what_the_sweep_does_keeps_the_version(program, templates, company, owner, at):
    at("2026-08-10 08:00")
    row = template(company, owner)
    address = f"{API}/{templates}{row.pk}/"
    etag = program.get(address)["ETag"]
    at("2026-08-15 08:00")
    recurring_run()
    assert program.get(address)["ETag"] == etag
    assert program.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_it_is_paused_and_resumed(program, templates, company, owner):
    row = template(company, owner)
    paused = post_json(program, f"{templates}{row.pk}/pause/").json()
    assert (paused["paused_at"] is None, paused["next_dates"]) == (False, [])
    assert post_json(program, f"{templates}{row.pk}/resume/").json()["paused_at"] is None


def test_what_ended_is_not_resumed(program, templates, company, owner):
    row = template(company, owner)
    ended = post_json(program, f"{templates}{row.pk}/archive/")
    assert ended.json()["archived_at"] is not None
    answer = post_json(program, f"{templates}{row.pk}/resume/")
    assert (answer.status_code, code_of(answer)) == (409, "ended")
    assert program.get(f"{API}/{templates}").json()["results"] == []


def test_its_runs_are_listed(program, templates, company, owner, at):
    at("2026-08-10 08:00")
    row = template(company, owner, issues_itself=True)
    at("2026-09-16 08:00")
    recurring_run()
    runs = program.get(f"{API}/{templates}{row.pk}/runs/").json()["results"]
    assert [run["due_on"] for run in runs] == ["2026-09-15", "2026-08-15"]
    assert "nie jest połączona" in runs[0]["problem"]
    assert {run["document"] for run in runs} == {None}


def test_a_number_beyond_the_database_is_not_found(program, templates):
    assert program.get(f"{API}/{templates}{2**70}/").status_code == 404
