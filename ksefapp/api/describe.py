"""What the schema says of every endpoint alike: the key, the error shape, the headers."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from ksefapp.api.idempotency import HEADER

SEVERITIES = ("block", "warn", "hint")

WHY = {
    304: "Unchanged since the ETag that was given.",
    400: "The request cannot be read, or a parameter is wrong.",
    401: "No API key, or one that is unknown or revoked.",
    403: "The role in this company does not allow it.",
    404: "It does not exist, or this key cannot see it.",
    409: "Contradicts what has happened already.",
    411: "Content-Length is missing.",
    412: "Somebody saved another version; ETag names the present one.",
    413: "The body is too large.",
    415: "Content-Type is not supported.",
    422: "The invoice has problems; all are listed.",
    428: "If-Match is missing.",
    503: "This server cannot make PDFs.",
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


def file_answer(kind: str, text: str) -> dict:
    """A 200 with a file of this media type."""
    return {(200, kind): OpenApiResponse(OpenApiTypes.BINARY, description=text)}


def header_in(name: str, text: str) -> OpenApiParameter:
    """A request header."""
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text)


def header_out(name: str, text: str, *statuses: int) -> OpenApiParameter:
    """A header of these answers."""
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=text, response=list(statuses)
    )


IDEMPOTENCY = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
    OpenApiParameter.HEADER,
    description="The same key and body give the first answer again, for 30 days.",
)
IF_MATCH = header_in("If-Match", "The ETag of the version that you change.")
IF_NONE_MATCH = header_in("If-None-Match", "An ETag that you have; 304 if it is still the one.")
ETAG = header_out("ETag", "The version, for If-Match or If-None-Match.", 200, 201)
LOCATION = header_out("Location", "Address of what was made.", 201)
RETRY_AFTER = header_out("Retry-After", "Seconds.", 202)


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
