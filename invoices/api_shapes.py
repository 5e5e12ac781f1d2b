"""What drafts and documents look like in the API, and how a draft's content comes in."""

import re
from datetime import UTC
from functools import partial

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auth_ksef.messages import told
from invoices import api_options
from invoices.fa3.build import build
from invoices.fa3.parse import parse
from invoices.fa3.problems import FaError, FaTreeError, FaXmlError, Problem
from invoices.models import RegisterAnswer, Submission
from invoices.services.accepting import LONGEST_NOTE
from invoices.services.contractors import OPTION
from invoices.services.deadlines import is_late
from invoices.services.issue_checks import SEAT, SEAT_ANSWERS
from invoices.services.jpk_mark import MARKS, mark_of
from invoices.services.papers import DUTIES
from ksefapp.accounts.models import Environment
from ksefapp.api.body import JSON_TYPE, MOST_JSON, MOST_XML, XML_TYPES, body_read, json_object
from ksefapp.api.describe import ProblemOut
from ksefapp.api.errors import ApiError, field_error
from ksefapp.lib import clock

RULE_ID = re.compile(r"[A-Za-z0-9_.-]{1,50}")
MOST_ACCEPTED = 50
CONTENT_TYPES = {JSON_TYPE: MOST_JSON} | dict.fromkeys(XML_TYPES, MOST_XML)
Instant = partial(serializers.DateTimeField, default_timezone=UTC)
UNREADABLE = "TF-01"  # not UTF-8, not well-formed, with a DTD: no XML at all


def problems_out(problems: list[Problem]) -> list[dict]:
    """Problems with their message in the language of the request."""
    language = get_language() or "pl"
    return [
        {
            "path": problem.path,
            "rule": problem.rule,
            "severity": problem.severity,
            "message": problem.message(language),
        }
        for problem in problems
    ]


def problems_error(error: FaError, code: str, message: str, status: int = 422) -> ApiError:
    """An error that lists what is wrong with an invoice."""
    return ApiError(status, code, message, problems=problems_out(error.problems))


def content_read(request) -> tuple[dict, dict | None]:
    """The FA(3) tree and the options of a body: JSON {"content": …} or FA(3) XML, kept as given.

    Options are None where the body says none. Raises ApiError: 400 for what cannot be read, 422
    for a tree that FA(3) has no place for, and what `body_read` raises.
    """
    kind, data = body_read(request, CONTENT_TYPES)
    if kind != JSON_TYPE:
        return _of_xml(data), None
    body = json_object(data)
    refuse_unknown(body, {"content", "options"})
    return content_of(body), options_of(body.get("options"))


