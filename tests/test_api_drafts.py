"""Drafts over the API: made from trees and files, saved under their version, deleted."""

import pypdfium2
import pytest

from invoices.fa3.build import build
from invoices.fa3.parse import parse
from invoices.models import Draft
from invoices.render import pdf
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from tests.api_support import API, code_of, content, draft_made, post_json, put_json
from tests.cast import program_of
from tests.fa3_support import line


@pytest.fixture
def draft(company, owner) -> Draft:
    return draft_made(company, owner)


def post_xml(program, path: str, data: bytes, kind: str = "application/xml"):
    return program.post(f"{API}/{path}", data, content_type=kind)


def test_a_tree_becomes_a_draft(program, drafts):
    response = post_json(program, drafts, {"content": content()})
    assert response.status_code == 201
    assert set(response.json()) == {"id", "problems"}
    assert response["Location"] == f"{API}/drafts/{response.json()['id']}/"


def test_a_file_becomes_a_draft_as_it_is(program, drafts):
    tree = content(Fa__P_2="FV/77", Fa__P_15="999.99")
    response = post_xml(program, drafts, build(tree))
    assert response.status_code == 201
    assert Draft.objects.get().content == parse(build(tree))


def test_half_a_tree_becomes_a_draft_with_its_problems(program, drafts):
    problems = post_json(program, drafts, {"content": {"Fa": {}}}).json()["problems"]
    assert {"path", "rule", "severity", "message"} == set(problems[0])
    assert any(problem["severity"] == "block" for problem in problems)


def test_problems_are_told_in_the_language_asked_for(program, drafts):
    polish = post_json(program, drafts, {"content": {}}).json()["problems"]
    headers = {"Accept-Language": "en"}
    english = post_json(program, drafts, {"content": {}}, **headers).json()["problems"]
    assert polish[0]["path"] == english[0]["path"]
    assert polish[0]["message"] != english[0]["message"]


def test_a_file_that_the_schema_refuses_is_kept_with_problems(program, drafts):
    tree = content(Fa__KodWaluty="złoty")
    response = post_xml(program, drafts, build(tree))
    assert response.status_code == 201
    assert "Fa/KodWaluty" in {problem["path"] for problem in response.json()["problems"]}


def test_an_unknown_element_is_refused_with_its_path(program, drafts):
    response = post_json(program, drafts, {"content": {"Fa": {"Nic": "1"}}})
    assert response.status_code == 422
    assert code_of(response) == "invalid_tree"
    assert response.json()["error"]["problems"][0]["path"] == "Fa/Nic"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "x"])
def test_another_content_type_is_415(kind, program, drafts):
    assert code_of(post_xml(program, drafts, b"{}", kind)) == "unsupported_media_type"


def test_another_charset_is_415(program, drafts):
    kind = "application/json; charset=iso-8859-2"
    assert post_xml(program, drafts, b"{}", kind).status_code == 415


def test_a_misspelt_field_is_named(program, drafts):
    response = post_json(program, drafts, {"contents": {}})
    assert response.status_code == 400
    assert "contents" in response.json()["error"]["fields"]


def test_drafts_are_listed_without_their_content(program, drafts, draft):
    row = program.get(f"{API}/{drafts}").json()["results"][0]
    assert row["id"] == str(draft.pk)
    assert "content" not in row


def test_a_draft_is_read_with_its_version(program, draft):
    response = program.get(f"{API}/drafts/{draft.pk}/")
    assert response["ETag"] == '"1"'
    assert response.json()["content"] == draft.content
    assert response.json()["created_at"].endswith("Z")


def test_an_unchanged_draft_is_304(program, draft):
    headers = {"If-None-Match": '"1"'}
    assert program.get(f"{API}/drafts/{draft.pk}/", headers=headers).status_code == 304


def test_a_draft_is_replaced_under_its_version(program, draft):
    body = {"content": content(Fa__P_2="FV/2")}
    response = put_json(program, f"drafts/{draft.pk}/", body, **{"If-Match": '"1"'})
    assert response.status_code == 200
    assert response["ETag"] == '"2"'
    assert Draft.objects.get().content == body["content"]


