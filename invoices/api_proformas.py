"""The API's pro formas: offers with their own numbers, and the invoice made of one."""

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from invoices.access import proforma_get
from invoices.api_files import LANGUAGE, file_response, language_read
from invoices.api_outside import body_of
from invoices.api_rows import company_of
from invoices.api_shapes import CONTENT_BODY, Instant, content_read, problems_error
from invoices.models import Document, Proforma
from invoices.render import pdf
from invoices.services import proforma as proformas
from invoices.services.drafts import draft_create
from invoices.services.issue_checks import IssueRefused
from invoices.services.previews import MOST_LINES, PreviewTooLong
from invoices.services.proforma_checks import OPTION
from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.models import Environment
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE
from ksefapp.api.describe import IDEMPOTENCY, LOCATION, answers, file_answer
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView
from ksefapp.lib import clock

LONGEST_QUERY = 200
KINDS = ("VAT", "ZAL")
INVOICE_IN = {
    "type": "object",
    "properties": {
        "kind": {
            "type": "string",
            "enum": list(KINDS),
            "description": "ZAL: an advance invoice whose order are the lines. Left out: VAT.",
        }
    },
    "additionalProperties": False,
}


class ProformaRowOut(serializers.Serializer):
    """A pro forma without its content."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    company = serializers.CharField(source="company.nip")
    environment = serializers.ChoiceField(choices=Environment.choices)
    issued_on = serializers.DateField()
    buyer_name = serializers.CharField(allow_blank=True)
    buyer_id = serializers.CharField(allow_blank=True)
    currency = serializers.CharField()
    gross = serializers.DecimalField(max_digits=20, decimal_places=2)
    draft = serializers.UUIDField(
        source="draft_id", allow_null=True, help_text="The invoice's draft, if it was begun"
    )
    document = serializers.UUIDField(
        source="invoice_id", allow_null=True, help_text="The invoice that was made of it"
    )
    created_at = Instant()
    cancelled_at = Instant(allow_null=True)


class ProformaOut(ProformaRowOut):
    """A pro forma; it never changes but for what became of it."""

    content = serializers.DictField(help_text="FA(3) tree, never made into a file")


class MadeOut(serializers.Serializer):
    """What became of the pro forma: a draft, or once that is issued the invoice."""

    draft = serializers.UUIDField(allow_null=True)
    document = serializers.UUIDField(allow_null=True)


def proforma_of(request, pk, may: May) -> Proforma:
    """The pro forma. Raises Http404 for strangers, PermissionDenied for the wrong role."""
    return proforma_get(company_of(request, Proforma, pk, may), pk)


class Proformas(ApiView, GenericAPIView):
    """companies/{nip}/proformas/"""

    serializer_class = ProformaRowOut
    queryset = Proforma.objects.none()

    @extend_schema(
        operation_id="proformas_list",
        summary="Pro formas of a company, newest first",
        parameters=[OpenApiParameter("q", {"type": "string", "maxLength": LONGEST_QUERY})],
        responses=answers({200: ProformaRowOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """`q` looks for every word in number, buyer, identifier and amount."""
        company = company_get(actor_of(request), nip, May.VIEW)
        words = request.query_params.get("q", "")
        if "\0" in words or len(words) > LONGEST_QUERY:
            raise field_error("q", _("najwyżej %(most)s znaków") % {"most": LONGEST_QUERY})
        page = self.paginate_queryset(
            proformas.proforma_list(company, words).select_related("company")
        )
        return self.get_paginated_response(ProformaRowOut(page, many=True).data)

    @extend_schema(
        operation_id="proformas_create",
        summary="Issues a pro forma from an FA(3) tree or file; it never goes to KSeF",
        parameters=[IDEMPOTENCY, LOCATION],
        request=CONTENT_BODY,
        responses=answers({201: ProformaOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """P_1 and P_2 are filled where they are empty; tax rules are not asked."""
        company = company_get(actor_of(request), nip, May.ISSUE)
        content, options = content_read(request)

        def work() -> Response:
            return _made(company, content, (options or {}) | {OPTION: True}, request.user)

        return work


def _made(company, content: dict, options: dict, user) -> Response:
    try:
        with transaction.atomic():
            draft = draft_create(company=company, content=content, created_by=user, options=options)
            row = proformas.proforma_issue(draft=draft, issued_by=user, on=clock.today())
    except IssueRefused as refused:
        text = _("Nie wystawiono pro formy. Popraw, co jest na liście.")
        raise problems_error(refused, "not_issued", text) from None
    where = reverse("api-proforma", args=[row.pk])
    return Response(ProformaOut(row).data, status=201, headers={"Location": where})


class ProformaView(ApiView):
    """proformas/{id}/"""

    @extend_schema(
        operation_id="proformas_get",
        summary="A pro forma with its content",
        responses=answers({200: ProformaOut}, 403, 404),
    )
    def get(self, request, pk) -> Response:
        """`draft` and `document` say what became of it."""
        return Response(ProformaOut(proforma_of(request, pk, May.VIEW)).data)


class ProformaPdf(ApiView):
    """proformas/{id}/pdf/"""

    @extend_schema(
        operation_id="proformas_pdf",
        summary="The print, up to 100 lines; every page says that it is no invoice",
        parameters=[LANGUAGE],
        responses=answers(
            file_answer("application/pdf", "No codes, nothing of KSeF."), 400, 403, 404, 422, 503
        ),
    )
    def get(self, request, pk) -> HttpResponse:
        """Rendered in the request."""
        row = proforma_of(request, pk, May.VIEW)
        try:
            content = proformas.proforma_pdf(proforma=row, language=language_read(request))
        except PreviewTooLong:
            text = _("Pro formę drukujemy do %(most)d pozycji.") % {"most": MOST_LINES}
            raise ApiError(422, "too_long_for_preview", text) from None
        except pdf.PrintUnavailable as error:
            raise ApiError(503, "no_pdf", str(error)) from None
        return file_response(content, "application/pdf", f"{row.pk}.pdf")


class ProformaInvoice(ApiView):
    """proformas/{id}/invoice/"""

    @extend_schema(
        operation_id="proformas_invoice",
        summary="A draft of the invoice; called again, the same draft or the invoice",
        parameters=[IDEMPOTENCY],
        request={JSON_TYPE: INVOICE_IN},
        responses=answers({200: MadeOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """The draft is dated today, has no number, and its terms of payment moved along."""
        row = proforma_of(request, pk, May.DRAFT)
        kind = body_of(request, {"kind"}).get("kind", "VAT") if request.body else "VAT"
        if kind not in KINDS:
            raise field_error("kind", _("jedna z: %(known)s") % {"known": ", ".join(KINDS)})

        def work() -> Response:
            found = _refusing(
                lambda: proformas.proforma_invoice(
                    proforma=row, user=request.user, advance=kind == "ZAL"
                )
            )
            is_document = isinstance(found, Document)
            made = {"draft": None if is_document else found.pk}
            return Response(MadeOut(made | {"document": found.pk if is_document else None}).data)

        return work


class ProformaCancel(ApiView):
    """proformas/{id}/cancel/"""

    @extend_schema(
        operation_id="proformas_cancel",
        summary="The offer does not stand any more; its number stays taken",
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers({200: ProformaOut}, 400, 403, 404, 409, 411, 413, 422),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """422 once there is an invoice of it; a second call changes nothing."""
        return _moved(request, pk, proformas.proforma_cancel)


class ProformaRestore(ApiView):
    """proformas/{id}/restore/"""

    @extend_schema(
        operation_id="proformas_restore",
        summary="The cancelled offer is back, and so is the draft of its invoice",
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers({200: ProformaOut}, 400, 403, 404, 409, 411, 413, 422),
    )
    @idempotent
    def post(self, request, pk) -> Work:
        """422 in another environment; one that was not cancelled stays as it is."""
        return _moved(request, pk, proformas.proforma_restore)


def _moved(request, pk, service) -> Work:
    """Cancels an offer, or takes that back."""
    row = proforma_of(request, pk, May.ISSUE)

    def work() -> Response:
        done = _refusing(lambda: service(proforma=row, user=request.user))
        return Response(ProformaOut(done).data)

    return work


def _refusing(call):
    """Calls a service of pro formas; its refusal becomes ApiError 422."""
    try:
        return call()
    except proformas.ProformaRefused as refusal:
        raise ApiError(422, "refused", refusal.message()) from None
