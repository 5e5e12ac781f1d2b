"""The parent of every endpoint."""

from django.utils.cache import patch_vary_headers
from rest_framework.views import APIView


class ApiView(APIView):
    """An endpoint: for keys only, and never kept by a cache on the way."""

    def finalize_response(self, request, response, *args, **kwargs):
        """As DRF's, with the headers that every answer carries."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization"])
        return response
