"""Latarnia's answers: what is plain is read, what is not is no answer."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_ksef.client.lighthouse import LighthouseApi, LighthouseError
from tests.client_support import reply
from tests.test_client_answers import JSON, paths, replaced
from tests.test_client_errors import HTML, LOST, NOT_SENT

MESSAGE = {
    "id": "K/2026/AWR/01",
    "eventId": 1002,
    "category": "FAILURE",
    "type": "FAILURE_START",
    "title": "Awaria",
    "text": "Od godziny 11:00",
    "start": "2026-01-30T10:00:00+00:00",
    "end": None,
    "version": 1,
    "published": "2026-01-30T11:05:00+01:00",
}
ANSWER = {"status": "FAILURE", "messages": [MESSAGE]}


def asked(answer, what="status"):
    def give(request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    http = httpx.Client(transport=httpx.MockTransport(give))
    return getattr(LighthouseApi("https://latarnia.invalid/", http=http), what)()


def test_a_message_is_read_with_its_moments_in_utc():
    found = asked(reply(ANSWER))
    (message,) = found.messages
    assert (found.status, message.event_id, message.version) == ("FAILURE", 1002, 1)
    assert message.start == datetime(2026, 1, 30, 10, tzinfo=UTC)
    assert message.published == datetime(2026, 1, 30, 10, 5, tzinfo=UTC)
    assert message.end is None
    assert message.raw == MESSAGE


@pytest.mark.parametrize("messages", [{}, {"messages": None}, {"messages": []}])
def test_no_messages_are_needed_while_all_is_well(messages):
    assert asked(reply({"status": "AVAILABLE", **messages})).messages == ()


def test_the_list_of_messages_is_read():
    assert [message.id for message in asked(reply([MESSAGE]), "messages")] == ["K/2026/AWR/01"]


def test_unknown_words_stay_as_they_came():
    odd = {**MESSAGE, "category": "FLOOD", "type": "FLOOD_START"}
    found = asked(reply({"status": "FLOODED", "messages": [odd], "more": 1}))
    assert (found.status, found.raw_status) == ("UNKNOWN", "FLOODED")
    assert (found.messages[0].category, found.messages[0].type) == ("FLOOD", "FLOOD_START")


@pytest.mark.parametrize("name", ["id", "category", "type", "start", "version"])
@pytest.mark.parametrize("value", [None, "", [], "x" * 101, -1])
def test_a_message_without_a_mandatory_field_is_no_answer(name, value):
    with pytest.raises(LighthouseError, match="cannot be understood"):
        asked(reply([{**MESSAGE, name: value}]), "messages")


@pytest.mark.parametrize(
    "change",
    [
        {"start": "2026-01-30T10:00:00"},
        {"start": "30.01.2026 10:00"},
        {"end": "soon"},
        {"end": "2026-01-30T09:59:59+00:00"},
        {"published": 7},
        {"eventId": "x"},
        {"version": 1.5},
        {"version": True},
    ],
)
def test_a_field_that_leaves_doubt_is_no_answer(change):
    with pytest.raises(LighthouseError):
        asked(reply({**ANSWER, "messages": [{**MESSAGE, **change}]}))


@pytest.mark.parametrize(
    "answer",
    [
        *LOST,
        *NOT_SENT,
        HTML,
        reply(b"<html>Latarnia</html>"),
        reply(b"", 204),
        reply(b"{"),
        reply([]),
        reply({}),
        reply({"status": 1}),
        reply({"status": "AVAILABLE", "messages": {}}),
        reply({"status": "AVAILABLE", "messages": ["x"]}),
        reply({"title": "Error"}, 500),
        reply({"title": "Error"}, 404),
        reply(ANSWER, 302, {"location": "https://elsewhere.invalid"}),
        reply(b'{"status": "AVAILABLE", "x": "' + b"x" * 1024 * 1024 + b'"}'),
        reply({"status": "AVAILABLE", "messages": [MESSAGE] * 1001}),
    ],
)
def test_anything_but_a_plain_answer_is_no_answer(answer):
    with pytest.raises(LighthouseError):
        asked(answer)


def test_the_seconds_to_wait_are_passed_on():
    with pytest.raises(LighthouseError) as caught:
        asked(reply({"title": "Too Many"}, 429, {"retry-after": "900"}))
    assert caught.value.retry_after == 900


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_one_wrong_field_is_read_or_refused_never_a_fall(data):
    path = data.draw(st.sampled_from(list(paths(ANSWER))))
    body = json.dumps(replaced(ANSWER, path, data.draw(JSON))).encode()
    try:
        found = asked(reply(body))
    except LighthouseError:
        return
    assert found.raw_status
    assert all(message.start.tzinfo for message in found.messages)
