"""What the schema says of every endpoint alike: the key, the error shape, the headers."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from ksefapp.api.idempotency import HEADER

SEVERITIES = ("block", "warn", "hint")

WHY = {
    304: _("Nie zmieniło się od podanego ETag."),
    400: _("Żądania nie da się odczytać albo parametr jest zły."),
    401: _("Brak klucza API albo klucz nieznany lub odwołany."),
    403: _("Rola w tej firmie na to nie pozwala."),
    404: _("Nie ma tego, albo ten klucz tego nie widzi."),
    409: _("Sprzeczne z tym, co już się stało."),
    411: _("Brak Content-Length."),
    412: _("Ktoś zapisał inną wersję; ETag podaje obecną."),
    413: _("Treść jest za duża."),
    415: _("Nieobsługiwany Content-Type."),
    422: _("Faktura ma problemy; wszystkie są na liście."),
    428: _("Brak If-Match."),
    503: _("Na tym serwerze nie da się zrobić PDF."),
}


class ProblemOut(serializers.Serializer):
    """One finding about an invoice; `path` is an FA(3) path with 0-based positions."""

    path = serializers.CharField()
    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=SEVERITIES)
    message = serializers.CharField()


class DocumentName(serializers.Serializer):
    """Which document a conflict is about."""

    id = serializers.UUIDField()
    number = serializers.CharField()


class ErrorInside(serializers.Serializer):
    """`code` is stable, `message` follows Accept-Language."""

    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), required=False
    )
    problems = ProblemOut(many=True, required=False)
    document = DocumentName(required=False)


class ErrorOut(serializers.Serializer):
    """The one shape of every error."""

    error = ErrorInside()


class WaitOut(serializers.Serializer):
    """Not there yet: ask again after Retry-After seconds."""

    state = serializers.CharField()
    message = serializers.CharField()


def answers(success: dict, *errors: int) -> dict:
    """Responses for `extend_schema`: these, plus errors in the one shape (401 always)."""
    shaped = {
        status: OpenApiResponse(None if status == 304 else ErrorOut, description=WHY[status])
        for status in sorted({401, *errors})
    }
    return success | shaped


def file_answer(kind: str, text: object) -> dict:
    """A 200 with a file of this media type."""
    return {(200, kind): OpenApiResponse(OpenApiTypes.BINARY, description=text)}


def header_in(name: str, text: object, *, required: bool = False) -> OpenApiParameter:
    """A request header."""
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, required=required, description=str(text)
    )


IDEMPOTENCY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
    OpenApiParameter.HEADER,
    description="The same key and body give the first answer again, for 30 days.",
)
IF_MATCH = header_in("If-Match", "The ETag of the version that you change.")
IF_NONE_MATCH = header_in("If-None-Match", "An ETag that you have; 304 if it is still the one.")


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """`Authorization: Token …` as the schema names it."""

    target_class = "ksefapp.api.base.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema) -> dict:
        """An apiKey in the header, because OpenAPI knows no scheme called Token."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>`",
        }