@pytest.mark.parametrize("tag", ['"7"', "1", 'W/"1"', "", '"'])
def test_another_version_is_412_with_the_present_one(tag, program, draft):
    response = put_json(program, f"drafts/{draft.pk}/", {"content": {}}, **{"If-Match": tag})
    assert response.status_code == 412
    assert response["ETag"] == '"1"'
    assert Draft.objects.get().version == 1


def test_replacing_asks_for_the_version(program, draft):
    response = put_json(program, f"drafts/{draft.pk}/", {"content": {}})
    assert response.status_code == 428
    assert code_of(response) == "precondition_required"


def test_an_issued_draft_is_not_replaced(program, draft, owner):
    document = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    response = put_json(program, f"drafts/{draft.pk}/", {"content": {}}, **{"If-Match": "*"})
    assert response.status_code == 409
    assert response.json()["error"]["document"]["id"] == str(document.pk)


def test_a_draft_is_deleted(program, draft):
    assert program.delete(f"{API}/drafts/{draft.pk}/").status_code == 204
    assert not Draft.objects.exists()


def test_a_draft_that_changed_is_not_deleted(program, draft):
    headers = {"If-Match": '"9"'}
    assert program.delete(f"{API}/drafts/{draft.pk}/", headers=headers).status_code == 412
    assert Draft.objects.exists()


def test_an_issued_draft_is_not_deleted(program, draft, owner):
    invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert code_of(program.delete(f"{API}/drafts/{draft.pk}/")) == "already_issued"


def test_the_xml_of_a_draft_is_its_tree(program, draft):
    response = program.get(f"{API}/drafts/{draft.pk}/xml/")
    assert response["Content-Type"] == "application/xml"
    assert response.content == build(draft.content)


def test_the_preview_says_that_it_is_one(program, draft):
    response = program.get(f"{API}/drafts/{draft.pk}/pdf/?language=en")
    assert response["Content-Type"] == "application/pdf"
    text = pypdfium2.PdfDocument(response.content)[0].get_textpage().get_text_bounded()
    assert "DRAFT" in text.upper()


def test_a_preview_of_many_lines_is_refused(program, company, owner):
    lines = [line(number) for number in range(1, 102)]
    draft = draft_made(company, owner, Fa__FaWiersz=lines)
    response = program.get(f"{API}/drafts/{draft.pk}/pdf/")
    assert response.status_code == 422
    assert code_of(response) == "too_long_for_preview"


def test_a_server_without_pango_says_so(program, draft, monkeypatch):
    monkeypatch.setattr(pdf, "available", lambda: "libpango is missing")
    response = program.get(f"{API}/drafts/{draft.pk}/pdf/")
    assert response.status_code == 503
    assert "libpango" in response.json()["error"]["message"]


def test_an_unknown_language_is_400(program, draft):
    response = program.get(f"{API}/drafts/{draft.pk}/pdf/?language=de")
    assert "language" in response.json()["error"]["fields"]


def test_a_viewer_reads_and_does_not_write(viewer, company, drafts, draft):
    program = program_of(viewer, company)
    assert program.get(f"{API}/drafts/{draft.pk}/").status_code == 200
    assert post_json(program, drafts, {"content": {}}).status_code == 403
    assert put_json(program, f"drafts/{draft.pk}/", {}).status_code == 403
    assert program.delete(f"{API}/drafts/{draft.pk}/").status_code == 403


@pytest.mark.parametrize("part", ["", "xml/", "pdf/"])
def test_a_strangers_key_sees_nothing(part, stranger, other_company, company, draft):
    program = program_of(stranger, other_company)
    assert program.get(f"{API}/drafts/{draft.pk}/{part}").status_code == 404


def test_a_key_without_the_company_sees_nothing(owner, draft):
    assert program_of(owner).get(f"{API}/drafts/{draft.pk}/").status_code == 404


def test_an_unknown_company_is_404(program):
    assert post_json(program, "companies/1111111111/drafts/", {"content": {}}).status_code == 404
