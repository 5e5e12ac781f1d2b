"""Latarnia: what the Ministry announces about KSeF's availability. Public, read only.

What it says can change by which day the law wants an invoice in KSeF, so an answer that is
not whole and plain is no answer (LAT-02): LighthouseError, never a guess. A word that we do
not know stays as it came (LAT-03).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from auth_ksef.client import answers
from auth_ksef.client.answers import Malformed
from auth_ksef.client.errors import KsefError
from auth_ksef.client.routes import Route
from auth_ksef.client.transport import Door

MIB = 1024 * 1024
STATUS = Route("latarnia_status", "GET", "/status", "", auth=False, limit=MIB)
MESSAGES = Route("latarnia_messages", "GET", "/messages", "", auth=False, limit=MIB)
TIMEOUT = 20.0
MOST_MESSAGES = 1000
STATUSES = ("AVAILABLE", "MAINTENANCE", "FAILURE", "TOTAL_FAILURE")


class LighthouseError(Exception):
    """No answer of Latarnia that could be trusted; `retry_after` in seconds where it said so."""

    def __init__(self, message: str, retry_after: int | None = None):
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class LighthouseMessage:
    """One announcement in one version; words as they came, moments UTC.

    `event_id` joins the beginning and the end of one event. `end` is None while it is open or
    its end is not announced. `text` is for people only: its hours have disagreed with `start`
    (LAT-04).
    """

    id: str
    version: int
    event_id: int | None
    category: str
    type: str
    title: str
    text: str
    start: datetime
    end: datetime | None
    published: datetime | None
    raw: dict = field(repr=False)


@dataclass(frozen=True)
class LighthouseStatus:
    """The answer of `/status`: the word as it came, and the messages that stand behind it."""

    raw_status: str
    messages: tuple[LighthouseMessage, ...]

    @property
    def status(self) -> str:
        """One of STATUSES, or "UNKNOWN" for a word that we do not know."""
        return self.raw_status if self.raw_status in STATUSES else "UNKNOWN"


class LighthouseApi:
    """Latarnia at `base_url` (no closing slash needed); `http` replaces the connections in tests.

    Each call is bounded to `timeout` seconds and 1 MiB, follows no redirect, and raises
    LighthouseError.
    """

    def __init__(
        self, base_url: str, *, http: httpx.Client | None = None, timeout: float = TIMEOUT
    ):
        self._door = Door(base_url, http, None, timeout)

    def status(self) -> LighthouseStatus:
        """The state at this moment (`GET /status`)."""
        return self._asked(STATUS, _status)

    def messages(self) -> tuple[LighthouseMessage, ...]:
        """All messages of the last weeks (`GET /messages`)."""
        return self._asked(MESSAGES, _messages)

    def close(self) -> None:
        """Closes the connections."""
        self._door.close()

    def _asked(self, route: Route, read) -> Any:
        try:
            return read(answers.parse(self._door.call(route).body))
        except KsefError as error:
            problem, wait = str(error), error.retry_after
        except Malformed as error:
            problem, wait = f"{route.name}: cannot be understood ({error})", None
        raise LighthouseError(problem, wait)


def _status(data: Any) -> LighthouseStatus:
    given = answers.mapping(data)
    listed = given.get("messages")
    messages = () if listed is None else _messages(listed)
    return LighthouseStatus(answers.text(given, "status")[:100], messages)


def _messages(data: Any) -> tuple[LighthouseMessage, ...]:
    if not isinstance(data, list) or len(data) > MOST_MESSAGES:
        raise Malformed("messages")
    return tuple(_message(answers.mapping(row, "message")) for row in data)


def _message(data: dict) -> LighthouseMessage:
    start, end = _moment(data, "start"), _optional_moment(data, "end")
    if end is not None and end < start:
        raise Malformed("end")
    return LighthouseMessage(
        id=_key(data, "id", 100),
        version=_version(data),
        event_id=_event(data),
        category=_key(data, "category", 50),
        type=_key(data, "type", 50),
        title=(answers.optional_text(data, "title") or "")[:500],
        text=answers.optional_text(data, "text") or "",
        start=start,
        end=end,
        published=_optional_moment(data, "published"),
        raw=data,
    )


def _key(data: dict, name: str, limit: int) -> str:
    """A required text that is an identity: too long is wrong, never cut."""
    value = answers.text(data, name)
    if len(value) > limit:
        raise Malformed(name)
    return value


def _version(data: dict) -> int:
    version = answers.integer(data, "version")
    if not 0 <= version < 2**31:
        raise Malformed("version")
    return version


def _event(data: dict) -> int | None:
    if data.get("eventId") is None:
        return None
    return answers.integer(data, "eventId")


def _optional_moment(data: dict, name: str) -> datetime | None:
    return None if data.get(name) is None else _moment(data, name)


def _moment(data: dict, name: str) -> datetime:
    """A moment with an offset; one without could be meant in UTC or in Warsaw's time."""
    value = data.get(name)
    try:
        if datetime.fromisoformat(value).tzinfo is None:
            raise Malformed(name)
    except (TypeError, ValueError):
        raise Malformed(name) from None
    return answers.instant(data, name)
