"""The API's recurring invoices: templates with a rhythm, and what they made."""

import hashlib
import json
import re
from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from auth_ksef.messages import chosen, told
from invoices.access import document_get, draft_get
from invoices.api_files import not_modified
from invoices.api_shapes import Instant, problems_error, refuse_unknown
from invoices.fa3.build import build
from invoices.fa3.problems import FaTreeError
from invoices.forms.recurring import DRAFTS, ISSUES, PERIODS, RhythmForm
from invoices.models import Recurring
from invoices.rhythm import MOST_EVERY
from invoices.services import recurring
from invoices.services.duplicate_new import (
    CopyRefused,
    Source,
    document_source,
    draft_source,
    refusal_of,
)
from invoices.services.recurring import Plan, RecurringRefused
from ksefapp.accounts.access import actor_of, company_get, may_do
from ksefapp.accounts.models import Company, Environment
from ksefapp.accounts.roles import May
from ksefapp.api.body import JSON_TYPE, MOST_JSON, body_read, json_object
from ksefapp.api.describe import ETAG, IDEMPOTENCY, IF_MATCH, IF_NONE_MATCH, LOCATION, answers
from ksefapp.api.errors import ApiError, field_error
from ksefapp.api.etag import etag_of, require_match
from ksefapp.api.idempotency import Work, idempotent
from ksefapp.api.view import ApiView

SOURCES = ("document", "draft", "content")
PERIOD_VALUES = [value for value, _label in PERIODS]
UNITS = list(Recurring.Unit.values)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LARGEST_ID = 2**31 - 1
UUID_IN = {"type": "string", "format": "uuid"}
DATE_IN = {"type": "string", "format": "date"}
PLAN_IN = {
    "name": {"type": "string", "minLength": 1, "maxLength": 100},
    "unit": {"type": "string", "enum": UNITS},
    "every": {
        "type": "integer",
        "minimum": 1,
        "maximum": max(MOST_EVERY.values()),
        "default": 1,
        "description": "At most 52 weeks, 24 months or 10 years.",
    },
    "day": {
        "type": "integer",
        "minimum": 1,
        "maximum": 31,
        "description": "Of the month; 31 is the last one. Left out: that of starts_on. Weeks "
        "count from starts_on.",
    },
    "starts_on": DATE_IN | {"description": "What was due before today is not made."},
    "ends_on": DATE_IN | {"nullable": True, "default": None},
    "period": {
        "type": "string",
        "enum": PERIOD_VALUES,
        "default": "",
        "description": "OkresFa: the month of the due day, the one before it, or nothing.",
    },
    "issues_itself": {"type": "boolean", "default": False},
    "mails_itself": {"type": "boolean", "default": False},
}
TREE_IN = {"type": "object", "description": "An FA(3) tree.", "additionalProperties": True}
REQUIRED = ["name", "unit", "starts_on"]
CHANGE_IN = {
    "type": "object",
    "properties": PLAN_IN | {"content": TREE_IN | {"description": "Left out: unchanged."}},
    "required": REQUIRED,
    "additionalProperties": False,
}
CREATE_IN = CHANGE_IN | {
    "description": "Exactly one of document, draft and content.",
    "properties": PLAN_IN | {"document": UUID_IN, "draft": UUID_IN, "content": TREE_IN},
}


class RecurringRowOut(serializers.Serializer):
    """A template without its content. Dates are days in Warsaw."""

    id = serializers.IntegerField()
    company = serializers.CharField(source="company.nip")
    environment = serializers.ChoiceField(choices=Environment.choices)
    name = serializers.CharField()
    unit = serializers.ChoiceField(choices=UNITS)
    every = serializers.IntegerField()
    day = serializers.IntegerField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    next_on = serializers.DateField(allow_null=True, help_text="null: there is none left")
    period = serializers.ChoiceField(choices=PERIOD_VALUES, allow_blank=True)
    issues_itself = serializers.BooleanField()
    mails_itself = serializers.BooleanField()
    problem = serializers.CharField(source="said", help_text="Why the last run needs a person")
    paused_at = Instant(allow_null=True)
    archived_at = Instant(allow_null=True)
    created_at = Instant()


class RecurringOut(RecurringRowOut):
    """A template; its ETag changes with what is chosen and with the content."""

    content = serializers.DictField(help_text="FA(3) tree, without a number")
    next_dates = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.DateField()))
    def get_next_dates(self, row) -> list[str]:
        """The next six due days, none while it is paused or has ended."""
        if row.paused_at or row.archived_at or row.next_on is None:
            return []
        plan = recurring.plan_of(row)
        return [day.isoformat() for day in recurring.dates_shown(plan, row)]


