"""The register: download by number, query of metadata."""

import pytest

from simulator import metadata
from tests.simulator_support import NIP, OTHER_NIP, fa3, sha, since


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def query(sender, parameters="", **filters):
    body = {
        "subjectType": "Subject1",
        "dateRange": {"dateType": "Invoicing", "from": since()},
    } | filters
    return sender.call("POST", f"/invoices/query/metadata{parameters}", json=body)


def numbers(answer):
    assert answer.status == 200, answer.body
    return [item["invoiceNumber"] for item in answer.json["invoices"]]


def accepted(sender, *names):
    session = sender.open()
    return [sender.issue(session, fa3(name)) for name in names]


def test_the_accepted_bytes_come_back_with_their_hash(sender):
    data = fa3()
    number = sender.issue(sender.open(), data)["ksefNumber"]
    answer = sender.call("GET", f"/invoices/ksef/{number}", expect=200)
    assert (answer.body, answer.headers["x-ms-meta-hash"]) == (data, sha(data))


def test_an_invoice_not_yet_stored_is_21165(sim, sender):
    sim.world.settings.change({"storage_seconds": 60})
    number = accepted(sender, "1")[0]["ksefNumber"]
    assert code(sender.call("GET", f"/invoices/ksef/{number}")) == 21165
    assert numbers(query(sender)) == []


def test_the_buyer_may_read_it_and_a_stranger_may_not(sim, sender):
    number = accepted(sender, "1")[0]["ksefNumber"]
    sim.sender(OTHER_NIP).call("GET", f"/invoices/ksef/{number}", expect=200)
    stranger = sim.sender("7980332920")
    assert code(stranger.call("GET", f"/invoices/ksef/{number}")) == 21164


def test_metadata_say_what_the_invoice_says(sender):
    final = accepted(sender, "FV/1")[0]
    item = query(sender).json["invoices"][0]
    assert item["ksefNumber"] == final["ksefNumber"]
    assert (item["netAmount"], item["vatAmount"], item["grossAmount"]) == (100, 23, 123)
    assert item["seller"] == {"nip": NIP, "name": "Sprzedawca"}
    assert item["buyer"]["identifier"] == {"type": "Nip", "value": OTHER_NIP}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["1", "2"]),
        ({"invoiceNumber": "2"}, ["2"]),
        ({"invoicingMode": "Offline"}, []),
        ({"invoiceTypes": ["Vat"]}, ["1", "2"]),
        ({"invoiceTypes": ["Kor"]}, []),
        ({"currencyCodes": ["EUR"]}, []),
        ({"amount": {"type": "Brutto", "from": 123, "to": 123}}, ["1", "2"]),
        ({"amount": {"type": "Netto", "from": 100.01}}, []),
        ({"buyerIdentifier": {"type": "Nip", "value": OTHER_NIP}}, ["1", "2"]),
        ({"subjectType": "Subject2"}, []),
    ],
)
def test_filters_choose(sender, filters, found):
    accepted(sender, "1", "2")
    assert numbers(query(sender, **filters)) == found


def test_the_buyer_finds_it_as_second_subject(sim, sender):
    accepted(sender, "1")
    assert numbers(query(sim.sender(OTHER_NIP), subjectType="Subject2")) == ["1"]


def test_results_come_sorted_and_in_pages(sender):
    accepted(sender, *(f"{n:02}" for n in range(11)))
    first = query(sender, "?pageSize=10&sortOrder=Desc")
    second = query(sender, "?pageSize=10&pageOffset=1&sortOrder=Desc")
    assert numbers(first) == [f"{n:02}" for n in range(10, 0, -1)]
    assert (first.json["hasMore"], numbers(second), second.json["hasMore"]) == (True, ["00"], False)


@pytest.mark.parametrize("kind", ["Issue", "Invoicing", "PermanentStorage"])
def test_every_kind_of_date_finds_it(sender, kind):
    accepted(sender, "1")
    found = query(sender, dateRange={"dateType": kind, "from": since()})
    assert numbers(found) == ["1"]
    assert (found.json["permanentStorageHwmDate"] is not None) == (kind == "PermanentStorage")


@pytest.mark.parametrize(
    "dates",
    [
        {"from": "2026-01-01T00:00:00Z", "to": "2026-04-12T00:00:00Z"},
        {"from": "2026-01-01T00:00:00", "to": "2026-01-02T00:00:00"},
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "yesterday"},
        {},
    ],
)
def test_more_than_a_hundred_days_or_no_offset_is_refused(sender, dates):
    assert code(query(sender, dateRange={"dateType": "Invoicing"} | dates)) == 21405


def test_an_invoice_is_found_by_its_ksef_number(sender):
    first, second = accepted(sender, "1", "2")
    item = query(sender, ksefNumber=second["ksefNumber"]).json["invoices"]
    assert [found["invoiceHash"] for found in item] == [second["invoiceHash"]]
    assert first["ksefNumber"] != second["ksefNumber"]


@pytest.mark.parametrize(("mode", "expected"), [("Online", ["1"]), ("Offline", ["2"])])
def test_the_mode_of_issue_is_a_filter(sender, mode, expected):
    session = sender.open()
    sender.issue(session, fa3("1"))
    sender.issue(session, fa3("2"), offlineMode=True)
    assert numbers(query(sender, invoicingMode=mode)) == expected


def test_a_range_ahead_is_21183_when_it_is_restricted(sender):
    ahead = {
        "dateType": "PermanentStorage",
        "from": "2099-01-01T00:00:00Z",
        "to": "2099-01-02T00:00:00Z",
    }
    assert numbers(query(sender, dateRange=ahead)) == []
    restricted = ahead | {"restrictToPermanentStorageHwmDate": True}
    assert code(query(sender, dateRange=restricted)) == 21183


def test_more_than_ten_thousand_say_that_there_is_more(sender, monkeypatch):
    monkeypatch.setattr(metadata, "MAX_RECORDS", 12)
    session = sender.open()
    for number in range(13):
        sender.send(session, fa3(str(number)))
    first, last = (query(sender, f"?pageOffset={page}").json for page in (0, 1))
    assert (first["hasMore"], first["isTruncated"]) == (True, False)
    assert (last["hasMore"], last["isTruncated"], len(last["invoices"])) == (True, True, 2)
