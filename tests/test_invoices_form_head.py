"""The head of the form: kind, currency, recipients, days of credit, other ways to pay."""

import pytest

from invoices.fa3 import tree as trees
from invoices.fa3.totals import compute
from invoices.forms.head_form import KINDS
from invoices.forms.simple import Screen
from invoices.services.drafts import draft_create
from tests.fa3_support import invoice, line
from tests.form_support import boxes, boxes_of_screen, draft_url, edit, fill, new_url, only_draft

EUR = {"Fa__KodWaluty": "EUR"}
PAYMENT = {"TerminPlatnosci": [{"Termin": "2026-12-04"}], "FormaPlatnosci": "6"}


def changed(tree: dict, **texts: str) -> dict:
    """The tree after some boxes of its form were changed."""
    texts = {name.replace("__", "-"): text for name, text in texts.items()}
    return Screen(tree, boxes_of_screen(tree) | texts).typed_tree()


@pytest.mark.parametrize("kind", [kind for kind, _name in KINDS])
def test_every_kind_of_invoice_can_be_chosen(kind):
    assert changed(invoice(), kind=kind)["Fa"]["RodzajFaktury"] == kind


def test_the_chosen_kind_opens_its_sections(company, owner, client_of):
    client = client_of(owner)
    fill(client, company, kind="ZAL")
    assert "advance" in boxes(client.get(draft_url(only_draft())))["panel"]


def test_an_invoice_can_begin_with_its_kind(company, owner, client_of):
    shown = boxes(client_of(owner).get(f"{new_url(company)}?rodzaj=ROZ"))
    assert (shown["kind"], "settle" in shown["panel"]) == ("ROZ", True)


def test_an_unknown_kind_begins_an_ordinary_invoice(company, owner, client_of):
    assert boxes(client_of(owner).get(f"{new_url(company)}?rodzaj=XYZ"))["kind"] == "VAT"


def test_an_advance_invoice_without_lines_gets_no_total_of_zero():
    tree = invoice(Fa__RodzajFaktury="ZAL", Fa__FaWiersz=[])
    tree["Fa"].pop("P_15")
    assert "P_15" not in changed(tree, buyer_name="Inny")["Fa"]


@pytest.mark.parametrize(
    ("typed", "due"), [("30", "2026-12-20"), ("0", "2026-11-20"), ("7 dni", "2026-11-27")]
)
def test_days_of_credit_become_a_date(typed, due):
    made = changed(invoice(Fa__Platnosc=PAYMENT), due_days=typed)
    assert made["Fa"]["Platnosc"]["TerminPlatnosci"] == [{"Termin": due}]


def test_a_typed_date_goes_before_typed_days():
    made = changed(invoice(Fa__Platnosc=PAYMENT), due_days="30", due_on="1.12.2026")
    assert made["Fa"]["Platnosc"]["TerminPlatnosci"] == [{"Termin": "2026-12-01"}]


def test_days_that_are_none_change_nothing():
    tree = invoice(Fa__Platnosc=PAYMENT)
    assert changed(tree, due_days="za miesiąc") == tree


def test_another_way_to_pay_is_described():
    made = changed(
        invoice(Fa__Platnosc=PAYMENT), payment_method="other", other_method="kompensata"
    )["Fa"]["Platnosc"]
    assert (made["PlatnoscInna"], made["OpisPlatnosci"]) == ("1", "kompensata")
    assert "FormaPlatnosci" not in made


def test_a_listed_way_to_pay_takes_the_description_away():
    tree = invoice(Fa__Platnosc={"PlatnoscInna": "1", "OpisPlatnosci": "kompensata"})
    assert changed(tree, payment_method="1")["Fa"]["Platnosc"] == {"FormaPlatnosci": "1"}


@pytest.mark.parametrize(("box", "element", "role"), [("jst", "JST", "8"), ("gv", "GV", "10")])
def test_a_recipient_opens_the_third_party_that_it_needs(box, element, role):
    made = changed(invoice(), **{box: "1"})
    assert made["Podmiot2"][element] == "1"
    assert [party["Rola"] for party in made["Podmiot3"]] == [role]


def test_an_unticked_recipient_takes_its_empty_third_party_away():
    tree = changed(invoice(), jst="1")
    made = changed(tree, jst="")
    assert (made["Podmiot2"]["JST"], "Podmiot3" in made) == ("2", False)


def test_an_unticked_recipient_leaves_what_was_typed_about_it():
    tree = changed(invoice(), jst="1")
    tree["Podmiot3"][0]["DaneIdentyfikacyjne"]["NIP"] = "1111111111"
    assert len(changed(tree, jst="")["Podmiot3"]) == 1


def test_an_invoice_to_a_receipt_is_marked():
    marked = changed(invoice(), to_receipt="1")
    assert marked["Fa"]["FP"] == "1"
    assert "FP" not in changed(marked, to_receipt="")["Fa"]


def test_one_rate_of_exchange_stands_on_all_lines_and_counts_the_vat():
    tree = compute(invoice(**EUR, Fa__FaWiersz=[line(1), line(2)]))
    made = changed(tree, exchange_rate="4,5005")["Fa"]
    assert [entry["KursWaluty"] for entry in made["FaWiersz"]] == ["4.5005"] * 2
    assert (made["P_14_1"], made["P_14_1W"]) == ("46.00", "207.02")


