"""What an invoice says after its corrections, and the corrections that lead there."""

import os
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import correcting, totals, zloty
from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import CannotCorrect, Reference, Wanted
from invoices.fa3.examine import examine
from invoices.fa3.parse import parse
from invoices.fa3.standing import standing
from ksefapp.lib import money
from tests.fa3_support import TODAY, invoice, line, needs_samples

REFERENCE = Reference("2026-11-20", "FV/2026/11/1", "9999999999-20230908-8BEF280C8D35-4D")
GROSZ = Decimal("0.01")
TEXTS = st.sampled_from(["śruba M6", "usługa", "nakrętka"])
CENTS = st.integers(1, 10_000_00).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")


@st.composite
def lines_drawn(draw, method="net"):
    price = "P_9B" if method == "gross" else "P_9A"
    rows = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        fields = {
            "NrWierszaFa": str(number),
            "P_7": draw(TEXTS),
            "P_8A": "szt.",
            "P_8B": str(draw(st.integers(1, 40))),
            price: draw(CENTS),
            "P_12": draw(st.sampled_from(["23", "8", "5", "0 KR", "zw"])),
        }
        rows.append(fields)
    return rows


@st.composite
def invoices_drawn(draw):
    method = draw(st.sampled_from(["net", "line", "gross"]))
    tree = invoice(Fa__FaWiersz=draw(lines_drawn(method)))
    return totals.compute(tree, method)


def sums(tree: dict) -> dict:
    found = {name: line_reader.number(tree, f"Fa/{name}") for name in correcting.SUMS}
    return {name: amount for name, amount in found.items() if amount}


def plain(lines: list[dict]) -> list[dict]:
    kept = ("P_7", "P_8B", "P_9A", "P_9B", "P_11", "P_11A", "P_12")
    return [
        {n: money.parse(v) if n not in ("P_7", "P_12") else v for n, v in each.items() if n in kept}
        for each in lines
    ]


def two_lines() -> dict:
    rows = [line(1, P_8B="10"), line(2, P_7="klucz", P_9A="7.00")]
    return totals.compute(invoice(Fa__FaWiersz=rows))


@settings(max_examples=60, deadline=None)
@given(invoices_drawn())
def test_an_invoice_taken_back_stands_at_nothing(tree):
    correction = correcting.to_zero(tree, REFERENCE, Wanted("zero"))
    after = standing(tree, [correction])
    assert "FaWiersz" not in after["Fa"]
    assert not sums(after)


@settings(max_examples=60, deadline=None)
@given(invoices_drawn())
def test_a_correction_to_zero_is_the_exact_opposite(tree):
    correction = correcting.to_zero(tree, REFERENCE, Wanted("zero"))
    assert sums(correction) == {name: -amount for name, amount in sums(tree).items()}


@settings(max_examples=60, deadline=None)
@given(invoices_drawn(), st.data())
def test_after_a_correction_by_lines_stands_what_was_wanted(tree, data):
    lines = tree["Fa"]["FaWiersz"]
    place = data.draw(st.integers(0, len(lines) - 1))
    quantity = str(data.draw(st.integers(1, 60)))
    wanted = Wanted("lines", changes={place: {"P_8B": quantity}})
    after = standing(tree, [correcting.by_lines(tree, REFERENCE, wanted)])
    lines = [dict(each) for each in lines]
    lines[place]["P_8B"] = quantity
    for name in correcting.AMOUNTS:
        lines[place].pop(name, None)
    meant = totals.compute(tree | {"Fa": tree["Fa"] | {"FaWiersz": lines}}, totals.method_of(tree))
    assert plain(after["Fa"]["FaWiersz"]) == plain(meant["Fa"]["FaWiersz"])
    assert sums(after) == sums(meant)


@settings(max_examples=60, deadline=None)
@given(invoices_drawn(), st.data())
def test_a_second_correction_starts_from_the_first(tree, data):
    place = data.draw(st.integers(0, len(tree["Fa"]["FaWiersz"]) - 1))
    first = correcting.by_lines(
        tree, REFERENCE, Wanted("lines", lines=(place,), changes={place: {"P_8B": "3"}})
    )
    now = standing(tree, [first])
    second = correcting.to_zero(now, REFERENCE, Wanted("zero"))
    assert not sums(standing(tree, [first, second]))


@settings(max_examples=60, deadline=None)
@given(invoices_drawn(), st.data())
def test_totals_of_one_line_are_off_by_its_rounding_at_most(tree, data):
    place = data.draw(st.integers(0, len(tree["Fa"]["FaWiersz"]) - 1))
    wanted = Wanted("lines", lines=(place,), changes={place: {"P_8B": "7"}})
    after = standing(tree, [correcting.by_lines(tree, REFERENCE, wanted)])
    counted = totals.compute(after, totals.method_of(tree))
    names = {*sums(after), *sums(counted)}
    off = [sums(after).get(n, 0) - sums(counted).get(n, 0) for n in names]
    assert all(abs(each) <= 8 * GROSZ for each in off)


