"""Request bodies checked against the shapes of the OpenAPI: refusals are 400, never 500."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from werkzeug import Request
from werkzeug.exceptions import RequestEntityTooLarge

from simulator import numbers
from simulator.errors import Invalid, Problem

Moment = TypeVar("Moment", date, datetime)
MAX_BODY = 8_000_000
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})", re.IGNORECASE
)

# A check takes (value, path) and returns the cleaned value or raises Invalid 21405.
Check = Callable[[Any, str], Any]


def wrong(path: str, reason: str) -> Invalid:
    """400 21405 that names the field."""
    return Invalid(21405, f"'{path}': {reason}")


def text(least: int = 0, most: int = 10_000_000, pattern: str | None = None) -> Check:
    """A string with limits of length and an optional pattern for the whole of it."""

    def check(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise wrong(path, "wymagany jest tekst.")
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise wrong(path, "tekst zawiera niepełny znak Unicode.")
        if not least <= len(value) <= most:
            raise wrong(path, f"długość musi być w zakresie {least}-{most}.")
        if pattern and not re.fullmatch(pattern, value):
            raise wrong(path, "nieprawidłowy format.")
        return value

    return check


def choice(*allowed: str) -> Check:
    """One of the listed strings."""

    def check(value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise wrong(path, f"dozwolone wartości: {', '.join(allowed)}.")
        return value

    return check


def integer(least: int, most: int) -> Check:
    """A JSON integer in a range; booleans are not integers."""

    def check(value: Any, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong(path, "wymagana jest liczba całkowita.")
        if not least <= value <= most:
            raise wrong(path, f"wartość musi być w zakresie {least}-{most}.")
        return value

    return check


def number(value: Any, path: str) -> float:
    """A JSON number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong(path, "wymagana jest liczba.")
    if not -1e15 < value < 1e15:
        raise wrong(path, "liczba jest zbyt duża.")
    return float(value)


def number_between(least: float, most: float) -> Check:
    """A JSON number in a range."""

    def check(value: Any, path: str) -> float:
        given = number(value, path)
        if not least <= given <= most:
            raise wrong(path, f"wartość musi być w zakresie {least}-{most}.")
        return given

    return check


