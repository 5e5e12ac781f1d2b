"""The API's corrections: begun from a document or from an invoice of another program."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from invoices.api_correct_in import (
    CORRECTION_IN,
    MOST_BODY,
    OUTSIDE_IN,
    WRONG_BUYER_IN,
    buyer_read,
    outside_read,
    seat_read,
    text_read,
    wanted_read,
)
from invoices.api_drafts import accepted_read, draft_made
from invoices.api_rows import document_of
from invoices.api_shapes import (
    DocumentOut,
    DraftMadeOut,
    problems_error,
    refuse_unknown,
)
from invoices.fa3.correcting import CannotCorrect
from invoices.forms.correct import WHY_NOT
from invoices.models import Document, Draft
from invoices.services.correct import correction_start
from invoices.services.correct_buyer import WrongBuyerRefused, wrong_buyer_settle
from invoices.services.correct_outside import outside_correction_start
from invoices.services.issue_checks import SEAT, problems_of
from invoices.services.links import What, after_corrections, related
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.describe import ETAG, IDEMPOTENCY, LOCATION, answers
from ksefapp.api.errors import ApiError
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView

BOTH_WAYS = ((False, "out"), (True, "in"))


class RelatedOut(serializers.Serializer):
    """The other document of a relation."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.CharField()
    issued_on = serializers.DateField()
    currency = serializers.CharField()
    gross = serializers.DecimalField(max_digits=20, decimal_places=2)
    ksef_number = serializers.CharField(allow_null=True)


class RelationOut(serializers.Serializer):
    """How two documents belong together."""

    what = serializers.ChoiceField(choices=What.choices)
    direction = serializers.ChoiceField(
        choices=[("out", "out"), ("in", "in")],
        help_text="out: this document corrects, settles, takes the place; in: it is done to it",
    )
    document = RelatedOut()


class RelationsOut(serializers.Serializer):
    """What a document rests on and what rests on it."""

    relations = RelationOut(many=True)
    after_corrections = serializers.DecimalField(
        max_digits=20,
        decimal_places=2,
        allow_null=True,
        help_text="Gross after its corrections; null: none, or one of them corrects several",
    )


class SettledOut(serializers.Serializer):
    """Both documents, issued in one transaction."""

    correction = DocumentOut()
    invoice = DocumentOut()


class DocumentCorrections(ApiView):
    """documents/{id}/corrections/"""

    @extend_schema(
        operation_id="documents_correct",
        summary="A draft that corrects the document, from its state after earlier corrections",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: CORRECTION_IN},
        responses=answers({201: DraftMadeOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """The reference and its KSeF number come from the archive."""
        document = document_of(request, pk, May.CORRECT)
        wanted = wanted_read(_body(request))

        def work() -> Response:
            return _draft(
                lambda: correction_start(original=document, wanted=wanted, user=request.user)
            )

        return work


class DocumentWrongBuyer(ApiView):
    """documents/{id}/wrong-buyer/"""

    @extend_schema(
        operation_id="documents_wrong_buyer",
        summary="A wrong NIP: a correction to zero and a new invoice, both issued or neither",
        parameters=[IDEMPOTENCY],
        request={JSON_TYPE: WRONG_BUYER_IN},
        responses=answers({201: SettledOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """422 lists the problems of the document that was refused."""
        document = document_of(request, pk, May.CORRECT)
        body = _body(request)
        refuse_unknown(body, {"buyer", "reason", "accept", SEAT})
        given = {
            "buyer": buyer_read(body),
            "reason": text_read(body, "reason", 256),
            "seat": seat_read(body),
        }
        accept = accepted_read(body.get("accept", []))
        return lambda: _settle(document, given, accept, request.user)


def _settle(document: Document, given: dict, accept: dict, user) -> Response:
    try:
        made = wrong_buyer_settle(
            original=document,
            **given,
            user=user,
            accept=frozenset(accept),
            notes=accept,
        )
    except CannotCorrect as refused:
        raise _cannot(refused) from None
    except WrongBuyerRefused as refused:
        text = _("Nie wystawiono żadnego z dokumentów. Popraw, co jest na liście.")
        raise problems_error(refused, "not_issued", text) from None
    return Response(SettledOut(made).data, status=201)


class OutsideCorrections(ApiView):
    """companies/{nip}/corrections/"""

    @extend_schema(
        operation_id="corrections_create",
        summary="A draft that corrects an invoice which this application did not issue",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: OUTSIDE_IN},
        responses=answers({201: DraftMadeOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """With its tree every method works; without it only "difference", with rows to add."""
        company = company_get(actor_of(request), nip, May.CORRECT)
        given = outside_read(_body(request))

        def work() -> Response:
            return _draft(
                lambda: outside_correction_start(company=company, user=request.user, **given)
            )

        return work


class DocumentRelations(ApiView):
    """documents/{id}/relations/"""

    @extend_schema(
        operation_id="documents_relations",
        summary="What the document corrects, settles or replaces, and what does so to it",
        responses=answers({200: RelationsOut}, 403, 404),
    )
    def get(self, request, pk) -> Response:
        """Withdrawn documents are left out; at most 100 each way."""
        document = document_of(request, pk, May.VIEW)
        found = [
            {"what": what, "direction": direction, "document": other}
            for is_back, direction in BOTH_WAYS
            for what, other in related(document, is_back=is_back)
        ]
        body = {"relations": found, "after_corrections": after_corrections(document)}
        return Response(RelationsOut(body).data)


def _body(request) -> dict:
    return json_object(body_read(request, {JSON_TYPE: MOST_BODY})[1])


def _draft(make) -> Response:
    try:
        draft: Draft = make()
    except CannotCorrect as refused:
        raise _cannot(refused) from None
    return draft_made(draft, problems_of(draft.content, company=draft.company, draft=draft))


def _cannot(refused: CannotCorrect) -> ApiError:
    return ApiError(409, refused.code.replace("-", "_"), str(WHY_NOT[refused.code]))
