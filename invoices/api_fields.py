"""Everything that FA(3) has, for programs that build forms of their own."""

import hashlib
import json
from functools import lru_cache

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

import schemas
from invoices.api_files import not_modified
from invoices.fa3 import registry, schema
from invoices.fa3.nodes import Attribute, Facets, Group, Node
from ksefapp.api.describe import ETAG, IF_NONE_MATCH, answers
from ksefapp.api.etag import etag_of
from ksefapp.api.view import ApiView

FACETS = ("base", "white_space", "min_length", "max_length", "total_digits", "fraction_digits")
FACETS += ("min_inclusive", "max_inclusive", "min_exclusive", "max_exclusive")


class WordsOut(serializers.Serializer):
    """A text in both languages."""

    pl = serializers.CharField(allow_blank=True)
    en = serializers.CharField(allow_blank=True)


class SectionOut(serializers.Serializer):
    """A part of the form."""

    key = serializers.CharField()
    title = WordsOut()


class ValueOut(serializers.Serializer):
    """A value of an enumeration."""

    value = serializers.CharField()
    label = WordsOut()


class FieldOut(serializers.Serializer):
    """One path below Faktura, or an attribute (`…/@Typ`)."""

    path = serializers.CharField()
    label = WordsOut()
    help = WordsOut()
    section = serializers.CharField(help_text="Key of a section")
    kinds = serializers.ListField(
        child=serializers.CharField(), help_text="RodzajFaktury where it makes sense"
    )
    widget = serializers.CharField(help_text="How it is entered; group: has elements of its own")
    min = serializers.IntegerField(help_text="Fewest times in its parent")
    max = serializers.IntegerField(allow_null=True, help_text="null: any number; above 1: a list")
    required = serializers.BooleanField(help_text="Every document with the parent has it")
    values = ValueOut(many=True, help_text="Empty: not enumerated")
    facets = serializers.DictField(
        help_text="base (XSD type), patterns (all must match), lengths, digits, bounds"
    )
    choices = serializers.ListField(
        child=serializers.ListField(
            child=serializers.ListField(child=serializers.CharField()),
        ),
        help_text="Of a group: its choices, each a list of branches, each a list of elements",
    )


class FieldsOut(serializers.Serializer):
    """The registry of fields, in the schema's order."""

    sections = SectionOut(many=True)
    fields = FieldOut(many=True)


class Fields(ApiView):
    """fa3/fields/"""

    @extend_schema(
        operation_id="fa3_fields",
        summary="All paths of FA(3): labels, help, section, type, occurrence, choices",
        parameters=[IF_NONE_MATCH, ETAG],
        responses=answers({200: FieldsOut}, 304),
    )
    def get(self, request) -> HttpResponse:
        """The ETag changes with the schema in force and with the words of the registry."""
        found, etag = _fields(schemas.fa3_files().digest)
        return not_modified(request, etag) or Response(found, headers={"ETag": etag})


@lru_cache(maxsize=2)
def _fields(digest: str) -> tuple[dict, str]:
    """(body, ETag) for the schema of this digest, which is the one in force."""
    nodes = schema.nodes()
    found = {
        "sections": [
            {"key": key, "title": {"pl": row.title("pl"), "en": row.title("en")}}
            for key, row in registry.SECTIONS.items()
        ],
        "fields": [_field(entry, nodes) for entry in registry.entries().values()],
    }
    return found, etag_of(hashlib.sha256(json.dumps(found).encode()).hexdigest()[:32])


def _field(entry: registry.Entry, nodes: dict[str, Node]) -> dict:
    holder, _slash, name = entry.path.rpartition("/")
    if name.startswith("@"):
        return _described(entry) | _attribute(nodes[holder], name)
    node = nodes[entry.path]
    return _described(entry) | {
        "min": node.min,
        "max": node.max,
        "required": node.required,
        "values": _values(entry, node.facets),
        "facets": _facets(node.facets),
        "choices": [_branches(choice) for choice in node.content.choices()] if node.content else [],
    }


def _described(entry: registry.Entry) -> dict:
    return {
        "path": entry.path,
        "label": {"pl": entry.label("pl"), "en": entry.label("en")},
        "help": {"pl": entry.help("pl"), "en": entry.help("en")},
        "section": entry.section,
        "kinds": sorted(entry.kinds),
        "widget": entry.widget,
    }


def _attribute(node: Node, key: str) -> dict:
    found: Attribute = next(one for one in node.attributes if one.key == key)
    return {
        "min": int(found.required),
        "max": 1,
        "required": found.required,
        "values": [{"value": v, "label": {"pl": v, "en": v}} for v in found.facets.values],
        "facets": _facets(found.facets),
        "choices": [],
    }


def _values(entry: registry.Entry, facets: Facets | None) -> list[dict]:
    return [
        {
            "value": value,
            "label": {lang: registry.value_label(entry.path, value, lang) for lang in ("pl", "en")},
        }
        for value in (facets.values if facets else ())
    ]


def _facets(facets: Facets | None) -> dict:
    """What is not limited is left out."""
    if facets is None:
        return {}
    known = {name: getattr(facets, name) for name in FACETS}
    known["patterns"] = list(facets.patterns) or None
    return {name: value for name, value in known.items() if value is not None}


def _branches(choice: Group) -> list[list[str]]:
    """The names of the elements of each branch, in the schema's order."""
    return [
        [node.name for node in item.nodes()] if isinstance(item, Group) else [item.name]
        for item in choice.items
    ]
