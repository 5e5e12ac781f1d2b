from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksefapp.lib import bank, ksef_number, money, nip

KSEF_NUMBER = "5265877635-20250826-0100001AF629-AF"


@pytest.mark.parametrize(
    "good", ["5265877635", "1111111111", "9999999999", "5260250274", "1234563218", "7740001454"]
)
def test_a_right_nip_is_valid(good):
    assert nip.is_valid(good)


@pytest.mark.parametrize(
    "bad", ["1234567890", "1010000000", "0987654321", "", "526587763", "٥265877635"]
)
def test_a_wrong_nip_is_not(bad):
    assert not nip.is_valid(bad)


def test_form_and_checksum_are_told_apart():
    assert nip.has_form("1234567890")
    assert not nip.has_checksum("1234567890")
    assert not nip.has_form("0987654321")


@settings(deadline=None)
@given(st.sampled_from(["5265877635", "7740001454"]), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(good, place, shift):
    digit = str((int(good[place]) + shift) % 10)
    assert not nip.has_checksum(good[:place] + digit + good[place + 1 :])


@pytest.mark.parametrize("typed", ["PL 526-587-76-35", "526 587 76 35", "pl5265877635"])
def test_a_typed_nip_is_cleaned(typed):
    assert nip.clean(typed) == "5265877635"


@pytest.mark.parametrize("good", ["1111111111-12342", "5265877635-00017", "9999999999-45676"])
def test_an_internal_identifier_has_a_check_digit(good):
    wrong = good[:-1] + str((int(good[-1]) + 1) % 10)
    assert nip.has_internal_check_digit(good)
    assert not nip.has_internal_check_digit(wrong)
    assert nip.nip_of_internal_id(good) == good[:10]


def test_other_forms_are_no_internal_identifier():
    assert nip.nip_of_internal_id("5265877635-0001") is None
    assert not nip.has_internal_check_digit("5265877635")


def test_a_polish_account_is_checked():
    assert bank.is_nrb("61 1090 1014 0000 0712 1981 2874")
    assert bank.is_nrb("PL61109010140000071219812874")
    assert not bank.is_nrb("62109010140000071219812874")
    assert not bank.is_nrb("6110901014000007121981287")


def test_a_foreign_account_is_checked():
    assert bank.is_iban("DE89 3704 0044 0532 0130 00")
    assert not bank.is_iban("DE88 3704 0044 0532 0130 00")
    assert bank.is_swift("BREXPLPWXXX")
    assert not bank.is_swift("brexplpw")


def test_a_ksef_number_has_parts_and_a_checksum():
    number = ksef_number.parse(KSEF_NUMBER)
    assert (number.nip, number.received_on) == ("5265877635", date(2025, 8, 26))
    assert ksef_number.is_valid(KSEF_NUMBER)


@pytest.mark.parametrize("place", [0, 12, 22, 34])
def test_a_changed_ksef_number_fails_its_checksum(place):
    other = "1" if KSEF_NUMBER[place] != "1" else "2"
    assert not ksef_number.is_valid(KSEF_NUMBER[:place] + other + KSEF_NUMBER[place + 1 :])


def test_an_old_ksef_number_is_read_but_not_checked():
    old = "5265877635-20230826-010000-1AF629-AF"
    assert ksef_number.parse(old).technical == "010000-1AF629"
    assert not ksef_number.has_checksum(old)


def test_an_impossible_date_is_no_ksef_number():
    assert ksef_number.parse("5265877635-20250231-0100001AF629-AF") is None


def test_crc_of_nothing_is_zero_and_of_one_is_the_polynomial():
    assert ksef_number.crc8(b"") == 0
    assert ksef_number.crc8(b"\x01") == 0x07


@pytest.mark.parametrize(
    ("number", "rounded"),
    [
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        ("0.004999", "0.00"),
        ("2.675", "2.68"),
        ("1.005", "1.01"),
        ("-2.345", "-2.35"),
        ("9999999999999999.995", "10000000000000000.00"),
    ],
)
def test_rounding_is_half_away_from_zero(number, rounded):
    assert str(money.round_half_up(Decimal(number))) == rounded


@settings(deadline=None)
@given(st.decimals(-(10**15), 10**15, places=6))
def test_rounding_moves_by_half_a_grosz_at_most_and_mirrors(number):
    rounded = money.round_half_up(number)
    assert abs(rounded - number) <= Decimal("0.005")
    assert money.round_half_up(-number) == -rounded


@pytest.mark.parametrize("text", ["", " ", "1,5", "1e3", "NaN", "Infinity", "1_000", "٣", "9" * 41])
def test_what_is_no_plain_number_is_none(text):
    assert money.parse(text) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("\u22125,00", "-5.00"),
    ],
)
def test_a_typed_number_is_understood(typed, number):
    assert money.from_input(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["1,234.56", "1,2,3", "abc", ""])
def test_an_unclear_number_is_none(typed):
    assert money.from_input(typed) is None


@pytest.mark.parametrize(
    ("number", "most", "least", "text"),
    [
        ("1E+3", 2, 2, "1000.00"),
        ("0E-10", 8, 2, "0.00"),
        ("-0.001", 2, 2, "0.00"),
        ("1.500", 6, 0, "1.5"),
        ("100", 6, 0, "100"),
        ("0.000000015", 8, 2, "0.00000002"),
        ("-12.3", 2, 2, "-12.30"),
    ],
)
def test_numbers_are_written_plainly(number, most, least, text):
    assert money.plain(Decimal(number), most, least) == text


def test_products_and_sums_are_exact():
    wide = Decimal("9999999999999999.999999")
    product = money.times(wide, Decimal("1.00000001"))
    assert product - wide == Decimal("99999999.99999999999999")
    assert money.total([Decimal("0.1")] * 10) == 1


def test_numbers_are_shown_as_people_write_them():
    assert money.display(Decimal("-1234567.5")) == "-1\u00a0234\u00a0567,50"
    assert money.display(Decimal("1234.5"), "en") == "1,234.50"
