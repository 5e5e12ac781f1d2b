"""The simulator's white list, VIES and NBP: the documented shapes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from simulator import clock
from simulator.registers import VIES_ERRORS, mid_text

NIP, OFF, ACCOUNT = "5265877635", "9991111017", "61109010140000071219812874"
WHITELIST, VIES, NBP = "/registers/whitelist/api", "/registers/vies", "/registers/nbp/api"


@pytest.fixture
def at(monkeypatch, tmp_path):
    """Sets the clock to a moment of 2026, in UTC."""
    file = tmp_path / "clock"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))

    def set_to(year, month, day, hour):
        file.write_text("0")
        wanted = datetime(year, month, day, hour, tzinfo=UTC)
        file.write_text(str((wanted - clock.now()) / timedelta(seconds=1)))

    return set_to


@pytest.fixture
def noon(at):
    """Sunday 22 November 2026, 13:00 in Warsaw."""
    at(2026, 11, 22, 12)


def search(sim, nip, day="2026-11-20"):
    return sim.request("GET", f"{WHITELIST}/search/nip/{nip}?date={day}")


def vies(sim, number, country="DE", **more):
    body = {"countryCode": country, "vatNumber": number} | more
    return sim.request("POST", f"{VIES}/check-vat-number", json=body)


def rates(sim, span, table="a", code="EUR"):
    address = f"{NBP}/exchangerates/rates/{table}/{code}/{span}/?format=json"
    return sim.request("GET", address)


def test_a_company_has_an_entry(sim, noon):
    result = search(sim, NIP).json["result"]
    assert result["subject"]["nip"] == NIP
    assert result["subject"]["statusVat"] == "Czynny"
    assert result["requestId"] != search(sim, NIP).json["result"]["requestId"]


def test_a_nip_without_an_entry_is_null(sim, noon):
    assert search(sim, "1111111111").json["result"]["subject"] is None


@pytest.mark.parametrize(
    ("nip", "day", "code"),
    [
        (NIP, "22.11.2026", "WL-102"),
        (NIP, "2026-11-23", "WL-103"),
        ("123", "2026-11-20", "WL-113"),
        ("5265877636", "2026-11-20", "WL-115"),
    ],
)
def test_a_wrong_question_has_a_code(sim, noon, nip, day, code):
    answer = search(sim, nip, day)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_many_nips_have_an_entry_each(sim, noon):
    answer = sim.request("GET", f"{WHITELIST}/search/nips/{NIP},1111111111?date=2026-11-20")
    entries = answer.json["result"]["entries"]
    assert [len(entry["subjects"]) for entry in entries] == [1, 0]


def test_more_than_thirty_nips_are_refused(sim, noon):
    many = ",".join([NIP] * 31)
    answer = sim.request("GET", f"{WHITELIST}/search/nips/{many}?date=2026-11-20")
    assert answer.json["code"] == "WL-130"


@pytest.mark.parametrize(("nip", "said"), [(NIP, "TAK"), (OFF, "NIE"), ("1111111111", "NIE")])
def test_an_account_belongs_to_a_nip(sim, noon, nip, said):
    answer = sim.request(
        "GET", f"{WHITELIST}/check/nip/{nip}/bank-account/{ACCOUNT}?date=2026-11-20"
    )
    assert answer.json["result"]["accountAssigned"] == said


@pytest.mark.parametrize(("number", "valid"), [("123456100", True), ("123456200", False)])
def test_the_end_of_an_eu_number_decides(sim, number, valid):
    assert vies(sim, number).json["valid"] is valid


def test_a_requester_gets_a_proof(sim):
    with_one = vies(sim, "123456100", requesterMemberStateCode="PL", requesterNumber=NIP)
    assert with_one.json["requestIdentifier"]
    assert vies(sim, "123456100").json["requestIdentifier"] == ""


@pytest.mark.parametrize(("end", "word"), VIES_ERRORS.items())
def test_errors_of_the_test_service_are_had_by_number(sim, end, word):
    answer = vies(sim, f"123456{end}")
    assert answer.status in (400, 500)
    assert answer.json["errorWrappers"] == [{"error": word}]


def test_greece_is_el(sim):
    assert vies(sim, "123456100", "EL").json["valid"] is True
    assert vies(sim, "123456100", "GR").status == 400


def test_rates_are_of_working_days(sim, noon):
    found = rates(sim, "2026-11-09/2026-11-21").json
    days = [rate["effectiveDate"][-2:] for rate in found["rates"]]
    assert days == ["09", "10", "12", "13", "16", "17", "18", "19", "20"]
    assert found["rates"][0]["no"].endswith("/A/NBP/2026")
    assert str(found["rates"][-1]["mid"]) == mid_text("A", "EUR", date(2026, 11, 20))


def test_table_numbers_count_the_year(sim, noon):
    (rate,) = rates(sim, "2026-01-02/2026-01-02").json["rates"]
    assert rate["no"] == "001/A/NBP/2026"


def test_table_b_appears_on_wednesdays(sim, noon):
    found = rates(sim, "2026-11-09/2026-11-21", "b", "AED").json["rates"]
    assert [rate["effectiveDate"] for rate in found] == ["2026-11-18"]


@pytest.mark.parametrize(("hour", "status"), [(10, 404), (12, 200)])
def test_a_table_is_out_at_noon(sim, at, hour, status):
    at(2026, 11, 20, hour)
    assert rates(sim, "2026-11-20/2026-11-20").status == status


@pytest.mark.parametrize(
    ("span", "code", "status"),
    [
        ("2026-11-21/2026-11-22", "EUR", 404),
        ("2026-11-16/2026-11-20", "XXX", 404),
        ("2026-11-20/2026-11-16", "EUR", 400),
        ("2026-01-01/2026-11-20", "EUR", 400),
        ("x/2026-11-20", "EUR", 400),
    ],
)
def test_without_a_rate_it_says_so(sim, noon, span, code, status):
    assert rates(sim, span, code=code).status == status


@pytest.mark.parametrize("kind", ["html", "garbage", "error_before", "too_many"])
def test_faults_strike_registers_too(sim, noon, kind):
    order = {"kind": kind, "operation": "whitelist_search"}
    assert sim.request("POST", "/control/faults", json=order).status == 201
    answer = search(sim, NIP)
    assert answer.status != 200 or b"requestId" not in answer.body
    assert search(sim, NIP).json["result"]["subject"]
