"""What every endpoint of the API stands on: keys, pages, errors. Sees no documents.

DRF imports this module while it imports its own views, so nothing here may need those.
"""

import re

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import PageNumberPagination

from ksefapp.accounts.api_keys import api_key_find
from ksefapp.api.errors import error_response, field_error

__all__ = ["ApiKeyAuthentication", "JsonAlways", "Pages", "error_response"]

SCHEME = "Token"
LONGEST_TOKEN = 200
PAGE_NUMBER = re.compile(r"0{0,9}[1-9][0-9]{0,8}")


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Token …`: the key's person, limited to the key's companies."""

    def authenticate(self, request):
        """(user, ApiKey), or None without the header. Raises AuthenticationFailed (401)."""
        header = request.headers.get("Authorization", "").strip()
        if not header:
            return None
        scheme, _space, token = header.partition(" ")
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

    def paginate_queryset(self, queryset, request, view=None):
        """As DRF's, which answers 404 to a page that is no number and ignores a wrong size."""
        for name in (self.page_query_param, self.page_size_query_param):
            text = request.query_params.get(name, "1")
            if not PAGE_NUMBER.fullmatch(text):
                raise field_error(name, _("oczekiwano liczby od 1"))
        return super().paginate_queryset(queryset, request, view)
