"""Batch sessions: opening, uploads to pre-signed addresses, closing, what becomes of packages."""

from datetime import date, timedelta

import pytest

from simulator import batch, clock
from simulator.numbers import is_ksef_number
from tests.simulator_support import (
    NIP,
    OAEP,
    OTHER_NIP,
    b64,
    fa3,
    sha,
    tarred,
    today,
    zipped,
)

ATTACHMENT = """<Zalacznik><BlokDanych><ZNaglowek>Pomiar</ZNaglowek><MetaDane>
<ZKlucz>Licznik</ZKlucz><ZWartosc>1</ZWartosc></MetaDane></BlokDanych></Zalacznik>"""


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def day(offset):
    return (date.fromisoformat(today()) + timedelta(days=offset)).isoformat()


def move_clock(monkeypatch, tmp_path, seconds):
    file = tmp_path / "clock"
    file.write_text(str(seconds))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))


def order(sim, kind, **params):
    answer = sim.request("POST", "/control/faults", json={"kind": kind, **params})
    assert answer.status == 201, answer.body


def some(count, prefix="FV"):
    return {f"{number}.xml": fa3(f"{prefix}/{number}") for number in range(count)}


def fates(sender, session):
    return [item["status"]["code"] for item in sender.invoices_of(session)]


def ends_with(sender, package, **options):
    return sender.send_batch(package, **options)[1]["status"]["code"]


@pytest.mark.parametrize(("pack", "compression"), [(zipped, "Zip"), (tarred, "TarGz")])
def test_a_package_gives_every_invoice_a_number(sender, pack, compression):
    files = some(5)
    session, final = sender.send_batch(pack(files), compression=compression, parts=2)
    found = sender.invoices_of(session)
    assert (final["status"]["code"], final["successfulInvoiceCount"]) == (200, 5)
    assert all(is_ksef_number(item["ksefNumber"]) for item in found)
    assert [item["invoiceFileName"] for item in found] == list(files)
    assert [item["invoiceHash"] for item in found] == [sha(data) for data in files.values()]


def test_zip_is_meant_when_no_compression_is_named(sender):
    body = sender.batch_body(zipped(some(1)), compression=None)
    assert sender.call("POST", "/sessions/batch", json=body).status == 201


def test_an_upload_request_says_all_that_is_needed(sim, sender):
    sim.world.storage_url = "http://storage.example"
    _, (wanted,) = sender.open_batch(zipped(some(1)))
    assert (wanted["ordinalNumber"], wanted["method"]) == (1, "PUT")
    assert wanted["url"].startswith("http://storage.example/storage/")
    assert wanted["headers"]


def test_a_session_goes_from_100_over_150_to_200(sim, sender, monkeypatch, tmp_path):
    sim.world.settings.change({"closing_seconds": 60})
    session, (wanted,) = sender.open_batch(zipped(some(1)))
    read = lambda: sender.call("GET", f"/sessions/{session}", expect=200).json  # noqa: E731
    seen = [read()["status"]["code"]]
    sender.upload(wanted)
    sender.call("POST", f"/sessions/batch/{session}/close", expect=204)
    seen.append(read()["status"]["code"])
    move_clock(monkeypatch, tmp_path, 61)
    assert [*seen, sender.wait(read, 150)["status"]["code"]] == [100, 150, 200]


def test_a_token_sent_to_the_storage_is_refused_and_noted(sim, sender):
    _, (wanted,) = sender.open_batch(zipped(some(1)))
    assert sender.upload(wanted, Authorization=f"Bearer {sender.access}").status == 401
    seen = sim.request("GET", "/control/requests").json
    assert seen["part_upload_with_token"] == 1


def test_an_upload_without_the_headers_is_refused(sender):
    _, (wanted,) = sender.open_batch(zipped(some(1)))
    assert sender.upload(wanted | {"headers": {}}).status == 400


@pytest.mark.parametrize("change", ["no signature", "another part", "another session"])
def test_an_address_opens_only_its_own_part(sender, change):
    other, _ = sender.open_batch(zipped(some(1)))
    session, (first, _) = sender.open_batch(zipped(some(1)), parts=2)
    wrong = {
        "no signature": first["url"].split("?")[0],
        "another part": first["url"].replace("/1?", "/2?"),
        "another session": first["url"].replace(session, other),
    }
    assert sender.upload(first | {"url": wrong[change]}).status == 403


def test_an_address_lapses_after_twenty_minutes_a_part(sender, monkeypatch, tmp_path):
    _, wanted = sender.open_batch(zipped(some(1)), parts=2)
    move_clock(monkeypatch, tmp_path, 2 * 20 * 60 - 5)
    assert sender.upload(wanted[0]).status == 201
    move_clock(monkeypatch, tmp_path, 2 * 20 * 60 + 5)
    assert sender.upload(wanted[1]).status == 403


