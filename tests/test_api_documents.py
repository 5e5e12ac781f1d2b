"""Issued documents over the API: lists, files, repair."""

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.models import Chore, Document, DocumentPrint, Draft, Submission, Upo
from invoices.render.pdf import PRINT_VERSION
from ksefapp.accounts.models import Company
from tests.api_support import API, code_of, document_made, post_json, put_in_state
from tests.cast import program_of

State = Submission.State
NUMBER = "5265877635-20261121-0100C4A7F31B-EF"


@pytest.fixture
def program(viewer, company):
    return program_of(viewer, company)


@pytest.fixture
def document(company, owner) -> Document:
    return document_made(company, owner)


@pytest.fixture
def accepted(document) -> Document:
    Document.objects.filter(pk=document.pk).update(ksef_number=NUMBER)
    put_in_state(document, State.ACCEPTED)
    return Document.objects.get(pk=document.pk)


def listed(program, query: str = "") -> list[str]:
    response = program.get(f"{API}/documents/?{query}")
    assert response.status_code == 200
    return [row["id"] for row in response.json()["results"]]


def test_documents_are_listed_newest_first(program, company, owner):
    made = [str(document_made(company, owner).pk) for _ in range(3)]
    assert listed(program) == made[::-1]


def test_a_list_asks_the_database_as_often_for_one_as_for_many(program, company, owner):
    document_made(company, owner)
    listed(program)  # notes the use of the key, once a minute
    with CaptureQueriesContext(connection) as one:
        listed(program)
    for _ in range(4):
        document_made(company, owner)
    with CaptureQueriesContext(connection) as many:
        listed(program)
    assert len(many) == len(one) == 4


def test_the_list_is_narrowed_by_company(program, company, document):
    assert listed(program, f"company={company.nip}") == [str(document.pk)]


@pytest.mark.parametrize(("nip", "status"), [("9542742932", 404), ("abc", 400), ("%00", 400)])
def test_a_foreign_or_impossible_company_is_refused(nip, status, program, other_company):
    assert program.get(f"{API}/documents/?company={nip}").status_code == status


def test_the_list_is_narrowed_by_state(program, document):
    put_in_state(document, State.REFUSED)
    assert listed(program, "state=refused") == [str(document.pk)]
    assert listed(program, "state=accepted") == []


def test_an_unknown_state_is_400(program):
    response = program.get(f"{API}/documents/?state=lost")
    assert "state" in response.json()["error"]["fields"]


@pytest.mark.parametrize("words", ["fv/1", "nabywca", "NABYWCA S.C.", "1111111111", "123,00"])
def test_the_list_is_searched_by_words(words, program, company, owner):
    found = document_made(company, owner, Fa__P_2="FV/1/SKLEP")
    assert listed(program, f"q={words}") == [str(found.pk)]


@pytest.mark.parametrize("words", ["inny", "fv nabywca nikt", "%", "_", "'"])
def test_words_that_are_nowhere_find_nothing(words, program, document):
    assert listed(program, f"q={words}") == []


@pytest.mark.parametrize("words", ["%00", "x" * 201])
def test_words_that_cannot_be_searched_are_400(words, program):
    assert program.get(f"{API}/documents/?q={words}").status_code == 400


def test_the_ksef_number_is_searched_too(program, accepted):
    assert listed(program, f"q={NUMBER.lower()}") == [str(accepted.pk)]


def test_documents_of_another_environment_are_not_listed(program, document):
    Company.objects.update(environment="test")
    assert listed(program) == []
    assert program.get(f"{API}/documents/{document.pk}/").json()["environment"] == "simulator"


def test_a_document_is_read(program, document):
    row = program.get(f"{API}/documents/{document.pk}/").json()
    assert row["buyer"] == {"name": "Nabywca s.c.", "id": "1111111111"}
    assert (row["net"], row["vat"], row["gross"]) == ("100.00", "23.00", "123.00")
    assert row["issued_at"].endswith("Z")


