"""Checks over the API, drafts of every kind, and what a program may know of FA(3)'s fields."""

import pytest

from invoices.fa3 import registry
from invoices.fa3.build import build
from invoices.fa3.defaults import stamp
from invoices.fa3.parse import parse
from invoices.fa3.validate import validate
from invoices.models import Document, Draft
from ksefapp.lib import clock
from tests.api_support import API, code_of, content, draft_made, post_json
from tests.cast import program_of
from tests.fa3_support import invoice, line

KINDS = sorted(registry.ALL_KINDS)
ORIGINAL = {
    "DataWystFaKorygowanej": "2026-11-02",
    "NrFaKorygowanej": "FV/1",
    "NrKSeF": "1",
    "NrKSeFFaKorygowanej": "5265877635-20261102-0100001AF629-AF",
}
ADVANCE = {"NrKSeFFaZaliczkowej": "5265877635-20261102-0100001AF629-AF"}
ORDER = {
    "WartoscZamowienia": "123.00",
    "ZamowienieWiersz": [{"NrWierszaZam": "1", "P_7Z": "Meble", "P_12Z": "23"}],
}
# What each kind has beside an ordinary invoice, by RodzajFaktury.
PARTS = {
    "VAT": {},
    "UPR": {},
    "KOR": {"Fa__DaneFaKorygowanej": [ORIGINAL], "Fa__TypKorekty": "2"},
    "ZAL": {"Fa__Zamowienie": ORDER},
    "ROZ": {"Fa__FakturaZaliczkowa": [ADVANCE]},
    "KOR_ZAL": {"Fa__DaneFaKorygowanej": [ORIGINAL], "Fa__Zamowienie": ORDER},
    "KOR_ROZ": {"Fa__DaneFaKorygowanej": [ORIGINAL], "Fa__FakturaZaliczkowa": [ADVANCE]},
}


def of_kind(kind: str) -> dict:
    return invoice(Fa__RodzajFaktury=kind, **PARTS[kind])


@pytest.fixture
def checks(company) -> str:
    return f"companies/{company.nip}/checks/"


