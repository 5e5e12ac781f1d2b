"""Numbers, dates and identifiers as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ksefapp.ui import formats

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1234.56"), f"1{NBSP}234,56"),
        ("-1230", f"−1{NBSP}230,00"),
        (Decimal("0.12345678"), "0,12345678"),
        (Decimal("1E+6"), f"1{NBSP}000{NBSP}000,00"),
        (Decimal("-0.00"), "0,00"),
        (None, "–"),
        ("", "–"),
        ("12szt", "12szt"),
        ("NaN", "NaN"),
    ],
)
def test_an_amount_reads_as_on_paper(value, text):
    assert formats.amount(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, max_value=10**14))
def test_an_amount_loses_nothing(value):
    text = formats.amount(value).replace(NBSP, "").replace(",", ".").replace("−", "-")
    assert Decimal(text) == value


def test_a_quantity_shows_decimals_only_when_it_has_some():
    assert formats.amount("2.00", 0) == "2"
    assert formats.amount("2.50", 0) == "2,5"


def test_money_names_its_currency():
    assert formats.money("99") == f"99,00{NBSP}zł"
    assert formats.money("99", "EUR") == f"99,00{NBSP}EUR"
    assert formats.money(None) == "–"


def test_a_nip_is_grouped_and_anything_else_left_alone():
    assert formats.nip("5265877635") == "526-587-76-35"
    assert formats.nip("DE811234567") == "DE811234567"
    assert formats.nip(None) == ""


def test_an_account_is_grouped_as_banks_print_it():
    number = "68114099990000123400567801"
    assert formats.account_number(number) == "68 1140 9999 0000 1234 0056 7801"
    assert formats.account_number(f"PL{number}") == "PL68 1140 9999 0000 1234 0056 7801"
    assert formats.account_number("GB00 1") == "GB00 1"


def test_a_date_is_read_from_a_date_and_from_iso_text():
    assert formats.date_pl(date(2026, 11, 3)) == "3.11.2026"
    assert formats.date_pl("2026-01-05") == "5.01.2026"
    assert formats.date_pl("jutro") == "jutro"
    assert formats.date_pl(None) == ""


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_an_instant_beyond_the_warsaw_calendar_comes_back_unchanged(text):
    assert formats.date_pl(text) == text


def test_an_instant_is_shown_on_a_warsaw_clock():
    moment = datetime(2026, 11, 22, 23, 30, 5, tzinfo=UTC)
    assert formats.datetime_pl(moment) == "23.11.2026, 0:30"
    assert formats.datetime_pl(moment, True) == "23.11.2026, 0:30:05"
    assert formats.datetime_pl("2026-07-01T12:00:00Z") == "1.07.2026, 14:00"


@pytest.mark.parametrize(("language", "day"), [("pl", "poniedziałek"), ("en", "Monday")])
def test_a_deadline_carries_its_weekday_in_the_language_of_the_page(language, day):
    with translation.override(language):
        text = formats.weekday_date(datetime(2026, 11, 23, 22, 59, tzinfo=UTC))
    assert text == f"{day}{NBSP}23.11.2026, 23:59"


def test_a_day_in_a_list_is_short():
    with translation.override("pl"):
        assert formats.short_day("2026-11-23") == f"pn{NBSP}23.11"


@pytest.mark.parametrize(
    ("count", "word"),
    [
        *[(0, "faktur"), (1, "faktura"), (2, "faktury"), (4, "faktury"), (5, "faktur")],
        *[(12, "faktur"), (14, "faktur"), (21, "faktur"), (22, "faktury"), (112, "faktur")],
    ],
)
def test_polish_counts_in_three_forms(count, word):
    assert formats.plural(count, "faktura,faktury,faktur") == f"{count}{NBSP}{word}"


def test_english_counts_in_two_forms():
    assert formats.plural(1, "invoice,invoices") == f"1{NBSP}invoice"
    assert formats.plural(22, "invoice,invoices") == f"22{NBSP}invoices"


def test_one_letter_words_and_articles_do_not_end_a_line():
    assert formats.tie("Zajrzyj i w spam") == f"Zajrzyj i{NBSP}w{NBSP}spam"
    assert formats.tie("art. 106nda ust. 2") == f"art.{NBSP}106nda ust.{NBSP}2"
    assert formats.tie("A to w") == f"A{NBSP}to w"


@given(st.text())
def test_tying_changes_only_white_space(text):
    assert "".join(formats.tie(text).split()) == "".join(text.split())


def test_initials_come_from_a_name_or_an_address():
    assert formats.initials("Anna Zielińska") == "AZ"
    assert formats.initials("anna.zielinska@example.com") == "AZ"
    assert formats.initials("") == ""


def test_an_hour_stands_alone_only_today(monkeypatch):
    now = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    monkeypatch.setattr(formats.clock, "now", lambda: now)
    assert formats.recent(now) == "23:30"
    assert formats.recent(datetime(2026, 11, 20, 23, 30, tzinfo=UTC)) == "0:30"
    assert formats.recent(datetime(2026, 11, 20, 12, 0, tzinfo=UTC)) == "20.11.2026, 13:00"
    assert formats.recent(None) == ""