class RunOut(serializers.Serializer):
    """One due day of a template."""

    due_on = serializers.DateField()
    made_at = Instant()
    draft = serializers.UUIDField(source="draft_id", allow_null=True)
    document = serializers.UUIDField(source="document_id", allow_null=True)
    problem = serializers.SerializerMethodField(help_text="Why it stayed a draft")

    def get_problem(self, run) -> str:
        """In the language of the request."""
        return told(run.problem)


# --- Templates ------------------------------------------------------------------------------
class Templates(ApiView, GenericAPIView):
    """companies/{nip}/recurring/"""

    serializer_class = RecurringRowOut

    @extend_schema(
        operation_id="recurring_list",
        summary="Templates of recurring invoices that have not ended",
        responses=answers({200: RecurringRowOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str) -> Response:
        """Of the company's present environment, the next due first."""
        company = company_get(actor_of(request), nip, May.VIEW)
        rows = recurring.recurring_list(company).select_related("company")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RecurringRowOut(page, many=True).data)

    @extend_schema(
        operation_id="recurring_create",
        summary="A template of an invoice, a draft or a tree, with a rhythm",
        parameters=[IDEMPOTENCY, LOCATION, ETAG],
        request={JSON_TYPE: CREATE_IN},
        responses=answers({201: RecurringOut}, 400, 403, 404, 409, 411, 413, 415, 422),
    )
    @idempotent
    def post(self, request, nip: str) -> Work:
        """A template that issues does so in the name of the key's person."""
        company = company_get(actor_of(request), nip, May.DRAFT)
        body = _body(request, set(PLAN_IN) | set(SOURCES))
        plan, source = plan_read(body), _source(company, body)

        def work() -> Response:
            row = _saved(request, company, recurring.recurring_create, source=source, plan=plan)
            where = reverse("api-recurring-one", args=[company.nip, row.pk])
            return _response(row, 201, {"Location": where})

        return work


class Template(ApiView):
    """companies/{nip}/recurring/{id}/"""

    @extend_schema(
        operation_id="recurring_get",
        summary="A template with its content and its next due days",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers({200: RecurringOut}, 304, 403, 404),
    )
    def get(self, request, nip: str, pk: int) -> HttpResponse:
        """Also one that has ended."""
        row = _template(request, nip, pk, May.VIEW)
        return not_modified(request, _etag(row)) or _response(row)

    @extend_schema(
        operation_id="recurring_replace",
        summary="Another rhythm, and perhaps another content, from the next due day on",
        parameters=[IF_MATCH, ETAG],
        request={JSON_TYPE: CHANGE_IN},
        responses=answers({200: RecurringOut}, 400, 403, 404, 409, 411, 412, 413, 415, 422, 428),
    )
    def put(self, request, nip: str, pk: int) -> Response:
        """If-Match must name the version that is replaced."""
        row = _template(request, nip, pk, May.DRAFT)
        require_match(request, _etag(row), required=True)
        body = _body(request, {*PLAN_IN, "content"})
        plan, content = plan_read(body), _tree(body) if "content" in body else None
        more = {"row": row, "plan": plan, "content": content}
        return _response(_saved(request, row.company, recurring.recurring_replace, **more))


class TemplateRuns(ApiView, GenericAPIView):
    """companies/{nip}/recurring/{id}/runs/"""

    serializer_class = RunOut

    @extend_schema(
        operation_id="recurring_runs",
        summary="What a template made, the latest due day first",
        responses=answers({200: RunOut(many=True)}, 400, 403, 404),
    )
    def get(self, request, nip: str, pk: int) -> Response:
        """One row for each due day; draft and document are null once a person deleted the draft."""
        row = _template(request, nip, pk, May.VIEW)
        page = self.paginate_queryset(row.runs.order_by("-due_on"))
        return self.get_paginated_response(RunOut(page, many=True).data)


def _act_view(name: str, service, text: str, note: str) -> type[ApiView]:
    """The view of a POST that only moves a template from one state to another."""

    @extend_schema(
        operation_id=f"recurring_{name}",
        summary=text,
        description=note,
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers({200: RecurringOut}, 400, 403, 404, 409),
    )
    @idempotent
    def post(self, request, nip: str, pk: int) -> Work:
        row = _template(request, nip, pk, May.DRAFT)
        return lambda: _response(_moved(service, row, request.user))

    return type(f"Template{name.title()}", (ApiView,), {"post": post, "__doc__": f"…/{name}/"})


TemplatePause = _act_view(
    "pause", recurring.recurring_pause, "Pauses a template", "Nothing is made until it is resumed."
)
TemplateResume = _act_view(
    "resume",
    recurring.recurring_resume,
    "Resumes a template",
    "From the first due day from today on; what was missed while it was paused is not made.",
)
TemplateArchive = _act_view(
    "archive", recurring.recurring_archive, "Ends a template for good", "What it made stays."
)


def _moved(service, row: Recurring, user) -> Recurring:
    try:
        return service(row=row, user=user)
    except RecurringRefused as refusal:
        raise ApiError(409, "ended", refusal.message()) from None


def _saved(request, company: Company, service, **given) -> Recurring:
    may_issue = may_do(actor_of(request), company, May.ISSUE)
    try:
        return service(user=request.user, may_issue=may_issue, **given)
    except RecurringRefused as refusal:
        if refusal.field:
            raise field_error(refusal.field, refusal.message()) from None
        raise ApiError(409, "ended", refusal.message()) from None


def _template(request, nip: str, pk: int, may: May) -> Recurring:
    """Raises Http404 for strangers and other companies' rows, PermissionDenied."""
    company = company_get(actor_of(request), nip, may)
    rows = Recurring.objects.filter(company=company).select_related("company")
    row = rows.filter(pk=pk).first() if pk <= LARGEST_ID else None
    if row is None:
        raise Http404("no such template")
    return row


def _response(row: Recurring, status: int = 200, headers: dict | None = None) -> Response:
    headers = {"ETag": _etag(row)} | (headers or {})
    return Response(RecurringOut(row).data, status=status, headers=headers)


def _etag(row: Recurring) -> str:
    """Of what a person chooses; what the sweep writes changes nothing that is sent back."""
    plan = {name: str(getattr(row, name)) for name in Plan.__dataclass_fields__}
    answers_kept = {name: row.options[name] for name in row.options if name != recurring.ACCEPTED}
    text = json.dumps([plan, row.content, answers_kept], sort_keys=True)
    return etag_of(hashlib.sha256(text.encode()).hexdigest()[:32])


# --- Bodies ---------------------------------------------------------------------------------
def _body(request, known: set[str]) -> dict:
    body = json_object(body_read(request, {JSON_TYPE: MOST_JSON})[1])
    refuse_unknown(body, known)
    return body


def plan_read(body: dict) -> Plan:
    """The rhythm of a body. Raises ApiError 400 for the first field that is wrong."""
    for name, kind in (("name", str), ("unit", str), ("period", str), ("every", int), ("day", int)):
        _refuse_type(body, name, kind)
    for name in ("issues_itself", "mails_itself"):
        _refuse_type(body, name, bool)
    starts_on, ends_on = _day(body, "starts_on"), _day(body, "ends_on")
    data = {"every": 1, "day": starts_on.day if starts_on else ""} | body
    data |= {"way": ISSUES if body.get("issues_itself") else DRAFTS}
    data |= {"starts_on": starts_on, "ends_on": ends_on}
    form = RhythmForm(data)
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        raise field_error(name, str(errors[0]))
    return form.plan()


def _refuse_type(body: dict, name: str, kind: type) -> None:
    value = body.get(name)
    is_right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if name in body and not is_right:
        raise field_error(name, _("wartość złego typu"))


def _day(body: dict, name: str) -> date | None:
    given = body.get(name)
    if given is None:
        return None
    try:
        if isinstance(given, str) and DAY.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise field_error(name, _("oczekiwano daty: RRRR-MM-DD"))


def _source(company: Company, body: dict) -> Source:
    given = [name for name in SOURCES if name in body]
    if len(given) != 1:
        raise field_error("document", _("podaj jedno z: document, draft, content"))
    try:
        if given == ["document"]:
            return document_source(document_get(company, _key(body, "document")))
        if given == ["draft"]:
            return draft_source(draft_get(company, _key(body, "draft")))
    except CopyRefused as refusal:
        raise ApiError(409, "cannot_copy", refusal.message()) from None
    return Source(company, _tree(body), {}, {})


def _key(body: dict, name: str) -> UUID:
    try:
        return UUID(body[name])
    except (ValueError, TypeError, AttributeError):
        raise field_error(name, _("oczekiwano UUID")) from None


def _tree(body: dict) -> dict:
    content = body["content"]
    if not isinstance(content, dict):
        raise field_error("content", _("oczekiwano obiektu: drzewa FA(3)"))
    try:
        build(content)
    except FaTreeError as error:
        text = _("To nie jest drzewo FA(3).")
        raise problems_error(error, "invalid_tree", text) from None
    if refusal := refusal_of(content):
        raise ApiError(409, "cannot_copy", chosen(refusal))
    return content
