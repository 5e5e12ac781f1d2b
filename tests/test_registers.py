"""The adapters of public registers: whatever is not a clear answer is unknown."""

import json
import threading
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.registers import Unknown, nbp, unknown, vies, whitelist
from invoices.registers.door import MOST_BYTES, Door
from ksefapp.lib import nip

NIP, OTHER, ACCOUNT = "5265877635", "9990582186", "61109010140000071219812874"
DAY = date(2026, 11, 22)
SUBJECT = {
    "name": "STOLARNIA",
    "nip": NIP,
    "statusVat": "Czynny",
    "regon": "123456785",
    "krs": None,
    "workingAddress": "LEŚNA 14, 05-500 PIASECZNO",
    "residenceAddress": None,
    "accountNumbers": [ACCOUNT],
    "hasVirtualAccounts": False,
}
FOUND = {"result": {"subject": SUBJECT, "requestId": "abc", "requestDateTime": "22-11-2026 10:00"}}
VALID = {
    "countryCode": "DE",
    "vatNumber": "123456789",
    "valid": True,
    "requestIdentifier": "WAPIAAAA",
    "name": "---",
    "address": "---",
}
RATE = {"no": "225/A/NBP/2026", "effectiveDate": "2026-11-20", "mid": 4.2987}
RATES = {"table": "A", "currency": "euro", "code": "EUR", "rates": [RATE]}
HTML = "<html><body>Incapsula incident ID</body></html>"


def door_of(*replies, register=unknown.WHITELIST, asked=None) -> Door:
    """A register that gives these replies in turn: (status, body) or an exception."""
    left = list(replies)

    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, Exception):
            raise reply
        status, body = reply
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return httpx.Response(status, content=content)

    return Door(
        register,
        "https://register.invalid",
        http=httpx.Client(transport=httpx.MockTransport(answer)),
    )


def subject(*replies, **options):
    return whitelist.subject_of(door_of(*replies, **options), NIP, on=DAY)


def account(*replies):
    return whitelist.account_of(door_of(*replies), NIP, ACCOUNT, on=DAY)


def vat(*replies, number="123456789", **options):
    return vies.check(door_of(*replies, **options), "DE", number, requester_nip=NIP)


def rate(*replies, currency="EUR", day=DAY, **options):
    return nbp.rate_before(door_of(*replies, **options), currency, day)


ASKS = {"subject": subject, "account": account, "vat": vat, "rate": rate}


# --- Answers ---------------------------------------------------------------------------------


def test_an_entry_is_read():
    known = subject((200, FOUND))
    assert known.request_id == "abc"
    assert known.subject.status == "Czynny"
    assert known.subject.address == "LEŚNA 14, 05-500 PIASECZNO"
    assert known.subject.accounts == (ACCOUNT,)


def test_the_question_names_nip_and_day():
    asked = []
    subject((200, FOUND), asked=asked)
    assert str(asked[0].url).endswith(f"/api/search/nip/{NIP}?date=2026-11-22")


def test_no_entry_is_known_and_not_an_error():
    known = subject((200, {"result": {"subject": None, "requestId": "abc"}}))
    assert known.subject is None


@pytest.mark.parametrize("shape", ["subjects", "entries"])
def test_many_nips_are_asked_at_once(shape):
    found = [SUBJECT] if shape == "subjects" else [{"identifier": NIP, "subjects": [SUBJECT]}]
    door = door_of((200, {"result": {shape: found, "requestId": "abc"}}))
    known = whitelist.subjects_of(door, [NIP, OTHER], on=DAY)
    assert known[NIP].subject.name == "STOLARNIA"
    assert known[OTHER].subject is None


def test_no_more_than_thirty_nips_are_asked():
    asked = []
    door = door_of((200, {"result": {"subjects": [], "requestId": "abc"}}), asked=asked)
    numbers = [str(n) for n in range(1111111111, 1111111600) if nip.is_valid(str(n))]
    assert len(whitelist.subjects_of(door, numbers[:30], on=DAY)) == 30
    with pytest.raises(Unknown):
        whitelist.subjects_of(door, numbers[:31], on=DAY)
    assert len(asked) == 1


@pytest.mark.parametrize(("said", "is_assigned"), [("TAK", True), ("NIE", False)])
def test_an_account_is_on_the_list_or_not(said, is_assigned):
    known = account((200, {"result": {"accountAssigned": said, "requestId": "abc"}}))
    assert (known.is_assigned, known.request_id) == (is_assigned, "abc")


def test_a_valid_number_comes_with_its_proof():
    known = vat((200, VALID))
    assert known == vies.KnownVat(True, "", "", "WAPIAAAA")


def test_an_invalid_number_is_known():
    assert vat((200, VALID | {"valid": False})).is_valid is False


def test_the_company_is_the_requester():
    asked = []
    vat((200, VALID), asked=asked)
    body = json.loads(asked[0].content)
    assert (body["requesterMemberStateCode"], body["requesterNumber"]) == ("PL", NIP)


