"""Headers and language of every page, and bodies that nobody wanted."""

from contextlib import suppress

from django.conf import settings
from django.http.request import UnreadablePostError
from django.utils import translation
from django.utils.cache import patch_vary_headers

MOST_DISCARDED = 64_000_000
PIECE = 64_000
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


class ContentSecurityPolicy:
    """Sends the strict policy; a view that needs another one sets the header itself."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        return response


class BodyReadToEnd:
    """Takes in what a view left unread of a body, up to a limit.

    The server closes a connection on which data are waiting, and a client that is still sending
    then sees a broken connection instead of the answer (413, 401, …).
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        left = 0 if hasattr(request, "_body") else MOST_DISCARDED
        with suppress(UnreadablePostError):
            while left > 0 and (data := request.read(min(left, PIECE))):
                left -= len(data)
        return response


class LanguageByChoice:
    """Polish, until a person switches: a browser's own language is often just the machine's."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response
