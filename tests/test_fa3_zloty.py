"""VAT in złoty on invoices in another currency, as the Ministry's two examples count it."""

from invoices.fa3 import totals, zloty
from tests.fa3_support import invoice, line

NETS = ("4060", "5000", "4500")


def in_euro(*rates: str | None) -> dict:
    lines = [
        line(n, P_9A=net, P_11=net, KursWaluty=rate)
        for n, (net, rate) in enumerate(zip(NETS, rates, strict=True), 1)
    ]
    return totals.compute(invoice(Fa__KodWaluty="EUR", Fa__FaWiersz=lines))


def test_one_rate_converts_the_vat_of_the_total():
    assert zloty.filled(in_euro("4.5005", "4.5005", "4.5005"))["Fa"]["P_14_1W"] == "14036.16"


def test_different_rates_are_added_up_before_they_are_rounded():
    assert zloty.filled(in_euro("4.4080", "4.5005", "4.3250"))["Fa"]["P_14_1W"] == "13768.14"


def test_a_line_without_a_rate_leaves_the_amount_as_it_is():
    tree = in_euro("4.4080", None, "4.3250")
    tree["Fa"]["P_14_1W"] = "1.00"
    assert zloty.filled(tree)["Fa"]["P_14_1W"] == "1.00"


def test_an_invoice_in_zloty_has_no_second_amount():
    tree = invoice()
    tree["Fa"]["P_14_1W"] = "23.00"
    assert "P_14_1W" not in zloty.filled(tree)["Fa"]


def test_the_given_tree_is_left_alone():
    tree = in_euro("4.5005", "4.5005", "4.5005")
    zloty.filled(tree)
    assert "P_14_1W" not in tree["Fa"]
