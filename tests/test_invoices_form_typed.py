"""What people type into the form, in the ways that Poles type it."""

import pytest

from invoices.fa3 import tree as trees
from invoices.forms import typed
from tests.form_support import edit, errors, fill, only_draft, typed_into_new

NUMBERS = {
    "1 234,56": "1234.56",
    "1\u00a0234,56": "1234.56",
    "1\u202f234,56": "1234.56",
    "1.234,56": "1234.56",
    "12.5": "12.5",
    "12,50": "12.50",
    " 7 ": "7",
    "-5,00": "-5.00",
    "\u22125": "-5",
}
DAYS = {
    "23.11.2026": "2026-11-23",
    "3.1.2026": "2026-01-03",
    "23-11-2026": "2026-11-23",
    "23/11/2026": "2026-11-23",
    "2026-11-23": "2026-11-23",
    " 23.11.2026 ": "2026-11-23",
}
NIPS = ["526-587-76-35", "PL5265877635", "pl 526 587 76 35", " 5265877635 ", "PL 526-58-77-635"]
NOT_UNDERSTOOD = {
    "line__0__price": "około 100",
    "line__0__quantity": "12szt",
    "issued_on": "31.02.2026",
    "due_on": "za tydzień",
    "buyer_nip": "nie wiem",
    "account": "moje",
}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_read_as_poles_write_it(text):
    assert typed.number(text) == NUMBERS[text]


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read_as_poles_write_it(text):
    assert typed.day(text) == DAYS[text]


@pytest.mark.parametrize("text", NIPS)
def test_a_nip_is_read_with_dashes_spaces_and_prefix(text):
    assert typed.nip(text) == "5265877635"


def test_an_account_is_read_without_its_spaces():
    assert typed.account("12 1140 2004 0000 3002 0135 5387") == "12114020040000300201355387"


@pytest.mark.parametrize("text", ["1,234.56", "12szt", "1e5", "½", "1.2.3", "nan"])
def test_what_is_no_clear_number_stays_as_typed(text):
    assert typed.number(text) == text


@pytest.mark.parametrize("text", ["31.02.2026", "23.11.26", "jutro", "2026-13-01"])
def test_what_is_no_day_stays_as_typed(text):
    assert typed.day(text) == text


@pytest.mark.parametrize("text", ["", "-1", "1.5", "²", "٣", "9" * 5000, "1\n"])
def test_a_place_that_is_no_small_number_is_none(text):
    assert typed.count(text) is None


def test_what_is_typed_becomes_the_tree(company):
    tree = typed_into_new(
        company, buyer_nip="PL 526-587-76-35", line__0__price="1.234,5", due_on="5.12.2026"
    )
    assert trees.text(tree, "Podmiot2/DaneIdentyfikacyjne/NIP") == "5265877635"
    assert trees.text(tree, "Fa/FaWiersz[0]/P_9A") == "1234.5"
    assert trees.text(tree, "Fa/Platnosc/TerminPlatnosci[0]/Termin") == "2026-12-05"


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_what_is_not_understood_stands_back_with_an_error(company, owner, client_of, name):
    answer = fill(client_of(owner), company, "issue", **{name: NOT_UNDERSTOOD[name]})
    box = name.replace("__", "-")
    assert answer.status_code == 422
    assert f'value="{NOT_UNDERSTOOD[name]}"' in answer.content.decode()
    assert list(errors(answer)) == [box]


def test_what_was_not_understood_can_be_mended_and_issued(company, owner, client_of):
    client = client_of(owner)
    fill(client, company, "issue", line__0__price="sto", issued_on="31.02.2026")
    answer = edit(client, only_draft(), "issue", line__0__price="100", issued_on="")
    assert answer.status_code == 302
    assert "/faktury/" in answer.headers["Location"]


def test_the_error_is_about_typing_and_not_about_xml(company, owner, client_of):
    answer = fill(client_of(owner), company, "issue", line__0__price="sto", due_on="jutro")
    said = errors(answer)
    assert "1 234,56" in said["line-0-price"].replace("\u00a0", " ")
    assert "23.11.2026" in said["due_on"]


def test_several_lines_of_notes_stay_several(company):
    tree = typed_into_new(company, notes="Dziękujemy.\r\nDo zobaczenia.\r\n")
    assert trees.get(tree, "Stopka/Informacje[0]/StopkaFaktury") == "Dziękujemy.\nDo zobaczenia."