def test_a_requester_outside_vies_gets_an_answer_without_proof():
    error = {"actionSucceed": False, "errorWrappers": [{"error": "INVALID_REQUESTER_INFO"}]}
    asked = []
    known = vat((400, error), (200, VALID | {"requestIdentifier": ""}), asked=asked)
    assert (known.is_valid, known.request_id) == (True, "")
    assert "requesterNumber" not in json.loads(asked[1].content)


def test_greece_is_el():
    asked = []
    greek = VALID | {"countryCode": "EL"}
    vies.check(door_of((200, greek), asked=asked), "GR", "123456789", requester_nip=NIP)
    assert json.loads(asked[0].content)["countryCode"] == "EL"


def test_a_rate_is_exact():
    known = rate((200, RATES))
    assert known == nbp.KnownRate("EUR", Decimal("4.2987"), "225/A/NBP/2026", date(2026, 11, 20))


def test_table_b_is_asked_where_a_has_nothing():
    asked = []
    other = {"no": "047/B/NBP/2026", "effectiveDate": "2026-11-18", "mid": 1}
    body = RATES | {"table": "B", "code": "AED", "rates": [other]}
    known = rate((404, "404 NotFound"), (200, body), currency="AED", asked=asked)
    assert (known.mid, known.table) == (Decimal(1), "047/B/NBP/2026")
    assert "/b/AED/2026-10-23/2026-11-21/" in str(asked[1].url)


def test_the_newest_rate_before_the_day_counts():
    older = RATE | {"no": "224/A/NBP/2026", "effectiveDate": "2026-11-19", "mid": 4.3}
    assert rate((200, RATES | {"rates": [RATE, older]})).mid == Decimal("4.2987")


def test_a_rate_of_the_day_itself_is_no_answer():
    today = RATE | {"effectiveDate": "2026-11-22"}
    with pytest.raises(Unknown):
        rate((200, RATES | {"rates": [today]}))


# --- What is not an answer -------------------------------------------------------------------

NO_ANSWERS = {
    "a firewall's page": (200, HTML),
    "a firewall's refusal": (403, HTML),
    "another page": (302, ""),
    "a redirect with JSON": (302, {"result": {}}),
    "too many requests": (429, {"code": "x"}),
    "too many requests, in HTML": (429, HTML),
    "an error of theirs": (500, {"message": "x"}),
    "a gateway": (502, HTML),
    "a refusal": (400, {"message": "x"}),
    "a page of 400": (400, HTML),
    "nothing": (200, ""),
    "half of it": (200, '{"result": {"subject"'),
    "a list": (200, "[]"),
    "null": (200, "null"),
    "a text": (200, '"TAK"'),
    "an empty object": (200, "{}"),
    "not a number": (200, '{"result": NaN}'),
    "deep": (200, "[" * 100_000),
    "a long number": (200, '{"x": 1' + "0" * 5000 + "}"),
    "wrong types": (200, {"result": [], "valid": "true", "rates": {}, "code": 5}),
    "not UTF-8": (200, b'{"result": "\xff"}'),
    "unauthorised": (401, {}),
    "a silence": httpx.ReadTimeout("slow"),
    "no connection": httpx.ConnectError("refused"),
    "a broken answer": httpx.RemoteProtocolError("cut"),
}


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("what", NO_ANSWERS)
def test_it_is_unknown_after(what, ask):
    with pytest.raises(Unknown) as caught:
        ASKS[ask](NO_ANSWERS[what])
    assert caught.value.pl
    assert caught.value.en


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("WL-191", "limit"),
        ("WL-195", "busy"),
        ("WL-196", "busy"),
        *((f"WL-{n}", "refused") for n in (101, 102, 103, 104, 112, 113, 115, 118, 130, 190)),
        ("XX-1", "strange"),
        (5, "strange"),
    ],
)
def test_a_code_of_the_white_list_says_why(code, reason):
    for ask in (subject, account):
        with pytest.raises(Unknown) as caught:
            ask((400, {"code": code, "message": "x"}))
        assert caught.value.reason == reason


@pytest.mark.parametrize(("word", "reason"), vies._REASONS.items())
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_word_of_vies_says_why(word, reason, status):
    with pytest.raises(Unknown) as caught:
        vat((status, {"actionSucceed": False, "errorWrappers": [{"error": word}]}))
    assert caught.value.reason == reason


@pytest.mark.parametrize("word", ["NEWS", "MS_UNAVAILABLE"])
def test_a_user_error_of_vies_is_unknown_too(word):
    with pytest.raises(Unknown):
        vat((200, VALID | {"userError": word}))


@pytest.mark.parametrize(
    "change",
    [
        {"statusVat": "Zawieszony"},
        {"statusVat": None},
        {"nip": OTHER},
        {"nip": None},
        {"name": ""},
        {"name": 5},
    ],
)
def test_an_absurd_entry_is_unknown(change):
    result = FOUND["result"] | {"subject": SUBJECT | change}
    with pytest.raises(Unknown):
        subject((200, {"result": result}))