def test_a_return_lessens_the_quantity():
    wanted = Wanted("difference", lines=(0,), changes={0: {"P_8B": "-2"}})
    after = standing(two_lines(), [correcting.by_difference(two_lines(), REFERENCE, wanted)])
    assert after["Fa"]["FaWiersz"][0]["P_8B"] == "8"
    assert len(after["Fa"]["FaWiersz"]) == 2


def test_a_return_of_all_pieces_leaves_no_line():
    wanted = Wanted("difference", lines=(0,), changes={0: {"P_8B": "-10"}})
    after = standing(two_lines(), [correcting.by_difference(two_lines(), REFERENCE, wanted)])
    assert [each["P_7"] for each in after["Fa"]["FaWiersz"]] == ["klucz"]


def test_a_difference_that_fits_no_line_stays_a_line_of_its_own():
    correction = correcting.by_difference(two_lines(), REFERENCE, Wanted("difference", lines=(0,)))
    correction["Fa"]["FaWiersz"] = [{"NrWierszaFa": "1", "P_7": "rabat", "P_11": "-5.00"}]
    after = standing(two_lines(), [correction])
    assert [each["NrWierszaFa"] for each in after["Fa"]["FaWiersz"]] == ["1", "2", "3"]


def test_lines_numbered_apart_are_found_by_their_content():
    pair = correcting.by_lines(two_lines(), REFERENCE, Wanted("lines", lines=(1,)))
    for number, row in enumerate(pair["Fa"]["FaWiersz"], 1):
        row["NrWierszaFa"] = str(number)
    pair["Fa"]["FaWiersz"][1]["P_8B"] = "5"
    after = standing(two_lines(), [pair])
    assert {each["P_7"] for each in after["Fa"]["FaWiersz"]} == {"Usługa", "klucz"}
    assert len(after["Fa"]["FaWiersz"]) == 2


def test_what_a_strange_line_takes_back_still_counts():
    row = line(9, P_7="nie było", P_8B="2", P_9A="10.00", P_11="20.00") | {"StanPrzed": "1"}
    correction = correcting.base(two_lines(), REFERENCE, Wanted("lines"))
    correction["Fa"]["FaWiersz"] = [row]
    assert standing(two_lines(), [correction])["Fa"]["FaWiersz"][-1]["P_11"] == "-20.00"


def test_a_correction_of_several_invoices_is_left_out():
    correction = correcting.to_zero(two_lines(), REFERENCE, Wanted("zero"))
    correction["Fa"]["DaneFaKorygowanej"] *= 2
    assert standing(two_lines(), [correction]) == two_lines()


def test_the_buyer_stands_as_corrected():
    party = {"DaneIdentyfikacyjne": {"Nazwa": "Nowa nazwa"}}
    correction = correcting.of_buyer(two_lines(), REFERENCE, Wanted("buyer", party=party))
    after = standing(two_lines(), [correction])
    assert trees.text(after, "Podmiot2/DaneIdentyfikacyjne/Nazwa") == "Nowa nazwa"
    assert sums(after) == sums(two_lines())


def test_former_and_present_buyer_share_a_key():
    correction = correcting.of_buyer(two_lines(), REFERENCE, Wanted("buyer"))
    former = correction["Fa"]["Podmiot2K"][0]
    assert former["IDNabywcy"] == correction["Podmiot2"]["IDNabywcy"]


def test_nothing_is_left_to_take_back_twice():
    first = correcting.to_zero(two_lines(), REFERENCE, Wanted("zero"))
    with pytest.raises(CannotCorrect, match="nothing-left"):
        correcting.to_zero(standing(two_lines(), [first]), REFERENCE, Wanted("zero"))


def test_a_line_that_is_not_there_cannot_be_corrected():
    with pytest.raises(CannotCorrect, match="no-such-line"):
        correcting.by_lines(two_lines(), REFERENCE, Wanted("lines", lines=(2,)))


def test_an_original_without_ksef_number_says_so():
    assert Reference("2026-01-30", "1/2026").entry()["NrKSeFN"] == "1"


def test_a_correction_carries_no_payment_and_no_number():
    made = correcting.to_zero(two_lines(), REFERENCE, Wanted("zero"))
    assert not made["Fa"].keys() & {"Platnosc", "P_1", "P_2", "Rozliczenie"}


def test_ten_thousand_lines_are_taken_back_without_a_long_wait():
    rows = [line(number, P_7=f"Towar {number}") for number in range(1, 10_001)]
    tree = totals.compute(invoice(Fa__FaWiersz=rows))
    started = time.perf_counter()
    correction = correcting.to_zero(tree, REFERENCE, Wanted("zero"))
    assert "FaWiersz" not in standing(tree, [correction])["Fa"]
    assert time.perf_counter() - started < 20


def order_row(quantity: str, **more: str) -> dict:
    row = {"NrWierszaZam": "1", "P_7Z": "Dom", "P_8AZ": "szt.", "P_8BZ": quantity}
    net = Decimal(quantity) * 100
    row |= {"P_9AZ": "100.00", "P_11NettoZ": f"{net:.2f}", "P_11VatZ": f"{net * 23 / 100:.2f}"}
    return row | {"P_12Z": "23"} | more


