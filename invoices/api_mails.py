"""The API's messages to buyers: what is queued, sent or failed, and one more."""

from datetime import UTC
from functools import partial

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from invoices.api_rows import document_of
from invoices.api_shapes import refuse_unknown
from invoices.forms.handover import MailForm
from invoices.models import Document, HandOver, MailSent
from invoices.services.mail import MailNotQueued, mail_list, mail_queue, mail_said
from invoices.services.mail_itself import recipient
from invoices.services.prints import LANGUAGES, PrintRefused
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.describe import IDEMPOTENCY, answers
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView

MOST_BODY = 5_000
STATES = ("waiting", "sent", "failed")
Instant = partial(serializers.DateTimeField, default_timezone=UTC)
MAIL_IN = {
    "type": "object",
    "properties": {
        "to": {
            "type": "string",
            "maxLength": 320,
            "description": "One address. Left out: the contractor's, else that on the invoice.",
        },
        "what": {
            "type": "string",
            "enum": list(HandOver.What.values),
            "default": HandOver.What.INVOICE.value,
            "description": "confirm: the confirmation of a transaction, before there is a number.",
        },
        "language": {
            "type": "string",
            "enum": list(LANGUAGES),
            "description": "Left out: the buyer's.",
        },
    },
    "additionalProperties": False,
}


class MailOut(serializers.Serializer):
    """A message with its PDF. `failed`: given up, a person or a program may send it again."""

    id = serializers.IntegerField(source="pk")
    what = serializers.ChoiceField(choices=HandOver.What.values)
    to = serializers.CharField()
    language = serializers.ChoiceField(choices=LANGUAGES)
    state = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField(help_text="Why it waits or failed")
    queued_at = Instant()
    sent_at = Instant(allow_null=True)
    failed_at = Instant(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, row: MailSent) -> str:
        """One of STATES."""
        if row.sent_at:
            return "sent"
        return "failed" if row.failed_at else "waiting"

    def get_problem(self, row: MailSent) -> str:
        """In the language of the request."""
        return mail_said(row)


class MailsOut(serializers.Serializer):
    """Every message about a document, the latest first."""

    mails = MailOut(many=True)


class Mails(ApiView):
    """documents/{id}/mails/"""

    @extend_schema(
        operation_id="mails_list",
        summary="Messages to the buyer about a document",
        responses=answers({200: MailsOut}, 404),
    )
    def get(self, request, pk) -> Response:
        """Those that went out by themselves, too."""
        document = document_of(request, pk, May.VIEW)
        return Response(MailsOut({"mails": mail_list(document)}).data)

    @extend_schema(
        operation_id="mails_create",
        summary="Mails the invoice's PDF to the buyer, where the law allows it",
        parameters=[IDEMPOTENCY],
        request={JSON_TYPE: MAIL_IN},
        responses=answers({201: MailOut}, 400, 403, 404, 409, 411, 413, 415),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """409 `not_allowed` where the buyer may not have it now, or there is no mail server."""
        document = document_of(request, pk, May.ISSUE)
        wanted = _read(request, document)

        def work() -> Response:
            return Response(MailOut(_queued(document, wanted, request.user)).data, status=201)

        return work


def _queued(document: Document, wanted: dict, by) -> MailSent:
    if document.environment != document.company.environment:
        text = _("Ta faktura powstała w innym środowisku KSeF. Stamtąd nic nie wychodzi.")
        raise ApiError(409, "not_allowed", text)
    try:
        return mail_queue(document=document, by=by, **wanted)
    except (MailNotQueued, PrintRefused) as refusal:
        raise ApiError(409, "not_allowed", refusal.message()) from None


def _read(request, document: Document) -> dict:
    body = json_object(body_read(request, {JSON_TYPE: MOST_BODY})[1]) if request.body else {}
    refuse_unknown(body, set(MAIL_IN["properties"]))
    to, language = recipient(document)
    given = {"to": to, "language": language, "what": HandOver.What.INVOICE.value} | body
    for name, value in given.items():
        if not isinstance(value, str):
            raise field_error(name, _("wartość złego typu"))
    if given["what"] not in HandOver.What.values:
        known = ", ".join(HandOver.What.values)
        raise field_error("what", _("jedna z: %(known)s") % {"known": known})
    form = MailForm(given)
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        raise field_error(name, str(errors[0]))
    return form.cleaned_data | {"what": given["what"]}
