"""The API's duplicates: a new draft with the content of a document or of another draft."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from invoices.api_drafts import draft_made
from invoices.api_rows import document_of, draft_of
from invoices.api_shapes import DraftMadeOut
from invoices.services.duplicate_new import CopyRefused, document_copy, draft_copy
from invoices.services.issue_checks import problems_of
from ksefapp.accounts.roles import May
from ksefapp.api.describe import ETAG, IDEMPOTENCY, LOCATION, answers
from ksefapp.api.errors import ApiError
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView


class DocumentCopy(ApiView):
    """documents/{id}/copy/"""

    @extend_schema(
        operation_id="documents_copy",
        summary="A new draft with the content of an issued invoice, dated today",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request=None,
        responses=answers({201: DraftMadeOut}, 400, 403, 404, 409),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """Without number, payment, dates of sale and rates; 409 for corrections and settlements."""
        document = document_of(request, pk, May.DRAFT)
        return lambda: _copied(lambda: document_copy(document=document, user=request.user))


class DraftCopy(ApiView):
    """drafts/{id}/copy/"""

    @extend_schema(
        operation_id="drafts_copy",
        summary="A new draft with the content of another one, dated today",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request=None,
        responses=answers({201: DraftMadeOut}, 400, 403, 404, 409),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """Without number, payment, dates of sale and rates; 409 for corrections and settlements."""
        draft = draft_of(request, pk, May.DRAFT)
        return lambda: _copied(lambda: draft_copy(draft=draft, user=request.user))


def _copied(copy) -> Response:
    try:
        draft = copy().draft
    except CopyRefused as refusal:
        raise ApiError(409, "cannot_copy", refusal.message()) from None
    return draft_made(draft, problems_of(draft.content, company=draft.company, draft=draft))