def options_of(given: object) -> dict | None:
    """The options of a body, None where it says none. Raises ApiError 400."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise field_error("options", _("oczekiwano obiektu"))
    refuse_unknown(given, {SEAT, OPTION, *api_options.DESCRIBED})
    api_options.fate_read(given)
    if type(given.get(OPTION, 0)) is not int:
        raise field_error(OPTION, _("oczekiwano liczby"))
    if given.get(SEAT, "no") not in SEAT_ANSWERS:
        raise field_error(SEAT, _("jedna z: %(known)s") % {"known": ", ".join(SEAT_ANSWERS)})
    return given


def content_of(body: dict) -> dict:
    """The tree of a body. Raises ApiError 400 or 422."""
    content = body.get("content")
    if not isinstance(content, dict):
        raise field_error("content", _("oczekiwano obiektu: drzewa FA(3)"))
    try:
        build(content)
    except FaTreeError as error:
        text = _("To nie jest drzewo FA(3).")
        raise problems_error(error, "invalid_tree", text) from None
    return content


def _of_xml(data: bytes) -> dict:
    try:
        return parse(data)
    except FaXmlError as error:
        is_unreadable = any(problem.rule == UNREADABLE for problem in error.problems)
        text = error.problems[0].message(get_language() or "pl")
        status = 400 if is_unreadable else 422
        raise problems_error(error, "invalid_xml", text, status) from None


def refuse_unknown(body: dict, known: set[str]) -> None:
    """400 for a name that this endpoint does not know: a typo must not pass unseen."""
    for name in body:
        if name not in known:
            raise field_error(name[:100], _("nieznane pole"))


DRAFT_IN = {
    "type": "object",
    "properties": {
        "content": {
            "type": "object",
            "description": "A whole FA(3) tree, or as much of it as there is.",
            "additionalProperties": True,
        },
        "options": {
            "type": "object",
            "description": "Answers that no element of FA(3) carries; left out: unchanged.",
            "properties": {
                **api_options.DESCRIBED,
                SEAT: {
                    "type": "string",
                    "enum": list(SEAT_ANSWERS),
                    "description": "Asked where a buyer with a Polish NIP has an address abroad.",
                },
                OPTION: {"type": "integer", "description": "The contractor of the invoice."},
            },
            "additionalProperties": False,
        },
    },
    "required": ["content"],
    "additionalProperties": False,
}
ISSUE_IN = {
    "type": "object",
    "properties": {
        "mode": {
            "type": "string",
            "enum": list(Submission.Mode.values),
            "description": "Left out: the company's present mode.",
        },
        "accept": {
            "description": "Ids of rules whose warnings are accepted, for example DT-02; as an "
            "object from such ids to a note each, which stays with the document.",
            "default": [],
            "oneOf": [
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": f"^{RULE_ID.pattern}$"},
                    "maxItems": MOST_ACCEPTED,
                },
                {
                    "type": "object",
                    "additionalProperties": {"type": "string", "maxLength": LONGEST_NOTE},
                    "maxProperties": MOST_ACCEPTED,
                },
            ],
        },
    },
    "additionalProperties": False,
}
# Of a new draft alone: what the company's registers write into its tree.
FILLED_IN = {name: said for name, said in DRAFT_IN.items() if name != "required"} | {
    "properties": DRAFT_IN["properties"]
    | {
        "contractor": {
            "type": "integer",
            "nullable": True,
            "description": "Writes buyer, currency and payment of this contractor into content.",
        },
        "products": {
            "type": "array",
            "nullable": True,
            "items": {
                "type": "object",
                "required": ["product"],
                "additionalProperties": False,
                "properties": {
                    "product": {"type": "integer"},
                    "quantity": {"type": "string", "default": "1", "example": "2.5"},
                },
            },
            "description": "Lines, at the prices of the contractor's list or the catalogue.",
        },
    },
}
CONTENT_BODY = {JSON_TYPE: DRAFT_IN} | dict.fromkeys(XML_TYPES, OpenApiTypes.BINARY)
FILLED_BODY = CONTENT_BODY | {JSON_TYPE: FILLED_IN}


class DraftMadeOut(serializers.Serializer):
    """A new draft, and what still stands in the way of issuing it."""

    id = serializers.UUIDField()
    problems = ProblemOut(many=True)


class DraftRowOut(serializers.Serializer):
    """A draft without its content."""

    id = serializers.UUIDField()
    company = serializers.CharField(source="company.nip")
    environment = serializers.ChoiceField(choices=Environment.choices)
    version = serializers.IntegerField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    issued_as = serializers.UUIDField(source="issued_as_id", allow_null=True)
    created_at = Instant()
    updated_at = Instant()


class DraftOut(DraftRowOut):
    """A draft; its ETag is its version."""

    content = serializers.DictField(help_text="FA(3) tree")
    options = serializers.DictField(help_text="Answers that no element of FA(3) carries")
    problems = ProblemOut(many=True)


class DeliveryOut(serializers.Serializer):
    """How far the document is on its way to KSeF."""

    state = serializers.ChoiceField(choices=Submission.State.choices)
    deadline_on = serializers.DateField(
        allow_null=True, help_text="Last Warsaw day for sending, until 23:59"
    )
    deadline_open = serializers.BooleanField(help_text="Known after the outage's end")
    deadline_basis = serializers.SerializerMethodField(help_text="The law behind the deadline")
    late = serializers.SerializerMethodField()
    waits_for = serializers.UUIDField(
        source="waits_for_id", allow_null=True, help_text="The original that a correction follows"
    )
    sent_at = Instant(allow_null=True)
    code = serializers.IntegerField(source="last_code", allow_null=True)
    message = serializers.CharField(source="said")

    def get_deadline_basis(self, row) -> str:
        """In the language of the request; empty without a deadline."""
        return told(row.deadline_basis)

    def get_late(self, row) -> bool:
        """Not sent by its deadline, or sent after it."""
        return is_late(row)


class BuyerOut(serializers.Serializer):
    """Podmiot2."""

    name = serializers.CharField(source="buyer_name")
    id = serializers.CharField(source="buyer_id")


class AcceptedOut(serializers.Serializer):
    """A warning that somebody let stand when the invoice was issued."""

    rule = serializers.CharField()
    path = serializers.CharField(allow_blank=True)
    message = serializers.SerializerMethodField()
    note = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(default_timezone=UTC)

    def get_message(self, row: dict) -> str:
        """In the language of the request."""
        return row["en"] if (get_language() or "pl").startswith("en") else row["pl"]


class ProofOut(serializers.Serializer):
    """What a public register had said when the invoice was issued."""

    source = serializers.ChoiceField(choices=RegisterAnswer.Source.choices)
    key = serializers.CharField(help_text="NIP; NIP:account; EU number:NIP of who asked; currency")
    day = serializers.DateField()
    asked_at = Instant()
    request_id = serializers.CharField(allow_blank=True)
    answer = serializers.DictField()


class DocumentOut(serializers.Serializer):
    """An issued invoice. Amounts are decimal texts, `…_on` are legal dates in Warsaw."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    sha256 = serializers.CharField()
    mode = serializers.ChoiceField(choices=Submission.Mode.choices, source="submission.mode")
    outside_why = serializers.ChoiceField(
        choices=Submission.Outside.choices,
        source="submission.outside_why",
        allow_blank=True,
        help_text="Why it was issued outside KSeF on purpose (mode poza); else empty",
    )
    jpk_mark = serializers.SerializerMethodField(help_text="In JPK_V7, if filed today")
    delivery = DeliveryOut(source="submission")
    hand_over_why = serializers.ChoiceField(
        choices=sorted(DUTIES), allow_blank=True, help_text="Duty of art. 106gb(4); empty: none"
    )
    ksef_number = serializers.CharField(allow_null=True)
    issued_on = serializers.DateField()
    company = serializers.CharField(source="company.nip")
    environment = serializers.ChoiceField(choices=Environment.choices)
    kind = serializers.CharField()
    buyer = BuyerOut(source="*")
    currency = serializers.CharField()
    net = serializers.DecimalField(max_digits=20, decimal_places=2)
    vat = serializers.DecimalField(max_digits=20, decimal_places=2)
    gross = serializers.DecimalField(max_digits=20, decimal_places=2)
    due_on = serializers.DateField(allow_null=True)
    issued_at = Instant()
    ksef_number_at = Instant(allow_null=True)
    withdrawn_at = Instant(allow_null=True)
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    replaced_by = serializers.SerializerMethodField()
    accepted = serializers.SerializerMethodField()
    proofs = ProofOut(many=True)

    @extend_schema_field({"type": "string", "enum": [*MARKS, ""]})
    def get_jpk_mark(self, document) -> str:
        """NrKSeF, OFF, BFK or DI; empty for what is withdrawn or was never issued."""
        return mark_of(document, clock.today())

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_replaced_by(self, document) -> str | None:
        """The document that took over the number of this refused one."""
        later = getattr(document, "replaced_by", None)
        return str(later.pk) if later else None

    @extend_schema_field(AcceptedOut(many=True))
    def get_accepted(self, document) -> list[dict]:
        """Warnings with their notes."""
        return [AcceptedOut(row).data for row in document.accepted.values()]