def post_xml(program, path: str, data: bytes):
    return program.post(f"{API}/{path}", data, content_type="application/xml")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_every_kind_comes_back_equal(program, drafts, kind):
    given = build(stamp(of_kind(kind), now_utc=clock.now(), software="inny program"))
    assert validate(given) == []
    made = post_xml(program, drafts, given).json()
    xml = program.get(f"{API}/drafts/{made['id']}/xml/").content
    assert parse(xml) == parse(given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_tree_of_every_kind_is_kept_as_given(program, drafts, kind):
    tree = of_kind(kind)
    made = post_json(program, drafts, {"content": tree}).json()
    assert program.get(f"{API}/drafts/{made['id']}/").json()["content"] == tree


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_of_every_kind_is_replaced(program, company, owner, kind):
    draft = draft_made(company, owner)
    body, headers = {"content": of_kind(kind)}, {"If-Match": '"1"'}
    answer = program.put(
        f"{API}/drafts/{draft.pk}/", body, content_type="application/json", headers=headers
    )
    draft.refresh_from_db()
    assert (answer.status_code, draft.content, draft.updated_by) == (200, body["content"], owner)


@pytest.mark.parametrize("kind", ["VAT", "UPR"])
def test_an_invoice_that_can_be_issued_is_valid(program, checks, kind):
    answer = post_json(program, checks, {"content": content(Fa__RodzajFaktury=kind)})
    assert answer.status_code == 200
    assert answer.json()["valid"], answer.json()["problems"]


def test_a_check_stores_nothing(program, checks):
    post_json(program, checks, {"content": content()})
    assert (Draft.objects.count(), Document.objects.count()) == (0, 0)


def test_what_blocks_is_named_with_its_place(program, checks):
    found = post_json(program, checks, {"content": content(Fa__KodWaluty="złoty")}).json()
    assert not found["valid"]
    assert ("Fa/KodWaluty", "block") in {(p["path"], p["severity"]) for p in found["problems"]}


def test_a_file_is_checked_as_a_tree_is(program, checks):
    tree = content(Fa__P_15="999.99", Fa__P_2="FV/77")
    of_file = post_xml(program, checks, build(tree)).json()
    assert of_file == post_json(program, checks, {"content": tree}).json()


def test_a_check_says_what_a_draft_would_say(program, checks, drafts):
    tree = content(Fa__P_15="999.99")
    checked = post_json(program, checks, {"content": tree}).json()["problems"]
    assert checked == post_json(program, drafts, {"content": tree}).json()["problems"]


def test_our_totals_stand_beside_those_of_the_file(program, checks):
    rows = [line(1, P_8B="3", P_9A="100.00", P_11="300.00", P_12="23")]
    tree = content(Fa__FaWiersz=rows, Fa__P_13_1="1.00", Fa__P_14_1="1.00", Fa__P_15="2.00")
    totals = post_json(program, checks, {"content": tree}).json()["totals"]
    assert totals == {"P_13_1": "300.00", "P_14_1": "69.00", "P_15": "369.00"}


@pytest.mark.parametrize("tree", [{}, {"Fa": {}}, {"Fa": {"FaWiersz": []}}, {"Naglowek": {}}])
def test_half_an_invoice_is_checked_too(program, checks, tree):
    found = post_json(program, checks, {"content": tree})
    assert (found.status_code, found.json()["valid"]) == (200, False)


def test_messages_are_in_the_language_asked_for(program, checks):
    polish = post_json(program, checks, {"content": {}}).json()["problems"]
    headers = {"Accept-Language": "en"}
    english = post_json(program, checks, {"content": {}}, **headers).json()["problems"]
    assert polish[0]["message"] != english[0]["message"]


def test_what_is_no_fa3_is_refused(program, checks):
    assert code_of(post_json(program, checks, {"content": {"Nic": "1"}})) == "invalid_tree"
    assert code_of(post_xml(program, checks, b"<x/>")) == "invalid_xml"


def test_a_viewer_may_check(viewer, company, checks):
    answer = post_json(program_of(viewer, company), checks, {"content": content()})
    assert answer.status_code == 200


def test_a_stranger_checks_nothing(stranger, other_company, checks):
    answer = post_json(program_of(stranger, other_company), checks, {"content": content()})
    assert answer.status_code == 404


# --- Accepting with a note --------------------------------------------------------------------
BACKDATED = {"Fa__P_1": "2026-01-02"}


def issue(program, draft: Draft, accept):
    return post_json(program, f"drafts/{draft.pk}/issue/", {"accept": accept})


def test_a_note_of_an_accepted_warning_stays_with_the_document(program, company, owner):
    draft = draft_made(company, owner, **BACKDATED)
    made = issue(program, draft, {"DT-02": "czekaliśmy na protokół"}).json()
    said = [row["note"] for row in made["accepted"] if row["rule"] == "DT-02"]
    assert said == ["czekaliśmy na protokół"]


@pytest.mark.parametrize(
    "accept", [{"DT-02": 1}, {"a b": "x"}, {"DT-02": "x" * 501}, "DT-02", [1], {"": ""}, None]
)
def test_a_strange_acceptance_is_400(program, company, owner, accept):
    draft = draft_made(company, owner, **BACKDATED)
    assert code_of(issue(program, draft, accept)) == "invalid"
    assert not Document.objects.exists()


# --- Fields of FA(3) --------------------------------------------------------------------------
@pytest.fixture
def fields(program) -> dict[str, dict]:
    rows = program.get(f"{API}/fa3/fields/").json()["fields"]
    return {row["path"]: row for row in rows}


def test_all_paths_and_attributes_are_told(fields):
    assert set(fields) == set(registry.entries())
    assert len(fields) == 408


def test_a_field_says_what_may_stand_in_it(fields):
    number = fields["Fa/FaWiersz/P_8B"]
    assert number["label"]["pl"] != number["label"]["en"]
    assert number["facets"]["fraction_digits"] == 6
    assert (fields["Fa/FaWiersz"]["max"], fields["Fa/P_2"]["max"]) == (10000, 1)


def test_an_enumeration_names_its_values(fields):
    kinds = {row["value"]: row["label"] for row in fields["Fa/RodzajFaktury"]["values"]}
    assert set(kinds) == registry.ALL_KINDS
    assert kinds["KOR"]["pl"] != kinds["KOR"]["en"]


def test_a_group_names_the_branches_of_its_choices(fields):
    assert [["P_6"], ["OkresFa"]] in fields["Fa"]["choices"]


def test_an_attribute_has_its_values(fields):
    (path,) = (path for path in fields if path.endswith("@Typ"))
    assert fields[path]["required"]
    assert fields[path]["values"]


def test_fields_that_are_known_are_304(program):
    etag = program.get(f"{API}/fa3/fields/")["ETag"]
    answer = program.get(f"{API}/fa3/fields/", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
