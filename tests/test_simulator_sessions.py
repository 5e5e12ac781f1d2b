"""Interactive sessions and what becomes of the invoices sent in them."""

from datetime import date, timedelta

import pytest

from simulator.numbers import is_ksef_number
from tests.simulator_support import (
    FORM,
    NIP,
    OAEP,
    OTHER_NIP,
    b64,
    fa3,
    sha,
    today,
)


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def send(sender, session, data, **changes):
    """The raw answer to a sent invoice."""
    body = sender.send_body(data, **changes)
    return sender.call("POST", f"/sessions/online/{session}/invoices", json=body)


def fate(sender, session, data, **changes):
    """The code and details an invoice ends with."""
    status = sender.issue(session, data, **changes)["status"]
    return status["code"], status["details"]


def day(offset):
    return (date.fromisoformat(today()) + timedelta(days=offset)).isoformat()


def move_clock(monkeypatch, tmp_path, seconds):
    file = tmp_path / "clock"
    file.write_text(str(seconds))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))


def test_an_accepted_invoice_gets_a_number_and_keeps_its_hash(sender, session):
    data = fa3("FV/1/2026")
    final = sender.issue(session, data)
    assert is_ksef_number(final["ksefNumber"])
    assert final["ksefNumber"].startswith(f"{NIP}-{today().replace('-', '')}-")
    assert (final["invoiceHash"], final["invoiceNumber"]) == (sha(data), "FV/1/2026")


def test_processing_goes_from_100_over_150_to_200(sim, sender, session, monkeypatch, tmp_path):
    sim.world.settings.change({"processing_seconds": 300})
    path = f"/sessions/{session}/invoices/{sender.send(session, fa3())}"
    seen = []
    for seconds in (-60, 60, 301):
        move_clock(monkeypatch, tmp_path, seconds)
        seen.append(sender.call("GET", path, expect=200).json["status"]["code"])
    assert seen == [100, 150, 200]


def test_a_closed_session_counts_its_invoices_and_has_a_upo(sender, session):
    sender.issue(session, fa3("1"))
    sender.issue(session, b"<a/>")
    final = sender.close(session)
    counts = [final[f"{name}nvoiceCount"] for name in ("i", "successfulI", "failedI")]
    assert (final["status"]["code"], counts) == (200, [2, 1, 1])
    assert len(final["upo"]["pages"]) == 1


def test_a_session_without_invoices_is_cancelled(sender, session):
    assert sender.close(session)["status"]["details"] == ["Nie przesłano faktur"]


def test_a_session_without_a_valid_invoice_ends_with_445(sender, session):
    sender.issue(session, b"<a/>")
    assert sender.close(session)["status"]["code"] == 445


def test_a_closed_session_takes_no_invoice_and_no_second_close(sender, session):
    sender.close(session)
    assert code(send(sender, session, fa3())) == 21180
    assert code(sender.call("POST", f"/sessions/online/{session}/close")) == 21180


def test_a_session_closes_itself_after_twelve_hours(sender, session, monkeypatch, tmp_path):
    final = sender.issue(session, fa3())
    move_clock(monkeypatch, tmp_path, 12 * 3600 + 1)
    sender.access = sender.call("POST", "/auth/token/refresh", token=sender.refresh, expect=200)
    sender.access = sender.access.json["accessToken"]["token"]
    status = sender.call("GET", f"/sessions/{session}", expect=200).json
    assert (status["status"]["code"], final["status"]["code"]) == (200, 200)
    assert code(send(sender, session, fa3("2"))) == 21180


@pytest.mark.parametrize("reference", ["x" * 36, None])
def test_an_unknown_or_foreign_session_is_21173(sim, sender, session, reference):
    stranger = sim.sender(OTHER_NIP)
    stranger.aes, stranger.iv = sender.aes, sender.iv
    path = f"/sessions/{reference or session}"
    assert code(stranger.call("GET", path)) == 21173
    assert code(send(stranger, reference or session, fa3())) == 21173


def test_another_form_is_refused(sender):
    form = FORM | {"systemCode": "FA (2)"}
    key, _ = sender.key("SymmetricKeyEncryption")
    wrapped = b64(key.encrypt(bytes(32), OAEP))
    encryption = {"encryptedSymmetricKey": wrapped, "initializationVector": b64(bytes(16))}
    body = {"formCode": form, "encryption": encryption}
    assert code(sender.call("POST", "/sessions/online", json=body)) == 21405