def test_a_part_may_be_sent_again_until_the_session_is_closed(sender):
    session, (wanted,) = sender.open_batch(zipped(some(1)))
    assert sender.upload(wanted, b"x" * 32).status == 201
    assert sender.upload(wanted).status == 201
    assert sender.close_batch(session)["status"]["code"] == 200
    assert sender.upload(wanted).status == 403


def test_a_part_that_was_not_sent_keeps_the_session_open(sender):
    session, wanted = sender.open_batch(zipped(some(1)), parts=2)
    sender.upload(wanted[0])
    assert code(sender.call("POST", f"/sessions/batch/{session}/close")) == 21205
    sender.upload(wanted[1])
    assert sender.close_batch(session)["status"]["code"] == 200


def test_a_part_of_another_size_is_21157_at_the_close(sender):
    session, (wanted,) = sender.open_batch(zipped(some(1)))
    sender.upload(wanted, sender.parts[0] + b"x")
    assert code(sender.call("POST", f"/sessions/batch/{session}/close")) == 21157


def test_a_part_with_another_hash_ends_the_session_with_405(sender):
    session, (wanted,) = sender.open_batch(zipped(some(1)))
    sender.upload(wanted, bytes(len(sender.parts[0])))
    assert sender.close_batch(session)["status"]["code"] == 405
    assert sender.invoices_of(session) == []


@pytest.mark.parametrize("change", [{"fileHash": sha(b"")}, {"fileSize": 1}])
def test_a_package_other_than_declared_ends_with_405(sender, change):
    body = sender.batch_body(zipped(some(1)))
    body["batchFile"] |= change
    answer = sender.call("POST", "/sessions/batch", json=body, expect=201).json
    sender.upload(answer["partUploadRequests"][0])
    assert sender.close_batch(answer["referenceNumber"])["status"]["code"] == 405


def test_a_part_that_does_not_decrypt_ends_with_435(sender, monkeypatch):
    monkeypatch.setattr(sender, "encrypt", lambda data: bytes(33))
    assert ends_with(sender, zipped(some(1))) == 435


def test_a_key_that_does_not_decrypt_ends_with_415(sender):
    key, _ = sender.key("SymmetricKeyEncryption")
    body = sender.batch_body(zipped(some(1)))
    body["encryption"]["encryptedSymmetricKey"] = b64(key.encrypt(bytes(16), OAEP))
    answer = sender.call("POST", "/sessions/batch", json=body, expect=201).json
    sender.upload(answer["partUploadRequests"][0])
    assert sender.close_batch(answer["referenceNumber"])["status"]["code"] == 415


@pytest.mark.parametrize(
    ("package", "compression"),
    [
        (b"no archive", "Zip"),
        (b"no archive", "TarGz"),
        (zipped(some(1)), "TarGz"),
        (tarred(some(1)), "Zip"),
        (zipped(some(2))[:-30], "Zip"),
        (tarred(some(2))[:-5], "TarGz"),
    ],
)
def test_what_does_not_unpack_ends_with_430(sender, package, compression):
    assert ends_with(sender, package, compression=compression) == 430


