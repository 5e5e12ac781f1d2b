"""Reading hostile bodies: size first, then type, then form. What fails here is a 4xx.

JSON is stricter than Python's: UTF-8 without BOM, no NaN, no repeated names, no NUL (which
PostgreSQL cannot store) and no half of a surrogate pair (which UTF-8 cannot write).
"""

import json
import re
from typing import Any

from django.utils.translation import gettext as _

from ksefapp.api.errors import ApiError

JSON_TYPE = "application/json"
XML_TYPES = ("application/xml", "text/xml")
MOST_JSON = 6_000_000  # an invoice of 3 MB of XML, written as a tree
MOST_XML = 3_000_000  # KSeF's limit for an invoice with an attachment
MOST_DEPTH = 40  # an FA(3) tree needs about 12
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"


def body_read(request, types: dict[str, int]) -> tuple[str, bytes]:
    """(media type, bytes) of a body that is one of `types`, each with its limit in bytes.

    Raises ApiError: 411 without a length, 413 too large, 415 for another type or charset.
    """
    kind = _media_type(request, types)
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.headers.get("Transfer-Encoding"):
        raise ApiError(411, "length_required", _("Podaj Content-Length."))
    if length.isdigit() and int(length) > types[kind]:
        raise _too_large(types[kind])
    data = request.body
    if len(data) > types[kind]:
        raise _too_large(types[kind])
    return kind, data


def _media_type(request, types: dict[str, int]) -> str:
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    charset = re.search(r"charset=\"?([^\";\s]+)", request.content_type or "", re.IGNORECASE)
    if kind not in types or (charset and charset[1].lower() not in ("utf-8", "utf8")):
        wanted = ", ".join(types)
        text = _("Content-Type musi być jednym z: %(types)s, w UTF-8.") % {"types": wanted}
        raise ApiError(415, "unsupported_media_type", text, headers={"Accept": wanted})
    return kind


def _too_large(limit: int) -> ApiError:
    text = _("Treść żądania jest za duża: najwyżej %(limit)s bajtów.") % {"limit": limit}
    return ApiError(413, "too_large", text)


def json_object(data: bytes) -> dict:
    """The JSON object in these bytes. Raises ApiError 400 "invalid_json" with the reason."""
    value = json_value(data)
    if not isinstance(value, dict):
        raise _refused(_("oczekiwano obiektu {…}"))
    return value


def json_value(data: bytes) -> Any:
    """Any JSON value in these bytes, safe to store. Raises ApiError 400 "invalid_json"."""
    if data.startswith(_BOM):
        raise _refused(_("treść zaczyna się znacznikiem BOM"))
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise _refused(_("treść nie jest w UTF-8")) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # also an integer of thousands of digits
        raise _refused(_where(error)) from None
    _refuse_unstorable(value, MOST_DEPTH)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refused(_("obiekt ma dwa pola o tej samej nazwie"))
    return found


def _no_constant(name: str) -> None:
    raise _refused(_("%(name)s nie jest liczbą w JSON") % {"name": name})


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        place = {"line": error.lineno, "column": error.colno}
        return _("błąd w wierszu %(line)s, kolumnie %(column)s") % place
    return _("liczba ma za dużo cyfr")


def _refuse_unstorable(value: Any, depth: int) -> None:
    if depth < 0:
        raise _too_deep()
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unstorable(name, depth - 1)
            _refuse_unstorable(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner, depth - 1)
    elif isinstance(value, str) and _UNSTORABLE.search(value):
        raise _refused(_("tekst zawiera znak NUL albo połowę pary surogatów"))


def _too_deep() -> ApiError:
    text = _("zagnieżdżenie jest zbyt głębokie, najwyżej %(most)s poziomów") % {"most": MOST_DEPTH}
    return _refused(text)


def _refused(reason: str) -> ApiError:
    text = _("To nie jest poprawny JSON: %(reason)s.") % {"reason": reason}
    return ApiError(400, "invalid_json", text)
