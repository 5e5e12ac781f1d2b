"""Rows of a company, reached only through it; anything else is 404."""

from django.db.models import QuerySet
from django.http import Http404

from invoices.fa3 import tree as trees
from invoices.fa3.rules.invoice import CORRECTIONS
from invoices.models import Document, Draft, KsefSession, Proforma
from ksefapp.accounts.models import Company
from ksefapp.accounts.roles import May


def right_to_issue(content: dict) -> May:
    """The right that issuing this content takes: corrections have one of their own."""
    is_correction = trees.text(content, "Fa/RodzajFaktury") in CORRECTIONS
    return May.CORRECT if is_correction else May.ISSUE


def draft_list(company: Company) -> QuerySet[Draft]:
    """Open drafts of the company's present environment, last changed first."""
    return Draft.objects.filter(
        company=company, environment=company.environment, issued_as=None
    ).select_related("created_by")


def document_list(company: Company) -> QuerySet[Document]:
    """Documents of the company's present environment, newest first."""
    return Document.objects.filter(company=company, environment=company.environment).select_related(
        "submission"
    )


def draft_get(company: Company, pk) -> Draft:
    """A draft of the company, also one that was issued meanwhile. Raises Http404."""
    row = (
        Draft.objects.filter(company=company, pk=pk)
        .select_related("company", "issued_as", "replaces")
        .first()
    )
    if row is None:
        raise Http404("no such draft")
    return row


def document_get(company: Company, pk) -> Document:
    """A document of the company, in whichever environment it was issued. Raises Http404."""
    row = (
        Document.objects.filter(company=company, pk=pk)
        .select_related("company", "submission", "submission__session", "issued_by")
        .first()
    )
    if row is None:
        raise Http404("no such document")
    return row


def session_list(company: Company) -> QuerySet[KsefSession]:
    """Sessions at KSeF in the company's present environment, newest first."""
    return KsefSession.objects.filter(company=company, environment=company.environment)


def session_get(company: Company, pk) -> KsefSession:
    """A session of the company, in whichever environment it was. Raises Http404."""
    row = KsefSession.objects.filter(company=company, pk=pk).select_related("credential").first()
    if row is None:
        raise Http404("no such session")
    return row


def proforma_get(company: Company, pk) -> Proforma:
    """A pro forma of the company, in whichever environment it was made. Raises Http404."""
    rows = Proforma.objects.filter(company=company, pk=pk)
    row = rows.select_related("company", "invoice", "draft", "created_by").first()
    if row is None:
        raise Http404("no such pro forma")
    return row
