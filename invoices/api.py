"""The API's addresses of drafts and documents."""

from django.urls import path

from invoices import (
    api_advances,
    api_checks,
    api_copies,
    api_correct,
    api_documents,
    api_drafts,
    api_fields,
    api_lookups,
    api_mails,
    api_outside,
    api_payments,
    api_proformas,
    api_recurring,
    api_registers,
    api_reports,
)
from ksefapp.accounts import pages  # noqa: F401 registers <nip:…>

urlpatterns = [
    path("companies/<nip:nip>/advances/", api_advances.Advances.as_view(), name="api-advances"),
    path(
        "companies/<nip:nip>/settlements/",
        api_advances.Settlements.as_view(),
        name="api-settlements",
    ),
    path("companies/<nip:nip>/rebates/", api_advances.Rebates.as_view(), name="api-rebates"),
    path(
        "documents/<uuid:pk>/next-advance/",
        api_advances.NextAdvance.as_view(),
        name="api-next-advance",
    ),
    path("companies/<nip:nip>/drafts/", api_drafts.Drafts.as_view(), name="api-drafts"),
    path("companies/<nip:nip>/checks/", api_checks.Checks.as_view(), name="api-checks"),
    path("companies/<nip:nip>/lookups/nip/", api_lookups.NipLookup.as_view(), name="api-nip"),
    path("companies/<nip:nip>/lookups/eu/", api_lookups.EuLookup.as_view(), name="api-eu"),
    path(
        "companies/<nip:nip>/lookups/account/",
        api_lookups.AccountLookup.as_view(),
        name="api-account",
    ),
    path("companies/<nip:nip>/lookups/rate/", api_lookups.RateLookup.as_view(), name="api-rate"),
    path("companies/<nip:nip>/recurring/", api_recurring.Templates.as_view(), name="api-recurring"),
    path(
        "companies/<nip:nip>/recurring/<int:pk>/",
        api_recurring.Template.as_view(),
        name="api-recurring-one",
    ),
    path(
        "companies/<nip:nip>/recurring/<int:pk>/runs/",
        api_recurring.TemplateRuns.as_view(),
        name="api-recurring-runs",
    ),
    path(
        "companies/<nip:nip>/recurring/<int:pk>/pause/",
        api_recurring.TemplatePause.as_view(),
        name="api-recurring-pause",
    ),
    path(
        "companies/<nip:nip>/recurring/<int:pk>/resume/",
        api_recurring.TemplateResume.as_view(),
        name="api-recurring-resume",
    ),
    path(
        "companies/<nip:nip>/recurring/<int:pk>/archive/",
        api_recurring.TemplateArchive.as_view(),
        name="api-recurring-archive",
    ),
    path("drafts/<uuid:pk>/copy/", api_copies.DraftCopy.as_view(), name="api-draft-copy"),
    path(
        "documents/<uuid:pk>/copy/",
        api_copies.DocumentCopy.as_view(),
        name="api-document-copy",
    ),
    path(
        "companies/<nip:nip>/contractors/",
        api_registers.Contractors.as_view(),
        name="api-contractors",
    ),
    path(
        "companies/<nip:nip>/contractors/<int:pk>/",
        api_registers.ContractorView.as_view(),
        name="api-contractor",
    ),
    path("companies/<nip:nip>/products/", api_registers.Products.as_view(), name="api-products"),
    path(
        "companies/<nip:nip>/products/<int:pk>/",
        api_registers.ProductView.as_view(),
        name="api-product",
    ),
    path(
        "companies/<nip:nip>/price-lists/",
        api_registers.PriceLists.as_view(),
        name="api-price-lists",
    ),
    path(
        "companies/<nip:nip>/price-lists/<int:pk>/",
        api_registers.PriceListView.as_view(),
        name="api-price-list",
    ),
    path("fa3/fields/", api_fields.Fields.as_view(), name="api-fields"),
    path("drafts/<uuid:pk>/", api_drafts.DraftView.as_view(), name="api-draft"),
    path("drafts/<uuid:pk>/xml/", api_drafts.DraftXml.as_view(), name="api-draft-xml"),
    path("drafts/<uuid:pk>/pdf/", api_drafts.DraftPdf.as_view(), name="api-draft-pdf"),
    path("drafts/<uuid:pk>/issue/", api_drafts.DraftIssue.as_view(), name="api-draft-issue"),
    path("companies/<nip:nip>/totals/", api_reports.Totals.as_view(), name="api-totals"),
    path("search/", api_reports.Search.as_view(), name="api-search"),
    path("documents/<uuid:pk>/mails/", api_mails.Mails.as_view(), name="api-mails"),
    path(
        "documents/<uuid:pk>/payments/",
        api_payments.Payments.as_view(),
        name="api-payments",
    ),
    path(
        "documents/<uuid:pk>/payments/<int:payment>/",
        api_payments.PaymentView.as_view(),
        name="api-payment",
    ),
    path(
        "documents/<uuid:pk>/payments/<int:payment>/cancel/",
        api_payments.PaymentCancel.as_view(),
        name="api-payment-cancel",
    ),
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
        "documents/<uuid:pk>/corrections/",
        api_correct.DocumentCorrections.as_view(),
        name="api-document-corrections",
    ),
    path(
        "documents/<uuid:pk>/wrong-buyer/",
        api_correct.DocumentWrongBuyer.as_view(),
        name="api-document-wrong-buyer",
    ),
    path(
        "documents/<uuid:pk>/relations/",
        api_correct.DocumentRelations.as_view(),
        name="api-document-relations",
    ),
    path(
        "companies/<nip:nip>/corrections/",
        api_correct.OutsideCorrections.as_view(),
        name="api-corrections",
    ),
    path(
        "documents/<uuid:pk>/technical-correction/",
        api_documents.DocumentTechnical.as_view(),
        name="api-document-technical",
    ),
    path("companies/<nip:nip>/relief/", api_outside.Relief.as_view(), name="api-relief"),
    path(
        "companies/<nip:nip>/relief/entries/",
        api_outside.ReliefEntries.as_view(),
        name="api-relief-entries",
    ),
    path(
        "companies/<nip:nip>/relief/loss/",
        api_outside.ReliefLossView.as_view(),
        name="api-relief-loss",
    ),
    path("companies/<nip:nip>/proformas/", api_proformas.Proformas.as_view(), name="api-proformas"),
    path("proformas/<uuid:pk>/", api_proformas.ProformaView.as_view(), name="api-proforma"),
    path("proformas/<uuid:pk>/pdf/", api_proformas.ProformaPdf.as_view(), name="api-proforma-pdf"),
    path(
        "proformas/<uuid:pk>/invoice/",
        api_proformas.ProformaInvoice.as_view(),
        name="api-proforma-invoice",
    ),
    path(
        "proformas/<uuid:pk>/cancel/",
        api_proformas.ProformaCancel.as_view(),
        name="api-proforma-cancel",
    ),
    path(
        "proformas/<uuid:pk>/restore/",
        api_proformas.ProformaRestore.as_view(),
        name="api-proforma-restore",
    ),
]
