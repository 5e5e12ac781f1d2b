"""The API's drafts: made from a tree or a file, saved under their version, issued."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from invoices.access import draft_list, right_to_issue
from invoices.api_files import LANGUAGE, file_response, language_read, not_modified
from invoices.api_filled import filled_read, known_options
from invoices.api_rows import draft_of
from invoices.api_shapes import (
    CONTENT_BODY,
    FILLED_BODY,
    ISSUE_IN,
    MOST_ACCEPTED,
    RULE_ID,
    DocumentOut,
    DraftMadeOut,
    DraftOut,
    DraftRowOut,
    content_read,
    problems_error,
    problems_out,
    refuse_unknown,
)
from invoices.fa3.build import build
from invoices.fa3.problems import FaTreeError
from invoices.models import Document, Draft, Submission
from invoices.render import pdf
from invoices.services.accepting import LONGEST_NOTE
from invoices.services.drafts import (
    DraftConflict,
    DraftIssued,
    draft_create,
    draft_delete,
    draft_save,
)
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused, problems_of
from invoices.services.previews import MOST_LINES, PreviewTooLong, preview_make
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, body_read, json_object
from ksefapp.api.describe import (
    ETAG,
    IDEMPOTENCY,
    IF_MATCH,
    IF_NONE_MATCH,
    LOCATION,
    answers,
    file_answer,
)
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.etag import changed_meanwhile, etag_of, require_match
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView
from ksefapp.lib import clock

MOST_ISSUE_BODY = 20_000


class Drafts(ApiView, GenericAPIView):
    """companies/{nip}/drafts/"""

    serializer_class = DraftRowOut

    @extend_schema(
        operation_id="drafts_list",
        summary="Open drafts of a company",
        responses=answers({200: DraftRowOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Without content, last changed first, of the company's present environment."""
        company = company_get(actor_of(request), nip, May.VIEW)
        rows = draft_list(company).select_related("company").order_by("-updated_at", "pk")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(DraftRowOut(page, many=True).data)

    @extend_schema(
        operation_id="drafts_create",
        summary="A new draft from an FA(3) tree or an FA(3) XML file, kept as given",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request=FILLED_BODY,
        responses=answers({201: DraftMadeOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """Totals and number are kept too; problems do not stop a draft."""
        company = company_get(actor_of(request), nip, May.DRAFT)
        content, options = filled_read(request, company)
        problems = problems_of(content, company=company, options=options)

        def work() -> Response:
            draft = draft_create(
                company=company, content=content, created_by=request.user, options=options
            )
            return draft_made(draft, problems)

        return work


class DraftView(ApiView):
    """drafts/{id}/"""

    @extend_schema(
        operation_id="drafts_get",
        summary="A draft with its content and problems",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers({200: DraftOut}, 304, 403, 404),
    )
    def get(self, request, pk) -> HttpResponse:
        """The ETag is the version that If-Match asks for."""
        draft = draft_of(request, pk, May.VIEW)
        return not_modified(request, etag_of(draft.version)) or draft_response(draft)

    @extend_schema(
        operation_id="drafts_replace",
        summary="Replaces the content of a draft",
        parameters=[IF_MATCH, ETAG],
        request=CONTENT_BODY,
        responses=answers({200: DraftOut}, 400, 403, 404, 409, 411, 412, 413, 415, 422, 428),
    )
    def put(self, request, pk) -> Response:
        """If-Match must name the version that is replaced."""
        draft = draft_of(request, pk, May.DRAFT)
        require_match(request, etag_of(draft.version), required=True)
        content, given = content_read(request)
        given = known_options(draft.company, given)
        version, options = draft.version, draft.options | (given or {})
        with_conflicts(
            lambda: draft_save(
                draft=draft,
                content=content,
                version=version,
                options=options,
                saved_by=request.user,
            )
        )
        return draft_response(draft)

    @extend_schema(
        operation_id="drafts_delete",
        summary="Deletes a draft",
        parameters=[IF_MATCH],
        responses=answers({204: None}, 403, 404, 409, 412),
    )
    def delete(self, request, pk) -> Response:
        """An issued draft stays; If-Match is heeded if given."""
        draft = draft_of(request, pk, May.DRAFT)
        require_match(request, etag_of(draft.version), required=False)
        version = draft.version if "If-Match" in request.headers else None
        with_conflicts(lambda: draft_delete(draft=draft, user=request.user, version=version))
        return Response(status=204)


class DraftXml(ApiView):
    """drafts/{id}/xml/"""

    @extend_schema(
        operation_id="drafts_xml",
        summary="The draft as FA(3) XML",
        responses=answers(
            file_answer("application/xml", "The draft in FA(3), not stamped yet."),
            403,
            404,
            422,
        ),
    )
    def get(self, request, pk) -> HttpResponse:
        """What stands in the draft, not checked against the schema."""
        draft = draft_of(request, pk, May.VIEW)
        try:
            content = build(draft.content)
        except FaTreeError as error:
            text = _("Szkicu nie da się zapisać jako XML.")
            raise problems_error(error, "invalid_tree", text) from None
        return file_response(content, "application/xml", f"{draft.pk}.xml")


class DraftPdf(ApiView):
    """drafts/{id}/pdf/"""

    @extend_schema(
        operation_id="drafts_pdf",
        summary="A preview of the draft, up to 100 lines",
        parameters=[LANGUAGE],
        responses=answers(
            file_answer("application/pdf", "A preview, marked as such on every page."),
            400,
            403,
            404,
            422,
            503,
        ),
    )
    def get(self, request, pk) -> HttpResponse:
        """Rendered in the request; issued documents have stored prints instead."""
        draft = draft_of(request, pk, May.VIEW)
        language = language_read(request)
        return file_response(preview(draft, language), "application/pdf", f"{draft.pk}.pdf")


class DraftIssue(ApiView):
    """drafts/{id}/issue/"""

    @extend_schema(
        operation_id="drafts_issue",
        summary="Issues the draft: number, frozen XML, a place in the queue to KSeF",
        parameters=[IDEMPOTENCY, IF_MATCH, LOCATION],
        request={JSON_TYPE: ISSUE_IN},
        responses=answers({201: DocumentOut}, 400, 403, 404, 409, 411, 412, 413, 415, 422),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """Warnings that stop (DT-02, APP-kod2 …) are refused unless `accept` names the rule.

        Other warnings stop no program; those that `accept` names stay with the document.
        """
        draft = draft_of(request, pk, May.ISSUE)
        company_get(actor_of(request), draft.company.nip, right_to_issue(draft.content))
        accept, mode = issue_read(request)
        require_match(request, etag_of(draft.version), required=False)
        version = draft.version if "If-Match" in request.headers else None

        def work() -> Response:
            return issue(draft, user=request.user, accept=accept, version=version, mode=mode)

        return work


def issue(
    draft: Draft, *, user, accept: dict[str, str], version: int | None, mode: str | None = None
) -> Response:
    """201 with the document. Raises ApiError 409, 412 or 422."""
    try:
        document = with_conflicts(
            lambda: invoice_issue(
                draft=draft,
                issued_by=user,
                on=clock.today(),
                accept=frozenset(accept),
                notes=accept,
                version=version,
                mode=mode,
            )
        )
    except IssueRefused as refused:
        text = _("Nie wystawiono faktury. Popraw, co jest na liście, albo zaakceptuj ostrzeżenia.")
        raise problems_error(refused, "not_issued", text) from None
    return document_made(document)


def document_made(document: Document) -> Response:
    """201 and where the document is."""
    where = reverse("api-document", args=[document.pk])
    return Response(DocumentOut(document).data, status=201, headers={"Location": where})


def draft_made(draft: Draft, problems: list) -> Response:
    """201 and where the draft is."""
    headers = {
        "Location": reverse("api-draft", args=[draft.pk]),
        "ETag": etag_of(draft.version),
    }
    body = {"id": str(draft.pk), "problems": problems_out(problems)}
    return Response(body, status=201, headers=headers)


def draft_response(draft: Draft) -> Response:
    """200 with content, problems and ETag."""
    draft.problems = problems_out(problems_of(draft.content, company=draft.company, draft=draft))
    return Response(DraftOut(draft).data, headers={"ETag": etag_of(draft.version)})


def with_conflicts(call: Callable):
    """Calls a service of drafts; its conflicts become ApiError 409 and 412."""
    try:
        return call()
    except DraftIssued as issued:
        raise already_issued(issued.document) from None
    except DraftConflict as conflict:
        raise changed_meanwhile(etag_of(conflict.current.version)) from None


def already_issued(document: Document) -> ApiError:
    """409 that names the document."""
    text = _("Ten szkic jest już wystawiony jako %(number)s.") % {"number": document.number}
    return ApiError(
        409,
        "already_issued",
        text,
        headers={"Location": reverse("api-document", args=[document.pk])},
        document={"id": str(document.pk), "number": document.number},
    )


def issue_read(request) -> tuple[dict[str, str], str | None]:
    """Rules with their notes, and the mode, of {"mode", "accept"}.

    `accept` is a list of rules or an object rule → note; without a mode the present one counts.
    """
    if not request.body:
        return {}, None
    body = json_object(body_read(request, {JSON_TYPE: MOST_ISSUE_BODY})[1])
    refuse_unknown(body, {"mode", "accept"})
    mode = body.get("mode")
    if "mode" in body and mode not in Submission.Mode.values:
        known = ", ".join(Submission.Mode.values)
        raise field_error("mode", _("jedna z: %(known)s") % {"known": known})
    return accepted_read(body.get("accept", [])), mode


def accepted_read(given: object) -> dict[str, str]:
    """Rules with their notes, of a list or an object. Raises ApiError 400."""
    is_small = isinstance(given, list | dict) and len(given) <= MOST_ACCEPTED
    if isinstance(given, list) and all(isinstance(rule, str) for rule in given):
        given = dict.fromkeys(given, "")
    is_known = is_small and isinstance(given, dict)
    if not is_known or not all(_is_accepted(*one) for one in given.items()):
        text = _("oczekiwano listy identyfikatorów reguł albo obiektu: reguła i powód")
        raise field_error("accept", text)
    return given


def _is_accepted(rule: str, note: object) -> bool:
    return bool(RULE_ID.fullmatch(rule)) and isinstance(note, str) and len(note) <= LONGEST_NOTE


def preview(draft: Draft, language: str) -> bytes:
    """The PDF. Raises ApiError: 422 for a long draft, 503 with what is missing on this machine."""
    try:
        return preview_make(draft=draft, language=language)
    except PreviewTooLong:
        text = _(
            "Podgląd szkicu pokazuje do %(most)s pozycji. Wydruk po wystawieniu powstanie cały."
        )
        raise ApiError(422, "too_long_for_preview", text % {"most": MOST_LINES}) from None
    except pdf.PrintUnavailable as error:
        raise ApiError(503, "no_pdf", str(error)) from None
