"""The parent of every endpoint."""

from django.utils import translation
from django.utils.cache import patch_vary_headers
from rest_framework.views import APIView


class ApiView(APIView):
    """An endpoint: speaks the language of Accept-Language, and no cache on the way keeps it."""

    # Else DRF's 405 to OPTIONS would name OPTIONS among what is allowed.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    def dispatch(self, request, *args, **kwargs):
        """As DRF's. A program has no cookie by which pages choose their language."""
        with translation.override(translation.get_language_from_request(request)):
            return super().dispatch(request, *args, **kwargs)

    def finalize_response(self, request, response, *args, **kwargs):
        """As DRF's, with the headers that every answer carries."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response