def test_a_damaged_file_in_the_middle_accepts_none_of_the_others(sender):
    package = bytearray(zipped(some(30)))
    package[len(package) // 3] ^= 255
    session, final = sender.send_batch(bytes(package))
    assert (final["status"]["code"], sender.invoices_of(session)) == (430, [])


@pytest.mark.parametrize(("pack", "compression"), [(zipped, "Zip"), (tarred, "TarGz")])
def test_an_empty_package_is_cancelled(sender, pack, compression):
    _, final = sender.send_batch(pack({}), compression=compression)
    assert (final["status"]["code"], final["status"]["details"]) == (440, ["Nie przesłano faktur"])


def test_one_invoice_too_many_ends_with_420(sim, sender):
    sim.world.settings.change({"batch_max_invoices": 3})
    assert ends_with(sender, zipped(some(4))) == 420
    assert ends_with(sender, zipped(some(3))) == 200


def test_a_session_without_a_valid_invoice_ends_with_445(sender):
    session, final = sender.send_batch(zipped({"a.xml": b"<a/>", "b.xml": b""}))
    assert (final["status"]["code"], final["failedInvoiceCount"]) == (445, 2)
    assert fates(sender, session) == [450, 450]


def test_after_twelve_hours_the_session_is_cancelled(sim, sender, monkeypatch, tmp_path):
    session, (wanted,) = sender.open_batch(zipped(some(1)))
    sender.upload(wanted)
    move_clock(monkeypatch, tmp_path, 12 * 3600 + 1)
    renewed = sender.call("POST", "/auth/token/refresh", token=sender.refresh, expect=200).json
    sender.access = renewed["accessToken"]["token"]
    status = sender.call("GET", f"/sessions/{session}", expect=200).json["status"]
    assert (status["code"], status["details"]) == (440, ["Przekroczono czas wysyłki"])
    assert not (sim.folder / "parts" / session).exists()
    assert code(sender.call("POST", f"/sessions/batch/{session}/close")) == 21208


def test_a_closed_session_is_not_closed_twice(sender):
    session, _ = sender.send_batch(zipped(some(1)))
    assert code(sender.call("POST", f"/sessions/batch/{session}/close")) == 21180


def test_the_calls_of_one_kind_of_session_do_not_know_the_other(sender, session):
    package, _ = sender.send_batch(zipped(some(1)))
    body = sender.send_body(fa3())
    assert code(sender.call("POST", f"/sessions/batch/{session}/close")) == 21173
    assert code(sender.call("POST", f"/sessions/online/{package}/close")) == 21173
    assert code(sender.call("POST", f"/sessions/online/{package}/invoices", json=body)) == 21173


def test_at_most_fifty_parts_of_a_hundred_megabytes(sender):
    body = sender.batch_body(zipped(some(1)))
    part = body["batchFile"]["fileParts"][0]
    many = [part | {"ordinalNumber": number} for number in range(1, 52)]
    large = [part | {"fileSize": batch.MAX_PART + 1}]
    for parts, expected in ((many, 21161), (large, 21157), ([part, part], 21405), ([], 21405)):
        body["batchFile"]["fileParts"] = parts
        assert code(sender.call("POST", "/sessions/batch", json=body)) == expected


def test_a_duplicate_names_its_original_within_one_package_too(sender):
    session, final = sender.send_batch(zipped({"1.xml": fa3("D"), "2.xml": fa3("D")}))
    first, second = sender.invoices_of(session)
    assert (first["status"]["code"], second["status"]["code"]) == (200, 440)
    assert second["status"]["extensions"]["originalKsefNumber"] == first["ksefNumber"]
    assert final["status"]["code"] == 200


@pytest.mark.parametrize(
    ("changes", "mode"),
    [({}, "Online"), ({"offlineMode": True}, "Offline"), ({"offlineMode": False}, "Online")],
)
def test_the_opening_declares_the_mode_of_all_invoices(sender, changes, mode):
    session, _ = sender.send_batch(zipped(some(1)), **changes)
    assert sender.invoices_of(session)[0]["invoicingMode"] == mode


def before_midnight():
    """Seconds from now to five seconds before the end of the Warsaw day."""
    tomorrow = clock.warsaw_day(clock.now()) + timedelta(days=1)
    return (clock.midnight(tomorrow) - clock.now()).total_seconds() - 5


def test_a_package_opened_before_midnight_stays_online(sim, monkeypatch, tmp_path):
    seconds = before_midnight()
    move_clock(monkeypatch, tmp_path, seconds)
    sender, issued = sim.sender(), today()
    session, (wanted,) = sender.open_batch(zipped({"a.xml": fa3("A", issued=issued)}))
    move_clock(monkeypatch, tmp_path, seconds + 60)
    assert today() != issued
    sender.upload(wanted)
    opened = sender.close_batch(session)["dateCreated"]
    (found,) = sender.invoices_of(session)
    assert (found["invoicingMode"], found["invoicingDate"]) == ("Online", opened)
    assert found["ksefNumber"][11:19] == issued.replace("-", "")


def test_an_invoice_of_an_earlier_day_is_offline_and_of_a_later_one_refused(sender):
    package = zipped({"1.xml": fa3("1", issued=day(-1)), "2.xml": fa3("2", issued=day(1))})
    session, _ = sender.send_batch(package)
    first, second = sender.invoices_of(session)
    assert (first["invoicingMode"], second["status"]["code"]) == ("Offline", 450)


def test_somebody_elses_invoice_in_a_package_is_410(sender):
    session, _ = sender.send_batch(zipped({"1.xml": fa3(), "2.xml": fa3(seller=OTHER_NIP)}))
    assert fates(sender, session) == [200, 410]


@pytest.mark.parametrize(("granted", "expected"), [(True, 200), (False, 415)])
def test_attachments_need_the_consent(sender, granted, expected):
    if granted:
        body = {"nip": NIP}
        sender.call("POST", "/testdata/attachment", token=None, json=body, expect=200)
    session, _ = sender.send_batch(zipped({"a.xml": fa3("A", extra=ATTACHMENT)}))
    assert fates(sender, session) == [expected]


def test_a_withdrawn_consent_counts_no_more(sim, sender):
    body = {"nip": NIP}
    sender.call("POST", "/testdata/attachment", token=None, json=body, expect=200)
    sender.call("POST", "/testdata/attachment/revoke", token=None, json=body, expect=200)
    session, _ = sender.send_batch(zipped({"a.xml": fa3("A", extra=ATTACHMENT)}))
    assert fates(sender, session) == [415]


@pytest.mark.parametrize(
    ("size", "attached", "expected"),
    [
        (999_999, False, 200),
        (1_000_001, False, 430),
        (2_999_999, True, 200),
        (3_000_001, True, 430),
    ],
)
def test_an_invoice_may_weigh_one_megabyte_or_three_with_an_attachment(
    sender, size, attached, expected
):
    sender.call("POST", "/testdata/attachment", token=None, json={"nip": NIP}, expect=200)
    data = fa3("S", extra=ATTACHMENT if attached else "")
    data += b" " * (size - len(data))
    session, _ = sender.send_batch(zipped({"a.xml": data}))
    assert fates(sender, session) == [expected]
    assert sender.invoices_of(session)[0]["invoiceHash"] == sha(data)


@pytest.mark.parametrize("verdict", [405, 420, 430, 435, 440, 445, 500])
def test_any_end_of_a_package_can_be_ordered(sim, sender, verdict):
    order(sim, "session_verdict", operation="batch_close", code=verdict)
    assert ends_with(sender, zipped(some(1))) == verdict


def test_verdicts_on_invoices_of_a_package_can_be_ordered(sim, sender):
    order(sim, "verdict", operation="batch_invoice", code=550, count=2)
    session, _ = sender.send_batch(zipped(some(3)))
    assert fates(sender, session) == [550, 550, 200]


@pytest.mark.parametrize("operation", ["batch_open", "batch_close"])
def test_an_operation_is_done_although_its_answer_is_a_5xx(sim, sender, operation):
    order(sim, "error_after", operation=operation, status=502)
    body = sender.batch_body(zipped(some(1)))
    answer = sender.call("POST", "/sessions/batch", json=body)
    listed = sender.call("GET", "/sessions?sessionType=Batch", expect=200).json["sessions"]
    assert (answer.status, len(listed)) == (502 if operation == "batch_open" else 201, 1)
    if operation == "batch_close":
        sender.upload(answer.json["partUploadRequests"][0])
        session = listed[0]["referenceNumber"]
        assert sender.call("POST", f"/sessions/batch/{session}/close").status == 502
        assert fates(sender, session) == [200]


def test_an_upload_can_fail_and_be_repeated(sim, sender):
    _, (wanted,) = sender.open_batch(zipped(some(1)))
    order(sim, "error_before", operation="part_upload", status=503)
    assert [sender.upload(wanted).status for _ in range(2)] == [503, 201]


def test_processed_packages_leave_no_files(sim, sender):
    sender.send_batch(zipped(some(1)), parts=2)
    assert list((sim.folder / "parts").iterdir()) == []


def test_a_package_goes_on_where_a_killed_simulator_stood(sim, sender, monkeypatch):
    from simulator import packages

    monkeypatch.setattr(packages, "SLICE", 2)
    written = packages._record_slice
    calls = []

    def breaks(*arguments):
        if len(calls) == 2:
            raise packages.Stopped
        calls.append(written(*arguments))

    monkeypatch.setattr(packages, "_record_slice", breaks)
    monkeypatch.setattr(packages, "forget_files", lambda store, session: None)
    session, (wanted,) = sender.open_batch(zipped(some(7)))
    sender.upload(wanted)
    sender.call("POST", f"/sessions/batch/{session}/close", expect=204)
    partial = sender.call("GET", f"/sessions/{session}", expect=200).json
    monkeypatch.setattr(packages, "_record_slice", written)
    assert (partial["status"]["code"], partial["invoiceCount"]) == (150, 4)
    read = lambda: sender.call("GET", f"/sessions/{session}", expect=200).json  # noqa: E731
    assert sender.wait(read, 150)["successfulInvoiceCount"] == 7
    assert len({item["ksefNumber"] for item in sender.invoices_of(session)}) == 7


def test_a_package_that_the_simulator_fails_on_ends_with_500(sim, sender):
    session, (wanted,) = sender.open_batch(zipped(some(1)))
    sender.upload(wanted)
    (sim.folder / "parts" / session / "1").unlink()
    assert sender.close_batch(session)["status"]["code"] == 500
