from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from invoices import fa3
from invoices.fa3 import defaults
from tests.fa3_support import invoice

SELLER = {
    "DaneIdentyfikacyjne": {"NIP": "5265877635", "Nazwa": "Firma"},
    "Adres": {"KodKraju": "PL", "AdresL1": "ul. A 1", "AdresL2": ""},
    "SomethingElse": "x",
}
NOW = datetime(2026, 11, 20, 9, 5, 7, 123456, tzinfo=UTC)


def test_a_new_invoice_is_an_ordinary_one_in_zloty():
    made = defaults.new_invoice(SELLER, today=date(2026, 11, 20))
    assert made["Fa"]["KodWaluty"] == "PLN"
    assert made["Fa"]["P_1"] == "2026-11-20"
    assert made["Fa"]["RodzajFaktury"] == "VAT"
    assert (made["Podmiot2"]["JST"], made["Podmiot2"]["GV"]) == ("2", "2")


def test_the_seller_is_copied_without_what_is_empty_or_unknown():
    made = defaults.new_invoice(SELLER, today=date(2026, 11, 20))
    assert "AdresL2" not in made["Podmiot1"]["Adres"]
    assert "SomethingElse" not in made["Podmiot1"]
    made["Podmiot1"]["Adres"]["AdresL1"] = "other"
    assert SELLER["Adres"]["AdresL1"] == "ul. A 1"


def test_a_new_invoice_has_no_time_stamp():
    made = defaults.new_invoice(SELLER, today=date(2026, 11, 20))
    assert "DataWytworzeniaFa" not in made["Naglowek"]


def test_the_stamp_is_utc_to_the_second():
    warsaw = NOW.astimezone(timezone(timedelta(hours=1)))
    stamped = defaults.stamp(invoice(), now_utc=warsaw, software="ksefapp 1.0")
    assert stamped["Naglowek"] == {
        "KodFormularza": {"@kodSystemowy": "FA (3)", "@wersjaSchemy": "1-0E", "#": "FA"},
        "WariantFormularza": "3",
        "DataWytworzeniaFa": "2026-11-20T09:05:07Z",
        "SystemInfo": "ksefapp 1.0",
    }


def test_a_stamped_invoice_is_valid():
    assert fa3.validate(fa3.build(defaults.stamp(invoice(), now_utc=NOW, software="x"))) == []


def test_the_stamp_leaves_the_rest_and_the_original_alone():
    made = invoice()
    stamped = defaults.stamp(made, now_utc=NOW, software="x" * 300)
    assert stamped["Fa"] == made["Fa"]
    assert "DataWytworzeniaFa" not in made["Naglowek"]
    assert len(stamped["Naglowek"]["SystemInfo"]) == 256


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="aware"):
        defaults.stamp(invoice(), now_utc=NOW.replace(tzinfo=None), software="x")
