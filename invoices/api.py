"""The API's addresses of drafts and documents."""

from django.urls import path

from invoices import api_checks, api_documents, api_drafts, api_fields
from ksefapp.accounts import pages  # noqa: F401 registers <nip:…>

urlpatterns = [
    path("companies/<nip:nip>/drafts/", api_drafts.Drafts.as_view(), name="api-drafts"),
    path("companies/<nip:nip>/checks/", api_checks.Checks.as_view(), name="api-checks"),
    path("fa3/fields/", api_fields.Fields.as_view(), name="api-fields"),
    path("drafts/<uuid:pk>/", api_drafts.DraftView.as_view(), name="api-draft"),
    path("drafts/<uuid:pk>/xml/", api_drafts.DraftXml.as_view(), name="api-draft-xml"),
    path("drafts/<uuid:pk>/pdf/", api_drafts.DraftPdf.as_view(), name="api-draft-pdf"),
    path("drafts/<uuid:pk>/issue/", api_drafts.DraftIssue.as_view(), name="api-draft-issue"),
    path("documents/", api_documents.Documents.as_view(), name="api-documents"),
    path("documents/<uuid:pk>/", api_documents.DocumentView.as_view(), name="api-document"),
    path(
        "documents/<uuid:pk>/xml/",
        api_documents.DocumentXmlView.as_view(),
        name="api-document-xml",
    ),
    path("documents/<uuid:pk>/upo/", api_documents.DocumentUpo.as_view(), name="api-document-upo"),
    path("documents/<uuid:pk>/pdf/", api_documents.DocumentPdf.as_view(), name="api-document-pdf"),
    path(
        "documents/<uuid:pk>/repair/",
        api_documents.DocumentRepair.as_view(),
        name="api-document-repair",
    ),
    path(
        "documents/<uuid:pk>/take-back/",
        api_documents.DocumentTakeBack.as_view(),
        name="api-document-take-back",
    ),
    path(
        "documents/<uuid:pk>/technical-correction/",
        api_documents.DocumentTechnical.as_view(),
        name="api-document-technical",
    ),
]