def test_the_xml_is_the_issued_bytes(program, document):
    response = program.get(f"{API}/documents/{document.pk}/xml/")
    assert response.content == bytes(document.file.content)
    assert hashlib.sha256(response.content).hexdigest() == document.sha256
    assert response["ETag"] == f'"{document.sha256}"'


def test_xml_that_the_program_has_is_304(program, document):
    headers = {"If-None-Match": f'"{document.sha256}"'}
    response = program.get(f"{API}/documents/{document.pk}/xml/", headers=headers)
    assert response.status_code == 304
    assert response.content == b""


@pytest.mark.parametrize("state", [State.QUEUED, State.SENT, State.UNKNOWN, State.ACCEPTED])
def test_an_expected_upo_is_202(state, program, document):
    put_in_state(document, state)
    response = program.get(f"{API}/documents/{document.pk}/upo/")
    assert response.status_code == 202
    assert int(response["Retry-After"]) > 0
    assert response.json()["state"] == state


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
def test_a_upo_that_will_not_come_is_404(state, program, document):
    put_in_state(document, state)
    response = program.get(f"{API}/documents/{document.pk}/upo/")
    assert response.status_code == 404


def test_the_upo_is_given_as_it_came(program, accepted):
    Upo.objects.create(document=accepted, content=b"<Potwierdzenie/>", sha256="a" * 64)
    response = program.get(f"{API}/documents/{accepted.pk}/upo/")
    assert response.content == b"<Potwierdzenie/>"
    assert NUMBER in response["Content-Disposition"]


def test_a_print_that_is_not_made_is_ordered(program, document):
    response = program.get(f"{API}/documents/{document.pk}/pdf/?language=en")
    assert response.status_code == 202
    assert int(response["Retry-After"]) > 0
    assert Chore.objects.get(kind="print").language == "en"


def test_a_stored_print_is_given(program, accepted):
    DocumentPrint.objects.create(
        document=accepted,
        state="numbered",
        language="pl",
        template_version=PRINT_VERSION,
        content=b"%PDF-1.7",
    )
    response = program.get(f"{API}/documents/{accepted.pk}/pdf/")
    assert (response.status_code, response.content) == (200, b"%PDF-1.7")


def test_a_refused_document_is_repaired(teammate, company, document):
    put_in_state(document, State.REFUSED)
    program = program_of(teammate, company)
    response = post_json(program, f"documents/{document.pk}/repair/")
    assert response.status_code == 201
    draft = Draft.objects.get(pk=response.json()["id"])
    assert draft.replaces == document
    assert draft.content["Fa"]["P_2"] == document.number


def test_a_repaired_document_takes_the_number_over(teammate, company, document):
    put_in_state(document, State.REFUSED)
    program = program_of(teammate, company)
    draft = post_json(program, f"documents/{document.pk}/repair/").json()["id"]
    later = post_json(program, f"drafts/{draft}/issue/").json()
    first = program.get(f"{API}/documents/{document.pk}/").json()
    assert later["number"] == first["number"]
    assert (later["replaces"], first["replaced_by"]) == (first["id"], later["id"])
    assert first["delivery"]["state"] == "withdrawn"


@pytest.mark.parametrize("state", [State.QUEUED, State.UNKNOWN, State.ACCEPTED])
def test_only_a_refused_document_is_repaired(state, teammate, company, document):
    put_in_state(document, state)
    response = post_json(program_of(teammate, company), f"documents/{document.pk}/repair/")
    assert response.status_code == 409
    assert code_of(response) == "not_refused"


def test_a_viewer_may_not_repair(program, document):
    assert post_json(program, f"documents/{document.pk}/repair/").status_code == 403


@pytest.mark.parametrize("part", ["", "xml/", "upo/", "pdf/"])
def test_a_strangers_key_sees_nothing(part, stranger, other_company, document):
    program = program_of(stranger, other_company)
    assert program.get(f"{API}/documents/{document.pk}/{part}").status_code == 404
    assert listed(program) == []
