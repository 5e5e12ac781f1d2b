"""Amounts of corrections at the edges: lines of an amount alone, tax that rounds to nothing."""

from decimal import Decimal

from invoices import fa3
from invoices.fa3 import correcting, orders, settling_corrections, totals
from invoices.fa3.correcting import Reference, Wanted
from invoices.fa3.defaults import stamp
from invoices.fa3.standing import standing
from ksefapp.lib import clock
from tests.fa3_support import invoice, line

REFERENCE = Reference("2026-01-30", "1/2026", "5265877635-20260130-0100C4A7F31B-EF")
BARE = {"P_8A": None, "P_8B": None, "P_9A": None}


def sold(*lines: dict) -> dict:
    return totals.compute(invoice(Fa__FaWiersz=list(lines)))


def by_lines(now: dict, **changes) -> dict:
    wanted = Wanted("lines", "pomyłka", "1", (0,), {0: changes})
    return correcting.by_lines(now, REFERENCE, wanted)


def zero(now: dict) -> dict:
    return correcting.to_zero(now, REFERENCE, Wanted("zero", "zwrot", "2"))


def test_a_line_of_an_amount_alone_keeps_it_when_its_rate_changes():
    made = by_lines(sold(line(1, P_11="100.00", **BARE)), P_12="8")
    assert made["Fa"]["FaWiersz"][1]["P_11"] == "100.00"
    sums = [made["Fa"][name] for name in ("P_13_1", "P_14_1", "P_13_2", "P_14_2", "P_15")]
    assert sums == ["-100.00", "-23.00", "100.00", "8.00", "-15.00"]


def test_a_line_that_gets_quantity_and_price_is_counted_anew():
    made = by_lines(sold(line(1, P_11="100.00", **BARE)), P_8B="3", P_9A="10.00")
    assert made["Fa"]["FaWiersz"][1]["P_11"] == "30.00"


def test_a_line_of_an_amount_alone_is_gone_when_taken_back():
    now = sold(line(1, P_11="100.00", **BARE), line(2))
    after = standing(now, [zero(now)])
    assert "FaWiersz" not in after["Fa"]


def test_tax_that_rounds_to_nothing_stands_beside_its_net():
    now = totals.compute(invoice(Fa__FaWiersz=[line(1, P_12="5", P_9A="0.03", P_11="0.03")]))
    made = zero(now)
    made["Fa"] |= {"P_1": "2026-11-22", "P_2": "K/1"}
    assert (made["Fa"]["P_13_3"], made["Fa"]["P_14_3"]) == ("-0.03", "0.00")
    assert fa3.validate(fa3.build(stamp(made, now_utc=clock.now(), software="x"))) == []


def test_a_minus_never_stands_before_nothing():
    row = correcting.negated(line(1, P_9A="0.00", P_11="0.00"))
    assert (row["P_8B"], row["P_11"]) == ("-1", "0.00")


def test_a_grosz_of_tax_in_pln_alone_is_taken_back_with_its_rate():
    now = invoice(Fa__KodWaluty="EUR", Fa__P_13_1="0.00", Fa__P_14_1="0.00", Fa__P_14_1W="0.01")
    now["Fa"]["P_15"] = "0.00"
    made = zero(now)["Fa"]
    assert [made[name] for name in ("P_13_1", "P_14_1", "P_14_1W")] == ["0.00", "0.00", "-0.01"]


# --- Simplified invoices that say their total alone ---------------------------------------------
def simplified() -> dict:
    bare = line(1, P_11=None, **BARE)
    made = invoice(Fa__RodzajFaktury="UPR", Fa__FaWiersz=[bare], Fa__P_15="123.00")
    made["Fa"] = {name: v for name, v in made["Fa"].items() if name not in ("P_13_1", "P_14_1")}
    return made


def test_the_only_line_of_a_simplified_invoice_came_to_its_total():
    made = by_lines(standing(simplified(), []), P_8B="1", P_9B="100.00")["Fa"]
    assert [made[name] for name in ("P_13_1", "P_14_1", "P_15")] == ["-18.70", "-4.30", "-23.00"]


def test_a_simplified_invoice_is_taken_back_with_its_rate():
    first = by_lines(standing(simplified(), []), P_8B="1", P_9B="100.00")
    made = zero(standing(simplified(), [first]))["Fa"]
    assert [made[name] for name in ("P_13_1", "P_14_1", "P_15")] == ["-81.30", "-18.70", "-100.00"]


# --- Orders -----------------------------------------------------------------------------------
def advance(**row: str) -> dict:
    row = {"NrWierszaZam": "1", "P_7Z": "Taras", "P_12Z": "23"} | row
    tree = invoice(Fa__RodzajFaktury="ZAL", Fa__P_15="123.00", Fa__FaWiersz=None)
    tree["Fa"]["Zamowienie"] = {"ZamowienieWiersz": [row]}
    return orders.counted(tree)


def test_an_orders_row_of_an_amount_alone_keeps_it_when_its_rate_changes():
    now = advance(P_11NettoZ="1000.00", P_11VatZ="230.00")
    wanted = Wanted("lines", "zła stawka", "1", changes={0: {"P_12": "8"}})
    made = settling_corrections.of_advance(now, REFERENCE, wanted)
    after = made["Fa"]["Zamowienie"]["ZamowienieWiersz"][1]
    assert (after["P_11NettoZ"], after["P_11VatZ"]) == ("1000.00", "80.00")
    assert made["Fa"]["Zamowienie"]["WartoscZamowienia"] == "1080.00"
    assert Decimal(made["Fa"]["P_15"]) == 0


def test_an_advance_in_a_currency_that_comes_to_nothing_has_tax_of_present_rates_only():
    row = {"P_8BZ": "1", "P_9AZ": "1000.00", "P_12Z": "oo"}
    now = advance(**row)
    now["Fa"] |= {"KodWaluty": "EUR", "KursWalutyZ": "4.2512"}
    wanted = Wanted("lines", "zwrot", "1", changes={0: {"P_12": "8"}}, payment="0.00")
    made = settling_corrections.of_advance(now, REFERENCE, wanted)["Fa"]
    assert made["P_13_10"] == "-123.00"
    assert "P_14_2W" not in made