@pytest.mark.parametrize("secret", [None, bytes(16)])
def test_a_key_that_does_not_decrypt_spoils_the_session(sender, secret):
    key, key_id = sender.key("SymmetricKeyEncryption")
    wrapped = key.encrypt(secret, OAEP) if secret else bytes(256)
    encryption = {
        "encryptedSymmetricKey": b64(wrapped),
        "initializationVector": b64(bytes(16)),
        "publicKeyId": key_id,
    }
    session = sender.open(encryption=encryption)
    status = sender.call("GET", f"/sessions/{session}", expect=200).json["status"]
    assert status["code"] == 415
    assert code(send(sender, session, fa3())) == 21180


def test_a_vector_of_another_length_is_refused(sender):
    encryption = {"encryptedSymmetricKey": b64(bytes(256)), "initializationVector": b64(bytes(12))}
    body = {"formCode": FORM, "encryption": encryption}
    assert code(sender.call("POST", "/sessions/online", json=body)) == 21405


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"encryptedInvoiceSize": 7}, 21402),
        ({"encryptedInvoiceHash": sha(b"other")}, 21403),
        ({"invoiceHash": "short"}, 21405),
        ({"offlineMode": "yes"}, 21405),
        ({"encryptedInvoiceContent": "%%%"}, 21405),
    ],
)
def test_what_does_not_agree_with_the_ciphertext_is_refused_at_once(
    sender, session, changes, expected
):
    assert code(send(sender, session, fa3(), **changes)) == expected


@pytest.mark.parametrize("changes", [{"invoiceSize": 7}, {"invoiceHash": sha(b"other")}])
def test_what_does_not_agree_with_the_plain_file_fails_with_430(sender, session, changes):
    assert fate(sender, session, fa3(), **changes)[0] == 430


def test_a_file_under_another_key_fails_with_435(sender, session):
    sender.aes = bytes(32)
    assert fate(sender, session, fa3()) == (435, ["Plik niepoprawnie zaszyfrowany"])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf" + fa3(), 430),
        (b"<a/>", 450),
        (b"not xml", 450),
        (b"<?xml version='1.0'?><?evil x?>" + fa3().split(b"?>", 1)[1], 450),
        (fa3().replace(b"<P_7>", b"<?evil x?><P_7>"), 450),
        (fa3().replace("Łódź".encode(), b"\xa3\xf3d\xbc"), 450),
        (fa3().replace(b'encoding="UTF-8"', b'encoding="ISO-8859-2"'), 450),
        (fa3().replace("Łódź".encode(), "\x85\x86".encode()), 450),
        (fa3().replace("Łódź".encode(), "\U0001fffe".encode()), 450),
        (b"<!DOCTYPE Faktura>" + fa3().split(b"?>", 1)[1], 450),
        (fa3().replace(b"<P_15>123.00", b"<P_15>123,00"), 450),
        (fa3(kind="INNE"), 450),
        (fa3().replace(b"FA (3)", b"FA (2)"), 450),
        (fa3().replace(b"13775", b"12648"), 450),
    ],
)
def test_a_file_against_the_rules_is_rejected(sender, session, data, expected):
    assert fate(sender, session, data)[0] == expected


def test_the_reasons_of_the_schema_are_told(sender, session):
    code, details = fate(sender, session, fa3().replace(b"<KodWaluty>PLN", b"<KodWaluty>ZZZ"))
    assert code == 450
    assert "KodWaluty" in details[0]


def test_a_file_over_a_million_bytes_is_rejected(sender, session):
    comment = b"<!--" + b"x" * 1_000_000 + b"-->"
    assert fate(sender, session, fa3().replace(b"<Fa>", comment + b"<Fa>"))[0] == 430


def test_tomorrow_is_too_early(sender, session):
    code, details = fate(sender, session, fa3(issued=day(1)))
    assert code == 450
    assert "P_1" in details[0]


@pytest.mark.parametrize(
    ("issued", "declared", "mode"),
    [(0, False, "Online"), (0, True, "Offline"), (-1, False, "Offline"), (-3, True, "Offline")],
)
def test_the_mode_follows_the_day_and_the_declaration(sender, session, issued, declared, mode):
    final = sender.issue(session, fa3(issued=day(issued)), offlineMode=declared)
    assert (final["status"]["code"], final["invoicingMode"]) == (200, mode)


