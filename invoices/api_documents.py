"""The API's documents: lists, files, and the way back for what KSeF refused."""

from functools import partial

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from auth_ksef.messages import chosen
from invoices.api_drafts import draft_made
from invoices.api_files import (
    LANGUAGE,
    file_response,
    language_read,
    not_modified,
    wait_response,
)
from invoices.api_rows import document_of, documents_of
from invoices.api_shapes import DocumentOut, DraftMadeOut
from invoices.models import Document, Submission
from invoices.services.delivery_states import OPEN, IllegalMove, LostRace, State
from invoices.services.issue_checks import problems_of
from invoices.services.papers import kod2_get
from invoices.services.payments import FILTERS, payment_filter, with_rest
from invoices.services.prints import (
    OWN_KEY,
    WITH_KOD2,
    PrintRefused,
    print_order,
    print_state,
    print_usable,
)
from invoices.services.technical import technical_correction
from invoices.services.withdraw import document_repair, document_take_back, take_back_refusal
from ksefapp.accounts.access import actor_of, company_get, may_do
from ksefapp.accounts.roles import May
from ksefapp.api.describe import (
    ETAG,
    IDEMPOTENCY,
    IF_NONE_MATCH,
    LOCATION,
    RETRY_AFTER,
    WaitOut,
    answers,
    file_answer,
)
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.etag import etag_of
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView

LONGEST_QUERY = 200
MOST_WORDS = 10
UPO_COMES = OPEN | {State.ACCEPTED}


class Documents(ApiView, GenericAPIView):
    """documents/"""

    serializer_class = DocumentOut

    @extend_schema(
        operation_id="documents_list",
        summary="Issued invoices, newest first",
        parameters=[
            OpenApiParameter("company", {"type": "string", "pattern": "^[0-9]{10}$"}),
            OpenApiParameter("state", str, enum=Submission.State.values),
            OpenApiParameter("mode", str, enum=Submission.Mode.values),
            OpenApiParameter("payment", str, enum=FILTERS),
            OpenApiParameter("q", {"type": "string", "maxLength": LONGEST_QUERY}),
        ],
        responses=answers({200: DocumentOut(many=True)}, 400, 404),
    )
    def get(self, request) -> Response:
        """`q` looks for every word in numbers, buyer, identifier, amount, lines and notes."""
        rows = documents_of(actor_of(request))
        company = request.query_params.get("company")
        if company is not None:
            rows = rows.filter(company=company_read(request, company))
        rows = _by_payment(_by_mode(_by_state(rows, request), request), request)
        rows = _by_words(rows, request)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(DocumentOut(page, many=True).data)


def company_read(request, nip: str):
    """The company of `?company=`. Raises ApiError 400 for what is no NIP, Http404."""
    if not (len(nip) == 10 and nip.isascii() and nip.isdigit()):
        raise field_error("company", _("oczekiwano NIP: dziesięć cyfr"))
    return company_get(actor_of(request), nip, May.VIEW)


def _by_state(rows, request):
    state = request.query_params.get("state")
    if state is None:
        return rows
    if state not in Submission.State.values:
        known = ", ".join(Submission.State.values)
        raise field_error("state", _("jedna z: %(known)s") % {"known": known})
    return rows.filter(submission__state=state)


def _by_mode(rows, request):
    mode = request.query_params.get("mode")
    if mode is None:
        return rows
    if mode not in Submission.Mode.values:
        known = ", ".join(Submission.Mode.values)
        raise field_error("mode", _("jedna z: %(known)s") % {"known": known})
    return rows.filter(submission__mode=mode)


def _by_payment(rows, request):
    payment = request.query_params.get("payment")
    if payment is None:
        return rows
    if payment not in FILTERS:
        raise field_error("payment", _("jedna z: %(known)s") % {"known": ", ".join(FILTERS)})
    return with_rest(rows).filter(payment_filter(payment))


def _by_words(rows, request):
    text = request.query_params.get("q", "")
    if "\0" in text or len(text) > LONGEST_QUERY:
        raise field_error("q", _("najwyżej %(most)s znaków") % {"most": LONGEST_QUERY})
    for word in text.lower().split()[:MOST_WORDS]:
        rows = rows.filter(Q(search__contains=word) | Q(ksef_number__icontains=word))
    return rows


class DocumentView(ApiView):
    """documents/{id}/"""

    @extend_schema(
        operation_id="documents_get",
        summary="One issued invoice",
        responses=answers({200: DocumentOut}, 404),
    )
    def get(self, request, pk) -> Response:
        """The index row; the truth is in xml/."""
        return Response(DocumentOut(document_of(request, pk, May.VIEW)).data)


