"""Pages of invoices."""

from django.urls import path

from invoices.views import documents, drafts, exports, lists, series

urlpatterns = [
    path("firma/<nip:nip>/faktury/", lists.invoice_list, name="invoice-list"),
    path("firma/<nip:nip>/faktury/nowa/", drafts.invoice_new, name="invoice-new"),
    path("firma/<nip:nip>/faktury/wczytaj/", drafts.invoice_import, name="invoice-import"),
    path("firma/<nip:nip>/faktury/sumy/", drafts.invoice_totals, name="invoice-totals"),
    path("firma/<nip:nip>/szkice/<uuid:pk>/", drafts.draft_edit, name="invoice-draft"),
    path(
        "firma/<nip:nip>/szkice/<uuid:pk>/usun/", drafts.draft_remove, name="invoice-draft-delete"
    ),
    path("firma/<nip:nip>/szkice/<uuid:pk>/podglad/", drafts.draft_pdf, name="invoice-draft-pdf"),
    path("firma/<nip:nip>/faktury/<uuid:pk>/", documents.invoice_detail, name="invoice-detail"),
    path("firma/<nip:nip>/faktury/<uuid:pk>/stan/", documents.invoice_state, name="invoice-state"),
    path("firma/<nip:nip>/faktury/<uuid:pk>/xml/", documents.invoice_xml, name="invoice-xml"),
    path("firma/<nip:nip>/faktury/<uuid:pk>/upo/", documents.invoice_upo, name="invoice-upo"),
    path("firma/<nip:nip>/faktury/<uuid:pk>/pdf/", documents.invoice_pdf, name="invoice-pdf"),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/popraw/",
        documents.invoice_repair,
        name="invoice-repair",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/wycofaj/",
        documents.invoice_take_back,
        name="invoice-take-back",
    ),
    path("firma/<nip:nip>/serie/", series.series_page, name="invoice-series"),
    path("firma/<nip:nip>/eksport/", exports.export_page, name="invoice-export"),
]