def test_another_seller_is_beyond_the_rights_of_the_context(sender, session):
    assert fate(sender, session, fa3(seller=OTHER_NIP))[0] == 410


def test_an_attachment_is_not_for_interactive_sessions(sender, session):
    extra = (
        "<Zalacznik><BlokDanych><MetaDane><ZKlucz>k</ZKlucz><ZWartosc>w</ZWartosc></MetaDane>"
        "<Tekst><Akapit>a</Akapit></Tekst></BlokDanych></Zalacznik>"
    )
    assert fate(sender, session, fa3(extra=extra))[0] == 415


def test_checksums_of_nips_count_only_when_asked_for(sender, session):
    data = fa3("1").replace(f"<NIP>{OTHER_NIP}".encode(), b"<NIP>1111111112")
    assert fate(sender, session, data)[0] == 200
    sender.call = with_feature(sender.call)
    code, details = fate(sender, sender.open(), data.replace(b"<P_2>1", b"<P_2>2"))
    assert (code, "1111111112" in details[0]) == (450, True)


def with_feature(call):
    def changed(method, path, **options):
        headers = {"X-KSeF-Feature": "subject-identifier-validation"}
        return call(method, path, **options, headers=headers)

    return changed


def test_a_duplicate_names_its_original(sim, sender, session):
    first = sender.issue(session, fa3())
    other = sender.open()
    status = sender.issue(other, fa3() + b"\n")["status"]
    assert (status["code"], status["extensions"]) == (
        440,
        {
            "originalSessionReferenceNumber": session,
            "originalKsefNumber": first["ksefNumber"],
        },
    )


def test_two_of_one_number_sent_at_once_give_one_accepted(sim, sender, session):
    sim.world.settings.change({"processing_seconds": 0.3})
    sent = [sender.send(session, fa3()), sender.send(session, fa3())]
    codes = [sender.fate(session, reference)["status"]["code"] for reference in sent]
    assert codes == [200, 440]


@pytest.mark.parametrize("changes", [{"number": "other"}, {"kind": "UPR"}])
def test_another_number_or_kind_is_no_duplicate(sender, session, changes):
    sender.issue(session, fa3())
    assert fate(sender, session, fa3(**changes))[0] == 200


def test_a_rejected_number_can_be_sent_again(sender, session):
    sender.issue(session, fa3(issued=day(2)))
    assert fate(sender, session, fa3())[0] == 200


def test_the_invoices_of_a_session_come_in_pages(sender, session):
    sent = [sender.send(session, fa3(f"{n}")) for n in range(12)]
    path = f"/sessions/{session}/invoices?pageSize=10"
    first = sender.call("GET", path, expect=200).json
    headers = {"x-continuation-token": first["continuationToken"]}
    second = sender.call("GET", path, expect=200, headers=headers).json
    listed = [item["referenceNumber"] for item in first["invoices"] + second["invoices"]]
    assert (listed, second["continuationToken"]) == (sent, None)


def test_a_continuation_token_of_our_own_making_is_21418(sender, session):
    headers = {"x-continuation-token": "nonsense"}
    path = f"/sessions/{session}/invoices"
    assert code(sender.call("GET", path, headers=headers)) == 21418


def test_only_failed_invoices_are_in_the_list_of_failed(sender, session):
    sender.issue(session, fa3())
    bad = sender.send(session, b"<a/>")
    answer = sender.call("GET", f"/sessions/{session}/invoices/failed", expect=200).json
    assert [item["referenceNumber"] for item in answer["invoices"]] == [bad]


def test_sessions_are_listed_by_status_and_date(sender, session):
    done = sender.open()
    sender.close(done)
    found = {}
    for status in ("InProgress", "Cancelled", "Succeeded"):
        path = f"/sessions?sessionType=Online&statuses={status}&dateCreatedFrom={day(-1)}T00:00:00Z"
        listed = sender.call("GET", path, expect=200).json["sessions"]
        found[status] = [item["referenceNumber"] for item in listed]
    assert found == {"InProgress": [session], "Cancelled": [done], "Succeeded": []}


@pytest.mark.parametrize("query", ["", "?sessionType=Other", "?sessionType=Online&pageSize=5"])
def test_a_wrong_list_query_is_21405(sender, query):
    assert code(sender.call("GET", f"/sessions{query}")) == 21405


def test_an_unknown_invoice_of_a_session_is_21405(sender, session):
    assert code(sender.call("GET", f"/sessions/{session}/invoices/{'x' * 36}")) == 21405
