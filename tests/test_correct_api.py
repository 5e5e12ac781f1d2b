"""Corrections over the API."""

import pytest

from invoices.models import Document, Draft
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from tests.api_support import code_of, content, document_made, post_json, program  # noqa: F401
from tests.cast import program_of

RIGHT = {
    "DaneIdentyfikacyjne": {"NIP": "5260250274", "Nazwa": "Inna firma"},
    "Adres": {"KodKraju": "PL", "AdresL1": "ul. Nowa 1"},
    "JST": "2",
    "GV": "2",
}
NUMBER = "5265877635-20261121-0100C4A7F31B-EF"


@pytest.fixture
def document(company, owner) -> Document:
    made = document_made(company, owner)
    Document.objects.filter(pk=made.pk).update(ksef_number=NUMBER)
    return Document.objects.get(pk=made.pk)


def correct(program, document, **body):  # noqa: F811
    return post_json(program, f"documents/{document.pk}/corrections/", {"method": "zero"} | body)


def fa(answer) -> dict:
    assert answer.status_code == 201, answer.json()
    return Draft.objects.get(pk=answer.json()["id"]).content["Fa"]


def test_a_correction_to_zero_is_a_draft(program, document):  # noqa: F811
    made = fa(correct(program, document, reason="zwrot"))
    assert made["P_15"] == f"{-document.gross:.2f}"
    assert made["DaneFaKorygowanej"][0]["NrKSeFFaKorygowanej"] == NUMBER
    assert made["TypKorekty"] == "2"


def test_changes_of_a_line_are_counted(program, document):  # noqa: F811
    lines = [{"line": 0, "changes": {"P_9A": "90.00"}}]
    made = fa(correct(program, document, method="lines", lines=lines))
    assert (made["P_13_1"], made["P_15"]) == ("-10.00", "-12.30")


def test_a_difference_is_counted(program, document):  # noqa: F811
    lines = [{"line": 0, "changes": {"P_8B": "-1"}}]
    assert fa(correct(program, document, method="difference", lines=lines))["P_15"] == "-123.00"


@pytest.mark.parametrize(
    "body",
    [
        {"method": "more"},
        {"method": "number"},
        {"effect": "4"},
        {"lines": "0"},
        {"lines": [-1]},
        {"lines": [True]},
        {"lines": [{"line": 0, "changes": {"P_99": "1"}}]},
        {"lines": [{"line": 0, "changes": {"P_8B": 1}}]},
        {"lines": [{"line": 0, "more": 1}]},
        {"reason": "x" * 257},
        {"party": []},
        {"more": 1},
    ],
)
def test_what_makes_no_sense_is_400(body, program, document):  # noqa: F811
    assert correct(program, document, **body).status_code == 400


def test_a_party_that_fa3_has_no_place_for_is_422(program, document):  # noqa: F811
    answer = correct(program, document, method="buyer", party={"DaneIdentyfikacyjne": "x"})
    assert code_of(answer) == "invalid_tree"


def test_a_line_that_is_not_there_is_409(program, document):  # noqa: F811
    answer = correct(program, document, method="lines", lines=[7])
    assert (answer.status_code, code_of(answer)) == (409, "no_such_line")


def test_one_key_makes_one_draft(program, document):  # noqa: F811
    where = f"documents/{document.pk}/corrections/"
    answers = [post_json(program, where, {"method": "zero"}, key="k1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Draft.objects.filter(issued_as=None).count() == 1


def test_who_may_not_correct_may_not_issue_one_either(company, owner, teammate, document):
    mine = program_of(owner, company)
    draft = correct(mine, document).json()["id"]
    theirs = program_of(teammate, company)
    assert post_json(theirs, f"drafts/{draft}/issue/").status_code == 403
    assert post_json(mine, f"drafts/{draft}/issue/").status_code == 201


def test_a_wrong_buyer_takes_two_documents(program, document):  # noqa: F811
    answer = post_json(program, f"documents/{document.pk}/wrong-buyer/", {"buyer": RIGHT})
    assert answer.status_code == 201
    made = answer.json()
    assert made["correction"]["gross"] == f"{-document.gross:.2f}"
    assert made["invoice"]["buyer"]["id"] == "5260250274"


def test_neither_is_issued_when_one_is_refused(program, document):  # noqa: F811
    buyer = RIGHT | {"DaneIdentyfikacyjne": {"NIP": "5260250274"}}
    answer = post_json(program, f"documents/{document.pk}/wrong-buyer/", {"buyer": buyer})
    assert (answer.status_code, code_of(answer)) == (422, "not_issued")
    assert answer.json()["error"]["problems"]
    assert Document.objects.count() == 1


def test_relations_are_told_from_both_sides(program, document):  # noqa: F811
    post_json(program, f"documents/{document.pk}/wrong-buyer/", {"buyer": RIGHT})
    found = program.get(f"/api/v1/documents/{document.pk}/relations/").json()
    told = {(row["what"], row["direction"], row["document"]["kind"]) for row in found["relations"]}
    assert told == {("corrects", "in", "KOR"), ("reissues", "in", "VAT")}
    assert found["after_corrections"] == "0.00"


def outside(program, company, **body):  # noqa: F811
    return post_json(program, f"companies/{company.nip}/corrections/", {"ksef_number": None} | body)


def test_an_invoice_from_elsewhere_is_corrected_from_its_tree(program, company):  # noqa: F811
    original = content(Fa__P_2="OBCA/1")
    made = fa(outside(program, company, method="zero", original=original))
    assert made["P_15"] == "-123.00"
    assert made["DaneFaKorygowanej"][0]["NrKSeFN"] == "1"


def test_earlier_corrections_from_elsewhere_count(program, company):  # noqa: F811
    original = content(Fa__P_2="OBCA/1")
    first = fa(outside(program, company, method="zero", original=original))
    earlier = [original | {"Fa": first}]
    answer = outside(program, company, method="zero", original=original, earlier=earlier)
    assert (answer.status_code, code_of(answer)) == (409, "nothing_left")


def test_without_a_tree_there_are_no_rows_yet(program, company):  # noqa: F811
    known = {"original_number": "1/2025", "original_issued_on": "2025-12-01"}
    made = fa(outside(program, company, method="difference", **known))
    assert made["FaWiersz"] == []
    assert made["DaneFaKorygowanej"][0]["NrFaKorygowanej"] == "1/2025"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"method": "zero", "original_number": "1", "original_issued_on": "2025-12-01"}, 409),
        ({"method": "difference", "original_number": "1"}, 400),
        ({"method": "difference", "ksef_number": "1-2-3"}, 400),
    ],
)
def test_what_an_invoice_from_elsewhere_lacks_is_said(body, status, program, company):  # noqa: F811
    assert outside(program, company, **body).status_code == status


def test_another_sellers_invoice_is_refused(program, company):  # noqa: F811
    original = content(Podmiot1__DaneIdentyfikacyjne__NIP="9542742949")
    answer = outside(program, company, method="zero", original=original)
    assert code_of(answer) == "other_seller"


def test_a_correction_is_issued_like_any_draft(program, company, owner, document):  # noqa: F811
    made = fa(correct(program, document, reason="zwrot"))
    draft = draft_create(company=company, content=content() | {"Fa": made}, created_by=owner)
    assert invoice_issue(draft=draft, issued_by=owner, on=clock.today()).kind == "KOR"
