"""The schema, the interactive page on it, and the answer for addresses that are none."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer

from ksefapp.api.view import ApiView

# Swagger UI writes style attributes; scripts still come from this server's files only.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


class Schema(SpectacularAPIView):
    """OpenAPI 3; YAML, or JSON by `Accept` or `?format=json`."""

    authentication_classes = []
    content_negotiation_class = DefaultContentNegotiation


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from the installed sidecar, no network."""

    authentication_classes = []
    renderer_classes = [TemplateHTMLRenderer]
    url_name = "api-schema"

    @extend_schema(exclude=True)
    def get(self, request, *args, **kwargs):
        """The page, or its script with `?script=`."""
        response = super().get(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = POLICY
        return response


class Nowhere(ApiView):
    """404 in the API's own shape."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def initial(self, request, *args, **kwargs) -> None:
        """Whatever the method."""
        raise Http404("no such address")
