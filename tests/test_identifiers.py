"""Identifiers of those who get rights: check digits, forms, and how people type them."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_ksef.identifiers import (
    IdentifierWrong,
    fingerprint_read,
    internal_id_read,
    nip_read,
    pesel_birthday,
    pesel_read,
    vat_ue_read,
)

CENTURIES = {18: 80, 19: 0, 20: 20, 21: 40, 22: 60}
DIGEST = "CEB3643BAC2C111ADDE971BDA5A80163441867D65389FC0BC0DFF8B4C1CD4E59"


def pesel_of(born: date, serial: int) -> str:
    """A PESEL written down from its definition."""
    month = born.month + CENTURIES[born.year // 100]
    digits = f"{born.year % 100:02d}{month:02d}{born.day:02d}{serial:04d}"
    total = sum(int(one) * (1, 3, 7, 9)[place % 4] for place, one in enumerate(digits))
    return f"{digits}{-total % 10}"


pesels = st.builds(pesel_of, st.dates(date(1800, 1, 1), date(2299, 12, 31)), st.integers(0, 9999))


@given(pesels)
def test_every_pesel_is_read(pesel):
    assert pesel_read(f" {pesel[:6]} {pesel[6:]} ") == pesel


@given(pesels, st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_of_a_pesel_is_noticed(pesel, place, by):
    digit = (int(pesel[place]) + by) % 10
    with pytest.raises(IdentifierWrong):
        pesel_read(f"{pesel[:place]}{digit}{pesel[place + 1 :]}")


@given(st.dates(date(1800, 1, 1), date(2299, 12, 31)), st.integers(0, 9999))
def test_a_pesel_tells_the_day_of_birth_with_its_century(born, serial):
    assert pesel_birthday(pesel_of(born, serial)) == born


@pytest.mark.parametrize("text", ["", "4405140135", "440514013590", "44991401359", "4405140135x"])
def test_what_is_no_pesel_is_told_by_its_form(text):
    with pytest.raises(IdentifierWrong) as caught:
        pesel_read(text)
    assert caught.value.code == "pesel-form"


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text):
    for read in (nip_read, pesel_read, fingerprint_read, internal_id_read, vat_ue_read):
        with suppress(IdentifierWrong):
            assert read(text)


@pytest.mark.parametrize("text", [DIGEST, DIGEST.lower(), f" {DIGEST[:32]}\n{DIGEST[32:]}"])
def test_a_fingerprint_is_read_in_any_case(text):
    assert fingerprint_read(text) == DIGEST


def test_a_fingerprint_with_colons_is_read():
    pairs = ":".join(DIGEST[place : place + 2] for place in range(0, 64, 2))
    assert fingerprint_read(pairs) == DIGEST


@pytest.mark.parametrize("text", [DIGEST[:-1], DIGEST + "0", DIGEST[:-1] + "G", "ab" * 20])
def test_another_digest_is_no_fingerprint(text):
    with pytest.raises(IdentifierWrong):
        fingerprint_read(text)


@pytest.mark.parametrize("text", ["526-587-76-35", "PL5265877635", "5265877635"])
def test_a_nip_is_read_as_people_write_it(text):
    assert nip_read(text) == "5265877635"


@pytest.mark.parametrize(("text", "code"), [("5265877636", "nip-check"), ("123", "nip-form")])
def test_a_wrong_nip_says_what_is_wrong(text, code):
    with pytest.raises(IdentifierWrong) as caught:
        nip_read(text)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["DE123456789", "de 123-456-789", "ATU12345678", "EL123456789"])
def test_a_european_vat_number_is_read(text):
    assert vat_ue_read(text)[:2].isalpha()


@pytest.mark.parametrize("text", ["PL5265877635", "DE12345678", "GR123456789", "٣٤", "DE١٢٣٤٥٦٧٨٩"])
def test_what_is_no_european_vat_number_is_refused(text):
    with pytest.raises(IdentifierWrong):
        vat_ue_read(text)


def test_an_internal_identifier_has_a_check_digit():
    with pytest.raises(IdentifierWrong) as caught:
        internal_id_read("5265877635-12345")
    assert caught.value.code in ("internal-check", "internal-form")
    good = [f"5265877635-1234{digit}" for digit in range(10)]
    assert sum(_reads(text) for text in good) == 1


def _reads(text):
    try:
        return bool(internal_id_read(text))
    except IdentifierWrong:
        return False