def test_a_new_line_gets_the_rate_of_the_others():
    tree = changed(invoice(**EUR), exchange_rate="4,3")
    made = changed(tree, **{"line-1-name": "Druga", "line-1-quantity": "1", "line-1-price": "1"})
    assert [entry["KursWaluty"] for entry in made["Fa"]["FaWiersz"]] == ["4.3", "4.3"]


def test_lines_with_rates_of_their_own_keep_them():
    lines = [line(1, KursWaluty="4.1"), line(2, KursWaluty="4.2")]
    tree = invoice(**EUR, Fa__FaWiersz=lines)
    assert Screen(tree).head["exchange_rate"].value() == ""
    made = changed(tree, buyer_name="Inny")["Fa"]["FaWiersz"]
    assert [entry["KursWaluty"] for entry in made] == ["4.1", "4.2"]


def test_vat_in_zloty_follows_a_changed_price():
    tree = changed(invoice(**EUR), exchange_rate="4")
    assert changed(tree, **{"line-0-price": "200"})["Fa"]["P_14_1W"] == "184.00"


def test_zloty_need_no_rate_of_exchange():
    made = changed(changed(invoice(**EUR), exchange_rate="4"), currency="PLN")["Fa"]
    assert "KursWaluty" not in made["FaWiersz"][0]
    assert "P_14_1W" not in made


@pytest.mark.parametrize("change", [{"exchange_rate": "5"}, {"line-0-KursWaluty": "5"}])
def test_totals_of_a_file_stay_when_only_the_rate_of_exchange_changes(change):
    given = {"Fa__P_13_1": "100", "Fa__P_14_1": "23.01", "Fa__P_15": "123.01"}
    tree = invoice(**EUR, **given, Fa__FaWiersz=[line(1, KursWaluty="4")])
    made = changed(tree, **change)["Fa"]
    assert [made[name] for name in ("P_13_1", "P_14_1", "P_15")] == [*given.values()]
    assert made["P_14_1W"] == "115.05"


def test_given_vat_in_zloty_stays():
    tree = changed(invoice(**EUR), exchange_rate="4")
    tree["Fa"]["P_14_1W"] = "91.99"
    assert changed(tree, buyer_name="Inny")["Fa"]["P_14_1W"] == "91.99"


def test_vat_is_counted_from_each_line_when_asked():
    tree = invoice(Fa__FaWiersz=[line(n, P_9A="0.33", P_11="0.33") for n in range(1, 4)])
    made = changed(compute(tree), vat_method="line")["Fa"]
    assert [entry["P_11Vat"] for entry in made["FaWiersz"]] == ["0.08"] * 3
    assert (made["P_13_1"], made["P_14_1"]) == ("0.99", "0.24")
    assert changed({**tree, "Fa": made}, vat_method="net")["Fa"]["P_14_1"] == "0.23"


def test_totals_without_decimals_are_ours_and_stay():
    tree = invoice()
    tree["Fa"] |= {"P_13_1": "100", "P_14_1": "23", "P_15": "123"}
    assert Screen(tree).head["keep_totals"].value() == ""
    assert changed(tree, buyer_name="Inny")["Fa"]["P_15"] == "123"


def test_totals_typed_into_their_panel_stay_beside_a_changed_price():
    tree = invoice()
    typed = {"panel": ["calc"], "f:Fa/P_13_1": "200,00", "f:Fa/P_14_1": "46,01"}
    typed |= {"f:Fa/P_15": "246,01", "line-0-price": "200"}
    made = changed(tree, **typed)["Fa"]
    assert (made["P_13_1"], made["P_14_1"], made["P_15"]) == ("200.00", "46.01", "246.01")


def test_a_drawn_panel_is_never_changed_behind_the_persons_back():
    tree = invoice()
    sent = boxes_of_screen(tree) | {"panel": ["tax"], "line-0-rate": "zw"}
    made = Screen(tree, sent).typed_tree()
    assert trees.text(made, "Fa/Adnotacje/Zwolnienie/P_19") == ""


def test_the_full_form_is_one_button_away_and_back(company, owner, client_of):
    client = client_of(owner)
    fill(client, company, "full:1")
    owner.refresh_from_db()
    assert owner.preferences["expert"] is True
    assert "transport" in boxes(client.get(new_url(company)))["panel"]
    edit(client, only_draft(), "full:0")
    assert "transport" not in boxes(client.get(draft_url(only_draft())))["panel"]


def test_codes_of_elements_stand_at_the_labels_of_the_full_form(company, owner, client_of):
    client, tag = client_of(owner), '<span class="code-tag" translate="no">P_2</span>'
    assert tag not in client.get(new_url(company)).content.decode()
    client.post(new_url(company), {"action": "full:1"})
    assert tag in client.get(new_url(company)).content.decode()


def test_the_total_of_a_margin_has_a_head_though_no_rate(company, owner, client_of):
    tree = invoice()
    tree["Fa"] |= {"P_13_11": "30000", "P_15": "30000"}
    draft = draft_create(company=company, content=tree, created_by=owner)
    assert '<th scope="row">–</th>' in client_of(owner).get(draft_url(draft)).content.decode()
