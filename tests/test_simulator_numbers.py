"""Identifiers: KSeF numbers and their CRC-8, reference numbers, Base64url, the clock."""

import base64
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import clock, numbers


def crc8_by_division(data: bytes) -> int:
    """The definition: the remainder of the message, eight zero bits on, divided by x8+x2+x+1."""
    message = int.from_bytes(data, "big") << 8
    for bit in range(message.bit_length() - 1, 7, -1):
        if message >> bit & 1:
            message ^= 0x107 << (bit - 8)
    return message


def test_the_official_example_has_the_right_checksum():
    assert numbers.is_ksef_number("5265877635-20250826-0100001AF629-AF")


@given(st.binary(max_size=64))
def test_crc8_is_the_remainder_of_a_division(data):
    assert numbers.crc8(data) == crc8_by_division(data)


@given(st.dates(date(2020, 1, 1), date(2999, 12, 31)))
def test_a_new_ksef_number_has_35_characters_and_its_checksum(day):
    number = numbers.ksef_number("5265877635", day)
    assert len(number) == 35
    assert numbers.is_ksef_number(number)


@given(st.integers(0, 31), st.sampled_from("0123456789ABCDEF"))
def test_a_changed_character_is_noticed(position, sign):
    number = "5265877635-20250826-0100001AF629-AF"
    changed = number[:position] + sign + number[position + 1 :]
    assert numbers.is_ksef_number(changed) == (changed == number)


@given(st.binary(max_size=200))
def test_base64url_goes_there_and_back_without_padding(data):
    text = numbers.to_base64url(data)
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert numbers.from_base64url(text) == data


@pytest.mark.parametrize("text", ["A", "QQ==", "Q Q", "Q+Q", "QR", "ą"])
def test_what_is_not_canonical_base64url_is_refused(text):
    with pytest.raises(ValueError, match="Base64url"):
        numbers.from_base64url(text)


def test_a_reference_number_has_the_form_that_the_upo_schema_asks_for():
    reference = numbers.reference("SO", date(2026, 11, 21))
    assert len(reference) == 36
    assert reference.startswith("20261121-SO-")


@pytest.mark.parametrize(("nip", "valid"), [("5265877635", True), ("5265877636", False)])
def test_the_checksum_of_a_nip_is_looked_at(nip, valid):
    assert numbers.nip_is_valid(nip) is valid


def test_the_clock_follows_the_file_that_the_environment_names(tmp_path, monkeypatch):
    file = tmp_path / "clock"
    file.write_text("86400.5")
    before = clock.now()
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    assert 86399 < (clock.now() - before).total_seconds() < 86410


@pytest.mark.parametrize("content", ["", "nonsense"])
def test_an_empty_or_broken_clock_file_changes_nothing(tmp_path, monkeypatch, content):
    file = tmp_path / "clock"
    file.write_text(content)
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    assert clock.offset() == 0


def test_legal_days_are_days_in_warsaw():
    assert clock.warsaw_day(datetime(2026, 11, 20, 23, 30, tzinfo=UTC)) == date(2026, 11, 21)
