"""Characters that KSeF refuses are found with their place, and taken out of a draft at a press."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from invoices import fa3
from invoices.fa3 import characters
from invoices.services.drafts import draft_create
from invoices.services.issue_checks import problems_of
from tests.fa3_support import TODAY, invoice, line
from tests.form_support import edit, only_draft, page
from tests.invoice_support import content


@pytest.mark.parametrize(
    ("text", "cleaned", "code", "place"),
    [
        ("stół\x86", "stół", "U+0086", "po tekście „stół”"),
        ("\x7fstół", "stół", "U+007F", "na początku"),
        ("blat\x0bdębowy", "blat dębowy", "U+000B", "po tekście „blat”"),
        ("a b c d e\ufdd0 f", "a b c d e f", "U+FDD0", "po tekście „c d e”"),
        ("x\U0001fffey", "xy", "U+1FFFE", "po tekście „x”"),
    ],
)
def test_a_refused_character_is_named_placed_and_removed(text, cleaned, code, place):
    result, (found,) = characters.clean_text(text)
    assert (result, found.code, found.place("pl")) == (cleaned, code, place)
    assert found.place("en") != found.place("pl")


@pytest.mark.parametrize("text", ["", "zażółć gęślą jaźń", "a\tb\r\nc", "\x85 \u00a0 ł🧾"])
def test_other_characters_stay(text):
    assert characters.clean_text(text) == (text, [])


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_what_was_cleaned_can_be_written(text):
    cleaned, found = characters.clean_text(text)
    assert characters.find(cleaned) == []
    assert bool(found) == (cleaned != text)
    made = invoice(Stopka={"Informacje": [{"StopkaFaktury": cleaned}]})
    assert fa3.build(made)


def test_every_text_of_a_tree_is_cleaned_and_named():
    made = invoice(Fa__FaWiersz=[line(), line(2, P_7="a\x86")], Fa__P_2="\x7fFV")
    cleaned, found = characters.clean_tree(made)
    assert {path for path, _ in found} == {"Fa/P_2", "Fa/FaWiersz[1]/P_7"}
    assert characters.clean_tree(cleaned) == (cleaned, [])
    assert made["Fa"]["P_2"] == "\x7fFV"


def test_where_nothing_can_be_written_the_place_and_the_rest_are_said_too():
    made = invoice(Fa__P_2="FV\x0b1", Fa__P_15="500.00")
    problems = fa3.examine(made, today=TODAY, environment="test").problems
    assert {p.rule for p in problems} >= {"TF-02", "AM-01"}
    (found,) = [p for p in problems if p.rule == "TF-02"]
    assert "po tekście „FV”" in found.pl


def draft_with(company, owner, text: str):
    made = content(company)
    made["Fa"]["FaWiersz"][0]["P_7"] = text
    return draft_create(company=company, content=made, created_by=owner)


def test_the_list_of_problems_offers_to_remove_them(company, owner, client_of):
    draft = draft_with(company, owner, "blat\x86 dębowy")
    url = reverse("invoice-draft", args=[company.nip, draft.pk])
    shown = page(client_of(owner).get(f"{url}?sprawdz=1"))
    assert shown.xpath("//button[@name='action'][@value='clean-characters']")


def test_an_ordinary_draft_has_no_such_button(company, owner, client_of):
    draft = draft_with(company, owner, "blat dębowy")
    url = reverse("invoice-draft", args=[company.nip, draft.pk])
    shown = page(client_of(owner).get(f"{url}?sprawdz=1"))
    assert not shown.xpath("//button[@value='clean-characters']")


def test_a_press_cleans_the_whole_draft_and_says_so(company, owner, client_of):
    client = client_of(owner)
    draft = draft_with(company, owner, "blat\x86 dębowy")
    answer = edit(client, draft, "clean-characters")
    assert only_draft().content["Fa"]["FaWiersz"][0]["P_7"] == "blat dębowy"
    assert "U+0086" in client.get(answer["Location"]).content.decode()
    assert "TF-02" not in {p.rule for p in problems_of(only_draft().content, company=company)}
