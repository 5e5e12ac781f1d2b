"""Reading fields of an answer that nobody vouches for.

Every reader raises Malformed, and nothing else, when a field is not what the OpenAPI file
says. Unknown fields are ignored, enums stay strings.
"""

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from auth_ksef.client.errors import clean

REFERENCE = re.compile(r"[0-9A-Za-z-]{1,64}")
HEADER_VALUE = re.compile(r"[\x21-\x7e]{1,16384}")
TEXT_LIMIT = 2000
LINK = re.compile(r"[\x21-\x7e]{1,8192}")


class Malformed(Exception):
    """An answer that does not say what it should; its text names the field, not the value."""


def _no_constant(name: str) -> None:
    raise ValueError(name)


def parse(body: bytes) -> Any:
    """JSON of an answer. Fractions stay text, so that no amount ever becomes a float.

    Texts come without control characters and lone surrogates: rows are kept as they are, and
    PostgreSQL takes neither.
    """
    try:
        return _readable(json.loads(body, parse_float=str, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else clean(value, len(value))
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {_readable(key): _readable(item) for key, item in value.items()}
    return value


def mapping(value: Any, name: str = "answer") -> dict:
    """The value if it is an object."""
    if not isinstance(value, dict):
        raise Malformed(name)
    return value


def rows(data: dict, name: str) -> list[dict]:
    """The list of objects in the field."""
    value = data.get(name)
    if not isinstance(value, list):
        raise Malformed(name)
    return [mapping(row, name) for row in value]


def text(data: dict, name: str) -> str:
    """The required text, cleaned of what databases refuse, at most 2000 characters."""
    value = optional_text(data, name)
    if not value:
        raise Malformed(name)
    return value


def optional_text(data: dict, name: str) -> str | None:
    """The text, or None where the field is absent, null or something else."""
    value = data.get(name)
    return clean(value, TEXT_LIMIT) if isinstance(value, str) else None


def link(data: dict, name: str) -> str:
    """The required address, whole or not at all; whether it may be called is asked later."""
    value = optional_link(data, name)
    if value is None:
        raise Malformed(name)
    return value


def optional_link(data: dict, name: str) -> str | None:
    """The address, or None where it is absent or cannot be one."""
    value = data.get(name)
    return value if isinstance(value, str) and LINK.fullmatch(value) else None


def texts(data: dict, name: str) -> tuple[str, ...]:
    """The texts of a list; empty where it is absent or null."""
    value = data.get(name)
    listed = value if isinstance(value, list) else []
    return tuple(clean(item, TEXT_LIMIT) for item in listed if isinstance(item, str))


def reference(data: dict, name: str) -> str:
    """A reference number or KSeF number: it becomes part of a path, so only plain characters."""
    value = data.get(name)
    if not isinstance(value, str) or not REFERENCE.fullmatch(value):
        raise Malformed(name)
    return value


def secret(data: dict, name: str) -> str:
    """A token: it becomes part of a header, so only visible ASCII."""
    value = data.get(name)
    if not isinstance(value, str) or not HEADER_VALUE.fullmatch(value):
        raise Malformed(name)
    return value


def continuation(data: dict) -> str | None:
    """Where the next page starts, or None at the end.

    A broken token is malformed rather than the end: a list taken for complete would prove the
    absence of an invoice that is there.
    """
    value = data.get("continuationToken")
    return None if value in (None, "") else secret(data, "continuationToken")


def integer(data: dict, name: str) -> int:
    """The required whole number."""
    value = optional_integer(data, name)
    if value is None:
        raise Malformed(name)
    return value


def optional_integer(data: dict, name: str) -> int | None:
    """The whole number of at most 64 bits, or None."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        return None
    return value


def flag(data: dict, name: str) -> bool:
    """The required true or false."""
    value = data.get(name)
    if not isinstance(value, bool):
        raise Malformed(name)
    return value


def instant(data: dict, name: str) -> datetime:
    """The required moment, as a UTC datetime."""
    value = optional_instant(data, name)
    if value is None:
        raise Malformed(name)
    return value


def optional_instant(data: dict, name: str) -> datetime | None:
    """The moment as a UTC datetime, or None where absent or unreadable; no offset means UTC."""
    value = data.get(name)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def octets(data: dict, name: str) -> bytes:
    """The bytes of a Base64 field."""
    value = data.get(name)
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Malformed(name) from None


def sha256_hex(data: dict, name: str) -> str:
    """A SHA-256 given in Base64, as 64 lower-case hex digits."""
    digest = octets(data, name)
    if len(digest) != 32:
        raise Malformed(name)
    return digest.hex()


def string_map(data: dict, name: str) -> dict[str, str]:
    """An object of texts, such as a status's `extensions`; empty where absent."""
    value = data.get(name)
    pairs = value.items() if isinstance(value, dict) else ()
    return {clean(key): clean(item) for key, item in pairs if isinstance(item, str)}
