"""The three ways in which a call to KSeF fails, and no more."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

RAW_LIMIT = 64 * 1024
DETAIL_LIMIT = 500
DETAILS_LIMIT = 20


class KsefError(Exception):
    """A call to KSeF failed; which of the three subclasses says what the caller may do next.

    `code` is KSeF's own number (21470 …), `details` its explanations, `reason_code` the word of
    a 403, `retry_after` whole seconds as KSeF gave them, `raw` the answer's first 64 KiB,
    `operation` the route's name, `explained` whether KSeF's own words came. The text never
    contains a token, a key or a request body.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        http_status: int | None = None,
        details: tuple[str, ...] = (),
        reason_code: str | None = None,
        retry_after: int | None = None,
        raw: bytes = b"",
        operation: str = "",
        explained: bool = False,
    ):
        super().__init__(message)
        self.code = code
        self.http_status = http_status
        self.details = details
        self.reason_code = reason_code
        self.retry_after = retry_after
        self.raw = raw
        self.operation = operation
        self.explained = explained


class KsefRefused(KsefError):
    """KSeF said no, or we could not ask properly: repeating changes nothing, a person must act.

    A 401 is here too (`http_status == 401`): refresh the access token, then ask again.
    """


class KsefLater(KsefError):
    """Nothing happened that a repetition would do twice: try again, not before `retry_after`
    seconds where given."""


class KsefUnknown(KsefError):
    """The request left and no trustworthy answer came: it may have taken effect or not."""


@dataclass(frozen=True)
class Explanation:
    """What an error body says, whichever of KSeF's formats it is written in."""

    message: str = ""
    code: int | None = None
    details: tuple[str, ...] = ()
    reason_code: str | None = None


@dataclass
class _Collected:
    codes: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, code: Any, description: Any, details: Any) -> None:
        if isinstance(code, int) and not isinstance(code, bool):
            self.codes.append(code)
        listed = details if isinstance(details, list) else []
        self.texts += [clean(text) for text in (description, *listed) if isinstance(text, str)]


def clean(text: str, limit: int = DETAIL_LIMIT) -> str:
    """The text without control characters and lone surrogates, which databases refuse."""
    readable = text[:limit].encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", readable).strip()


def explain(body: bytes) -> Explanation:
    """Reads an error body: problem-details, ExceptionResponse or the old form of a 429."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return Explanation()
    if not isinstance(data, dict):
        return Explanation()
    found = _Collected()
    _read_problem_details(data, found)
    _read_exception_response(data, found)
    _read_old_429(data, found)
    return _explanation(data, found)


def retry_after_seconds(value: str | None, now: datetime) -> int | None:
    """`Retry-After` in whole seconds from now, from seconds or from an HTTP date; None if absent.

    Thousands of seconds are usual and stay as they are.
    """
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return int(value)
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0, int((moment - now).total_seconds()))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _read_problem_details(data: dict, found: _Collected) -> None:
    errors = data.get("errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            found.add(error.get("code"), error.get("description"), error.get("details"))
    found.add(None, data.get("detail"), None)


def _read_exception_response(data: dict, found: _Collected) -> None:
    exception = data.get("exception")
    listed = exception.get("exceptionDetailList") if isinstance(exception, dict) else None
    for row in listed if isinstance(listed, list) else []:
        if isinstance(row, dict):
            description = row.get("exceptionDescription")
            found.add(row.get("exceptionCode"), description, row.get("details"))


def _read_old_429(data: dict, found: _Collected) -> None:
    status = data.get("status")
    if isinstance(status, dict):
        found.add(None, status.get("description"), status.get("details"))


def _explanation(data: dict, found: _Collected) -> Explanation:
    title, reason = data.get("title"), data.get("reasonCode")
    texts = [text for text in dict.fromkeys(found.texts) if text]
    if not texts and isinstance(title, str):
        texts = [clean(title)]
    return Explanation(
        message=texts[0] if texts else "",
        code=found.codes[0] if found.codes else None,
        details=tuple(texts[1 : DETAILS_LIMIT + 1]),
        reason_code=clean(reason, 100) if isinstance(reason, str) else None,
    )
