"""Pages of invoices."""

from django.urls import path

from invoices import register_urls
from invoices.views import (
    advances,
    copying,
    correct,
    correct_nip,
    documents,
    drafts,
    duplicates,
    exports,
    foreign,
    handover,
    imports,
    lines,
    lists,
    look,
    lookups,
    mail,
    panels,
    payments,
    recurring,
    search,
    series,
    sessions,
    technical,
)

urlpatterns = [
    path("firma/<nip:nip>/faktury/rozlicz/", advances.settle_page, name="advance-settle"),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/kolejna-zaliczka/",
        advances.next_advance,
        name="advance-next",
    ),
    *register_urls.urlpatterns,
    path("firma/<nip:nip>/faktury/", lists.invoice_list, name="invoice-list"),
    path("firma/<nip:nip>/faktury/nowa/", drafts.invoice_new, name="invoice-new"),
    path("firma/<nip:nip>/faktury/wczytaj/", imports.invoice_import, name="invoice-import"),
    path("firma/<nip:nip>/faktury/sekcja/", panels.invoice_panel, name="invoice-panel"),
    path("firma/<nip:nip>/faktury/element/", panels.invoice_panel_item, name="invoice-panel-item"),
    path("firma/<nip:nip>/faktury/sumy/", drafts.invoice_totals, name="invoice-totals"),
    path("firma/<nip:nip>/szkice/<uuid:pk>/", drafts.draft_edit, name="invoice-draft"),
    path(
        "firma/<nip:nip>/szkice/<uuid:pk>/usun/", drafts.draft_remove, name="invoice-draft-delete"
    ),
    path("firma/<nip:nip>/faktury/arkusz/", lines.lines_read, name="invoice-lines-read"),
    path("firma/<nip:nip>/szkice/<uuid:pk>/pozycje/", lines.lines_page, name="invoice-lines"),
    path("firma/<nip:nip>/szkice/<uuid:pk>/pozycje.csv", lines.lines_csv, name="invoice-lines-csv"),
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
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/wydruk/<slug:what>/",
        handover.paper_pdf,
        name="invoice-paper",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/wydane/<slug:sha256>/",
        handover.paper_kept,
        name="invoice-paper-kept",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/przekazana/<slug:what>/",
        handover.invoice_handed,
        name="invoice-handed",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/e-mail/<slug:what>/",
        handover.invoice_mail,
        name="invoice-mail",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/e-mail/<int:mail>/ponow/",
        handover.invoice_mail_again,
        name="invoice-mail-again",
    ),
    path("szukaj/", search.search_page, name="search"),
    path("firma/<nip:nip>/szukaj/", search.search_company, name="search-company"),
    path("firma/<nip:nip>/faktury/zaplacone/", payments.payments_whole, name="payments-whole"),
    path("firma/<nip:nip>/faktury/<uuid:pk>/wplaty/", payments.payment_new, name="payment-new"),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/zaplacona/",
        payments.payment_whole,
        name="payment-whole",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/wplaty/<int:payment>/anuluj/",
        payments.payment_undo,
        name="payment-undo",
    ),
    path("firma/<nip:nip>/faktury/<uuid:pk>/powiel/", copying.invoice_copy, name="invoice-copy"),
    path("firma/<nip:nip>/cykliczne/", recurring.recurring_list, name="recurring-list"),
    path("firma/<nip:nip>/cykliczne/nowa/", recurring.recurring_new, name="recurring-new"),
    path(
        "firma/<nip:nip>/cykliczne/<int:pk>/", recurring.recurring_detail, name="recurring-detail"
    ),
    path(
        "firma/<nip:nip>/cykliczne/<int:pk>/rytm/", recurring.recurring_edit, name="recurring-edit"
    ),
    path(
        "firma/<nip:nip>/cykliczne/<int:pk>/tresc/",
        recurring.recurring_content,
        name="recurring-content",
    ),
    path(
        "firma/<nip:nip>/cykliczne/<int:pk>/wstrzymaj/",
        recurring.recurring_pause,
        name="recurring-pause",
    ),
    path(
        "firma/<nip:nip>/cykliczne/<int:pk>/wznow/",
        recurring.recurring_resume,
        name="recurring-resume",
    ),
    path(
        "firma/<nip:nip>/cykliczne/<int:pk>/zakoncz/",
        recurring.recurring_archive,
        name="recurring-archive",
    ),
    path("firma/<nip:nip>/do-przekazania/", handover.handover_page, name="handover-list"),
    path("firma/<nip:nip>/do-przekazania/wydruki/", handover.handover_files, name="handover-files"),
    path("firma/<nip:nip>/do-przekazania/zapisz/", handover.handover_mark, name="handover-mark"),
    path("firma/<nip:nip>/poczta/", mail.mail_settings, name="mail-settings"),
    path("firma/<nip:nip>/poczta/proba/", mail.mail_try, name="mail-try"),
    path("firma/<nip:nip>/sesje/", sessions.session_list_page, name="session-list"),
    path("firma/<nip:nip>/sesje/<int:pk>/", sessions.session_detail, name="session-detail"),
    path(
        "firma/<nip:nip>/sesje/<int:pk>/upo/<int:number>/",
        sessions.session_upo,
        name="session-upo",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/korekta-techniczna/",
        technical.technical_page,
        name="invoice-technical",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/offline24/",
        technical.mode_turn_now,
        name="invoice-offline24",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/kolejny-numer/",
        duplicates.duplicate_renumber,
        name="invoice-renumber",
    ),
    path(
        "firma/<nip:nip>/faktury/<uuid:pk>/ta-sama/",
        duplicates.duplicate_same,
        name="invoice-same",
    ),
    path("firma/<nip:nip>/faktury/<uuid:pk>/koryguj/", correct.correct_start, name="correct-start"),
    path("firma/<nip:nip>/faktury/<uuid:pk>/zly-nip/", correct_nip.correct_nip, name="correct-nip"),
    path("firma/<nip:nip>/faktury/korekta-obcej/", correct.correct_outside, name="correct-outside"),
    path("firma/<nip:nip>/podglad-xml/", foreign.foreign_page, name="xml-view"),
    path("firma/<nip:nip>/wyglad-wydruku/", look.look_page, name="company-look"),
    path(
        "firma/<nip:nip>/rachunek/sprawdz/",
        lookups.company_account_check,
        name="company-account-check",
    ),
    path("firma/<nip:nip>/serie/", series.series_page, name="invoice-series"),
    path("firma/<nip:nip>/eksport/", exports.export_page, name="invoice-export"),
]