@pytest.mark.parametrize("result", [{}, {"requestId": "a"}, {"subject": None}, {"subject": []}])
def test_an_entry_without_its_parts_is_unknown(result):
    with pytest.raises(Unknown):
        subject((200, {"result": result}))


@pytest.mark.parametrize("said", ["", "tak", "MOŻE", True, None])
def test_another_word_about_an_account_is_unknown(said):
    with pytest.raises(Unknown):
        account((200, {"result": {"accountAssigned": said, "requestId": "abc"}}))


@pytest.mark.parametrize(
    "change",
    [{"valid": None}, {"valid": "true"}, {"valid": 1}, {"vatNumber": "1"}, {"countryCode": "FR"}],
)
def test_an_absurd_answer_of_vies_is_unknown(change):
    with pytest.raises(Unknown):
        vat((200, VALID | change))


@pytest.mark.parametrize(
    "mid", ["NaN", "1e5", -4.2, 0, "", None, True, [], 1000, "4,3", "Infinity", 10**30]
)
def test_an_absurd_rate_is_unknown(mid):
    with pytest.raises(Unknown):
        rate((200, RATES | {"rates": [RATE | {"mid": mid}]}))


@pytest.mark.parametrize(
    "change",
    [
        {"code": "USD"},
        {"table": "C"},
        {"rates": []},
        {"rates": [RATE | {"no": "225/C/NBP/2026"}]},
        {"rates": [RATE | {"no": "225/B/NBP/2026"}]},
        {"rates": [RATE | {"effectiveDate": "20.11.2026"}]},
        {"rates": [RATE | {"effectiveDate": "2026-11-30"}]},
        {"rates": [RATE | {"effectiveDate": "2026-10-01"}]},
        {"rates": [RATE, None]},
    ],
)
def test_absurd_tables_are_unknown(change):
    with pytest.raises(Unknown):
        rate((200, RATES | change))


def test_no_table_at_all_is_unknown():
    with pytest.raises(Unknown) as caught:
        rate((404, "404 NotFound - Not Found - Brak danych"))
    assert caught.value.reason == "no-table"


@pytest.mark.parametrize("currency", ["PLN", "eur", "EURO", "../x", ""])
def test_what_is_no_foreign_currency_is_not_asked(currency):
    asked = []
    with pytest.raises(Unknown):
        rate((200, RATES), currency=currency, asked=asked)
    assert asked == []


@pytest.mark.parametrize("number", ["5265877636", "123", "../etc", "5265877635?x=1", ""])
def test_what_is_no_nip_is_not_asked(number):
    asked = []
    with pytest.raises(Unknown):
        whitelist.subject_of(door_of((200, FOUND), asked=asked), number, on=DAY)
    assert asked == []


@pytest.mark.parametrize("number", ["1", "1234567890123", "12 34", "12/4", "żółw"])
def test_what_is_no_eu_number_is_not_asked(number):
    asked = []
    with pytest.raises(Unknown):
        vat((200, VALID), number=number, asked=asked)
    assert asked == []


def test_a_register_that_is_switched_off_is_not_asked():
    with pytest.raises(Unknown) as caught:
        whitelist.subject_of(Door(unknown.WHITELIST, ""), NIP, on=DAY)
    assert caught.value.reason == "off"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "result",
                        "subject",
                        "subjects",
                        "entries",
                        "valid",
                        "rates",
                        "mid",
                        "no",
                        "code",
                        "table",
                        "errorWrappers",
                        "error",
                        "requestId",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_an_answer_or_unknown(body):
    for ask in ASKS.values():
        try:
            ask((200, body))
        except Unknown:
            continue


# --- A hostile server ------------------------------------------------------------------------


@contextmanager
def server(send):
    """A real server whose answers are written by `send`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                send(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *args):
            """Quiet."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        made.server_close()


def big(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(10):
        handler.wfile.write(b" " * (MOST_BYTES // 2))


def trickle(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        threading.Event().wait(0.1)


def silence(handler):
    threading.Event().wait(3)


def zipped(handler):
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()
    handler.wfile.write(b"\x1f\x8b")


def elsewhere(handler):
    assert handler.path.startswith("/api")
    handler.send_response(302)
    handler.send_header("Location", "/other")
    handler.end_headers()


@pytest.mark.parametrize("send", [big, trickle, silence, zipped, elsewhere])
def test_a_hostile_server_costs_neither_memory_nor_time(send):
    with server(send) as base, pytest.raises(Unknown):
        whitelist.subject_of(Door(unknown.WHITELIST, base, 0.7), NIP, on=DAY)


def test_nobody_listening_is_unknown():
    with pytest.raises(Unknown) as caught:
        whitelist.subject_of(Door(unknown.WHITELIST, "http://127.0.0.1:9", 1.0), NIP, on=DAY)
    assert caught.value.reason == "silent"
