"""The gates of the API's rows: from an id to the row, through its company."""

from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404

from invoices.access import document_get, draft_get
from invoices.models import Document, Draft
from ksefapp.accounts.access import Actor, actor_of, company_get, company_list
from ksefapp.accounts.roles import May


def draft_of(request, pk: UUID, may: May) -> Draft:
    """The draft. Raises Http404 for strangers, PermissionDenied for the wrong role."""
    return draft_get(company_of(request, Draft, pk, may), pk)


def document_of(request, pk: UUID, may: May) -> Document:
    """The document. Raises Http404 for strangers, PermissionDenied for the wrong role."""
    return document_get(company_of(request, Document, pk, may), pk)


def company_of(request, model, pk: UUID, may: May):
    """The company of a row. Raises Http404 for strangers, PermissionDenied for the wrong role."""
    nip = model.objects.filter(pk=pk).values_list("company__nip", flat=True).first()
    if nip is None:
        raise Http404("no such row")
    return company_get(actor_of(request), nip, may)


def documents_of(actor: Actor) -> QuerySet[Document]:
    """Documents of all the actor's companies, each in its present environment, newest first."""
    return (
        Document.objects.filter(
            company__in=company_list(actor), environment=F("company__environment")
        )
        .select_related("company", "submission", "replaced_by")
        .prefetch_related("proofs")
        .order_by("-issued_on", "-issued_at", "pk")
    )
