"""Boxes and tree say the same, both ways; what the screen does not show is never lost."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.defaults import annotations
from invoices.fa3.parse import parse
from invoices.forms import lines, reading, writing
from invoices.forms.following import BUYER_PAYS
from invoices.forms.simple import Screen
from invoices.services.drafts import draft_create
from tests.fa3_support import RandomTree, invoice, line, needs_samples, sample_files
from tests.form_support import boxes_of_screen, edit, sent_untouched

LETTERS = "abcŁódźż 0123'&<\"-/"
words = st.text(LETTERS, min_size=1, max_size=30).map(trees.collapse).filter(bool)
amounts = st.decimals(0, 99_999, places=2).map(lambda n: format(Decimal(n), "f"))
quantities = st.decimals(0, 999, places=3).map(lambda n: format(Decimal(n), "f"))
rates = st.sampled_from(["23", "8", "5", "0 KR", "0 WDT", "0 EX", "zw", "np I", "np II", "oo"])
days = st.dates(date(2020, 1, 1), date(2030, 12, 31)).map(str)


@st.composite
def rows(draw):
    element = draw(st.sampled_from(["P_9A", "P_9B"]))
    count = draw(st.integers(1, 4))
    return [
        line(
            n,
            P_7=draw(words),
            P_8A=draw(words),
            P_8B=draw(quantities),
            P_9A=None,
            P_11=None,
            P_12=draw(rates),
        )
        | {element: draw(amounts)}
        for n in range(1, count + 1)
    ]


@st.composite
def buyers(draw):
    identity = draw(
        st.sampled_from(
            [
                {"NIP": "1111111111"},
                {"KodUE": "DE", "NrVatUE": "811234567"},
                {"KodKraju": "US", "NrID": "AB12"},
                {"BrakID": "1"},
            ]
        )
    )
    address = {"KodKraju": "PL", "AdresL1": draw(words)}
    return {"DaneIdentyfikacyjne": identity | {"Nazwa": draw(words)}, "Adres": address}


@st.composite
def payments(draw):
    made = {
        "TerminPlatnosci": [{"Termin": draw(days)}],
        "FormaPlatnosci": draw(st.sampled_from("123456")),
    }
    if draw(st.booleans()):
        made |= {"RachunekBankowy": [{"NrRB": "12114020040000300201355387", "NazwaBanku": "mBank"}]}
    if draw(st.booleans()):
        made |= {"Zaplacono": "1", "DataZaplaty": draw(days)}
    return made


@st.composite
def invoices(draw):
    tree = invoice()
    tree["Podmiot2"] |= draw(buyers())
    tree["Fa"] |= {"FaWiersz": draw(rows()), "Platnosc": draw(payments()), "P_6": draw(days)}
    if draw(st.booleans()):
        tree["Stopka"] = {"Informacje": [{"StopkaFaktury": f"{draw(words)}\n{draw(words)}"}]}
    used = {entry["P_12"] for entry in tree["Fa"]["FaWiersz"]}
    if used & BUYER_PAYS:
        tree["Fa"]["Adnotacje"]["P_18"] = "1"
    if "zw" in used:
        tree["Fa"]["Adnotacje"]["Zwolnienie"] = {"P_19": "1", "P_19B": draw(words)}
    gross = "P_9B" in tree["Fa"]["FaWiersz"][0]
    return totals.compute(tree, method="gross" if gross else "net")


def boxes_typed_anew(tree: dict) -> dict:
    """What a person gets who copies every box of this invoice into an empty form."""
    head, shown = reading.boxes_of(tree), lines.lines_of(tree)
    empty = deepcopy(tree)
    for name in ("FaWiersz", "Platnosc", "P_1", "P_2", "P_6", "P_15"):
        empty["Fa"].pop(name, None)
    empty.pop("Stopka", None)
    empty["Fa"]["Adnotacje"] = annotations()
    empty["Podmiot2"] |= {"DaneIdentyfikacyjne": {}, "Adres": {}}
    return writing.tree_with(empty, head, [row | {"position": ""} for row in shown])


@given(invoices())
@settings(max_examples=150, deadline=None)
def test_opening_and_saving_changes_nothing(tree):
    assert sent_untouched(tree) == tree


@given(invoices())
@settings(max_examples=150, deadline=None)
def test_the_boxes_typed_into_an_empty_form_show_the_same_boxes(tree):
    again = boxes_typed_anew(tree)
    assert reading.boxes_of(again) == reading.boxes_of(tree)
    assert lines.lines_of(again) == lines.lines_of(tree)


@given(invoices())
@settings(max_examples=50, deadline=None)
def test_the_boxes_typed_into_an_empty_form_make_the_same_invoice(tree):
    tree["Fa"]["Platnosc"].pop("RachunekBankowy", None)  # the bank's name has no box
    again = boxes_typed_anew(tree)
    assert again["Fa"]["FaWiersz"] == tree["Fa"]["FaWiersz"]
    assert again["Fa"]["Adnotacje"] == tree["Fa"]["Adnotacje"]
    assert again["Fa"]["P_15"] == tree["Fa"]["P_15"]
    assert again["Fa"]["Platnosc"] == tree["Fa"]["Platnosc"]
    assert again["Podmiot2"]["DaneIdentyfikacyjne"] == tree["Podmiot2"]["DaneIdentyfikacyjne"]


@pytest.mark.parametrize("seed", range(60))
def test_an_imported_invoice_of_any_content_is_saved_as_it_is(seed):
    tree = parse(build(RandomTree(seed).make()))
    assert sent_untouched(tree) == tree


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_official_sample_is_saved_as_it_is(path):
    tree = parse(path.read_bytes())
    assert sent_untouched(tree) == tree


def page_saved_untouched(client, company, owner, tree) -> dict:
    draft = draft_create(company=company, content=tree, created_by=owner)
    edit(client, draft)
    draft.refresh_from_db()
    return draft.content


@pytest.mark.parametrize("seed", range(100, 106))
def test_a_browser_that_saves_an_imported_invoice_changes_nothing(company, owner, client_of, seed):
    tree = parse(build(RandomTree(seed).make()))
    assert page_saved_untouched(client_of(owner), company, owner, tree) == tree


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_a_browser_that_saves_an_official_sample_changes_nothing(company, owner, client_of, path):
    tree = parse(path.read_bytes())
    assert page_saved_untouched(client_of(owner), company, owner, tree) == tree


def with_line(**fields) -> dict:
    return invoice(Fa__FaWiersz=[line(**fields)])


def changed(tree: dict, **texts: str) -> dict:
    """The tree after some boxes of its form were changed."""
    return Screen(tree, boxes_of_screen(tree) | texts).typed_tree()


def test_a_changed_price_leaves_hidden_fields_of_the_line_alone():
    tree = with_line(GTU="GTU_05", UU_ID="abc", Indeks="X-1")
    entry = changed(tree, **{"line-0-price": "200"})["Fa"]["FaWiersz"][0]
    assert (entry["GTU"], entry["UU_ID"], entry["Indeks"]) == ("GTU_05", "abc", "X-1")
    assert (entry["P_9A"], entry["P_11"]) == ("200", "200.00")


def test_a_row_never_gets_the_hidden_fields_of_a_line_that_moved_into_its_place():
    first, second = line(1, P_7="Pierwsza", GTU="GTU_01"), line(2, P_7="Druga", GTU="GTU_02")
    sent = boxes_of_screen(invoice(Fa__FaWiersz=[first, second]))
    stored_since = invoice(Fa__FaWiersz=[second])
    made = Screen(stored_since, sent).typed_tree()["Fa"]["FaWiersz"]
    assert [(e["P_7"], e.get("GTU")) for e in made] == [("Pierwsza", "GTU_01"), ("Druga", "GTU_02")]


def test_no_line_is_taken_by_two_rows():
    stored = [line(n, P_7=name) for n, name in ((1, "A"), (2, "B"), (3, "C"))]
    sent = boxes_of_screen(invoice(Fa__FaWiersz=stored))
    made = Screen(invoice(Fa__FaWiersz=stored[:2]), sent).typed_tree()["Fa"]["FaWiersz"]
    assert [(e["NrWierszaFa"], e["P_7"]) for e in made] == [("1", "A"), ("2", "B"), ("3", "C")]


def test_details_follow_their_line_when_lines_move():
    stored = [line(1, P_7="A", GTU="GTU_01"), line(2, P_7="B", GTU="GTU_02")]
    sent = boxes_of_screen(invoice(Fa__FaWiersz=stored))
    made = Screen(invoice(Fa__FaWiersz=stored[::-1]), sent).typed_tree()["Fa"]["FaWiersz"]
    assert [(e["P_7"], e["GTU"]) for e in made] == [("A", "GTU_01"), ("B", "GTU_02")]


@pytest.mark.parametrize("number", ["²", "9" * 5000, "x", ""])
def test_an_odd_line_number_is_no_accident(number):
    tree = invoice(Fa__FaWiersz=[line(1), line(1), line(1, NrWierszaFa=number)])
    assert len(changed(tree, **{"line-3-name": "Nowa"})["Fa"]["FaWiersz"]) == 4


@pytest.mark.parametrize(
    ("identity", "box"),
    [
        ({}, "buyer_nip"),
        ({"KodUE": "", "NrVatUE": ""}, "buyer_eu_number"),
        ({"NrID": ""}, "buyer_id"),
        ({"BrakID": "1"}, "buyer_name"),
    ],
)
def test_a_problem_of_the_whole_buyer_stands_at_a_box_that_is_shown(identity, box):
    tree = {"Podmiot2": {"DaneIdentyfikacyjne": identity}}
    assert reading.problem_box("Podmiot2/DaneIdentyfikacyjne", tree) == box


def test_lines_past_the_shown_ones_are_kept():
    tree = invoice(Fa__FaWiersz=[line(n) for n in range(1, lines.SHOWN_LINES + 6)])
    made = changed(tree, **{"line-0-name": "Inna"})["Fa"]["FaWiersz"]
    assert len(made) == lines.SHOWN_LINES + 5
    assert made[0]["P_7"] == "Inna"


def test_the_screen_says_that_there_are_more_lines():
    long = invoice(Fa__FaWiersz=[line(n) for n in range(1, lines.SHOWN_LINES + 6)])
    assert Screen(long).grid.pages["total"] == lines.SHOWN_LINES + 5
    assert Screen(invoice()).grid.pages is None


def test_another_account_does_not_keep_the_bank_of_the_old_one():
    old = {"NrRB": "12114020040000300201355387", "NazwaBanku": "mBank", "SWIFT": "BREXPLPW"}
    tree = invoice(Fa__Platnosc={"RachunekBankowy": [old]})
    made = changed(tree, account="61 1090 1014 0000 0712 1981 2874")
    assert made["Fa"]["Platnosc"]["RachunekBankowy"] == [{"NrRB": "61109010140000071219812874"}]


def test_an_emptied_account_leaves_no_empty_group():
    old = {"NrRB": "12114020040000300201355387", "NazwaBanku": "mBank"}
    made = changed(invoice(Fa__Platnosc={"RachunekBankowy": [old]}), account="")
    assert "Platnosc" not in made["Fa"]


def test_given_totals_stay_while_the_person_keeps_them():
    tree = invoice()
    tree["Fa"]["P_14_1"] = "23.01"
    made = changed(tree, **{"line-0-name": "Inna"})
    assert made["Fa"]["P_14_1"] == "23.01"


def test_given_totals_go_when_the_money_in_a_line_changes():
    tree = invoice()
    tree["Fa"]["P_14_1"] = "23.01"
    made = changed(tree, **{"line-0-price": "200"})["Fa"]
    assert (made["P_13_1"], made["P_14_1"], made["P_15"]) == ("200.00", "46.00", "246.00")


def test_given_totals_of_a_settlement_stay_while_the_person_keeps_them():
    tree = invoice(Fa__RodzajFaktury="ROZ", Fa__P_15="23.00")
    kept = changed(tree, **{"line-0-price": "200"})["Fa"]
    assert kept["P_15"] == "23.00"
    assert changed(tree, keep_totals="", **{"line-0-price": "200"})["Fa"]["P_15"] == "246.00"


@pytest.mark.parametrize(
    ("country", "text", "number"),
    [
        ("DE", "DE 811-234-567", "811234567"),
        ("DE", "811234567", "811234567"),
        ("FR", "FR 12 345678901", "12345678901"),
        ("FR", "FR345678901", "FR345678901"),
        ("DE", "FR12345678901", "FR12345678901"),
    ],
)
def test_an_eu_number_is_understood_with_and_without_its_country(country, text, number):
    typed = {"buyer_kind": "eu", "buyer_eu_country": country, "buyer_eu_number": text}
    assert changed(invoice(), **typed)["Podmiot2"]["DaneIdentyfikacyjne"]["NrVatUE"] == number


def test_given_totals_are_computed_anew_when_the_person_says_so():
    tree = invoice()
    tree["Fa"]["P_14_1"] = "23.01"
    assert changed(tree, keep_totals="")["Fa"]["P_14_1"] == "23.00"


def test_an_exemption_without_a_rate_of_its_own_stays():
    exempt = {"P_19": "1", "P_19A": "art. 113 ust. 1"}
    tree = invoice(Fa__Adnotacje__Zwolnienie=exempt, Fa__FaWiersz=[line(P_12=None)])
    assert changed(tree, buyer_name="Inny")["Fa"]["Adnotacje"]["Zwolnienie"] == exempt


def test_the_kind_of_buyer_takes_the_other_identifiers_away():
    made = changed(invoice(), buyer_kind="eu", buyer_eu_country="DE", buyer_eu_number="811 234 567")
    identity = made["Podmiot2"]["DaneIdentyfikacyjne"]
    assert (identity["KodUE"], identity["NrVatUE"], "NIP" in identity) == ("DE", "811234567", False)


def test_a_gross_price_stays_gross_even_while_it_is_empty():
    made = changed(invoice(), price_mode="gross", **{"line-0-price": ""})
    assert lines.price_mode(made) == "gross"


@pytest.mark.parametrize("name", ["price_mode", "buyer_kind", "exempt_kind", "line-0-rate"])
def test_a_choice_that_is_none_is_no_accident(name):
    assert isinstance(changed(invoice(), **{name: "zła wartość"}), dict)


def test_a_value_that_no_list_has_is_kept():
    tree = invoice(Fa__Platnosc={"FormaPlatnosci": "99"}, Fa__FaWiersz=[line(P_12="19")])
    assert sent_untouched(tree) == tree
