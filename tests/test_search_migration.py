"""Documents from before know the words inside them, and their VAT in PLN, after the migration."""

from importlib import import_module

import pytest
from django.apps import apps

from invoices.models import Document, DocumentXml
from tests.invoice_support import issued

pytestmark = pytest.mark.django_db

fill = import_module("invoices.migrations.0006_search_words").fill


def before(company, owner) -> Document:
    """A document as the version before stored it."""
    document = issued(company, owner, number="A/1")
    Document.objects.filter(pk=document.pk).update(search="a/1 kawiarnia", vat_pln=None)
    return document


def test_an_older_document_is_found_by_what_stands_in_it(company, owner):
    document = before(company, owner)
    fill(apps, None)
    row = Document.objects.get(pk=document.pk)
    assert row.search.startswith("a/1 kawiarnia ")
    assert "blat jesionowy" in row.search
    assert row.vat_pln == row.vat


def test_a_file_that_cannot_be_read_stops_nothing(company, owner):
    broken, good = before(company, owner), issued(company, owner, number="A/2")
    DocumentXml.objects.filter(document=broken).update(content=b"<nothing")
    Document.objects.filter(pk=good.pk).update(search="a/2")
    fill(apps, None)
    assert Document.objects.get(pk=broken.pk).search == "a/1 kawiarnia"
    assert "blat jesionowy" in Document.objects.get(pk=good.pk).search


def test_many_are_filled_piece_by_piece(company, owner, monkeypatch):
    rows = [issued(company, owner) for _ in range(3)]
    Document.objects.update(search="x")
    monkeypatch.setitem(fill.__globals__, "CHUNK", 2)
    fill(apps, None)
    assert all("blat jesionowy" in Document.objects.get(pk=row.pk).search for row in rows)