def test_an_order_stands_as_its_correction_left_it():
    original, correction = two_lines(), two_lines()
    original["Fa"]["Zamowienie"] = {"ZamowienieWiersz": [order_row("2")]}
    pair = [order_row("2", StanPrzedZ="1"), order_row("3")]
    correction["Fa"]["Zamowienie"] = {"WartoscZamowienia": "369.00", "ZamowienieWiersz": pair}
    order = standing(original, [correction])["Fa"]["Zamowienie"]
    assert order == {"WartoscZamowienia": "369.00", "ZamowienieWiersz": [order_row("3")]}


def foreign() -> dict:
    rows = [line(1, P_8B="3", P_9A="33.33", KursWaluty="4.2512")]
    return zloty.filled(totals.compute(invoice(Fa__KodWaluty="EUR", Fa__FaWiersz=rows)))


def test_vat_in_zloty_is_taken_back_to_the_grosz():
    made = correcting.to_zero(foreign(), REFERENCE, Wanted("zero"))
    assert sums(made)["P_14_1W"] == -sums(foreign())["P_14_1W"]
    assert made["Fa"]["FaWiersz"][0]["KursWaluty"] == "4.2512"


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("lines", "cena", "2", changes={0: {"P_9A": "90.00"}}),
        Wanted("difference", "zwrot", "2", lines=(0,), changes={0: {"P_8B": "-1"}}),
        Wanted("zero", "zwrot", "2"),
        Wanted("buyer", "nazwa", "1", party={"DaneIdentyfikacyjne": {"Nazwa": "Nowa"}}),
        Wanted("seller", "adres", "1", party={"Adres": {"KodKraju": "PL", "AdresL1": "Inna 2"}}),
        Wanted("number", "numer", "1", number="FV/2026/11/2"),
    ],
)
def test_what_is_made_is_valid_and_breaks_no_rule(wanted):
    makers = {
        "lines": correcting.by_lines,
        "difference": correcting.by_difference,
        "zero": correcting.to_zero,
        "buyer": correcting.of_buyer,
        "seller": correcting.of_seller,
        "number": correcting.of_number,
    }
    made = makers[wanted.method](two_lines(), REFERENCE, wanted)
    made["Fa"] |= {"P_1": TODAY.isoformat(), "P_2": "KOR/1"}
    made["Naglowek"] |= {"DataWytworzeniaFa": "2026-11-20T10:00:00Z", "SystemInfo": "x"}
    found = examine(made, today=TODAY, environment="simulator", now=None).problems
    assert [p for p in found if p.severity != "hint"] == []


@needs_samples
@pytest.mark.parametrize("number", ["02", "03"])
def test_the_ministrys_two_ways_leave_the_same_invoice(number):
    directory = Path(os.environ["KSEF_SAMPLES"])
    first, then = (
        parse((directory / f"fa3-przyklad-{each}.xml").read_bytes()) for each in ("01", number)
    )
    after = standing(first, [then])
    fridge = next(each for each in after["Fa"]["FaWiersz"] if "lod" in each["P_7"])
    assert money.parse(fridge["P_9A"]) == Decimal("1463.41")
    assert sums(after)["P_15"] == sums(first)["P_15"] - 200


@needs_samples
def test_the_ministrys_other_buyer_stands():
    directory = Path(os.environ["KSEF_SAMPLES"])
    first, then = (
        parse((directory / f"fa3-przyklad-{each}.xml").read_bytes()) for each in ("01", "05")
    )
    after = standing(first, [then])
    assert trees.text(after, "Podmiot2/DaneIdentyfikacyjne/Nazwa") == "CeDeE s.c."
    assert sums(after) == sums(first)


def ordered(*rows: dict, value: str = "") -> dict:
    tree = two_lines()
    tree["Fa"].pop("FaWiersz")
    tree["Fa"]["Zamowienie"] = {"WartoscZamowienia": value, "ZamowienieWiersz": list(rows)}
    return tree


def test_of_two_rows_alike_only_the_corrected_one_changes():
    original = ordered(order_row("2"), order_row("2", NrWierszaZam="2"))
    pairs = [order_row("2", StanPrzedZ="1"), order_row("1")]
    same = [order_row("2", NrWierszaZam="2", StanPrzedZ="1"), order_row("2", NrWierszaZam="2")]
    order = standing(original, [ordered(*pairs, *same, value="369.00")])["Fa"]["Zamowienie"]
    assert [row["P_8BZ"] for row in order["ZamowienieWiersz"]] == ["1", "2"]
    assert order["WartoscZamowienia"] == "369.00"


def test_an_order_shown_anew_is_not_added_to_what_it_was():
    order = standing(ordered(order_row("2")), [ordered(order_row("3"), value="369.00")])
    assert order["Fa"]["Zamowienie"]["ZamowienieWiersz"] == [order_row("3")]


def test_a_difference_of_an_order_is_added():
    order = standing(ordered(order_row("2")), [ordered(order_row("1"), value="369.00")])
    assert order["Fa"]["Zamowienie"]["ZamowienieWiersz"] == [order_row("3")]
