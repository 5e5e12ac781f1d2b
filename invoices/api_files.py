"""Files over the API: bytes with ETag, and 202 for what is still being made."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from invoices.services.prints import LANGUAGES
from ksefapp.api.errors import field_error
from ksefapp.api.etag import is_unchanged

RETRY_SECONDS = 2
LANGUAGE = OpenApiParameter("language", str, enum=LANGUAGES, default="pl")


def file_response(content: bytes, kind: str, name: str, *, etag: str = "") -> HttpResponse:
    """The bytes, to be saved under this name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    if etag:
        response["ETag"] = etag
    return response


def not_modified(request, etag: str) -> HttpResponse | None:
    """304 when the client has this form already."""
    if not is_unchanged(request, etag):
        return None
    return HttpResponse(status=304, headers={"ETag": etag})


def wait_response(state: str, message: str) -> Response:
    """202: on its way, ask again after Retry-After seconds."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return Response({"state": state, "message": message}, status=202, headers=headers)


def language_read(request) -> str:
    """`?language=`, Polish by default. Raises ApiError 400."""
    language = request.query_params.get("language", "pl")
    if language not in LANGUAGES:
        raise field_error("language", _("jedna z: %(known)s") % {"known": ", ".join(LANGUAGES)})
    return language
