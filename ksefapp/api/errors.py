"""The one error shape of the API, and everything that can become it.

    {"error": {"code", "message", "fields"?: {name: [message]}, "problems"?: [problem],
               "document"?: {"id", "number"}}}

`code` is for programs and never changes with the language; `message` is for people.
"""

import logging

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

log = logging.getLogger(__name__)

MESSAGES = {
    "bad_request": gettext_lazy("Nie można odczytać żądania."),
    "not_authenticated": gettext_lazy("Podaj klucz API w nagłówku: Authorization: Token …"),
    "invalid_key": gettext_lazy("Ten klucz API jest nieznany albo odwołany."),
    "forbidden": gettext_lazy("Twoja rola w tej firmie na to nie pozwala."),
    "not_found": gettext_lazy("Nie ma tu niczego, co ten klucz API może zobaczyć."),
    "method_not_allowed": gettext_lazy("Ten adres nie obsługuje takiej metody."),
    "too_large": gettext_lazy("Treść żądania jest za duża."),
    "too_many_requests": gettext_lazy("Za dużo żądań; spróbuj później."),
    "server_error": gettext_lazy("Błąd po naszej stronie. Został zapisany w dzienniku serwera."),
}


class ApiError(Exception):
    """An answer that is not a success: status, code, message, and more keys of the shape."""

    def __init__(
        self, status: int, code: str, message: str = "", *, headers: dict | None = None, **more
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, headers or {}
        self.message = message or MESSAGES[code]
        self.more = more


def error_body(code: str, message: object, **more: object) -> dict:
    """The shape itself; empty extras are left out."""
    return {"error": {"code": code, "message": str(message)} | {k: v for k, v in more.items() if v}}


def error_response(error: Exception, context: dict | None = None) -> Response:
    """DRF's exception handler: any exception in the one shape; what nobody foresaw is logged."""
    known = error if isinstance(error, ApiError) else _known(error)
    if known is None:
        log.error("the API failed", exc_info=error)
        known = ApiError(500, "server_error")
    body = error_body(known.code, known.message, **known.more)
    return Response(body, status=known.status, headers=known.headers)


def _known(error: Exception) -> ApiError | None:
    if isinstance(error, Http404):
        return ApiError(404, "not_found")
    if isinstance(error, PermissionDenied):
        return ApiError(403, "forbidden")
    if isinstance(error, RequestDataTooBig):
        return ApiError(413, "too_large")
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return ApiError(400, "bad_request")
    return _of_framework(error) if isinstance(error, exceptions.APIException) else None


def _of_framework(error: exceptions.APIException) -> ApiError:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    return ApiError(error.status_code, _code(error), headers=headers)


def _code(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.AuthenticationFailed):
        return "invalid_key"
    codes = {
        401: "not_authenticated",
        403: "forbidden",
        404: "not_found",
        405: "method_not_allowed",
        413: "too_large",
        429: "too_many_requests",
    }
    return codes.get(
        error.status_code, "bad_request" if error.status_code < 500 else "server_error"
    )


def field_error(name: str, message: str) -> ApiError:
    """400 for one wrong field, parameter or header."""
    text = _("Popraw: %(name)s.") % {"name": name}
    return ApiError(400, "invalid", text, fields={name: [message]})
