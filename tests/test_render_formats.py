"""How single values of an invoice are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.render import formats, labels

NBSP = "\u00a0"


def shown(path: str, text: str, language: str = "pl") -> str:
    return formats.value(path, text, language).replace(NBSP, " ")


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("Fa/P_15", "1234.5", "1 234,50"),
        ("Fa/P_15", "-0.99", "−0,99"),
        ("Fa/P_15", "20000", "20 000,00"),
        ("Fa/FaWiersz/P_9A", "0.12345678", "0,12345678"),
        ("Fa/FaWiersz/P_9A", "1.2300", "1,2300"),
        ("Fa/FaWiersz/P_9A", "1200", "1 200,00"),
        ("Fa/FaWiersz/P_8B", "10", "10"),
        ("Fa/FaWiersz/P_8B", "1000.250", "1 000,250"),
        ("Fa/FaWiersz/P_12", "23", "23%"),
        ("Fa/FaWiersz/P_12", "zw", "zw"),
        ("Fa/FaWiersz/P_12", "0 WDT", "0% WDT"),
        ("Fa/FaWiersz/P_12", "np II", "np. II"),
        ("Fa/FaWiersz/P_12_XII", "19.5", "19,5%"),
        ("Fa/P_1", "2026-12-07", "7.12.2026"),
        ("Naglowek/DataWytworzeniaFa", "2026-11-23T23:30:00Z", "24.11.2026, 0:30:00"),
        ("Podmiot1/DaneIdentyfikacyjne/NIP", "5265877635", "526-587-76-35"),
        ("Podmiot1/Adres/KodKraju", "DE", "Niemcy"),
        ("Podmiot1/Adres/KodKraju", "XK", "XK"),
        ("Fa/Platnosc/FormaPlatnosci", "6", "przelew"),
        ("Fa/KodWaluty", "EUR", "EUR"),
        ("Fa/FaWiersz/GTU", "GTU_06", "GTU_06"),
        (
            "Fa/Platnosc/RachunekBankowy/NrRB",
            "68114099990000123400567801",
            "68 1140 9999 0000 1234 0056 7801",
        ),
        (
            "Fa/Platnosc/RachunekBankowy/NrRB",
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
        ),
    ],
)
def test_a_value_is_written_as_on_paper(path, text, expected):
    assert shown(path, text) == expected


def test_values_have_english_names():
    assert shown("Fa/Platnosc/FormaPlatnosci", "6", "en") == "bank transfer"
    assert shown("Podmiot1/Adres/KodKraju", "DE", "en") == "Germany"


@pytest.mark.parametrize("path", ["Fa/P_15", "Fa/P_1", "Fa/FaWiersz/P_12", "Fa/Nie/Ma"])
@pytest.mark.parametrize("text", ["abc", "1,5", "--", ".", "2026-13-45", "<b>", "٣"])
def test_a_value_that_breaks_its_type_is_shown_as_it_stands(path, text):
    assert formats.value(path, text, "pl") == text


@given(st.from_regex(r"\A-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,8})?\Z"))
def test_no_digit_of_a_number_is_lost(text):
    back = formats.decimal(text).replace(NBSP, "").replace("−", "-").replace(",", ".")
    assert back == text


@given(st.text())
def test_what_is_printable_has_no_invisible_turns(text):
    cleaned = formats.printable(text)
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x7f")
    assert formats.printable(cleaned) == cleaned


def test_polish_and_emoji_stay():
    text = "zażółć gęślą jaźń ŻÓŁW 🚀 שלום"
    assert formats.printable(text) == text


def test_every_word_of_the_print_is_in_both_languages():
    tables = (labels.TEXTS, labels.KINDS, labels.STATEMENTS, labels.COUNTRIES)
    assert all(all(words) for table in tables for words in table.values())
    assert set(labels.texts("en")) == set(labels.texts("pl")) == set(labels.TEXTS)