def boolean(value: Any, path: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise wrong(path, "wymagana jest wartość logiczna.")
    return value


def flag(value: Any, path: str) -> bool:
    """true or false that may be absent, but not null."""
    return boolean(value, path)


def stamped(value: Any, path: str) -> str:
    """RFC 3339 with Z or an offset; gives the text."""
    instant(value, path)
    return value


def base64(least: int = 1, most: int = 6_000_000) -> Check:
    """Base64 whose decoded length lies in the range; gives the bytes."""

    def check(value: Any, path: str) -> bytes:
        try:
            data = numbers.from_base64(text()(value, path))
        except ValueError as error:
            raise wrong(path, "wymagana jest wartość Base64.") from error
        if not least <= len(data) <= most:
            raise wrong(path, f"długość po dekodowaniu musi być w zakresie {least}-{most} B.")
        return data

    return check


def sha256(value: Any, path: str) -> str:
    """A SHA-256 in Base64 (44 characters); gives the text."""
    base64(32, 32)(text(44, 44)(value, path), path)
    return value


def instant(value: Any, path: str) -> datetime:
    """RFC 3339 with Z or an offset; gives an aware datetime."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise wrong(path, "wymagana jest data i czas ISO 8601 z sufiksem Z lub przesunięciem.")
    fraction = re.sub(r"(\.\d{6})\d+", r"\1", value)
    try:
        return _sensible(datetime.fromisoformat(fraction))
    except ValueError as error:
        raise wrong(path, "nieprawidłowa data.") from error


def day(value: Any, path: str) -> date:
    """A calendar day, YYYY-MM-DD."""
    try:
        return _sensible(date.fromisoformat(text(10, 10, r"\d{4}-\d{2}-\d{2}")(value, path)))
    except ValueError as error:
        raise wrong(path, "nieprawidłowa data.") from error


def _sensible(moment: Moment) -> Moment:
    # At the edges of the calendar a change of time zone or a day more would overflow.
    if not 1000 < moment.year < 9000:
        raise ValueError(moment.year)
    return moment


def anything(value: Any, path: str) -> Any:
    """Any JSON value; the caller looks at it."""
    return value


def array(item: Check, most: int = 1000) -> Check:
    """A list of values of one shape."""

    def check(value: Any, path: str) -> list:
        if not isinstance(value, list):
            raise wrong(path, "wymagana jest tablica.")
        if len(value) > most:
            raise wrong(path, f"najwyżej {most} elementów.")
        return [item(element, f"{path}[{index}]") for index, element in enumerate(value)]

    return check


def record(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """An object; optional fields may be absent or (flags excepted) null, unknown ones are
    ignored."""

    def check(value: Any, path: str) -> dict:
        if not isinstance(value, dict):
            raise wrong(path or "$", "wymagany jest obiekt.")
        cleaned = {}
        for name, field in required.items():
            if value.get(name) is None:
                raise wrong(f"{path}.{name}".lstrip("."), "pole jest wymagane.")
            cleaned[name] = field(value[name], f"{path}.{name}".lstrip("."))
        for name, field in (optional or {}).items():
            given = value.get(name)
            if given is None and name in value and field is flag:
                raise wrong(f"{path}.{name}".lstrip("."), "wartość null jest niedozwolona.")
            cleaned[name] = None if given is None else field(given, f"{path}.{name}".lstrip("."))
        return cleaned

    return check


def identifier(*types: str, value: Check | None = None) -> Check:
    """An object with `type` and `value`."""
    return record({"type": choice(*types), "value": value or text(1, 64)})


def typed(**values: Check | None) -> Check:
    """An object with `type` and `value`, the value checked by its type; None: has no value."""
    outer = record({"type": choice(*values)}, {"value": anything})

    def check(value: Any, path: str) -> dict:
        found = outer(value, path)
        inner = values[found["type"]]
        name = f"{path}.value".lstrip(".")
        if inner is None and found["value"] is not None:
            raise wrong(name, f"typ {found['type']} nie ma wartości.")
        if inner and found["value"] is None:
            raise wrong(name, "pole jest wymagane.")
        return {"type": found["type"], "value": inner(found["value"], name) if inner else None}

    return check


def unique(item: Check, most: int = 1000) -> Check:
    """A list with at least one value, none of them twice."""
    several = array(item, most)

    def check(value: Any, path: str) -> list:
        found = several(value, path)
        if not found:
            raise wrong(path, "wymagana jest co najmniej jedna wartość.")
        if any(element in found[:index] for index, element in enumerate(found)):
            raise wrong(path, "każda wartość może wystąpić tylko raz.")
        return found

    return check


def raw_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """The body, at most `limit` bytes; larger ones are answered 413."""
    request.max_content_length = limit
    try:
        return request.get_data(cache=True)
    except RequestEntityTooLarge as error:
        raise Problem(413, f"Treść żądania przekracza {limit} bajtów.") from error


def json_body(request: Request, shape: Check, *, optional: bool = False) -> dict:
    """The JSON body, checked; 400 21001 when unreadable, 21405 when of another shape."""
    if optional and not raw_body(request):
        return shape({}, "")
    if request.mimetype not in ("application/json", "text/json") and not (
        request.mimetype.endswith("+json")
    ):
        raise Problem(415, "Wymagana jest treść typu application/json.")
    return shape(parse_json(raw_body(request)), "")


def parse_json(data: bytes) -> Any:
    """JSON in UTF-8, without NaN and Infinity and not too deep; 400 21001 otherwise."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(21001, "Treść nie jest poprawnym dokumentem JSON w UTF-8.") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)


def query_integer(request: Request, name: str, least: int, most: int, default: int) -> int:
    """An integer of the query string within the range of the OpenAPI."""
    given = request.args.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"-?\d{1,9}", given):
        raise wrong(name, "wymagana jest liczba całkowita.")
    return integer(least, most)(int(given), name)


def query_choices(request: Request, name: str, allowed: Iterable[str]) -> list[str]:
    """Repeated values of the query string, each one of the listed."""
    return [choice(*allowed)(value, name) for value in request.args.getlist(name)]


def query_instant(request: Request, name: str) -> datetime | None:
    """An instant of the query string; a `+` that became a space is put back."""
    given = request.args.get(name)
    return None if given is None else instant(given.replace(" ", "+"), name)


def reference(value: str, name: str = "referenceNumber") -> str:
    """A reference number of the path (36 characters)."""
    return text(36, 36)(value, name)