class DocumentXmlView(ApiView):
    """documents/{id}/xml/"""

    @extend_schema(
        operation_id="documents_xml",
        summary="The issued bytes; the ETag is their SHA-256",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers(file_answer("application/xml", "The frozen XML."), 304, 404),
    )
    def get(self, request, pk) -> HttpResponse:
        """Exactly what is sent to KSeF."""
        document = document_of(request, pk, May.VIEW)
        etag = etag_of(document.sha256)
        return not_modified(request, etag) or file_response(
            bytes(document.file.content), "application/xml", f"{document.pk}.xml", etag=etag
        )


class DocumentUpo(ApiView):
    """documents/{id}/upo/"""

    @extend_schema(
        operation_id="documents_upo",
        summary="The UPO, byte for byte as KSeF signed it",
        parameters=[RETRY_AFTER],
        responses=answers(file_answer("application/xml", "The UPO.") | {202: WaitOut}, 404),
    )
    def get(self, request, pk) -> HttpResponse:
        """202 while it is expected, 404 when none will come."""
        document = document_of(request, pk, May.VIEW)
        upo = getattr(document, "upo", None)
        if upo is not None:
            name = f"UPO-{document.ksef_number}.xml"
            etag = etag_of(upo.sha256)
            return file_response(upo.xml, "application/xml", name, etag=etag)
        if document.submission.state not in UPO_COMES:
            raise Http404("no UPO will come")
        return wait_response(document.submission.state, _("UPO jeszcze nie ma."))


class DocumentPdf(ApiView):
    """documents/{id}/pdf/"""

    @extend_schema(
        operation_id="documents_pdf",
        summary="The stored print",
        parameters=[LANGUAGE, RETRY_AFTER],
        responses=answers(
            file_answer("application/pdf", "The print.") | {202: WaitOut}, 400, 404, 409
        ),
    )
    def get(self, request, pk) -> HttpResponse:
        """202 while the worker makes it. Before the KSeF number it is a marked preview, or the
        paper that the buyer may get; 409 where none may be printed."""
        document = document_of(request, pk, May.VIEW)
        language = language_read(request)
        stored = print_usable(document=document, language=language)
        if stored is not None:
            name = f"{document.ksef_number or document.pk}.pdf"
            return file_response(bytes(stored.content), "application/pdf", name)
        may_sign = may_do(actor_of(request), document.company, May.ISSUE)
        if print_state(document) in WITH_KOD2 and not may_sign and kod2_get(document) is None:
            raise ApiError(409, "print_refused", chosen(OWN_KEY))
        try:
            acting = request.user if may_sign else None
            print_order(document=document, language=language, acting=acting)
        except PrintRefused as refusal:
            raise ApiError(409, "print_refused", refusal.message()) from None
        return wait_response(document.submission.state, _("Wydruk jest w przygotowaniu."))


MAKES_A_DRAFT = {
    "parameters": [IDEMPOTENCY, LOCATION, ETAG],
    "request": None,
    "responses": answers({201: DraftMadeOut}, 400, 403, 404, 409),
}


class DocumentRepair(ApiView):
    """documents/{id}/repair/"""

    @extend_schema(
        operation_id="documents_repair",
        summary="A draft with the content and number of a refused invoice",
        **MAKES_A_DRAFT,
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """The refused document is withdrawn when the repaired draft is issued."""
        document = document_of(request, pk, May.ISSUE)
        text = _("Poprawić można tylko fakturę, którą KSeF odrzucił.")
        return partial(_to_draft, document_repair, document, request.user, "not_refused", text)


class DocumentTakeBack(ApiView):
    """documents/{id}/take-back/"""

    @extend_schema(
        operation_id="documents_take_back",
        summary="Withdraws an online invoice that waits and never left; a draft of its content",
        **MAKES_A_DRAFT,
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """409 for what left, may have left, or was issued offline."""
        document = document_of(request, pk, May.ISSUE)
        text = take_back_refusal(document)
        return partial(_to_draft, document_take_back, document, request.user, "not_waiting", text)


class DocumentTechnical(ApiView):
    """documents/{id}/technical-correction/"""

    @extend_schema(
        operation_id="documents_technical_correction",
        summary="A draft that says a refused offline invoice again, in a new file",
        **MAKES_A_DRAFT,
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """Its issue sends `hashOfCorrectedInvoice`; what may differ is checked (APP-technical)."""
        document = document_of(request, pk, May.ISSUE)
        text = _("Do tej faktury nie można wysłać korekty technicznej.")
        return partial(
            _to_draft, technical_correction, document, request.user, "not_technical", text
        )


def _to_draft(service, document: Document, user, code: str, text: str) -> Response:
    """201 with the draft that the service makes of a document. Raises ApiError 409."""
    try:
        draft = service(document=document, user=user)
    except (IllegalMove, LostRace):
        raise ApiError(409, code, text) from None
    problems = problems_of(draft.content, company=document.company, draft=draft)
    return draft_made(draft, problems)
