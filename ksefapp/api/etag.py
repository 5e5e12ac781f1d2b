"""ETag, If-Match and If-None-Match (RFC 9110, sections 8.8 and 13)."""

from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from ksefapp.api.errors import ApiError


def etag_of(value: object) -> str:
    """The strong tag of a version number or a hash."""
    return f'"{value}"'


def is_unchanged(request, etag: str) -> bool:
    """Whether the client has this form already (If-None-Match): answer 304."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or etag in {tag.removeprefix("W/") for tag in known}


def require_match(request, etag: str, *, required: bool) -> None:
    """Raises ApiError 412 when If-Match names another version, 428 when it must be given."""
    header = request.headers.get("If-Match")
    if header is None:
        if required:
            text = _("Podaj w If-Match wersję, którą zmieniasz (jej ETag).")
            raise ApiError(428, "precondition_required", text)
        return
    tags = parse_etags(header)
    if "*" not in tags and etag not in tags:
        raise changed_meanwhile(etag)


def changed_meanwhile(etag: str) -> ApiError:
    """412: somebody saved in between; the answer carries the present ETag."""
    text = _("Ktoś zapisał inną wersję w międzyczasie; pobierz ją i popraw jeszcze raz.")
    return ApiError(412, "precondition_failed", text, headers={"ETag": etag})
