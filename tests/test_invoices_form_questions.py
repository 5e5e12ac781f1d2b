"""Questions that the data ask, and what their answers write."""

import pytest

from invoices.fa3 import tree as trees
from invoices.fa3.rules import check
from invoices.forms.questions import answered, asked
from tests.fa3_support import TODAY, invoice, line
from tests.form_support import boxes, draft_url, edit, errors, fill, only_draft, page

GERMAN = {"KodUE": "DE", "NrVatUE": "811234567", "Nazwa": "Kaufhaus GmbH"}
EU = {"Podmiot2__DaneIdentyfikacyjne": GERMAN}
LISTED = {"Fa__FaWiersz": [line(P_12_Zal_15="1")], "Fa__P_15": "15000.01"}
ASKING = {
    "eu": invoice(**EU),
    "number": invoice(Podmiot2__DaneIdentyfikacyjne={"NIP": "DE 811234567"}),
    "split": invoice(**LISTED),
    "reverse": invoice(Fa__FaWiersz=[line(P_12="oo")]),
    "abroad": invoice(Fa__FaWiersz=[line(P_12="np I")]),
}


def keys(tree: dict) -> set[str]:
    return {question.key for question in asked(tree)}


def test_an_ordinary_invoice_asks_nothing():
    assert keys(invoice()) == set()


@pytest.mark.parametrize("key", ASKING)
def test_each_question_is_asked_when_the_data_demand_it(key):
    assert keys(ASKING[key]) == {key}


@pytest.mark.parametrize("key", ASKING)
def test_an_answer_settles_its_question(key):
    for question in asked(ASKING[key]):
        for answer in question.answers:
            assert key not in keys(answered(ASKING[key], answer.action))


def test_exactly_fifteen_thousand_asks_for_no_split_payment():
    assert "split" not in keys(invoice(**LISTED | {"Fa__P_15": "15000.00"}))


def test_goods_for_the_eu_have_no_tax_and_the_sellers_prefix():
    made = answered(ASKING["eu"], "answer:goods")
    assert (made["Fa"]["P_13_6_2"], made["Fa"]["P_15"]) == ("100.00", "100.00")
    assert made["Podmiot1"]["PrefiksPodatnika"] == "PL"
    assert "P_13_1" not in made["Fa"]


def test_a_service_for_the_eu_says_reverse_charge():
    made = answered(ASKING["eu"], "answer:service")
    assert (made["Fa"]["P_13_9"], made["Fa"]["Adnotacje"]["P_18"]) == ("100.00", "1")


def test_answered_questions_leave_nothing_for_the_rules_to_stop():
    made = answered(answered(ASKING["split"], "answer:split"), "answer:reverse")
    found = {p.rule for p in check(made, today=TODAY, environment="simulator")}
    assert "TX-09" not in found


def test_given_totals_stay_when_an_answer_changes_rates():
    tree = invoice(**EU, Fa__P_15="999.00")
    assert answered(tree, "answer:goods")["Fa"]["P_15"] == "999.00"


@pytest.mark.parametrize("action", ["answer:", "answer:nothing", "save", ""])
def test_an_unknown_answer_changes_nothing(action):
    assert answered(ASKING["eu"], action) == ASKING["eu"]


def test_a_number_of_a_country_outside_the_eu_asks_nothing():
    assert keys(invoice(Podmiot2__DaneIdentyfikacyjne={"NIP": "US 811234567"})) == set()


def test_the_button_of_an_answer_works_without_a_script(company, owner, client_of):
    client = client_of(owner)
    texts = {"buyer_kind": "eu", "buyer_eu_country": "DE", "buyer_eu_number": "811234567"}
    fill(client, company, **texts)
    opened = page(client.get(draft_url(only_draft())))
    assert opened.xpath("//*[@id='questions']//button[@value='answer:goods']")
    edit(client, only_draft(), "answer:goods")
    assert trees.text(only_draft().content, "Fa/FaWiersz[0]/P_12") == "0 WDT"


def test_the_basis_of_an_exemption_can_be_picked(company, owner, client_of):
    client = client_of(owner)
    answer = fill(client, company, "issue", line__0__rate="zw")
    assert list(errors(answer)) == ["exempt_basis"]
    picks = page(answer).xpath("//datalist[@id='exempt-presets']/option/@value")
    assert "art. 113 ust. 1 ustawy o VAT" in picks


def test_an_open_tax_panel_asks_for_the_exemption_itself(company, owner, client_of):
    client = client_of(owner)
    fill(client, company, "open:tax")
    shown = boxes(client.get(f"{draft_url(only_draft())}?sekcje=tax"))
    assert "exempt_basis" not in shown
    assert "f:Fa/Adnotacje/Zwolnienie/P_19A" in shown
