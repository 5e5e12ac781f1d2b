"""Documents from before links: the migration finds what they correct and settle."""

from importlib import import_module

import pytest
from django.apps import apps

from invoices.fa3.correcting import Wanted
from invoices.models import Document, DocumentLink, DocumentXml
from invoices.services.correct import correction_start, standing_of
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from tests.correct_support import numbered, original_made
from tests.invoice_support import issued

fill = import_module("invoices.migrations.0008_links_of_older_documents").fill


def taken_back(original: Document, user) -> Document:
    wanted = Wanted("zero", "zwrot", "2")
    draft = correction_start(original=original, wanted=wanted, user=user)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today())


@pytest.fixture
def pair(company, owner) -> tuple[Document, Document]:
    """An invoice and its correction to zero, as they stood before there were links."""
    original = original_made(company, owner)
    made = taken_back(original, owner)
    DocumentLink.objects.all().delete()
    return original, made


def linked() -> list[tuple]:
    return [(row.document, row.other, row.what) for row in DocumentLink.objects.all()]


def test_a_correction_is_linked_to_its_original(pair):
    original, made = pair
    fill(apps, None)
    assert linked() == [(made, original, "corrects")]
    assert "FaWiersz" not in standing_of(original)["Fa"]


def test_it_may_run_again(pair):
    fill(apps, None)
    fill(apps, None)
    assert len(linked()) == 1


def test_an_original_without_a_ksef_number_is_found_by_its_number(pair):
    original, made = pair
    Document.objects.filter(pk=original.pk).update(ksef_number=None)
    fill(apps, None)
    assert linked() == [(made, original, "corrects")]


def test_another_companys_invoice_of_that_number_is_not_meant(pair, other_company):
    original, _ = pair
    Document.objects.filter(pk=original.pk).update(company=other_company)
    fill(apps, None)
    assert linked() == []


def test_what_was_issued_later_is_not_meant(pair, company, owner):
    original, _made = pair
    Document.objects.filter(pk=original.pk).update(number="inny", ksef_number=None)
    later = numbered(issued(company, owner))
    Document.objects.filter(pk=later.pk).update(number=original.number)
    fill(apps, None)
    assert linked() == []


def test_what_cannot_be_read_stays_without_links(pair):
    _, made = pair
    DocumentXml.objects.filter(document=made).update(content=b"<x>")
    fill(apps, None)
    assert linked() == []
