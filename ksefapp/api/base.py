"""What every endpoint of the API stands on: keys, pages, errors. Sees no documents.

DRF imports this module while it imports its own views, so nothing here may need those.
"""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import PageNumberPagination

from ksefapp.accounts.api_keys import api_key_find
from ksefapp.api.errors import error_response

__all__ = ["ApiKeyAuthentication", "JsonAlways", "Pages", "error_response"]

SCHEME = "Token"
LONGEST_TOKEN = 200


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Token …`: the key's person, limited to the key's companies."""

    def authenticate(self, request):
        """(user, ApiKey), or None without the header. Raises AuthenticationFailed (401)."""
        header = request.headers.get("Authorization", "").strip()
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != SCHEME.lower() or not 0 < len(token) <= LONGEST_TOKEN:
            raise AuthenticationFailed
        key = api_key_find(token)
        if key is None:
            raise AuthenticationFailed
        return key.user, key

    def authenticate_header(self, request) -> str:
        """What a 401 asks for."""
        return SCHEME


class JsonAlways(BaseContentNegotiation):
    """Each address has one form, whatever `Accept` says; an error is always JSON."""

    def select_parser(self, request, parsers):
        """The only one."""
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        """The only one."""
        return renderers[0], renderers[0].media_type


class Pages(PageNumberPagination):
    """`?page=` and `?page_size=` (50, at most 200): {"count", "next", "previous", "results"}."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
